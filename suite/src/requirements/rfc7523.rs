//! JWT client assertions (RFC 7523), and what its revision adds.

use proofmark_probe::model::Revision::R2025_03_26;
use proofmark_probe::model::{Requirement, Source, may, must, should};

use crate::requirements::documents::{RFC_7521, RFC_7523, RFC_7523_BIS, RFC_7591, RFC_8414, RFC_8725};

/// A client with a key gets in by an assertion that the key signed.
pub static ASSERTION_WORKS: Requirement = Requirement {
    id: "rfc7523.client-auth.works",
    rule: "A client with a key gets in by an assertion that the key signed.",
    advice: "Take client assertions whose audience is the issuer or the token endpoint, or do not list private_key_jwt.",
    source: Source { doc: &RFC_7523, section: "3" },
    answers: &["clientauth-jwt-happy"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The issuer is an audience that a client assertion may have.
pub static ISSUER_IS_AUDIENCE: Requirement = Requirement {
    id: "rfc7523.client-auth.issuer-is-audience",
    rule: "The issuer is an audience that a client assertion may have.",
    advice: "Take the issuer for the audience; the revision of RFC 7523 makes it the only one.",
    source: Source { doc: &RFC_7523_BIS, section: "4" },
    answers: &["clientauth-jwt-happy"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// An assertion names its client, so client_id may be left out.
pub static NAME_IS_OPTIONAL: Requirement = Requirement {
    id: "rfc7523.client-auth.name-is-optional",
    rule: "An assertion names its client, so client_id may be left out.",
    advice: "Find the client by the subject of the assertion when client_id is absent.",
    source: Source { doc: &RFC_7521, section: "4.2" },
    answers: &["cc-happy-jwt"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// An assertion for several servers is refused.
pub static SOLE_AUDIENCE: Requirement = Requirement {
    id: "rfc7523.client-auth.sole-audience",
    rule: "An assertion for several servers is refused.",
    advice: "Take assertions whose audience is this server and nobody else: others could present the same one here.",
    source: Source { doc: &RFC_7523_BIS, section: "4" },
    answers: &["clientauth-jwt-aud-array"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// An assertion for another server is refused.
pub static AUDIENCE_CHECKED: Requirement = Requirement {
    id: "rfc7523.client-auth.audience",
    rule: "An assertion for another server is refused.",
    advice: "Compare aud with your issuer, and refuse an assertion that has none.",
    source: Source { doc: &RFC_7523, section: "3" },
    answers: &["clientauth-jwt-aud-other"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The audience of an assertion is compared as a string.
pub static AUDIENCE_EXACT: Requirement = Requirement {
    id: "rfc7523.client-auth.audience-exact",
    rule: "The audience of an assertion is compared as a string.",
    advice: "Do not strip slashes or normalise URLs before you compare aud.",
    source: Source { doc: &RFC_7523, section: "3" },
    answers: &["clientauth-jwt-aud-other"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// An assertion that has expired is refused.
pub static EXPIRY_CHECKED: Requirement = Requirement {
    id: "rfc7523.client-auth.expiry",
    rule: "An assertion that has expired is refused.",
    advice: "Refuse assertions whose exp has passed, with a few minutes of leeway at most.",
    source: Source { doc: &RFC_7523, section: "3" },
    answers: &["clientauth-jwt-expired"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// An assertion without an expiry is refused.
pub static EXPIRY_REQUIRED: Requirement = Requirement {
    id: "rfc7523.client-auth.expiry-required",
    rule: "An assertion without an expiry is refused.",
    advice: "Demand exp in client assertions.",
    source: Source { doc: &RFC_7523, section: "3" },
    answers: &["clientauth-jwt-no-exp"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// An assertion that is good for years is refused.
pub static EXPIRY_NEAR: Requirement = Requirement {
    id: "rfc7523.client-auth.expiry-near",
    rule: "An assertion that is good for years is refused.",
    advice: "Bound the time that exp may lie ahead, e.g. by an hour.",
    source: Source { doc: &RFC_7523, section: "3" },
    answers: &["clientauth-jwt-far-exp"],
    force: &[may(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// An assertion that is not yet valid is refused.
pub static NOT_BEFORE_CHECKED: Requirement = Requirement {
    id: "rfc7523.client-auth.not-before",
    rule: "An assertion that is not yet valid is refused.",
    advice: "Refuse assertions whose nbf lies ahead, with a few minutes of leeway at most.",
    source: Source { doc: &RFC_7523, section: "3" },
    answers: &["clientauth-jwt-nbf-future"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// An assertion about another subject is refused.
pub static SUBJECT_CHECKED: Requirement = Requirement {
    id: "rfc7523.client-auth.subject",
    rule: "An assertion about another subject is refused.",
    advice: "Compare sub with the client that authenticates.",
    source: Source { doc: &RFC_7523, section: "3" },
    answers: &["clientauth-jwt-sub-not-client"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// An assertion by another issuer is refused.
pub static ISSUER_CHECKED: Requirement = Requirement {
    id: "rfc7523.client-auth.issuer",
    rule: "An assertion by another issuer is refused.",
    advice: "Compare iss with the client that authenticates.",
    source: Source { doc: &RFC_7523, section: "3" },
    answers: &["clientauth-jwt-sub-not-client"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// The assertion of one client yields no token of another.
pub static ASSERTION_OF_ANOTHER: Requirement = Requirement {
    id: "rfc7523.client-auth.of-another",
    rule: "The assertion of one client yields no token of another.",
    advice: "Issue for the client that the assertion is about, never for one that client_id merely names.",
    source: Source { doc: &RFC_7521, section: "4.2" },
    answers: &["clientauth-jwt-client-id-mismatch"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A request whose client_id is not the subject of its assertion is refused.
pub static ASSERTION_NAMES_AGREE: Requirement = Requirement {
    id: "rfc7523.client-auth.names-agree",
    rule: "A request whose client_id is not the subject of its assertion is refused.",
    advice: "Refuse a client_id that differs from sub.",
    source: Source { doc: &RFC_7521, section: "4.2" },
    answers: &["clientauth-jwt-client-id-mismatch"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// An assertion with a broken signature is refused.
pub static SIGNATURE_CHECKED: Requirement = Requirement {
    id: "rfc7523.client-auth.signature",
    rule: "An assertion with a broken signature is refused.",
    advice: "Verify the signature with the registered key of the client.",
    source: Source { doc: &RFC_7523, section: "3" },
    answers: &["clientauth-jwt-bad-signature"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// An assertion by an unknown key is refused.
pub static KEY_KNOWN: Requirement = Requirement {
    id: "rfc7523.client-auth.key",
    rule: "An assertion by an unknown key is refused.",
    advice: "Verify with the keys that the client registered, and refuse an identifier of a key that is not among them.",
    source: Source { doc: &RFC_7523, section: "3" },
    answers: &["clientauth-jwt-unknown-key"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// An assertion that is not signed is refused.
pub static NONE_REFUSED: Requirement = Requirement {
    id: "rfc7523.client-auth.alg-none",
    rule: "An assertion that is not signed is refused.",
    advice: "Refuse alg none in every spelling.",
    source: Source { doc: &RFC_7523, section: "3" },
    answers: &["clientauth-jwt-alg-none"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A public key is no shared secret.
pub static NO_SHARED_KEY: Requirement = Requirement {
    id: "rfc7523.client-auth.no-shared-key",
    rule: "A public key is no shared secret.",
    advice: "Fix the algorithms by the key: never verify an HMAC with a public key.",
    source: Source { doc: &RFC_7523, section: "3" },
    answers: &["clientauth-jwt-hs256-with-public-key"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// An assertion does not bring the key that verifies it.
pub static BRINGS_NO_KEY: Requirement = Requirement {
    id: "rfc7523.client-auth.brings-no-key",
    rule: "An assertion does not bring the key that verifies it.",
    advice: "Ignore jwk, jku, x5c and x5u in the header of client assertions.",
    source: Source { doc: &RFC_8725, section: "3.10" },
    answers: &["clientauth-jwt-embedded-jwk"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// An assertion that was used is refused.
pub static USED_ONCE: Requirement = Requirement {
    id: "rfc7523.client-auth.used-once",
    rule: "An assertion that was used is refused.",
    advice: "Remember the jti of assertions until they expire.",
    source: Source { doc: &RFC_7523, section: "3" },
    answers: &["clientauth-jwt-replay"],
    force: &[may(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A bad assertion beside a good one authenticates nobody.
pub static BAD_ONE_COUNTS_NOT: Requirement = Requirement {
    id: "rfc7523.client-auth.bad-one-counts-not",
    rule: "A bad assertion beside a good one authenticates nobody.",
    advice: "Refuse a client_assertion that is repeated or that holds more than one JWT.",
    source: Source { doc: &RFC_7523, section: "2.2" },
    answers: &["clientauth-jwt-two"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A request with two assertions is refused.
pub static ONE_ASSERTION: Requirement = Requirement {
    id: "rfc7523.client-auth.one-assertion",
    rule: "A request with two assertions is refused.",
    advice: "Refuse a client_assertion that is repeated or that holds more than one JWT.",
    source: Source { doc: &RFC_7523, section: "2.2" },
    answers: &["clientauth-jwt-two"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// An assertion of another type, or of none, is refused.
pub static TYPE_CHECKED: Requirement = Requirement {
    id: "rfc7523.client-auth.type",
    rule: "An assertion of another type, or of none, is refused.",
    advice: "Demand client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer.",
    source: Source { doc: &RFC_7523, section: "2.2" },
    answers: &["clientauth-jwt-wrong-type-param"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// An assertion without typ in its header is taken.
pub static TYP_IS_OPTIONAL: Requirement = Requirement {
    id: "rfc7523.client-auth.typ-is-optional",
    rule: "An assertion without typ in its header is taken.",
    advice: "Do not demand typ: clients of RFC 7523 need not send it.",
    source: Source { doc: &RFC_7523_BIS, section: "4" },
    answers: &["clientauth-jwt-typ"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// An assertion by an algorithm that is not listed is refused.
pub static ALGORITHM_LISTED: Requirement = Requirement {
    id: "rfc7523.client-auth.algorithm-listed",
    rule: "An assertion by an algorithm that is not listed is refused.",
    advice: "Verify by the algorithms of token_endpoint_auth_signing_alg_values_supported alone.",
    source: Source { doc: &RFC_8414, section: "2" },
    answers: &["clientauth-jwt-unlisted-alg"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A bad assertion is reported as invalid_client.
pub static ASSERTION_FAILURE: Requirement = Requirement {
    id: "rfc7523.client-auth.failure",
    rule: "A bad assertion is reported as invalid_client.",
    advice: "Answer with the error code invalid_client when an assertion is not good.",
    source: Source { doc: &RFC_7523, section: "3.2" },
    answers: &["clientauth-jwt-error-code"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A client assertion is no grant.
pub static ASSERTION_IS_NO_GRANT: Requirement = Requirement {
    id: "rfc7523.client-auth.is-no-grant",
    rule: "A client assertion is no grant.",
    advice: "Take assertions as grants only from issuers that speak for users; a client speaks for itself.",
    source: Source { doc: &RFC_7523, section: "3.1" },
    answers: &["clientauth-jwt-as-grant"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A key that left the key set of a client no longer authenticates it.
pub static KEYS_ARE_RENEWED: Requirement = Requirement {
    id: "rfc7523.client-auth.keys-are-renewed",
    rule: "A key that left the key set of a client no longer authenticates it.",
    advice: "Fetch jwks_uri again when its answer is no longer fresh, and hold assertions against what it says then.",
    source: Source { doc: &RFC_7591, section: "2" },
    answers: &["clientauth-jwt-key-rotation"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A client that registered a key gets nothing without an assertion.
pub static KEY_CLIENT_USES_KEY: Requirement = Requirement {
    id: "rfc7523.client-auth.key-client-uses-key",
    rule: "A client that registered a key gets nothing without an assertion.",
    advice: "Demand an assertion of each client registered for private_key_jwt.",
    source: Source { doc: &RFC_7523, section: "3" },
    answers: &["clientauth-missing", "reg-happy-confidential"],
    force: &[must(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

/// A client registered for private_key_jwt does not get in by a secret.
pub static KEY_CLIENT_HAS_NO_SECRET: Requirement = Requirement {
    id: "rfc7523.client-auth.key-client-has-no-secret",
    rule: "A client registered for private_key_jwt does not get in by a secret.",
    advice: "Hold each client to the method that it registered, and issue no secret to one with a key.",
    source: Source { doc: &RFC_7591, section: "2" },
    answers: &["clientauth-method-not-registered"],
    force: &[should(R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};
