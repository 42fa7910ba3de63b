//! The cookies of a session that the user has already, in the formats in which they leave a browser.

use std::time::{SystemTime, UNIX_EPOCH};

use cookie_store::CookieStore;
use serde_json::Value;
use url::Url;

/// A cookie as it was written down.
#[derive(Debug, Default, PartialEq, Eq)]
struct Written {
    name: String,
    value: String,
    /// The host, or the domain behind a dot; empty is the authorization endpoint's host.
    domain: String,
    path: String,
    secure: bool,
    /// Seconds since 1970; 0 ends with the session.
    expires: u64,
}

/// Reads a `cookies.txt` of curl or Netscape, a JSON list as browsers' extensions export it (or Playwright's storage
/// state), or the value of a `Cookie` header, which is bound to the host of the authorization endpoint.
///
/// # Errors
/// Names the line or entry and what is wrong with it, without showing values.
pub(crate) fn import(text: &str, endpoint: &Url) -> Result<CookieStore, String> {
    let mut store = CookieStore::default();
    let written = read(text)?;
    let expired = |c: &Written| c.expires != 0 && c.expires <= now();
    if written.iter().all(expired) {
        return Err(match written.len() {
            0 => "cookies: there are none".into(),
            1 => "cookies: the one cookie has expired".into(),
            n => format!("cookies: all {n} have expired"),
        });
    }
    for cookie in written.iter().filter(|c| !expired(c)) {
        put(&mut store, cookie, endpoint).map_err(|why| format!("cookies: \"{}\" {why}", cookie.name))?;
    }
    Ok(store)
}

/// The values of the cookies in a text, which no report may show.
pub(crate) fn values(text: &str) -> Vec<String> {
    read(text).unwrap_or_default().into_iter().map(|c| c.value).collect()
}

/// Checks that a text holds cookies.
///
/// # Errors
/// Names the line or entry and what is wrong with it, without showing values.
pub fn check_cookies(text: &str) -> Result<(), String> {
    match read(text)?.is_empty() {
        true => Err("cookies: there are none".into()),
        false => Ok(()),
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs())
}

fn read(text: &str) -> Result<Vec<Written>, String> {
    let text = text.trim();
    let cookies = match text.chars().next() {
        None => Vec::new(),
        Some('[' | '{') => from_json(text)?,
        Some(_) if text.contains('\t') || text.starts_with('#') => from_netscape(text)?,
        Some(_) => from_header(text)?,
    };
    match cookies
        .iter()
        .find(|c| c.name.is_empty() || c.name.contains([';', '=', ' ', '\n']) || c.value.contains([';', '\n']))
    {
        Some(bad) => Err(format!("cookies: \"{}\" is no name and value that a cookie can have", bad.name)),
        None => Ok(cookies),
    }
}

fn from_header(text: &str) -> Result<Vec<Written>, String> {
    let text = text.get(..7).filter(|h| h.eq_ignore_ascii_case("cookie:")).map_or(text, |_| &text[7..]);
    let pairs = text.split(';').map(str::trim).filter(|p| !p.is_empty());
    pairs
        .enumerate()
        .map(|(n, pair)| {
            let pair = pair.split_once('=').ok_or_else(|| format!("cookies: pair {} has no '='", n + 1));
            pair.map(|(name, value)| Written { name: name.into(), value: value.into(), ..Written::default() })
        })
        .collect()
}

fn from_netscape(text: &str) -> Result<Vec<Written>, String> {
    let mut cookies = Vec::new();
    for (n, line) in text.lines().enumerate() {
        let line = line.strip_prefix("#HttpOnly_").unwrap_or(line).trim_end_matches('\r');
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let bad = |what: &str| format!("cookies: line {}: {what}", n + 1);
        let parts: Vec<_> = line.split('\t').collect();
        let [domain, subdomains, path, secure, expires, name, value] = parts[..] else {
            return Err(bad(&format!("{} values between tabs instead of 7", parts.len())));
        };
        let yes = |text: &str, what: &str| match text {
            "TRUE" => Ok(true),
            "FALSE" => Ok(false),
            _ => Err(bad(&format!("{what} is neither TRUE nor FALSE"))),
        };
        let host = domain.trim_start_matches('.');
        cookies.push(Written {
            domain: if yes(subdomains, "the second value")? { format!(".{host}") } else { host.into() },
            path: path.into(),
            secure: yes(secure, "the fourth value")?,
            expires: expires.parse().map_err(|_| bad("the fifth value is no time in seconds"))?,
            name: name.into(),
            value: value.into(),
        });
    }
    Ok(cookies)
}

fn from_json(text: &str) -> Result<Vec<Written>, String> {
    let json: Value = serde_json::from_str(text)
        .map_err(|e| format!("cookies: not valid JSON at line {}, column {}", e.line(), e.column()))?;
    let list = json.get("cookies").unwrap_or(&json).as_array().ok_or("cookies: the JSON holds no list of cookies")?;
    let one = |(n, entry): (usize, &Value)| {
        let bad = |what: &str| format!("cookies: entry {}: {what}", n + 1);
        let text = |member: &str| entry.get(member).and_then(Value::as_str).map(ToOwned::to_owned);
        let domain = text("domain").unwrap_or_default();
        let host_only = entry.get("hostOnly").and_then(Value::as_bool);
        let host = domain.trim_start_matches('.');
        let expires = ["expirationDate", "expires"].into_iter().find_map(|m| entry.get(m)?.as_f64()).unwrap_or(0.0);
        Ok(Written {
            name: text("name").ok_or_else(|| bad("\"name\" is no text"))?,
            value: text("value").ok_or_else(|| bad("\"value\" is no text"))?,
            domain: if host_only == Some(false) { format!(".{host}") } else { domain },
            path: text("path").unwrap_or_default(),
            secure: entry.get("secure").and_then(Value::as_bool).unwrap_or(false),
            // Extensions write fractions, and -1 for a cookie that ends with the session.
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a time, cut to whole seconds"
            )]
            expires: expires.max(0.0) as u64,
        })
    };
    list.iter().enumerate().map(one).collect()
}

/// Puts a cookie where a browser would have it, by the words with which a server would have set it.
fn put(store: &mut CookieStore, cookie: &Written, endpoint: &Url) -> Result<(), String> {
    let host = match cookie.domain.trim_start_matches('.') {
        "" => endpoint.host_str().unwrap_or_default(),
        host => host,
    };
    let scheme = if cookie.secure { "https" } else { endpoint.scheme() };
    let url = Url::parse(&format!("{scheme}://{host}/")).map_err(|_| "names no usable domain".to_owned())?;
    let path = if cookie.path.starts_with('/') { &cookie.path } else { "/" };
    let mut words = format!("{}={}; Path={path}", cookie.name, cookie.value);
    if cookie.domain.starts_with('.') && url.domain().is_some() {
        words.push_str(&format!("; Domain={host}"));
    }
    if cookie.secure {
        words.push_str("; Secure");
    }
    // What is read here is kept for one run, whatever its time.
    store.parse(&words, &url).map(drop).map_err(|e| format!("cannot be kept: {e}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint() -> Url {
        Url::parse("https://id.example.test/authorize").expect("a URL")
    }

    fn sent(text: &str, to: &str) -> Vec<String> {
        let store = import(text, &endpoint()).expect("cookies");
        let url = Url::parse(to).expect("a URL");
        let mut sent: Vec<_> = store.get_request_values(&url).map(|(n, v)| format!("{n}={v}")).collect();
        sent.sort();
        sent
    }

    #[test]
    fn a_header_is_bound_to_the_authorization_endpoint() {
        for text in ["a=1; b=x=y", "Cookie: a=1;b=x=y;"] {
            assert_eq!(sent(text, "https://id.example.test/x"), ["a=1", "b=x=y"]);
            assert!(sent(text, "https://other.example.test/").is_empty());
        }
    }

    #[test]
    fn a_file_of_curl_keeps_domains_paths_and_secure() {
        let text = "# Netscape HTTP Cookie File\n\n.example.test\tTRUE\t/\tFALSE\t0\twide\t1\n\
                    #HttpOnly_id.example.test\tFALSE\t/login\tTRUE\t4102444800\tnarrow\t2\r\n\
                    id.example.test\tFALSE\t/\tFALSE\t1\told\t3\n";
        assert_eq!(sent(text, "https://id.example.test/login/x"), ["narrow=2", "wide=1"]);
        assert_eq!(sent(text, "https://id.example.test/"), ["wide=1"]);
        assert_eq!(sent(text, "https://www.example.test/"), ["wide=1"]);
        assert!(sent(text, "http://id.example.test/login").iter().all(|c| c != "narrow=2"));
    }

    #[test]
    fn an_export_of_a_browser_is_read() {
        let list = r#"[{"name":"s","value":"v","domain":".example.test","hostOnly":false,"path":"/","secure":true,
            "httpOnly":true,"expirationDate":4102444800.5},{"name":"t","value":"w","domain":"id.example.test"}]"#;
        assert_eq!(sent(list, "https://id.example.test/"), ["s=v", "t=w"]);
        assert_eq!(sent(list, "https://www.example.test/"), ["s=v"]);
        let state = format!(r#"{{"cookies":{list},"origins":[]}}"#);
        assert_eq!(sent(&state, "https://id.example.test/"), ["s=v", "t=w"]);
        let local = Url::parse("http://127.0.0.1:9/a").expect("a URL");
        let store = import(r#"[{"name":"s","value":"v","domain":"127.0.0.1","expires":-1}]"#, &local).expect("cookies");
        assert_eq!(store.get_request_values(&local).collect::<Vec<_>>(), [("s", "v")]);
    }

    #[test]
    fn what_is_wrong_is_named_and_no_value_shown() {
        for (text, what) in [
            ("", "there are none"),
            ("secret", "pair 1 has no '='"),
            ("a=1; secret", "pair 2 has no '='"),
            ("id\tFALSE\t/\tFALSE\t0\tsecret", "line 1: 6 values between tabs instead of 7"),
            ("# x\nid\tmaybe\t/\tFALSE\t0\ta\tsecret", "line 2: the second value is neither TRUE nor FALSE"),
            ("id\tFALSE\t/\tFALSE\tsoon\ta\tsecret", "line 1: the fifth value is no time"),
            ("id\tFALSE\t/\tFALSE\t5\ta\tsecret", "the one cookie has expired"),
            ("[{\"name\":\"a\",\"value\":\"secret\"", "not valid JSON at line 1"),
            ("{\"secret\":1}", "the JSON holds no list"),
            ("[{\"name\":\"a\",\"value\":\"b\"},{\"value\":\"secret\"}]", "entry 2: \"name\" is no text"),
            ("[{\"name\":\"a\",\"value\":{\"secret\":1}}]", "entry 1: \"value\" is no text"),
            ("[{\"name\":\"a b\",\"value\":\"secret\"}]", "\"a b\" is no name and value"),
        ] {
            let why = import(text, &endpoint()).expect_err(text);
            assert!(why.starts_with("cookies: ") && why.contains(what), "{why}");
            assert!(!why.contains("secret"), "{why}");
        }
    }
}
