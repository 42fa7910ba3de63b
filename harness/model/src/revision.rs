//! The revisions of the Model Context Protocol that Proofmark knows.

use std::fmt;
use std::str::FromStr;

/// A dated revision of the MCP specification, oldest first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
pub enum Revision {
    /// The first with authorization: the MCP server's origin is the authorization server.
    #[serde(rename = "2025-03-26")]
    R2025_03_26,
    /// Protected resource metadata and resource indicators.
    #[serde(rename = "2025-06-18")]
    R2025_06_18,
    /// OpenID discovery, client ID metadata documents, scope challenges.
    #[serde(rename = "2025-11-25")]
    R2025_11_25,
    /// Stateless requests with per-request metadata; `iss` in authorization responses.
    #[serde(rename = "2026-07-28")]
    R2026_07_28,
}

impl Revision {
    /// Every revision, oldest first.
    pub const ALL: [Revision; 4] =
        [Revision::R2025_03_26, Revision::R2025_06_18, Revision::R2025_11_25, Revision::R2026_07_28];

    /// The newest revision; `draft` is an alias of it until its text differs.
    pub const NEWEST: Revision = Revision::R2026_07_28;

    /// The date that names the revision on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Revision::R2025_03_26 => "2025-03-26",
            Revision::R2025_06_18 => "2025-06-18",
            Revision::R2025_11_25 => "2025-11-25",
            Revision::R2026_07_28 => "2026-07-28",
        }
    }

    /// Whether clients open with `initialize` and may be given a session (all revisions before 2026-07-28).
    #[must_use]
    pub fn has_handshake(self) -> bool {
        self < Revision::R2026_07_28
    }

    /// Whether the server points to its authorization server by protected resource metadata (from 2025-06-18 on).
    #[must_use]
    pub fn has_resource_metadata(self) -> bool {
        self >= Revision::R2025_06_18
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no revision that Proofmark knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownRevision(pub String);

impl fmt::Display for UnknownRevision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known: Vec<_> = Revision::ALL.iter().map(|r| r.as_str()).collect();
        write!(f, "'{}' is no MCP revision; known are {} and draft", self.0, known.join(", "))
    }
}

impl std::error::Error for UnknownRevision {}

impl FromStr for Revision {
    type Err = UnknownRevision;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "draft" {
            return Ok(Revision::NEWEST);
        }
        Revision::ALL.into_iter().find(|r| r.as_str() == text).ok_or_else(|| UnknownRevision(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_revision_reads_back() {
        for revision in Revision::ALL {
            assert_eq!(revision.to_string().parse(), Ok(revision));
        }
        assert_eq!("draft".parse(), Ok(Revision::NEWEST));
    }

    #[test]
    fn an_unknown_revision_is_named_with_the_known_ones() {
        let error = "2024-11-05".parse::<Revision>().expect_err("not supported");
        assert!(error.to_string().contains("2024-11-05") && error.to_string().contains("2026-07-28"));
    }
}
