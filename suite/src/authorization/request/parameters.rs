//! Parameters that the endpoint does not know, that are empty, or that come twice.

use proofmark_probe::judge::{code_at, holds, met, violated};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, ClientKind, Journey, Judgement, Need, Probe, Steps, Stop};

use super::answer::GET;
use super::{no_code_came, survived};
use crate::requirements::oauth21::authorization::{
    EMPTY_OMITTED, EMPTY_STATE, LONG_SURVIVED, NOT_REPEATED, UNKNOWN_IGNORED,
};

pub(super) static UNKNOWN: Case = Case {
    id: "as.request.unknown-parameters",
    title: "Parameters that the authorization endpoint does not know are ignored",
    why: "Extensions of OAuth, of MCP and of browsers add parameters; a server that refuses them breaks tomorrow's clients.",
    area: Area::Errors,
    covers: &[&UNKNOWN_IGNORED],
    needs: &[Need::CodeFlow],
    control: Some(&GET),
    body: |probe| Box::pin(unknown(probe)),
    ..Case::PLAIN
};

async fn unknown(probe: &mut Probe) -> Steps {
    let client = probe.client(ClientKind::Main).await?;
    for (name, value) in [("x_proofmark", "1"), ("utm_source", "proofmark")] {
        probe.row(name);
        let request = probe.authorization(&client).with_another(name, value).labelled(name);
        let journey = probe.walk(request).await?;
        probe.expect(&UNKNOWN_IGNORED, &journey, code_at);
    }
    Ok(())
}

pub(super) static EMPTY: Case = Case {
    id: "as.request.empty-parameters",
    title: "A parameter without a value is treated as left out",
    why: "Forms and frameworks send empty parameters; a server that reads them as values refuses good requests.",
    area: Area::Errors,
    covers: &[&EMPTY_OMITTED, &EMPTY_STATE],
    needs: &[Need::CodeFlow],
    control: Some(&GET),
    body: |probe| Box::pin(empty(probe)),
    ..Case::PLAIN
};

async fn empty(probe: &mut Probe) -> Steps {
    let client = probe.client(ClientKind::Main).await?;
    for name in ["scope", "state", "nonce"] {
        probe.row(format!("{name}="));
        let without = probe.authorization(&client).without(name).labelled(&format!("no {name}"));
        let without = probe.walk(without).await?;
        let with = probe.authorization(&client).with(name, "").labelled(&format!("an empty {name}"));
        let with = probe.walk(with).await?;
        probe.expect(&EMPTY_OMITTED, &with, |with| like(&without, with));
        if name == "state" {
            probe.expect(&EMPTY_STATE, &with, |with| {
                let back = with.param("state").is_some_and(|state| state.is_empty());
                holds(!back, "a response without state", if back { "an empty state" } else { "no empty state" })
            });
        }
    }
    Ok(())
}

/// What succeeded without the parameter succeeds with an empty one.
fn like(without: &Journey, with: &Journey) -> Judgement {
    match (without.code(), with.code()) {
        (None, _) => Judgement::Moot(format!("the request is refused without it too: {}", without.describe())),
        (Some(_), Some(_)) => met("a code, as without the parameter"),
        (Some(_), None) => violated("a code, as without the parameter", with.describe()),
    }
}

pub(super) static REPEATED: Case = Case {
    id: "as.request.repeated-parameters",
    title: "A request that repeats a parameter, or has no end, is refused",
    why: "Two components that read different ones of two values see two different requests.",
    area: Area::Errors,
    covers: &[&NOT_REPEATED, &LONG_SURVIVED],
    needs: &[Need::CodeFlow],
    control: Some(&GET),
    body: |probe| Box::pin(repeated(probe)),
    ..Case::PLAIN
};

async fn repeated(probe: &mut Probe) -> Steps {
    let client = probe.client(ClientKind::Main).await?;
    let rows =
        [("client_id", &*client.id), ("response_type", "code"), ("state", "another-state"), ("scope", "another")];
    for (name, value) in rows {
        probe.row(format!("{name} twice"));
        let mut request = probe.authorization(&client);
        if request.params.get(name).is_none() {
            request.params.add(name, value);
        }
        let journey = probe.walk(request.with_another(name, value).labelled(&format!("{name} twice"))).await?;
        probe.expect(&NOT_REPEATED, &journey, no_code_came);
    }
    probe.row("eight thousand letters of scope");
    let request = probe.authorization(&client).with("scope", &"a".repeat(8_000)).labelled("a long scope");
    match probe.walk(request).await {
        // A server may hang up on a request that is too long for it.
        Err(Stop::Error { why }) => probe.moot(&LONG_SURVIVED, format!("no answer to so long a request: {why}")),
        journey => probe.expect(&LONG_SURVIVED, &journey?, survived),
    }
    Ok(())
}
