//! Tricks with the parameter itself: repeated, renamed, empty, omitted, hostile, or someone else's.

use std::sync::Arc;

use proofmark_probe::judge::{holds, no_stray, wrote_no_header};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, Client, ClientKind, ClientMetadata, Journey, Judgement, Need, Probe, Steps, Stop};

use super::registered::{EACH_WORKS, LOOPBACK_WORKS, WEB_WORKS};
use super::{Row, Rules, fill, several};
use crate::requirements::oauth21::redirect_uri::{
    NO_HEADER_INJECTION, NOT_GUESSED, NOT_REPEATED, SPELLING, SURVIVED, UNREGISTERED, USER_IS_TOLD,
};

/// Where no code may ever go.
const EVIL: &str = "https://evil.test/cb";

pub(super) static REPEATED: Case = Case {
    id: "as.redirect-uri.repeated",
    title: "A request with two redirect URIs is refused, and the unregistered one never used",
    why: "One component checks the first, another uses the last: that is all it takes to send the code away.",
    area: Area::RedirectUri,
    covers: &[&UNREGISTERED, &NOT_REPEATED],
    needs: &[Need::CodeFlow],
    control: Some(&LOOPBACK_WORKS),
    body: |probe| Box::pin(repeated(probe)),
    ..Case::PLAIN
};

async fn repeated(probe: &mut Probe) -> Steps {
    let client = probe.client(ClientKind::Main).await?;
    let good = client.redirect_uri().to_owned();
    let rows = [
        ("registered, then another", &*good, EVIL),
        ("another, then registered", EVIL, &*good),
        ("registered twice", &*good, &*good),
    ];
    for (row, first, second) in rows {
        probe.row(row);
        let request = probe.authorization(&client).with("redirect_uri", first).with_another("redirect_uri", second);
        let journey = probe.walk(request.labelled(row)).await?;
        probe.expect(&UNREGISTERED, &journey, no_stray);
        probe.expect(&NOT_REPEATED, &journey, none_was_chosen);
    }
    Ok(())
}

/// Refused, on a page or with an error at a registered URI.
fn none_was_chosen(journey: &Journey) -> Judgement {
    no_stray(journey).and(|| holds(journey.code().is_none(), "a refusal of the repeated parameter", journey.describe()))
}

pub(super) static OTHER_NAMES: Case = Case {
    id: "as.redirect-uri.other-names",
    title: "A parameter that only resembles redirect_uri does not redirect anyone",
    why: "Frameworks read lists, objects or any letter case into one parameter; the check must see what the redirect uses.",
    area: Area::RedirectUri,
    covers: &[&UNREGISTERED],
    needs: &[Need::CodeFlow],
    control: Some(&LOOPBACK_WORKS),
    body: |probe| Box::pin(other_names(probe)),
    ..Case::PLAIN
};

async fn other_names(probe: &mut Probe) -> Steps {
    let client = probe.client(ClientKind::Main).await?;
    for name in ["redirect_uri[]", "redirect_uri[0]", "redirect_uri.x", "Redirect_Uri"] {
        probe.row(name);
        let request = probe.authorization(&client).with_another(name, EVIL).labelled(name);
        let journey = probe.walk(request).await?;
        probe.expect(&UNREGISTERED, &journey, no_stray);
    }
    probe.row("registered in the query, another in the body");
    let request = probe.authorization(&client);
    let query = request.params.clone();
    let mut posted = request.by_post().with("redirect_uri", EVIL);
    posted.query = query;
    let journey = probe.walk(posted.labelled("redirect URI in query and body")).await?;
    probe.expect(&UNREGISTERED, &journey, no_stray);
    Ok(())
}

pub(super) static OMITTED: Case = Case {
    id: "as.redirect-uri.omitted",
    title: "Without a redirect URI the only registered one is used, and none of several",
    why: "A request that does not say where to answer must not be answered just anywhere.",
    area: Area::RedirectUri,
    covers: &[&UNREGISTERED, &NOT_GUESSED],
    needs: &[Need::CodeFlow],
    control: Some(&LOOPBACK_WORKS),
    body: |probe| Box::pin(omitted(probe)),
    ..Case::PLAIN
};

async fn omitted(probe: &mut Probe) -> Steps {
    let one = probe.client(ClientKind::Main).await?;
    let many = if one.redirect_uris.len() > 1 { Ok(Arc::clone(&one)) } else { several(probe).await };
    for how in ["omitted", "empty"] {
        if one.redirect_uris.len() == 1 {
            probe.row(format!("{how}, one registered"));
            let journey = without_redirect_uri(probe, &one, how).await?;
            probe.expect(&UNREGISTERED, &journey, no_stray);
        }
        probe.row(format!("{how}, several registered"));
        match &many {
            Ok(many) => {
                let journey = without_redirect_uri(probe, many, how).await?;
                probe.expect(&UNREGISTERED, &journey, no_stray);
                probe.expect(&NOT_GUESSED, &journey, none_was_guessed);
            }
            Err(why) => probe.moot(&NOT_GUESSED, format!("no client has several redirect URIs: {}", why.why())),
        }
    }
    Ok(())
}

async fn without_redirect_uri(probe: &mut Probe, client: &Arc<Client>, how: &str) -> Result<Journey, Stop> {
    let request = probe.authorization(client).labelled(&format!("{how} redirect URI"));
    let request = if how == "empty" { request.with("redirect_uri", "") } else { request.without("redirect_uri") };
    probe.walk(request).await
}

fn none_was_guessed(journey: &Journey) -> Judgement {
    no_stray(journey)
        .and(|| holds(journey.code().is_none(), "a refusal, since there is no default", journey.describe()))
}

const INJECTED: &str = "x-proofmark-injected";

pub(super) static HOSTILE: Case = Case {
    id: "as.redirect-uri.hostile-text",
    title: "A redirect URI with white space, control characters or no end is refused",
    why: "What is trimmed before the comparison or copied into a header line is written by whoever made the link.",
    area: Area::RedirectUri,
    covers: &[&UNREGISTERED, &SPELLING, &USER_IS_TOLD, &NO_HEADER_INJECTION, &SURVIVED],
    needs: &[Need::CodeFlow, Need::WebClient],
    control: Some(&WEB_WORKS),
    body: |probe| Box::pin(hostile(probe)),
    ..Case::PLAIN
};

const HOSTILE_ROWS: &[Row] = &[
    ("a space before", " {R}"),
    ("a space after", "{R} "),
    ("a tab after", "{R}\t"),
    ("a tab within", "{origin}/\tcb"),
    ("a line feed after", "{R}\n"),
    ("a header line after", "{R}\r\nX-Proofmark-Injected: 1"),
    ("a null byte after", "{R}\0"),
    ("a null byte and more after", "{R}\0.evil"),
    ("eight thousand letters after", "{R}{long}"),
];

async fn hostile(probe: &mut Probe) -> Steps {
    let client = probe.client(ClientKind::Web).await?;
    for (row, template) in HOSTILE_ROWS {
        probe.row(*row);
        let uri = fill(template, client.redirect_uri());
        let request = probe.authorization(&client).with("redirect_uri", &uri).labelled(row);
        let journey = match probe.walk(request).await {
            // A server may hang up on a request that is too long for it.
            Err(Stop::Error { why }) if template.contains("{long}") => {
                probe.moot(&SURVIVED, format!("no answer to so long a request: {why}"));
                continue;
            }
            journey => journey?,
        };
        Rules { destination: &UNREGISTERED, spelling: &SPELLING }.judge(probe, &journey);
        probe.expect(&NO_HEADER_INJECTION, &journey, wrote_no_header(INJECTED));
        probe.expect(&SURVIVED, &journey, survived);
    }
    Ok(())
}

/// The last answer is no server error.
pub(super) fn survived(journey: &Journey) -> Judgement {
    let status = journey.last().map_or(0, proofmark_probe::Reply::status);
    holds(status < 500, "a refusal without a server error (5xx)", format!("HTTP {status}"))
}

pub(super) static PATTERN: Case = Case {
    id: "as.redirect-uri.pattern",
    title: "A pattern, or a mixture of registered redirect URIs, is refused",
    why: "Redirect URIs are no patterns, neither in the registration nor in the request, and their parts do not combine.",
    area: Area::RedirectUri,
    covers: &[&UNREGISTERED, &SPELLING, &USER_IS_TOLD],
    needs: &[Need::CodeFlow, Need::Registration],
    control: Some(&EACH_WORKS),
    body: |probe| Box::pin(pattern(probe)),
    ..Case::PLAIN
};

async fn pattern(probe: &mut Probe) -> Steps {
    let client = several(probe).await?;
    let rules = Rules { destination: &UNREGISTERED, spelling: &SPELLING };
    let second = client.redirect_uris.get(1).cloned().unwrap_or_default();
    let mixed = format!("{}{}", fill("{origin}", client.redirect_uri()), fill("{path}", &second));
    let rows = [
        ("a star for the subdomain", "{scheme}://*.{host}{port}{path}"),
        ("a star for the host", "{scheme}://*{path}"),
        ("a star for the path", "{origin}/*"),
        ("the host of one and the path of the other", &*mixed),
    ];
    rules.refuse_for(probe, &client, &rows).await
}

pub(super) static OF_ANOTHER_CLIENT: Case = Case {
    id: "as.redirect-uri.of-another-client",
    title: "The redirect URI of another client is refused",
    why: "A list of all redirect URIs of all clients is no registration: any client could send codes to any other.",
    area: Area::RedirectUri,
    covers: &[&UNREGISTERED, &SPELLING, &USER_IS_TOLD],
    needs: &[Need::CodeFlow, Need::WebClient, Need::Registration],
    control: Some(&WEB_WORKS),
    body: |probe| Box::pin(of_another_client(probe)),
    ..Case::PLAIN
};

async fn of_another_client(probe: &mut Probe) -> Steps {
    let client = probe.client(ClientKind::Web).await?;
    let theirs = format!("https://{}/cb", probe.host("other"));
    let other = probe.registered(ClientMetadata::web(&[&theirs]).labelled("the other client")).await?;
    let request = probe.authorization(&client).with("redirect_uri", other.redirect_uri());
    let journey = probe.walk(request.labelled("redirect URI of another client")).await?;
    Rules { destination: &UNREGISTERED, spelling: &SPELLING }.judge(probe, &journey);
    Ok(())
}
