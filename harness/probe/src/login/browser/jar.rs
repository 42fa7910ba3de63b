//! Cookies between the browser and the user agent over plain HTTP.

use cookie_store::{CookieDomain, CookieStore};
use serde_json::{Value, json};
use url::Url;

use super::driver::Driver;
use crate::case::Stop;

/// Gives the browser these cookies and no others.
pub(super) async fn put(driver: &Driver, cookies: &CookieStore) -> Result<(), Stop> {
    driver.cdp("Network.clearBrowserCookies", json!({})).await?;
    for cookie in cookies.iter_unexpired() {
        let (host, domain) = match &cookie.domain {
            CookieDomain::HostOnly(host) => (host, None),
            CookieDomain::Suffix(host) => (host, Some(host)),
            CookieDomain::NotPresent | CookieDomain::Empty => continue,
        };
        let secure = cookie.secure().unwrap_or(false);
        let scheme = if secure { "https" } else { "http" };
        let path: &str = cookie.path.as_ref();
        let mut words = json!({
            "name": cookie.name(), "value": cookie.value(), "path": path, "secure": secure,
            "httpOnly": cookie.http_only().unwrap_or(false), "url": format!("{scheme}://{}{path}", bracketed(host)),
        });
        if let Some(domain) = domain {
            words["domain"] = json!(domain);
        }
        if let Some(same_site) = cookie.same_site() {
            words["sameSite"] = json!(same_site.to_string());
        }
        // A cookie that the browser does not take is one that it would not have taken from the server either.
        driver.cdp("Network.setCookie", words).await?;
    }
    Ok(())
}

/// The cookies of the browser.
pub(super) async fn take(driver: &Driver) -> Result<CookieStore, Stop> {
    let all = driver.cdp("Network.getAllCookies", json!({})).await?;
    let mut store = CookieStore::default();
    for cookie in all["cookies"].as_array().into_iter().flatten() {
        keep(&mut store, cookie);
    }
    Ok(store)
}

fn keep(store: &mut CookieStore, cookie: &Value) -> Option<()> {
    let text = |member: &str| cookie[member].as_str();
    let (domain, secure) = (text("domain")?, cookie["secure"].as_bool() == Some(true));
    let host = domain.trim_start_matches('.');
    let scheme = if secure { "https" } else { "http" };
    let url = Url::parse(&format!("{scheme}://{}/", bracketed(host))).ok()?;
    let mut words = format!("{}={}; Path={}", text("name")?, text("value")?, text("path").unwrap_or("/"));
    if domain.starts_with('.') {
        words.push_str(&format!("; Domain={host}"));
    }
    for (is, word) in [(secure, "Secure"), (cookie["httpOnly"].as_bool() == Some(true), "HttpOnly")] {
        if is {
            words.push_str(&format!("; {word}"));
        }
    }
    if let Some(same_site) = text("sameSite") {
        words.push_str(&format!("; SameSite={same_site}"));
    }
    store.parse(&words, &url).ok().map(drop)
}

/// A host as URLs have it.
fn bracketed(host: &str) -> String {
    if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_of_the_browser_goes_where_it_would_have_gone() {
        let mut store = CookieStore::default();
        keep(
            &mut store,
            &json!({"name": "s", "value": "1", "domain": "127.0.0.1", "path": "/as", "httpOnly": true,
            "secure": true, "sameSite": "Lax"}),
        );
        keep(&mut store, &json!({"name": "w", "value": "2", "domain": ".example.test", "path": "/", "secure": false}));
        let sent = |url: &str| -> Vec<_> {
            let url = Url::parse(url).expect("a URL");
            store.get_request_values(&url).map(|(n, v)| format!("{n}={v}")).collect()
        };
        assert_eq!(sent("http://127.0.0.1:81/as/login"), ["s=1"]);
        assert!(sent("http://127.0.0.1:81/other").is_empty());
        assert_eq!(sent("https://id.example.test/"), ["w=2"]);
    }
}
