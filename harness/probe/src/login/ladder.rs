//! The ladder: the ways to sign in are tried in order with one unmodified authorization request until a code comes, and
//! the way that worked is taken for every later walk.

use std::sync::{Mutex, PoisonError};

use cookie_store::CookieStore;
use url::Url;

use super::{Errand, Person, Powers, cookies};
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
    person: Person,
    shared: tokio::sync::Mutex<UserAgent>,
}

impl Seat {
    fn new(person: Person, cookies: CookieStore) -> Self {
        Seat { person, shared: tokio::sync::Mutex::new(UserAgent { cookies }) }
    }
}

/// How the users of a run sign in.
pub(crate) struct SignIn {
    first: Seat,
    second: Seat,
    /// The rung that gave a code.
    rung: Mutex<Option<Rung>>,
    climb: tokio::sync::Mutex<()>,
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
            first: Seat::new(Person::new(login.first.clone()), jar),
            second: Seat::new(Person::new(login.second.clone()), CookieStore::default()),
            rung: Mutex::default(),
            climb: tokio::sync::Mutex::default(),
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
        if self.rung().is_some() {
            drop(climb);
            return self.walk(at, request).await;
        }
        let mut tried: Vec<Tried> = Vec::new();
        if let Some(why) = self.bad_cookies.clone() {
            tried.push(Tried { name: "session", why, remedy: "export the session again".into() });
        }
        if [Rung::Automatic, Rung::Session, Rung::Form].iter().any(|r| allows(at.settings, *r)) {
            let journey = self.by(Rung::Form, at, request.clone()).await?;
            if self.is_in(&journey, self.http_rung(at.settings, &journey)) {
                return Ok(journey);
            }
            let last = journey.error().is_some() && journey.arrived();
            tried.push(failed("form", &journey));
            if last {
                return self.give_up(journey, tried);
            }
        }
        Err(stop(tried))
    }

    fn give_up(&self, journey: Journey, tried: Vec<Tried>) -> Result<Journey, Stop> {
        if tried.len() == 1 { Ok(journey) } else { Err(stop(tried)) }
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

    async fn by(&self, _rung: Rung, at: &Grounds<'_>, request: AuthorizationRequest) -> Result<Journey, Stop> {
        let seat = if request.second_user { &self.second } else { &self.first };
        let errand = Errand {
            recorder: at.recorder,
            settings: at.settings,
            territory: at.territory,
            case: at.case,
            endpoint: at.endpoint,
            person: &seat.person,
            powers: powers(at.settings),
            fresh: request.fresh_session,
        };
        if errand.fresh {
            return UserAgent::new().walk(&errand, request).await;
        }
        let mut agent = seat.shared.lock().await;
        agent.walk(&errand, request).await
    }
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
