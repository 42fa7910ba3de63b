//! The user agent over plain HTTP: it keeps cookies as a browser does, reads redirects one by one, fills login and consent
//! pages, and stops where the authorization server sends it away.

use cookie_store::CookieStore;
use url::Url;

use crate::authorize::{AuthorizationRequest, Journey, Landing};
use crate::case::Stop;
use crate::form::{Form, Page, refresh_target};
use crate::http::{HttpRequest, Reply, cut};
use crate::login::decide::{Act, Deed, Memory, Scene, asks_to_sign_in, place};
use crate::login::{Errand, fill, rules};
use crate::params::Params;

/// More steps than any sign-in needs.
pub(crate) const MOST_STEPS: usize = 24;

/// Where the agent may go on by itself.
pub trait Territory: Sync {
    /// Whether an origin belongs to the sign-in.
    fn holds(&self, origin: &str) -> bool;
    /// Takes an origin in that an unmodified request led to, e.g. an upstream identity provider; `false` refuses it.
    fn annex(&self, origin: &str) -> bool;
    /// Every origin that belongs to the sign-in.
    fn origins(&self) -> Vec<String>;
}

/// A user agent with a cookie jar of its own.
#[derive(Debug, Default, Clone)]
pub struct UserAgent {
    pub(crate) cookies: CookieStore,
}

/// What comes next.
enum Next {
    Send(HttpRequest),
    End(Landing),
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
    pub async fn walk(&mut self, errand: &Errand<'_>, request: AuthorizationRequest) -> Result<Journey, Stop> {
        let mut next = request.request(errand.endpoint);
        let mut journey = Journey::new(request, Landing::Page { title: String::new() });
        let mut memory = Memory::default();
        for _ in 0..MOST_STEPS {
            let Ok(here) = Url::parse(&next.url) else {
                return Err(Stop::blocked(format!("the sign-in leads to an invalid URL: {}", cut(&next.url, 200))));
            };
            let reply = self.send(errand, &here, next.clone()).await?;
            journey.hops.push(reply.clone());
            if let Some(location) = redirect(&reply) {
                match stay_inside(&journey, errand, &here, &location) {
                    Some(there) => next = follow(&reply, &next, there),
                    None => {
                        journey.landing = Landing::Redirected { to: location };
                        return Ok(journey);
                    }
                }
                continue;
            }
            match pass(errand, &mut journey, &mut memory, &reply, &here).await {
                Next::Send(request) => next = request,
                Next::End(landing) => {
                    journey.landing = landing;
                    return Ok(journey);
                }
            }
        }
        let why = format!("the sign-in did not end within {MOST_STEPS} steps");
        journey.landing = if journey.hops.iter().all(|hop| redirect(hop).is_some()) {
            Landing::Stuck { why: format!("{why}: each was a redirect to the next"), remedy: String::new() }
        } else {
            let last = journey.hops.last().map(|r| r.request().url.as_str()).unwrap_or_default();
            let why = format!("{why}; the last page was {}", cut(last.split(['?', '#']).next().unwrap_or(last), 160));
            let remedy = "describe its pages with [[login.step]] rules in the configuration".into();
            Landing::Stuck { why, remedy }
        };
        Ok(journey)
    }

    async fn send(&mut self, errand: &Errand<'_>, here: &Url, mut request: HttpRequest) -> Result<Reply, Stop> {
        let cookies: Vec<_> = self.cookies.get_request_values(here).map(|(n, v)| format!("{n}={v}")).collect();
        if !cookies.is_empty() {
            request = request.with_header("Cookie", &cookies.join("; "));
        }
        if request.method == "POST" {
            request = request.with_header("Origin", &here.origin().ascii_serialization());
        }
        let reply = errand.recorder.send(errand.case, request).await?;
        for cookie in reply.headers("set-cookie") {
            // A cookie that a browser would not take is not taken here either.
            let _ = self.cookies.parse(&cookie, here);
        }
        Ok(reply)
    }
}

/// What leads on from a page: by itself, or by what a person would do.
async fn pass(errand: &Errand<'_>, journey: &mut Journey, memory: &mut Memory, reply: &Reply, here: &Url) -> Next {
    let steps = &errand.settings.login.steps;
    let page = match reply.is_html() {
        true => Page::read_for(&reply.text(), &rules::selectors(steps)),
        false => Page::default(),
    };
    let by_itself = page.refresh.clone().or_else(|| refresh_target(&reply.header("refresh")?));
    if let Some(target) = by_itself {
        return match stay_inside(journey, errand, here, &target) {
            Some(there) => Next::Send(visit("page that goes on by itself", &there)),
            None => Next::End(Landing::Redirected { to: target }),
        };
    }
    if let Some(form) = page.forms.first().filter(|f| page.submits_itself && !f.asks_password()) {
        return send_itself(errand, journey, form, here);
    }
    let user = errand.person.user.as_ref();
    let scene = Scene { page: &page, url: here, status: reply.status(), user, steps, deny: journey.request.deny };
    let stuck = |why: String, remedy: &str| Next::End(Landing::Stuck { why, remedy: remedy.into() });
    journey.asked.see(&page, reply.status());
    if !errand.powers.pages && reply.status() < 400 && !page.forms.is_empty() {
        let why = format!("{} has to be passed, with {}", scene.place(), rules::inventory(&page));
        return stuck(why, "let Proofmark fill forms: --login form");
    }
    if !errand.powers.sign_in && reply.status() < 400 && asks_to_sign_in(&page) {
        journey.asked.login = true;
        let imported = errand.settings.login.cookies.is_some() && !errand.fresh;
        let because = if imported { "; the imported session has ended, or belongs elsewhere" } else { "" };
        let remedy = "export a session anew for what it can do, or give a test user and allow --login form";
        return stuck(format!("{} asks to sign in{because}", scene.place()), remedy);
    }
    let act = scene.decide(memory);
    journey.asked.lacking |= memory.lacking;
    let deed = match act {
        Act::Stay => return Next::End(Landing::Page { title: title(&page) }),
        Act::Stuck(why, remedy) => return Next::End(Landing::Stuck { why, remedy }),
        Act::Do(deed) => deed,
    };
    let values = match fill::draw(errand, memory, &deed).await {
        Ok(values) => values,
        Err(why) => return stuck(format!("{}: {why}", scene.place()), "correct the seed of the user"),
    };
    match request_of(&page, &deed, &values, here) {
        Ok(request) => {
            journey.asked.answer(deed.kind, deed.denies);
            Next::Send(request)
        }
        Err(what) => {
            let why = format!("{what} on {}", place(&page, here));
            stuck(why, "let a browser do it: --login browser")
        }
    }
}

fn title(page: &Page) -> String {
    if page.title.is_empty() { cut(&page.text, 80) } else { page.title.clone() }
}

/// The request that a deed makes.
fn request_of(page: &Page, deed: &Deed, values: &[(usize, String)], here: &Url) -> Result<HttpRequest, String> {
    let pressed_link = page.links.iter().find(|l| Some(l.at) == deed.press);
    if let Some(link) = pressed_link {
        let there = here.join(&link.href).ok().filter(|u| matches!(u.scheme(), "http" | "https"));
        let there = there.ok_or_else(|| format!("the link \"{}\" works by a script", cut(&link.label, 40)))?;
        return Ok(visit(deed.label, &there));
    }
    let Some(form) = deed.form.and_then(|f| page.forms.get(f)) else {
        return Err("what is to be pressed is neither a link nor the button of a form, so it works by a script".into());
    };
    let button = form.buttons.iter().find(|b| Some(b.at) == deed.press);
    let action = button.and_then(|b| b.action.as_deref()).unwrap_or(&form.action);
    let there = if action.is_empty() { Ok(here.clone()) } else { here.join(action) };
    let mut there = there.map_err(|_| format!("the form has the invalid action \"{}\"", cut(action, 80)))?;
    if !matches!(there.scheme(), "http" | "https") {
        return Err(format!("the form has the action \"{}\", which works by a script", cut(action, 80)));
    }
    let mut params = fields(form, values);
    if let Some(button) = button.filter(|b| !b.name.is_empty()) {
        params.add(&button.name, &button.value);
    }
    if form.post {
        return Ok(HttpRequest::form(deed.label, there, &params).with_header("Accept", "text/html,*/*;q=0.8"));
    }
    there.set_query(Some(&params.encode()));
    Ok(visit(deed.label, &there))
}

/// The fields of a form as a browser sends them, with these values.
fn fields(form: &Form, values: &[(usize, String)]) -> Params {
    let mut params = Params::new();
    for field in form.fields.iter().filter(|f| !f.name.is_empty()) {
        let given = values.iter().find(|(at, _)| *at == field.at).map(|(_, v)| v.as_str());
        let value = given.unwrap_or(&field.value);
        match field.kind.as_str() {
            "radio" if !field.ticked && given.is_none() => {}
            "checkbox" if given.is_some_and(fill::unticks) => {}
            // Consent pages list what is granted in boxes; a person who says yes leaves or sets their ticks.
            "checkbox" => params.add(&field.name, if field.value.is_empty() { "on" } else { &field.value }),
            _ => params.add(&field.name, value),
        }
    }
    params
}

/// A form that a script sends without being asked.
fn send_itself(errand: &Errand<'_>, journey: &Journey, form: &Form, here: &Url) -> Next {
    let params: Params = form.fields.iter().map(|f| (f.name.as_str(), f.value.as_str())).collect();
    let action = if form.action.is_empty() { here.as_str() } else { &form.action };
    let Some(mut there) = stay_inside(journey, errand, here, action) else {
        // form_post: the parameters travel in the body; as a URL they can be judged like any other response.
        let mark = if action.contains('?') { '&' } else { '?' };
        return Next::End(Landing::Redirected { to: format!("{action}{mark}{}", params.encode()) });
    };
    if form.post {
        let request = HttpRequest::form("form that sends itself", there, &params);
        return Next::Send(request.with_header("Accept", "text/html,*/*;q=0.8"));
    }
    there.set_query(Some(&params.encode()));
    Next::Send(visit("form that sends itself", &there))
}

/// The URL to go on to, or `None` when the target is outside the sign-in.
pub(crate) fn stay_inside(journey: &Journey, errand: &Errand<'_>, here: &Url, target: &str) -> Option<Url> {
    if journey.may_receive(target) || is_asked_for(target, &journey.request.redirect_uri) {
        return None;
    }
    let there = here.join(target).ok().filter(|u| matches!(u.scheme(), "http" | "https"))?;
    let origin = there.origin().ascii_serialization();
    (errand.territory.holds(&origin) || errand.territory.annex(&origin)).then_some(there)
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

pub(crate) fn redirect(reply: &Reply) -> Option<String> {
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
