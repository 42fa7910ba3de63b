//! Challenges that are not what S256 makes.

use proofmark_probe::authorize::s256;
use proofmark_probe::encoding::sha256_hex;
use proofmark_probe::judge::{holds, holds_no_tokens, token_issued};
use proofmark_probe::model::Area;
use proofmark_probe::{AuthorizationRequest, Case, ClientKind, Judgement, Need, Probe, Steps, violated};

use super::ending::{Ending, Try, pursue, refused_early, unredeemed};
use super::flow::RIGHT_VERIFIER;
use crate::requirements::oauth21::pkce::{
    ARRAY_PARAMETER_IGNORED, CHALLENGE_SYNTAX, MALFORMED_CHALLENGE_IS_USELESS, NO_BREAKDOWN, ONE_CHALLENGE_PER_CODE,
    REPEATED_PARAMETER_REFUSED,
};
use crate::requirements::rfc7636::{CHALLENGE_COMPARED_WHOLE, CHALLENGE_IS_BASE64URL};

/// Makes another challenge of the right one.
type Variant = fn(&str) -> String;

/// A request with another challenge than the right one.
fn change(how: impl Fn(&str) -> String, row: &str) -> impl Fn(AuthorizationRequest) -> AuthorizationRequest {
    move |request| {
        let challenge = how(&s256(&request.verifier));
        request.with("code_challenge", &challenge).labelled(row)
    }
}

pub(super) static MALFORMED_CHALLENGE: Case = Case {
    id: "as.pkce.malformed-challenge",
    title: "A code challenge that breaks the grammar is refused",
    why: "A challenge of one letter, or one that the server repairs, protects less than the client believes.",
    area: Area::Pkce,
    covers: &[&CHALLENGE_SYNTAX, &MALFORMED_CHALLENGE_IS_USELESS],
    needs: &[Need::CodeFlow],
    control: Some(&RIGHT_VERIFIER),
    body: |probe| Box::pin(malformed_challenge(probe)),
    ..Case::PLAIN
};

async fn malformed_challenge(probe: &mut Probe) -> Steps {
    let rows: [(&str, Variant); 7] = [
        ("42 characters", |c| c[..42].to_owned()),
        ("1 character", |c| c[..1].to_owned()),
        ("a slash in it", |c| format!("{}/{}", &c[..20], &c[21..])),
        ("a space in it", |c| format!("{} {}", &c[..20], &c[21..])),
        ("a quotation mark in it", |c| format!("{}\"{}", &c[..20], &c[21..])),
        ("a letter outside ASCII in it", |c| format!("{}é{}", &c[..20], &c[21..])),
        ("a zero byte in it", |c| format!("{}\0{}", &c[..20], &c[21..])),
    ];
    let client = probe.client(ClientKind::Main).await?;
    for (row, how) in rows {
        probe.row(row);
        let ending = pursue(probe, &client, &[Try::Own], change(how, row)).await?;
        probe.expect(&CHALLENGE_SYNTAX, &ending, refused_early);
        probe.expect(&MALFORMED_CHALLENGE_IS_USELESS, &ending, unredeemed(&[Try::Own]));
    }
    Ok(())
}

pub(super) static LONG_CHALLENGE: Case = Case {
    id: "as.pkce.long-challenge",
    title: "A code challenge longer than a digest is refused and never cut to fit",
    why: "A server that compares what fits into its database column compares less than it was given.",
    area: Area::Pkce,
    covers: &[&CHALLENGE_COMPARED_WHOLE, &CHALLENGE_SYNTAX, &NO_BREAKDOWN],
    needs: &[Need::CodeFlow],
    control: Some(&RIGHT_VERIFIER),
    body: |probe| Box::pin(long_challenge(probe)),
    ..Case::PLAIN
};

async fn long_challenge(probe: &mut Probe) -> Steps {
    // Up to 128 characters the grammar allows a challenge that no digest can equal; beyond that it does not.
    let rows: [(&str, Variant, bool); 4] = [
        ("44 characters", |c| format!("{c}A"), true),
        ("64 characters", |c| format!("{c}{}", &c[..21]), true),
        ("129 characters", |c| format!("{c}{c}{c}"), false),
        ("10 000 characters", |c| c.repeat(233)[..10_000].to_owned(), false),
    ];
    let client = probe.client(ClientKind::Main).await?;
    for (row, how, grammatical) in rows {
        probe.row(row);
        let ending = pursue(probe, &client, &[Try::Own], change(how, row)).await?;
        probe.expect(&CHALLENGE_COMPARED_WHOLE, &ending, unredeemed(&[Try::Own]));
        if !grammatical {
            probe.expect(&CHALLENGE_SYNTAX, &ending, refused_early);
            probe.expect(&NO_BREAKDOWN, &ending, stood_up);
        }
    }
    Ok(())
}

/// No answer on the way was a server error.
fn stood_up(ending: &Ending) -> Judgement {
    let replies = ending.journey.hops.iter().chain(ending.tries.iter().map(|(_, reply)| reply));
    let broken = replies.into_iter().find(|reply| reply.status() >= 500);
    holds(
        broken.is_none(),
        "an answer that is no server error (5xx)",
        broken.map_or_else(|| ending.journey.describe(), proofmark_probe::Reply::summary),
    )
}

pub(super) static CHALLENGE_ENCODING: Case = Case {
    id: "as.pkce.challenge-encoding",
    title: "Only the base64url form of the digest is understood as a challenge",
    why: "Every form that a server understands besides the right one is a comparison that is looser than it looks.",
    area: Area::Pkce,
    covers: &[&CHALLENGE_COMPARED_WHOLE, &CHALLENGE_IS_BASE64URL, &CHALLENGE_SYNTAX],
    needs: &[Need::CodeFlow],
    control: Some(&RIGHT_VERIFIER),
    body: |probe| Box::pin(challenge_encoding(probe)),
    ..Case::PLAIN
};

async fn challenge_encoding(probe: &mut Probe) -> Steps {
    let client = probe.client(ClientKind::Main).await?;

    let row = "hexadecimal";
    probe.row(row);
    let hex = |request: AuthorizationRequest| {
        let challenge = sha256_hex(&request.verifier);
        request.with("code_challenge", &challenge).labelled(row)
    };
    let ending = pursue(probe, &client, &[Try::Own], hex).await?;
    probe.expect(&CHALLENGE_COMPARED_WHOLE, &ending, unredeemed(&[Try::Own]));

    let row = "other case";
    probe.row(row);
    let ending = pursue(probe, &client, &[Try::Own], change(flip_case, row)).await?;
    probe.expect(&CHALLENGE_COMPARED_WHOLE, &ending, unredeemed(&[Try::Own]));

    let row = "padding at the end";
    probe.row(row);
    let ending = pursue(probe, &client, &[Try::Own], change(|c| format!("{c}="), row)).await?;
    probe.expect(&CHALLENGE_IS_BASE64URL, &ending, unredeemed(&[Try::Own]));
    probe.expect(&CHALLENGE_SYNTAX, &ending, refused_early);

    let row = "the ordinary base64 alphabet";
    probe.row(row);
    // Only a digest in which the two alphabets differ shows anything.
    let mut verifier = probe.rng().word();
    while !s256(&verifier).contains(['-', '_']) {
        verifier = probe.rng().word();
    }
    let ordinary = |request: AuthorizationRequest| {
        let request = request.with_verifier(&verifier);
        change(|c| c.replace('-', "+").replace('_', "/"), row)(request)
    };
    let ending = pursue(probe, &client, &[Try::Own], ordinary).await?;
    probe.expect(&CHALLENGE_IS_BASE64URL, &ending, unredeemed(&[Try::Own]));
    probe.expect(&CHALLENGE_SYNTAX, &ending, refused_early);
    Ok(())
}

fn flip_case(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_uppercase() { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() }).collect()
}

pub(super) static REPEATED_PARAMETERS: Case = Case {
    id: "as.pkce.repeated-parameters",
    title: "A challenge or a challenge method that is sent twice is refused",
    why: "Two readers of one request, such as a gateway and the server behind it, may each read another value.",
    area: Area::Pkce,
    covers: &[&ONE_CHALLENGE_PER_CODE, &REPEATED_PARAMETER_REFUSED],
    needs: &[Need::CodeFlow],
    control: Some(&RIGHT_VERIFIER),
    body: |probe| Box::pin(repeated_parameters(probe)),
    ..Case::PLAIN
};

async fn repeated_parameters(probe: &mut Probe) -> Steps {
    let client = probe.client(ClientKind::Main).await?;
    let second = probe.rng().word();

    probe.row("two challenges");
    let ways = [Try::Own, Try::Given(second.clone())];
    let two = |r: AuthorizationRequest| r.with_another("code_challenge", &s256(&second)).labelled("two challenges");
    let ending = pursue(probe, &client, &ways, two).await?;
    probe.expect(&ONE_CHALLENGE_PER_CODE, &ending, not_both);
    probe.expect(&REPEATED_PARAMETER_REFUSED, &ending, refused_or_say_who_won);

    for (row, first, second) in [("S256, then plain", "S256", "plain"), ("plain, then S256", "plain", "S256")] {
        probe.row(row);
        let two = |r: AuthorizationRequest| {
            r.with("code_challenge_method", first).with_another("code_challenge_method", second).labelled(row)
        };
        let ending = pursue(probe, &client, &[Try::Own, Try::Challenge], two).await?;
        probe.expect(&REPEATED_PARAMETER_REFUSED, &ending, refused_or_say_who_won);
    }
    Ok(())
}

/// The ways by which a code was redeemed.
fn redeemed(ending: &Ending) -> Vec<String> {
    let got = ending.tries.iter().filter(|(_, reply)| !holds_no_tokens(reply).is_met());
    got.map(|(way, _)| way.to_string()).collect()
}

/// At most one of the tries redeemed its code.
fn not_both(ending: &Ending) -> Judgement {
    match refused_early(ending) {
        Judgement::Violated { .. } => {}
        other => return other,
    }
    let got = redeemed(ending);
    holds(
        got.len() < 2,
        "a code that no more than one verifier redeems",
        match got.as_slice() {
            [] => "a code that neither verifier redeems".to_owned(),
            ways => format!("a code is redeemed {}", ways.join(" and also ")),
        },
    )
}

/// The request was refused at once; if not, what became of it.
fn refused_or_say_who_won(ending: &Ending) -> Judgement {
    match refused_early(ending) {
        Judgement::Violated { expected, .. } => match redeemed(ending).as_slice() {
            [] => violated(expected, "a code was issued, which the token endpoint then refused"),
            ways => violated(expected, format!("a code was issued, and redeemed {}", ways.join(" and also "))),
        },
        other => other,
    }
}

pub(super) static ARRAY_CHALLENGE: Case = Case {
    id: "as.pkce.array-challenge",
    title: "A parameter named code_challenge[] does not disturb the challenge beside it",
    why: "Form parsers that make lists of such names let a stranger's value slip in beside the client's.",
    area: Area::Pkce,
    covers: &[&ARRAY_PARAMETER_IGNORED],
    needs: &[Need::CodeFlow],
    control: Some(&RIGHT_VERIFIER),
    body: |probe| Box::pin(array_challenge(probe)),
    ..Case::PLAIN
};

async fn array_challenge(probe: &mut Probe) -> Steps {
    let client = probe.client(ClientKind::Main).await?;
    let stranger = s256(&probe.rng().word());
    let ending = pursue(probe, &client, &[Try::Own], |r| {
        r.with_another("code_challenge[]", &stranger).labelled("code_challenge[] beside the challenge")
    })
    .await?;
    probe.expect(&ARRAY_PARAMETER_IGNORED, &ending, |ending| match ending.tries.first() {
        Some((_, reply)) => token_issued(reply),
        None => violated("a code, as without the unknown parameter", ending.journey.describe()),
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flipping_keeps_everything_but_the_case() {
        assert_eq!(flip_case("aB-9_z"), "Ab-9_Z");
    }

    #[test]
    fn changes_have_the_length_they_claim() {
        let c = s256("x");
        assert_eq!(c.len(), 43);
        assert_eq!(format!("{c}{c}{c}").len(), 129);
        assert_eq!(c.repeat(233)[..10_000].len(), 10_000);
        assert_eq!(format!("{c}{}", &c[..21]).len(), 64);
    }
}
