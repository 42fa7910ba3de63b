//! The one exception: the port of a loopback redirect URI is free, and nothing else is.

use std::sync::Arc;

use proofmark_probe::judge::{code_at, no_stray};
use proofmark_probe::model::{Area, Requirement};
use proofmark_probe::{Case, Client, ClientKind, ClientMetadata, Journey, Judgement, Need, Probe, Steps, Stop, met};

use super::parameter::survived;
use super::registered::{LOOPBACK_WORKS, WEB_WORKS};
use super::{Row, Rules, fill};
use crate::requirements::oauth21::redirect_uri::{SURVIVED, USER_IS_TOLD};
use crate::requirements::rfc8252::{
    LOCALHOST_ANY_PORT, LOOPBACK_ANY_PORT, LOOPBACK_PORT_OMITTED, LOOPBACK_PORT_ONLY, LOOPBACK_SPELLING,
};

const RULES: Rules = Rules { destination: &LOOPBACK_PORT_ONLY, spelling: &LOOPBACK_SPELLING };

pub(super) static ANY_PORT: Case = Case {
    id: "as.redirect-uri.loopback-any-port",
    title: "A loopback redirect URI works with any port",
    why: "A desktop application listens on whatever port is free that day; with a fixed port its users cannot sign in.",
    area: Area::RedirectUri,
    covers: &[&LOOPBACK_ANY_PORT, &LOOPBACK_PORT_OMITTED],
    needs: &[Need::CodeFlow],
    control: Some(&LOOPBACK_WORKS),
    body: |probe| Box::pin(any_port(probe)),
    ..Case::PLAIN
};

async fn any_port(probe: &mut Probe) -> Steps {
    let main = on_loopback(probe).await?;
    probe.row("another port on 127.0.0.1");
    at_another_port(probe, &main, &LOOPBACK_ANY_PORT).await?;
    for (row, uri) in [
        ("registered without a port", "http://127.0.0.1/cb".to_owned()),
        ("another port on [::1]", format!("http://[::1]:{}/cb", port(probe))),
    ] {
        another_client(probe, row, &uri, &LOOPBACK_ANY_PORT).await?;
    }
    probe.row("registered with a port, asked without");
    let uri = fill("{scheme}://{host}{path}", main.redirect_uri());
    let request = probe.authorization(&main).with("redirect_uri", &uri).labelled("loopback without the port");
    let journey = probe.walk(request).await?;
    probe.expect(&LOOPBACK_PORT_OMITTED, &journey, code_at);
    Ok(())
}

pub(super) static LOCALHOST: Case = Case {
    id: "as.redirect-uri.localhost-any-port",
    title: "A redirect URI on localhost works with any port",
    why: "The name is what many desktop clients of MCP register, and their port is no more fixed than that of an address.",
    area: Area::RedirectUri,
    covers: &[&LOCALHOST_ANY_PORT],
    needs: &[Need::CodeFlow, Need::Registration],
    control: Some(&LOOPBACK_WORKS),
    body: |probe| Box::pin(localhost(probe)),
    ..Case::PLAIN
};

async fn localhost(probe: &mut Probe) -> Steps {
    let with_port = format!("http://localhost:{}/cb", port(probe));
    another_client(probe, "another port", &with_port, &LOCALHOST_ANY_PORT).await?;
    another_client(probe, "registered without a port", "http://localhost/cb", &LOCALHOST_ANY_PORT).await
}

/// Registers a client for one redirect URI and asks for another port.
async fn another_client(probe: &mut Probe, row: &str, uri: &str, rule: &'static Requirement) -> Steps {
    probe.row(row);
    if probe.profile().endpoints.registration.is_none() {
        probe.moot(rule, "there is no dynamic registration to register it with");
        return Ok(());
    }
    let registration = probe.register(ClientMetadata::native(&[uri]).labelled(row)).await?;
    match registration.client.map(Arc::new).filter(|c| c.redirect_uri() == uri) {
        Some(client) => at_another_port(probe, &client, rule).await,
        None => {
            let answer = registration.reply.summary();
            probe.moot(rule, format!("the server did not register {uri} as it stands ({answer})"));
            Ok(())
        }
    }
}

async fn at_another_port(probe: &mut Probe, client: &Arc<Client>, rule: &'static Requirement) -> Steps {
    let uri = fill(&format!("{{scheme}}://{{host}}:{}{{path}}", port(probe)), client.redirect_uri());
    let request = probe.authorization(client).with("redirect_uri", &uri).labelled("another loopback port");
    let journey = probe.walk(request).await?;
    probe.expect(rule, &journey, code_at);
    Ok(())
}

/// A port in the dynamic range.
fn port(probe: &mut Probe) -> u64 {
    49_152 + probe.rng().below(16_000)
}

/// A client on `127.0.0.1`: the main one, or one registered for the case.
async fn on_loopback(probe: &mut Probe) -> Result<Arc<Client>, Stop> {
    let main = probe.client(ClientKind::Main).await?;
    if main.redirect_uri().starts_with("http://127.0.0.1:") {
        return Ok(main);
    }
    let uri = format!("http://127.0.0.1:{}/callback", port(probe));
    probe.registered(ClientMetadata::native(&[&uri]).labelled("a loopback redirect URI")).await
}

pub(super) static PORT_ONLY: Case = Case {
    id: "as.redirect-uri.loopback-port-only",
    title: "Nothing but the port of a loopback redirect URI may vary, and only to a port",
    why: "The exception for ports is where servers start to parse, and what they parse loosely they give away.",
    area: Area::RedirectUri,
    covers: &[&LOOPBACK_PORT_ONLY, &LOOPBACK_SPELLING, &USER_IS_TOLD, &SURVIVED],
    needs: &[Need::CodeFlow],
    control: Some(&LOOPBACK_WORKS),
    body: |probe| Box::pin(port_only(probe)),
    ..Case::PLAIN
};

const PARTS: &[Row] = &[
    ("another path", "http://127.0.0.1:49321/other"),
    ("a longer path", "{R}/x"),
    ("a query", "{R}?x=1"),
    ("https", "https://127.0.0.1{port}{path}"),
    ("localhost for 127.0.0.1", "http://localhost{port}{path}"),
    ("[::1] for 127.0.0.1", "http://[::1]{port}{path}"),
    ("user information", "http://u:p@127.0.0.1{port}{path}"),
    ("the address as user information", "http://127.0.0.1:1@evil.test{path}"),
    ("an encoded at sign", "http://127.0.0.1:1%40evil.test{path}"),
    ("a dot segment that climbs", "{R}/../other"),
];

pub(super) static LOOKALIKES: Case = Case {
    id: "as.redirect-uri.loopback-lookalikes",
    title: "A host that only looks like the registered loopback address is refused",
    why: "Names that begin like an address, and addresses of other machines, are one careless pattern away.",
    area: Area::RedirectUri,
    covers: &[&LOOPBACK_PORT_ONLY, &LOOPBACK_SPELLING, &USER_IS_TOLD],
    needs: &[Need::CodeFlow],
    control: Some(&LOOPBACK_WORKS),
    body: |probe| Box::pin(refuse(probe, HOSTS)),
    ..Case::PLAIN
};

const HOSTS: &[Row] = &[
    ("127.0.0.2", "http://127.0.0.2{port}{path}"),
    ("0.0.0.0", "http://0.0.0.0{port}{path}"),
    ("the address as the beginning of a name", "http://127.0.0.1.evil.test{port}{path}"),
    ("localhost as the beginning of a name", "http://localhost.evil.test{port}{path}"),
    ("localhost with a dot at the end", "http://localhost.{port}{path}"),
    ("the address mapped to IPv6", "http://[::ffff:127.0.0.1]{port}{path}"),
    ("the address in short", "http://127.1{port}{path}"),
    ("the address as one number", "http://2130706433{port}{path}"),
    ("the address in hexadecimal", "http://0x7f000001{port}{path}"),
    ("localhost in upper case", "http://LOCALHOST{port}{path}"),
];

async fn refuse(probe: &mut Probe, rows: &[Row]) -> Steps {
    let client = on_loopback(probe).await?;
    RULES.refuse_for(probe, &client, rows).await
}

async fn port_only(probe: &mut Probe) -> Steps {
    let client = on_loopback(probe).await?;
    RULES.refuse_for(probe, &client, PARTS).await?;
    for port in ["0", "99999", "abc", "", "080"] {
        probe.row(format!("the port \"{port}\""));
        let uri = fill(&format!("{{scheme}}://{{host}}:{port}{{path}}"), client.redirect_uri());
        let request = probe.authorization(&client).with("redirect_uri", &uri).labelled("a loopback port that is none");
        let journey = probe.walk(request).await?;
        probe.expect(&LOOPBACK_PORT_ONLY, &journey, stayed_on_this_machine);
        probe.expect(&SURVIVED, &journey, survived);
    }
    Ok(())
}

/// No other host got anything; a port that is none leads nowhere.
fn stayed_on_this_machine(journey: &Journey) -> Judgement {
    match journey.leak() {
        Some(target) if target.starts_with("http://127.0.0.1:") && !target.contains('@') => {
            met(format!("{}, which no browser can open", journey.describe()))
        }
        _ => no_stray(journey),
    }
}

pub(super) static ONLY_IF_REGISTERED: Case = Case {
    id: "as.redirect-uri.loopback-only-if-registered",
    title: "A client that registered no loopback redirect URI cannot ask for one",
    why: "A web application has no business on the user's machine, where another program may be listening.",
    area: Area::RedirectUri,
    covers: &[&LOOPBACK_PORT_ONLY, &LOOPBACK_SPELLING, &USER_IS_TOLD],
    needs: &[Need::CodeFlow, Need::WebClient],
    control: Some(&WEB_WORKS),
    body: |probe| Box::pin(RULES.refuse(probe, ClientKind::Web, UNASKED)),
    ..Case::PLAIN
};

const UNASKED: &[Row] = &[
    ("127.0.0.1", "http://127.0.0.1:49321{path}"),
    ("[::1]", "http://[::1]:49321{path}"),
    ("localhost", "http://localhost:49321{path}"),
];
