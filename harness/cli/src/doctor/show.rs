//! The diagnosis for a person.

use std::io::IsTerminal as _;

use proofmark_reports::terminal::hang;

use super::doors::{Diagnosis, State};

/// How many ids of a group of cases are named.
const NAMED: usize = 3;

/// What stands before each line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Marks {
    unicode: bool,
    color: bool,
    width: usize,
}

impl Marks {
    /// Those that standard output can show.
    pub(super) fn of(no_color: bool) -> Self {
        let plain = no_color || crate::args::no_color();
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .into_iter()
            .find_map(|name| std::env::var(name).ok().filter(|v| !v.is_empty()));
        let utf8 = locale.is_some_and(|v| v.to_ascii_lowercase().replace('-', "").contains("utf8"));
        Marks { unicode: utf8 && !plain, color: !plain && std::io::stdout().is_terminal(), width: crate::live::width() }
    }

    fn mark(self, state: State) -> String {
        let (pretty, plain, code) = match state {
            State::Open => ("✓", "ok", "32"),
            State::Shut => ("✗", "NO", "1;31"),
            State::Aside => ("–", "--", "2"),
        };
        let mark = if self.unicode { pretty } else { plain };
        if self.color { format!("\u{1b}[{code}m{mark}\u{1b}[0m") } else { mark.to_owned() }
    }

    fn line(self, state: State, name: &str, name_width: usize, text: &str, remedy: Option<&str>) -> String {
        let left = if self.unicode { 2 } else { 3 } + name_width + 2;
        let label = format!("{} {name:name_width$}  ", self.mark(state));
        let mut out = hang(&label, left, &crate::print::printable(text), self.width);
        if let Some(remedy) = remedy {
            let arrow = if self.unicode { "→ " } else { "> " };
            let label = format!("{}{arrow}", " ".repeat(left));
            out.push_str(&hang(&label, left + 2, &crate::print::printable(remedy), self.width));
        }
        out
    }
}

/// The diagnosis as lines.
pub(super) fn text(diagnosis: &Diagnosis, marks: Marks) -> String {
    let names = diagnosis.doors.iter().map(|door| door.door.len()).chain(["cases".len()]);
    let width = names.max().unwrap_or(0);
    let mut out = String::new();
    for door in &diagnosis.doors {
        out.push_str(&marks.line(door.state, door.door, width, &door.found, door.remedy.as_deref()));
    }
    if diagnosis.would_run + diagnosis.not_applicable + diagnosis.excluded > 0 || !diagnosis.waiting.is_empty() {
        out.push_str(&cases(diagnosis, marks, width));
    }
    for leftover in &diagnosis.leftovers {
        out.push_str(&marks.line(State::Aside, "left behind", width, leftover, None));
    }
    out.push('\n');
    out.push_str(if diagnosis.ready {
        "A run can go ahead fully.\n"
    } else {
        "A run cannot go ahead fully: see what follows the arrows.\n"
    });
    out
}

fn cases(diagnosis: &Diagnosis, marks: Marks, width: usize) -> String {
    let mut words = vec![format!("{} would run", diagnosis.would_run)];
    for (count, what) in [(diagnosis.not_applicable, "do not apply"), (diagnosis.excluded, "are left out")] {
        if count > 0 {
            words.push(format!("{count} {what}"));
        }
    }
    let state = if diagnosis.would_run > 0 { State::Open } else { State::Shut };
    let mut out = marks.line(state, "cases", width, &words.join(", "), None);
    for group in &diagnosis.waiting {
        let count = group.cases.len();
        let mut ids = group.cases.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
        if count > NAMED {
            ids.push_str(", …");
        }
        let (cases, wait) = if count == 1 { ("case", "waits") } else { ("cases", "wait") };
        let text = format!("{count} {cases} {wait}: {} ({ids})", group.why);
        out.push_str(&marks.line(State::Shut, "", width, &text, group.remedy.as_deref()));
    }
    out
}
