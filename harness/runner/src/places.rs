//! Where metadata may be, and where a target does not get to send us.

use proofmark_probe::profile::Route;
use url::Url;

/// The places where an issuer's metadata may be (RFC 8414 §3, OpenID Connect Discovery §4).
pub(crate) fn server_places(issuer: &Url) -> Vec<(Route, String)> {
    let origin = issuer.origin().ascii_serialization();
    let path = issuer.path().trim_end_matches('/');
    if path.is_empty() {
        return vec![
            (Route::Root, format!("{origin}/.well-known/oauth-authorization-server")),
            (Route::Root, format!("{origin}/.well-known/openid-configuration")),
        ];
    }
    vec![
        (Route::PathInserted, format!("{origin}/.well-known/oauth-authorization-server{path}")),
        (Route::PathInserted, format!("{origin}/.well-known/openid-configuration{path}")),
        (Route::PathAppended, format!("{origin}{path}/.well-known/openid-configuration")),
    ]
}

/// Whether a URL names this machine or a private network by its literal address or name.
pub(crate) fn is_private(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified(),
        Some(url::Host::Ipv6(ip)) => {
            ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local() || ip.is_unspecified()
        }
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost") || !name.contains('.'),
        None => true,
    }
}

/// Whether a resource identifier is the endpoint's own, or that of a parent path, as clients compare it.
pub(crate) fn covers(resource: &str, endpoint: &Url) -> bool {
    Url::parse(resource).is_ok_and(|resource| {
        let parent = resource.path().trim_end_matches('/');
        let rest = endpoint.path().strip_prefix(parent);
        resource.origin() == endpoint.origin() && rest.is_some_and(|r| r.is_empty() || r.starts_with('/'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_looked_for_in_every_position() {
        let places = |issuer: &str| -> Vec<String> {
            server_places(&Url::parse(issuer).expect("a URL")).into_iter().map(|(_, u)| u).collect()
        };
        assert_eq!(
            places("https://as.example.test/tenant/"),
            [
                "https://as.example.test/.well-known/oauth-authorization-server/tenant",
                "https://as.example.test/.well-known/openid-configuration/tenant",
                "https://as.example.test/tenant/.well-known/openid-configuration",
            ]
        );
        assert_eq!(places("https://as.example.test/").len(), 2);
    }

    #[test]
    fn a_document_about_another_resource_is_not_used() {
        let endpoint = Url::parse("https://h.example.test/a/mcp").expect("a URL");
        for good in ["https://h.example.test/a/mcp", "https://H.example.test/a/", "https://h.example.test"] {
            assert!(covers(good, &endpoint), "{good}");
        }
        for bad in ["https://h.example.test/a/mcp2", "https://h.example.test/b", "https://x.example.test/a/mcp", "mcp"]
        {
            assert!(!covers(bad, &endpoint), "{bad}");
        }
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
            assert!(is_private(&Url::parse(private).expect("a URL")), "{private}");
        }
        assert!(!is_private(&Url::parse("https://as.example.test/").expect("a URL")));
    }
}
