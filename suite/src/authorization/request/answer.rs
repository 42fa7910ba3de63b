//! The answer to a good request: a code in the query, and the state as it was sent.

use proofmark_probe::judge::{code_at, holds, met, token_issued, violated};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, ClientKind, Journey, Judgement, Need, Probe, Steps, Stop};

use super::target;
use crate::requirements::oauth21::authorization::{
    CODE_IN_QUERY, GET_WORKS, NO_FRONT_TOKEN, POST_WORKS, RESOURCE_TOLERATED, STATE_NOT_INVENTED, STATE_RETURNED,
};

pub(super) static GET: Case = Case {
    id: "as.request.get",
    title: "A correct authorization request by GET ends in a code in the query",
    why: "It is how every client starts, and the control of the refusals below.",
    area: Area::Code,
    covers: &[&GET_WORKS, &CODE_IN_QUERY, &NO_FRONT_TOKEN, &POST_WORKS],
    needs: &[Need::CodeFlow],
    body: |probe| Box::pin(get(probe)),
    ..Case::PLAIN
};

async fn get(probe: &mut Probe) -> Steps {
    let client = probe.client(ClientKind::Main).await?;
    let request = probe.authorization(&client);
    let journey = probe.walk(request).await?;
    probe.expect(&GET_WORKS, &journey, code_at);
    probe.expect(&CODE_IN_QUERY, &journey, nothing_in_fragment);
    probe.expect(&NO_FRONT_TOKEN, &journey, no_token);
    let request = probe.authorization(&client).by_post().labelled("by POST");
    let journey = probe.walk(request).await?;
    probe.expect(&POST_WORKS, &journey, code_at);
    Ok(())
}

/// No response parameter stands in the fragment.
pub(super) fn nothing_in_fragment(journey: &Journey) -> Judgement {
    match target(journey) {
        None => Judgement::Moot(format!("no redirect came: {}", journey.describe())),
        Some((_, fragment)) if fragment.contains("code=") || fragment.contains("error=") => {
            violated("the response in the query", "the response in the fragment")
        }
        Some(_) => met(journey.describe()),
    }
}

/// The response holds no access token.
pub(super) fn no_token(journey: &Journey) -> Judgement {
    let token = journey.param("access_token").is_some();
    holds(!token, "no access token in the redirect", if token { "an access token".into() } else { journey.describe() })
}

pub(super) static RESOURCE: Case = Case {
    id: "as.request.resource-tolerated",
    title: "The resource parameter in authorization and token request does not break the flow",
    why: "MCP clients send it always; a server that stumbles over it cannot be used from MCP.",
    area: Area::Audience,
    covers: &[&RESOURCE_TOLERATED],
    // No need of a code flow: where the parameter breaks it there is none.
    body: |probe| Box::pin(resource(probe)),
    ..Case::PLAIN
};

async fn resource(probe: &mut Probe) -> Steps {
    let Some(resource) = probe.profile().resource.clone() else {
        return Err(Stop::not_applicable("the revision under test knows no resource parameter"));
    };
    let client = probe.client(ClientKind::Main).await?;
    let request = probe.authorization(&client).with("resource", &resource);
    let journey = probe.walk(request).await?;
    if let Some(grant) = journey.grant() {
        let reply = probe.token(&grant.redeem().with("resource", &resource)).await?;
        if token_issued(&reply).is_met() {
            probe.expect(&RESOURCE_TOLERATED, &reply, token_issued);
            return Ok(());
        }
    }
    // Something is wrong; it is the parameter if the same flow works without it.
    let request = probe.authorization(&client).without("resource").labelled("no resource");
    let grant = probe.authorize(request).await?;
    let without = probe.token(&grant.redeem()).await?;
    match token_issued(&without).is_met() {
        true => probe.expect(&RESOURCE_TOLERATED, &journey, |j| {
            violated("a token, as without the resource parameter", format!("{}, and no token", j.describe()))
        }),
        false => return Err(Stop::blocked(format!("a token request without resource ended in {}", without.summary()))),
    }
    Ok(())
}

pub(super) static STATE: Case = Case {
    id: "as.request.state-returned",
    title: "The state comes back with the code, byte for byte",
    why: "Clients compare it to tell their own flow from one that an attacker started; altered, every login fails.",
    area: Area::Code,
    covers: &[&STATE_RETURNED],
    needs: &[Need::CodeFlow],
    control: Some(&GET),
    body: |probe| Box::pin(state(probe)),
    ..Case::PLAIN
};

async fn state(probe: &mut Probe) -> Steps {
    let client = probe.client(ClientKind::Main).await?;
    let rows = [
        ("eight characters", "aaaaaaaa".to_owned()),
        ("reserved characters", "a b+c%2F&=~/?#%20".to_owned()),
        ("five hundred characters", "a b+c%2F&=~".repeat(47)),
        ("base64 with padding", "cHJvb2ZtYXJrIHN0YXRlKysvLw==".to_owned()),
        ("JSON", r#"{"return":"/a?b=c&d","n":[1]}"#.to_owned()),
        ("four thousand characters", "0123456789abcdef".repeat(256)),
    ];
    for (row, value) in rows {
        probe.row(row);
        let long = value.len() > 2_000;
        let request = probe.authorization(&client).with("state", &value).labelled(&format!("state: {row}"));
        let journey = probe.walk(request).await?;
        probe.expect(&STATE_RETURNED, &journey, |j| match j.code() {
            // To refuse what is too long is a server's right; to cut it is not.
            None if long => Judgement::Moot(format!("a long state is refused: {}", j.describe())),
            None => violated("a code with the state", j.describe()),
            Some(_) => same_state(j),
        });
    }
    Ok(())
}

/// The response has the state of the request, once.
pub(super) fn same_state(journey: &Journey) -> Judgement {
    let params = journey.params();
    let seen: Vec<_> = params.all("state").collect();
    let sent = &journey.request.state;
    let expected = format!("state={}", proofmark_probe::http::cut(sent, 120));
    match seen.as_slice() {
        [] => violated(expected, "no state"),
        [one] if one == sent => met("the same state"),
        [one] => {
            violated(expected, format!("state={} ({} characters)", proofmark_probe::http::cut(one, 120), one.len()))
        }
        more => violated(expected, format!("{} state parameters", more.len())),
    }
}

pub(super) static NO_STATE: Case = Case {
    id: "as.request.state-absent",
    title: "A request without state gets a response without state",
    why: "A client that sent none cannot tell what an invented one means, and refuses the response.",
    area: Area::Code,
    covers: &[&STATE_NOT_INVENTED],
    needs: &[Need::CodeFlow],
    control: Some(&GET),
    body: |probe| Box::pin(no_state(probe)),
    ..Case::PLAIN
};

async fn no_state(probe: &mut Probe) -> Steps {
    let client = probe.client(ClientKind::Main).await?;
    let request = probe.authorization(&client).without("state").labelled("no state");
    let journey = probe.walk(request).await?;
    probe.expect(&STATE_NOT_INVENTED, &journey, |j| match j.code() {
        None => Judgement::Moot(format!("a request without state is refused: {}", j.describe())),
        Some(_) => {
            let seen = j.param("state");
            holds(seen.is_none(), "a response without state", if seen.is_some() { "a state" } else { "no state" })
        }
    });
    Ok(())
}
