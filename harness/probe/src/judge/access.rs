//! Judges of whether a request was let in at an MCP server, and of the form in which it was not.

use serde_json::Value;

use super::{Judgement, holds, met, violated};
use crate::Reply;
use crate::challenge::{bearer, challenges};
use crate::http::cut;

/// The request was let in: a JSON-RPC result came back.
pub fn served(reply: &Reply) -> Judgement {
    holds(reply.is_success() && reply.rpc_result().is_some(), "a JSON-RPC result", reply.summary())
}

/// Nothing was served: there is no JSON-RPC result, whatever the status. In what form it was refused is another question.
pub fn not_served(reply: &Reply) -> Judgement {
    let result = reply.rpc_result().is_some();
    holds(!result, "a refusal without a JSON-RPC result", format!("{}: the request was served", reply.summary()))
        .and(|| met(reply.summary()))
}

/// A tool call did not go through: there is no result, or the tool itself reports an error.
pub fn call_refused(reply: &Reply) -> Judgement {
    match reply.rpc_result() {
        Some(result) if !is_tool_error(&result) => {
            violated("a refusal", format!("{}: the tool was run", reply.summary()))
        }
        Some(_) => met("a tool error (isError)"),
        None => met(reply.summary()),
    }
}

/// Whether a result says that the tool failed.
#[must_use]
pub fn is_tool_error(result: &Value) -> bool {
    result.get("isError").and_then(Value::as_bool) == Some(true)
}

/// A message that has no result was not taken: no success status.
pub fn not_accepted(reply: &Reply) -> Judgement {
    holds(!reply.is_success(), "a refusal", format!("{}: it was accepted", reply.summary()))
        .and(|| met(reply.summary()))
}

/// No event stream was opened.
pub fn no_stream(reply: &Reply) -> Judgement {
    let stream = reply.media_type().as_deref() == Some("text/event-stream");
    holds(!(reply.is_success() && stream), "no event stream", format!("{}: a stream was opened", reply.summary()))
        .and(|| met(reply.summary()))
}

/// The refusal is an HTTP error, not a message inside a success or a way to a login page.
pub fn refused_over_http(reply: &Reply) -> Judgement {
    holds(reply.status() >= 400, "a refusal by HTTP status (4xx)", reply.summary())
}

/// The same judge, where the answer has one of these statuses; elsewhere there is nothing to judge.
pub fn when_status<J: Fn(&Reply) -> Judgement>(statuses: &'static [u16], judge: J) -> impl Fn(&Reply) -> Judgement {
    move |reply| {
        if statuses.contains(&reply.status()) {
            judge(reply)
        } else {
            Judgement::Moot(format!("the answer was {}", reply.summary()))
        }
    }
}

/// There is a challenge for a token: `Bearer`, or `DPoP` where tokens are bound to a key.
pub fn challenges_for_token(reply: &Reply) -> Judgement {
    let lines: Vec<_> = reply.headers("www-authenticate").collect();
    let dpop = || challenges(reply).is_ok_and(|list| list.iter().any(|c| c.scheme.eq_ignore_ascii_case("dpop")));
    let seen = if lines.is_empty() {
        format!("{}, no WWW-Authenticate header", reply.summary())
    } else {
        cut(&lines.join(", "), 200)
    };
    holds(bearer(reply).is_some() || dpop(), "WWW-Authenticate with a Bearer challenge", seen)
}

/// The `Bearer` challenge has at least one parameter.
pub fn challenge_has_parameter(reply: &Reply) -> Judgement {
    match bearer(reply) {
        None => Judgement::Moot("there is no Bearer challenge".into()),
        Some(challenge) => {
            let names: Vec<_> = challenge.params.iter().map(|p| p.name.as_str()).collect();
            let seen = if names.is_empty() { "a bare Bearer challenge".into() } else { names.join(", ") };
            holds(!names.is_empty(), "a Bearer challenge with at least one parameter", seen)
        }
    }
}

/// The `Bearer` challenge needs no backslash: HTTP allows it, the characters of OAuth 2.1 §5.3.1 do not.
pub fn challenge_without_escapes(reply: &Reply) -> Judgement {
    let escaped = bearer(reply).and_then(|c| c.params.into_iter().find(|p| p.escaped));
    match escaped {
        Some(param) => violated("values without quotes and backslashes", format!("{} holds an escape", param.name)),
        None => met("no escapes"),
    }
}

/// A parameter of the `Bearer` challenge has a value.
pub fn challenge_has(name: &'static str) -> impl Fn(&Reply) -> Judgement {
    move |reply| match bearer(reply) {
        None => Judgement::Moot("there is no Bearer challenge".into()),
        Some(challenge) => match challenge.get(name).filter(|v| !v.trim().is_empty()) {
            Some(value) => met(format!("{name}=\"{}\"", cut(value, 160))),
            None => violated(format!("a challenge with {name}"), super::bearer::show(&challenge)),
        },
    }
}

/// The scopes that the `Bearer` challenge names; `None` where it names none.
#[must_use]
pub fn challenged_scopes(reply: &Reply) -> Option<Vec<String>> {
    let challenge = bearer(reply)?;
    let mut scopes: Vec<_> = challenge.get("scope")?.split_whitespace().map(ToOwned::to_owned).collect();
    scopes.sort();
    scopes.dedup();
    (!scopes.is_empty()).then_some(scopes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &[(&str, &str)] = &[("content-type", "application/json")];
    const RESULT: &str = r#"{"jsonrpc":"2.0","id":1,"result":{}}"#;
    const ERROR: &str = r#"{"jsonrpc":"2.0","id":1,"error":{"code":-32000}}"#;

    #[test]
    fn served_is_a_result_and_nothing_else() {
        assert!(served(&Reply::canned(200, JSON, RESULT)).is_met());
        assert!(!served(&Reply::canned(200, JSON, ERROR)).is_met());
        assert!(!served(&Reply::canned(401, JSON, RESULT)).is_met());
        assert!(!not_served(&Reply::canned(401, JSON, RESULT)).is_met());
        assert!(not_served(&Reply::canned(200, JSON, ERROR)).is_met());
    }

    #[test]
    fn a_refusal_inside_a_success_or_a_redirect_is_none_over_http() {
        assert!(!refused_over_http(&Reply::canned(200, JSON, ERROR)).is_met());
        assert!(!refused_over_http(&Reply::canned(302, &[("location", "/login")], "")).is_met());
        assert!(refused_over_http(&Reply::canned(401, &[], "")).is_met());
    }

    #[test]
    fn a_tool_error_is_a_refusal_of_the_call() {
        let failed = r#"{"jsonrpc":"2.0","id":1,"result":{"isError":true,"content":[]}}"#;
        let ran = r#"{"jsonrpc":"2.0","id":1,"result":{"isError":false,"content":[]}}"#;
        assert!(call_refused(&Reply::canned(200, JSON, failed)).is_met());
        assert!(!call_refused(&Reply::canned(200, JSON, ran)).is_met());
        assert!(call_refused(&Reply::canned(403, &[], "")).is_met());
    }

    #[test]
    fn streams_and_acceptances_are_seen() {
        let stream = Reply::canned(200, &[("content-type", "text/event-stream")], ": hi\n\n");
        assert!(!no_stream(&stream).is_met());
        assert!(no_stream(&Reply::canned(200, &[("content-type", "text/html")], "hi")).is_met());
        assert!(!not_accepted(&Reply::canned(202, &[], "")).is_met());
    }

    #[test]
    fn challenges_are_judged_part_by_part() {
        let with = |value: &str| Reply::canned(401, &[("www-authenticate", value)], "");
        assert!(challenges_for_token(&with("DPoP algs=\"ES256\"")).is_met());
        assert!(!challenges_for_token(&with("Basic realm=\"x\"")).is_met());
        assert!(challenges_for_token(&with("Bearer")).is_met() && !challenge_has_parameter(&with("Bearer")).is_met());
        assert!(!challenge_without_escapes(&with(r#"Bearer error_description="a \"b\"""#)).is_met());
        assert!(challenge_has("scope")(&with("Bearer scope=\"a\"")).is_met());
        assert!(!challenge_has("scope")(&with("Bearer scope=\"\"")).is_met());
        assert_eq!(challenged_scopes(&with("Bearer scope=\"b a b\"")).expect("scopes"), ["a", "b"]);
        let moot = when_status(&[401], challenges_for_token)(&Reply::canned(500, &[], ""));
        assert!(matches!(moot, Judgement::Moot(_)));
    }
}
