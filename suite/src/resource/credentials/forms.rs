//! The forms of the `Authorization` header, with a good token in it.

use proofmark_probe::challenge::challenges;
use proofmark_probe::forge::basic;
use proofmark_probe::judge::{challenge_omits, not_served, served, when_status};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, Need, Probe, Steps};

use crate::requirements::mcp::token_use::CALLS_ARE_CHECKED;
use crate::requirements::oauth21::bearer::{
    HEADER_IS_ACCEPTED, NO_ERROR_WITHOUT_CREDENTIALS, ONE_CREDENTIAL_COUNTS, OTHER_FORMS_ARE_REFUSED,
    SCHEME_HAS_NO_CASE, SPACES_ARE_TOLERATED, WHOLE_VALUE_COUNTS,
};

const NEEDS: &[Need] = &[Need::Protection, Need::AccessToken];

pub(crate) static HEADER: Case = Case {
    id: "rs.credentials.header",
    title: "A good token in the Authorization header is accepted",
    why: "It is how every client calls the server, and the control of every refusal.",
    area: Area::RsValidation,
    covers: &[&HEADER_IS_ACCEPTED],
    needs: NEEDS,
    body: |probe| Box::pin(header(probe)),
    ..Case::PLAIN
};

async fn header(probe: &mut Probe) -> Steps {
    let tokens = probe.tokens().await?;
    let request = probe.protected().await?;
    let reply = probe.mcp(request.bearer(&tokens.access).labelled("a good token")).await?;
    probe.expect(&HEADER_IS_ACCEPTED, &reply, served);
    Ok(())
}

pub(super) static SCHEME_CASE: Case = Case {
    id: "rs.credentials.scheme-case",
    title: "The scheme Bearer is understood in any case",
    why: "Clients write bearer as their HTTP library does.",
    area: Area::RsValidation,
    covers: &[&SCHEME_HAS_NO_CASE],
    needs: NEEDS,
    control: Some(&HEADER),
    body: |probe| Box::pin(scheme_case(probe)),
    ..Case::PLAIN
};

async fn scheme_case(probe: &mut Probe) -> Steps {
    let tokens = probe.tokens().await?;
    let request = probe.protected().await?;
    for scheme in ["bearer", "BEARER", "bEaReR"] {
        probe.row(scheme);
        let value = format!("{scheme} {}", tokens.access);
        let reply = probe.mcp(request.clone().authorization(&value).labelled(scheme)).await?;
        probe.expect(&SCHEME_HAS_NO_CASE, &reply, served);
    }
    Ok(())
}

pub(super) static SPACES: Case = Case {
    id: "rs.credentials.spaces",
    title: "Spaces around a good token do no harm",
    why: "A parser that splits at the first space is a parser that also cuts tokens.",
    area: Area::RsValidation,
    covers: &[&SPACES_ARE_TOLERATED],
    needs: NEEDS,
    control: Some(&HEADER),
    body: |probe| Box::pin(spaces(probe)),
    ..Case::PLAIN
};

async fn spaces(probe: &mut Probe) -> Steps {
    let tokens = probe.tokens().await?;
    let request = probe.protected().await?;
    let token = &tokens.access;
    let values = [(format!("Bearer  {token}"), "two spaces"), (format!("Bearer {token} \t"), "blanks at the end")];
    for (value, what) in values {
        probe.row(what);
        let reply = probe.mcp(request.clone().authorization(&value).labelled(what)).await?;
        probe.expect(&SPACES_ARE_TOLERATED, &reply, served);
    }
    Ok(())
}

pub(super) static OTHER_FORMS: Case = Case {
    id: "rs.credentials.other-forms",
    title: "A token without the scheme Bearer is not accepted",
    why: "What one part of a deployment overlooks and another accepts is a way around the first.",
    area: Area::RsValidation,
    covers: &[&OTHER_FORMS_ARE_REFUSED, &NO_ERROR_WITHOUT_CREDENTIALS],
    needs: NEEDS,
    control: Some(&HEADER),
    body: |probe| Box::pin(other_forms(probe)),
    ..Case::PLAIN
};

async fn other_forms(probe: &mut Probe) -> Steps {
    let tokens = probe.tokens().await?;
    let request = probe.protected().await?;
    let token = &tokens.access;
    // A scheme that the server offers beside Bearer may well take the token.
    let offered: Vec<String> = probe
        .profile()
        .challenge
        .as_ref()
        .and_then(|reply| challenges(reply).ok())
        .into_iter()
        .flatten()
        .map(|c| c.scheme.to_ascii_lowercase())
        .collect();
    let schemes =
        [("Token", format!("Token {token}")), ("Basic", basic(token, "")), ("Digest", format!("Digest {token}"))];
    let dpop = [("DPoP", format!("DPoP {token}"))];
    for (scheme, value) in schemes.into_iter().filter(|(s, _)| !offered.contains(&s.to_ascii_lowercase())).chain(dpop) {
        probe.row(format!("scheme {scheme}"));
        let reply = probe.mcp(request.clone().authorization(&value).labelled(scheme)).await?;
        probe.expect(&OTHER_FORMS_ARE_REFUSED, &reply, not_served);
        probe.expect(&NO_ERROR_WITHOUT_CREDENTIALS, &reply, when_status(&[401], challenge_omits(&["error"])));
    }
    let forms = [
        (token.clone(), "the token alone"),
        (format!("Bearer:{token}"), "a colon for the space"),
        (format!("Bearer={token}"), "an equals sign for the space"),
    ];
    for (value, what) in forms {
        probe.row(what);
        let reply = probe.mcp(request.clone().authorization(&value).labelled(what)).await?;
        probe.expect(&OTHER_FORMS_ARE_REFUSED, &reply, not_served);
    }
    Ok(())
}

pub(super) static TRAILING_JUNK: Case = Case {
    id: "rs.credentials.trailing-junk",
    title: "A good token with something behind it is refused",
    why: "What this server throws away, the proxy in front of it may have taken for the token.",
    area: Area::RsValidation,
    covers: &[&WHOLE_VALUE_COUNTS],
    needs: NEEDS,
    control: Some(&HEADER),
    body: |probe| Box::pin(trailing_junk(probe)),
    ..Case::PLAIN
};

async fn trailing_junk(probe: &mut Probe) -> Steps {
    let tokens = probe.tokens().await?;
    let request = probe.protected().await?;
    let token = &tokens.access;
    for (value, what) in [(format!("Bearer {token} x"), "another word"), (format!("Bearer {token},x"), "a comma")] {
        probe.row(what);
        let reply = probe.mcp(request.clone().authorization(&value).labelled(what)).await?;
        probe.expect(&WHOLE_VALUE_COUNTS, &reply, not_served);
    }
    Ok(())
}

pub(super) static TWO_CREDENTIALS: Case = Case {
    id: "rs.credentials.two-credentials",
    title: "A request with two credentials is refused",
    why: "When a proxy checks one and the server another, the one that was checked does not matter.",
    area: Area::RsValidation,
    covers: &[&ONE_CREDENTIAL_COUNTS, &CALLS_ARE_CHECKED],
    needs: NEEDS,
    control: Some(&HEADER),
    body: |probe| Box::pin(two_credentials(probe)),
    ..Case::PLAIN
};

async fn two_credentials(probe: &mut Probe) -> Steps {
    let tokens = probe.tokens().await?;
    let request = probe.protected().await?;
    let good = format!("Bearer {}", tokens.access);
    let bad = format!("Bearer {}", probe.rng().word());

    let lines = [(&good, &bad, "two headers, the good one first"), (&bad, &good, "two headers, the bad one first")];
    for (first, second, what) in lines {
        probe.row(what);
        let reply = probe.mcp(request.clone().authorization(first).authorization(second).labelled(what)).await?;
        probe.expect(&ONE_CREDENTIAL_COUNTS, &reply, not_served);
    }
    let joined = [
        (format!("{good}, {bad}"), "one header, the good one first"),
        (format!("{bad}, {good}"), "one header, the bad one first"),
    ];
    for (value, what) in joined {
        probe.row(what);
        let reply = probe.mcp(request.clone().authorization(&value).labelled(what)).await?;
        probe.expect(&ONE_CREDENTIAL_COUNTS, &reply, not_served);
    }

    probe.row("two bad ones");
    let another = format!("Bearer {}", probe.rng().word());
    let reply = probe.mcp(request.authorization(&bad).authorization(&another).labelled("two bad headers")).await?;
    probe.expect(&CALLS_ARE_CHECKED, &reply, not_served);
    Ok(())
}
