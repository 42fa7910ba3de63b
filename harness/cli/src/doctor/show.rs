//! The diagnosis for a person.

use std::io::IsTerminal as _;

use proofmark_reports::terminal::{Style, hang};

use super::doors::{Diagnosis, State};

/// How many ids of a group of cases are named.
const NAMED: usize = 3;

const CASES: &str = "cases";
const LEFT: &str = "left behind";

/// What the lines look like.
#[derive(Debug, Clone, Copy)]
pub(super) struct Marks {
    unicode: bool,
    style: Style,
}

impl Marks {
    /// Those that standard output can show.
    pub(super) fn of(no_color: bool) -> Self {
        let plain = no_color || crate::args::no_color();
        let set = |name: &&str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(set).unwrap_or_default();
        let utf8 = locale.to_ascii_lowercase().replace('-', "").contains("utf8");
        let color = !plain && std::io::stdout().is_terminal();
        Marks { unicode: utf8 && !plain, style: Style { color, width: crate::live::width() } }
    }

    pub(super) fn style(self) -> Style {
        self.style
    }

    fn mark(self, state: State) -> String {
        let (pretty, plain, code) = match state {
            State::Open => ("✓", "ok", "32"),
            State::Shut => ("✗", "NO", "1;31"),
            State::Aside => ("–", "--", "2"),
        };
        let mark = if self.unicode { pretty } else { plain };
        if self.style.color { format!("\u{1b}[{code}m{mark}\u{1b}[0m") } else { mark.to_owned() }
    }

    fn line(self, state: State, name: &str, name_width: usize, text: &str, remedy: Option<&str>) -> String {
        let left = if self.unicode { 2 } else { 3 } + name_width + 2;
        let label = format!("{} {name:name_width$}  ", self.mark(state));
        let mut out = hang(&label, left, &crate::print::printable(text), self.style.width);
        if let Some(remedy) = remedy {
            let arrow = if self.unicode { "→ " } else { "> " };
            let label = format!("{}{arrow}", " ".repeat(left));
            out.push_str(&hang(&label, left + 2, &crate::print::printable(remedy), self.style.width));
        }
        out
    }
}

/// The diagnosis as lines.
pub(super) fn text(diagnosis: &Diagnosis, marks: Marks) -> String {
    let other = if diagnosis.leftovers.is_empty() { CASES } else { LEFT };
    let names = diagnosis.doors.iter().map(|door| door.door.len()).chain([other.len()]);
    let width = names.max().unwrap_or(0);
    let mut out = String::new();
    for door in &diagnosis.doors {
        out.push_str(&marks.line(door.state, door.door, width, &door.found, door.remedy.as_deref()));
    }
    if diagnosis.would_run + diagnosis.not_applicable + diagnosis.excluded > 0 || !diagnosis.waiting.is_empty() {
        out.push_str(&cases(diagnosis, marks, width));
    }
    for leftover in &diagnosis.leftovers {
        out.push_str(&marks.line(State::Aside, LEFT, width, leftover, None));
    }
    out.push('\n');
    out.push_str(match (diagnosis.ready, diagnosis.excluded) {
        (true, 0) => "A run can go ahead fully.\n",
        (true, _) => "A run can go ahead; what is left out is by your choice.\n",
        (false, _) if marks.unicode => "A run cannot go ahead fully: what is missing stands at the arrows (→).\n",
        (false, _) => "A run cannot go ahead fully: what is missing stands at the arrows (>).\n",
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
    let mut out = marks.line(state, CASES, width, &words.join(", "), None);
    for group in &diagnosis.waiting {
        let count = group.cases.len();
        let mut ids = group.cases.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
        if count > NAMED {
            ids.push_str(", ...");
        }
        let (cases, wait) = if count == 1 { ("case", "waits") } else { ("cases", "wait") };
        let text = format!("{count} {cases} {wait}: {} ({ids})", group.why);
        out.push_str(&marks.line(State::Shut, "", width, &text, group.remedy.as_deref()));
    }
    out
}

#[cfg(test)]
mod tests {
    use proofmark_model::Target;

    use super::super::doors::{Door, Waiting};
    use super::*;

    fn diagnosis() -> Diagnosis {
        let shut = "the page \"\u{1b}[2J\nGate\" asks for a password";
        Diagnosis {
            schema: "",
            target: Target::default(),
            ready: false,
            doors: vec![
                Door { door: "server", state: State::Open, found: "https://h answers".into(), remedy: None },
                Door { door: "client", state: State::Aside, found: "none is named".into(), remedy: None },
                Door { door: "sign-in", state: State::Shut, found: shut.into(), remedy: Some("set it".into()) },
            ],
            waiting: vec![
                Waiting { why: "no user".into(), remedy: None, cases: vec!["a".into()] },
                Waiting { why: "no token".into(), remedy: Some("get one".into()), cases: vec!["b".into(); 5] },
            ],
            would_run: 3,
            not_applicable: 1,
            excluded: 0,
            leftovers: vec!["client x: why".into()],
        }
    }

    fn shown(unicode: bool, color: bool) -> String {
        text(&diagnosis(), Marks { unicode, style: Style { color, width: 80 } })
    }

    #[test]
    fn a_terminal_that_shows_ascii_alone_gets_no_more() {
        let text = shown(false, false);
        let ours: String = text.replace('\u{fffd}', "");
        assert!(ours.is_ascii(), "{text}");
        assert!(
            text.starts_with("ok server       https://h answers\n-- client       none is named\nNO sign-in "),
            "{text}"
        );
        assert!(text.contains("\n                > set it\n"), "{text}");
        assert!(
            text.contains("1 case waits: no user (a)") && text.contains("5 cases wait: no token (b, b, b,"),
            "{text}"
        );
    }

    #[test]
    fn nothing_that_a_target_says_steers_the_terminal() {
        for (unicode, color) in [(true, false), (true, true), (false, true)] {
            let text = shown(unicode, color);
            assert!(!text.contains("\u{1b}[2J"), "{text}");
            assert_eq!(text.contains('\u{1b}'), color, "{text}");
            assert_eq!(text.contains('✗'), unicode, "{text}");
        }
    }
}
