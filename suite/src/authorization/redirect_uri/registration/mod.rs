//! Which redirect URIs a client may register. A value that the server drops or replaces, and says so in its answer, is
//! refused; a value that it echoes is registered.

pub(super) mod accepted;
pub(super) mod refused;

use proofmark_probe::judge::{Evidence, holds};
use proofmark_probe::model::ExchangeId;
use proofmark_probe::{ClientMetadata, Judgement, Probe, Registration, Stop};

/// The answer to a registration of one redirect URI.
struct Attempt {
    uri: String,
    registration: Registration,
}

impl Evidence for Attempt {
    fn exchanges(&self) -> Vec<ExchangeId> {
        vec![self.registration.reply.id()]
    }
}

impl Attempt {
    /// Whether the server registered the URI, byte for byte as far as it says.
    fn is_registered(&self) -> bool {
        self.registration.client.as_ref().is_some_and(|c| c.redirect_uris.contains(&self.uri))
    }

    fn answer(&self) -> String {
        let summary = self.registration.reply.summary();
        match &self.registration.client {
            Some(client) if client.redirect_uris.is_empty() => format!("{summary}, the redirect URI left out"),
            Some(client) => format!("{summary}, registered {}", show(&client.redirect_uris.join(" "))),
            None => summary,
        }
    }
}

async fn attempt(probe: &Probe, metadata: ClientMetadata, row: &str, uri: &str) -> Result<Attempt, Stop> {
    let registration = probe.register(metadata.labelled(row)).await?;
    Ok(Attempt { uri: uri.to_owned(), registration })
}

fn native(uri: &str) -> ClientMetadata {
    ClientMetadata::native(&[uri])
}

fn web(uri: &str) -> ClientMetadata {
    ClientMetadata::web(&[uri])
}

/// The redirect URI was refused, left out, or replaced in the echo.
fn kept_out(attempt: &Attempt) -> Judgement {
    let expected = format!("a registration without {}", show(&attempt.uri));
    holds(!attempt.is_registered(), expected, attempt.answer())
}

/// The redirect URI was registered as it stands.
fn registered(attempt: &Attempt) -> Judgement {
    holds(attempt.is_registered(), format!("a registration of {}", show(&attempt.uri)), attempt.answer())
}

/// No script or document is registered, however the server spells it.
fn no_script(attempt: &Attempt) -> Judgement {
    let registered = attempt.registration.client.iter().flat_map(|c| &c.redirect_uris);
    let scripts: Vec<_> = registered.filter(|uri| carries_script(uri)).collect();
    let expected = format!("a registration without {}", show(&attempt.uri));
    holds(scripts.is_empty(), expected, attempt.answer())
}

/// Browsers skip white space and control characters before and within a scheme.
fn carries_script(uri: &str) -> bool {
    let clean: String = uri.chars().filter(|c| !c.is_control() && *c != ' ').collect::<String>().to_lowercase();
    ["javascript:", "data:", "vbscript:"].iter().any(|scheme| clean.starts_with(scheme))
}

fn show(uri: &str) -> String {
    format!("\"{}\"", uri.chars().flat_map(char::escape_debug).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proofmark_probe::Reply;

    fn answered(status: u16, body: &str) -> Attempt {
        let uri = "javascript:alert(1)";
        let registration = Registration::read(Reply::canned(status, &[], body), &native(uri));
        Attempt { uri: uri.into(), registration }
    }

    #[test]
    fn what_the_echo_drops_is_kept_out() {
        assert!(kept_out(&answered(400, r#"{"error":"invalid_redirect_uri"}"#)).is_met());
        assert!(kept_out(&answered(201, r#"{"client_id":"c","redirect_uris":["https://h/cb"]}"#)).is_met());
        assert!(!kept_out(&answered(201, r#"{"client_id":"c","redirect_uris":["javascript:alert(1)"]}"#)).is_met());
        // Without an echo, what was asked for is what is registered.
        assert!(!kept_out(&answered(201, r#"{"client_id":"c"}"#)).is_met());
    }

    #[test]
    fn a_script_is_found_in_any_spelling() {
        for uri in ["JavaScript:alert(1)", " javascript:1", "java\tscript:1", "\ndata:text/html,x"] {
            assert!(carries_script(uri), "{uri:?}");
        }
        assert!(!carries_script("https://client.example.test/javascript:"));
        assert!(!no_script(&answered(201, r#"{"client_id":"c","redirect_uris":["JAVASCRIPT:alert(1)"]}"#)).is_met());
        assert!(no_script(&answered(201, r#"{"client_id":"c","redirect_uris":["https://h/cb"]}"#)).is_met());
    }
}
