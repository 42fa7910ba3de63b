//! Exchanges that Proofmark did not begin: what a target fetched from our host, what a browser did, what a command or a
//! person told.

use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use proofmark_model::{ExchangeId, Wire};

use super::{Recorder, learn};
use crate::http::{HttpRequest, Reply, ReplyParts};

/// An exchange that was seen and not made.
#[derive(Debug)]
pub struct Witnessed {
    /// The request.
    pub request: HttpRequest,
    /// The status of the answer; `None` when there was none, or nobody saw it.
    pub status: Option<u16>,
    /// The header lines of the answer.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Bytes,
    /// What went wrong.
    pub error: Option<String>,
}

impl Witnessed {
    /// A place to which a browser went, and no more.
    #[must_use]
    pub fn place(label: &str, url: &str) -> Self {
        let request = HttpRequest { headers: Vec::new(), ..HttpRequest::get(label, url) };
        Witnessed { request, status: None, headers: Vec::new(), body: Bytes::new(), error: None }
    }
}

impl Recorder {
    /// Keeps an exchange that was seen, with its secrets replaced. A reply without an answer has the status 0.
    pub fn witness(&self, case: Option<&str>, seen: Witnessed) -> Reply {
        let id = ExchangeId(self.next.fetch_add(1, Ordering::Relaxed));
        let Witnessed { request, status, headers, body, error } = seen;
        let headers: Vec<_> = headers.into_iter().map(|(n, v)| (n.to_ascii_lowercase(), v.into_bytes())).collect();
        let at = self.began.elapsed();
        self.with_redactor(|r| {
            learn::from_request(r, &request);
            learn::from_url(r, &request.url);
            // A target that sends us the cookies of its users must not have us show them.
            for (_, value) in request.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case("cookie")) {
                for pair in String::from_utf8_lossy(value).split(';') {
                    r.register("cookie", pair.split_once('=').map_or("", |(_, value)| value.trim()));
                }
            }
        });
        let received = status.map(|status| (status, headers.clone(), body.clone()));
        self.record(case, id, &request, received.as_ref(), error, (at, Duration::ZERO), Wire::Witnessed);
        Reply::new(ReplyParts { id, request, status: status.unwrap_or(0), headers, body, took: Duration::ZERO, at })
    }
}
