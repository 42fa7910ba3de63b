//! Finding the pseudonyms that the recorder put in place of secrets, such as `‹access_token 1 · 9f2c›`.

/// A part of a recorded text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// Text as it was.
    Text(&'a str),
    /// A pseudonym, from `‹` to `›`.
    Secret(&'a str),
}

/// The text in pieces, in order.
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let (mut start, mut from) = (0, 0);
    while let Some(open) = text[from..].find('‹').map(|at| from + at) {
        match pseudonym_at(&text[open..]) {
            Some(secret) => {
                if start < open {
                    found.push(Piece::Text(&text[start..open]));
                }
                found.push(Piece::Secret(secret));
                start = open + secret.len();
                from = start;
            }
            None => from = open + '‹'.len_utf8(),
        }
    }
    if start < text.len() {
        found.push(Piece::Text(&text[start..]));
    }
    found
}

/// The pseudonym at the start of the text, if there is one.
fn pseudonym_at(text: &str) -> Option<&str> {
    let inside = &text['‹'.len_utf8()..text.find('›')?];
    let (name, digest) = inside.split_once(" · ")?;
    let (kind, number) = name.rsplit_once(' ')?;
    let is_word = |s: &str, max: usize, ok: fn(char) -> bool| !s.is_empty() && s.len() <= max && s.chars().all(ok);
    (is_word(kind, 48, |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ' '))
        && is_word(number, 9, |c| c.is_ascii_digit())
        && is_word(digest, 64, |c| c.is_ascii_hexdigit()))
    .then(|| &text[..inside.len() + '‹'.len_utf8() + '›'.len_utf8()])
}

/// The shell variable that stands for a pseudonym: `ACCESS_TOKEN_1`.
pub(crate) fn variable(secret: &str) -> String {
    let name = secret.trim_matches(['‹', '›']).split(" · ").next().unwrap_or_default();
    let name: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect();
    // A variable may not begin with a digit.
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("_{name}") } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pseudonyms_are_told_from_text() {
        assert_eq!(
            pieces("a=‹code 12 · 9f2c›&b=‹x›‹refresh token 1 · 00ff›"),
            [
                Piece::Text("a="),
                Piece::Secret("‹code 12 · 9f2c›"),
                Piece::Text("&b=‹x›"),
                Piece::Secret("‹refresh token 1 · 00ff›"),
            ]
        );
        assert_eq!(pieces("‹$(reboot) 1 · 9f2c›"), [Piece::Text("‹$(reboot) 1 · 9f2c›")]);
        assert_eq!(pieces("‹‹code 1 · 9f2c›"), [Piece::Text("‹"), Piece::Secret("‹code 1 · 9f2c›")]);
    }

    #[test]
    fn variables_are_readable() {
        assert_eq!(variable("‹access_token 1 · 9f2c›"), "ACCESS_TOKEN_1");
        assert_eq!(variable("‹2nd-secret 3 · 9f2c›"), "_2ND_SECRET_3");
    }
}
