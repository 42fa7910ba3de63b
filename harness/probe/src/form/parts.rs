//! The parts of a page that a person acts on, and what they say about themselves.

use serde::Deserialize;

/// A link.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Link {
    /// The number of its element.
    pub at: usize,
    /// Where it leads.
    pub href: String,
    /// What it says.
    pub label: String,
}

/// A form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Form {
    /// Where it is sent; empty is the page itself.
    pub action: String,
    /// Whether it is sent by POST.
    pub post: bool,
    /// Whether it is no form at all, but what stands outside of any on a page that is drawn by a script.
    pub loose: bool,
    /// The fields in order.
    pub fields: Vec<Field>,
    /// The buttons that send it.
    pub buttons: Vec<Button>,
}

/// A field of a form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Field {
    /// The number of its element.
    pub at: usize,
    /// The name.
    pub name: String,
    /// The type in lower case: `text`, `hidden`, `password`, `checkbox`, …
    pub kind: String,
    /// The value as the page has it.
    pub value: String,
    /// Whether a box or radio button is ticked.
    pub ticked: bool,
    /// Its id, `autocomplete`, placeholder and label for screen readers, in lower case: what else it says about itself.
    pub hints: String,
}

impl Field {
    pub(super) fn says(&self, words: &[&str]) -> bool {
        let name = self.name.to_lowercase();
        words.iter().any(|w| name.contains(w) || self.hints.contains(w))
    }

    fn is_text(&self) -> bool {
        matches!(self.kind.as_str(), "text" | "email" | "tel" | "number" | "")
    }

    /// Whether it says that it wants a user name.
    #[must_use]
    pub fn wants_user_name(&self) -> bool {
        self.is_text() && self.says(&["user", "login", "email", "account", "identifier"])
    }

    /// Whether it says that it wants a one-time password. A guess takes vaguer words too.
    #[must_use]
    pub fn wants_code(&self, guess: bool) -> bool {
        let says_so = self.says(&["one-time-code", "otp", "2fa", "mfa"]);
        let may_mean_it = self.says(&["code", "verification", "authenticator"])
            && !self.says(&["postcode", "postal", "zip", "coupon", "country"]);
        says_so && (self.is_text() || self.kind == "password") || guess && may_mean_it && self.is_text()
    }
}

/// A button that sends a form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Button {
    /// The number of its element.
    pub at: usize,
    /// The parameter it adds; empty for none.
    pub name: String,
    /// The value of that parameter.
    pub value: String,
    /// What it says.
    pub label: String,
    /// Where it sends the form instead of the form's own action.
    pub action: Option<String>,
}

impl Button {
    fn words(&self) -> String {
        format!("{} {} {}", self.label, self.name, self.value).to_lowercase()
    }

    /// Whether pressing it says no.
    #[must_use]
    pub fn denies(&self) -> bool {
        let words = self.words();
        ["deny", "cancel", "reject", "decline", "refuse", "abort", "disallow"].iter().any(|w| words.contains(w))
            || self.value.eq_ignore_ascii_case("no")
            || self.label.trim().eq_ignore_ascii_case("no")
    }

    /// Whether pressing it says yes.
    #[must_use]
    pub fn allows(&self) -> bool {
        let words = self.words();
        !self.denies()
            && [
                "allow", "approve", "accept", "authori", "consent", "continue", "confirm", "grant", "sign in",
                "log in", "login", "submit", "yes",
            ]
            .iter()
            .any(|w| words.contains(w))
    }
}

impl Form {
    /// Whether it asks for a password.
    #[must_use]
    pub fn asks_password(&self) -> bool {
        self.fields.iter().any(|f| f.kind == "password" && !f.wants_code(false))
    }

    /// The field for a user name: the text field that is named like one; beside a password, any text field.
    #[must_use]
    pub fn user_field(&self) -> Option<&Field> {
        let named = self.fields.iter().find(|f| f.wants_user_name());
        named.or_else(|| self.fields.iter().find(|f| f.is_text() && self.asks_password()))
    }

    /// The field for a one-time password.
    #[must_use]
    pub fn code_field(&self, guess: bool) -> Option<&Field> {
        self.fields.iter().find(|f| f.wants_code(guess))
    }
}
