//! Whether the needs of a case are met by a target, and what to say when they are not.

use crate::case::{Met, Need, Stop};
use crate::client::ClientKind;
use crate::world::World;

impl Need {
    /// Whether it is about the MCP server.
    const fn is_of_resource_server(self) -> bool {
        matches!(self, Need::Protection | Need::ScopedTool | Need::Tool | Need::Handshake | Need::ResourceMetadata)
    }

    /// Whether tokens that somebody else got cannot meet it.
    const fn is_of_flow(self) -> bool {
        matches!(self, Need::CodeFlow | Need::RefreshToken | Need::TwoScopes)
    }

    /// Checks the need against what is known of the target.
    #[must_use]
    pub fn check(self, world: &World) -> Met {
        let profile = &world.profile;
        if !world.has_resource_server() && self.is_of_resource_server() {
            return Met::No(World::no_resource_server());
        }
        if world.has_given_tokens() && self.is_of_flow() {
            return Met::No(World::no_flow("it needs an authorization flow of its own"));
        }
        let absent = |why: &str| Met::No(Stop::not_applicable(why));
        let registration = profile.endpoints.registration.is_some();
        let unless = |checked: Result<(), Stop>| checked.map_or_else(Met::No, |()| Met::Yes);
        let client = |kind: ClientKind| unless(world.way_to(kind).map(drop));
        let signed_in = || match &world.access {
            Ok(_) => Met::Yes,
            Err(stop) => Met::No(stop.clone()),
        };
        match self {
            Need::Protection => match profile.protected_method {
                Some(_) => Met::Yes,
                None => absent("the MCP server serves requests without a token"),
            },
            Need::AccessToken | Need::CodeFlow => signed_in(),
            Need::Registration if registration => Met::Yes,
            Need::Registration => absent("the authorization server does not offer dynamic registration"),
            Need::WebClient => client(ClientKind::Web),
            Need::ConfidentialClient => client(ClientKind::Confidential),
            Need::KeyedClient => client(ClientKind::Keyed),
            Need::SecondClient => client(ClientKind::Second),
            Need::ClientDocuments => unless(world.takes_documents()),
            Need::DocumentHost => unless(world.takes_documents().and_then(|()| world.reaches_host())),
            Need::SecondUser => match (&world.access, &world.settings.login.second) {
                (Err(stop), _) => Met::No(stop.clone()),
                (Ok(_), Some(_)) => Met::Yes,
                (Ok(_), None) => Met::No(Stop::missing(
                    "there is no second user",
                    "make another test user at the authorization server and name it in the configuration",
                )),
            },
            Need::RefreshToken => match &world.access {
                Ok(tokens) if tokens.refresh.is_some() => Met::Yes,
                Ok(_) => absent("the authorization server issues no refresh token to this client"),
                Err(stop) => Met::No(stop.clone()),
            },
            Need::ClientCredentials => match profile.metadata_lists("grant_types_supported", "client_credentials") {
                Some(true) => Met::Yes,
                _ => absent("the metadata does not list the client credentials grant"),
            },
            Need::ScopedTool if profile.scopes.all.len() < 2 => absent("the target names fewer than two scopes"),
            Need::ScopedTool if world.has_given_tokens() && world.settings.tokens.read.is_none() => {
                Met::No(World::no_flow("a token with the read scope alone is needed ([tokens] read)"))
            }
            Need::ScopedTool => match (&world.access, &profile.write_tool, &profile.scopes.read, &profile.scopes.write)
            {
                (Err(stop), ..) => Met::No(stop.clone()),
                (Ok(_), Some(_), Some(_), Some(_)) => Met::Yes,
                _ => Met::No(Stop::missing(
                    "it is not known which tool needs which scope",
                    "name read, write and write_tool under [scopes] in the configuration",
                )),
            },
            Need::TwoScopes if profile.scopes.all.len() < 2 => absent("the target names fewer than two scopes"),
            Need::TwoScopes => signed_in(),
            Need::Tool => match (&world.access, &profile.read_tool) {
                (Err(stop), _) => Met::No(stop.clone()),
                (Ok(_), Some(_)) => Met::Yes,
                (Ok(_), None) => absent("the MCP server lists no tool that can be called without harm"),
            },
            Need::JwtAccessToken => match &world.access {
                Ok(tokens) if tokens.jwt().is_some() => Met::Yes,
                Ok(_) => absent("access tokens are opaque"),
                Err(stop) => Met::No(stop.clone()),
            },
            Need::Handshake if profile.revision.has_handshake() => Met::Yes,
            Need::Handshake => absent("the revision under test has no handshake and no sessions"),
            Need::ResourceMetadata => match profile.resource_document() {
                Some(_) => Met::Yes,
                None => absent("no protected resource metadata was found"),
            },
            Need::ServerMetadata if profile.metadata.is_object() => Met::Yes,
            Need::ServerMetadata => absent("no authorization server metadata was found"),
            Need::Revocation => match profile.endpoints.revocation {
                Some(_) => Met::Yes,
                None => absent("the metadata names no revocation endpoint"),
            },
        }
    }
}
