//! A shell line that repeats a recorded request.
//!
//! The line is for a POSIX shell and contains nothing that could surprise whoever pastes it: every literal is quoted,
//! and characters that a terminal would act on, or not show, are spelled with `printf`. Secrets are shell variables
//! named after their pseudonyms (`‹access_token 1 · 9f2c›` is `$ACCESS_TOKEN_1`), so the line works after an `export`.

use std::fmt::Write;

use proofmark_model::{Body, Exchange, Header, Wire};

use crate::pseudonym::{self, Piece};
use crate::text;

/// A shell variable that a line needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name, e.g. `ACCESS_TOKEN_1`.
    pub name: String,
    /// The pseudonym it stands for, e.g. `‹access_token 1 · 9f2c›`.
    pub pseudonym: String,
}

/// The line that repeats the request of an exchange.
///
/// `-g` and `--path-as-is` keep curl from editing the URL, and without `-L` it follows no redirect. Headers that curl
/// writes itself are left to it where it would write the same.
#[must_use]
pub fn line(exchange: &Exchange) -> String {
    let request = &exchange.request;
    let body = request.body.as_ref().filter(|body| body.bytes > 0);
    let mut out = String::from("curl -isS -g --path-as-is");
    if exchange.wire == Wire::Verbatim {
        out.push_str(" --http1.1");
    }
    match (request.method.as_str(), body) {
        ("GET", None) | ("POST", Some(_)) => {}
        ("HEAD", None) => out.push_str(" -I"),
        (method, _) => push_args(&mut out, "-X", method),
    }
    // A URL that does not look like one could be taken for an option.
    if request.url.starts_with("http://") || request.url.starts_with("https://") {
        out.push(' ');
        out.push_str(&quote(&request.url));
    } else {
        push_args(&mut out, "--url", &request.url);
    }
    for header in request.headers.iter().filter(|h| !curl_writes(h, exchange)) {
        // `-H @name` would read a file, and no header name begins with `@`.
        if header.name.starts_with('@') {
            continue;
        }
        // `Name:` removes a header and `Name;` sends an empty one.
        let arg = if header.value.is_empty() {
            format!("{};", header.name)
        } else {
            format!("{}: {}", header.name, header.value)
        };
        push_args(&mut out, "-H", &arg);
    }
    for name in unwanted_defaults(exchange, body) {
        push_args(&mut out, "-H", name);
    }
    if let Some(body) = body {
        push_args(&mut out, "--data-raw", &body.text);
    }
    out
}

/// The shell variables that [`line()`] needs, each once, in order of appearance.
#[must_use]
pub fn variables(exchange: &Exchange) -> Vec<Variable> {
    let request = &exchange.request;
    let body = request.body.as_ref().map(|body| body.text.as_str());
    let mut found: Vec<Variable> = Vec::new();
    let texts =
        std::iter::once(request.url.as_str()).chain(request.headers.iter().map(|h| h.value.as_str())).chain(body);
    for piece in texts.flat_map(pseudonym::pieces) {
        if let Piece::Secret(secret) = piece
            && !found.iter().any(|v| v.pseudonym == secret)
        {
            found.push(Variable { name: pseudonym::variable(secret), pseudonym: secret.to_owned() });
        }
    }
    found
}

/// Why the line cannot repeat the request exactly, if it cannot.
#[must_use]
pub fn caveat(exchange: &Exchange) -> Option<&'static str> {
    let texts = || {
        let body = exchange.request.body.as_ref().map(|b| b.text.as_str());
        std::iter::once(exchange.request.url.as_str())
            .chain(exchange.request.headers.iter().map(|h| h.value.as_str()))
            .chain(body)
    };
    if exchange.request.body.as_ref().is_some_and(|body| body.truncated) {
        Some("The record of the request body is cut, so the line sends only its first part.")
    } else if texts().any(|t| t.contains(['\0', '\u{fffd}'])) {
        Some("The request holds bytes that a shell argument cannot carry; the line leaves them out.")
    } else if exchange.wire == Wire::Verbatim {
        Some("Proofmark wrote this request byte for byte; curl may tidy it up.")
    } else if exchange.wire == Wire::Witnessed {
        Some("Proofmark did not send this request but saw it; curl repeats it without the session it belonged to.")
    } else {
        None
    }
}

/// Whether curl writes the header itself, with the same value.
fn curl_writes(header: &Header, exchange: &Exchange) -> bool {
    let request = &exchange.request;
    if header.name.eq_ignore_ascii_case("host") {
        let authority =
            request.url.split_once("://").map_or("", |(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or(""));
        return header.value.eq_ignore_ascii_case(authority);
    }
    if header.name.eq_ignore_ascii_case("content-length") {
        let length = request.body.as_ref().map_or(0, |body| body.bytes);
        return exchange.wire == Wire::Rendered || header.value == length.to_string();
    }
    false
}

/// Arguments that remove headers which curl would add of its own accord.
fn unwanted_defaults(exchange: &Exchange, body: Option<&Body>) -> Vec<&'static str> {
    let sent = |name: &str| exchange.request.headers.iter().any(|h| h.name.eq_ignore_ascii_case(name));
    let verbatim = exchange.wire == Wire::Verbatim;
    [
        ("content-type", "Content-Type:", body.is_some()),
        ("accept", "Accept:", verbatim),
        ("user-agent", "User-Agent:", verbatim),
    ]
    .into_iter()
    .filter(|(name, _, adds)| *adds && !sent(name))
    .map(|(_, arg, _)| arg)
    .collect()
}

fn push_args(out: &mut String, option: &str, value: &str) {
    out.push(' ');
    out.push_str(option);
    out.push(' ');
    out.push_str(&quote(value));
}

/// The text as one word of a POSIX shell.
fn quote(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 2);
    for piece in pseudonym::pieces(value) {
        match piece {
            Piece::Secret(secret) => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\"${}\"", pseudonym::variable(secret));
            }
            Piece::Text(text) => quote_text(&mut out, text),
        }
    }
    if out.is_empty() { "''".to_owned() } else { out }
}

fn quote_text(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let hidden = text::is_hidden(first);
        let end = rest.find(|c| text::is_hidden(c) != hidden).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        if hidden {
            spell(out, run);
        } else if run.chars().all(|c| c.is_ascii_alphanumeric() || "_./:=@%+,-".contains(c)) {
            out.push_str(run);
        } else {
            out.push('\'');
            out.push_str(&run.replace('\'', r"'\''"));
            out.push('\'');
        }
        rest = after;
    }
}

/// Spells characters that must not stand in a line as they are. A NUL cannot be passed at all; [`caveat`] says so.
fn spell(out: &mut String, run: &str) {
    let bytes: String = run.bytes().filter(|b| *b != 0).fold(String::new(), |mut octal, byte| {
        let _ = write!(octal, "\\{byte:03o}");
        octal
    });
    if !bytes.is_empty() {
        let _ = write!(out, "\"$(printf '{bytes}')\"");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proofmark_model::{ExchangeId, Request};

    fn exchange(method: &str, url: &str, headers: &[(&str, &str)], body: Option<&str>) -> Exchange {
        Exchange {
            id: ExchangeId(1),
            case: None,
            label: String::new(),
            at_ms: 0,
            took_ms: 0,
            wire: Wire::Rendered,
            request: Request {
                method: method.into(),
                url: url.into(),
                headers: headers.iter().map(|(n, v)| Header { name: (*n).into(), value: (*v).into() }).collect(),
                body: body.map(|text| Body {
                    text: text.into(),
                    bytes: text.len() as u64,
                    sha256: None,
                    truncated: false,
                }),
            },
            response: None,
            error: None,
        }
    }

    #[test]
    fn secrets_become_variables() {
        let exchange = exchange(
            "POST",
            "https://as.test/token?a=1&b=2",
            &[("Host", "as.test"), ("content-length", "3"), ("Authorization", "Bearer ‹access_token 1 · 9f2c›")],
            Some("code=‹code 2 · 00aa›&x=it's"),
        );
        assert_eq!(
            line(&exchange),
            "curl -isS -g --path-as-is 'https://as.test/token?a=1&b=2' \
             -H 'Authorization: Bearer '\"$ACCESS_TOKEN_1\" -H Content-Type: \
             --data-raw code=\"$CODE_2\"'&x=it'\\''s'"
        );
        let names: Vec<_> = variables(&exchange).into_iter().map(|v| v.name).collect();
        assert_eq!(names, ["ACCESS_TOKEN_1", "CODE_2"]);
    }

    #[test]
    fn nothing_invisible_stands_in_a_line() {
        let exchange =
            exchange("PUT", "https://as.test/\u{202e}\u{1b}x", &[("@/etc/passwd", "x"), ("X-Empty", "")], None);
        assert_eq!(
            line(&exchange),
            "curl -isS -g --path-as-is -X PUT https://as.test/\"$(printf '\\342\\200\\256\\033')\"x -H 'X-Empty;'"
        );
    }

    #[test]
    fn a_forged_host_is_kept() {
        let mut forged =
            exchange("GET", "http://127.0.0.1:8080/mcp", &[("Host", "evil.test"), ("Accept", "*/*")], None);
        forged.wire = Wire::Verbatim;
        assert_eq!(
            line(&forged),
            "curl -isS -g --path-as-is --http1.1 http://127.0.0.1:8080/mcp -H 'Host: evil.test' -H 'Accept: */*' -H User-Agent:"
        );
        assert!(caveat(&forged).is_some());
    }
}
