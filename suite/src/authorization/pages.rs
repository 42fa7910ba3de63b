//! The pages on which a user signs in and agrees.

use proofmark_probe::form::Page;
use proofmark_probe::judge::{holds, met, violated};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, ClientKind, Judgement, Need, Probe, Profile, Reply, Steps, Stop};

use crate::requirements::oauth21::authorization::{FRAMING, FRAMING_BY_CSP, FRAMING_BY_HEADER};

/// The cases of this page.
pub static CASES: &[&Case] = &[&FRAMING_CASE];

static FRAMING_CASE: Case = Case {
    id: "as.pages.framing",
    title: "Login and consent pages cannot be framed by other sites",
    why: "A page under an invisible frame gets the user's clicks: she thinks she plays a game and presses \"Allow\".",
    area: Area::Consent,
    covers: &[&FRAMING, &FRAMING_BY_HEADER, &FRAMING_BY_CSP],
    needs: &[Need::CodeFlow],
    fresh_sign_ins: 1,
    body: |probe| Box::pin(framing(probe)),
    ..Case::PLAIN
};

async fn framing(probe: &mut Probe) -> Steps {
    let client = probe.client(ClientKind::Main).await?;
    let request = probe.authorization(&client).in_fresh_session().labelled("from a fresh browser");
    let journey = probe.walk(request).await?;
    let pages: Vec<_> = journey.hops.iter().filter(|r| is_acted_on(r, probe.profile())).cloned().collect();
    if pages.is_empty() {
        return Err(Stop::not_applicable("the authorization server shows no page on the way to a code"));
    }
    for (number, page) in pages.iter().enumerate() {
        let title = Page::read(&page.text()).title;
        probe.row(format!("page {}, \"{}\"", number + 1, proofmark_probe::http::cut(&title, 60)));
        probe.expect(&FRAMING, page, cannot_be_framed);
        probe.expect(&FRAMING_BY_HEADER, page, forbidden_by_header);
        probe.expect(&FRAMING_BY_CSP, page, forbidden_by_csp);
    }
    Ok(())
}

/// A page of the authorization server's own with a form to send.
fn is_acted_on(reply: &Reply, profile: &Profile) -> bool {
    let origin = |url: &str| url.split('/').take(3).collect::<Vec<_>>().join("/");
    let here = origin(&reply.request().url);
    let own = [&profile.issuer, &profile.endpoints.authorization, &profile.endpoints.token];
    reply.is_success()
        && reply.is_html()
        && own.iter().any(|url| origin(url) == here)
        && !Page::read(&reply.text()).forms.is_empty()
}

const EXPECTED: &str = "Content-Security-Policy with frame-ancestors, or X-Frame-Options: DENY or SAMEORIGIN";

fn cannot_be_framed(page: &Reply) -> Judgement {
    match by_header(page) {
        Some(seen) => met(seen),
        None if busts_frames(page) => met("a script leaves the frame"),
        None => violated(EXPECTED, "neither header, and no script that leaves a frame"),
    }
}

fn forbidden_by_header(page: &Reply) -> Judgement {
    match by_header(page) {
        Some(seen) => met(seen),
        None if busts_frames(page) => violated(EXPECTED, "a script alone"),
        None => Judgement::Moot("the page can be framed, which is judged by itself".into()),
    }
}

fn forbidden_by_csp(page: &Reply) -> Judgement {
    let seen = by_csp(page);
    holds(seen.is_some(), "frame-ancestors in a Content-Security-Policy", seen.unwrap_or_else(|| "none".into()))
}

fn by_header(page: &Reply) -> Option<String> {
    by_csp(page).or_else(|| {
        page.headers("x-frame-options")
            .find(|v| v.split(',').all(|v| ["deny", "sameorigin"].contains(&v.trim().to_ascii_lowercase().as_str())))
            .map(|v| format!("X-Frame-Options: {v}"))
    })
}

/// A `frame-ancestors` directive that does not let everyone in.
fn by_csp(page: &Reply) -> Option<String> {
    let policies: Vec<_> = page.headers("content-security-policy").collect();
    policies.iter().flat_map(|p| p.split([';', ','])).find_map(|directive| {
        let mut words = directive.split_whitespace();
        let named = words.next().is_some_and(|name| name.eq_ignore_ascii_case("frame-ancestors"));
        let open = words.any(|source| ["*", "http:", "https:"].contains(&source.to_ascii_lowercase().as_str()));
        (named && !open).then(|| format!("Content-Security-Policy: {}", directive.trim()))
    })
}

/// Whether a script compares the window with the topmost one.
fn busts_frames(page: &Reply) -> bool {
    let text: String = page.text().chars().filter(|c| !c.is_whitespace()).collect();
    ["self!=top", "self!==top", "top!=self", "top!==self", "top.location", "window.top!="]
        .iter()
        .any(|s| text.contains(s))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(headers: &[(&str, &str)], body: &str) -> Reply {
        Reply::canned(200, headers, body)
    }

    #[test]
    fn either_header_forbids_framing_and_open_values_do_not() {
        for header in [
            ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
            ("Content-Security-Policy", "Frame-Ancestors 'self'"),
            ("X-Frame-Options", "SAMEORIGIN"),
            ("X-Frame-Options", "deny"),
        ] {
            assert!(cannot_be_framed(&page(&[header], "")).is_met(), "{header:?}");
        }
        for header in [
            ("Content-Security-Policy", "default-src 'none'"),
            ("Content-Security-Policy", "frame-ancestors *"),
            ("Content-Security-Policy-Report-Only", "frame-ancestors 'none'"),
            ("X-Frame-Options", "ALLOW-FROM https://h"),
        ] {
            assert!(!cannot_be_framed(&page(&[header], "")).is_met(), "{header:?}");
        }
    }

    #[test]
    fn a_script_alone_is_weak() {
        let busted = page(&[], "<script>if (self !== top) { top.location = self.location }</script>");
        assert!(cannot_be_framed(&busted).is_met());
        assert!(!forbidden_by_header(&busted).is_met());
    }
}
