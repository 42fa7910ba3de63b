//! Where metadata may be, and which resource it is about.

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
}
