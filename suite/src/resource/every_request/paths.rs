//! Other spellings of the endpoint's path.

use proofmark_probe::judge::{Judgement, holds, not_served};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, HttpRequest, Need, Probe, Reply, Steps};

use crate::requirements::mcp::token_use::{OLD_TRANSPORT_IS_PROTECTED, OTHER_SPELLINGS_ARE_PROTECTED};
use crate::resource::credentials::HEADER;

pub(super) static OTHER_PATHS: Case = Case {
    id: "rs.every-request.other-paths",
    title: "No other spelling of the path leads around the token check",
    why: "Proxies and routers disagree about slashes, case and encodings; a check on one spelling guards one door of many.",
    area: Area::Challenge,
    covers: &[&OTHER_SPELLINGS_ARE_PROTECTED, &OLD_TRANSPORT_IS_PROTECTED],
    needs: &[Need::Protection],
    control: Some(&HEADER),
    body: |probe| Box::pin(other_paths(probe)),
    ..Case::PLAIN
};

async fn other_paths(probe: &mut Probe) -> Steps {
    let request = probe.protected().await?;
    let spellings = spellings(&request.url);
    for url in &spellings {
        probe.row(url.clone());
        let reply = probe.mcp(request.clone().at(url).labelled("another spelling of the path, no token")).await?;
        probe.expect(&OTHER_SPELLINGS_ARE_PROTECTED, &reply, not_served);
    }
    probe.no_row();
    if spellings.is_empty() {
        probe.moot(&OTHER_SPELLINGS_ARE_PROTECTED, "the endpoint has no path to spell otherwise");
    }

    let old = format!("{}/sse", parent(&request.url));
    if old == request.url {
        probe.moot(&OLD_TRANSPORT_IS_PROTECTED, "the endpoint itself is called so");
        return Ok(());
    }
    probe.row(old.clone());
    let mut get =
        HttpRequest::get("stream of the old transport, no token", &old).with_header("Accept", "text/event-stream");
    get.listen = Some(std::time::Duration::from_secs(1));
    let reply = probe.send(get).await?;
    probe.expect(&OLD_TRANSPORT_IS_PROTECTED, &reply, no_endpoint_event);
    Ok(())
}

/// The old transport opens with an event that names where messages go.
fn no_endpoint_event(reply: &Reply) -> Judgement {
    let stream = reply.is_success() && reply.media_type().as_deref() == Some("text/event-stream");
    let opened = stream && reply.text().lines().any(|line| line.trim_end() == "event: endpoint");
    let seen = if opened { format!("{}: the stream was opened", reply.summary()) } else { reply.summary() };
    holds(!opened, "no stream of the old transport", seen)
}

/// The path up to its last segment.
fn parent(url: &str) -> &str {
    let whole = url.split(['?', '#']).next().unwrap_or(url).trim_end_matches('/');
    let authority = whole.find("://").map_or(0, |at| at + 3);
    match whole[authority..].rfind('/') {
        Some(at) => &whole[..authority + at],
        None => whole,
    }
}

/// Spellings of the path that some routers take for the same; none where there is no path.
fn spellings(url: &str) -> Vec<String> {
    let (path, query) = url.split_once('?').map_or((url, String::new()), |(path, query)| (path, format!("?{query}")));
    let trimmed = path.trim_end_matches('/');
    let parent = parent(path);
    let Some(name) = trimmed.strip_prefix(parent).and_then(|rest| rest.strip_prefix('/')) else { return Vec::new() };
    let mut swapped = name.to_ascii_uppercase();
    if swapped == name {
        swapped = name.to_ascii_lowercase();
    }
    let slash = if path.ends_with('/') { trimmed.to_owned() } else { format!("{trimmed}/") };
    let mut all = vec![
        slash,
        format!("{trimmed}//"),
        format!("{parent}//{name}"),
        format!("{parent}/{swapped}"),
        format!("{trimmed};x"),
        format!("{trimmed}%2f"),
        format!("{trimmed}/..;/{name}"),
    ];
    all.dedup();
    all.retain(|other| other != path);
    all.into_iter().map(|path| format!("{path}{query}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_spellings_and_a_bare_origin_has_none() {
        let all = spellings("https://h/a/mcp");
        assert!(all.contains(&"https://h/a/mcp/".to_owned()) && all.contains(&"https://h/a/MCP".to_owned()));
        assert!(all.contains(&"https://h/a//mcp".to_owned()) && all.iter().all(|url| url != "https://h/a/mcp"));
        assert!(spellings("https://h/").is_empty() && spellings("https://h").is_empty());
        assert!(spellings("https://h/mcp?t=1").contains(&"https://h/mcp/?t=1".to_owned()));
        assert_eq!(parent("https://h/a/mcp/"), "https://h/a");
        assert_eq!(parent("https://h/mcp?x=/y"), "https://h");
    }

    #[test]
    fn the_old_transport_is_known_by_its_first_event() {
        let stream = &[("content-type", "text/event-stream")];
        assert!(!no_endpoint_event(&Reply::canned(200, stream, "event: endpoint\ndata: /messages\n\n")).is_met());
        assert!(no_endpoint_event(&Reply::canned(200, stream, ": ping\n\n")).is_met());
        assert!(no_endpoint_event(&Reply::canned(401, &[], "")).is_met());
    }
}
