//! Writing TOML that people read: what is set, what could be, and a comment for each. Texts that a target chose cannot
//! break out of their line: a configuration can name commands.

use std::fmt::Write as _;

use crate::print::printable;

/// How wide comments are.
const WIDTH: usize = 110;

/// A configuration in the making.
#[derive(Default)]
pub(super) struct Page(String);

impl Page {
    /// A comment.
    pub(super) fn say(&mut self, text: &str) {
        let mut line = String::new();
        for word in printable(text).split_whitespace() {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > WIDTH {
                let _ = writeln!(self.0, "#{line}");
                line.clear();
            }
            line.push(' ');
            line.push_str(word);
        }
        let _ = writeln!(self.0, "#{line}");
    }

    /// An empty line, and the head of a chapter.
    pub(super) fn chapter(&mut self, name: &str) {
        let _ = writeln!(self.0, "\n# ---- {name} {}", "-".repeat(WIDTH.saturating_sub(name.len() + 8)));
    }

    /// An empty line.
    pub(super) fn gap(&mut self) {
        self.0.push('\n');
    }

    /// A table that is there.
    pub(super) fn table(&mut self, name: &str) {
        let _ = writeln!(self.0, "{name}");
    }

    /// A key that is set.
    pub(super) fn set(&mut self, key: &str, value: &str) {
        let _ = writeln!(self.0, "{key} = {value}");
    }

    /// A table that the user may take in.
    pub(super) fn offer_table(&mut self, name: &str) {
        let _ = writeln!(self.0, "#{name}");
    }

    /// A key that the user may take in.
    pub(super) fn offer(&mut self, key: &str, value: &str) {
        let _ = writeln!(self.0, "#{key} = {value}");
    }

    /// The text.
    pub(super) fn end(self) -> String {
        self.0
    }
}

/// A string of TOML.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A list of strings of TOML.
pub(super) fn list<S: AsRef<str>>(texts: impl IntoIterator<Item = S>) -> String {
    let items: Vec<_> = texts.into_iter().map(|text| quoted(text.as_ref())).collect();
    format!("[{}]", items.join(", "))
}

/// A secret's place in the environment.
pub(super) fn env(variable: &str) -> String {
    format!("{{ env = {} }}", quoted(variable))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_target_says_stays_on_its_line() {
        let hostile = "a\"\n[tokens]\naccess = { command = \"rm\" }\r\u{7f}\\";
        let mut page = Page::default();
        page.say(hostile);
        page.set("url", &quoted(hostile));
        let text = page.end();
        let read: toml::Table = toml::from_str(&text).expect("TOML");
        assert_eq!(read.keys().collect::<Vec<_>>(), ["url"], "{text}");
        assert_eq!(read["url"].as_str(), Some(hostile));
    }
}
