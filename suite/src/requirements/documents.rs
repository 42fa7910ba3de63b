//! The documents that requirements cite.

use proofmark_probe::model::Document;

macro_rules! rfc {
    ($name:ident $number:literal $title:literal) => {
        #[doc = concat!("RFC ", $number, ", ", $title, ".")]
        pub static $name: Document = Document {
            name: concat!("RFC ", $number),
            title: $title,
            url: concat!("https://www.rfc-editor.org/rfc/rfc", $number),
            anchor: "#section-",
        };
    };
}

macro_rules! mcp {
    ($name:ident $page:literal $title:literal) => {
        #[doc = concat!("MCP, ", $title, ", as of 2026-07-28; older revisions say the same where a requirement holds in them.")]
        pub static $name: Document = Document {
            name: concat!("MCP ", $title),
            title: $title,
            url: concat!("https://modelcontextprotocol.io/specification/2026-07-28/", $page),
            anchor: "#",
        };
    };
}

/// The OAuth 2.1 draft that MCP cites. Sections 1 to 6 have the same numbers in later drafts.
pub static OAUTH_2_1: Document = Document {
    name: "OAuth 2.1",
    title: "The OAuth 2.1 Authorization Framework, draft 13",
    url: "https://www.ietf.org/archive/id/draft-ietf-oauth-v2-1-13.html",
    anchor: "#section-",
};

/// OpenID Connect Discovery.
pub static OPENID_DISCOVERY: Document = Document {
    name: "OpenID Discovery",
    title: "OpenID Connect Discovery 1.0",
    url: "https://openid.net/specs/openid-connect-discovery-1_0.html",
    anchor: "",
};

/// OpenID Connect Core.
pub static OPENID_CORE: Document = Document {
    name: "OpenID Connect",
    title: "OpenID Connect Core 1.0",
    url: "https://openid.net/specs/openid-connect-core-1_0.html",
    anchor: "",
};

/// The draft on Client ID Metadata Documents that MCP cites.
pub static CLIENT_ID_METADATA: Document = Document {
    name: "Client ID Metadata Document",
    title: "OAuth Client ID Metadata Document, draft 00",
    url: "https://www.ietf.org/archive/id/draft-ietf-oauth-client-id-metadata-document-00.html",
    anchor: "#section-",
};

/// Its next version, which says more about fetching.
pub static CLIENT_ID_METADATA_01: Document = Document {
    name: "Client ID Metadata Document, draft 01",
    title: "OAuth Client ID Metadata Document, draft 01",
    url: "https://www.ietf.org/archive/id/draft-ietf-oauth-client-id-metadata-document-01.html",
    anchor: "#section-",
};

/// The revision of RFC 7523, in the works.
pub static RFC_7523_BIS: Document = Document {
    name: "RFC 7523bis",
    title: "Updates to OAuth 2.0 JWT Client Authentication and Assertion-based Authorization Grants",
    url: "https://datatracker.ietf.org/doc/html/draft-ietf-oauth-rfc7523bis",
    anchor: "#section-",
};

rfc!(RFC_6749 "6749" "The OAuth 2.0 Authorization Framework");
rfc!(RFC_6750 "6750" "Bearer Token Usage");
rfc!(RFC_7009 "7009" "OAuth 2.0 Token Revocation");
rfc!(RFC_7515 "7515" "JSON Web Signature");
rfc!(RFC_7519 "7519" "JSON Web Token");
rfc!(RFC_7521 "7521" "Assertion Framework for OAuth 2.0 Client Authentication and Authorization Grants");
rfc!(RFC_7523 "7523" "JSON Web Token Profile for OAuth 2.0 Client Authentication and Authorization Grants");
rfc!(RFC_7591 "7591" "OAuth 2.0 Dynamic Client Registration Protocol");
rfc!(RFC_7636 "7636" "Proof Key for Code Exchange");
rfc!(RFC_8252 "8252" "OAuth 2.0 for Native Apps");
rfc!(RFC_8414 "8414" "OAuth 2.0 Authorization Server Metadata");
rfc!(RFC_8707 "8707" "Resource Indicators for OAuth 2.0");
rfc!(RFC_8725 "8725" "JSON Web Token Best Current Practices");
rfc!(RFC_9068 "9068" "JWT Profile for OAuth 2.0 Access Tokens");
rfc!(RFC_9110 "9110" "HTTP Semantics");
rfc!(RFC_9111 "9111" "HTTP Caching");
rfc!(RFC_9207 "9207" "Authorization Server Issuer Identification");
rfc!(RFC_9700 "9700" "Best Current Practice for OAuth 2.0 Security");
rfc!(RFC_9728 "9728" "OAuth 2.0 Protected Resource Metadata");

mcp!(MCP_AUTHORIZATION "basic/authorization" "Authorization");
mcp!(MCP_DISCOVERY "basic/authorization/authorization-server-discovery" "Authorization Server Discovery");
mcp!(MCP_REGISTRATION "basic/authorization/client-registration" "Client Registration");
mcp!(MCP_SECURITY "basic/authorization/security-considerations" "Security Considerations");
mcp!(MCP_CACHING "server/utilities/caching" "Caching");
mcp!(MCP_HTTP "basic/transports/streamable-http" "Streamable HTTP");

/// The first revision; later ones changed where the authorization server is found.
pub static MCP_2025_03_26: Document = Document {
    name: "MCP 2025-03-26 Authorization",
    title: "Authorization",
    url: "https://modelcontextprotocol.io/specification/2025-03-26/basic/authorization",
    anchor: "#",
};

/// The last revision with a handshake.
pub static MCP_2025_11_25_TRANSPORTS: Document = Document {
    name: "MCP 2025-11-25 Transports",
    title: "Transports",
    url: "https://modelcontextprotocol.io/specification/2025-11-25/basic/transports",
    anchor: "#",
};
