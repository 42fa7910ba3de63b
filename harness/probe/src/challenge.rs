//! `WWW-Authenticate`, parsed strictly (RFC 9110 §11.6.1) and with every deviation named, so that a judge can tell a
//! lawful challenge from one that only lenient clients can read.

use crate::Reply;

/// One challenge of a header.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Challenge {
    /// The scheme as sent.
    pub scheme: String,
    /// The parameters in order.
    pub params: Vec<Param>,
    /// The `token68` form, where a scheme uses that instead of parameters.
    pub token68: Option<String>,
}

/// A parameter of a challenge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Param {
    /// The name as sent.
    pub name: String,
    /// The value, unescaped.
    pub value: String,
    /// Whether it was a quoted string.
    pub quoted: bool,
    /// Whether the quoted string used a backslash escape.
    pub escaped: bool,
}

impl Challenge {
    /// Whether the scheme is `Bearer`, in any case.
    #[must_use]
    pub fn is_bearer(&self) -> bool {
        self.scheme.eq_ignore_ascii_case("bearer")
    }

    /// The first parameter of a name, which is compared without regard to case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|p| p.name.eq_ignore_ascii_case(name)).map(|p| p.value.as_str())
    }

    /// The names that occur more than once.
    #[must_use]
    pub fn repeated(&self) -> Vec<String> {
        let mut names: Vec<_> = self.params.iter().map(|p| p.name.to_ascii_lowercase()).collect();
        names.sort();
        let mut repeated: Vec<_> = names.windows(2).filter(|w| w[0] == w[1]).map(|w| w[0].clone()).collect();
        repeated.dedup();
        repeated
    }
}

/// The challenges of an answer; `Err` says what is wrong with the header and where.
///
/// # Errors
/// When a header line does not follow the grammar.
pub fn challenges(reply: &Reply) -> Result<Vec<Challenge>, String> {
    let mut all = Vec::new();
    for line in reply.headers("www-authenticate") {
        all.extend(parse(&line).map_err(|why| format!("WWW-Authenticate: {}: {why}", crate::http::cut(&line, 200)))?);
    }
    Ok(all)
}

/// The first `Bearer` challenge of an answer, read as leniently as clients read it.
#[must_use]
pub fn bearer(reply: &Reply) -> Option<Challenge> {
    reply.headers("www-authenticate").find_map(|line| {
        let list = parse(&line).unwrap_or_else(|_| lenient(&line));
        list.into_iter().find(Challenge::is_bearer)
    })
}

/// Parses one header value.
///
/// # Errors
/// A description of the first deviation from the grammar, with its position in bytes.
pub fn parse(text: &str) -> Result<Vec<Challenge>, String> {
    let mut parser = Parser { text: text.as_bytes(), at: 0 };
    let mut challenges: Vec<Challenge> = Vec::new();
    loop {
        parser.skip_separators();
        if parser.done() {
            return Ok(challenges);
        }
        let word = parser.token().ok_or_else(|| parser.complain("expected a scheme or a parameter"))?;
        let before = parser.at;
        parser.skip_blank();
        if parser.peek() == Some(b'=') && !challenges.is_empty() {
            parser.at += 1;
            parser.skip_blank();
            let param = parser.value(word)?;
            // Not empty: checked one line above.
            if let Some(challenge) = challenges.last_mut() {
                if challenge.token68.is_some() {
                    return Err(parser.complain("a parameter after a token68"));
                }
                challenge.params.push(param);
            }
            parser.expect_end_of_element()?;
        } else {
            let mut challenge = Challenge { scheme: word, ..Challenge::default() };
            let spaced = parser.at > before;
            if spaced && let Some(token68) = parser.token68() {
                challenge.token68 = Some(token68);
                parser.expect_end_of_element()?;
            } else if !spaced && !matches!(parser.peek(), None | Some(b',')) {
                return Err(parser.complain("a scheme must be followed by a space"));
            }
            challenges.push(challenge);
        }
    }
}

/// Reads `scheme name=value, …` however it is quoted.
fn lenient(text: &str) -> Vec<Challenge> {
    let (scheme, rest) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
    let params = rest
        .split(',')
        .filter_map(|part| part.split_once('='))
        .map(|(name, value)| Param {
            name: name.trim().to_owned(),
            value: value.trim().trim_matches(['"', '\'']).to_owned(),
            quoted: value.trim().starts_with('"'),
            escaped: false,
        })
        .collect();
    vec![Challenge { scheme: scheme.to_owned(), params, token68: None }]
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
}

impl Parser<'_> {
    fn done(&self) -> bool {
        self.at >= self.text.len()
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip_while(&mut self, accept: impl Fn(u8) -> bool) -> usize {
        let start = self.at;
        while self.peek().is_some_and(&accept) {
            self.at += 1;
        }
        self.at - start
    }

    fn skip_blank(&mut self) {
        self.skip_while(|b| b == b' ' || b == b'\t');
    }

    fn skip_separators(&mut self) {
        self.skip_while(|b| matches!(b, b' ' | b'\t' | b','));
    }

    fn slice(&self, from: usize) -> String {
        String::from_utf8_lossy(&self.text[from..self.at]).into_owned()
    }

    fn token(&mut self) -> Option<String> {
        let start = self.at;
        (self.skip_while(is_token) > 0).then(|| self.slice(start))
    }

    /// A `token68` that is the whole rest of the element; otherwise nothing is consumed.
    fn token68(&mut self) -> Option<String> {
        let start = self.at;
        let length = self.skip_while(|b| b.is_ascii_alphanumeric() || b"-._~+/".contains(&b));
        self.skip_while(|b| b == b'=');
        let end = self.at;
        self.skip_blank();
        if length > 0 && matches!(self.peek(), None | Some(b',')) {
            return Some(String::from_utf8_lossy(&self.text[start..end]).into_owned());
        }
        self.at = start;
        None
    }

    fn value(&mut self, name: String) -> Result<Param, String> {
        if self.peek() != Some(b'"') {
            let value = self.token().ok_or_else(|| self.complain(&format!("expected a value for {name}")))?;
            return Ok(Param { name, value, quoted: false, escaped: false });
        }
        self.at += 1;
        let (mut value, mut escaped) = (Vec::new(), false);
        loop {
            match self.peek() {
                None => return Err(self.complain(&format!("the quoted value of {name} does not end"))),
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Param {
                        name,
                        value: String::from_utf8_lossy(&value).into_owned(),
                        quoted: true,
                        escaped,
                    });
                }
                Some(b'\\') => {
                    escaped = true;
                    self.at += 1;
                    value.extend(self.peek());
                }
                Some(byte) => value.push(byte),
            }
            self.at += 1;
        }
    }

    fn expect_end_of_element(&mut self) -> Result<(), String> {
        self.skip_blank();
        match self.peek() {
            None | Some(b',') => Ok(()),
            Some(other) => Err(self.complain(&format!("expected a comma before '{}'", char::from(other)))),
        }
    }

    fn complain(&self, what: &str) -> String {
        format!("{what} at byte {}", self.at)
    }
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_challenge_is_read() {
        let list = parse(r#"Bearer realm="mcp", error=invalid_token , scope="a b""#).expect("lawful");
        assert_eq!(list.len(), 1);
        assert_eq!(list[0].get("SCOPE"), Some("a b"));
        assert!(!list[0].params[1].quoted);
    }

    #[test]
    fn several_challenges_stand_in_one_line() {
        let list = parse(r#"Basic realm="x", Bearer resource_metadata="https://h/p,q", Negotiate, Custom abc=="#)
            .expect("lawful");
        let schemes: Vec<_> = list.iter().map(|c| c.scheme.as_str()).collect();
        assert_eq!(schemes, ["Basic", "Bearer", "Negotiate", "Custom"]);
        assert_eq!(list[1].get("resource_metadata"), Some("https://h/p,q"));
        assert_eq!(list[3].token68.as_deref(), Some("abc=="));
    }

    #[test]
    fn deviations_are_named() {
        for bad in [
            r#"Bearer resource_metadata=https://h/p"#,
            r#"Bearer scope=a b"#,
            r#"Bearer error="x"#,
            r#"Bearer error='a b'"#,
            r#"Bearer {"error":"x"}"#,
            r#"Bearer error="a" scope="b""#,
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        assert_eq!(parse("Bearer").expect("bare"), [Challenge { scheme: "Bearer".into(), ..Challenge::default() }]);
    }

    #[test]
    fn repeated_names_are_found_whatever_their_case() {
        let list = parse(r#"Bearer scope="a", Scope="b""#).expect("lawful grammar");
        assert_eq!(list[0].repeated(), ["scope"]);
    }

    #[test]
    fn a_broken_challenge_is_still_usable_as_clients_use_it() {
        let reply = Reply::canned(401, &[("www-authenticate", "Bearer resource_metadata=https://h/p")], "");
        assert!(challenges(&reply).is_err());
        assert_eq!(
            bearer(&reply).and_then(|c| c.get("resource_metadata").map(str::to_owned)).as_deref(),
            Some("https://h/p")
        );
    }
}
