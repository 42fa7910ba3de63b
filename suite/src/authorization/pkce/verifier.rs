//! Verifiers that are not the right one.

use proofmark_probe::authorize::s256;
use proofmark_probe::judge::{error_is, oauth_error_shape, token_refused};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, Grant, Judgement, Need, Probe, Reply, Steps, Stop, TokenRequest};

use super::flow::RIGHT_VERIFIER;
use crate::requirements::oauth21::pkce::{
    CHALLENGE_BOUND_TO_CODE, VERIFIER_MATCHES, VERIFIER_PER_CODE, VERIFIER_REFUSAL_FORM, VERIFIER_REQUIRED,
};
use crate::requirements::rfc7636::{
    CHALLENGE_IS_NO_VERIFIER, METHOD_BOUND_TO_CODE, MISMATCH_IS_INVALID_GRANT, VERIFIER_COMPARED_WHOLE,
};

/// What the token endpoint says to a changed request for a fresh code. One code an attempt: a bad one may burn it.
pub(super) async fn redeem(
    probe: &mut Probe,
    what: &str,
    change: impl FnOnce(&Grant, TokenRequest) -> TokenRequest,
) -> Result<Reply, Stop> {
    let grant = probe.grant().await?;
    let request = change(&grant, grant.redeem()).labelled(what);
    probe.token(&request).await
}

/// Refused in the form of OAuth, with one of the two errors that fit.
pub(super) fn refusal_form(reply: &Reply) -> Judgement {
    if !token_refused(reply).is_met() {
        return Judgement::Moot("the request was not refused".into());
    }
    oauth_error_shape(reply).and(|| error_is(&["invalid_grant", "invalid_request"])(reply))
}

/// A refusal, if it is one, has the error `invalid_grant`.
fn mismatch_error(reply: &Reply) -> Judgement {
    if !token_refused(reply).is_met() {
        return Judgement::Moot("the request was not refused".into());
    }
    error_is(&["invalid_grant"])(reply)
}

pub(super) static WRONG_VERIFIER: Case = Case {
    id: "as.pkce.wrong-verifier",
    title: "A code redeemed with another verifier is refused",
    why: "Whoever steals a code must not be able to spend it: the verifier never left the client.",
    area: Area::Pkce,
    covers: &[&VERIFIER_MATCHES, &MISMATCH_IS_INVALID_GRANT],
    needs: &[Need::CodeFlow],
    control: Some(&RIGHT_VERIFIER),
    body: |probe| Box::pin(wrong_verifier(probe)),
    ..Case::PLAIN
};

async fn wrong_verifier(probe: &mut Probe) -> Steps {
    let another = probe.rng().word();
    let reply = redeem(probe, "another code verifier", |_, r| r.with_verifier(&another)).await?;
    probe.expect(&VERIFIER_MATCHES, &reply, token_refused);
    probe.expect(&MISMATCH_IS_INVALID_GRANT, &reply, mismatch_error);
    Ok(())
}

pub(super) static NEAR_VERIFIER: Case = Case {
    id: "as.pkce.near-verifier",
    title: "A verifier that is almost the right one is refused",
    why: "A comparison that stops early, folds case or looks at a prefix lets an attacker work his way to a token.",
    area: Area::Pkce,
    covers: &[&VERIFIER_COMPARED_WHOLE],
    needs: &[Need::CodeFlow],
    control: Some(&RIGHT_VERIFIER),
    body: |probe| Box::pin(near_verifier(probe)),
    ..Case::PLAIN
};

/// Makes a near miss of the right verifier.
type Variant = fn(&str) -> String;

async fn near_verifier(probe: &mut Probe) -> Steps {
    let rows: [(&str, Variant); 6] = [
        ("another last character", |v| format!("{}{}", &v[..v.len() - 1], other(&v[v.len() - 1..]))),
        ("another first character", |v| format!("{}{}", other(&v[..1]), &v[1..])),
        ("the case of one letter changed", flip_one),
        ("the last character missing", |v| v[..v.len() - 1].to_owned()),
        ("one character more", |v| format!("{v}A")),
        ("the verifier twice in a row", |v| format!("{v}{v}")),
    ];
    for (row, how) in rows {
        probe.row(row);
        let reply = redeem(probe, row, |grant, r| r.with_verifier(&how(&grant.verifier))).await?;
        probe.expect(&VERIFIER_COMPARED_WHOLE, &reply, token_refused);
    }
    Ok(())
}

fn other(character: &str) -> &'static str {
    if character == "x" { "y" } else { "x" }
}

/// The text with the case of its first letter changed.
fn flip_one(text: &str) -> String {
    let flipped = |c: char| if c.is_ascii_uppercase() { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() };
    let at = text.find(|c: char| c.is_ascii_alphabetic());
    text.char_indices().map(|(i, c)| if Some(i) == at { flipped(c) } else { c }).collect()
}

pub(super) static MISSING_VERIFIER: Case = Case {
    id: "as.pkce.missing-verifier",
    title: "A code that was opened with a challenge is not redeemed without a verifier",
    why: "A check that is skipped when the verifier is missing protects only honest clients from themselves.",
    area: Area::Pkce,
    covers: &[&VERIFIER_REQUIRED, &VERIFIER_REFUSAL_FORM],
    needs: &[Need::CodeFlow],
    control: Some(&RIGHT_VERIFIER),
    body: |probe| Box::pin(missing_verifier(probe)),
    ..Case::PLAIN
};

async fn missing_verifier(probe: &mut Probe) -> Steps {
    probe.row("no verifier");
    let reply = redeem(probe, "no code verifier", |_, r| r.without("code_verifier")).await?;
    probe.expect(&VERIFIER_REQUIRED, &reply, token_refused);
    probe.expect(&VERIFIER_REFUSAL_FORM, &reply, refusal_form);

    probe.row("an empty verifier");
    let reply = redeem(probe, "an empty code verifier", |_, r| r.with_verifier("")).await?;
    probe.expect(&VERIFIER_REQUIRED, &reply, token_refused);
    probe.expect(&VERIFIER_REFUSAL_FORM, &reply, refusal_form);
    Ok(())
}

pub(super) static VERIFIER_OF_OTHER_CODE: Case = Case {
    id: "as.pkce.verifier-of-other-code",
    title: "The verifier of one code does not redeem another code of the same client",
    why: "An attacker who starts a flow of his own must not be able to spend a stolen code with his own verifier.",
    area: Area::Pkce,
    covers: &[&VERIFIER_PER_CODE],
    needs: &[Need::CodeFlow],
    control: Some(&RIGHT_VERIFIER),
    body: |probe| Box::pin(verifier_of_other_code(probe)),
    ..Case::PLAIN
};

async fn verifier_of_other_code(probe: &mut Probe) -> Steps {
    let first = probe.grant().await?;
    let second = probe.grant().await?;
    for (row, code, verifier) in [
        ("the earlier code with the verifier of the later", &first, &second.verifier),
        ("the later code with the verifier of the earlier", &second, &first.verifier),
    ] {
        probe.row(row);
        let reply = probe.token(&code.redeem().with_verifier(verifier).labelled(row)).await?;
        probe.expect(&VERIFIER_PER_CODE, &reply, token_refused);
    }
    Ok(())
}

pub(super) static OVERRIDES: Case = Case {
    id: "as.pkce.token-request-overrides",
    title: "A token request cannot say how its verifier is checked",
    why: "The challenge of a request is not secret: whoever saw it must not be able to pass it off as the verifier.",
    area: Area::Pkce,
    covers: &[&CHALLENGE_IS_NO_VERIFIER, &METHOD_BOUND_TO_CODE, &CHALLENGE_BOUND_TO_CODE],
    needs: &[Need::CodeFlow],
    control: Some(&RIGHT_VERIFIER),
    body: |probe| Box::pin(overrides(probe)),
    ..Case::PLAIN
};

async fn overrides(probe: &mut Probe) -> Steps {
    let row = "the challenge as verifier";
    probe.row(row);
    let reply = redeem(probe, row, |grant, r| r.with_verifier(&s256(&grant.verifier))).await?;
    probe.expect(&CHALLENGE_IS_NO_VERIFIER, &reply, token_refused);

    let row = "the challenge as verifier, with the method plain";
    probe.row(row);
    let reply =
        redeem(probe, row, |grant, r| r.with_verifier(&s256(&grant.verifier)).with("code_challenge_method", "plain"))
            .await?;
    probe.expect(&METHOD_BOUND_TO_CODE, &reply, token_refused);

    let row = "another verifier with its own challenge";
    probe.row(row);
    let another = probe.rng().word();
    let reply = redeem(probe, row, |_, r| {
        r.with_verifier(&another).with("code_challenge", &s256(&another)).with("code_challenge_method", "S256")
    })
    .await?;
    probe.expect(&CHALLENGE_BOUND_TO_CODE, &reply, token_refused);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

    #[test]
    fn a_near_miss_differs_in_one_place() {
        assert_eq!(flip_one("-9aB"), "-9AB");
        assert_eq!((other("x"), other("a")), ("y", "x"));
    }

    #[test]
    fn the_form_of_a_refusal_is_judged_only_where_there_is_one() {
        let refused = Reply::canned(400, JSON, r#"{"error":"invalid_request"}"#);
        assert!(refusal_form(&refused).is_met() && !mismatch_error(&refused).is_met());
        assert!(!refusal_form(&Reply::canned(500, JSON, r#"{"error":"server_error"}"#)).is_met());
        let issued = Reply::canned(200, JSON, r#"{"access_token":"t"}"#);
        assert!(matches!(refusal_form(&issued), Judgement::Moot(_)));
        assert!(matches!(mismatch_error(&issued), Judgement::Moot(_)));
    }
}
