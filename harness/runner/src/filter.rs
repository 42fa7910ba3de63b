//! Which cases the user wants.

/// A choice of cases by patterns over their ids. `*` stands for any characters.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only cases that match one of these; empty means all.
    pub only: Vec<String>,
    /// No case that matches one of these.
    pub skip: Vec<String>,
}

impl Filter {
    /// Why a case is left out, or `None` when it is wanted.
    #[must_use]
    pub fn excludes(&self, id: &str) -> Option<String> {
        if let Some(pattern) = self.skip.iter().find(|p| matches(p, id)) {
            return Some(format!("left out by --skip {pattern}"));
        }
        if self.only.is_empty() || self.only.iter().any(|p| matches(p, id)) {
            return None;
        }
        Some(format!("not among --only {}", self.only.join(" --only ")))
    }

    /// The patterns that match none of these ids: typing errors, or cases that were renamed.
    pub fn unmatched<'a>(&'a self, ids: &'a [&str]) -> impl Iterator<Item = &'a str> {
        self.only.iter().chain(&self.skip).map(String::as_str).filter(|p| !ids.iter().any(|id| matches(p, id)))
    }
}

/// Whether a text matches a pattern in which `*` stands for any characters.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or("");
    for part in parts {
        let Some(at) = text.find(part) else { return false };
        text = &text[at + part.len()..];
    }
    text.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_ids() {
        for (pattern, text, wanted) in [
            ("as.pkce.*", "as.pkce.wrong-verifier", true),
            ("as.pkce", "as.pkce.wrong-verifier", false),
            ("*.wrong-*", "as.pkce.wrong-verifier", true),
            ("as.*.wrong", "as.pkce.wrong-verifier", false),
            ("*", "", true),
            ("a*a", "a", false),
        ] {
            assert_eq!(matches(pattern, text), wanted, "{pattern} {text}");
        }
    }

    #[test]
    fn a_skip_wins_and_a_pattern_without_a_match_is_named() {
        let filter = Filter { only: vec!["as.*".into()], skip: vec!["as.pkce.*".into(), "rs.typo".into()] };
        assert!(filter.excludes("as.pkce.x").is_some_and(|w| w.contains("--skip as.pkce.*")));
        assert!(filter.excludes("rs.x.y").is_some_and(|w| w.contains("--only as.*")));
        assert_eq!(filter.excludes("as.code.x"), None);
        assert_eq!(filter.unmatched(&["as.pkce.x"]).collect::<Vec<_>>(), ["rs.typo"]);
    }
}
