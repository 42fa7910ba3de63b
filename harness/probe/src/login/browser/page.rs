//! The page in the browser's window, read as the form driver reads HTML, with handles by which it is acted on.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::driver::Driver;
use crate::case::Stop;
use crate::form::Page;
use crate::login::decide::{Deed, Kind};
use crate::login::{fill, place, rules};
use crate::settings::LoginStep;

/// How WebDriver marks the reference of an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// The key that sends a form (U+E007 is Enter).
const ENTER: &str = "\u{e007}";

/// A page with its elements.
#[derive(Debug, Clone)]
pub(super) struct Live {
    pub(super) page: Page,
    pub(super) url: Url,
    /// Whether the document has been loaded.
    pub(super) ready: bool,
    handles: BTreeMap<usize, String>,
}

#[derive(Deserialize)]
struct Read {
    ready: String,
    url: String,
    page: Page,
    handles: BTreeMap<usize, Value>,
}

impl Live {
    /// Reads the page; `None` while one page gives way to the next.
    pub(super) async fn read(driver: &Driver, steps: &[LoginStep]) -> Result<Option<Self>, Stop> {
        let value = match driver.script(include_str!("page.js"), vec![json!(rules::selectors(steps))]).await {
            Ok(value) => value,
            // The page that was asked has just gone.
            Err(Stop::Error { why }) if ["javascript error", "stale", "no such"].iter().any(|w| why.contains(w)) => {
                return Ok(None);
            }
            Err(stop) => return Err(stop),
        };
        let Ok(Read { ready, url, page, handles }) = serde_json::from_value(value) else { return Ok(None) };
        let Ok(url) = Url::parse(&url) else { return Ok(None) };
        let handle = |(at, value): (usize, Value)| Some((at, value.get(ELEMENT)?.as_str()?.to_owned()));
        let handles = handles.into_iter().filter_map(handle).collect();
        Ok(Some(Live { page, url, ready: ready != "loading", handles }))
    }

    /// What tells this state of the page from another; what was typed does not.
    pub(super) fn look(&self) -> String {
        let mut page = self.page.clone();
        page.forms.iter_mut().flat_map(|f| &mut f.fields).for_each(|f| f.value.clear());
        format!("{} {page:?}", self.url)
    }

    /// Fills and presses; `Err` says what could not be done.
    pub(super) async fn act(
        &self,
        driver: &Driver,
        deed: &Deed,
        values: &[(usize, String)],
    ) -> Result<Result<(), String>, Stop> {
        let mut last = None;
        for (at, text) in values {
            let Some((field, handle)) = self.field(*at) else { continue };
            let done = match field.kind.as_str() {
                "checkbox" | "radio" if field.ticked == fill::unticks(text) => press(driver, handle).await?,
                "checkbox" | "radio" => Ok(()),
                "select" => select(driver, handle, text).await?,
                _ => type_in(driver, handle, text).await?,
            };
            if let Err(why) = done {
                return Ok(Err(format!("the field \"{}\" could not be filled: {why}", field.name)));
            }
            last = Some(handle);
        }
        let form = deed.form.and_then(|f| self.page.forms.get(f));
        if deed.kind == Kind::Consent && !deed.denies {
            // Consent pages list what is granted in boxes.
            let boxes = form.into_iter().flat_map(|f| &f.fields).filter(|f| f.kind == "checkbox" && !f.ticked);
            for field in boxes.filter(|f| values.iter().all(|(at, _)| *at != f.at)) {
                if let Some(handle) = self.handles.get(&field.at) {
                    // One that cannot be ticked is left.
                    let _ = press(driver, handle).await?;
                }
            }
        }
        let pressed = match (deed.press.and_then(|at| self.handles.get(&at)), last) {
            (Some(handle), _) => press(driver, handle).await?,
            (None, Some(handle)) => driver.touch(handle, "value", json!({"text": ENTER})).await?,
            (None, None) => Err("there is nothing to press".into()),
        };
        Ok(pressed.map_err(|why| format!("{} could not be pressed: {why}", self.named(deed))))
    }

    fn field(&self, at: usize) -> Option<(&crate::form::Field, &String)> {
        let field = self.page.forms.iter().flat_map(|f| &f.fields).find(|f| f.at == at)?;
        Some((field, self.handles.get(&at)?))
    }

    fn named(&self, deed: &Deed) -> String {
        let buttons = self.page.forms.iter().flat_map(|f| &f.buttons).map(|b| (b.at, &b.label));
        let mut all = buttons.chain(self.page.links.iter().map(|l| (l.at, &l.label)));
        let label = all.find(|(at, _)| Some(*at) == deed.press).map(|(_, label)| label.as_str());
        label.map_or_else(|| "what the rule names".into(), |l| format!("\"{}\"", crate::http::cut(l, 60)))
    }

    /// The page in words.
    pub(super) fn place(&self) -> String {
        place(&self.page, &self.url)
    }
}

async fn press(driver: &Driver, handle: &str) -> Result<Result<(), String>, Stop> {
    let pressed = driver.touch(handle, "click", json!({})).await?;
    if pressed.is_ok() {
        return Ok(pressed);
    }
    // Something lies over it, such as a banner. A person would scroll or move it away.
    let script = "arguments[0].click()";
    Ok(match driver.script(script, vec![json!({ELEMENT: handle})]).await {
        Ok(_) => Ok(()),
        Err(_) => pressed,
    })
}

async fn type_in(driver: &Driver, handle: &str, text: &str) -> Result<Result<(), String>, Stop> {
    if let Err(why) = driver.touch(handle, "clear", json!({})).await? {
        return Ok(Err(why));
    }
    driver.touch(handle, "value", json!({"text": text})).await
}

async fn select(driver: &Driver, handle: &str, value: &str) -> Result<Result<(), String>, Stop> {
    const SCRIPT: &str = "const [e, v] = arguments; \
        const o = [...e.options].find(o => o.value === v || o.text.trim() === v); if (!o) return false; \
        e.value = o.value; e.dispatchEvent(new Event('input', {bubbles: true})); \
        e.dispatchEvent(new Event('change', {bubbles: true})); return true";
    let done = driver.script(SCRIPT, vec![json!({ELEMENT: handle}), json!(value)]).await?;
    Ok(if done == json!(true) { Ok(()) } else { Err(format!("it has no choice \"{value}\"")) })
}
