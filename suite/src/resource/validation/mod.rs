//! Tokens that are not what they say: changed, made up, or of another kind.

mod changed;
mod keys;
mod kinds;

use proofmark_probe::judge::{not_served, status_is};
use proofmark_probe::jwt::Jwt;
use proofmark_probe::model::Requirement;
use proofmark_probe::{Case, Judgement, McpRequest, Probe, Reply, Steps, Stop, met};

use crate::requirements::mcp::challenge::BAD_TOKEN_IS_401;

/// The cases of this topic.
pub static CASES: &[&Case] = &[
    &changed::CHARACTERS,
    &changed::SIGNATURE,
    &changed::CLAIMS,
    &changed::UNSIGNED,
    &keys::PUBLIC_KEY_AS_SECRET,
    &keys::WEAK_SECRET,
    &keys::OWN_KEY,
    &keys::BROUGHT_KEY,
    &kinds::OTHER_KINDS,
    &kinds::ID_TOKEN,
];

/// A request that needs a token, and how the server answers it with a token that was never issued.
pub(crate) struct Door {
    request: McpRequest,
    usual: u16,
}

impl Door {
    /// Knocks with a token that was never issued.
    pub(crate) async fn find(probe: &mut Probe) -> Result<Self, Stop> {
        let request = probe.protected().await?;
        let never_issued = probe.rng().word();
        let reply = probe.mcp(request.clone().bearer(&never_issued).labelled("a token that was never issued")).await?;
        Ok(Door { request, usual: reply.status() })
    }

    /// Presents a token.
    pub(crate) async fn try_with(&self, probe: &Probe, token: &str, what: &str) -> Result<Reply, Stop> {
        probe.mcp(self.request.clone().bearer(token).labelled(what)).await
    }

    /// Presents a token that must not pass, and judges that it did not and how it was told.
    async fn refuses(&self, probe: &mut Probe, rule: &'static Requirement, what: &str, token: &str) -> Steps {
        probe.row(what);
        let reply = self.try_with(probe, token, what).await?;
        probe.expect(rule, &reply, not_served);
        probe.expect(&BAD_TOKEN_IS_401, &reply, self.says_401());
        Ok(())
    }

    /// The refusal is a 401. A server that answers every bad token with another status breaks one rule, not one a token:
    /// `rs.challenge.bad-token` says so.
    pub(crate) fn says_401(&self) -> impl Fn(&Reply) -> Judgement + use<> {
        let usual = self.usual;
        move |reply| match reply.status() {
            401 => met("HTTP 401"),
            _ if !not_served(reply).is_met() => Judgement::Moot("the token was not refused".into()),
            status if status == usual => {
                Judgement::Moot(format!("HTTP {status}, as for every bad token: see rs.challenge.bad-token"))
            }
            _ => status_is(&[401])(reply),
        }
    }
}

/// The good access token as a JWT.
async fn good_jwt(probe: &mut Probe) -> Result<Jwt, Stop> {
    let tokens = probe.tokens().await?;
    tokens.jwt().ok_or_else(|| Stop::not_applicable("access tokens are opaque"))
}

#[cfg(test)]
mod tests {
    use proofmark_probe::Judgement::{Met, Moot, Violated};

    use super::*;

    #[test]
    fn a_wrong_status_counts_once_and_not_where_the_token_was_served() {
        let door = |usual| Door {
            request: McpRequest::bare("https://h/mcp", proofmark_probe::model::Revision::NEWEST, "GET"),
            usual,
        };
        let reply = |status| Reply::canned(status, &[], "");
        assert!(matches!(door(401).says_401()(&reply(401)), Met(_)));
        assert!(matches!(door(401).says_401()(&reply(403)), Violated { .. }));
        assert!(matches!(door(500).says_401()(&reply(500)), Moot(_)));
        assert!(matches!(door(500).says_401()(&reply(403)), Violated { .. }));
        let served = Reply::canned(200, &[], r#"{"result":{}}"#);
        assert!(matches!(door(401).says_401()(&served), Moot(_)));
    }
}
