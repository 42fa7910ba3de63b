//! What a terminal shows: short blocks for what failed, a last screen, and tables.

mod summary;
mod table;
mod wrap;

pub use summary::summary;
pub use table::{Align, Table};
pub use wrap::hang;

/// What a terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether it shows colours. Nothing is told by colour alone.
    pub color: bool,
    /// How many columns it has.
    pub width: usize,
}

impl Style {
    /// No colours, 100 columns: for files and pipes.
    pub const PLAIN: Style = Style { color: false, width: 100 };

    fn paint(self, ink: Ink, text: &str) -> String {
        if self.color { format!("\x1b[{}m{text}\x1b[0m", ink.code()) } else { text.to_owned() }
    }
}

/// The few inks in use; the user's palette decides how they look.
#[derive(Debug, Clone, Copy)]
enum Ink {
    Bold,
    Dim,
    Good,
    Bad,
    Doubt,
    Gap,
}

impl Ink {
    const fn code(self) -> &'static str {
        match self {
            Ink::Bold => "1",
            Ink::Dim => "2",
            Ink::Good => "1;32",
            Ink::Bad => "1;31",
            Ink::Doubt => "1;33",
            Ink::Gap => "1;35",
        }
    }
}
