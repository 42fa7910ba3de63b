//! Scope at the authorization server.

mod granted;
mod unknown;

use proofmark_probe::judge::{ScopeSet, scope_set, shown_scope, token_issued};
use proofmark_probe::{Case, Client, ClientKind, Journey, Landing, Probe, Reply, Stop};

/// The cases of this topic.
pub static CASES: &[&Case] = &[
    &granted::SCOPE_IS_GRANTED,
    &granted::IS_TEXT,
    &granted::DIFFERENCE_TOLD,
    &granted::NARROW,
    &granted::OMITTED,
    &granted::JWT_AGREES,
    &unknown::UNKNOWN,
    &unknown::MALFORMED,
    &unknown::CASE_COUNTS,
    &unknown::IS_A_SET,
    &unknown::PATTERNS,
    &unknown::CLIENT_LIMIT,
];

/// What became of a request for a scope: the journey, and the token response if there was a code.
pub(crate) struct Outcome {
    /// The way through the authorization endpoint.
    pub(crate) journey: Journey,
    /// The answer of the token endpoint.
    pub(crate) reply: Option<Reply>,
}

impl Outcome {
    /// The answer to judge: that of the token endpoint, or the last one on the way to a refusal.
    fn answer(&self) -> Option<&Reply> {
        self.reply.as_ref().or_else(|| self.journey.last())
    }

    /// The scope that was granted, as far as it shows. A response that is silent grants what was asked for.
    fn granted(&self, asked: &str) -> Option<ScopeSet> {
        let reply = self.reply.as_ref().filter(|r| token_issued(r).is_met())?;
        Some(shown_scope(reply).unwrap_or_else(|| scope_set(asked)))
    }
}

/// Asks for a scope (`None` leaves the parameter out) all the way to the token endpoint.
pub(crate) async fn ask(
    probe: &mut Probe,
    client: &std::sync::Arc<Client>,
    scope: Option<&str>,
    label: &str,
) -> Result<Outcome, Stop> {
    let request = probe.authorization(client);
    let request = match scope {
        Some(scope) => request.with("scope", scope),
        None => request.without("scope"),
    };
    let journey = probe.walk(request.labelled(label).in_fresh_session()).await?;
    if let Landing::Stuck { why, remedy } = &journey.landing {
        return Err(Stop::missing(why.clone(), remedy.clone()));
    }
    let reply = match journey.grant() {
        Some(grant) => Some(probe.token(&grant.redeem().labelled(label)).await?),
        None => None,
    };
    Ok(Outcome { journey, reply })
}

/// As [`ask`], by the main client.
async fn ask_main(probe: &mut Probe, scope: Option<&str>, label: &str) -> Result<Outcome, Stop> {
    let client = probe.client(ClientKind::Main).await?;
    ask(probe, &client, scope, label).await
}
