//! Judges of what a token response grants: scope, audience, and whether the token can be guessed.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Judgement, holds, met, token_issued, violated};
use crate::Reply;
use crate::http::cut;
use crate::jwt::Jwt;

/// Scope names, in order of the alphabet.
pub type ScopeSet = BTreeSet<String>;

/// The names in a scope.
#[must_use]
pub fn scope_set(scope: &str) -> ScopeSet {
    scope.split(' ').filter(|s| !s.is_empty()).map(ToOwned::to_owned).collect()
}

/// The scope that a token response tells; `None` when it tells none.
#[must_use]
pub fn told_scope(reply: &Reply) -> Option<ScopeSet> {
    names(reply.json()?.get("scope")?)
}

/// The scope that the access token itself shows: the claim of a JWT. `None` for opaque tokens and without a claim.
#[must_use]
pub fn carried_scope(reply: &Reply) -> Option<ScopeSet> {
    let jwt = Jwt::read(&reply.json_str("access_token")?)?;
    let claim = jwt.claims.get("scope").or_else(|| jwt.claims.get("scp"))?;
    names(claim)
}

/// The scope of a token as far as it shows: what it carries, else what the response tells.
#[must_use]
pub fn shown_scope(reply: &Reply) -> Option<ScopeSet> {
    carried_scope(reply).or_else(|| told_scope(reply))
}

fn names(value: &Value) -> Option<ScopeSet> {
    match value {
        Value::String(text) => Some(scope_set(text)),
        Value::Array(list) => Some(list.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect()),
        _ => None,
    }
}

/// Scope names in words.
#[must_use]
pub fn in_words(scope: &ScopeSet) -> String {
    if scope.is_empty() {
        return "no scope".into();
    }
    let list: Vec<_> = scope.iter().map(|s| cut(&format!("{s:?}"), 60)).collect();
    format!("the scope {}", list.join(" "))
}

/// Nothing beyond these scopes was granted: a refusal, or a token that shows nothing else. A response that is silent
/// about scope says that all was granted that was asked for.
pub fn scope_within(allowed: &ScopeSet, asked: &ScopeSet) -> impl Fn(&Reply) -> Judgement {
    let (allowed, asked) = (allowed.clone(), asked.clone());
    move |reply| {
        if !token_issued(reply).is_met() {
            return met(format!("{}, no token", reply.summary()));
        }
        let expected = format!("a refusal, or a token with no more than {}", in_words(&allowed));
        let shown: Vec<_> = [told_scope(reply), carried_scope(reply)].into_iter().flatten().collect();
        let granted = if shown.is_empty() { asked.clone() } else { shown.into_iter().flatten().collect() };
        let silent = told_scope(reply).is_none() && carried_scope(reply).is_none();
        let how = if silent {
            "a token response that is silent about scope, which grants all that was asked for: "
        } else {
            ""
        };
        holds(granted.is_subset(&allowed), expected, format!("{how}{}", in_words(&granted)))
    }
}

/// A token was issued and it shows exactly this scope; a response that is silent says that it is as asked.
pub fn scope_is(wanted: &ScopeSet) -> impl Fn(&Reply) -> Judgement {
    let wanted = wanted.clone();
    move |reply| {
        token_issued(reply).and(|| match shown_scope(reply) {
            None => met("a token response that is silent about scope: it is as asked"),
            Some(shown) => holds(shown == wanted, in_words(&wanted), in_words(&shown)),
        })
    }
}

/// What the token carries is what the response tells, or what was asked for where the response is silent.
pub fn difference_is_told(asked: &ScopeSet) -> impl Fn(&Reply) -> Judgement {
    let asked = asked.clone();
    move |reply| match (told_scope(reply), carried_scope(reply)) {
        (Some(told), _) => met(format!("the response tells {}", in_words(&told))),
        (None, None) => Judgement::Moot("the response is silent and the token does not show its scope".into()),
        (None, Some(carried)) => holds(
            carried == asked,
            format!("{} as asked for, or a response that tells what was granted", in_words(&asked)),
            format!("a silent response with a token of {}", in_words(&carried)),
        ),
    }
}

/// The access token names this audience; `Moot` for an opaque token, which shows it to nobody but the resource server.
pub fn audience_has(wanted: &str) -> impl Fn(&Reply) -> Judgement {
    let wanted = wanted.to_owned();
    move |reply| match audience(reply) {
        None => opaque(),
        Some(list) => holds(list.contains(&wanted), format!("the audience {wanted}"), audience_in_words(&list)),
    }
}

/// No token was issued, or its audience does not name this.
pub fn audience_lacks(unwanted: &str) -> impl Fn(&Reply) -> Judgement {
    let unwanted = unwanted.to_owned();
    move |reply| {
        if !token_issued(reply).is_met() {
            return met(format!("{}, no token", reply.summary()));
        }
        match audience(reply) {
            None => opaque(),
            Some(list) => {
                holds(!list.contains(&unwanted), format!("no token for {unwanted}"), audience_in_words(&list))
            }
        }
    }
}

/// The audience of a JWT access token in a response; `None` when the token is opaque.
#[must_use]
pub fn audience(reply: &Reply) -> Option<Vec<String>> {
    let jwt = Jwt::read(&reply.json_str("access_token")?)?;
    Some(jwt.audience().into_iter().map(ToOwned::to_owned).collect())
}

/// An audience in words.
#[must_use]
pub fn audience_in_words(list: &[String]) -> String {
    if list.is_empty() { "a token without audience".into() } else { format!("the audience {}", list.join(" and ")) }
}

fn opaque() -> Judgement {
    Judgement::Moot("the token is opaque: whom it is for shows only at the resource server".into())
}

/// Values that a server drew are long enough that nobody can guess them. What all of them begin or end with does not
/// count, but a few equal characters are taken for chance.
pub fn unguessable(what: &'static str, values: &[String]) -> Judgement {
    if values.iter().any(|v| Jwt::read(v).is_some()) {
        return Judgement::Moot(format!("the {what} is signed, which is what keeps it from being guessed"));
    }
    let Some(bits) = values.iter().map(|v| random_bits(v, values)).min() else {
        return Judgement::Unproven(format!("there is no {what} to look at"));
    };
    let expected = format!("a {what} with at least 128 random bits");
    if bits >= 128 {
        met(format!("room for {bits} random bits in {} values", values.len()))
    } else {
        violated(expected, format!("room for no more than {bits} random bits in {} values", values.len()))
    }
}

/// How many random bits a value can hold at most.
fn random_bits(value: &str, all: &[String]) -> u32 {
    /// Equal characters up to here may be chance.
    const CHANCE: usize = 2;
    let shared = |reversed: bool| {
        let read = |v: &str| if reversed { v.chars().rev().collect::<Vec<_>>() } else { v.chars().collect() };
        let own = read(value);
        let others: Vec<_> = all.iter().map(|v| read(v)).collect();
        let same = (0..own.len()).take_while(|&i| others.iter().all(|o| o.get(i) == own.get(i))).count();
        if all.len() < 2 || same <= CHANCE { 0 } else { same }
    };
    let core: Vec<char> = value.chars().filter(|c| *c != '-').collect();
    let hex = core.iter().all(char::is_ascii_hexdigit);
    let digits = core.iter().all(char::is_ascii_digit);
    let alike = shared(false) + shared(true);
    let free = value.chars().count().saturating_sub(alike).min(core.len());
    let free = u32::try_from(free).unwrap_or(u32::MAX / 8);
    // log2 of 10, 16 and 64, the first in tenths.
    if digits { free * 33 / 10 } else { free * if hex { 4 } else { 6 } }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

    fn answer(body: &str) -> Reply {
        Reply::canned(200, JSON, body)
    }

    #[test]
    fn silence_grants_what_was_asked() {
        let (read, both) = (scope_set("read"), scope_set("read write"));
        let silent = answer(r#"{"access_token":"t"}"#);
        assert!(!scope_within(&read, &both)(&silent).is_met());
        assert!(scope_within(&read, &both)(&answer(r#"{"access_token":"t","scope":"read"}"#)).is_met());
        assert!(!scope_within(&read, &both)(&answer(r#"{"access_token":"t","scope":"read write"}"#)).is_met());
        assert!(scope_within(&read, &both)(&Reply::canned(400, JSON, r#"{"error":"invalid_scope"}"#)).is_met());
        assert!(scope_is(&both)(&silent).is_met());
    }

    #[test]
    fn a_claim_that_differs_from_a_silent_answer_is_untold() {
        use base64::Engine as _;
        let part = |json: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(json);
        let jwt = format!("{}.{}.c2ln", part(r#"{"alg":"RS256"}"#), part(r#"{"scope":"read","aud":"https://rs"}"#));
        let silent = answer(&format!(r#"{{"access_token":"{jwt}"}}"#));
        assert!(difference_is_told(&scope_set("read"))(&silent).is_met());
        assert!(!difference_is_told(&scope_set("read write"))(&silent).is_met());
        let told = answer(&format!(r#"{{"access_token":"{jwt}","scope":"read"}}"#));
        assert!(difference_is_told(&scope_set("read write"))(&told).is_met());
        assert!(audience_has("https://rs")(&silent).is_met() && !audience_lacks("https://rs")(&silent).is_met());
        assert!(matches!(audience_has("x")(&answer(r#"{"access_token":"t"}"#)), Judgement::Moot(_)));
    }

    #[test]
    fn counters_and_short_values_can_be_guessed() {
        let owned = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert!(!unguessable("token", &owned(&["access-00000001", "access-00000002"])).is_met());
        let long = "access-0000000000000000000000000000000000000000000";
        assert!(!unguessable("token", &owned(&[&format!("{long}1"), &format!("{long}2")])).is_met());
        let uuids = ["f81d4fae-7dec-41d0-a765-00a0c91e6bf6", "0b4c2f3e-1a2b-4c3d-8e4f-5a6b7c8d9e0f"];
        assert!(unguessable("token", &owned(&uuids)).is_met());
        assert!(unguessable("token", &owned(&["kq3XbT0m5yJ8vW2cZr7NqA", "pL9sD4fG6hJ1kQ3wE5rT7Y"])).is_met());
        assert!(!unguessable("token", &owned(&["kq3XbT0m5yJ8vW2c"])).is_met());
    }
}
