//! Manners: how fast requests may follow each other at an origin. The user can set a pace, and a server that answers 429
//! slows everything down that goes to it: not the one request alone, which would only make room for the next refusal.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

/// The longest pause that a server may ask for.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often one request may be refused before it is given up.
const MOST_REFUSALS: u32 = 4;
/// The gap between requests after the first 429; each further one doubles it.
const FIRST_GAP: Duration = Duration::from_millis(50);
const LONGEST_GAP: Duration = Duration::from_secs(2);

/// The pace at every origin.
#[derive(Default)]
pub(super) struct Pace {
    gap: Duration,
    origins: Mutex<HashMap<String, Origin>>,
}

#[derive(Default)]
struct Origin {
    /// When the next request may go out.
    next: Option<Instant>,
    /// The gap that refusals have enforced.
    gap: Duration,
}

impl Pace {
    /// At most `rate` requests per second to one origin.
    pub(super) fn new(rate: Option<f64>) -> Self {
        let gap = rate.and_then(|rate| Duration::try_from_secs_f64(1.0 / rate).ok()).unwrap_or_default();
        Pace { gap, origins: Mutex::default() }
    }

    /// Waits for the turn of a request.
    pub(super) async fn turn(&self, origin: &str) {
        let now = Instant::now();
        let at = {
            let mut origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
            let known = origins.get_mut(origin);
            let slowed = known.as_ref().map(|o| o.gap).unwrap_or_default();
            let gap = self.gap.max(slowed);
            let at = known.as_ref().and_then(|o| o.next).map_or(now, |next| next.max(now));
            if !gap.is_zero() {
                origins.entry(origin.to_owned()).or_default().next = Some(at + gap);
            }
            at
        };
        tokio::time::sleep_until(at).await;
    }

    /// Heeds a 429; `false` when a request that was refused this often has had enough.
    pub(super) fn slow_down(&self, origin: &str, retry_after: Option<&str>, refusals: u32) -> bool {
        let pause = retry_after.and_then(pause).unwrap_or(Duration::from_secs(1));
        if pause > PATIENCE || refusals > MOST_REFUSALS {
            return false;
        }
        let mut origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
        let origin = origins.entry(origin.to_owned()).or_default();
        let then = Instant::now() + pause;
        // Answers to requests that were under way together are one refusal.
        if origin.next.is_none_or(|next| next < then) {
            origin.next = Some(then);
            origin.gap = (origin.gap * 2).clamp(FIRST_GAP, LONGEST_GAP);
        }
        true
    }
}

/// The time in a `Retry-After`: seconds, or a date (RFC 9110 §10.2.3).
fn pause(value: &str) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    let then = SystemTime::UNIX_EPOCH + Duration::try_from(date.duration_since(jiff::Timestamp::UNIX_EPOCH)).ok()?;
    Some(then.duration_since(SystemTime::now()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_seconds_or_a_date() {
        assert_eq!(pause("3"), Some(Duration::from_secs(3)));
        assert_eq!(pause("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
        let soon = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(30);
        let text = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&soon).expect("printable");
        let read = pause(&text).expect("a date");
        assert!(read > Duration::from_secs(25) && read <= Duration::from_secs(30), "{text}: {read:?}");
        assert_eq!(pause("soon"), None);
    }

    #[tokio::test(start_paused = true)]
    async fn requests_follow_each_other_at_the_pace() {
        let pace = Pace::new(Some(10.0));
        let began = Instant::now();
        for _ in 0..5 {
            pace.turn("http://h").await;
        }
        pace.turn("http://other").await;
        assert_eq!(began.elapsed().as_millis() / 10, 40);
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_holds_everything_back_that_goes_there() {
        let pace = Pace::new(None);
        pace.turn("http://h").await;
        assert!(pace.slow_down("http://h", Some("5"), 1));
        assert!(pace.slow_down("http://h", Some("5"), 1));
        let began = Instant::now();
        pace.turn("http://other").await;
        assert!(began.elapsed().is_zero());
        pace.turn("http://h").await;
        pace.turn("http://h").await;
        assert!(began.elapsed() >= Duration::from_secs(5) + FIRST_GAP, "{:?}", began.elapsed());
        assert!(!pace.slow_down("http://h", None, MOST_REFUSALS + 1), "there is an end to it");
        assert!(!pace.slow_down("http://h", Some("3600"), 1), "an hour is more than anyone waits");
    }
}
