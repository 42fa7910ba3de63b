//! Breaking text into lines of a width, measured in terminal columns.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The text in lines of at most `width` columns, broken between words where there are any. A web address stays whole, so
/// that a terminal which makes links of addresses still can.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(8);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.width() + 1 + word.width() > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        if word.starts_with("https://") || word.starts_with("http://") {
            line.push_str(word);
            continue;
        }
        for c in word.chars() {
            // Only a word that is longer than a whole line is ever broken.
            if line.width() + c.width().unwrap_or(0) > width {
                lines.push(std::mem::take(&mut line));
            }
            line.push(c);
        }
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// `label` in a column of its own, `text` wrapped beside it. The label may be painted, so its width is given.
#[must_use]
pub fn hang(label: &str, label_width: usize, text: &str, width: usize) -> String {
    let mut out = String::from(label);
    for (at, line) in wrap(text, width.saturating_sub(label_width)).iter().enumerate() {
        if at > 0 {
            out.push_str(&" ".repeat(label_width));
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_kept_whole_unless_they_fill_a_line() {
        assert_eq!(wrap("one two three", 9), ["one two", "three"]);
        assert_eq!(wrap("ab abcdefghijk", 8), ["ab", "abcdefgh", "ijk"]);
        assert_eq!(wrap("東京東京東", 8), ["東京東京", "東"]);
        assert_eq!(wrap("see https://as.test/", 8), ["see", "https://as.test/"]);
        assert_eq!(wrap("", 8), [""]);
    }
}
