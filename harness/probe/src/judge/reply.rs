//! Judges of plain answers and of token-endpoint answers.

use serde_json::Value;

use super::{Judgement, holds, met, violated};
use crate::Reply;
use crate::http::cut;

/// The members of a token response that are worth stealing.
const TOKENS: [&str; 3] = ["access_token", "refresh_token", "id_token"];

/// The status is one of these.
pub fn status_is(expected: &'static [u16]) -> impl Fn(&Reply) -> Judgement {
    move |reply| {
        let wanted: Vec<_> = expected.iter().map(ToString::to_string).collect();
        holds(expected.contains(&reply.status()), format!("HTTP {}", wanted.join(" or ")), reply.summary())
    }
}

/// The server did not break down: no 5xx.
pub fn no_server_error(reply: &Reply) -> Judgement {
    holds(reply.status() < 500, "an answer that is no server error (5xx)", reply.summary())
}

/// The body is JSON and says so.
pub fn is_json(reply: &Reply) -> Judgement {
    let media = reply.media_type().unwrap_or_else(|| "no media type".into());
    holds(
        media == "application/json" && reply.json().is_some(),
        "a JSON body with Content-Type: application/json",
        if reply.json().is_some() { format!("JSON sent as {media}") } else { format!("{media}, not JSON") },
    )
}

/// A success with a usable access token, and nothing more: the form of the answer is judged elsewhere.
pub fn token_issued(reply: &Reply) -> Judgement {
    let issued = reply.is_success() && reply.json_str("access_token").is_some_and(|t| !t.is_empty());
    holds(issued, "a token response with an access token", reply.summary())
}

/// No token of any kind is in the answer.
pub fn holds_no_tokens(reply: &Reply) -> Judgement {
    let body = reply.json();
    let found: Vec<_> = TOKENS
        .into_iter()
        .filter(|name| body.as_ref().and_then(|b| b.get(*name)).and_then(Value::as_str).is_some_and(|t| !t.is_empty()))
        .collect();
    holds(found.is_empty(), "a refusal without any token", format!("{} with {}", reply.summary(), found.join(" and ")))
        .and(|| met(reply.summary()))
}

/// The security half of a refusal at the token endpoint: nothing was issued, and the server said so, if only by an error
/// in a successful answer; that this is the wrong form is judged elsewhere.
pub fn token_refused(reply: &Reply) -> Judgement {
    holds_no_tokens(reply)
        .and(|| {
            holds(
                !reply.is_success() || reply.json_str("error").is_some_and(|e| !e.is_empty()),
                "a refusal",
                format!("{}, neither a token nor an error", reply.summary()),
            )
        })
        .and(|| met(reply.summary()))
}

/// The error code of an OAuth error answer is one of these.
pub fn error_is(expected: &'static [&'static str]) -> impl Fn(&Reply) -> Judgement {
    move |reply| {
        let error = reply.json_str("error");
        let wanted = expected.iter().map(|e| format!("\"{e}\"")).collect::<Vec<_>>().join(" or ");
        let seen = error
            .as_ref()
            .map_or_else(|| format!("{}, no error code", reply.summary()), |e| format!("error \"{}\"", cut(e, 80)));
        holds(error.is_some_and(|e| expected.contains(&e.as_str())), format!("error {wanted}"), seen)
    }
}

/// The form of an OAuth error answer (OAuth 2.1 §3.2.4): 400, or 401 for a client that failed to authenticate; a JSON
/// object with a string `error`.
pub fn oauth_error_shape(reply: &Reply) -> Judgement {
    let expected = "HTTP 400 (or 401 for invalid_client) with a JSON object that has an error code";
    let error = reply.json_str("error");
    let status_fits = reply.status() == 400 || (reply.status() == 401 && error.as_deref() == Some("invalid_client"));
    holds(status_fits && error.is_some(), expected, reply.summary()).and(|| is_json(reply))
}

/// A member of the JSON body is a string of this value.
pub fn member_is(member: &'static str, value: &str) -> impl Fn(&Reply) -> Judgement {
    let value = value.to_owned();
    move |reply| {
        let seen = reply.json_str(member);
        holds(
            seen.as_deref() == Some(value.as_str()),
            format!("\"{member}\" is \"{value}\""),
            seen.as_ref().map_or_else(|| format!("no string \"{member}\""), |s| format!("\"{}\"", cut(s, 200))),
        )
    }
}

/// The answer may not be stored by caches: `Cache-Control` lists `no-store` (RFC 9111 §5.2.2.5).
pub fn forbids_storing(reply: &Reply) -> Judgement {
    let values: Vec<_> = reply.headers("cache-control").collect();
    let listed = values.iter().flat_map(|v| v.split(',')).any(|d| d.trim().eq_ignore_ascii_case("no-store"));
    let seen = if values.is_empty() {
        "no Cache-Control header".to_owned()
    } else {
        format!("Cache-Control: {}", values.join(", "))
    };
    if listed { met(seen) } else { violated("Cache-Control with no-store", seen) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

    #[test]
    fn a_refusal_with_a_token_in_it_is_no_refusal() {
        let leaky = Reply::canned(400, JSON, r#"{"error":"invalid_grant","access_token":"t"}"#);
        assert!(!token_refused(&leaky).is_met());
        let clean = Reply::canned(400, JSON, r#"{"error":"invalid_grant"}"#);
        assert!(token_refused(&clean).is_met() && oauth_error_shape(&clean).is_met());
        assert!(error_is(&["invalid_grant"])(&clean).is_met() && !error_is(&["invalid_request"])(&clean).is_met());
    }

    #[test]
    fn an_empty_success_is_neither_issued_nor_refused() {
        let reply = Reply::canned(200, JSON, "{}");
        assert!(!token_issued(&reply).is_met());
        assert!(!token_refused(&reply).is_met());
        // An error in a success refuses, in the wrong form.
        let reply = Reply::canned(200, JSON, r#"{"error":"invalid_grant"}"#);
        assert!(token_refused(&reply).is_met() && !oauth_error_shape(&reply).is_met());
    }

    #[test]
    fn client_authentication_may_fail_with_401() {
        assert!(oauth_error_shape(&Reply::canned(401, JSON, r#"{"error":"invalid_client"}"#)).is_met());
        assert!(!oauth_error_shape(&Reply::canned(401, JSON, r#"{"error":"invalid_grant"}"#)).is_met());
        assert!(!oauth_error_shape(&Reply::canned(500, JSON, r#"{"error":"server_error"}"#)).is_met());
        assert!(!oauth_error_shape(&Reply::canned(400, &[("content-type", "text/html")], r#"{"error":"x"}"#)).is_met());
    }

    #[test]
    fn no_store_may_stand_among_others() {
        assert!(forbids_storing(&Reply::canned(200, &[("Cache-Control", "private, No-Store")], "")).is_met());
        assert!(!forbids_storing(&Reply::canned(200, &[("Cache-Control", "no-cache")], "")).is_met());
        assert!(!forbids_storing(&Reply::canned(200, &[], "")).is_met());
    }
}
