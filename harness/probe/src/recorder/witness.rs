//! Exchanges in which we are the server: what a target fetched from our host.

use std::sync::atomic::Ordering;
use std::time::Duration;

use proofmark_model::{Event, Exchange, ExchangeId, Request, Response, Wire};

use super::{Recorder, learn, millis};
use crate::http::HttpRequest;

impl Recorder {
    /// Keeps a request that our host received and the answer that it gave, with their secrets replaced.
    pub fn witness(
        &self,
        case: Option<&str>,
        seen: &HttpRequest,
        status: u16,
        headers: &[(String, String)],
        body: &[u8],
    ) -> ExchangeId {
        let id = ExchangeId(self.next.fetch_add(1, Ordering::Relaxed));
        let headers: Vec<_> = headers.iter().map(|(n, v)| (n.clone(), v.as_bytes().to_vec())).collect();
        self.with_redactor(|r| {
            learn::from_request(r, seen);
            // A target that sends us the cookies of its users must not have us show them.
            for (_, value) in seen.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case("cookie")) {
                for pair in String::from_utf8_lossy(value).split(';') {
                    r.register("cookie", pair.split_once('=').map_or("", |(_, value)| value.trim()));
                }
            }
            learn::from_response(r, &headers, body);
        });
        let response = Response { status, headers: self.headers(&headers), body: self.body(body) };
        self.emit(Event::Exchanged {
            exchange: Exchange {
                id,
                case: case.map(ToOwned::to_owned),
                label: seen.label.clone(),
                at_ms: millis(self.began.elapsed()),
                took_ms: millis(Duration::ZERO),
                wire: Wire::Rendered,
                request: Request {
                    method: seen.method.clone(),
                    url: self.redact(&seen.url),
                    headers: self.headers(&seen.headers),
                    body: self.body(&seen.body),
                },
                response: Some(response),
                error: None,
            },
        });
        id
    }
}
