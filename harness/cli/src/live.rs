//! What a person sees while a run goes on: a line that moves on a terminal, quiet lines elsewhere, both on standard
//! error.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use proofmark_model::{Event, Status};
use proofmark_reports::terminal::Style;

/// Shows events as they come.
pub(crate) struct Live {
    state: Mutex<State>,
    bar: Option<ProgressBar>,
    /// Whether more is said than what must be.
    lines: bool,
    style: Style,
}

struct State {
    began: Instant,
    planned: usize,
    done: usize,
    red: usize,
    running: Vec<String>,
    /// Waiting case → what for, and until when.
    waiting: BTreeMap<String, (String, Duration)>,
    /// Until when something outside is waited for, such as a person.
    outside: Option<Duration>,
}

/// The width of the terminal, or a common one.
pub(crate) fn width() -> usize {
    terminal_size::terminal_size().map_or(100, |(columns, _)| usize::from(columns.0))
}

impl Live {
    /// With a line for everything that matters, or with nothing but what somebody has to do.
    pub(crate) fn new(quiet: bool, style: Style) -> Self {
        Live::with(!quiet, !quiet, style)
    }

    /// With the moving line alone, and what somebody has to do.
    pub(crate) fn without_lines(style: Style) -> Self {
        Live::with(false, true, style)
    }

    fn with(lines: bool, moving: bool, style: Style) -> Self {
        let bar = (moving && std::io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::new_spinner();
            if let Ok(look) = ProgressStyle::with_template("{spinner} {wide_msg}") {
                bar.set_style(look);
            }
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        let state = State {
            began: Instant::now(),
            planned: 0,
            done: 0,
            red: 0,
            running: Vec::new(),
            waiting: BTreeMap::new(),
            outside: None,
        };
        Live { state: Mutex::new(state), bar, lines, style }
    }

    /// Shows one event.
    pub(crate) fn show(&self, event: &Event) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::RunStarted { target, .. } => {
                state.began = Instant::now();
                self.line(&format!("testing {}", target.name()));
            }
            Event::Learned { fact } => self.line(&format!("  {}: {}", fact.name, fact.value)),
            Event::Planned { target, plan } => {
                state.planned = plan.cases.iter().filter(|c| c.settled.is_none()).count();
                let revision = target.revision.map(|r| r.to_string()).unwrap_or_default();
                self.line(&format!("  {} of {} cases run, at MCP {revision}", state.planned, plan.cases.len()));
            }
            Event::CaseStarted { case } => state.running.push(case.clone()),
            Event::CaseWaits { case, what, until_ms } => {
                let until = Duration::from_millis(*until_ms);
                let more = until.saturating_sub(state.began.elapsed());
                if more > Duration::from_secs(2) && self.bar.is_none() {
                    self.line(&format!("  {case} waits {} s: {what}", more.as_secs()));
                }
                state.running.retain(|c| c != case);
                state.waiting.insert(case.clone(), (what.clone(), until));
            }
            Event::CaseFinished { result } => {
                state.done += 1;
                state.running.retain(|c| *c != result.id);
                state.waiting.remove(&result.id);
                if result.status.is_red() || result.status == Status::Warn {
                    state.red += usize::from(result.status.is_red());
                    self.marked(&self.mark(result.status), &format!("{}: {}", result.id, result.message));
                }
            }
            Event::Waiting { what, until_ms } => {
                let until = Duration::from_millis(*until_ms);
                let left = until.saturating_sub(state.began.elapsed());
                // Nobody can do what they are not told, however quiet it is to be.
                self.say("", &format!("  {what} (within {} s)", left.as_secs()));
                state.outside = Some(until);
            }
            Event::Stopped { reason, .. } => self.line(&format!("  {reason}")),
            Event::Exchanged { .. } => state.outside = None,
            Event::RunFinished { .. } => {}
        }
        if let Some(bar) = &self.bar {
            bar.set_message(state.words());
        }
    }

    /// Takes the moving line away.
    pub(crate) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn line(&self, text: &str) {
        self.marked("", text);
    }

    fn marked(&self, mark: &str, text: &str) {
        if self.lines {
            self.say(mark, text);
        }
    }

    /// A line behind a mark of ours. The text may be a target's, and must not steer the terminal.
    fn say(&self, mark: &str, text: &str) {
        let text = crate::print::printable(text);
        let line = if mark.is_empty() { text } else { format!("  {mark} {text}") };
        match &self.bar {
            Some(bar) => bar.println(line),
            None => crate::print::note(&line),
        }
    }

    fn mark(&self, status: Status) -> String {
        let code = match status {
            Status::Warn => "33",
            Status::Blocked | Status::Error => "35",
            _ => "31",
        };
        let color = self.style.color && self.bar.is_some();
        if color { format!("\u{1b}[{code}m{status}\u{1b}[0m") } else { status.to_string() }
    }
}

impl State {
    fn words(&self) -> String {
        let left = self.outside.map(|until| until.saturating_sub(self.began.elapsed()));
        if let Some(left) = left.filter(|left| !left.is_zero()) {
            return format!("waiting for what is asked above, {} s at most", left.as_secs());
        }
        if self.planned == 0 {
            return "finding the authorization server and signing in".into();
        }
        let mut words = format!("{}/{} cases", self.done, self.planned);
        if self.red > 0 {
            words.push_str(&format!(", {} red", self.red));
        }
        if let Some(case) = self.running.first() {
            words.push_str(&format!(" · {case}"));
            if self.running.len() > 1 {
                words.push_str(&format!(" and {} more", self.running.len() - 1));
            }
        }
        let next = self.waiting.values().min_by_key(|(_, until)| *until);
        if let Some((what, until)) = next {
            let left = until.saturating_sub(self.began.elapsed());
            words.push_str(&format!(" · {} waiting, next in {} s: {what}", self.waiting.len(), left.as_secs()));
        }
        words
    }
}
