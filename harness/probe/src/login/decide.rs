//! What a person would do with a page: first as the user's rules say, then by what pages of this kind look like. The
//! form driver and the browser both do as they are told here.

use url::Url;

use super::rules::{self, Target};
use crate::form::{Button, Field, Form, Page};
use crate::http::cut;
use crate::settings::{LoginStep, User};

/// What a page is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It asks who the user is, and no more.
    UserName,
    /// It asks for the password.
    Password,
    /// It asks for a one-time password.
    Code,
    /// Anything else that can be passed; most often it asks for consent.
    Consent,
}

/// What to put into a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Text(String),
    /// A one-time password, with what a rule writes around it.
    Code(String, String),
}

/// A deed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Deed {
    /// What it is, as reports label it.
    pub(crate) label: &'static str,
    pub(crate) kind: Kind,
    /// Whether it refuses.
    pub(crate) denies: bool,
    /// The form that is sent; `None` presses something outside of any.
    pub(crate) form: Option<usize>,
    /// Number of a field → what goes into it.
    pub(crate) values: Vec<(usize, Value)>,
    /// The number of what is pressed; `None` sends the form without a button.
    pub(crate) press: Option<usize>,
}

/// What a page makes a person do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Act {
    Do(Deed),
    /// Nothing leads on.
    Stay,
    /// What it could not do, and what would help.
    Stuck(String, String),
}

/// A page, and who looks at it with which intent.
pub(crate) struct Scene<'a> {
    pub(crate) page: &'a Page,
    pub(crate) url: &'a Url,
    pub(crate) status: u16,
    pub(crate) user: Option<&'a User>,
    pub(crate) steps: &'a [LoginStep],
    pub(crate) deny: bool,
}

/// What a walk has given so far.
#[derive(Debug, Default, Clone)]
pub(crate) struct Memory {
    passwords: u32,
    /// The page to which the last password, and the last user name, was given.
    password_for: Option<String>,
    name_for: Option<String>,
    /// How many one-time passwords were given.
    pub(crate) codes: u32,
    /// A page asked for what there is not, or refused what there is.
    pub(crate) lacking: bool,
}

impl Scene<'_> {
    /// What to do, and what the page is about.
    pub(crate) fn decide(&self, memory: &mut Memory) -> Act {
        // An error page may carry forms of its own, e.g. a search field; nothing good lies behind them.
        if self.status >= 400 {
            return self.deny_by_link().filter(|_| self.deny).unwrap_or(Act::Stay);
        }
        let mut missing = None;
        for rule in self.steps.iter().filter(|s| s.matches(self.page, self.url)) {
            match self.lacks(rule) {
                None => return self.by_rule(rule, memory),
                Some(_) if rule.optional => {}
                Some(lack) => {
                    missing = Some((rule, lack));
                    break;
                }
            }
        }
        if let Some((rule, lack)) = missing {
            let why = format!(
                "the [[login.step]] rule {} wants {lack} on {}, where there are {}",
                rule.name(),
                self.place(),
                rules::inventory(self.page)
            );
            return Act::Stuck(why, "correct the rule, or set its `optional`".into());
        }
        let Some(form) = choose_form(self.page, self.user.is_some_and(|u| u.totp.is_some())) else {
            return self.deny_by_link().filter(|_| self.deny).unwrap_or(Act::Stay);
        };
        self.act(form, None, None, memory)
    }

    /// What a rule for this page waits for in vain.
    pub(crate) fn waits_for(&self) -> Option<&str> {
        let rules = self.steps.iter().filter(|s| !s.optional && s.matches(self.page, self.url));
        let there = |selector: &str| self.page.found.get(selector).is_some_and(|f| !f.is_empty());
        rules.filter_map(|s| s.wait.as_deref()).find(|selector| !there(selector))
    }

    /// What a rule wants and the page has not.
    fn lacks(&self, rule: &LoginStep) -> Option<String> {
        let pressed = if self.deny { rule.deny.as_ref().or(rule.click.as_ref()) } else { rule.click.as_ref() };
        let field = rule.fill.iter().find(|(name, _)| rules::field(self.page, name).is_none());
        let pressed = pressed.filter(|wanted| rules::target(self.page, wanted).is_none());
        field
            .map(|(name, _)| format!("the field \"{name}\""))
            .or_else(|| pressed.map(|wanted| format!("\"{wanted}\" to press")))
    }

    fn by_rule(&self, rule: &LoginStep, memory: &mut Memory) -> Act {
        let wanted = if self.deny { rule.deny.as_ref().or(rule.click.as_ref()) } else { rule.click.as_ref() };
        let press = wanted.and_then(|w| rules::target(self.page, w));
        let filled = rule.fill.first().and_then(|(name, _)| rules::field(self.page, name)?.form);
        let guess = self.user.is_some_and(|u| u.totp.is_some());
        match press
            .and_then(|p| p.form)
            .or(filled)
            .or_else(|| choose_form(self.page, guess).filter(|_| press.is_none()))
        {
            Some(form) => self.act(form, Some(rule), press, memory),
            None => match press {
                Some(Target { at, .. }) => Act::Do(Deed {
                    label: if self.deny && rule.deny.is_some() { DENIED } else { "page passed by a rule" },
                    kind: Kind::Consent,
                    denies: self.deny && rule.deny.is_some(),
                    form: None,
                    values: Vec::new(),
                    press: Some(at),
                }),
                None => Act::Stay,
            },
        }
    }

    /// Fills and sends a form.
    fn act(&self, number: usize, rule: Option<&LoginStep>, press: Option<Target>, memory: &mut Memory) -> Act {
        let Some(form) = self.page.forms.get(number) else { return Act::Stay };
        let guess = self.user.is_some_and(|u| u.totp.is_some());
        let kind = kind(form, guess);
        let ruled = |field: &Field| {
            let mut of_rule = rule.into_iter().flat_map(|r| &r.fill);
            of_rule.find(|(name, _)| rules::field(self.page, name).is_some_and(|t| t.at == field.at))
        };
        let asks = |field: Option<&Field>| field.is_some_and(|f| ruled(f).is_none());
        if let Some(stuck) = self.cannot_answer(form, kind, &asks, memory) {
            memory.lacking = true;
            return stuck;
        }
        // Where one page asks for the password and for consent, its button to refuse is the answer.
        let of_rule = self.deny && rule.is_some_and(|r| r.deny.is_some());
        let goes_on = rule.is_some_and(|r| r.click.is_some()) && !of_rule;
        let refuses = form.buttons.iter().find(|b| b.denies());
        let denies = self.deny && (of_rule || refuses.is_some() || kind == Kind::Consent && !goes_on);
        if denies && !of_rule && refuses.is_none() {
            return self.deny_by_link().unwrap_or_else(|| {
                let why = format!(
                    "no button or link to refuse was found on {}, where there are {}",
                    self.place(),
                    rules::inventory(self.page)
                );
                Act::Stuck(why, "name it with `deny` in a [[login.step]] rule".into())
            });
        }
        let press = match (denies && !of_rule, press) {
            (true, _) => refuses.map(|b| b.at),
            (false, Some(target)) => Some(target.at),
            (false, None) => choose_button(form, kind).map(|b| b.at),
        };
        memory.given(kind, denies, self.place());
        let values = form.fields.iter().filter_map(|f| Some((f.at, self.value(form, f, ruled(f)?.1.as_str().into())?)));
        let ruled_values: Vec<_> = values.collect();
        let known = form.fields.iter().filter(|f| ruled(f).is_none());
        let known = known.filter_map(|f| Some((f.at, self.value(form, f, None)?)));
        let values = ruled_values.into_iter().chain(known).collect();
        let label = match (denies, kind) {
            (true, _) => DENIED,
            (false, Kind::UserName) => "user name page",
            (false, Kind::Password) => "login page",
            (false, Kind::Code) => "one-time password page",
            (false, Kind::Consent) => "consent page",
        };
        Act::Do(Deed { label, kind, denies, form: Some(number), values, press })
    }

    /// Why the page cannot be answered, if so.
    fn cannot_answer(
        &self,
        form: &Form,
        kind: Kind,
        asks: &dyn Fn(Option<&Field>) -> bool,
        memory: &Memory,
    ) -> Option<Act> {
        let place = self.place();
        let stuck = |why: String, remedy: &str| Some(Act::Stuck(why, remedy.into()));
        let password = asks(form.fields.iter().find(|f| f.kind == "password" && !f.wants_code(false)));
        if kind == Kind::Password && (memory.passwords >= 2 || memory.password_for.as_ref() == Some(&place)) {
            let said = cut(&self.page.text, 160);
            let why = format!("{place} asked for the password again after it was given; it says \"{said}\"");
            return stuck(why, "check PROOFMARK_USERNAME and PROOFMARK_PASSWORD");
        }
        if kind == Kind::UserName && memory.name_for.as_ref() == Some(&place) {
            let said = cut(&self.page.text, 160);
            let why = format!("{place} asked for the user name again after it was given; it says \"{said}\"");
            return stuck(why, "check PROOFMARK_USERNAME");
        }
        let code = form.code_field(self.user.is_some_and(|u| u.totp.is_some()));
        if asks(code) {
            if self.user.is_none_or(|u| u.totp.is_none()) {
                let why = format!("{place} asks for a one-time password in the field \"{}\"", name(code));
                return stuck(why, "give the seed of the test user's one-time passwords (`totp` of the user)");
            }
            if memory.codes >= 2 {
                let why = format!("{place} refused two one-time passwords; it says \"{}\"", cut(&self.page.text, 160));
                return stuck(why, "check the seed of the user's one-time passwords, and the clock of this machine");
            }
        }
        let user_name = kind == Kind::UserName && asks(form.user_field());
        if self.user.is_none() && (kind == Kind::Password && password || user_name) {
            let what = if kind == Kind::Password { "a user name and a password" } else { "a user name" };
            return stuck(
                format!("{place} asks for {what}, and no user was given"),
                "set PROOFMARK_USERNAME and PROOFMARK_PASSWORD to a test user",
            );
        }
        None
    }

    /// What goes into a field: what a rule says, or what is known of the user; `None` leaves it as it is.
    fn value(&self, form: &Form, field: &Field, rule: Option<&str>) -> Option<Value> {
        let user = self.user;
        if let Some(text) = rule {
            let part = |of: fn(&User) -> &String| user.map(|u| of(u).as_str()).unwrap_or_default();
            let name = part(|u| &u.name);
            let fill = |t: &str| substitute(t, name, part(|u| &u.password));
            return Some(match text.split_once("{totp}") {
                Some((before, after)) => Value::Code(fill(before), fill(after)),
                None => Value::Text(fill(text)),
            });
        }
        let guess = user.is_some_and(|u| u.totp.is_some());
        let is = |other: Option<&Field>| other.is_some_and(|o| o.at == field.at);
        if is(form.code_field(guess)) {
            return user?.totp.as_ref().map(|_| Value::Code(String::new(), String::new()));
        }
        if field.kind == "password" {
            return Some(Value::Text(user?.password.clone()));
        }
        let of_user = is(form.user_field()) && field.value.is_empty();
        of_user.then(|| user.map(|u| Value::Text(u.name.clone()))).flatten()
    }

    fn deny_by_link(&self) -> Option<Act> {
        let at = self.page.deny_link()?.at;
        let press = Some(at);
        let deed = Deed { label: DENIED, kind: Kind::Consent, denies: true, form: None, values: Vec::new(), press };
        Some(Act::Do(deed))
    }

    /// The page in words.
    pub(crate) fn place(&self) -> String {
        place(self.page, self.url)
    }
}

/// What reports call a refusal.
const DENIED: &str = "consent page, denied";

impl Memory {
    fn given(&mut self, kind: Kind, denies: bool, place: String) {
        match kind {
            Kind::Password if !denies => {
                self.passwords += 1;
                self.password_for = Some(place);
            }
            Kind::UserName if !denies => self.name_for = Some(place),
            _ => {}
        }
    }
}

/// A page in words: its title and where it is.
pub(crate) fn place(page: &Page, url: &Url) -> String {
    let title = if page.title.is_empty() { cut(&page.text, 60) } else { cut(&page.title, 80) };
    let bare = cut(url.as_str().split(['?', '#']).next().unwrap_or_default(), 160);
    if title.is_empty() { format!("the page {bare}") } else { format!("the page \"{title}\" ({bare})") }
}

fn name(field: Option<&Field>) -> &str {
    field.map_or("", |f| f.name.as_str())
}

/// Puts the user's name and password into a text, in one pass: a password may hold braces.
fn substitute(text: &str, name: &str, password: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let known = [("{username}", name), ("{password}", password)].into_iter().find(|(k, _)| rest.starts_with(k));
        let (taken, put) = known.map_or((1, "{"), |(k, v)| (k.len(), v));
        out.push_str(put);
        rest = &rest[taken..];
    }
    out + rest
}

fn kind(form: &Form, guess: bool) -> Kind {
    if form.asks_password() {
        return Kind::Password;
    }
    if form.code_field(guess).is_some() {
        return Kind::Code;
    }
    // A user name that is filled in already is shown, not asked for.
    let named = form.fields.iter().any(|f| f.wants_user_name() && f.value.is_empty());
    if named { Kind::UserName } else { Kind::Consent }
}

/// Whether a page asks the user to sign in.
pub(crate) fn asks_to_sign_in(page: &Page) -> bool {
    choose_form(page, false).and_then(|f| page.forms.get(f)).is_some_and(|f| kind(f, false) != Kind::Consent)
}

fn choose_form(page: &Page, guess: bool) -> Option<usize> {
    let first = |of: &dyn Fn(&Form) -> bool| page.forms.iter().position(of);
    // A form that makes an account has a new password, or asks for it twice.
    let makes_account = |f: &Form| {
        let new = f.fields.iter().any(|f| f.hints.contains("new-password"));
        new || f.fields.iter().filter(|f| f.kind == "password" && !f.wants_code(false)).count() > 1
    };
    first(&|f| f.asks_password() && !makes_account(f))
        .or_else(|| first(&Form::asks_password))
        .or_else(|| first(&|f| f.code_field(guess).is_some()))
        .or_else(|| first(&|f| (f.post || f.loose) && kind(f, guess) == Kind::UserName))
        .or_else(|| first(&|f| f.buttons.iter().any(Button::allows)))
        .or_else(|| first(&|f| f.post))
}

fn choose_button(form: &Form, kind: Kind) -> Option<&Button> {
    let allows = || form.buttons.iter().filter(|b| b.allows());
    // «Sign in with …» leads to another service.
    let own = allows().find(|b| kind == Kind::Consent || !b.label.to_lowercase().contains(" with "));
    own.or_else(|| allows().next()).or_else(|| form.buttons.iter().find(|b| !b.denies()))
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
