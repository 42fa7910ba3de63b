//! Secrets: registered when first seen, replaced in every encoding, recognisable as equal.

use std::collections::HashMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::params::percent_encode;

/// A needle is looked up by its first bytes.
const KEY: usize = 6;
/// Shorter values are no secrets, and replacing them would shred every text.
const SHORTEST: usize = 4;

/// Replaces registered secrets by stable pseudonyms such as `‹access_token 1 · 9f2c›`.
///
/// Each secret is found raw, percent-encoded, as in a form (`+` for a space), JSON-escaped, in base64 and base64url,
/// and together with a client id as in HTTP Basic. The four digits are the beginning of the secret's SHA-256, enough to
/// recognise it across runs and too few to guess it.
#[derive(Debug, Default)]
pub struct Redactor {
    /// Secret → pseudonym.
    known: HashMap<String, String>,
    /// Kind → how many are known.
    counts: HashMap<String, u32>,
    /// First bytes of an encoded secret → the encoded secrets that begin so, longest first, with pseudonym.
    needles: HashMap<[u8; KEY], Vec<(String, String)>>,
    /// Encoded secrets too short for a key.
    short: Vec<(String, String)>,
    /// Whether an encoded secret begins with these two bytes: nearly every place in a text is ruled out by them.
    starts: Vec<bool>,
}

impl Redactor {
    /// Registers a secret of a kind (`access_token`, `client_secret`, …). Empty and very short values are ignored.
    pub fn register(&mut self, kind: &str, secret: &str) {
        if secret.len() < SHORTEST || self.known.contains_key(secret) {
            return;
        }
        let count = self.counts.entry(kind.to_owned()).or_default();
        *count += 1;
        let mut digest = String::new();
        for byte in &Sha256::digest(secret.as_bytes())[..2] {
            let _ = write!(digest, "{byte:02x}");
        }
        let pseudonym = format!("‹{kind} {count} · {digest}›");
        self.known.insert(secret.to_owned(), pseudonym.clone());
        let percent = percent_encode(secret);
        let lower = lower_percent(&percent);
        let json = serde_json::to_string(secret).unwrap_or_default();
        let json = json.strip_prefix('"').and_then(|j| j.strip_suffix('"')).unwrap_or_default();
        // As PHP and .NET write JSON.
        let slashes = json.replace('/', "\\/");
        let unicode = json.replace('+', "\\u002B").replace('&', "\\u0026").replace('\'', "\\u0027");
        let unicode = unicode.replace('<', "\\u003C").replace('>', "\\u003E").replace("\\\"", "\\u0022");
        for form in [
            secret.to_owned(),
            percent.replace("%20", "+"),
            percent,
            lower,
            json.to_owned(),
            slashes,
            unicode,
            STANDARD.encode(secret),
            STANDARD.encode(secret).trim_end_matches('=').to_owned(),
            URL_SAFE_NO_PAD.encode(secret),
        ] {
            self.add_needle(form, &pseudonym);
        }
    }

    /// Registers the value of an HTTP Basic header made of this client id and secret, both form-encoded or not.
    pub fn register_basic(&mut self, client_id: &str, secret: &str) {
        self.register("client_secret", secret);
        for text in
            [format!("{client_id}:{secret}"), format!("{}:{}", percent_encode(client_id), percent_encode(secret))]
        {
            self.register("basic_credentials", &STANDARD.encode(text));
        }
    }

    /// The pseudonym of a secret, if it is registered.
    #[must_use]
    pub fn pseudonym(&self, secret: &str) -> Option<&str> {
        self.known.get(secret).map(String::as_str)
    }

    /// The text with every registered secret replaced.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let bytes = text.as_bytes();
        let (mut at, mut copied) = (0, 0);
        while at < bytes.len() {
            if let Some((length, pseudonym)) = self.match_at(text, at) {
                out.push_str(&text[copied..at]);
                out.push_str(pseudonym);
                at += length;
                copied = at;
            } else {
                at += 1;
            }
        }
        out.push_str(&text[copied..]);
        out
    }

    /// Whether a text holds a registered secret.
    #[must_use]
    pub fn finds_any(&self, text: &str) -> bool {
        (0..text.len()).any(|at| self.match_at(text, at).is_some())
    }

    fn match_at(&self, text: &str, at: usize) -> Option<(usize, &str)> {
        let rest = &text.as_bytes()[at..];
        if !*self.starts.get(place(rest)?)? {
            return None;
        }
        let long = rest.first_chunk::<KEY>().and_then(|key| self.needles.get(key));
        long.into_iter()
            .flatten()
            .chain(&self.short)
            .find(|(needle, _)| rest.starts_with(needle.as_bytes()))
            .map(|(needle, pseudonym)| (needle.len(), pseudonym.as_str()))
    }

    fn add_needle(&mut self, needle: String, pseudonym: &str) {
        if let Some(place) = place(needle.as_bytes()) {
            self.starts.resize(1 << 16, false);
            self.starts[place] = true;
        }
        let list = match needle.as_bytes().first_chunk::<KEY>() {
            Some(key) => self.needles.entry(*key).or_default(),
            None => &mut self.short,
        };
        if !list.iter().any(|(known, _)| *known == needle) {
            list.push((needle, pseudonym.to_owned()));
            list.sort_by_key(|(needle, _)| std::cmp::Reverse(needle.len()));
        }
    }
}

/// The place of the first two bytes among all pairs of bytes.
fn place(bytes: &[u8]) -> Option<usize> {
    bytes.first_chunk::<2>().map(|pair| usize::from(u16::from_be_bytes(*pair)))
}

/// Percent-encoding with lower-case digits, as some servers write it.
fn lower_percent(encoded: &str) -> String {
    let mut out = String::with_capacity(encoded.len());
    let mut digits = 0;
    for c in encoded.chars() {
        if c == '%' {
            digits = 2;
            out.push(c);
        } else if digits > 0 {
            digits -= 1;
            out.push(c.to_ascii_lowercase());
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redactor() -> Redactor {
        let mut redactor = Redactor::default();
        redactor.register("access_token", "abc+/def~123456789");
        redactor.register_basic("my client", "s3cret/&word");
        redactor
    }

    #[test]
    fn a_secret_is_replaced_in_every_encoding() {
        let redactor = redactor();
        for text in [
            "Bearer abc+/def~123456789".to_owned(),
            "access_token=abc%2B%2Fdef~123456789&x=1".to_owned(),
            "access_token=abc%2b%2fdef~123456789".to_owned(),
            STANDARD.encode("abc+/def~123456789"),
            URL_SAFE_NO_PAD.encode("abc+/def~123456789"),
            r"abc+\/def~123456789".to_owned(),
            r"abc\u002B/def~123456789".to_owned(),
            format!("Basic {}", STANDARD.encode("my client:s3cret/&word")),
            format!("Basic {}", STANDARD.encode("my%20client:s3cret%2F%26word")),
            "client_secret=s3cret%2F%26word".to_owned(),
        ] {
            let shown = redactor.redact(&text);
            assert!(shown.contains('‹'), "{shown}");
            assert!(!redactor.finds_any(&shown), "{shown}");
        }
    }

    #[test]
    fn equal_secrets_stay_equal_and_different_ones_different() {
        let mut redactor = redactor();
        redactor.register("access_token", "another-token-value");
        let shown = redactor.redact("abc+/def~123456789 another-token-value abc+/def~123456789");
        let words: Vec<_> = shown.split("› ‹").collect();
        assert_eq!(words.len(), 3);
        assert!(words[1].starts_with("access_token 2"));
        assert_eq!(redactor.redact("abc+/def~123456789"), redactor.redact("abc+/def~123456789"));
    }

    #[test]
    fn the_longer_secret_wins_and_short_values_are_left_alone() {
        let mut redactor = Redactor::default();
        redactor.register("code", "0123456789");
        redactor.register("access_token", "0123456789abcdef");
        redactor.register("password", "abc");
        assert!(redactor.redact("x0123456789abcdefx").contains("access_token"));
        assert_eq!(redactor.redact("abc"), "abc");
        redactor.register("password", "pass1");
        assert!(redactor.redact("pass1").contains("password"));
    }
}
