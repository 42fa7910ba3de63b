//! What our host answers, and how.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use serde_json::Value;
use tokio::time::Sleep;

/// The longest that an answer is held back or stretched: a target that waits for more does not wait for us.
const LONGEST: Duration = Duration::from_secs(60);

/// An answer, good by default.
#[derive(Debug, Clone)]
pub struct Served {
    /// The status.
    pub status: u16,
    /// The header lines.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
    /// How long it is held back.
    pub delay: Duration,
    /// How long each byte of the body takes.
    pub pace: Duration,
}

impl Served {
    /// A JSON text that may not be kept.
    #[must_use]
    pub fn json(text: impl Into<String>) -> Self {
        Served {
            status: 200,
            headers: vec![
                ("content-type".into(), "application/json".into()),
                ("cache-control".into(), "no-store".into()),
            ],
            body: Bytes::from(text.into()),
            delay: Duration::ZERO,
            pace: Duration::ZERO,
        }
    }

    /// A JSON value that may not be kept.
    #[must_use]
    pub fn value(value: &Value) -> Self {
        Served::json(value.to_string())
    }

    /// A redirect.
    #[must_use]
    pub fn redirect(to: &str) -> Self {
        Served::json("").with_status(302).with_header("location", to)
    }

    /// Another status.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// Sets a header; lines of that name are replaced.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Holds the answer back, by a minute at most.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay.min(LONGEST);
        self
    }

    /// Sends the body byte by byte, with this pause before each.
    #[must_use]
    pub fn slowly(mut self, pace: Duration) -> Self {
        self.pace = pace.min(LONGEST);
        self
    }
}

/// A body that takes its time.
pub(super) struct Slow {
    left: Bytes,
    pace: Duration,
    pause: Option<Pin<Box<Sleep>>>,
}

impl Slow {
    pub(super) fn new(body: Bytes, pace: Duration) -> Self {
        Slow { left: body, pace, pause: None }
    }
}

impl Body for Slow {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if self.left.is_empty() {
            return Poll::Ready(None);
        }
        if self.pace.is_zero() {
            return Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.left)))));
        }
        let pace = self.pace;
        let pause = self.pause.get_or_insert_with(|| Box::pin(tokio::time::sleep(pace)));
        if pause.as_mut().poll(context).is_pending() {
            return Poll::Pending;
        }
        self.pause = None;
        Poll::Ready(Some(Ok(Frame::data(self.left.split_to(1)))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left.len() as u64)
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty()
    }
}
