//! Which redirect URIs a client may register. A value that the server drops or replaces, and says so in its answer, is
//! refused; a value that it echoes is registered.

use std::sync::Arc;

use proofmark_probe::judge::{Evidence, code_at_destination, holds, met, no_stray, violated};
use proofmark_probe::model::{Area, ExchangeId, Requirement};
use proofmark_probe::{Case, ClientMetadata, Judgement, Need, Probe, Registration, Steps};
use serde_json::{Value, json};

use super::registered::EACH_WORKS;
use crate::requirements::oauth21::redirect_uri_registration::{
    ABSOLUTE, ECHO_IS_STORED, GOOD_REGISTERED, HTTPS_OR_LOCALHOST, NO_CONTROL, NO_DOTS, NO_FRAGMENT, NO_LOCAL_SCHEME,
    NO_PATTERN, NO_REMOTE_HTTP, NO_SCRIPT, NO_USERINFO, TYPES,
};
use crate::requirements::rfc8252::{
    LOCALHOST_REGISTRABLE, LOOPBACK_REGISTRABLE, PRIVATE_SCHEME_REGISTRABLE, SCHEME_HAS_DOT,
};

/// The answer to a registration of one redirect URI.
struct Attempt {
    uri: String,
    registration: Registration,
}

impl Evidence for Attempt {
    fn exchanges(&self) -> Vec<ExchangeId> {
        vec![self.registration.reply.id()]
    }
}

impl Attempt {
    /// Whether the server registered the URI, byte for byte as far as it says.
    fn is_registered(&self) -> bool {
        self.registration.client.as_ref().is_some_and(|c| c.redirect_uris.contains(&self.uri))
    }

    fn answer(&self) -> String {
        let summary = self.registration.reply.summary();
        match &self.registration.client {
            Some(client) if client.redirect_uris.is_empty() => format!("{summary}, the redirect URI left out"),
            Some(client) => format!("{summary}, registered {}", show(&client.redirect_uris.join(" "))),
            None => summary,
        }
    }
}

async fn attempt(
    probe: &Probe,
    metadata: ClientMetadata,
    row: &str,
    uri: &str,
) -> Result<Attempt, proofmark_probe::Stop> {
    let registration = probe.register(metadata.labelled(row)).await?;
    Ok(Attempt { uri: uri.to_owned(), registration })
}

fn native(uri: &str) -> ClientMetadata {
    ClientMetadata::native(&[uri])
}

fn web(uri: &str) -> ClientMetadata {
    ClientMetadata::web(&[uri])
}

/// The redirect URI was refused, left out, or replaced in the echo.
fn kept_out(attempt: &Attempt) -> Judgement {
    let expected = format!("a registration without {}", show(&attempt.uri));
    holds(!attempt.is_registered(), expected, attempt.answer())
}

/// The redirect URI was registered as it stands.
fn registered(attempt: &Attempt) -> Judgement {
    holds(attempt.is_registered(), format!("a registration of {}", show(&attempt.uri)), attempt.answer())
}

fn show(uri: &str) -> String {
    format!("\"{}\"", uri.chars().flat_map(char::escape_debug).collect::<String>())
}

/// Tries each redirect URI of a table; none may be registered.
async fn refuse(
    probe: &mut Probe,
    requirement: &'static Requirement,
    metadata: fn(&str) -> ClientMetadata,
    rows: &[(&str, &str)],
) -> Steps {
    for (row, uri) in rows {
        probe.row(*row);
        let attempt = attempt(probe, metadata(uri), row, uri).await?;
        probe.expect(requirement, &attempt, kept_out);
    }
    Ok(())
}

pub(super) static SCRIPT: Case = Case {
    id: "as.redirect-uri.registration-script",
    title: "A redirect URI that carries a script or a document cannot be registered",
    why: "Whatever page shows it as a link or follows it runs the attacker's code in the origin of the login.",
    area: Area::RedirectUri,
    covers: &[&NO_SCRIPT, &NO_LOCAL_SCHEME],
    needs: &[Need::CodeFlow, Need::Registration],
    control: Some(&EACH_WORKS),
    body: |probe| Box::pin(script(probe)),
    ..Case::PLAIN
};

const SCRIPTS: &[(&str, &str)] = &[
    ("javascript", "javascript:alert(1)"),
    ("javascript in mixed case", "JaVaScRiPt:alert(1)"),
    ("javascript after a space", " javascript:alert(1)"),
    ("javascript with a tab", "java\tscript:alert(1)"),
    ("javascript after a line feed", "\njavascript:alert(1)"),
    ("data", "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg=="),
    ("vbscript", "vbscript:msgbox(1)"),
];

const LOCAL_SCHEMES: &[(&str, &str)] = &[
    ("blob", "blob:https://client.example.test/1"),
    ("file", "file:///etc/hosts"),
    ("about", "about:blank"),
    ("view-source", "view-source:https://client.example.test/"),
];

async fn script(probe: &mut Probe) -> Steps {
    refuse(probe, &NO_SCRIPT, native, SCRIPTS).await?;
    refuse(probe, &NO_LOCAL_SCHEME, native, LOCAL_SCHEMES).await?;
    let row = "a script after a good one";
    probe.row(row);
    let (good, bad) = (format!("https://{}/cb", probe.host("client")), "javascript:alert(1)");
    let attempt = attempt(probe, ClientMetadata::native(&[&good, bad]), row, bad).await?;
    probe.expect(&NO_SCRIPT, &attempt, kept_out);
    Ok(())
}

pub(super) static REMOTE_HTTP: Case = Case {
    id: "as.redirect-uri.registration-http",
    title: "A redirect URI with http on another machine cannot be registered",
    why: "The code would cross the network in the clear, for everyone on the way to take.",
    area: Area::RedirectUri,
    covers: &[&NO_REMOTE_HTTP, &HTTPS_OR_LOCALHOST],
    needs: &[Need::CodeFlow, Need::Registration],
    control: Some(&EACH_WORKS),
    body: |probe| Box::pin(remote_http(probe)),
    ..Case::PLAIN
};

const REMOTE: &[(&str, &str)] = &[
    ("a host", "http://client.example.test/cb"),
    ("a private address", "http://10.0.0.1/cb"),
    ("another private address", "http://192.168.1.1/"),
    ("a name that begins like loopback", "http://127.0.0.1.evil.test/"),
];

async fn remote_http(probe: &mut Probe) -> Steps {
    for (row, uri) in REMOTE {
        probe.row(*row);
        let attempt = attempt(probe, web(uri), row, uri).await?;
        probe.expect(&NO_REMOTE_HTTP, &attempt, kept_out);
        let Some(client) = attempt.registration.client.filter(|c| c.redirect_uris.iter().any(|u| u == uri)) else {
            probe.moot(&HTTPS_OR_LOCALHOST, "it was not registered, so no code can be asked for");
            continue;
        };
        let request = probe.authorization(&Arc::new(client)).with("redirect_uri", uri).labelled(row);
        let journey = probe.walk(request).await?;
        probe.expect(&HTTPS_OR_LOCALHOST, &journey, |j| {
            no_stray(j).and(|| holds(j.code().is_none(), "no code over http to another machine", j.describe()))
        });
    }
    Ok(())
}

pub(super) static MALFORMED: Case = Case {
    id: "as.redirect-uri.registration-malformed",
    title: "A redirect URI that is relative, has a fragment or control characters cannot be registered",
    why: "What is registered malformed is compared, shown and redirected to malformed ever after.",
    area: Area::RedirectUri,
    covers: &[&NO_FRAGMENT, &ABSOLUTE, &NO_CONTROL, &NO_DOTS, &NO_USERINFO],
    needs: &[Need::CodeFlow, Need::Registration],
    control: Some(&EACH_WORKS),
    body: |probe| Box::pin(malformed(probe)),
    ..Case::PLAIN
};

async fn malformed(probe: &mut Probe) -> Steps {
    refuse(probe, &NO_FRAGMENT, web, &[("a fragment", "https://client.example.test/cb#x")]).await?;
    let relative = &[("a path", "/cb"), ("a word", "cb"), ("nothing", ""), ("no scheme", "//evil.test/cb")];
    refuse(probe, &ABSOLUTE, web, relative).await?;
    let control = &[
        ("a line end and a header line", "https://client.example.test/cb\r\nX: y"),
        ("a null byte", "https://client.example.test/cb\0"),
    ];
    refuse(probe, &NO_CONTROL, web, control).await?;
    refuse(probe, &NO_DOTS, web, &[("dot segments", "https://client.example.test/a/../b")]).await?;
    refuse(probe, &NO_USERINFO, web, &[("user information", "https://good@evil.test/cb")]).await
}

pub(super) static TYPES_CASE: Case = Case {
    id: "as.redirect-uri.registration-types",
    title: "A list of redirect URIs that holds anything but strings does not break the server",
    why: "Registration is open to the world; an entry of the wrong type must not take the server down or slip by.",
    area: Area::RedirectUri,
    covers: &[&TYPES],
    needs: &[Need::CodeFlow, Need::Registration],
    control: Some(&EACH_WORKS),
    body: |probe| Box::pin(types(probe)),
    ..Case::PLAIN
};

async fn types(probe: &mut Probe) -> Steps {
    let rows = [
        ("null", json!([null])),
        ("a number", json!([1])),
        ("an object", json!([{}])),
        ("a list", json!([["https://client.example.test/cb"]])),
    ];
    for (row, value) in rows {
        probe.row(row);
        let attempt = attempt(probe, web("").with("redirect_uris", value.clone()), row, "").await?;
        probe.expect(&TYPES, &attempt, not_echoed(value));
    }
    Ok(())
}

/// Refused without a server error, or accepted with something else in place of the value.
fn not_echoed(value: Value) -> impl Fn(&Attempt) -> Judgement {
    move |attempt| {
        let reply = &attempt.registration.reply;
        let expected = "a refusal without a server error";
        if reply.status() >= 500 {
            return violated(expected, reply.summary());
        }
        let echoed = reply.is_success() && reply.json().is_some_and(|b| b.get("redirect_uris") == Some(&value));
        holds(!echoed, expected, format!("{}, redirect_uris {value} registered", reply.summary()))
            .and(|| met(reply.summary()))
    }
}

pub(super) static WILDCARD: Case = Case {
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

pub(super) static NATIVE: Case = Case {
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

pub(super) static ECHO: Case = Case {
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

#[cfg(test)]
mod tests {
    use super::*;
    use proofmark_probe::Reply;

    fn answered(status: u16, body: &str) -> Attempt {
        let uri = "javascript:alert(1)";
        let registration = Registration::read(Reply::canned(status, &[], body), &native(uri));
        Attempt { uri: uri.into(), registration }
    }

    #[test]
    fn what_the_echo_drops_is_kept_out() {
        assert!(kept_out(&answered(400, r#"{"error":"invalid_redirect_uri"}"#)).is_met());
        assert!(kept_out(&answered(201, r#"{"client_id":"c","redirect_uris":["https://h/cb"]}"#)).is_met());
        assert!(!kept_out(&answered(201, r#"{"client_id":"c","redirect_uris":["javascript:alert(1)"]}"#)).is_met());
        // Without an echo, what was asked for is what is registered.
        assert!(!kept_out(&answered(201, r#"{"client_id":"c"}"#)).is_met());
    }

    #[test]
    fn a_wrong_type_may_be_dropped_but_not_echoed() {
        let judge = not_echoed(json!([1]));
        assert!(judge(&answered(400, "{}")).is_met());
        assert!(judge(&answered(201, r#"{"client_id":"c","redirect_uris":[]}"#)).is_met());
        assert!(!judge(&answered(201, r#"{"client_id":"c","redirect_uris":[1]}"#)).is_met());
        assert!(!judge(&answered(500, "")).is_met());
    }
}
