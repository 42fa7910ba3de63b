//! Text of a target, made safe to show.

use std::borrow::Cow;
use std::fmt::Write;

use unicode_width::UnicodeWidthChar;

/// More combining marks than any script stacks on one letter; beyond that they only smear over neighbouring lines.
const MARKS_IN_A_ROW: usize = 3;

/// Whether a character hides, reorders or controls text, or is forbidden in XML.
pub(crate) fn is_hidden(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}' => true,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' => true,
        '\u{fdd0}'..='\u{fdef}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' => true,
        '\u{e0000}'..='\u{e0fff}' => true,
        _ => c.is_control() || (c as u32) & 0xfffe == 0xfffe,
    }
}

/// The text with what cannot be seen written out as `\u{…}`. Newlines and tabs stay.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|b| matches!(b, b'\n' | b'\t' | b' '..=b'~')) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut marks = 0;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        marks = if !c.is_ascii() && c.width() == Some(0) { marks + 1 } else { 0 };
        if c == '\r' && chars.peek() == Some(&'\n') {
            continue;
        }
        if is_hidden(c) || marks > MARKS_IN_A_ROW {
            // Writing to a string cannot fail.
            let _ = write!(out, "\\u{{{:x}}}", c as u32);
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// The text on one line, for places where a line break would pretend to be structure.
pub(crate) fn one_line(text: &str) -> String {
    let text = visible(text);
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// The longest start of the text within `bytes`, and how many bytes are left out.
pub(crate) fn cut(text: &str, bytes: usize) -> (&str, usize) {
    let end = (0..=bytes.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    (&text[..end], text.len() - end)
}

/// [`one_line`], at most about `bytes` long; says what it leaves out.
pub(crate) fn brief(text: &str, bytes: usize) -> String {
    let line = one_line(text);
    match cut(&line, bytes) {
        (_, 0) => line,
        (start, left) => format!("{start}… ({left} more bytes)"),
    }
}

/// JSON text with hidden characters inside its strings as `\uXXXX`, which reads back as the same value.
pub(crate) fn ascii_escapes(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if is_hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// `1 case`, `2 cases`.
pub(crate) fn count(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

/// The text as a sentence: ends with a full stop unless it ends with a mark of its own.
pub(crate) fn sentence(text: &str) -> String {
    let text = one_line(text);
    if text.is_empty() || text.ends_with(['.', '!', '?', '…', ':']) { text } else { format!("{text}.") }
}

/// A duration as a person says it.
pub(crate) fn duration(ms: u64) -> String {
    match ms {
        0..=999 => format!("{ms} ms"),
        1_000..=59_999 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        _ => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1_000),
    }
}

/// One-line JSON, indented without being parsed into values: duplicate keys and number spellings stay as they were sent.
pub(crate) fn indent_json(text: &str) -> Option<String> {
    serde_json::from_str::<serde::de::IgnoredAny>(text).ok()?;
    let mut out = String::with_capacity(text.len() * 2);
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    let mut chars = text.chars().peekable();
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth.min(20)));
    };
    while let Some(c) = chars.next() {
        if in_string {
            out.push(c);
            in_string = c != '"' || escaped;
            escaped = c == '\\' && !escaped;
            continue;
        }
        match c {
            '"' => {
                in_string = true;
                out.push(c);
            }
            '{' | '[' => {
                out.push(c);
                while chars.next_if(char::is_ascii_whitespace).is_some() {}
                if let Some(close) = chars.next_if(|c| matches!(c, '}' | ']')) {
                    out.push(close);
                } else {
                    depth += 1;
                    line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c if c.is_ascii_whitespace() => {}
            c => out.push(c),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_written_out() {
        assert_eq!(visible("a\u{202e}b\u{0}c\u{1b}[1m\r\nd\te"), "a\\u{202e}b\\u{0}c\\u{1b}[1m\nd\te");
        assert_eq!(visible("naïve ‹code 1 · 9f2c› 東京"), "naïve ‹code 1 · 9f2c› 東京");
    }

    #[test]
    fn piles_of_combining_marks_are_written_out() {
        let pile = format!("a{}", "\u{301}".repeat(6));
        assert_eq!(visible(&pile), format!("a{}\\u{{301}}\\u{{301}}\\u{{301}}", "\u{301}".repeat(3)));
    }

    #[test]
    fn a_cut_falls_between_characters() {
        assert_eq!(cut("añb", 2), ("a", 3));
        assert_eq!(brief("one  two\nthree", 7), "one two… (6 more bytes)");
    }

    #[test]
    fn escapes_in_json_read_back() {
        let value = "a\u{202e}\u{e0041}\u{7f}";
        let safe = ascii_escapes(&serde_json::to_string(value).expect("a string serialises"));
        assert!(safe.is_ascii());
        assert_eq!(serde_json::from_str::<String>(&safe).expect("JSON"), value);
    }

    #[test]
    fn json_is_indented_without_losing_anything() {
        let text = r#"{"a":1.0,"a":[],"b":["x,\"{y",{"c":null}]}"#;
        let indented = indent_json(text).expect("JSON");
        assert_eq!(
            indented,
            "{\n  \"a\": 1.0,\n  \"a\": [],\n  \"b\": [\n    \"x,\\\"{y\",\n    {\n      \"c\": null\n    }\n  ]\n}"
        );
        assert_eq!(indent_json("<html>"), None);
    }
}
