//! Where and how a token is sent: what must be understood, and what must not.

mod forms;
mod places;

pub(crate) use forms::HEADER;

use proofmark_probe::Case;

/// The cases of this topic.
pub static CASES: &[&Case] = &[
    &HEADER,
    &forms::SCHEME_CASE,
    &forms::SPACES,
    &forms::OTHER_FORMS,
    &forms::TRAILING_JUNK,
    &forms::TWO_CREDENTIALS,
    &places::QUERY,
    &places::QUERY_BESIDE_HEADER,
    &places::JSON_BODY,
    &places::COOKIE,
    &places::OTHER_HEADERS,
    &places::IDENTITY_HEADERS,
];
