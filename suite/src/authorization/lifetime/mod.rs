//! How long access tokens live.

mod claims;
mod refreshed;
mod told;

use proofmark_probe::Case;

pub(crate) use claims::is_of_profile;

/// The cases of this topic.
pub static CASES: &[&Case] = &[
    &told::EXPIRES_IN,
    &told::SHORT,
    &told::MACHINE,
    &claims::EXPIRY,
    &claims::ISSUED,
    &refreshed::REFRESHED,
    &refreshed::OUTLIVES,
];
