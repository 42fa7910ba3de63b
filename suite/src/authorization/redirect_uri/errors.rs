//! Errors must not become open redirects: the redirect URI is checked before anything is reported to it.

use std::sync::Arc;

use proofmark_probe::judge::{holds, no_leak, offers_no_way_to};
use proofmark_probe::model::Area;
use proofmark_probe::{
    AuthorizationRequest, Case, Client, ClientKind, Journey, Judgement, Landing, Need, Probe, Steps, Stop,
};

use super::Rules;
use super::registered::LOOPBACK_WORKS;
use crate::requirements::oauth21::redirect_uri::{
    CLIENT_ID_EXACT, KNOWN_CLIENT, NO_LINK, SPELLING, UNREGISTERED, USER_IS_TOLD,
};

const EVIL: &str = "https://evil.test/cb";
const RULES: Rules = Rules { destination: &UNREGISTERED, spelling: &SPELLING };

pub(super) static WITH_ANOTHER_ERROR: Case = Case {
    id: "as.redirect-uri.with-another-error",
    title: "An unregistered redirect URI gets no error either, whatever else is wrong",
    why: "An error that is reported to any redirect URI makes the login page of your own host the start of a phish.",
    area: Area::RedirectUri,
    covers: &[&UNREGISTERED, &SPELLING, &USER_IS_TOLD, &NO_LINK],
    needs: &[Need::CodeFlow],
    control: Some(&LOOPBACK_WORKS),
    body: |probe| Box::pin(with_another_error(probe)),
    ..Case::PLAIN
};

type Change = fn(AuthorizationRequest) -> AuthorizationRequest;

const ERRORS: &[(&str, Change)] = &[
    ("nothing else wrong", |r| r),
    ("an unknown scope", |r| r.with("scope", "proofmark:nonsense")),
    ("an unknown response type", |r| r.with("response_type", "banana")),
    ("no code challenge", |r| r.without("code_challenge").without("code_challenge_method")),
    ("no page allowed", |r| r.with("prompt", "none")),
    ("a relative resource", |r| r.with("resource", "nonsense")),
];

async fn with_another_error(probe: &mut Probe) -> Steps {
    let client = probe.client(ClientKind::Main).await?;
    for (row, change) in ERRORS {
        probe.row(*row);
        let request = change(probe.authorization(&client).with("redirect_uri", EVIL));
        let journey = probe.walk(request.labelled(&format!("unregistered redirect URI, {row}"))).await?;
        RULES.judge(probe, &journey);
        probe.expect(&NO_LINK, &journey, offers_no_way_to);
    }
    Ok(())
}

pub(super) static ON_DENIAL: Case = Case {
    id: "as.redirect-uri.on-denial",
    title: "A user who says no is not sent to an unregistered redirect URI",
    why: "A server that looks at the redirect URI only when it issues a code sends those who refuse to the attacker.",
    area: Area::RedirectUri,
    covers: &[&UNREGISTERED, &SPELLING, &USER_IS_TOLD],
    needs: &[Need::CodeFlow],
    control: Some(&LOOPBACK_WORKS),
    body: |probe| Box::pin(on_denial(probe)),
    ..Case::PLAIN
};

async fn on_denial(probe: &mut Probe) -> Steps {
    let client = probe.client(ClientKind::Main).await?;
    let request = probe.authorization(&client).with("redirect_uri", EVIL).denied().in_fresh_session();
    let journey = probe.walk(request.labelled("unregistered redirect URI, denied")).await?;
    RULES.judge(probe, &journey);
    Ok(())
}

pub(super) static AFTER_CONSENT: Case = Case {
    id: "as.redirect-uri.after-consent",
    title: "A user who agreed before is not sent to an unregistered redirect URI",
    why: "Where consent is remembered nothing stops the redirect but the check, and it must run every time.",
    area: Area::RedirectUri,
    covers: &[&UNREGISTERED, &SPELLING, &USER_IS_TOLD],
    needs: &[Need::CodeFlow],
    control: Some(&LOOPBACK_WORKS),
    body: |probe| Box::pin(after_consent(probe)),
    ..Case::PLAIN
};

async fn after_consent(probe: &mut Probe) -> Steps {
    let client = probe.client(ClientKind::Main).await?;
    let agreed = probe.authorization(&client);
    probe.authorize(agreed).await?;
    let request = probe.authorization(&client).with("redirect_uri", EVIL);
    let journey = probe.walk(request.labelled("unregistered redirect URI, consent given before")).await?;
    RULES.judge(probe, &journey);
    Ok(())
}

pub(super) static UNKNOWN_CLIENT: Case = Case {
    id: "as.redirect-uri.unknown-client",
    title: "Without a known client nobody is redirected",
    why: "An error redirect for a client that nobody registered sends users wherever the link says.",
    area: Area::RedirectUri,
    covers: &[&KNOWN_CLIENT, &CLIENT_ID_EXACT],
    needs: &[Need::CodeFlow],
    control: Some(&LOOPBACK_WORKS),
    body: |probe| Box::pin(unknown_client(probe)),
    ..Case::PLAIN
};

async fn unknown_client(probe: &mut Probe) -> Steps {
    let known = probe.client(ClientKind::Main).await?;
    let theirs = known.redirect_uri().to_owned();
    let unknown = probe.rng().name(20);
    let rows: [(&str, String, &str); 7] = [
        ("an unknown client, a URI of nobody", unknown.clone(), EVIL),
        ("an unknown client, the URI of a known one", unknown, &theirs),
        ("an empty client identifier", String::new(), &theirs),
        ("a blank client identifier", "  ".into(), &theirs),
        ("an endless client identifier", "a".repeat(10_000), &theirs),
        ("a known identifier, a null byte and more", format!("{}\0x", known.id), &theirs),
        ("an unknown client, and an unknown scope", "nobody".into(), EVIL),
    ];
    for (row, id, uri) in rows {
        probe.row(row);
        let mut request = probe.authorization(&nobody(&known, &id)).with("redirect_uri", uri).labelled(row);
        if row.ends_with("scope") {
            request = request.with("scope", "proofmark:nonsense");
        }
        let journey = match probe.walk(request).await {
            // A server may hang up on a request that is too long for it.
            Err(Stop::Error { why }) if id.len() > 1_000 => {
                probe.moot(&KNOWN_CLIENT, format!("no answer to so long a request: {why}"));
                continue;
            }
            journey => journey?,
        };
        probe.expect(&KNOWN_CLIENT, &journey, no_leak);
    }
    probe.row("no client identifier");
    let request = probe.authorization(&nobody(&known, "")).with("redirect_uri", &theirs).without("client_id");
    let journey = probe.walk(request.labelled("no client identifier")).await?;
    probe.expect(&KNOWN_CLIENT, &journey, no_leak);

    for (row, id) in [("a blank before", format!(" {}", known.id)), ("a blank after", format!("{} ", known.id))] {
        probe.row(row);
        let request = probe.authorization(&known).with("client_id", &id).labelled(row);
        let journey = probe.walk(request).await?;
        // Who trims goes on with a client that is known: nothing leaks, yet two names now mean one client.
        probe.expect(&KNOWN_CLIENT, &journey, no_leak);
        probe.expect(&CLIENT_ID_EXACT, &journey, stayed);
    }
    Ok(())
}

/// A client of this name that registered nothing, so that every redirect is one too many.
fn nobody(known: &Client, id: &str) -> Arc<Client> {
    Arc::new(Client { id: id.to_owned(), redirect_uris: Vec::new(), ..known.clone() })
}

/// The user agent stayed with the authorization server.
fn stayed(journey: &Journey) -> Judgement {
    no_leak(journey).and(|| {
        let left = matches!(journey.landing, Landing::Redirected { .. });
        holds(!left, "a page that says the client is not known", journey.describe())
    })
}
