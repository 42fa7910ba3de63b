//! Redirect URIs that a client may register, and what they then mean.

use std::sync::Arc;

use proofmark_probe::judge::{code_at_destination, holds, no_stray};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, Need, Probe, Steps};

use super::super::registered::EACH_WORKS;
use super::{attempt, kept_out, native, registered, web};
use crate::requirements::oauth21::redirect_uri_registration::{ECHO_IS_STORED, GOOD_REGISTERED, NO_PATTERN};
use crate::requirements::rfc8252::{
    LOCALHOST_REGISTRABLE, LOOPBACK_REGISTRABLE, PRIVATE_SCHEME_REGISTRABLE, SCHEME_HAS_DOT,
};

pub(in crate::authorization::redirect_uri) static WILDCARD: Case = Case {
    id: "as.redirect-uri.registration-wildcard",
    title: "A star in a registered redirect URI is no pattern",
    why: "A pattern that anyone can register covers hosts and pages that nobody has looked at.",
    area: Area::RedirectUri,
    covers: &[&NO_PATTERN],
    needs: &[Need::CodeFlow, Need::Registration],
    control: Some(&EACH_WORKS),
    body: |probe| Box::pin(wildcard(probe)),
    ..Case::PLAIN
};

const PATTERNS: &[(&str, &str, &str)] = &[
    ("a star for a label", "https://*.example.test/cb", "https://evil.example.test/cb"),
    ("a star for the path", "https://client.example.test/*", "https://client.example.test/evil"),
    ("a star for the query", "https://client.example.test/cb?*", "https://client.example.test/cb?evil=1"),
];

async fn wildcard(probe: &mut Probe) -> Steps {
    for (row, pattern, match_of) in PATTERNS {
        probe.row(*row);
        let attempt = attempt(probe, web(pattern), row, pattern).await?;
        let Some(client) = attempt.registration.client.clone().filter(|_| attempt.is_registered()) else {
            probe.expect(&NO_PATTERN, &attempt, kept_out);
            continue;
        };
        let request = probe.authorization(&Arc::new(client)).with("redirect_uri", match_of).labelled(row);
        let journey = probe.walk(request).await?;
        probe.expect(&NO_PATTERN, &journey, |j| {
            no_stray(j).and(|| holds(j.code().is_none(), format!("a refusal of {match_of}"), j.describe()))
        });
    }
    Ok(())
}

pub(in crate::authorization::redirect_uri) static NATIVE: Case = Case {
    id: "as.redirect-uri.registration-native",
    title: "Native applications can register loopback redirect URIs",
    why: "Desktop clients of MCP have nothing else: a server that refuses loopback shuts them out.",
    area: Area::RedirectUri,
    covers: &[&LOOPBACK_REGISTRABLE, &LOCALHOST_REGISTRABLE, &PRIVATE_SCHEME_REGISTRABLE, &SCHEME_HAS_DOT],
    needs: &[Need::Registration],
    body: |probe| Box::pin(natives(probe)),
    ..Case::PLAIN
};

const LOOPBACK: &[(&str, &str)] = &[
    ("127.0.0.1 with a port", "http://127.0.0.1:33333/cb"),
    ("127.0.0.1 without a port", "http://127.0.0.1/cb"),
    ("[::1] with a port", "http://[::1]:33333/cb"),
    ("[::1] without a port", "http://[::1]/cb"),
];

async fn natives(probe: &mut Probe) -> Steps {
    let mut attempts = Vec::new();
    for (row, uri) in LOOPBACK {
        attempts.push((*row, attempt(probe, native(uri), row, uri).await?));
    }
    let row = "localhost";
    let localhost = attempt(probe, native("http://localhost:33333/cb"), row, "http://localhost:33333/cb").await?;
    let admitted = localhost.is_registered() || attempts.iter().any(|(_, a)| a.is_registered());
    for (row, attempt) in &attempts {
        probe.row(*row);
        if admitted {
            probe.expect(&LOOPBACK_REGISTRABLE, attempt, registered);
        } else {
            // Which clients may register is the server's to say (RFC 7591 §5).
            probe.moot(&LOOPBACK_REGISTRABLE, format!("no native application is admitted: {}", attempt.answer()));
        }
    }
    probe.row(row);
    probe.expect(&LOCALHOST_REGISTRABLE, &localhost, registered);
    for (row, uri, requirement, judge) in [
        ("a reversed domain name", "com.example.proofmark:/cb", &PRIVATE_SCHEME_REGISTRABLE, registered as fn(&_) -> _),
        ("a scheme without a dot", "proofmarkapp:/cb", &SCHEME_HAS_DOT, kept_out),
    ] {
        probe.row(row);
        let attempt = attempt(probe, native(uri), row, uri).await?;
        probe.expect(requirement, &attempt, judge);
    }
    Ok(())
}

pub(in crate::authorization::redirect_uri) static ECHO: Case = Case {
    id: "as.redirect-uri.registration-echo",
    title: "The redirect URI that the registration echoes is the one that works",
    why: "A client sends what it was told it registered; if the server stored another form, its users see an error.",
    area: Area::RedirectUri,
    covers: &[&ECHO_IS_STORED, &GOOD_REGISTERED],
    needs: &[Need::CodeFlow, Need::Registration],
    control: Some(&EACH_WORKS),
    body: |probe| Box::pin(echo(probe)),
    ..Case::PLAIN
};

async fn echo(probe: &mut Probe) -> Steps {
    let host = probe.host("client");
    for (row, uri) in [
        ("letters of another script in the host", format!("https://m\u{fc}nchen.{host}/cb")),
        ("an encoded slash in the path", format!("https://{host}/a%2Fb")),
    ] {
        probe.row(row);
        let attempt = attempt(probe, web(&uri), row, &uri).await?;
        let Some(client) = attempt.registration.client.clone().map(Arc::new) else {
            probe.expect(&GOOD_REGISTERED, &attempt, registered);
            probe.moot(&ECHO_IS_STORED, format!("the server does not register {uri}"));
            continue;
        };
        probe.expect(&GOOD_REGISTERED, &attempt, registered);
        let request = probe.authorization(&client).labelled("the redirect URI that was echoed");
        let journey = probe.walk(request).await?;
        probe.expect(&ECHO_IS_STORED, &journey, code_at_destination);
    }
    Ok(())
}
