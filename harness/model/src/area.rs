//! The parts of MCP authorization by which cases are grouped.

use std::fmt;

macro_rules! areas {
    ($($variant:ident $name:literal $doc:literal)*) => {
        /// A part of MCP authorization. Reports and JUnit suites are grouped by it.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
        )]
        #[serde(rename_all = "kebab-case")]
        pub enum Area { $(#[doc = $doc] $variant,)* }

        impl Area {
            /// Every area, in the order a run meets them.
            pub const ALL: &[Area] = &[$(Area::$variant,)*];

            /// The name used in reports and filters.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Area::$variant => $name,)* }
            }

            /// What the area is about, in a few words.
            #[must_use]
            pub const fn about(self) -> &'static str {
                match self { $(Area::$variant => $doc,)* }
            }
        }
    };
}

areas! {
    Discovery "discovery" "Finding the authorization server and its metadata"
    Challenge "challenge" "The 401 challenge"
    Registration "registration" "Getting a client identity"
    Pkce "pkce" "PKCE enforcement"
    RedirectUri "redirect-uri" "Exact redirect URI matching"
    Code "code" "Authorization codes and their binding"
    Token "token" "The token response"
    Lifetime "lifetime" "Token lifetime"
    Refresh "refresh" "Refresh tokens"
    Scope "scope" "Scope denial"
    Audience "audience" "Whom a token is for"
    RsValidation "rs-validation" "What the resource server accepts as a token"
    ClientAuth "client-auth" "Client authentication"
    Revocation "revocation" "Revocation"
    Errors "errors" "Error answers"
    Iss "iss" "The issuer in authorization responses"
    Transport "transport" "MCP over HTTP"
    Consent "consent" "Login and consent"
}

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serde_and_display_agree() {
        for area in Area::ALL {
            assert_eq!(serde_json::to_value(area).expect("an area serialises"), area.as_str());
        }
    }
}
