//! Challenge methods besides S256.

use proofmark_probe::judge::{holds_no_tokens, token_issued};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, ClientKind, Judgement, Need, Probe, Steps, violated};

use super::ending::{Ending, Try, pursue, refused_early, refused_early_as, unredeemed};
use super::flow::RIGHT_VERIFIER;
use crate::requirements::oauth21::pkce::{
    METHOD_OMITTED_IS_CHECKED, METHOD_OMITTED_MEANS_PLAIN, METHOD_SPELLED_EXACTLY, METHOD_SPELLING_OPENS_NOTHING,
    PLAIN_IS_CHECKED, PLAIN_ONLY_WHERE_LISTED, PLAIN_WORKS_WHERE_LISTED, UNKNOWN_METHOD_IS_INVALID_REQUEST,
    UNKNOWN_METHOD_REFUSED,
};

const METHODS: &str = "code_challenge_methods_supported";

pub(super) static UNKNOWN_METHOD: Case = Case {
    id: "as.pkce.unknown-method",
    title: "A challenge method that the server does not know is refused",
    why: "A server that goes on with a method it does not understand checks something else than the client asked for, or nothing.",
    area: Area::Pkce,
    covers: &[&UNKNOWN_METHOD_REFUSED, &UNKNOWN_METHOD_IS_INVALID_REQUEST],
    needs: &[Need::CodeFlow],
    control: Some(&RIGHT_VERIFIER),
    body: |probe| Box::pin(unknown_method(probe)),
    ..Case::PLAIN
};

async fn unknown_method(probe: &mut Probe) -> Steps {
    let client = probe.client(ClientKind::Main).await?;
    let ways = [Try::Own, Try::Challenge, Try::Nothing];
    for method in ["S512", "none", "null"] {
        probe.row(method);
        let ending =
            pursue(probe, &client, &ways, |r| r.with("code_challenge_method", method).labelled(method)).await?;
        probe.expect(&UNKNOWN_METHOD_REFUSED, &ending, unredeemed(&ways));
        probe.expect(&UNKNOWN_METHOD_IS_INVALID_REQUEST, &ending, refused_early_as("invalid_request"));
    }
    Ok(())
}

pub(super) static METHOD_SPELLING: Case = Case {
    id: "as.pkce.method-spelling",
    title: "A challenge method counts only as it is spelled",
    why: "A method that almost matches must not end in a weaker check than the client asked for.",
    area: Area::Pkce,
    covers: &[&METHOD_SPELLING_OPENS_NOTHING, &METHOD_SPELLED_EXACTLY],
    needs: &[Need::CodeFlow],
    control: Some(&RIGHT_VERIFIER),
    body: |probe| Box::pin(method_spelling(probe)),
    ..Case::PLAIN
};

async fn method_spelling(probe: &mut Probe) -> Steps {
    let client = probe.client(ClientKind::Main).await?;
    let ways = [Try::Own, Try::Challenge, Try::Nothing];
    for (row, method) in [("s256", "s256"), ("Plain", "Plain"), ("S256 with a space behind it", "S256 ")] {
        probe.row(row);
        let ending = pursue(probe, &client, &ways, |r| r.with("code_challenge_method", method).labelled(row)).await?;
        probe.expect(&METHOD_SPELLING_OPENS_NOTHING, &ending, unredeemed(&[Try::Challenge, Try::Nothing]));
        probe.expect(&METHOD_SPELLED_EXACTLY, &ending, refused_early);
    }
    Ok(())
}

pub(super) static METHOD_OMITTED: Case = Case {
    id: "as.pkce.method-omitted",
    title: "A challenge without a method is refused, or checked as plain where plain is listed",
    why: "The default of a missing method is the weak one; a server that dropped it must not replace it by no check.",
    area: Area::Pkce,
    covers: &[&METHOD_OMITTED_IS_CHECKED, &METHOD_OMITTED_MEANS_PLAIN],
    needs: &[Need::CodeFlow],
    control: Some(&RIGHT_VERIFIER),
    body: |probe| Box::pin(method_omitted(probe)),
    ..Case::PLAIN
};

async fn method_omitted(probe: &mut Probe) -> Steps {
    let client = probe.client(ClientKind::Main).await?;
    let listed = probe.profile().metadata_lists(METHODS, "plain") == Some(true);
    let ways = [Try::Nothing, Try::Another, Try::Own, Try::Challenge];
    for row in ["no method", "an empty method"] {
        probe.row(row);
        let ending = pursue(probe, &client, &ways, |r| {
            let r = r.labelled(row);
            if row == "no method" { r.without("code_challenge_method") } else { r.with("code_challenge_method", "") }
        })
        .await?;
        probe.expect(&METHOD_OMITTED_IS_CHECKED, &ending, unredeemed(&[Try::Nothing, Try::Another]));
        probe.expect(&METHOD_OMITTED_MEANS_PLAIN, &ending, means_plain(listed));
    }
    Ok(())
}

/// A missing method was taken for plain where plain is listed, and refused elsewhere.
fn means_plain(listed: bool) -> impl Fn(&Ending) -> Judgement {
    move |ending| {
        let expected = if listed {
            "a refusal, or a code that only a verifier equal to the challenge redeems"
        } else {
            "a refusal by the authorization endpoint, as plain is not listed in the metadata"
        };
        let redeemed = |way: Try| ending.tries.iter().any(|(w, reply)| *w == way && !holds_no_tokens(reply).is_met());
        match refused_early(ending) {
            Judgement::Violated { .. } if redeemed(Try::Own) => {
                violated(expected, "the challenge was treated as one of S256")
            }
            Judgement::Violated { .. } if redeemed(Try::Challenge) && !listed => {
                violated(expected, "the challenge was treated as one of plain, which the metadata does not list")
            }
            Judgement::Violated { .. } if listed => unredeemed(&[Try::Own])(ending),
            Judgement::Violated { .. } => violated(expected, "a code was issued that the token endpoint then refused"),
            other => other,
        }
    }
}

pub(super) static PLAIN_METHOD: Case = Case {
    id: "as.pkce.plain-method",
    title: "The method plain works only where the metadata lists it",
    why: "Plain protects nobody whose request can be read, and what the metadata does not list no auditor sees.",
    area: Area::Pkce,
    covers: &[&PLAIN_IS_CHECKED, &PLAIN_ONLY_WHERE_LISTED, &PLAIN_WORKS_WHERE_LISTED],
    needs: &[Need::CodeFlow],
    control: Some(&RIGHT_VERIFIER),
    body: |probe| Box::pin(plain_method(probe)),
    ..Case::PLAIN
};

async fn plain_method(probe: &mut Probe) -> Steps {
    let client = probe.client(ClientKind::Main).await?;
    // The challenge stays what S256 makes of the verifier, so that both readings of the request can be told apart.
    let ways = [Try::Challenge, Try::Own, Try::Another, Try::Nothing];
    let ending = pursue(probe, &client, &ways, |r| r.with("code_challenge_method", "plain").labelled("plain")).await?;
    probe.expect(&PLAIN_IS_CHECKED, &ending, unredeemed(&[Try::Own, Try::Another, Try::Nothing]));
    if probe.profile().metadata_lists(METHODS, "plain") == Some(true) {
        probe.moot(&PLAIN_ONLY_WHERE_LISTED, "the metadata lists plain");
        probe.expect(&PLAIN_WORKS_WHERE_LISTED, &ending, |ending| match ending.tries.first() {
            Some((_, reply)) => token_issued(reply),
            None => violated("a code for a challenge of the method plain", ending.journey.describe()),
        });
    } else {
        probe.expect(&PLAIN_ONLY_WHERE_LISTED, &ending, refused_early);
        probe.moot(&PLAIN_WORKS_WHERE_LISTED, "the metadata does not list plain");
    }
    Ok(())
}
