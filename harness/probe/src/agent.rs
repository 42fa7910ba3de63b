//! The user agent: it keeps cookies as a browser does, reads redirects one by one, fills login and consent pages, and
//! stops where the authorization server sends it away.

use cookie_store::CookieStore;
use url::Url;

use crate::authorize::{AuthorizationRequest, Journey, Landing};
use crate::case::Stop;
use crate::form::{Button, Form, Page, refresh_target};
use crate::http::{HttpRequest, Reply, cut};
use crate::params::Params;
use crate::recorder::Recorder;
use crate::settings::{LoginStep, Settings};

/// More steps than any sign-in needs.
const MOST_STEPS: usize = 16;

/// Where the agent may go on by itself.
pub trait Territory {
    /// Whether an origin belongs to the sign-in.
    fn holds(&self, origin: &str) -> bool;
    /// Takes an origin in that an unmodified request led to, e.g. an upstream identity provider; `false` refuses it.
    fn annex(&self, origin: &str) -> bool;
}

/// A user agent with a cookie jar of its own.
#[derive(Debug, Default)]
pub struct UserAgent {
    cookies: CookieStore,
}

/// What a page makes a person do.
enum Move {
    Send(HttpRequest),
    Stay(String),
    Stuck { why: String, remedy: String },
}

impl UserAgent {
    /// A browser that has never been anywhere.
    #[must_use]
    pub fn new() -> Self {
        UserAgent::default()
    }

    /// Follows an authorization request to its end.
    ///
    /// # Errors
    /// When a request cannot be sent or is not answered.
    pub async fn walk(
        &mut self,
        recorder: &Recorder,
        settings: &Settings,
        territory: &impl Territory,
        case: Option<&str>,
        endpoint: &str,
        request: AuthorizationRequest,
    ) -> Result<Journey, Stop> {
        let mut next = request.request(endpoint);
        let mut journey = Journey {
            request,
            hops: Vec::new(),
            landing: Landing::Page { title: String::new() },
            pushed_to: Vec::new(),
        };
        let mut passwords = 0;
        for _ in 0..MOST_STEPS {
            let Ok(here) = Url::parse(&next.url) else {
                return Err(Stop::blocked(format!("the sign-in leads to an invalid URL: {}", cut(&next.url, 200))));
            };
            let reply = self.send(recorder, case, &here, next.clone()).await?;
            journey.hops.push(reply.clone());
            if let Some(location) = redirect(&reply) {
                if let Some(there) = self.stay_inside(&journey, territory, &here, &location) {
                    next = follow(&reply, &next, there);
                    continue;
                }
                journey.landing = Landing::Redirected { to: location };
                return Ok(journey);
            }
            let page = if reply.is_html() { Page::read(&reply.text()) } else { Page::default() };
            let by_itself = page.refresh.clone().or_else(|| refresh_target(&reply.header("refresh")?));
            if let Some(target) = &by_itself {
                if let Some(there) = self.stay_inside(&journey, territory, &here, target) {
                    next = visit("page that goes on by itself", &there);
                    continue;
                }
                journey.landing = Landing::Redirected { to: target.clone() };
                return Ok(journey);
            }
            if page.submits_itself
                && let Some(form) = page.forms.first()
                && self.stay_inside(&journey, territory, &here, &form.action).is_none()
            {
                // form_post: the parameters travel in the body; as a URL they can be judged like any other response.
                let fields: Params = form.fields.iter().map(|f| (f.name.as_str(), f.value.as_str())).collect();
                let mark = if form.action.contains('?') { '&' } else { '?' };
                journey.landing = Landing::Redirected { to: format!("{}{mark}{}", form.action, fields.encode()) };
                return Ok(journey);
            }
            match decide(&page, &reply, &here, settings, &journey.request, &mut passwords) {
                Move::Send(request) => next = request,
                Move::Stay(title) => {
                    journey.landing = Landing::Page { title };
                    return Ok(journey);
                }
                Move::Stuck { why, remedy } => {
                    journey.landing = Landing::Stuck { why, remedy };
                    return Ok(journey);
                }
            }
        }
        let why = format!("the sign-in did not end within {MOST_STEPS} steps");
        journey.landing = if journey.hops.iter().all(|hop| redirect(hop).is_some()) {
            Landing::Stuck { why: format!("{why}: each was a redirect to the next"), remedy: String::new() }
        } else {
            let remedy = "describe its pages with [[login.step]] rules in the configuration".into();
            Landing::Stuck { why, remedy }
        };
        Ok(journey)
    }

    async fn send(
        &mut self,
        recorder: &Recorder,
        case: Option<&str>,
        here: &Url,
        mut request: HttpRequest,
    ) -> Result<Reply, Stop> {
        let cookies: Vec<_> = self.cookies.get_request_values(here).map(|(n, v)| format!("{n}={v}")).collect();
        if !cookies.is_empty() {
            request = request.with_header("Cookie", &cookies.join("; "));
        }
        if request.method == "POST" {
            request = request.with_header("Origin", &here.origin().ascii_serialization());
        }
        let reply = recorder.send(case, request).await?;
        for cookie in reply.headers("set-cookie") {
            // A cookie that a browser would not take is not taken here either.
            let _ = self.cookies.parse(&cookie, here);
        }
        Ok(reply)
    }

    /// The URL to go on to, or `None` when the target is outside the authorization server.
    fn stay_inside(&self, journey: &Journey, territory: &impl Territory, here: &Url, target: &str) -> Option<Url> {
        if journey.may_receive(target) || is_asked_for(target, &journey.request.redirect_uri) {
            return None;
        }
        let there = here.join(target).ok().filter(|u| matches!(u.scheme(), "http" | "https"))?;
        let origin = there.origin().ascii_serialization();
        (territory.holds(&origin) || territory.annex(&origin)).then_some(there)
    }
}

/// Whether a target is the redirect URI of the request, however unlawful that is.
fn is_asked_for(target: &str, asked: &str) -> bool {
    let base = |uri: &str| Url::parse(uri).ok().map(|u| (u.origin(), u.path().to_owned()));
    if asked.is_empty() {
        return false;
    }
    // A relative URI must match to its end: much of what a server redirects to within itself begins with a slash.
    let rest = target.strip_prefix(asked);
    if !asked.contains(':') {
        return rest.is_some_and(|r| r.is_empty() || r.starts_with(['?', '&', '#']));
    }
    rest.is_some() || base(asked).is_some_and(|a| base(target) == Some(a))
}

fn redirect(reply: &Reply) -> Option<String> {
    matches!(reply.status(), 301 | 302 | 303 | 307 | 308).then(|| reply.header("location")).flatten()
}

fn follow(reply: &Reply, sent: &HttpRequest, there: Url) -> HttpRequest {
    if matches!(reply.status(), 307 | 308) {
        return HttpRequest { url: there.into(), label: "redirect that keeps the method".into(), ..sent.clone() };
    }
    visit("redirect within the sign-in", &there)
}

fn visit(label: &str, there: &Url) -> HttpRequest {
    HttpRequest::get(label, there.as_str()).with_header("Accept", "text/html,*/*;q=0.8")
}

/// What a person would do with a page.
fn decide(
    page: &Page,
    reply: &Reply,
    here: &Url,
    settings: &Settings,
    request: &AuthorizationRequest,
    passwords: &mut u32,
) -> Move {
    let title = if page.title.is_empty() { cut(&page.text, 80) } else { page.title.clone() };
    // An error page may carry forms of its own, e.g. a search field; nothing good lies behind them.
    if reply.status() >= 400 || page.forms.is_empty() {
        if request.deny
            && let Some(there) = page.deny_link().and_then(|l| here.join(l).ok())
        {
            return Move::Send(visit("consent page, denied", &there));
        }
        return Move::Stay(title);
    }
    let rule = settings.login.steps.iter().find(|r| r.url.as_ref().is_none_or(|u| here.as_str().contains(u.as_str())));
    let Some(form) = choose_form(page, rule) else { return Move::Stay(title) };
    if form.asks_password() {
        *passwords += 1;
        if *passwords > 2 {
            return Move::Stuck {
                why: format!("the page \"{title}\" asked for the password again after it was given"),
                remedy: "check PROOFMARK_USERNAME and PROOFMARK_PASSWORD".into(),
            };
        }
        if settings.login.first.is_none() && rule.is_none() {
            return Move::Stuck {
                why: format!("the page \"{title}\" asks for a user name and a password"),
                remedy: "set PROOFMARK_USERNAME and PROOFMARK_PASSWORD to a test user".into(),
            };
        }
    }
    // Where one page asks for the password and for consent, its button to refuse is the answer.
    let deny = request.deny && (!form.asks_password() || form.buttons.iter().any(Button::denies));
    if deny
        && !form.buttons.iter().any(Button::denies)
        && let Some(there) = page.deny_link().and_then(|l| here.join(l).ok())
    {
        return Move::Send(visit("consent page, denied", &there));
    }
    let button = choose_button(form, rule, deny);
    if deny && !button.is_some_and(Button::denies) {
        return Move::Stuck {
            why: format!("no button or link to refuse was found on the page \"{title}\""),
            remedy: "name it with `deny` in a [[login.step]] rule".into(),
        };
    }
    let action = button.and_then(|b| b.action.as_deref()).unwrap_or(&form.action);
    let Ok(mut there) = (if action.is_empty() { Ok(here.clone()) } else { here.join(action) }) else {
        return Move::Stuck { why: format!("the form on \"{title}\" has an invalid action"), remedy: String::new() };
    };
    let fields = fill(form, button, rule, settings);
    let label = match (form.asks_password(), deny) {
        (_, true) => "consent page, denied",
        (true, false) => "login page",
        (false, false) => "consent page",
    };
    if form.post {
        return Move::Send(HttpRequest::form(label, there, &fields).with_header("Accept", "text/html,*/*;q=0.8"));
    }
    there.set_query(Some(&fields.encode()));
    Move::Send(visit(label, &there))
}

fn choose_form<'a>(page: &'a Page, rule: Option<&LoginStep>) -> Option<&'a Form> {
    if let Some(rule) = rule {
        let named = page.forms.iter().find(|f| {
            rule.fill.iter().any(|(name, _)| f.fields.iter().any(|field| field.name == *name))
                || rule.click.as_deref().is_some_and(|p| f.buttons.iter().any(|b| is_named(b, p)))
        });
        if named.is_some() {
            return named;
        }
    }
    page.forms
        .iter()
        .find(|f| f.asks_password())
        .or_else(|| page.forms.iter().find(|f| f.buttons.iter().any(Button::allows)))
        .or_else(|| page.forms.iter().find(|f| f.post))
}

fn choose_button<'a>(form: &'a Form, rule: Option<&LoginStep>, deny: bool) -> Option<&'a Button> {
    if deny {
        return form.buttons.iter().find(|b| b.denies());
    }
    rule.and_then(|r| r.click.as_deref())
        .and_then(|p| form.buttons.iter().find(|b| is_named(b, p)))
        .or_else(|| form.buttons.iter().find(|b| b.allows()))
        .or_else(|| form.buttons.iter().find(|b| !b.denies()))
}

fn is_named(button: &Button, wanted: &str) -> bool {
    button.name == wanted || button.value == wanted || button.label.contains(wanted)
}

fn fill(form: &Form, button: Option<&Button>, rule: Option<&LoginStep>, settings: &Settings) -> Params {
    let user_field = form.user_field().map(|f| f.name.clone());
    let mut params = Params::new();
    for field in form.fields.iter().filter(|f| !f.name.is_empty()) {
        let ruled = rule.and_then(|r| r.fill.iter().find(|(name, _)| *name == field.name)).map(|(_, v)| v.as_str());
        let known = match field.kind.as_str() {
            "password" => settings.login.first.as_ref().map(|u| u.password.as_str()),
            _ if Some(&field.name) == user_field.as_ref() && field.value.is_empty() => {
                settings.login.first.as_ref().map(|u| u.name.as_str())
            }
            _ => None,
        };
        let value = ruled.or(known).unwrap_or(&field.value);
        match field.kind.as_str() {
            "radio" if !field.ticked && ruled.is_none() => {}
            "checkbox" => {
                // Consent pages list what is granted in boxes; a person who says yes leaves or sets their ticks.
                let value = if value.is_empty() { "on" } else { value };
                params.add(&field.name, value);
            }
            _ => params.add(&field.name, value),
        }
    }
    if let Some(button) = button.filter(|b| !b.name.is_empty()) {
        params.add(&button.name, &button.value);
    }
    params
}
