//! Which parts of a message are secrets. They are registered before anything of the message is shown.

use serde_json::Value;

use crate::http::HttpRequest;
use crate::params::Params;
use crate::secrets::Redactor;

/// Parameters and JSON members that are secrets.
const SECRETS: &[&str] = &[
    "access_token",
    "refresh_token",
    "id_token",
    "code",
    "client_secret",
    "registration_access_token",
    "code_verifier",
    "password",
    "client_assertion",
    "assertion",
    "device_code",
];

/// A shorter value of these names is an input of a case (`code=x`), not something a server issued.
const SHORTEST: usize = 8;

/// Registers what a request holds.
pub(super) fn from_request(redactor: &mut Redactor, request: &HttpRequest) {
    let authorization = request.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case("authorization"));
    for (_, value) in authorization {
        let text = String::from_utf8_lossy(value);
        // Long credentials are tokens or made from tokens; short ones are inputs of a case, and worth reading.
        for word in text.split([' ', ',', ':', '=', '"', '\t']).filter(|w| w.len() >= 20) {
            if redactor.pseudonym(word).is_none() {
                redactor.register("credentials", word);
            }
        }
    }
    // Cookies that a script set never came with an answer.
    for (_, value) in request.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case("cookie")) {
        for pair in String::from_utf8_lossy(value).split(';') {
            let value = pair.split_once('=').map_or("", |(_, v)| v.trim());
            if value.len() >= SHORTEST && redactor.pseudonym(value).is_none() {
                redactor.register("cookie", value);
            }
        }
    }
    let is_form = request
        .headers
        .iter()
        .any(|(n, v)| n.eq_ignore_ascii_case("content-type") && v.starts_with(b"application/x-www-form-urlencoded"));
    if is_form {
        params(redactor, &Params::decode(&String::from_utf8_lossy(&request.body)));
    }
    // Token requests that are sent as JSON on purpose hold the same secrets.
    if let Ok(Value::Object(members)) = serde_json::from_slice(&request.body) {
        let text = members.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)));
        params(redactor, &text.collect());
    }
}

/// Registers what the parameters of a URL hold.
pub(super) fn from_url(redactor: &mut Redactor, url: &str) {
    params(redactor, &Params::of_url(url));
}

/// Registers what an answer holds, be it whole or cut off.
pub(super) fn from_response(redactor: &mut Redactor, headers: &[(String, Vec<u8>)], body: &[u8]) {
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value);
        match name.as_str() {
            "location" => {
                params(redactor, &Params::of_url(&value));
                let password = url::Url::parse(&value).ok().and_then(|u| u.password().map(ToOwned::to_owned));
                redactor.register("password", password.as_deref().unwrap_or(""));
            }
            "set-cookie" => {
                if let Some((_, rest)) = value.split_once('=') {
                    let cookie = rest.split(';').next().unwrap_or("").trim();
                    if cookie.len() >= SHORTEST {
                        redactor.register("cookie", cookie);
                    }
                }
            }
            "mcp-session-id" => redactor.register("session", &value),
            _ => {}
        }
    }
    if let Ok(Value::Object(members)) = serde_json::from_slice(body) {
        for name in SECRETS {
            if let Some(Value::String(secret)) = members.get(*name).filter(|v| is_issued(name, v)) {
                redactor.register(name, secret);
            }
        }
    }
    text(redactor, &String::from_utf8_lossy(body));
}

/// Whether a member of an answer is a secret of this name. `{"code": "invalid_request"}` is how many servers name an
/// error; authorization codes travel in redirects.
fn is_issued(name: &str, value: &Value) -> bool {
    let Some(value) = value.as_str() else { return false };
    name != "code" || (value.len() >= 16 && value.contains(|c: char| c.is_ascii_digit()))
}

/// Registers parameters by their names.
fn params(redactor: &mut Redactor, params: &Params) {
    for (name, value) in params.iter() {
        if SECRETS.contains(&name) && value.len() >= SHORTEST {
            redactor.register(name, value);
        }
    }
}

/// Registers what stands behind the name of a secret in a text that need not be valid in any format: JSON that was cut
/// off, a form, a log.
fn text(redactor: &mut Redactor, text: &str) {
    for name in SECRETS {
        for (at, _) in text.match_indices(name) {
            let part_of_a_word = text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '-');
            let behind = &text[at + name.len()..];
            let value = match behind.strip_prefix('"') {
                Some(json) => json
                    .trim_start()
                    .strip_prefix(':')
                    .and_then(|v| v.trim_start().strip_prefix('"'))
                    .and_then(|v| v.split('"').next()),
                None => behind.strip_prefix('=').and_then(|v| v.split(|c: char| !is_of_form(c)).next()),
            };
            let value = value.filter(|v| v.len() >= SHORTEST && is_issued(name, &Value::from(*v)));
            if let Some(value) = value.filter(|v| !part_of_a_word && !redactor.finds_any(v)) {
                redactor.register(name, value);
                if let Some((_, decoded)) = url::form_urlencoded::parse(value.as_bytes()).next() {
                    redactor.register(name, &decoded);
                }
            }
        }
    }
}

/// Whether a character may stand in the value of an encoded form.
fn is_of_form(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-._~%+*".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(headers: &[(&str, &str)], body: &str) -> String {
        let headers: Vec<_> = headers.iter().map(|(n, v)| ((*n).to_owned(), v.as_bytes().to_vec())).collect();
        let mut redactor = Redactor::default();
        from_response(&mut redactor, &headers, body.as_bytes());
        redactor.redact(&format!("{headers:?} {body}"))
    }

    #[test]
    fn a_token_is_found_in_whatever_is_left_of_its_answer() {
        for body in [
            r#"{"access_token":"tok-0123456789"}"#,
            r#"{"token_type":"Bearer","access_token" : "tok-0123456789"#,
            r#"{"data":{"access_token":"tok-0123456789"}}"#,
            "access_token=tok-0123456789&token_type=bearer",
            r#"<a href="/cb#access_token=tok-0123456789">"#,
        ] {
            assert!(!shown(&[], body).contains("tok-0123456789"), "{body}");
        }
    }

    #[test]
    fn the_name_of_an_error_is_no_secret() {
        for body in [r#"{"code":"invalid_request"}"#, r#"{"error_code":"E0123456789012345"}"#, "status_code=0123456789"]
        {
            assert!(shown(&[], body).ends_with(body), "{body}");
        }
    }

    #[test]
    fn a_password_in_a_redirect_is_a_secret() {
        let shown = shown(&[("location", "https://admin:hunter2-long@h/cb?code=0123456789")], "");
        assert!(!shown.contains("hunter2") && !shown.contains("0123456789"), "{shown}");
    }
}
