//! Getting the user through the pages of an authorization server: over plain HTTP, in a real browser, by a command of
//! the user's, or by a person.

mod browser;
mod command;
mod cookies;
pub(crate) mod decide;
pub(crate) mod fill;
pub(crate) mod ladder;
mod manual;
mod process;
pub(crate) mod rules;
mod totp;

use std::sync::atomic::{AtomicU32, Ordering};

pub use cookies::check_cookies;
pub(crate) use decide::place;
pub use totp::key as totp_key;

use crate::agent::Territory;
use crate::recorder::Recorder;
use crate::settings::{Settings, User};

/// What the user agent may do by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Powers {
    /// Fill and send forms.
    pub pages: bool,
    /// Give the user's name, password and one-time passwords.
    pub sign_in: bool,
}

impl Powers {
    /// Redirects alone.
    pub const REDIRECTS: Powers = Powers { pages: false, sign_in: false };
    /// All of it.
    pub const ALL: Powers = Powers { pages: true, sign_in: true };
}

/// A user of the run, with what is known of their sign-ins.
#[derive(Debug, Default)]
pub struct Person {
    /// Name, password and seed, if they were given.
    pub user: Option<User>,
    pub(crate) codes: totp::Codes,
    shared: AtomicU32,
    own: AtomicU32,
}

impl Person {
    /// A user who has not signed in yet.
    #[must_use]
    pub fn new(user: Option<User>) -> Self {
        Person { user, ..Person::default() }
    }

    /// How many sign-ins were made: in the session that cases share, and in sessions of their own.
    #[must_use]
    pub fn sign_ins(&self) -> (u32, u32) {
        (self.shared.load(Ordering::Relaxed), self.own.load(Ordering::Relaxed))
    }
}

/// What a user agent is sent out with.
pub struct Errand<'a> {
    /// Sends and keeps.
    pub recorder: &'a Recorder,
    /// What the user said.
    pub settings: &'a Settings,
    /// Where it may go.
    pub territory: &'a dyn Territory,
    /// The case that it goes for.
    pub case: Option<&'a str>,
    /// The authorization endpoint.
    pub endpoint: &'a str,
    /// Who it goes as.
    pub person: &'a Person,
    /// What it may do.
    pub powers: Powers,
    /// Whether it goes in a session of its own.
    pub fresh: bool,
}

impl Errand<'_> {
    pub(crate) fn count_sign_in(&self) {
        let count = if self.fresh { &self.person.own } else { &self.person.shared };
        count.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a walk that somebody else signed in for: the shared session begins once, whoever keeps it.
    pub(crate) fn count_session(&self) {
        if self.fresh || self.person.sign_ins().0 == 0 {
            self.count_sign_in();
        }
    }
}
