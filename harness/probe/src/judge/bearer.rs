//! Judges of what a resource server answers to a missing, bad or insufficient token.

use super::{Judgement, holds, met, violated};
use crate::Reply;
use crate::challenge::{Challenge, bearer, challenges};
use crate::http::cut;

/// The request was refused and nothing of the server's was shown: an error status, and no JSON-RPC result.
pub fn refused_as_invalid(reply: &Reply) -> Judgement {
    if reply.rpc_result().is_some() {
        return violated("a refusal that shows nothing", format!("{}: the request was served", reply.summary()));
    }
    holds(!reply.is_success(), "a refusal with an HTTP error status", reply.summary())
}

/// There is a `Bearer` challenge with at least one parameter (OAuth 2.1 §5.3.1).
pub fn has_bearer_challenge(reply: &Reply) -> Judgement {
    let expected = "WWW-Authenticate: Bearer with at least one parameter";
    match bearer(reply) {
        Some(challenge) if !challenge.params.is_empty() => met(show(&challenge)),
        Some(_) => violated(expected, "a bare Bearer challenge without parameters"),
        None => {
            let lines: Vec<_> = reply.headers("www-authenticate").collect();
            let seen = if lines.is_empty() { "no WWW-Authenticate header".into() } else { cut(&lines.join(", "), 200) };
            violated(expected, format!("{}, {seen}", reply.summary()))
        }
    }
}

/// The header follows the grammar, names nothing twice and keeps to the characters of OAuth 2.1 §5.3.1.
pub fn challenge_is_well_formed(reply: &Reply) -> Judgement {
    let list = match challenges(reply) {
        Err(why) => return violated("a header that parses (RFC 9110 §11.6.1)", why),
        Ok(list) => list,
    };
    if list.is_empty() {
        return Judgement::Moot("there is no challenge to parse".into());
    }
    for challenge in list.iter().filter(|c| c.is_bearer()) {
        if let Some(name) = challenge.repeated().first() {
            return violated("each parameter at most once", format!("{name} occurs more than once"));
        }
        for param in &challenge.params {
            let legal = |c: char| match param.name.to_ascii_lowercase().as_str() {
                "scope" => matches!(c, ' ' | '!' | '#'..='[' | ']'..='~'),
                // Backslash escapes are lawful HTTP; that they break the character rule is an advice of its own.
                "error" | "error_description" => matches!(c, ' '..='~') && (param.escaped || c != '"' && c != '\\'),
                "error_uri" => matches!(c, '!' | '#'..='[' | ']'..='~'),
                _ => true,
            };
            if let Some(bad) = param.value.chars().find(|c| !legal(*c)) {
                return violated(
                    format!("only the characters that OAuth 2.1 allows in {}", param.name),
                    format!("{} holds {bad:?}", param.name),
                );
            }
        }
    }
    met(list.iter().map(show).collect::<Vec<_>>().join("; "))
}

/// A parameter of the `Bearer` challenge is one of these values.
pub fn challenge_names(name: &'static str, values: &'static [&'static str]) -> impl Fn(&Reply) -> Judgement {
    move |reply| {
        let wanted = values.iter().map(|v| format!("{name}=\"{v}\"")).collect::<Vec<_>>().join(" or ");
        let seen = bearer(reply);
        let value = seen.as_ref().and_then(|c| c.get(name));
        holds(
            value.is_some_and(|v| values.contains(&v)),
            wanted,
            seen.as_ref().map_or_else(|| format!("{}, no Bearer challenge", reply.summary()), show),
        )
    }
}

/// The `Bearer` challenge does not have these parameters.
pub fn challenge_omits(names: &'static [&'static str]) -> impl Fn(&Reply) -> Judgement {
    move |reply| match bearer(reply) {
        None => Judgement::Moot("there is no Bearer challenge".into()),
        Some(challenge) => holds(
            names.iter().all(|n| challenge.get(n).is_none()),
            format!("a challenge without {}", names.join(" and ")),
            show(&challenge),
        ),
    }
}

/// A challenge in words.
pub(super) fn show(challenge: &Challenge) -> String {
    let params: Vec<_> = challenge.params.iter().map(|p| format!("{}=\"{}\"", p.name, cut(&p.value, 120))).collect();
    format!("{} {}", challenge.scheme, params.join(", ")).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(header: &str) -> Reply {
        Reply::canned(401, &[("WWW-Authenticate", header)], "")
    }

    #[test]
    fn a_lawful_challenge_passes_every_judge() {
        let reply = with(r#"Bearer error="invalid_token", resource_metadata="https://h/.well-known/x""#);
        assert!(has_bearer_challenge(&reply).is_met());
        assert!(challenge_is_well_formed(&reply).is_met());
        assert!(challenge_names("error", &["invalid_token"])(&reply).is_met());
        assert!(!challenge_omits(&["error"])(&reply).is_met());
    }

    #[test]
    fn bare_foreign_and_missing_challenges_are_told_apart() {
        assert!(!has_bearer_challenge(&with("Bearer")).is_met());
        assert!(!has_bearer_challenge(&with(r#"Basic realm="x""#)).is_met());
        assert!(!has_bearer_challenge(&Reply::canned(401, &[], "")).is_met());
        assert!(matches!(challenge_is_well_formed(&Reply::canned(401, &[], "")), Judgement::Moot(_)));
    }

    #[test]
    fn illegal_characters_and_repeats_are_violations() {
        assert!(!challenge_is_well_formed(&with("Bearer scope=\"a\", scope=\"b\"")).is_met());
        assert!(!challenge_is_well_formed(&with("Bearer scope=\"a\u{e9}\"")).is_met());
        assert!(challenge_is_well_formed(&with(r#"Bearer error_description="say \"hi\"""#)).is_met());
    }

    #[test]
    fn a_result_in_any_status_is_a_leak() {
        let json = &[("content-type", "application/json")];
        assert!(!refused_as_invalid(&Reply::canned(401, json, r#"{"id":1,"result":{}}"#)).is_met());
        assert!(!refused_as_invalid(&Reply::canned(200, json, r#"{"id":1,"error":{"code":-1}}"#)).is_met());
        assert!(refused_as_invalid(&Reply::canned(403, json, r#"{"id":1,"error":{"code":-1}}"#)).is_met());
    }
}
