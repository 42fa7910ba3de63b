//! Verifiers of the wrong form, and in the wrong place.

use proofmark_probe::judge::{no_server_error, token_refused};
use proofmark_probe::model::Area;
use proofmark_probe::params::percent_encode;
use proofmark_probe::{Case, ClientKind, HttpRequest, Need, Probe, Steps};

use super::flow::{RIGHT_VERIFIER, raw_verifier};
use super::verifier::{redeem, refusal_form};
use crate::requirements::oauth21::pkce::{
    NO_BREAKDOWN, REPEATED_VERIFIER_REFUSED, VERIFIER_IN_FORM_BODY, VERIFIER_REFUSAL_FORM, VERIFIER_SYNTAX,
};
use crate::requirements::rfc7636::{VERIFIER_DECODED_ONCE, VERIFIER_NOT_TRIMMED};

pub(super) static MALFORMED_VERIFIER: Case = Case {
    id: "as.pkce.malformed-verifier",
    title: "A verifier that breaks the grammar is refused even if it fits its challenge",
    why: "A verifier of a few characters can be guessed from its challenge, so the server should not serve clients that use one.",
    area: Area::Pkce,
    covers: &[&VERIFIER_SYNTAX, &VERIFIER_REFUSAL_FORM, &NO_BREAKDOWN],
    needs: &[Need::CodeFlow],
    control: Some(&RIGHT_VERIFIER),
    body: |probe| Box::pin(malformed_verifier(probe)),
    ..Case::PLAIN
};

async fn malformed_verifier(probe: &mut Probe) -> Steps {
    let word = probe.rng().word();
    let rows = [
        ("42 characters", word[..42].to_owned()),
        ("1 character", word[..1].to_owned()),
        ("129 characters", word.repeat(3)),
        ("10 000 characters", word.repeat(233)[..10_000].to_owned()),
        ("a space, a plus, a slash and an equals sign in it", format!("{} +/={}", &word[..20], &word[..20])),
        ("letters outside ASCII in it", format!("{}äöü{}", &word[..20], &word[..20])),
    ];
    let client = probe.client(ClientKind::Main).await?;
    for (row, verifier) in rows {
        probe.row(row);
        let request = probe.authorization(&client).with_verifier(&verifier).labelled(row);
        let grant = probe.authorize(request).await?;
        let reply = probe.token(&grant.redeem().labelled(row)).await?;
        probe.expect(&VERIFIER_SYNTAX, &reply, token_refused);
        probe.expect(&VERIFIER_REFUSAL_FORM, &reply, refusal_form);
        probe.expect(&NO_BREAKDOWN, &reply, no_server_error);
    }
    Ok(())
}

pub(super) static DECORATED_VERIFIER: Case = Case {
    id: "as.pkce.decorated-verifier",
    title: "A verifier with white space around it, or encoded twice, is not the verifier",
    why: "A server that tidies up what it compares compares something else than what the client proved.",
    area: Area::Pkce,
    covers: &[&VERIFIER_NOT_TRIMMED, &VERIFIER_DECODED_ONCE],
    needs: &[Need::CodeFlow],
    control: Some(&RIGHT_VERIFIER),
    body: |probe| Box::pin(decorated_verifier(probe)),
    ..Case::PLAIN
};

async fn decorated_verifier(probe: &mut Probe) -> Steps {
    for (row, before, after) in [
        ("a space before it", "%20", ""),
        ("a line feed behind it", "", "%0A"),
        ("a zero byte behind it", "", "%00"),
        ("a tab behind it", "", "%09"),
    ] {
        probe.row(row);
        let reply =
            redeem(probe, row, |grant, _| raw_verifier(grant, &format!("{before}{}{after}", grant.verifier))).await?;
        probe.expect(&VERIFIER_NOT_TRIMMED, &reply, token_refused);
    }

    let row = "percent-encoded twice";
    probe.row(row);
    let verifier = format!("{}-._~", probe.rng().word());
    let client = probe.client(ClientKind::Main).await?;
    let request = probe.authorization(&client).with_verifier(&verifier).labelled(row);
    let grant = probe.authorize(request).await?;
    let once = verifier.replace('-', "%2D").replace('.', "%2E").replace('_', "%5F").replace('~', "%7E");
    let reply = probe.token(&raw_verifier(&grant, &percent_encode(&once)).labelled(row)).await?;
    probe.expect(&VERIFIER_DECODED_ONCE, &reply, token_refused);
    Ok(())
}

pub(super) static REPEATED_VERIFIER: Case = Case {
    id: "as.pkce.repeated-verifier",
    title: "A token request with two verifiers is refused",
    why: "Which of two values counts is up to the parser, and two parsers in a row may disagree.",
    area: Area::Pkce,
    covers: &[&REPEATED_VERIFIER_REFUSED],
    needs: &[Need::CodeFlow],
    control: Some(&RIGHT_VERIFIER),
    body: |probe| Box::pin(repeated_verifier(probe)),
    ..Case::PLAIN
};

async fn repeated_verifier(probe: &mut Probe) -> Steps {
    let bad = probe.rng().word();
    for (row, first_is_good, second_is_good) in [
        ("the right one, then another", true, false),
        ("another, then the right one", false, true),
        ("the right one twice", true, true),
    ] {
        probe.row(row);
        let reply = redeem(probe, row, |grant, r| {
            let pick = |good: bool| if good { grant.verifier.as_str() } else { bad.as_str() };
            r.with_verifier(pick(first_is_good)).with_another("code_verifier", pick(second_is_good))
        })
        .await?;
        probe.expect(&REPEATED_VERIFIER_REFUSED, &reply, token_refused);
    }
    Ok(())
}

pub(super) static MISPLACED_VERIFIER: Case = Case {
    id: "as.pkce.misplaced-verifier",
    title: "A verifier counts only in the form body and under its own name",
    why: "Verifiers in URLs end up in logs, and a server that reads several places checks what nobody looked at.",
    area: Area::Pkce,
    covers: &[&VERIFIER_IN_FORM_BODY],
    needs: &[Need::CodeFlow],
    control: Some(&RIGHT_VERIFIER),
    body: |probe| Box::pin(misplaced_verifier(probe)),
    ..Case::PLAIN
};

async fn misplaced_verifier(probe: &mut Probe) -> Steps {
    let row = "in the URL";
    probe.row(row);
    let reply = redeem(probe, row, |grant, r| {
        let mut r = r.without("code_verifier");
        r.query.add("code_verifier", &grant.verifier);
        r
    })
    .await?;
    probe.expect(&VERIFIER_IN_FORM_BODY, &reply, token_refused);

    let row = "as code_verifier[]";
    probe.row(row);
    let reply =
        redeem(probe, row, |grant, r| r.without("code_verifier").with("code_verifier[]", &grant.verifier)).await?;
    probe.expect(&VERIFIER_IN_FORM_BODY, &reply, token_refused);

    let row = "all parameters as JSON";
    probe.row(row);
    let grant = probe.grant().await?;
    let mut form = grant.redeem().params;
    let authorization = grant.client.authenticate(&mut form);
    let request = HttpRequest::json(format!("token request, {row}"), &probe.profile().endpoints.token, &form.to_json());
    let request = match authorization {
        Some(value) => request.with_header("Authorization", &value),
        None => request,
    };
    let reply = probe.send(request).await?;
    probe.expect(&VERIFIER_IN_FORM_BODY, &reply, token_refused);
    Ok(())
}
