//! The token is asked for by every request, whatever method, session, connection or path it comes by.

mod methods;
mod paths;
mod sessions;
mod verbs;

use proofmark_probe::Case;

/// The cases of this topic.
pub static CASES: &[&Case] = &[
    &methods::METHODS,
    &methods::WITHOUT_VERSION_HEADER,
    &methods::BAD_AFTER_GOOD,
    &methods::AT_THE_SAME_TIME,
    &verbs::STREAM,
    &verbs::OTHER_VERBS,
    &sessions::DELETE,
    &sessions::SESSION_ALONE,
    &paths::OTHER_PATHS,
];
