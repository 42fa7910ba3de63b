//! HTML pages of a sign-in, reduced to what a person would do with them: forms to fill, buttons to press, links to
//! follow, and navigation that happens by itself.

mod parts;

use std::collections::{BTreeMap, HashMap};

pub use parts::{Button, Field, Form, Link};
use scraper::{ElementRef, Html, Selector};
use serde::Deserialize;

/// How much of a page is read: more than any sign-in needs.
const MOST_HTML: usize = 256 << 10;
/// How many tags may be open at once. The effort of reading grows with the depth at every tag.
const MOST_OPEN: usize = 2000;
/// How many characters of a page's text are kept.
const MOST_TEXT: usize = 400;

/// A page. Its elements are known by their number in document order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Page {
    /// The title, or the first heading.
    pub title: String,
    /// The visible text, shortened.
    pub text: String,
    /// The forms in order.
    pub forms: Vec<Form>,
    /// The links.
    pub links: Vec<Link>,
    /// The elements that match the selectors that were asked for.
    pub found: BTreeMap<String, Vec<usize>>,
    /// Where the page goes by itself: `meta refresh`, a script that assigns `location`.
    pub refresh: Option<String>,
    /// Whether a script submits a form without being asked.
    pub submits_itself: bool,
}

impl Page {
    /// Reads a page.
    #[must_use]
    pub fn read(html: &str) -> Self {
        Page::read_for(html, &[])
    }

    /// Reads a page and finds what matches the selectors.
    #[must_use]
    pub fn read_for(html: &str, selectors: &[&str]) -> Self {
        let document = Html::parse_document(bounded(html));
        let elements = document.tree.root().descendants().filter(|n| n.value().is_element());
        let numbers: HashMap<_, _> = elements.enumerate().map(|(at, node)| (node.id(), at)).collect();
        let number = |e: ElementRef<'_>| numbers.get(&e.id()).copied().unwrap_or_default();
        let text_of = |selector: &str| {
            select(&document, selector)
                .first()
                .map(|e| squeeze(&e.text().collect::<String>()))
                .filter(|t| !t.is_empty())
        };
        Page {
            title: text_of("title").or_else(|| text_of("h1")).or_else(|| text_of("h2")).unwrap_or_default(),
            text: visible_text(&document),
            forms: select(&document, "form").into_iter().map(|f| form(f, &number)).collect(),
            links: select(&document, "a[href]")
                .into_iter()
                .map(|a| Link {
                    at: number(a),
                    href: attribute(a, "href"),
                    label: squeeze(&a.text().collect::<String>()),
                })
                .collect(),
            found: selectors
                .iter()
                .map(|s| ((*s).to_owned(), select(&document, s).into_iter().map(number).collect()))
                .collect(),
            // On a page that can be used, a script that assigns `location` waits for somebody to press something.
            refresh: meta_refresh(&document).or_else(|| script_location(&document).filter(|_| !is_usable(&document))),
            submits_itself: select(&document, "script").iter().any(|s| s.text().any(|t| t.contains(".submit()")))
                || select(&document, "body[onload]").iter().any(|b| attribute(*b, "onload").contains("submit")),
        }
    }

    /// The link that says no.
    #[must_use]
    pub fn deny_link(&self) -> Option<&Link> {
        self.links.iter().find(|link| {
            let label = link.label.to_lowercase();
            ["deny", "cancel", "reject", "decline", "abort"].iter().any(|w| label.contains(w))
        })
    }
}

/// The part of a page that can be read in bounded time.
fn bounded(html: &str) -> &str {
    let mut open = 0_usize;
    for (at, _) in html.match_indices('<') {
        match html.as_bytes().get(at + 1) {
            Some(b'/') => open = open.saturating_sub(1),
            Some(byte) if byte.is_ascii_alphabetic() => open += 1,
            _ => {}
        }
        if at > MOST_HTML || open > MOST_OPEN {
            return &html[..at];
        }
    }
    html
}

fn select<'a>(document: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    Selector::parse(selector).map(|s| document.select(&s).collect()).unwrap_or_default()
}

fn within<'a>(element: ElementRef<'a>, selector: &str) -> Vec<ElementRef<'a>> {
    Selector::parse(selector).map(|s| element.select(&s).collect()).unwrap_or_default()
}

fn attribute(element: ElementRef<'_>, name: &str) -> String {
    element.value().attr(name).unwrap_or("").trim().to_owned()
}

fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The beginning of the text that a person sees.
fn visible_text(document: &Html) -> String {
    let mut words = String::new();
    let mut next = Some(document.tree.root());
    while let Some(node) = next.filter(|_| words.len() <= MOST_TEXT * 4) {
        let value = node.value();
        let hidden = value.as_element().is_some_and(|e| ["script", "style", "head", "noscript"].contains(&e.name()));
        for word in value.as_text().into_iter().flat_map(|t| t.split_whitespace()) {
            words.push_str(word);
            words.push(' ');
        }
        let below = if hidden { None } else { node.first_child() };
        next = below.or_else(|| node.next_sibling()).or_else(|| node.ancestors().find_map(|n| n.next_sibling()));
    }
    crate::http::cut(words.trim_end(), MOST_TEXT)
}

fn form(element: ElementRef<'_>, number: &impl Fn(ElementRef<'_>) -> usize) -> Form {
    let mut fields = Vec::new();
    let mut buttons = Vec::new();
    for input in within(element, "input, select, textarea, button") {
        let (at, name, value) = (number(input), attribute(input, "name"), attribute(input, "value"));
        let kind = attribute(input, "type").to_lowercase();
        let action = input.value().attr("formaction").map(ToOwned::to_owned);
        match input.value().name() {
            "button" if kind.is_empty() || kind == "submit" => {
                buttons.push(Button { at, name, value, label: squeeze(&input.text().collect::<String>()), action });
            }
            "input" if kind == "submit" || kind == "image" => {
                buttons.push(Button { at, name, label: value.clone(), value, action });
            }
            "input" if kind == "button" || kind == "reset" => {}
            "button" => {}
            "select" => {
                let options = within(input, "option");
                let chosen = options.iter().find(|o| o.value().attr("selected").is_some()).or(options.first());
                let value = chosen.map(|o| attribute(*o, "value")).unwrap_or_default();
                fields.push(Field { at, name, kind: "select".into(), value, ticked: true, hints: hints(input) });
            }
            "textarea" => {
                let value = input.text().collect();
                fields.push(Field { at, name, kind: "textarea".into(), value, ticked: true, hints: hints(input) });
            }
            _ => fields.push(Field {
                at,
                name,
                kind: if kind.is_empty() { "text".into() } else { kind },
                value: input.value().attr("value").unwrap_or("").to_owned(),
                ticked: input.value().attr("checked").is_some(),
                hints: hints(input),
            }),
        }
    }
    Form {
        action: attribute(element, "action"),
        post: attribute(element, "method").eq_ignore_ascii_case("post"),
        loose: false,
        fields,
        buttons,
    }
}

/// What a field says about itself besides its name.
fn hints(input: ElementRef<'_>) -> String {
    ["id", "autocomplete", "placeholder", "aria-label"].map(|a| attribute(input, a)).join(" ").to_lowercase()
}

fn meta_refresh(document: &Html) -> Option<String> {
    select(document, "meta[http-equiv]")
        .into_iter()
        .filter(|m| attribute(*m, "http-equiv").eq_ignore_ascii_case("refresh"))
        .find_map(|m| refresh_target(&attribute(m, "content")))
}

/// The target in the value of a `Refresh` header or its `meta` twin.
#[must_use]
pub fn refresh_target(content: &str) -> Option<String> {
    let (_, url) = content.split_once([';', ','])?;
    let url = url.trim();
    let url = if url.get(..4).is_some_and(|u| u.eq_ignore_ascii_case("url=")) { &url[4..] } else { url };
    Some(url.trim().trim_matches(['"', '\'']).to_owned()).filter(|u| !u.is_empty())
}

/// Whether there is something to fill or press.
fn is_usable(document: &Html) -> bool {
    !select(document, "button, input:not([type=hidden]), select, textarea, [onclick], [role=button]").is_empty()
}

/// The target of `location = "…"`, `location.href = "…"`, `location.replace("…")` or `location.assign("…")`.
fn script_location(document: &Html) -> Option<String> {
    select(document, "script").into_iter().find_map(|script| {
        let text: String = script.text().collect();
        let after = &text[text.find("location")? + "location".len()..];
        let after = after.strip_prefix(".href").unwrap_or(after).trim_start();
        let after = after
            .strip_prefix(".replace(")
            .or_else(|| after.strip_prefix(".assign("))
            .or_else(|| after.strip_prefix('=').filter(|a| !a.starts_with('=')))?
            .trim_start();
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let target = after[1..].split(quote).next()?;
        Some(target.replace("\\/", "/").replace("\\u0026", "&").replace("&amp;", "&")).filter(|t| !t.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOGIN: &str = r#"<html><head><title> Sign
        in </title><script>var x = 1;</script></head><body><p>Hello</p>
        <form method="POST" action="/login"><input type="hidden" name="csrf" value="a b">
        <input name="login"><input type=password name=password><input type="checkbox" name="remember">
        <button type="submit">Sign-in</button></form><a href="/abort">[ Cancel ]</a></body></html>"#;

    #[test]
    fn a_login_page_is_read_as_a_person_reads_it() {
        let page = Page::read(LOGIN);
        assert_eq!((page.title.as_str(), page.text.contains("var x")), ("Sign in", false));
        let form = &page.forms[0];
        assert!(form.post && form.asks_password());
        assert_eq!(form.user_field().map(|f| f.name.as_str()), Some("login"));
        assert_eq!(form.fields[0].value, "a b");
        assert_eq!(page.deny_link().map(|l| l.href.as_str()), Some("/abort"));
    }

    #[test]
    fn elements_are_known_by_their_number_and_found_by_selector() {
        let page = Page::read_for(LOGIN, &["input[type=password]", "a", "nothing", "[["]);
        let password = &page.forms[0].fields[2];
        assert_eq!(page.found["input[type=password]"], [password.at]);
        assert_eq!(page.found["a"], [page.links[0].at]);
        assert!(page.found["nothing"].is_empty() && page.found["[["].is_empty());
    }

    #[test]
    fn fields_say_what_they_want() {
        let page = Page::read(
            r#"<form><input name=q><input name=x autocomplete="one-time-code"><input name=otp><input name=postcode>
               <input name=code>
               <input type=email name=e id=user-email></form>"#,
        );
        let form = &page.forms[0];
        assert_eq!(form.code_field(false).map(|f| f.name.as_str()), Some("x"));
        assert_eq!(form.user_field().map(|f| f.name.as_str()), Some("e"));
        let wants: Vec<_> = form.fields.iter().map(|f| f.wants_code(true)).collect();
        assert_eq!(wants, [false, true, true, false, true, false]);
    }

    #[test]
    fn buttons_say_yes_or_no() {
        let page = Page::read(
            r#"<form><button name="decision" value="deny">Deny</button><button name="decision" value="approve">Approve</button>
               <input type="submit" name="allow" value="Authorize"><button type="button">Authorize nothing</button></form>"#,
        );
        let says: Vec<_> = page.forms[0].buttons.iter().map(|b| (b.allows(), b.denies())).collect();
        assert_eq!(says, [(false, true), (true, false), (true, false)]);
    }

    #[test]
    fn navigation_that_happens_by_itself_is_seen() {
        let refresh = Page::read(r#"<meta http-equiv="Refresh" content="0; URL='https://h/cb?code=1'">"#);
        assert_eq!(refresh.refresh.as_deref(), Some("https://h/cb?code=1"));
        let script = Page::read(r#"<script>window.location.href = "https:\/\/h\/cb?code=1\u0026state=2";</script>"#);
        assert_eq!(script.refresh.as_deref(), Some("https://h/cb?code=1&state=2"));
        assert_eq!(Page::read("<script>if (location == 'x') {}</script>").refresh, None);
        let handler = "<button id=b>Go</button><script>b.onclick = () => { location.href = '/x' }</script>";
        assert_eq!(Page::read(handler).refresh, None);
        assert!(Page::read("<body onload='document.forms[0].submit()'><form></form>").submits_itself);
    }

    #[test]
    fn hostile_pages_are_only_text() {
        for html in ["", "<form", "<form><input name=\"", "\u{0}<meta http-equiv=refresh>", "<script>location</script>"]
        {
            let _ = Page::read(html);
        }
    }
}
