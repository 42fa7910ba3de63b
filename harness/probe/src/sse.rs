//! Event streams: just enough of `text/event-stream` to find the JSON-RPC message in one.

use serde_json::Value;

/// The `data` of each complete event, in order. Comments, other fields and events without data are passed over.
#[must_use]
pub fn data(stream: &str) -> Vec<String> {
    let mut events = Vec::new();
    let mut data: Vec<&str> = Vec::new();
    let text = stream.strip_prefix('\u{feff}').unwrap_or(stream);
    for line in text.split('\n').map(|l| l.strip_suffix('\r').unwrap_or(l)) {
        if line.is_empty() {
            if data.iter().any(|d| !d.is_empty()) {
                events.push(data.join("\n"));
            }
            data.clear();
        } else if let Some(value) = line.strip_prefix("data:") {
            data.push(value.strip_prefix(' ').unwrap_or(value));
        }
    }
    events
}

/// The JSON-RPC response in a stream: the first message that carries `result` or `error`.
#[must_use]
pub fn response(stream: &str) -> Option<Value> {
    data(stream)
        .iter()
        .filter_map(|d| serde_json::from_str::<Value>(d).ok())
        .find(|m| m.get("result").is_some() || m.get("error").is_some())
}

/// Looks for a response in a stream as it grows, at each event once.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    /// Up to where the stream was searched for ends of events.
    seen: usize,
    /// Where the first event begins that has not ended yet.
    begun: usize,
}

impl Scan {
    /// Whether an event that ended since the last call holds the response.
    pub(crate) fn finds_response(&mut self, body: &[u8]) -> bool {
        // An end may lie across the border of two chunks.
        let from = self.seen.saturating_sub(3).max(self.begun);
        self.seen = body.len();
        let fresh = &body[from..];
        let ends = |mark: &[u8]| fresh.windows(mark.len()).rposition(|w| w == mark).map(|at| from + at + mark.len());
        let Some(end) = ends(b"\n\n").max(ends(b"\n\r\n")) else { return false };
        let events = String::from_utf8_lossy(&body[self.begun..end]);
        self.begun = end;
        response(&events).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_response_is_found_behind_a_priming_event_a_comment_and_a_notification() {
        let stream = ": hi\r\nid: 1\r\ndata:\r\n\r\nevent: message\ndata: {\"method\":\"n\"}\n\n\
                      data: {\"id\":1,\ndata: \"result\":{}}\n\n";
        assert_eq!(response(stream).expect("a response")["id"], 1);
    }

    #[test]
    fn a_growing_stream_is_searched_in_whatever_pieces_it_comes() {
        let stream = b": hi\r\n\r\ndata: {\"method\":\"n\"}\r\n\r\ndata: {\"id\":1,\"result\":{}}\r\n\r\ndata: more";
        let answered = stream.len() - "data: more".len();
        for step in 1..9 {
            let mut scan = Scan::default();
            let found = (0..=stream.len()).step_by(step).find(|end| scan.finds_response(&stream[..*end]));
            assert_eq!(found, Some(answered.next_multiple_of(step)), "in pieces of {step}");
        }
    }

    #[test]
    fn an_unfinished_event_is_not_an_event() {
        assert!(data("data: {\"result\":1}").is_empty());
        assert_eq!(response("data: not json\n\n"), None);
    }
}
