//! A case: a literal beside its function. The rules it judges, the needs it has and the twin that controls it are
//! references that the compiler checks.

use std::future::Future;
use std::pin::Pin;

use proofmark_model::{Area, CaseInfo, Level, Requirement, Revision};

use crate::Probe;
use crate::world::World;

/// What running a case yields: findings are in the probe, and a case that could not go on says why.
pub type Steps = Result<(), Stop>;

/// The body of a case.
pub type Body = for<'a> fn(&'a mut Probe) -> Pin<Box<dyn Future<Output = Steps> + Send + 'a>>;

/// Why a case could not go on. It is never a failure of the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// The target claims the feature, but a step on the way did not work.
    Blocked {
        /// What did not work.
        why: String,
        /// What would enable it.
        remedy: Option<String>,
    },
    /// The target does not claim the feature.
    NotApplicable {
        /// The fact that shows it.
        why: String,
    },
    /// The user's settings leave it out.
    Excluded {
        /// Which setting, and what would take it in.
        why: String,
    },
    /// The harness or the network failed.
    Error {
        /// How.
        why: String,
    },
}

impl Stop {
    /// Blocked, with nothing the user could do about it but mend the target.
    pub fn blocked(why: impl Into<String>) -> Self {
        Stop::Blocked { why: why.into(), remedy: None }
    }

    /// Blocked, with what would enable the case.
    pub fn missing(why: impl Into<String>, remedy: impl Into<String>) -> Self {
        Stop::Blocked { why: why.into(), remedy: Some(remedy.into()) }
    }

    /// Not claimed by the target.
    pub fn not_applicable(why: impl Into<String>) -> Self {
        Stop::NotApplicable { why: why.into() }
    }

    /// Left out by the user's settings.
    pub fn excluded(why: impl Into<String>) -> Self {
        Stop::Excluded { why: why.into() }
    }

    /// A failure of the harness or the network.
    pub fn error(why: impl Into<String>) -> Self {
        Stop::Error { why: why.into() }
    }

    /// The reason in words.
    #[must_use]
    pub fn why(&self) -> &str {
        match self {
            Stop::Blocked { why, .. } | Stop::NotApplicable { why } | Stop::Excluded { why } | Stop::Error { why } => {
                why
            }
        }
    }
}

/// What a case must find in place before it makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Need {
    /// The MCP server refuses requests without a token.
    Protection,
    /// An access token for the MCP server.
    AccessToken,
    /// A client and an authorization code flow.
    CodeFlow,
    /// Open dynamic client registration.
    Registration,
    /// A public client whose one redirect URI is an https URI of ours.
    WebClient,
    /// A client with a secret.
    ConfidentialClient,
    /// A client that authenticates by a key (`private_key_jwt`).
    KeyedClient,
    /// A second client at the same authorization server.
    SecondClient,
    /// A second user.
    SecondUser,
    /// The server takes Client ID Metadata Documents, and can get at ours.
    ClientDocuments,
    /// The server takes Client ID Metadata Documents, and can reach our own host, where they change.
    DocumentHost,
    /// Refresh tokens are issued.
    RefreshToken,
    /// A machine client and the client credentials grant.
    ClientCredentials,
    /// Two scopes, a tool that needs the greater one, and a way to ask for the smaller alone.
    ScopedTool,
    /// At least two scopes at the authorization server.
    TwoScopes,
    /// A tool that can be called without harm.
    Tool,
    /// Access tokens are JWTs.
    JwtAccessToken,
    /// The revision opens with a handshake.
    Handshake,
    /// Protected resource metadata was found.
    ResourceMetadata,
    /// Authorization server metadata was found.
    ServerMetadata,
    /// A revocation endpoint.
    Revocation,
}

/// Whether a need is met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Met {
    /// It is.
    Yes,
    /// It is not: this is what becomes of the case.
    No(Stop),
}

/// One case of the catalogue.
pub struct Case {
    /// A name for life: `role.topic.claim`.
    pub id: &'static str,
    /// One present-tense claim about the server.
    pub title: &'static str,
    /// Why a user of the server should care.
    pub why: &'static str,
    /// The area it is reported under.
    pub area: Area,
    /// The requirements it judges; each must have a finding when the body ends.
    pub covers: &'static [&'static Requirement],
    /// What must be in place first.
    pub needs: &'static [Need],
    /// The good twin: if it does not hold, this case is blocked, not passed.
    pub control: Option<&'static Case>,
    /// Whether it waits for time to pass; such cases start first and overlap all others.
    pub waits: bool,
    /// How often a conformant server asks the user to sign in for it alone: in as many sessions of its own it walks. Where
    /// rows depend on the target it is the most.
    pub fresh_sign_ins: u32,
    /// What it does.
    pub body: Body,
}

impl Case {
    /// The defaults of a case.
    pub const PLAIN: Case = Case {
        id: "",
        title: "",
        why: "",
        area: Area::Discovery,
        covers: &[],
        needs: &[],
        control: None,
        waits: false,
        fresh_sign_ins: 0,
        body: |_| Box::pin(async { Ok(()) }),
    };

    /// The strongest requirement of the case at a revision; `None` where none holds.
    #[must_use]
    pub fn level_at(&self, revision: Revision) -> Option<Level> {
        self.covers.iter().filter_map(|r| r.level_at(revision)).max()
    }

    /// The case as data.
    #[must_use]
    pub fn info(&self, revision: Option<Revision>) -> CaseInfo {
        CaseInfo {
            id: self.id.to_owned(),
            title: self.title.to_owned(),
            why: self.why.to_owned(),
            area: self.area,
            requirements: self.covers.iter().map(|r| r.info(revision)).collect(),
            control: self.control.map(|c| c.id.to_owned()),
        }
    }

    /// The first need that is not met, with what becomes of the case.
    #[must_use]
    pub fn unmet(&self, world: &World) -> Option<Stop> {
        let of_flow = || self.needs.iter().any(|n| matches!(n, Need::AccessToken | Need::JwtAccessToken));
        match self.id.split('.').next() {
            Some("rs") if !world.has_resource_server() => return Some(World::no_resource_server()),
            Some("as") if world.has_given_tokens() => return Some(World::no_flow("it needs an authorization flow")),
            Some("mcp") if world.has_given_tokens() && of_flow() => {
                return Some(World::no_flow("it looks at what a flow of its own gets"));
            }
            _ => {}
        }
        self.needs.iter().find_map(|need| match need.check(world) {
            Met::Yes => None,
            Met::No(stop) => Some(stop),
        })
    }
}

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id)
    }
}

/// The cases that a run can choose from.
#[derive(Debug, Clone, Default)]
pub struct Catalogue(Vec<&'static Case>);

impl Catalogue {
    /// An empty catalogue.
    #[must_use]
    pub fn new() -> Self {
        Catalogue::default()
    }

    /// Adds cases, e.g. a vendor's own.
    #[must_use]
    pub fn with(mut self, cases: &[&'static Case]) -> Self {
        self.0.extend_from_slice(cases);
        self
    }

    /// The cases in order.
    #[must_use]
    pub fn cases(&self) -> &[&'static Case] {
        &self.0
    }

    /// A case by its id.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&'static Case> {
        self.0.iter().copied().find(|c| c.id == id)
    }

    /// Every requirement that some case covers, once each, in catalogue order.
    #[must_use]
    pub fn requirements(&self) -> Vec<&'static Requirement> {
        let mut all: Vec<&'static Requirement> = Vec::new();
        for requirement in self.0.iter().flat_map(|c| c.covers) {
            if !all.iter().any(|r| r.id == requirement.id) {
                all.push(requirement);
            }
        }
        all
    }
}
