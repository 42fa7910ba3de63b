//! What a case can do, and what it is judged by.
//!
//! Every request of a run goes through the [`Recorder`](recorder::Recorder), which keeps it as evidence with its
//! secrets replaced. On it stand an OAuth driver ([`authorize`], [`token`], [`client`]), a user agent that signs in
//! and consents ([`agent`]), and an MCP client ([`mcp`]). Each request is a value with a correct default and `with` /
//! `without` mutators, so that a negative case shows exactly its one deviation. The driver never validates on a
//! case's behalf and never follows a redirect unasked. [`judge`] holds the pure functions that turn a recorded answer
//! into a judgement.

pub mod agent;
pub mod assertion;
pub mod authorize;
pub mod case;
pub mod challenge;
pub mod client;
pub mod documents;
pub mod encoding;
pub mod forge;
pub mod form;
pub mod host;
pub mod http;
pub mod journey;
pub mod judge;
pub mod jwt;
pub mod keys;
pub mod login;
pub mod mcp;
mod need;
pub mod params;
pub mod places;
pub mod probe;
pub mod profile;
pub mod recorder;
pub mod rng;
pub mod schema;
pub mod secrets;
pub mod settings;
pub mod sse;
pub mod token;
pub mod world;

pub use assertion::Assertion;
pub use authorize::{AuthorizationRequest, Grant};
pub use case::{Case, Catalogue, Need, Steps, Stop};
pub use client::{Client, ClientAuth, ClientKey, ClientKind, ClientMetadata, Registration};
pub use http::{HttpRequest, Reply};
pub use journey::{Journey, Landing};
pub use judge::{Evidence, Judgement, met, violated};
pub use mcp::McpRequest;
pub use probe::Probe;
pub use profile::Profile;
pub use proofmark_model as model;
pub use token::{TokenRequest, Tokens};
pub use world::World;
