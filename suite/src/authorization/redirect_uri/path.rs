//! Another path is another redirect URI.

use proofmark_probe::judge::code_at_destination;
use proofmark_probe::model::Area;
use proofmark_probe::{Case, ClientKind, ClientMetadata, Need, Probe, Steps};

use super::registered::WEB_WORKS;
use super::{Row, Rules};
use crate::requirements::oauth21::redirect_uri::{PATH, REGISTERED_WORKS, SPELLING, USER_IS_TOLD};

const RULES: Rules = Rules { destination: &PATH, spelling: &SPELLING };

pub(super) static ANOTHER_PATH: Case = Case {
    id: "as.redirect-uri.another-path",
    title: "A redirect URI with another path is refused",
    why: "Whatever else the client's host serves, an open redirect or a page with user content, would get the code.",
    area: Area::RedirectUri,
    covers: &[&PATH, &SPELLING, &USER_IS_TOLD],
    needs: &[Need::CodeFlow, Need::WebClient],
    control: Some(&WEB_WORKS),
    body: |probe| Box::pin(RULES.refuse(probe, ClientKind::Web, PATHS)),
    ..Case::PLAIN
};

const PATHS: &[Row] = &[
    ("a slash at the end", "{R}/"),
    ("the path in other case", "{origin}{PATH}"),
    ("one more segment", "{R}/x"),
    ("a longer last segment", "{R}evil"),
    ("a file extension", "{R}.evil"),
    ("a path parameter", "{R};x=1"),
    ("a colon and a number at the end", "{R}:80"),
    ("the root", "{origin}/"),
    ("no path", "{origin}"),
    ("a sibling", "{origin}/other"),
    ("two slashes at the beginning", "{origin}/{path}"),
    ("two slashes at the end", "{R}//"),
];

pub(super) static DISGUISED_PATH: Case = Case {
    id: "as.redirect-uri.disguised-path",
    title: "A redirect URI that leads to another path through dots or encodings is refused",
    why: "One component decodes or normalises before it compares, the browser does it afterwards: the code goes elsewhere.",
    area: Area::RedirectUri,
    covers: &[&PATH, &SPELLING, &USER_IS_TOLD],
    needs: &[Need::CodeFlow, Need::WebClient],
    control: Some(&WEB_WORKS),
    body: |probe| Box::pin(RULES.refuse(probe, ClientKind::Web, DISGUISES)),
    ..Case::PLAIN
};

const DISGUISES: &[Row] = &[
    ("a dot segment that climbs", "{R}/../evil"),
    ("a dot segment with a semicolon", "{R}/..;/evil"),
    ("a dot segment at the end", "{R}/./"),
    ("encoded dots", "{R}/%2e%2e/evil"),
    ("an encoded dot at the end", "{R}%2e"),
    ("an encoded slash for the first one", "{origin}%2fcb"),
    ("an encoded slash within", "{R}%2fevil"),
    ("a doubly encoded slash", "{R}%252f..%252fevil"),
];

pub(super) static ANOTHER_SPELLING: Case = Case {
    id: "as.redirect-uri.another-spelling",
    title: "Another spelling of a registered redirect URI is refused",
    why: "Parsers disagree about URLs; only strings that are compared as strings leave nothing to disagree about.",
    area: Area::RedirectUri,
    covers: &[&PATH, &SPELLING, &USER_IS_TOLD],
    needs: &[Need::CodeFlow, Need::WebClient],
    control: Some(&WEB_WORKS),
    body: |probe| Box::pin(RULES.refuse(probe, ClientKind::Web, SPELLINGS)),
    ..Case::PLAIN
};

const SPELLINGS: &[Row] = &[
    ("the host in upper case", "{scheme}://{HOST}{port}{path}"),
    ("the scheme in upper case", "{SCHEME}://{host}{port}{path}"),
    ("the default port written out", "{scheme}://{host}:443{path}"),
    ("a colon without a port", "{scheme}://{host}:{path}"),
    ("a percent-encoded letter", "{origin}{p%}"),
    ("a dot segment that changes nothing", "{origin}/.{path}"),
    ("a dot segment that takes back a segment", "{origin}/x/..{path}"),
    ("an encoded dot segment", "{origin}/%2e{path}"),
    ("a backslash for the slash of the path", "{origin}\\cb"),
    ("backslashes after the scheme", "{scheme}:\\\\{host}{port}{path}"),
    ("a full-width dot in the host", "{scheme}://{wide}{port}{path}"),
    ("one slash after the scheme", "{scheme}:/{host}{port}{path}"),
];

pub(super) static SLASH_REGISTERED: Case = Case {
    id: "as.redirect-uri.trailing-slash-removed",
    title: "A redirect URI registered with a slash at the end does not match without it",
    why: "A server that forgives the slash compares something other than strings, in both directions.",
    area: Area::RedirectUri,
    covers: &[&PATH, &SPELLING, &USER_IS_TOLD],
    needs: &[Need::CodeFlow, Need::Registration],
    control: Some(&WEB_WORKS),
    body: |probe| Box::pin(slash_registered(probe)),
    ..Case::PLAIN
};

async fn slash_registered(probe: &mut Probe) -> Steps {
    let host = probe.host("client");
    let client =
        probe.registered(ClientMetadata::web(&[&format!("https://{host}/cb/")]).labelled("a slash at the end"));
    let client = client.await?;
    let without = client.redirect_uri().trim_end_matches('/').to_owned();
    if client.redirect_uris.contains(&without) {
        for requirement in [&PATH, &SPELLING, &USER_IS_TOLD] {
            probe.moot(requirement, "the server registered the URI without the slash");
        }
        return Ok(());
    }
    let request = probe.authorization(&client).with("redirect_uri", &without).labelled("without the slash");
    let journey = probe.walk(request).await?;
    RULES.judge(probe, &journey);
    Ok(())
}

pub(super) static PATH_LESS_REGISTERED: Case = Case {
    id: "as.redirect-uri.root-slash",
    title: "A redirect URI without a path and one with the root path are told apart",
    why: "URL libraries add the slash unasked; a server that lets them compares what nobody registered.",
    area: Area::RedirectUri,
    covers: &[&REGISTERED_WORKS, &PATH, &SPELLING, &USER_IS_TOLD],
    needs: &[Need::CodeFlow, Need::Registration],
    control: Some(&WEB_WORKS),
    body: |probe| Box::pin(path_less(probe)),
    ..Case::PLAIN
};

async fn path_less(probe: &mut Probe) -> Steps {
    let bare = format!("https://{}", probe.host("root"));
    for (row, uri, rows) in [
        ("no path registered", bare.clone(), [("the root, no path registered", "{R}/")]),
        ("the root registered", format!("{bare}/"), [("no path, the root registered", "{origin}")]),
    ] {
        let client = probe.registered(ClientMetadata::web(&[&uri]).labelled(row)).await?;
        if client.redirect_uri() != uri {
            // What the server echoes is what is registered; then there are no two strings to tell apart.
            probe.row(row);
            for requirement in [&REGISTERED_WORKS, &PATH, &SPELLING, &USER_IS_TOLD] {
                probe.moot(requirement, format!("the server registered {} instead", client.redirect_uri()));
            }
            continue;
        }
        probe.row(row);
        let request = probe.authorization(&client).labelled(row);
        let journey = probe.walk(request).await?;
        probe.expect(&REGISTERED_WORKS, &journey, code_at_destination);
        RULES.refuse_for(probe, &client, &rows).await?;
    }
    Ok(())
}
