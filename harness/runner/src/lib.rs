//! From a URL to events: discover the target, sign in, plan every case of a catalogue, run what can run.
//!
//! The runner knows no case and no report. Its one product is the stream of [`Event`](proofmark_model::Event)s.

mod discover;
mod filter;
mod halt;
mod places;
mod plan;
mod run;
mod sign_in;
mod unanswered;

pub use filter::Filter;
pub use run::{Job, Outcome, Survey, discover_only, plan_only, run};
