//! How the user signs in.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// A rung of the sign-in ladder, in the order in which they are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rung {
    /// Redirects alone: the authorization server lets everyone in.
    Automatic,
    /// The cookies of a session that the user has already.
    Session,
    /// HTML forms, filled without a browser.
    Form,
    /// A real browser, driven over WebDriver.
    Browser,
    /// A command that gets the authorization URL and prints where the browser was sent.
    Command,
    /// A person at their own browser.
    Manual,
}

impl Rung {
    /// Every rung.
    pub const ALL: [Rung; 6] = [Rung::Automatic, Rung::Session, Rung::Form, Rung::Browser, Rung::Command, Rung::Manual];

    /// The name on the command line and in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Rung::Automatic => "auto",
            Rung::Session => "session",
            Rung::Form => "form",
            Rung::Browser => "browser",
            Rung::Command => "command",
            Rung::Manual => "manual",
        }
    }
}

impl fmt::Display for Rung {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Rung {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Rung::ALL.into_iter().find(|r| r.as_str() == text).ok_or_else(|| {
            let names: Vec<_> = Rung::ALL.iter().map(|r| r.as_str()).collect();
            format!("'{text}' is no way to sign in; known are {}", names.join(", "))
        })
    }
}

/// A test user.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct User {
    /// The user name.
    pub name: String,
    /// The password.
    pub password: String,
    /// The seed of one-time passwords (RFC 6238), in base32.
    pub totp: Option<String>,
}

impl fmt::Debug for User {
    // Secrets must not reach a log through a debug print.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "User({})", self.name)
    }
}

/// A rule for a page of the sign-in, for the form driver and the browser alike: where it matches, it says what a person
/// would do there. A rule without `url`, `title` and `selector` matches every page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoginStep {
    /// The page's URL; `*` stands for anything.
    pub url: Option<String>,
    /// A part of the page's title.
    pub title: Option<String>,
    /// A CSS selector that must match something on the page.
    pub selector: Option<String>,
    /// Field (its name, or a CSS selector) → value. `{username}`, `{password}` and `{totp}` stand for the user's.
    pub fill: Vec<(String, String)>,
    /// What to click: a CSS selector, or the name, the value or a part of the label of a button or link.
    pub click: Option<String>,
    /// The same, where a case wants the user to refuse.
    pub deny: Option<String>,
    /// A CSS selector to wait for before anything else is done; a browser alone needs that.
    pub wait: Option<String>,
    /// Whether what is to be filled or clicked may be absent: then the page is passed by the heuristics instead.
    pub optional: bool,
}

/// The browser that Proofmark drives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BrowserSettings {
    /// The WebDriver server: the URL of one that runs, or a program to start; `chromedriver` by default.
    pub driver: Option<String>,
    /// The browser's program, where the driver does not find it.
    pub program: Option<PathBuf>,
    /// Whether its window is shown.
    pub show: bool,
    /// Where screenshots of steps that failed are kept.
    pub screenshots: Option<PathBuf>,
}

/// How the user signs in.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct LoginSettings {
    /// The rungs to try, in this order; empty tries all that have what they need.
    pub rungs: Vec<Rung>,
    /// The user of ordinary flows.
    pub first: Option<User>,
    /// Another one, for cases that need two.
    pub second: Option<User>,
    /// Rules for pages, tried before the heuristics.
    pub steps: Vec<LoginStep>,
    /// Origins that belong to the sign-in besides the authorization server's own.
    pub origins: Vec<String>,
    /// The cookies of a session: a `cookies.txt` of curl or Netscape, a JSON list as browsers' extensions export it, or
    /// the value of a `Cookie` header.
    pub cookies: Option<String>,
    /// The command of [`Rung::Command`], run by the shell. It gets the authorization URL in `PROOFMARK_AUTHORIZATION_URL`
    /// and prints the URL to which the browser was sent in the end.
    pub command: Option<String>,
    /// The browser of [`Rung::Browser`].
    pub browser: BrowserSettings,
    /// Whether a person is there to ask ([`Rung::Manual`]), and their browser may be opened.
    pub attended: bool,
    /// How long a person, or the command, may take for one request; `None` is five minutes for the first sign-in of a
    /// person, two for what follows it, and three for a command.
    pub limit: Option<Duration>,
}

impl fmt::Debug for LoginSettings {
    // Secrets must not reach a log through a debug print.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LoginSettings({:?}, {:?})", self.rungs, self.first)
    }
}
