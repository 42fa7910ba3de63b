//! The ladder: the ways to sign in are tried in order with one unmodified authorization request until a code comes, and
//! the way that worked is taken for every later walk.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use cookie_store::CookieStore;
use url::Url;

use super::browser::{self, Browser};
use super::manual::Manual;
use super::{Errand, Person, Powers, command, cookies};
use crate::agent::{Territory, UserAgent};
use crate::authorize::{AuthorizationRequest, Journey, Landing};
use crate::case::Stop;
use crate::recorder::Recorder;
use crate::settings::{Rung, Settings};

/// The grounds of a walk.
pub(crate) struct Grounds<'a> {
    pub(crate) recorder: &'a Recorder,
    pub(crate) settings: &'a Settings,
    pub(crate) territory: &'a dyn Territory,
    pub(crate) case: Option<&'a str>,
    pub(crate) endpoint: &'a str,
}

/// A user with the session that cases share. A walk has it alone: many servers keep the request that is under way in the
/// session, and two at a time would be mixed up.
struct Seat {
    name: &'static str,
    person: Person,
    shared: tokio::sync::Mutex<UserAgent>,
}

impl Seat {
    fn new(name: &'static str, person: Person, cookies: CookieStore) -> Self {
        Seat { name, person, shared: tokio::sync::Mutex::new(UserAgent { cookies }) }
    }
}

/// How the users of a run sign in.
pub(crate) struct SignIn {
    first: Seat,
    second: Seat,
    /// The rung that gave a code.
    rung: Mutex<Option<Rung>>,
    climb: tokio::sync::Mutex<()>,
    /// Every rung was tried, and none worked.
    exhausted: AtomicBool,
    /// The server refuses plain HTTP what it grants a browser, so that its refusals there prove nothing.
    distrusts_http: AtomicBool,
    browser: tokio::sync::Mutex<Browser>,
    manual: tokio::sync::Mutex<Manual>,
    /// What is wrong with the cookies of the imported session.
    bad_cookies: Option<String>,
}

/// A rung that was tried in vain.
struct Tried {
    name: &'static str,
    why: String,
    remedy: String,
}

impl SignIn {
    /// Nobody has signed in yet.
    pub(crate) fn new(recorder: &Recorder, settings: &Settings, endpoint: &str) -> Self {
        let login = &settings.login;
        let text = login.cookies.as_deref().filter(|_| allows(settings, Rung::Session));
        for value in text.map(cookies::values).unwrap_or_default() {
            recorder.register_secret("cookie", &value);
        }
        let imported = match (text, Url::parse(endpoint)) {
            (Some(text), Ok(endpoint)) => cookies::import(text, &endpoint),
            _ => Ok(CookieStore::default()),
        };
        let (jar, bad_cookies) = match imported {
            Ok(jar) => (jar, None),
            Err(why) => (CookieStore::default(), Some(why)),
        };
        SignIn {
            first: Seat::new("first", Person::new(login.first.clone()), jar),
            second: Seat::new("second", Person::new(login.second.clone()), CookieStore::default()),
            rung: Mutex::default(),
            climb: tokio::sync::Mutex::default(),
            exhausted: AtomicBool::new(false),
            distrusts_http: AtomicBool::new(false),
            browser: tokio::sync::Mutex::default(),
            manual: tokio::sync::Mutex::default(),
            bad_cookies,
        }
    }

    /// The rung that gave a code.
    pub(crate) fn rung(&self) -> Option<Rung> {
        *self.rung.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many sign-ins were made, in shared sessions and in sessions of their own.
    pub(crate) fn count(&self) -> (u32, u32) {
        let ((a, b), (c, d)) = (self.first.person.sign_ins(), self.second.person.sign_ins());
        (a + c, b + d)
    }

    /// Follows a request by the rung that is known to work.
    pub(crate) async fn walk(&self, at: &Grounds<'_>, request: AuthorizationRequest) -> Result<Journey, Stop> {
        self.by(self.rung().unwrap_or(Rung::Form), at, request).await
    }

    /// Follows an unmodified request; the first time, by every rung in turn until a code comes.
    pub(crate) async fn enter(&self, at: &Grounds<'_>, request: AuthorizationRequest) -> Result<Journey, Stop> {
        let climb = self.climb.lock().await;
        if self.rung().is_some() || self.exhausted.load(Ordering::Relaxed) {
            drop(climb);
            return self.walk(at, request).await;
        }
        let mut tried: Vec<Tried> = Vec::new();
        if let Some(why) = self.bad_cookies.clone() {
            tried.push(Tried { name: "session", why, remedy: "export the session again".into() });
        }
        let mut last = None;
        if [Rung::Automatic, Rung::Session, Rung::Form].iter().any(|r| allows(at.settings, *r)) {
            let journey = self.by(Rung::Form, at, request.clone()).await?;
            if self.is_in(&journey, self.http_rung(at.settings, &journey)) {
                return Ok(journey);
            }
            tried.push(failed("form", &journey));
            if journey.arrived() {
                // The client was told why: no other way of signing in changes that.
                return Ok(journey);
            }
            last = Some(journey);
        }
        for rung in [Rung::Browser, Rung::Command, Rung::Manual] {
            match self.is_open(rung, at.settings, last.as_ref()) {
                None => {}
                Some(Err(lack)) => tried.push(lack),
                Some(Ok(())) => match self.by(rung, at, request.clone()).await {
                    Ok(journey) if self.is_in(&journey, rung) => return Ok(journey),
                    Ok(journey) => {
                        tried.push(failed(rung.as_str(), &journey));
                        last = Some(journey);
                    }
                    Err(stop) => tried.push(broken(rung.as_str(), stop)),
                },
            }
        }
        self.exhausted.store(true, Ordering::Relaxed);
        match last {
            // One way that was answered plainly: the answer says all.
            Some(journey) if tried.len() == 1 && tried[0].remedy.is_empty() => Ok(journey),
            _ => Err(stop(tried)),
        }
    }

    /// Whether a rung can be tried: `None` leaves it out, and an error says what it lacks.
    fn is_open(&self, rung: Rung, settings: &Settings, before: Option<&Journey>) -> Option<Result<(), Tried>> {
        let login = &settings.login;
        let asked_for = login.rungs.contains(&rung);
        if !allows(settings, rung) {
            return None;
        }
        let lacks = |why: &str, remedy: &str| {
            let lack = Tried { name: rung.as_str(), why: why.into(), remedy: remedy.into() };
            asked_for.then_some(Err(lack))
        };
        match rung {
            Rung::Browser => {
                // A page that asks for a user whom nobody named, or refuses the password, stops a browser too; and what
                // is wrong with the request is wrong with it everywhere. A gate may let only browsers in.
                let stops_all =
                    |j: &Journey| j.asked.lacking || j.last().is_some_and(|r| matches!(r.status(), 400 | 404..));
                let is_a_gate = |j: &Journey| j.last().is_some_and(|r| matches!(r.status(), 406 | 429 | 503));
                if before.is_some_and(|j| stops_all(j) && !is_a_gate(j)) && !asked_for {
                    return None;
                }
                let driver = browser::named(settings);
                if driver.starts_with("http://") || browser::found(driver) {
                    return Some(Ok(()));
                }
                Some(Err(Tried {
                    name: rung.as_str(),
                    why: format!("the browser's driver {driver} was not found"),
                    remedy: "install Chromium and its driver (Debian: chromium-driver)".into(),
                }))
            }
            Rung::Command if login.command.is_some() => Some(Ok(())),
            Rung::Command => lacks("no command was given", "name one as the `command` of the sign-in"),
            // Whoever asks for it by name is there, with or without a terminal.
            Rung::Manual => (login.attended || asked_for).then_some(Ok(())),
            Rung::Automatic | Rung::Session | Rung::Form => None,
        }
    }

    /// Whether a journey brought a code; its rung is kept then.
    fn is_in(&self, journey: &Journey, rung: Rung) -> bool {
        let is_in = journey.arrived() && journey.code().is_some();
        if is_in {
            *self.rung.lock().unwrap_or_else(PoisonError::into_inner) = Some(rung);
        }
        is_in
    }

    /// Which of the rungs over plain HTTP a journey needed.
    fn http_rung(&self, settings: &Settings, journey: &Journey) -> Rung {
        let imported =
            settings.login.cookies.is_some() && allows(settings, Rung::Session) && self.bad_cookies.is_none();
        match (journey.asked.login, journey.asked.consent, imported) {
            (false, _, true) => Rung::Session,
            (false, false, false) => Rung::Automatic,
            _ => Rung::Form,
        }
    }

    async fn by(&self, rung: Rung, at: &Grounds<'_>, request: AuthorizationRequest) -> Result<Journey, Stop> {
        let seat = if request.second_user { &self.second } else { &self.first };
        let over_http = rung <= Rung::Form;
        let mut errand = Errand {
            recorder: at.recorder,
            settings: at.settings,
            territory: at.territory,
            case: at.case,
            endpoint: at.endpoint,
            person: &seat.person,
            powers: if over_http { powers(at.settings) } else { Powers::REDIRECTS },
            fresh: request.fresh_session,
        };
        let mut of_its_own = UserAgent::new();
        let mut shared = None;
        let agent = match errand.fresh {
            true => &mut of_its_own,
            false => &mut **shared.insert(seat.shared.lock().await),
        };
        // Most requests that a case spoils are answered before any page comes, and need nobody to sign in.
        let mut journey = agent.walk(&errand, request.clone()).await?;
        if over_http {
            return Ok(journey);
        }
        let known = self.rung().is_some();
        let refused = journey.last().is_some_and(|r| r.status() >= 400);
        let told = matches!(journey.landing, Landing::Redirected { .. });
        if told || refused && known && !self.distrusts_http.load(Ordering::Relaxed) {
            return Ok(journey);
        }
        errand.powers = Powers::ALL;
        match rung {
            Rung::Browser => {
                self.browser.lock().await.walk(&errand, agent, seat.name, &mut journey).await?;
            }
            Rung::Command => command::walk(&errand, &request, &mut journey).await,
            _ => self.manual.lock().await.walk(&errand, &request, &mut journey).await?,
        }
        if refused && !known && journey.code().is_some() {
            self.distrusts_http.store(true, Ordering::Relaxed);
        }
        Ok(journey)
    }

    /// Ends what was started for the sign-in.
    pub(crate) async fn close(&self) {
        self.browser.lock().await.close().await;
    }
}

/// A rung that broke.
fn broken(name: &'static str, stop: Stop) -> Tried {
    let remedy = match &stop {
        Stop::Blocked { remedy, .. } => remedy.clone().unwrap_or_default(),
        _ => String::new(),
    };
    Tried { name, why: stop.why().to_owned(), remedy }
}

/// Whether the user lets a rung be tried.
fn allows(settings: &Settings, rung: Rung) -> bool {
    settings.login.rungs.is_empty() || settings.login.rungs.contains(&rung)
}

/// What the user agent over plain HTTP may do.
fn powers(settings: &Settings) -> Powers {
    let sign_in = allows(settings, Rung::Form);
    Powers { pages: sign_in || allows(settings, Rung::Session), sign_in }
}

/// Why a journey brought no code, and what might help.
fn failed(name: &'static str, journey: &Journey) -> Tried {
    let ended = format!("a correct authorization request ended in {}", journey.describe());
    let (why, remedy) = match &journey.landing {
        Landing::Stuck { why, remedy } => (why.clone(), remedy.clone()),
        Landing::Page { .. } if journey.last().is_some_and(|r| r.is_html() && r.is_success()) => {
            (ended, "if a script draws that page, let a browser pass it: --login browser".into())
        }
        Landing::Redirected { to } if !journey.arrived() => {
            let origin = Url::parse(to).map_or_else(|_| "that place".into(), |u| u.origin().ascii_serialization());
            (ended, format!("if {origin} belongs to the sign-in, name it among the origins of the sign-in"))
        }
        _ => (ended, String::new()),
    };
    Tried { name, why, remedy }
}

/// All that was tried, in the order in which a person would mend it.
fn stop(tried: Vec<Tried>) -> Stop {
    let words = |t: &Tried| format!("{}: {}", t.name, t.why);
    match &tried[..] {
        [] => Stop::missing("no way to sign in is allowed", "allow one with --login"),
        [one] => Stop::missing(one.why.clone(), one.remedy.clone()),
        all => {
            let why = all.iter().map(words).collect::<Vec<_>>().join("; ");
            let mut remedies: Vec<_> = all.iter().map(|t| t.remedy.clone()).filter(|r| !r.is_empty()).collect();
            remedies.dedup();
            Stop::missing(format!("nobody could sign in: {why}"), remedies.join("; or "))
        }
    }
}
