//! Judges of a journey whose request named a redirect URI that the client did not register.
//!
//! Two rules are told apart. Sending the user agent to another destination is an open door. Taking another spelling of
//! a registered destination for it leaks nothing, but is not the comparison of strings that the rule asks for.

use url::{Host, Url};

use super::{Judgement, holds, met, violated};
use crate::authorize::{Journey, Landing};
use crate::form::Page;
use crate::http::cut;

/// The user agent was not sent anywhere but to a destination that the client registered, however it is spelled.
pub fn no_stray(journey: &Journey) -> Judgement {
    if let Some(target) = strays(journey).next() {
        let with = match (journey.code(), journey.error()) {
            (Some(_), _) => "with a code".to_owned(),
            (None, Some(error)) => format!("with error \"{}\"", cut(&error, 60)),
            (None, None) => "without a code".to_owned(),
        };
        return violated(
            "no redirect to a destination that the client did not register",
            format!("the user agent was sent to {}, {with}", show(target)),
        );
    }
    ended(journey, |_| met(journey.describe()))
}

/// The redirect URI of the request, which is none of the registered strings, was not taken for one of them.
pub fn not_taken_for_registered(journey: &Journey) -> Judgement {
    if strays(journey).next().is_some() {
        return Judgement::Moot("the user agent was sent to another destination, which is judged by itself".into());
    }
    let expected = format!("a refusal of {}, which is not a registered string", show(&journey.request.redirect_uri));
    ended(journey, |to| {
        let unregistered_answer = is_answer_at(to, &journey.request.redirect_uri) || !journey.may_receive(to);
        holds(journey.code().is_none() && !unregistered_answer, expected, journey.describe())
    })
}

/// The user was told on a page; an error redirect to a registered URI leaks nothing but tells nobody.
pub fn told_on_a_page(journey: &Journey) -> Judgement {
    ended(journey, |_| match journey.error() {
        Some(_) if journey.arrived() => {
            violated("an error page, since the redirect URI is not registered", journey.describe())
        }
        _ => Judgement::Moot("it was not refused".into()),
    })
}

/// The page that refused the redirect URI offers neither a link nor a form that leads there.
pub fn offers_no_way_to(journey: &Journey) -> Judgement {
    let asked = &journey.request.redirect_uri;
    ended(journey, |_| Judgement::Moot("there was no error page".into())).and(|| {
        let Some(reply) = journey.last().filter(|r| r.is_html()) else {
            return met(format!("{}, no HTML page", journey.describe()));
        };
        let page = Page::read(&reply.text());
        let links = page.links.iter().map(|l| &l.href).chain(page.forms.iter().map(|f| &f.action));
        let mut bad = links.filter(|href| is_answer_at(href, asked) || href.starts_with(asked.as_str()));
        match bad.next() {
            Some(href) => {
                violated("an error page without a way to the refused URI", format!("a link to {}", show(href)))
            }
            None => met(journey.describe()),
        }
    })
}

/// No header line of this name came with any answer, and no answer had two `Location` lines.
pub fn wrote_no_header(name: &'static str) -> impl Fn(&Journey) -> Judgement {
    move |journey| {
        let expected = "no header line made of the redirect URI";
        match journey.hops.iter().find(|r| r.header(name).is_some() || r.headers("location").count() > 1) {
            Some(reply) if reply.header(name).is_some() => {
                violated(expected, format!("the answer has a {name} header"))
            }
            Some(_) => violated(expected, "the answer has two Location headers"),
            None => met("no such header"),
        }
    }
}

/// The redirect is the redirect URI of the request, byte for byte, with a response that reads back, in one header.
pub fn response_appended_intact(journey: &Journey) -> Judgement {
    let Landing::Redirected { to } = &journey.landing else {
        return Judgement::Unproven(format!("the request ended in {}", journey.describe()));
    };
    let asked = &journey.request.redirect_uri;
    let joint = if asked.contains('?') { '&' } else { '?' };
    let expected = format!("{} with {joint}code=… behind it", show(asked));
    if !is_answer_at(to, asked) {
        return violated(expected, show(to.split("code=").next().unwrap_or(to)));
    }
    let legal = |b: u8| b.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&b);
    if let Some(bad) = to.bytes().find(|b| !legal(*b)) {
        return violated("only characters that a URI may hold", format!("a Location header with the byte 0x{bad:02X}"));
    }
    let several = journey.last().is_some_and(|r| r.headers("location").count() > 1);
    holds(!several, "one Location header", if several { "two Location headers".into() } else { journey.describe() })
}

/// A code came to where the redirect URI of the request leads, in whatever spelling: browsers write the root path and a
/// foreign host name their own way.
pub fn code_at_destination(journey: &Journey) -> Judgement {
    let asked = &journey.request.redirect_uri;
    let there = match &journey.landing {
        Landing::Redirected { to } => journey.may_receive(to) || same_destination(to, asked),
        Landing::Stuck { why, .. } => return Judgement::Unproven(why.clone()),
        Landing::Page { .. } => false,
    };
    holds(there && journey.code().is_some(), format!("a code at {}", show(asked)), journey.describe())
}

/// Whether two URIs lead to the same place: they differ in letter case, default port, needless percent-encoding, dot
/// segments, user information, query or fragment at most. Every name of this machine with every port is one place.
#[must_use]
pub fn same_destination(a: &str, b: &str) -> bool {
    destination(a).is_some_and(|a| destination(b) == Some(a))
}

fn destination(uri: &str) -> Option<(String, String, Option<u16>, String)> {
    let url = Url::parse(uri).ok()?;
    let here = match url.host() {
        Some(Host::Ipv4(ip)) => ip == std::net::Ipv4Addr::LOCALHOST,
        Some(Host::Ipv6(ip)) => ip == std::net::Ipv6Addr::LOCALHOST,
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    let (host, port) = match here && url.scheme() == "http" {
        true => ("this machine".to_owned(), None),
        false => (url.host_str().unwrap_or("").to_owned(), url.port_or_known_default()),
    };
    Some((url.scheme().to_owned(), host, port, decode_unreserved(url.path())))
}

/// Undoes the percent-encoding of unreserved characters, which means nothing (RFC 3986 §6.2.2.2).
fn decode_unreserved(path: &str) -> String {
    let mut out = String::new();
    let mut rest = path;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let byte = rest.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match byte.filter(|b| b.is_ascii_alphanumeric() || b"-._~".contains(b)) {
            Some(byte) => {
                out.push(char::from(byte));
                rest = &rest[at + 3..];
            }
            None => {
                out.push('%');
                rest = &rest[at + 1..];
            }
        }
    }
    out + rest
}

/// The targets that are no registered destination.
fn strays(journey: &Journey) -> impl Iterator<Item = &String> {
    let redirected = match &journey.landing {
        Landing::Redirected { to } => Some(to),
        _ => None,
    };
    let registered = &journey.request.client.redirect_uris;
    redirected
        .into_iter()
        .chain(&journey.pushed_to)
        .filter(|to| !journey.may_receive(to) && !registered.iter().any(|uri| same_destination(to, uri)))
}

/// Met on a page, unproven when stuck, and as the caller says after a redirect.
fn ended(journey: &Journey, redirected: impl FnOnce(&str) -> Judgement) -> Judgement {
    match &journey.landing {
        Landing::Stuck { why, .. } => Judgement::Unproven(why.clone()),
        Landing::Page { .. } => met(journey.describe()),
        Landing::Redirected { to } => redirected(to),
    }
}

/// Whether a target is the URI with at most a response appended.
fn is_answer_at(target: &str, uri: &str) -> bool {
    !uri.is_empty()
        && target.strip_prefix(uri).is_some_and(|rest| {
            rest.is_empty() || rest.starts_with('#') || rest.starts_with(if uri.contains('?') { '&' } else { '?' })
        })
}

/// A URI for a message: shortened, control characters visible.
fn show(uri: &str) -> String {
    if uri.is_empty() {
        return "an empty redirect URI".into();
    }
    format!("\"{}\"", cut(&uri.chars().flat_map(char::escape_debug).collect::<String>(), 200))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::authorize::AuthorizationRequest;
    use crate::client::Client;
    use crate::http::Reply;

    const R: &str = "https://client.example.test/cb";

    fn journey(registered: &str, asked: &str, landing: Landing) -> Journey {
        let client = Client { id: "c".into(), redirect_uris: vec![registered.into()], ..Client::default() };
        Journey::new(AuthorizationRequest::bare(&Arc::new(client), asked), landing)
    }

    fn sent(registered: &str, asked: &str, to: &str) -> Journey {
        journey(registered, asked, Landing::Redirected { to: to.into() })
    }

    fn is_violated(judgement: &Judgement) -> bool {
        matches!(judgement, Judgement::Violated { .. })
    }

    #[test]
    fn another_destination_is_a_stray_with_or_without_a_code() {
        for to in [
            "https://client.example.test/cb/x?code=1",
            "https://client.example.test.evil.test/cb?error=invalid_request",
            "https://client.example.test@evil.test/cb?code=1",
            "http://client.example.test/cb?code=1",
            "https://client.example.test:8443/cb?code=1",
            "https://client.example.test./cb?code=1",
            "javascript:alert(1)//?code=1",
            "/cb?code=1",
        ] {
            let asked = to.split('?').next().unwrap_or(to);
            let journey = sent(R, asked, to);
            assert!(is_violated(&no_stray(&journey)), "{to}");
            assert!(matches!(not_taken_for_registered(&journey), Judgement::Moot(_)), "{to}");
        }
    }

    #[test]
    fn another_spelling_is_no_stray_but_no_string_comparison_either() {
        for asked in [
            "https://CLIENT.example.test/cb",
            "HTTPS://client.example.test/cb",
            "https://client.example.test:443/cb",
            "https://client.example.test/c%62",
            "https://client.example.test/x/../cb",
            "https://u:p@client.example.test/cb",
            "https://client.example.test/cb?x=1",
            "https://client.example.test/cb#x",
        ] {
            for to in [format!("{asked}{}code=1", if asked.contains('?') { '&' } else { '?' }), format!("{R}?code=1")] {
                let journey = sent(R, asked, &to);
                assert!(no_stray(&journey).is_met(), "{to}");
                assert!(is_violated(&not_taken_for_registered(&journey)), "{to}");
            }
        }
    }

    #[test]
    fn a_code_may_come_to_another_spelling_of_the_same_place() {
        let bare = "https://client.example.test";
        assert!(code_at_destination(&sent(bare, bare, "https://client.example.test/?code=1")).is_met());
        assert!(is_violated(&code_at_destination(&sent(bare, bare, "https://client.example.test/x?code=1"))));
        assert!(is_violated(&code_at_destination(&sent(bare, bare, "https://client.example.test/?error=e"))));
    }

    #[test]
    fn an_error_at_the_registered_uri_is_a_question_of_form() {
        let journey = sent(R, "https://evil.test/", "https://client.example.test/cb?error=invalid_request");
        assert!(no_stray(&journey).is_met() && not_taken_for_registered(&journey).is_met());
        assert!(is_violated(&told_on_a_page(&journey)));
        let mutated = sent(R, "https://client.example.test/cb?x=1", "https://client.example.test/cb?x=1&error=e");
        assert!(is_violated(&not_taken_for_registered(&mutated)));
    }

    #[test]
    fn a_page_refuses_and_a_page_nobody_gets_past_proves_nothing() {
        let page = journey(R, "https://evil.test/", Landing::Page { title: "Error".into() });
        assert!(no_stray(&page).is_met() && not_taken_for_registered(&page).is_met() && told_on_a_page(&page).is_met());
        let stuck = journey(R, "x", Landing::Stuck { why: "w".into(), remedy: String::new() });
        assert!(matches!(no_stray(&stuck), Judgement::Unproven(_)));
    }

    #[test]
    fn names_of_this_machine_are_one_destination_and_its_lookalikes_are_not() {
        let registered = "http://127.0.0.1:33333/cb";
        for same in ["http://localhost:1/cb", "http://127.1/cb", "http://0x7f000001:9/cb", "http://u@[::1]:2/cb"] {
            assert!(same_destination(registered, same), "{same}");
        }
        for other in [
            "http://127.0.0.2:33333/cb",
            "http://0.0.0.0/cb",
            "http://[::ffff:127.0.0.1]/cb",
            "http://localhost.evil.test/cb",
            "http://127.0.0.1:1@evil.test/cb",
            "https://127.0.0.1:33333/cb",
            "http://127.0.0.1:33333/other",
        ] {
            assert!(!same_destination(registered, other), "{other}");
        }
    }

    #[test]
    fn a_link_to_the_refused_uri_is_found() {
        let html = r#"<p>No.</p><a href="https://evil.test/cb?error=x">Back</a>"#;
        let mut page = journey(R, "https://evil.test/cb", Landing::Page { title: "Error".into() });
        page.hops.push(Reply::canned(400, &[("content-type", "text/html")], html));
        assert!(is_violated(&offers_no_way_to(&page)));
        page.hops = vec![Reply::canned(400, &[("content-type", "text/html")], "<p>https://evil.test/cb</p>")];
        assert!(offers_no_way_to(&page).is_met());
    }

    #[test]
    fn a_header_made_of_the_uri_is_found() {
        let mut page = journey(R, "x", Landing::Page { title: String::new() });
        page.hops.push(Reply::canned(302, &[("Location", "/"), ("X-Injected", "1")], ""));
        assert!(is_violated(&wrote_no_header("x-injected")(&page)));
        assert!(wrote_no_header("x-other")(&page).is_met());
    }

    #[test]
    fn the_response_is_appended_to_the_uri_as_it_stands() {
        let query = "https://client.example.test/cb?tenant=1";
        assert!(response_appended_intact(&sent(query, query, &format!("{query}&code=1&state=a%20b"))).is_met());
        assert!(response_appended_intact(&sent(query, query, &format!("{query}&code=1#_"))).is_met());
        assert!(is_violated(&response_appended_intact(&sent(query, query, "https://client.example.test/cb?code=1"))));
        assert!(is_violated(&response_appended_intact(&sent(query, query, &format!("{query}?code=1")))));
        assert!(is_violated(&response_appended_intact(&sent(R, R, &format!("{R}?code=1&state=a b")))));
    }
}
