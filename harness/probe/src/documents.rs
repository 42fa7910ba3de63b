//! Our Client ID Metadata Documents: the good ones, and those with one flaw. The same texts are served by our own host and
//! written out for users who publish them (draft-ietf-oauth-client-id-metadata-document).

use serde_json::{Value, json};

use crate::client::{ClientAuth, ClientMetadata};

/// The redirect URI of published native clients. Any port will do in its place (RFC 8252 §7.3).
pub const PUBLISHED_LOOPBACK: &str = "http://127.0.0.1:33418/callback";

/// The client that a good document describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// The client of ordinary flows: public, native.
    Public,
    /// Another one like it.
    Second,
    /// A public client with an https redirect URI.
    Web,
    /// A client that authenticates by a key, with an https redirect URI.
    Confidential,
}

impl Part {
    /// Every part.
    pub const ALL: [Part; 4] = [Part::Public, Part::Second, Part::Web, Part::Confidential];

    /// The name of its file.
    #[must_use]
    pub const fn file(self) -> &'static str {
        match self {
            Part::Public => "public.json",
            Part::Second => "second.json",
            Part::Web => "web.json",
            Part::Confidential => "confidential.json",
        }
    }

    /// Whether its redirect URI is one of this machine.
    #[must_use]
    pub const fn is_native(self) -> bool {
        matches!(self, Part::Public | Part::Second)
    }

    /// The document under its URL. `keys` are the public keys (JWK) of the confidential client.
    #[must_use]
    pub fn document(self, url: &str, redirect_uri: &str, keys: &[Value]) -> ClientMetadata {
        let name = match self {
            Part::Second => "Proofmark second client",
            _ => "Proofmark conformance suite",
        };
        let metadata = match self {
            Part::Public | Part::Second => ClientMetadata::native(&[redirect_uri]),
            Part::Web => ClientMetadata::web(&[redirect_uri]),
            Part::Confidential => ClientMetadata::confidential(&[redirect_uri], ClientAuth::PrivateKeyJwt)
                .with("jwks", json!({"keys": keys})),
        };
        metadata.with("client_id", url).with("client_name", name)
    }

    /// The redirect URI of the published client, below the URL where the documents are.
    #[must_use]
    pub fn published_redirect_uri(self, base_url: &str) -> String {
        if self.is_native() {
            PUBLISHED_LOOPBACK.to_owned()
        } else {
            format!("{}/callback", base_url.trim_end_matches('/'))
        }
    }
}

/// What is wrong with a document; everything else is as in [`Part::Public`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Flaw {
    /// It names another document as its client identifier.
    OtherId,
    /// It names its own URL with a slash at the end.
    IdWithSlash,
    /// It names its own URL with the scheme in upper case.
    IdInUpperCase,
    /// It names its own URL with a letter percent-encoded.
    IdEncoded,
    /// It names no client identifier.
    WithoutId,
    /// It has no `redirect_uris`.
    WithoutRedirectUris,
    /// Its `redirect_uris` are an empty list.
    EmptyRedirectUris,
    /// Its `redirect_uris` are a string.
    RedirectUrisNotListed,
    /// It has no `client_name`.
    WithoutName,
    /// It is an HTML page.
    Html,
    /// It is JSON that was cut off.
    Cut,
    /// It is a JSON array that holds the document.
    Array,
    /// It asks for `client_secret_basic`.
    SecretBasic,
    /// It asks for `client_secret_post`.
    SecretPost,
    /// It asks for `client_secret_jwt`.
    SecretJwt,
    /// It holds a secret.
    WithSecret,
}

/// The secret in the document that holds one. Everybody can read it there.
pub const PUBLISHED_SECRET: &str = "proofmark-a-secret-that-anybody-can-read";

impl Flaw {
    /// Every flaw.
    pub const ALL: [Flaw; 16] = [
        Flaw::OtherId,
        Flaw::IdWithSlash,
        Flaw::IdInUpperCase,
        Flaw::IdEncoded,
        Flaw::WithoutId,
        Flaw::WithoutRedirectUris,
        Flaw::EmptyRedirectUris,
        Flaw::RedirectUrisNotListed,
        Flaw::WithoutName,
        Flaw::Html,
        Flaw::Cut,
        Flaw::Array,
        Flaw::SecretBasic,
        Flaw::SecretPost,
        Flaw::SecretJwt,
        Flaw::WithSecret,
    ];

    /// The name of its file, and of its row in a report.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Flaw::OtherId => "other-client-id",
            Flaw::IdWithSlash => "client-id-with-slash",
            Flaw::IdInUpperCase => "client-id-scheme-in-upper-case",
            Flaw::IdEncoded => "client-id-percent-encoded",
            Flaw::WithoutId => "no-client-id",
            Flaw::WithoutRedirectUris => "no-redirect-uris",
            Flaw::EmptyRedirectUris => "empty-redirect-uris",
            Flaw::RedirectUrisNotListed => "redirect-uris-as-string",
            Flaw::WithoutName => "no-client-name",
            Flaw::Html => "html",
            Flaw::Cut => "cut-json",
            Flaw::Array => "json-array",
            Flaw::SecretBasic => "client-secret-basic",
            Flaw::SecretPost => "client-secret-post",
            Flaw::SecretJwt => "client-secret-jwt",
            Flaw::WithSecret => "with-client-secret",
        }
    }

    /// The name of its file.
    #[must_use]
    pub fn file(self) -> String {
        format!("flawed-{}.json", self.name())
    }

    /// The text under its URL.
    #[must_use]
    pub fn text(self, url: &str, redirect_uri: &str) -> String {
        let good = Part::Public.document(url, redirect_uri, &[]);
        let method = |method: &str| good.clone().with("token_endpoint_auth_method", method);
        let flawed = match self {
            Flaw::OtherId => good.with("client_id", sibling(url, Part::Public.file())),
            Flaw::IdWithSlash => good.with("client_id", format!("{url}/")),
            Flaw::IdInUpperCase => good.with("client_id", upper_scheme(url)),
            Flaw::IdEncoded => good.with("client_id", encode_last(url)),
            Flaw::WithoutId => good.without("client_id"),
            Flaw::WithoutRedirectUris => good.without("redirect_uris"),
            Flaw::EmptyRedirectUris => good.with("redirect_uris", json!([])),
            Flaw::RedirectUrisNotListed => good.with("redirect_uris", redirect_uri),
            Flaw::WithoutName => good.without("client_name"),
            Flaw::Html => return "<!doctype html><title>Client</title><p>A page about a client.</p>\n".into(),
            Flaw::Cut => {
                let text = good.members().to_string();
                return text[..text.len() - 2].to_owned();
            }
            Flaw::Array => return json!([good.members()]).to_string(),
            Flaw::SecretBasic => method("client_secret_basic"),
            Flaw::SecretPost => method("client_secret_post"),
            Flaw::SecretJwt => method("client_secret_jwt"),
            Flaw::WithSecret => {
                method("client_secret_post").with("client_secret", PUBLISHED_SECRET).with("client_secret_expires_at", 0)
            }
        };
        flawed.members().to_string()
    }
}

/// What `proofmark client-metadata` writes: file name → text, for publication below a URL. `keys` are the public keys
/// (JWK) of the confidential client; without any, that document is left out.
#[must_use]
pub fn documents(base_url: &str, keys: &[Value]) -> Vec<(String, String)> {
    let base = base_url.trim_end_matches('/');
    let good = Part::ALL.into_iter().filter(|part| *part != Part::Confidential || !keys.is_empty()).map(|part| {
        let url = format!("{base}/{}", part.file());
        let document = part.document(&url, &part.published_redirect_uri(base), keys);
        (part.file().to_owned(), pretty(document.members()))
    });
    let flawed = Flaw::ALL.into_iter().map(|flaw| {
        let url = format!("{base}/{}", flaw.file());
        (flaw.file(), flaw.text(&url, PUBLISHED_LOOPBACK))
    });
    good.chain(flawed).collect()
}

fn pretty(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

/// Another document beside one.
fn sibling(url: &str, file: &str) -> String {
    let folder = url.rfind('/').map_or(url, |at| &url[..at]);
    format!("{folder}/{file}")
}

fn upper_scheme(url: &str) -> String {
    url.split_once(':').map_or_else(|| url.to_owned(), |(scheme, rest)| format!("{}:{rest}", scheme.to_uppercase()))
}

/// The URL with its last letter percent-encoded, which means the same (RFC 3986 §6.2.2.2).
fn encode_last(url: &str) -> String {
    let last = url.char_indices().rev().find(|(_, c)| c.is_ascii_alphabetic());
    last.map_or_else(|| url.to_owned(), |(at, c)| format!("{}%{:02X}{}", &url[..at], u32::from(c), &url[at + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "https://docs.example.test/pm/";

    #[test]
    fn good_documents_name_their_own_url_and_flawed_ones_have_one_flaw() {
        let key = crate::keys::SigningKey::generate("ES256").expect("a key").jwk();
        let files = documents(BASE, &[key]);
        assert_eq!(files.len(), Part::ALL.len() + Flaw::ALL.len());
        for part in Part::ALL {
            let (_, text) = files.iter().find(|(name, _)| name == part.file()).expect("the file");
            let document: Value = serde_json::from_str(text).expect("JSON");
            assert_eq!(document["client_id"], format!("https://docs.example.test/pm/{}", part.file()));
            assert!(document.pointer("/redirect_uris/0").is_some() && document["client_name"].is_string());
            assert_eq!(document.get("jwks").is_some(), part == Part::Confidential);
        }
        let url = "https://docs.example.test/pm/a.json";
        let good = Part::Public.document(url, PUBLISHED_LOOPBACK, &[]);
        for flaw in Flaw::ALL {
            let Ok(Value::Object(flawed)) = serde_json::from_str(&flaw.text(url, PUBLISHED_LOOPBACK)) else { continue };
            let good = good.members().as_object().expect("an object");
            let names = good.keys().chain(flawed.keys().filter(|k| !good.contains_key(*k)));
            let changed: Vec<_> = names.filter(|k| good.get(*k) != flawed.get(*k)).collect();
            let secret = if flaw == Flaw::WithSecret { 3 } else { 1 };
            assert_eq!(changed.len(), secret, "{flaw:?}: {changed:?}");
        }
    }

    #[test]
    fn near_identifiers_are_near_and_not_the_same() {
        let url = "https://docs.example.test/pm/a.json";
        let id = |flaw: Flaw| {
            let document: Value = serde_json::from_str(&flaw.text(url, PUBLISHED_LOOPBACK)).expect("JSON");
            document["client_id"].as_str().map(ToOwned::to_owned).expect("an identifier")
        };
        assert_eq!(id(Flaw::OtherId), "https://docs.example.test/pm/public.json");
        assert_eq!(id(Flaw::IdInUpperCase), "HTTPS://docs.example.test/pm/a.json");
        assert_eq!(id(Flaw::IdEncoded), "https://docs.example.test/pm/a.jso%6E");
        assert_eq!(documents(BASE, &[]).len(), Part::ALL.len() - 1 + Flaw::ALL.len());
    }
}
