//! Redirect URIs that nobody may register.

use std::sync::Arc;

use proofmark_probe::judge::{holds, met, no_stray, violated};
use proofmark_probe::model::{Area, Requirement};
use proofmark_probe::{Case, ClientMetadata, Judgement, Need, Probe, Steps};
use serde_json::{Value, json};

use super::super::registered::EACH_WORKS;
use super::{Attempt, attempt, kept_out, native, no_script, web};
use crate::requirements::oauth21::redirect_uri_registration::{
    ABSOLUTE, HTTPS_OR_LOCALHOST, NO_CONTROL, NO_DOTS, NO_FRAGMENT, NO_LOCAL_SCHEME, NO_REMOTE_HTTP, NO_SCRIPT,
    NO_USERINFO, TYPES,
};

/// Tries each redirect URI of a table; none may be registered.
async fn refuse(
    probe: &mut Probe,
    requirement: &'static Requirement,
    metadata: fn(&str) -> ClientMetadata,
    rows: &[(&str, &str)],
    judge: fn(&Attempt) -> Judgement,
) -> Steps {
    for (row, uri) in rows {
        probe.row(*row);
        let attempt = attempt(probe, metadata(uri), row, uri).await?;
        probe.expect(requirement, &attempt, judge);
    }
    Ok(())
}

pub(in crate::authorization::redirect_uri) static SCRIPT: Case = Case {
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
    refuse(probe, &NO_SCRIPT, native, SCRIPTS, no_script).await?;
    refuse(probe, &NO_LOCAL_SCHEME, native, LOCAL_SCHEMES, kept_out).await?;
    let row = "a script after a good one";
    probe.row(row);
    let (good, bad) = (format!("https://{}/cb", probe.host("client")), "javascript:alert(1)");
    let attempt = attempt(probe, ClientMetadata::native(&[&good, bad]), row, bad).await?;
    probe.expect(&NO_SCRIPT, &attempt, no_script);
    Ok(())
}

pub(in crate::authorization::redirect_uri) static REMOTE_HTTP: Case = Case {
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

pub(in crate::authorization::redirect_uri) static MALFORMED: Case = Case {
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
    refuse(probe, &NO_FRAGMENT, web, &[("a fragment", "https://client.example.test/cb#x")], kept_out).await?;
    let relative = &[("a path", "/cb"), ("a word", "cb"), ("nothing", ""), ("no scheme", "//evil.test/cb")];
    refuse(probe, &ABSOLUTE, web, relative, kept_out).await?;
    let control = &[
        ("a line end and a header line", "https://client.example.test/cb\r\nX: y"),
        ("a null byte", "https://client.example.test/cb\0"),
    ];
    refuse(probe, &NO_CONTROL, web, control, kept_out).await?;
    refuse(probe, &NO_DOTS, web, &[("dot segments", "https://client.example.test/a/../b")], kept_out).await?;
    refuse(probe, &NO_USERINFO, web, &[("user information", "https://good@evil.test/cb")], kept_out).await
}

pub(in crate::authorization::redirect_uri) static TYPES_CASE: Case = Case {
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

#[cfg(test)]
mod tests {
    use proofmark_probe::{Registration, Reply};

    use super::*;

    fn answered(status: u16, body: &str) -> Attempt {
        let registration = Registration::read(Reply::canned(status, &[], body), &native(""));
        Attempt { uri: String::new(), registration }
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
