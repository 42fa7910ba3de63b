//! Proof key for code exchange (OAuth 2.1 §4.1, §7.5).

mod challenge;
mod method;
mod verifier;

pub use challenge::*;
pub use method::*;
pub use verifier::*;
