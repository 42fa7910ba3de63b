//! Rules for pages of the sign-in, as the user wrote them down ([`LoginStep`]).

use scraper::Selector;
use url::Url;

use crate::form::{Button, Page};
use crate::settings::LoginStep;

impl LoginStep {
    /// Checks that the rule can match and do something.
    ///
    /// # Errors
    /// Names the member and what is wrong with it.
    pub fn check(&self) -> Result<(), String> {
        for (member, selector) in [("selector", &self.selector), ("wait", &self.wait)] {
            if let Some(selector) = selector.as_ref().filter(|s| Selector::parse(s).is_err()) {
                return Err(format!("{member}: '{selector}' is no CSS selector"));
            }
        }
        if self.fill.is_empty() && [&self.click, &self.deny, &self.wait].iter().all(|m| m.is_none()) {
            return Err("the rule does nothing: give it fill, click, deny or wait".into());
        }
        Ok(())
    }

    /// Whether the rule is about this page.
    pub(crate) fn matches(&self, page: &Page, url: &Url) -> bool {
        let bare = url.as_str().split(['?', '#']).next().unwrap_or_default();
        let by_url = |glob: &String| [url.as_str(), bare, url.path()].iter().any(|u| glob_matches(glob, u));
        let there = |selector: &String| page.found.get(selector).is_some_and(|f| !f.is_empty());
        self.url.as_ref().is_none_or(by_url)
            && self.title.as_ref().is_none_or(|t| page.title.to_lowercase().contains(&t.to_lowercase()))
            && self.selector.as_ref().is_none_or(there)
    }

    /// The rule in a few words, for messages.
    pub(crate) fn name(&self) -> String {
        let parts = [("url", &self.url), ("title", &self.title), ("selector", &self.selector)];
        let parts: Vec<_> = parts.iter().filter_map(|(n, v)| Some(format!("{n} = \"{}\"", v.as_ref()?))).collect();
        if parts.is_empty() { "for every page".into() } else { format!("with {}", parts.join(", ")) }
    }
}

/// Everything in the rules that may be a CSS selector, so that a page can be asked for it.
pub(crate) fn selectors(steps: &[LoginStep]) -> Vec<&str> {
    let mut all = Vec::new();
    for step in steps {
        all.extend([&step.selector, &step.click, &step.deny, &step.wait].into_iter().flatten().map(String::as_str));
        all.extend(step.fill.iter().map(|(name, _)| name.as_str()));
    }
    all.retain(|s| Selector::parse(s).is_ok());
    all.sort_unstable();
    all.dedup();
    all
}

/// Whether a text is what a pattern says, where `*` stands for anything.
fn glob_matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<_> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Something on a page that can be pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Target {
    /// The form it belongs to.
    pub(crate) form: Option<usize>,
    /// The number of the element.
    pub(crate) at: usize,
}

/// What a rule wants pressed: a button or link of this name, value or label, or one that a selector finds.
pub(crate) fn target(page: &Page, wanted: &str) -> Option<Target> {
    let buttons = || page.forms.iter().enumerate().flat_map(|(i, f)| f.buttons.iter().map(move |b| (i, b)));
    let of_button = |(form, button): (usize, &Button)| Target { form: Some(form), at: button.at };
    let exact = buttons().find(|(_, b)| [&b.name, &b.value, &b.label].into_iter().any(|t| t == wanted));
    let link = |wanted: &dyn Fn(&str) -> bool| {
        page.links.iter().find(|l| wanted(&l.label)).map(|l| Target { form: None, at: l.at })
    };
    let by_selector = || {
        let at = *page.found.get(wanted)?.first()?;
        Some(buttons().find(|(_, b)| b.at == at).map_or(Target { form: None, at }, of_button))
    };
    exact
        .map(of_button)
        .or_else(|| link(&|label| label == wanted))
        .or_else(by_selector)
        .or_else(|| buttons().find(|(_, b)| b.label.contains(wanted)).map(of_button))
        .or_else(|| link(&|label| label.contains(wanted)))
}

/// The field that a rule names: by its name, or by a selector.
pub(crate) fn field(page: &Page, wanted: &str) -> Option<Target> {
    let fields = || page.forms.iter().enumerate().flat_map(|(i, f)| f.fields.iter().map(move |field| (i, field)));
    let found = page.found.get(wanted).and_then(|f| f.first()).copied();
    fields()
        .find(|(_, f)| f.name == wanted)
        .or_else(|| fields().find(|(_, f)| Some(f.at) == found))
        .map(|(form, f)| Target { form: Some(form), at: f.at })
}

/// What can be filled and pressed on a page, for messages.
pub(crate) fn inventory(page: &Page) -> String {
    let quoted = |texts: Vec<&str>| {
        let mut texts: Vec<_> = texts.into_iter().filter(|t| !t.is_empty()).collect();
        texts.truncate(12);
        texts.iter().map(|t| format!("\"{}\"", crate::http::cut(t, 40))).collect::<Vec<_>>().join(", ")
    };
    let all = || page.forms.iter().flat_map(|f| &f.fields).filter(|f| f.kind != "hidden");
    let fields = quoted(all().map(|f| f.name.as_str()).collect());
    let all = || page.forms.iter().flat_map(|f| &f.buttons);
    let buttons = quoted(all().map(|b| if b.label.is_empty() { b.name.as_str() } else { b.label.as_str() }).collect());
    let links = quoted(page.links.iter().map(|l| l.label.as_str()).collect());
    let parts = [("the fields", fields), ("the buttons", buttons), ("the links", links)];
    let parts: Vec<_> = parts.iter().filter(|(_, t)| !t.is_empty()).map(|(n, t)| format!("{n} {t}")).collect();
    if parts.is_empty() { "neither fields nor buttons".into() } else { parts.join("; ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r##"<title>Sign in to Acme</title><form id=f><input name=who><input id=pin type=password>
        <button name=go value=1>Next step</button></form><a href="#" class=no>Not now</a><div class=ok>OK</div>"##;

    fn step() -> LoginStep {
        LoginStep::default()
    }

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, text, is) in [
            ("*", "", true),
            ("*/login", "https://h/login", true),
            ("https://*.h/*", "https://a.h/x", true),
            ("https://*.h/*", "https://a.i/x", false),
            ("/a*b*c", "/abc", true),
            ("/a*b*c", "/acb", false),
            ("/ab", "/abc", false),
            ("*aa", "a", false),
        ] {
            assert_eq!(glob_matches(pattern, text), is, "{pattern} {text}");
        }
    }

    #[test]
    fn a_rule_matches_by_url_title_and_selector_together() {
        let url = Url::parse("https://id.example.test/login?x=1").expect("a URL");
        let page = Page::read_for(PAGE, &["#pin"]);
        let good = [
            step(),
            LoginStep { url: Some("https://id.example.test/login".into()), ..step() },
            LoginStep { url: Some("*x=1".into()), ..step() },
            LoginStep { url: Some("/login".into()), title: Some("acme".into()), ..step() },
            LoginStep { selector: Some("#pin".into()), ..step() },
        ];
        assert!(good.iter().all(|s| s.matches(&page, &url)));
        let bad = [
            LoginStep { url: Some("/consent".into()), ..step() },
            LoginStep { url: Some("/login".into()), title: Some("Other".into()), ..step() },
            LoginStep { selector: Some("#otp".into()), ..step() },
        ];
        assert!(!bad.iter().any(|s| s.matches(&page, &url)));
    }

    #[test]
    fn what_a_rule_names_is_found_by_name_value_label_or_selector() {
        let page = Page::read_for(PAGE, &["#f button", ".no", ".ok", "#pin"]);
        let button = page.forms[0].buttons[0].at;
        for wanted in ["go", "1", "Next step", "#f button", "Next"] {
            assert_eq!(target(&page, wanted), Some(Target { form: Some(0), at: button }), "{wanted}");
        }
        assert_eq!(target(&page, "Not now"), target(&page, ".no"));
        assert_eq!(target(&page, ".ok").map(|t| t.form), Some(None));
        assert_eq!(target(&page, "Send"), None);
        assert_eq!(field(&page, "#pin").map(|t| t.at), Some(page.forms[0].fields[1].at));
        assert!(field(&page, "who").is_some() && field(&page, "where").is_none());
        assert_eq!(inventory(&page), "the fields \"who\"; the buttons \"Next step\"; the links \"Not now\"");
    }

    #[test]
    fn a_rule_that_cannot_work_says_why() {
        let bad = |step: LoginStep| step.check().expect_err("a bad rule");
        assert!(bad(LoginStep { selector: Some("[[".into()), ..step() }).starts_with("selector: '[['"));
        assert!(bad(LoginStep { wait: Some("a:".into()), click: Some("x".into()), ..step() }).starts_with("wait:"));
        assert!(bad(step()).contains("does nothing"));
        assert_eq!(LoginStep { click: Some("Weiter!".into()), ..step() }.check(), Ok(()));
    }
}
