//! Tables with aligned columns, for `list`, `plan` and `coverage`.

use unicode_width::UnicodeWidthStr;

use super::wrap::wrap;
use super::{Ink, Style};
use crate::text::one_line;

/// On which side of its column a cell stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Left.
    Left,
    /// Right, for numbers.
    Right,
}

/// A table that fits a terminal. Columns take the width of their widest cell; the last column takes what is left and
/// breaks its text over several lines.
#[derive(Debug, Clone, Default)]
pub struct Table {
    head: Vec<(String, Align)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these column heads, aligned left.
    #[must_use]
    pub fn new(head: &[&str]) -> Self {
        Table { head: head.iter().map(|h| ((*h).to_owned(), Align::Left)).collect(), rows: Vec::new() }
    }

    /// The same table with another alignment of one column.
    #[must_use]
    pub fn align(mut self, column: usize, align: Align) -> Self {
        if let Some(head) = self.head.get_mut(column) {
            head.1 = align;
        }
        self
    }

    /// Adds a row. Missing cells are empty, surplus ones are dropped.
    pub fn row<S: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = S>) {
        let mut row: Vec<String> = cells.into_iter().map(|c| one_line(c.as_ref())).collect();
        row.resize(self.head.len(), String::new());
        self.rows.push(row);
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table as text, each line ending with a line break.
    #[must_use]
    pub fn render(&self, style: Style) -> String {
        let Some(last) = self.head.len().checked_sub(1) else { return String::new() };
        let widths: Vec<usize> = (0..last)
            .map(|at| self.rows.iter().map(|r| r[at].width()).chain([self.head[at].0.width()]).max().unwrap_or(0))
            .collect();
        let left: usize = widths.iter().map(|w| w + 2).sum();
        // Where the other columns leave too little, an over-long line reads better than a column of syllables.
        let room = style.width.saturating_sub(left).max(24);
        let head: Vec<String> = self.head.iter().map(|(name, _)| name.clone()).collect();
        let mut out = String::new();
        self.push(&mut out, &head, &widths, room, |line| style.paint(Ink::Bold, line));
        for row in &self.rows {
            self.push(&mut out, row, &widths, room, str::to_owned);
        }
        out
    }

    fn push(&self, out: &mut String, row: &[String], widths: &[usize], room: usize, paint: impl Fn(&str) -> String) {
        let last = row.last().map_or("", String::as_str);
        for (at, text) in wrap(last, room).iter().enumerate() {
            let mut line = String::new();
            for (column, width) in widths.iter().enumerate() {
                let cell = if at == 0 { row[column].as_str() } else { "" };
                let gap = " ".repeat(width.saturating_sub(cell.width()));
                match self.head[column].1 {
                    Align::Left => line.extend([cell, &gap, "  "]),
                    Align::Right => line.extend([&gap, cell, "  "]),
                }
            }
            line.push_str(text);
            out.push_str(&paint(line.trim_end()));
            out.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_the_last_one_wraps() {
        let mut table = Table::new(&["case", "n", "title"]).align(1, Align::Right);
        table.row(["as.pkce.plain", "3", "A challenge with the method plain is refused"]);
        table.row(["東京", "12", "Short"]);
        assert_eq!(
            table.render(Style { color: false, width: 46 }),
            "case            n  title\n\
             as.pkce.plain   3  A challenge with the method\n\
             \u{20}                  plain is refused\n\
             東京           12  Short\n"
        );
    }
}
