//! JWTs as access tokens (RFC 9068).

use proofmark_probe::model::Revision::R2025_03_26;
use proofmark_probe::model::{Requirement, Source, may, must, should};

use crate::requirements::documents::RFC_9068;

/// The token of a machine names the machine as its subject.
pub static MACHINE_SUBJECT: Requirement = Requirement {
    id: "rfc9068.token.machine-subject",
    rule: "The token of a machine names the machine as its subject.",
    advice: "Set sub to the client identifier in tokens that no user took part in.",
    source: Source { doc: &RFC_9068, section: "2.2" },
    answers: &["cc-subject"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The token of a machine is for the resource it asked for.
pub static MACHINE_AUDIENCE: Requirement = Requirement {
    id: "rfc9068.token.machine-audience",
    rule: "The token of a machine is for the resource it asked for.",
    advice: "Take the resource parameter of client credentials into the audience.",
    source: Source { doc: &RFC_9068, section: "3" },
    answers: &["cc-resource-audience"],
    force: &[may(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// An access token of the JWT profile holds its expiry as a number of seconds.
pub static JWT_EXPIRY_IN_PROFILE: Requirement = Requirement {
    id: "rfc9068.lifetime.expiry-present",
    rule: "An access token of the JWT profile holds its expiry as a number of seconds.",
    advice: "Put exp, in seconds since 1970, into each token whose typ is at+jwt.",
    source: Source { doc: &RFC_9068, section: "2.2" },
    answers: &["lifetime-jwt-exp-present"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A JWT says that it was issued about when it was, and is valid from then on.
pub static JWT_ISSUED_NOW: Requirement = Requirement {
    id: "rfc9068.lifetime.issued-now",
    rule: "A JWT says that it was issued about when it was, and is valid from then on.",
    advice: "Set iat and nbf by a synchronised clock; back-date them by a few minutes at most.",
    source: Source { doc: &RFC_9068, section: "2.2" },
    answers: &["lifetime-jwt-iat-sane"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// An expired access token is refused within a minute of its end.
pub static EXPIRED_TOKEN_REFUSED_PROMPTLY: Requirement = Requirement {
    id: "rfc9068.lifetime.expired-refused-promptly",
    rule: "An expired access token is refused within a minute of its end.",
    advice: "Reduce the clock leeway to what clocks really need, and do not cache the result of a token check beyond the token's end.",
    source: Source { doc: &RFC_9068, section: "4" },
    answers: &["lifetime-expired-refused", "lifetime-leeway-bounded", "TOK-004"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_RESOURCE_SERVER
};

/// The scope claim of a JWT is the scope that the response tells.
pub static JWT_SCOPE_AGREES: Requirement = Requirement {
    id: "rfc9068.scope.jwt-agrees",
    rule: "The scope claim of a JWT is the scope that the response tells.",
    advice: "Build the claim and the response member from one list.",
    source: Source { doc: &RFC_9068, section: "2.2.3" },
    answers: &["scope-in-jwt-matches"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A token of the JWT profile that was asked for without a resource has a default audience.
pub static DEFAULT_AUDIENCE_IN_PROFILE: Requirement = Requirement {
    id: "rfc9068.resource.default-audience",
    rule: "A token of the JWT profile that was asked for without a resource has a default audience.",
    advice: "Set aud to a default resource when none is asked for.",
    source: Source { doc: &RFC_9068, section: "3" },
    answers: &["resource-default-audience"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A JWT that was asked for without a resource has a default audience.
pub static DEFAULT_AUDIENCE: Requirement = Requirement {
    id: "rfc9068.resource.default-audience-any",
    rule: "A JWT that was asked for without a resource has a default audience.",
    advice: "Set aud to a default resource when none is asked for.",
    source: Source { doc: &RFC_9068, section: "3" },
    answers: &["resource-default-audience"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The key that signs access tokens is in the key set.
pub static KEYS_SIGN_TOKENS: Requirement = Requirement {
    id: "rfc9068.server-metadata.keys-sign-tokens",
    rule: "The key that signs access tokens is in the key set.",
    advice: "Publish the signing key under the kid that tokens name.",
    source: Source { doc: &RFC_9068, section: "4" },
    answers: &["asm-jwks-signs-tokens"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// OAuth metadata and OpenID configuration name the same issuer and keys.
pub static FORMS_AGREE: Requirement = Requirement {
    id: "rfc9068.server-metadata.forms-agree",
    rule: "OAuth metadata and OpenID configuration name the same issuer and keys.",
    advice: "Produce both documents from one configuration.",
    source: Source { doc: &RFC_9068, section: "4" },
    answers: &["discovery-both-forms-consistent"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};
