//! Where a target does not get to send us.

use url::Url;

use crate::settings::Settings;

/// Whether a URL names this machine or a private network by its literal address or name.
#[must_use]
pub fn is_private(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified(),
        Some(url::Host::Ipv6(ip)) => {
            ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local() || ip.is_unspecified()
        }
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost") || !name.contains('.'),
        None => true,
    }
}

/// Whether a URL names this machine.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

/// Whether a URL that the target named may be visited: a target out in the world does not get to send us into a private
/// network or onto this machine.
#[must_use]
pub fn may_visit(settings: &Settings, url: &Url) -> bool {
    let target = Some(settings.mcp_url.as_str()).filter(|u| !u.is_empty()).or(settings.issuer.as_deref());
    let target_is_local = target.and_then(|t| Url::parse(t).ok()).is_some_and(|t| is_private(&t));
    matches!(url.scheme(), "http" | "https") && (target_is_local || !is_private(url))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("a URL")
    }

    #[test]
    fn private_places_are_known() {
        for private in [
            "http://127.0.0.1/",
            "http://10.1.2.3/",
            "http://[fd00::1]/",
            "http://localhost/",
            "http://intranet/",
            "http://169.254.169.254/",
        ] {
            assert!(is_private(&url(private)), "{private}");
        }
        assert!(!is_private(&url("https://as.example.test/")));
        assert!(is_loopback(&url("http://a.localhost/")) && !is_loopback(&url("http://10.1.2.3/")));
    }

    #[test]
    fn only_a_local_target_may_send_us_home() {
        let of = |mcp: &str| Settings { mcp_url: mcp.into(), ..Settings::default() };
        assert!(may_visit(&of("http://127.0.0.1:1/mcp"), &url("http://[::1]:2/")));
        assert!(!may_visit(&of("https://h.example.test/mcp"), &url("http://[::1]:2/")));
        assert!(may_visit(&of("https://h.example.test/mcp"), &url("https://as.example.test/")));
        assert!(!may_visit(&of("http://127.0.0.1:1/mcp"), &url("file:///etc/passwd")));
        let alone = Settings { issuer: Some("http://localhost:1".into()), ..Settings::default() };
        assert!(may_visit(&alone, &url("http://127.0.0.1/")));
    }
}
