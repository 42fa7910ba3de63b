//! The token endpoint: what it takes and how it answers.

mod encoding;
mod grants;
mod params;
mod response;

use proofmark_probe::Case;

pub(crate) use response::TOKEN_IS_ISSUED;

/// The cases of this topic.
pub static CASES: &[&Case] = &[
    &TOKEN_IS_ISSUED,
    &response::TYPE_IS_BEARER,
    &response::NOT_STORED,
    &response::NO_NULLS,
    &response::FITS_HEADER,
    &response::UNPREDICTABLE,
    &encoding::BY_POST_ONLY,
    &encoding::PARAMS_IN_BODY,
    &encoding::BODY_IS_FORM,
    &encoding::CHARSET,
    &encoding::STANDS,
    &params::UNKNOWN,
    &params::EMPTY,
    &params::DUPLICATE,
    &grants::GRANT_TYPE,
    &grants::GRANT_TYPE_CASE,
    &grants::PASSWORD,
    &grants::ERROR_SHAPE,
    &grants::UNASKED_REFRESH_TOKEN,
    &grants::UNASKED_ID_TOKEN,
];
