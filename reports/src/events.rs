//! `events.ndjson`: the events of a run, one JSON value per line, in the order in which they happened. It is the complete
//! record, from which every report can be rendered again.

use std::fmt;

use proofmark_model::Event;

use crate::text;

/// A line that is not an event.
#[derive(Debug)]
pub struct ReadError {
    /// The number of the line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub source: serde_json::Error,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} is not an event of a run", self.line)
    }
}

impl std::error::Error for ReadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// The line of one event, with its line break.
#[must_use]
pub fn write_line(event: &Event) -> String {
    let json = serde_json::to_string(event).expect("an event has string keys only, so it serialises");
    let mut line = text::ascii_escapes(&json);
    line.push('\n');
    line
}

/// Reads events back. Blank lines are passed over. A last line without its line break that does not parse is passed over
/// too: a run that was killed may leave half an event, and what it had learned before stands.
///
/// # Errors
/// A complete line is not an event.
pub fn read(ndjson: &str) -> Result<Vec<Event>, ReadError> {
    let mut events = Vec::new();
    for (at, line) in ndjson.split_inclusive('\n').enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        match serde_json::from_str(line) {
            Ok(event) => events.push(event),
            Err(_) if !line.ends_with('\n') => break,
            Err(source) => return Err(ReadError { line: at + 1, source }),
        }
    }
    Ok(events)
}

/// The JSON Schema of one line.
#[must_use]
pub fn schema() -> serde_json::Value {
    crate::json::schema_of::<Event>("One line of events.ndjson")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_line_is_named_and_a_half_last_line_is_not_an_error() {
        let line = write_line(&Event::CaseStarted { case: "a\u{202e}".into() });
        assert!(line.is_ascii());
        assert_eq!(read(&line).expect("reads").len(), 1);
        assert_eq!(read(&format!("{line}\n{}", &line[..9])).expect("reads").len(), 1);
        assert_eq!(read(&format!("{line}{{}}\n")).expect_err("no event").line, 2);
    }
}
