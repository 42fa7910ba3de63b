//! One-time passwords by time (RFC 6238): SHA-1, six digits, thirty seconds, as authenticator apps have them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use data_encoding::BASE32_NOPAD;
use ring::hmac;
use tokio::sync::Mutex;

use crate::recorder::Recorder;

/// How long a code is the code, in seconds.
const PERIOD: u64 = 30;
const DIGITS: u32 = 6;

/// The key in a seed as services print it: base32 in either case, with spaces or hyphens, padded or not.
///
/// # Errors
/// Says what is wrong, without showing the seed.
pub fn key(seed: &str) -> Result<Vec<u8>, String> {
    let letters: String = seed.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '=')).collect();
    let key = BASE32_NOPAD.decode(letters.to_uppercase().as_bytes()).map_err(|_| {
        "the seed of one-time passwords is not base32: it has letters a to z and digits 2 to 7 alone".to_owned()
    })?;
    if key.is_empty() { Err("the seed of one-time passwords is empty".into()) } else { Ok(key) }
}

/// The code of a time, in seconds since 1970.
fn code(key: &[u8], time: u64, digits: u32) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key);
    let tag = hmac::sign(&key, &(time / PERIOD).to_be_bytes());
    let tag = tag.as_ref();
    // Dynamic truncation (RFC 4226 §5.3).
    let offset = usize::from(tag.last().copied().unwrap_or_default() & 0xf);
    let word = tag.get(offset..offset + 4).map_or(0, |b| u32::from_be_bytes([b[0] & 0x7f, b[1], b[2], b[3]]));
    format!("{:0width$}", word % 10_u32.pow(digits), width = digits as usize)
}

/// The codes of one user. A code that a server refused because it had been used is never given again, and from then on
/// each sign-in gets a code of its own.
#[derive(Debug, Default)]
pub(crate) struct Codes(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The last period whose code was given.
    given: Option<u64>,
    /// Whether the server refuses a code that it has seen.
    single_use: bool,
}

impl Codes {
    /// The code to give now; waits for the next one where that of this moment has been used up.
    pub(crate) async fn next(&self, recorder: &Recorder, seed: &str, refused: bool) -> Result<String, String> {
        let key = key(seed)?;
        let mut state = self.0.lock().await;
        state.single_use |= refused;
        if let Some(given) = state.given.filter(|given| state.single_use && *given >= now() / PERIOD) {
            let wait = ((given + 1) * PERIOD).saturating_sub(now());
            recorder
                .wait_for("the next one-time password, because the last one has been used", Duration::from_secs(wait));
            while now() / PERIOD <= given {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
        let time = now();
        state.given = Some(time / PERIOD);
        let code = code(&key, time, DIGITS);
        recorder.register_secret("one-time password", &code);
        Ok(code)
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_are_those_of_the_specification() {
        // RFC 6238 appendix B, SHA-1.
        let key = b"12345678901234567890";
        for (time, expected) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            assert_eq!(code(key, time, 8), expected);
            assert_eq!(code(key, time, 6), expected[2..]);
        }
    }

    #[test]
    fn a_seed_is_read_as_people_copy_it() {
        let plain = key("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").expect("a key");
        assert_eq!(plain, b"12345678901234567890");
        assert_eq!(key("gezd gnbv gy3t qojq gezd-gnbv-gy3t-qojq").as_ref(), Ok(&plain));
        assert_eq!(key("MFRGG===").as_deref(), Ok(&b"abc"[..]));
        for bad in ["", "  ", "0189", "GEZDGNB!"] {
            let why = key(bad).expect_err("no seed");
            assert!(why.starts_with("the seed of one-time passwords is"), "{why}");
            assert!(bad.trim().is_empty() || !why.contains(bad), "{why}");
        }
    }
}
