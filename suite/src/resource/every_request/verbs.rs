//! HTTP methods other than POST.

use proofmark_probe::judge::{Judgement, no_stream, not_served, status_is};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, McpRequest, Need, Probe, Reply, Steps};

use crate::requirements::mcp::token_use::{OTHER_VERBS_ARE_REFUSED, REPLAY_IS_PROTECTED, STREAM_IS_PROTECTED};
use crate::resource::credentials::HEADER;

pub(super) static STREAM: Case = Case {
    id: "rs.every-request.stream",
    title: "GET opens no event stream without a token",
    why: "On the stream the server speaks to its client: whoever listens hears it all.",
    area: Area::Challenge,
    covers: &[&STREAM_IS_PROTECTED, &REPLAY_IS_PROTECTED, &OTHER_VERBS_ARE_REFUSED],
    needs: &[Need::Protection],
    control: Some(&HEADER),
    body: |probe| Box::pin(stream(probe)),
    ..Case::PLAIN
};

async fn stream(probe: &mut Probe) -> Steps {
    let tokens = probe.tokens().await?;
    let request = probe.protected().await?;
    let session = request.session.clone();
    let get = McpRequest::bare(&request.url, request.revision, "GET").in_session(session.as_deref());

    probe.row("GET");
    let reply = probe.mcp(get.clone().labelled("no token")).await?;
    probe.expect(&STREAM_IS_PROTECTED, &reply, no_stream);
    probe.expect(&OTHER_VERBS_ARE_REFUSED, &reply, status_is(&[401, 405]));

    probe.row("GET with Last-Event-ID");
    let reply = probe.mcp(request.bearer(&tokens.access).labelled("for the id of an event")).await?;
    match last_event_id(&reply) {
        Some(id) => {
            let reply = probe.mcp(get.with_header("Last-Event-ID", &id).labelled("past events, no token")).await?;
            probe.expect(&REPLAY_IS_PROTECTED, &reply, no_stream);
        }
        None => probe.moot(&REPLAY_IS_PROTECTED, "the server gives its events no ids"),
    }
    Ok(())
}

/// The last `id` field of an event stream.
fn last_event_id(reply: &Reply) -> Option<String> {
    if reply.media_type().as_deref() != Some("text/event-stream") {
        return None;
    }
    let text = reply.text();
    let mut ids = text.lines().filter_map(|line| line.strip_prefix("id:")).map(str::trim);
    ids.rfind(|id| !id.is_empty()).map(ToOwned::to_owned)
}

pub(super) static OTHER_VERBS: Case = Case {
    id: "rs.every-request.other-verbs",
    title: "HTTP methods that MCP does not use are refused without a token",
    why: "A router that treats one method like another, and a check that does not, make a way around the check.",
    area: Area::Challenge,
    covers: &[&OTHER_VERBS_ARE_REFUSED],
    needs: &[Need::Protection],
    control: Some(&HEADER),
    body: |probe| Box::pin(other_verbs(probe)),
    ..Case::PLAIN
};

async fn other_verbs(probe: &mut Probe) -> Steps {
    let request = probe.protected().await?;
    probe.row("HEAD");
    let head = McpRequest::bare(&request.url, request.revision, "HEAD").in_session(request.session.as_deref());
    let reply = probe.mcp(head.labelled("no token")).await?;
    probe.expect(&OTHER_VERBS_ARE_REFUSED, &reply, status_is(&[401, 405]));
    for method in ["PUT", "PATCH"] {
        probe.row(method);
        let mut sent = request.clone().labelled(&format!("by {method}, no token"));
        sent.method = method.into();
        let reply = probe.mcp(sent).await?;
        probe.expect(&OTHER_VERBS_ARE_REFUSED, &reply, refused);
    }
    Ok(())
}

/// Frameworks answer 404 or 501 for methods that no route has.
fn refused(reply: &Reply) -> Judgement {
    not_served(reply).and(|| status_is(&[401, 404, 405, 501])(reply))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_event_id_is_found_in_streams_only() {
        let stream = &[("content-type", "text/event-stream")];
        let reply = Reply::canned(200, stream, "id: a\ndata:\n\nid: b\ndata: {}\n\nid:\n\n");
        assert_eq!(last_event_id(&reply).as_deref(), Some("b"));
        assert_eq!(last_event_id(&Reply::canned(200, &[], "id: a\n\n")), None);
    }

    #[test]
    fn a_missing_route_is_a_refusal_and_a_result_is_not() {
        assert!(refused(&Reply::canned(404, &[], "")).is_met());
        assert!(!refused(&Reply::canned(404, &[], r#"{"result":{}}"#)).is_met());
        assert!(!refused(&Reply::canned(200, &[], "")).is_met());
    }
}
