//! Requirements: what a document asks, of whom, and how strongly at each revision.

use std::fmt;

use crate::Revision;

/// A specification, with where its sections can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Document {
    /// Short name used in reports, e.g. `RFC 6750`.
    pub name: &'static str,
    /// Its full title.
    pub title: &'static str,
    /// Where it can be read.
    pub url: &'static str,
    /// What stands between the URL and a section number in a link: `#section-` for numbered sections, `#` for headings
    /// (whose words are joined by hyphens), empty where sections have no anchors.
    pub anchor: &'static str,
}

/// A place in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    /// The document.
    pub doc: &'static Document,
    /// Section number or heading.
    pub section: &'static str,
}

impl Source {
    /// A link that opens the section, or the document where its sections have no anchors.
    #[must_use]
    pub fn url(&self) -> String {
        let place = match self.doc.anchor {
            _ if self.section.is_empty() => return self.doc.url.to_owned(),
            "" => return self.doc.url.to_owned(),
            "#" => slug(self.section),
            _ => self.section.to_owned(),
        };
        format!("{}{}{place}", self.doc.url, self.doc.anchor)
    }
}

/// A heading as pages make anchors of it.
fn slug(heading: &str) -> String {
    let words: String = heading.to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    words.split_whitespace().collect::<Vec<_>>().join("-")
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.section.starts_with(|c: char| c.is_ascii_digit()) { "§" } else { "" };
        write!(f, "{} {mark}{}", self.doc.name, self.section)
    }
}

/// How strongly a requirement binds.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Allowed; a deviation is worth a note.
    May,
    /// Advised (SHOULD, or derived from the purpose of a rule); a deviation warns.
    Should,
    /// Demanded (MUST, MUST NOT); a deviation fails.
    Must,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Level::May => "MAY",
            Level::Should => "SHOULD",
            Level::Must => "MUST",
        })
    }
}

/// The strength of a requirement from one revision on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Force {
    /// The strength.
    pub level: Level,
    /// The first revision in which it holds.
    pub from: Revision,
    /// The last revision in which it holds; `None` is open.
    pub until: Option<Revision>,
}

impl Force {
    /// The same force, ending with (and including) `last`.
    #[must_use]
    pub const fn until(mut self, last: Revision) -> Self {
        self.until = Some(last);
        self
    }
}

/// A MUST from `revision` on.
#[must_use]
pub const fn must(revision: Revision) -> Force {
    Force { level: Level::Must, from: revision, until: None }
}

/// A SHOULD from `revision` on.
#[must_use]
pub const fn should(revision: Revision) -> Force {
    Force { level: Level::Should, from: revision, until: None }
}

/// A MAY from `revision` on.
#[must_use]
pub const fn may(revision: Revision) -> Force {
    Force { level: Level::May, from: revision, until: None }
}

/// Who is bound by a requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The authorization server.
    AuthorizationServer,
    /// The resource server, which is the MCP server.
    ResourceServer,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Role::AuthorizationServer => "authorization server",
            Role::ResourceServer => "resource server",
        })
    }
}

/// One rule of one document, with its strength per revision.
#[derive(Debug, Clone, Copy)]
pub struct Requirement {
    /// `document.topic.claim`, a name for life.
    pub id: &'static str,
    /// The rule in our own words, one sentence.
    pub rule: &'static str,
    /// What to change in a server that breaks it, one or two sentences.
    pub advice: &'static str,
    /// Where the rule stands.
    pub source: Source,
    /// The ids of the requirement catalogues that this requirement answers.
    pub answers: &'static [&'static str],
    /// Its strength from revision to revision; rows do not overlap.
    pub force: &'static [Force],
    /// Who must keep it.
    pub bound: Role,
}

/// Stands in the templates below until a requirement names its own.
static UNNAMED: Document = Document { name: "", title: "", url: "", anchor: "" };

impl Requirement {
    /// A template: who is bound is the authorization server.
    pub const OF_AUTHORIZATION_SERVER: Requirement = Requirement {
        id: "",
        rule: "",
        advice: "",
        source: Source { doc: &UNNAMED, section: "" },
        answers: &[],
        force: &[],
        bound: Role::AuthorizationServer,
    };

    /// A template: who is bound is the resource server.
    pub const OF_RESOURCE_SERVER: Requirement =
        Requirement { bound: Role::ResourceServer, ..Requirement::OF_AUTHORIZATION_SERVER };

    /// The strength at a revision; `None` when the requirement does not hold there.
    #[must_use]
    pub fn level_at(&self, revision: Revision) -> Option<Level> {
        self.force.iter().find(|f| f.from <= revision && f.until.is_none_or(|last| revision <= last)).map(|f| f.level)
    }

    /// The requirement as reports carry it.
    #[must_use]
    pub fn info(&self, revision: Option<Revision>) -> RequirementInfo {
        RequirementInfo {
            id: self.id.to_owned(),
            rule: self.rule.to_owned(),
            advice: self.advice.to_owned(),
            source: self.source.to_string(),
            url: self.source.url(),
            level: match revision {
                Some(revision) => self.level_at(revision),
                None => self.force.iter().map(|f| f.level).max(),
            },
            bound: self.bound,
            answers: self.answers.iter().map(ToString::to_string).collect(),
        }
    }
}

/// A requirement as data, with its strength at the revision of the report.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
pub struct RequirementInfo {
    /// The id, `document.topic.claim`.
    pub id: String,
    /// The rule in one sentence.
    pub rule: String,
    /// What to change in a server that breaks it.
    pub advice: String,
    /// Document and section.
    pub source: String,
    /// A link to that place.
    pub url: String,
    /// The strength at the revision under test (without a revision: the greatest); `null` where it does not hold.
    pub level: Option<Level>,
    /// Who must keep it.
    pub bound: Role,
    /// Ids of the requirement catalogues it answers.
    pub answers: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Revision::{R2025_03_26, R2025_06_18, R2025_11_25, R2026_07_28};

    static DOC: Document =
        Document { name: "RFC 1", title: "One", url: "https://example.test/rfc1", anchor: "#section-" };

    static RULE: Requirement = Requirement {
        id: "rfc1.topic.claim",
        rule: "A rule.",
        advice: "Keep it.",
        source: Source { doc: &DOC, section: "4.1" },
        answers: &["A-1"],
        force: &[should(R2025_06_18).until(R2025_11_25), must(R2026_07_28)],
        bound: Role::ResourceServer,
    };

    #[test]
    fn strength_follows_the_revision() {
        assert_eq!(RULE.level_at(R2025_03_26), None);
        assert_eq!(RULE.level_at(R2025_06_18), Some(Level::Should));
        assert_eq!(RULE.level_at(R2025_11_25), Some(Level::Should));
        assert_eq!(RULE.level_at(R2026_07_28), Some(Level::Must));
    }

    #[test]
    fn a_source_links_to_its_section() {
        assert_eq!(RULE.source.url(), "https://example.test/rfc1#section-4.1");
        assert_eq!(RULE.source.to_string(), "RFC 1 §4.1");
        static PAGE: Document = Document { name: "MCP", title: "", url: "https://example.test/p", anchor: "#" };
        let heading = Source { doc: &PAGE, section: "Token Audience Binding" };
        assert_eq!(heading.url(), "https://example.test/p#token-audience-binding");
        assert_eq!(heading.to_string(), "MCP Token Audience Binding");
    }
}
