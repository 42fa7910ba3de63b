//! What became of a changed authorization request: refused at once, or a code that the token endpoint redeems or not.
//!
//! An authorization server may check PKCE late, at the token endpoint: then a code says nothing yet. So a request is
//! pursued to its end, with a fresh code for each way of redeeming it, because one bad attempt may burn a code.

use std::fmt;
use std::sync::Arc;

use proofmark_probe::authorize::s256;
use proofmark_probe::judge::{holds, holds_no_tokens, refused_at_authorization};
use proofmark_probe::model::ExchangeId;
use proofmark_probe::{
    AuthorizationRequest, Client, Evidence, Grant, Journey, Judgement, Landing, Probe, Reply, Stop, TokenRequest, met,
    violated,
};

/// A way of redeeming a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Try {
    /// No verifier at all.
    Nothing,
    /// An empty verifier.
    Empty,
    /// The verifier of the request.
    Own,
    /// The challenge that an S256 client sends, which whoever saw the request knows.
    Challenge,
    /// A verifier that has nothing to do with the request.
    Another,
    /// This verifier.
    Given(String),
}

impl fmt::Display for Try {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Try::Nothing => "without a verifier",
            Try::Empty => "with an empty verifier",
            Try::Own => "with its own verifier",
            Try::Challenge => "with the challenge as verifier",
            Try::Another => "with an unrelated verifier",
            Try::Given(_) => "with the verifier of the second challenge",
        })
    }
}

impl Try {
    fn apply(&self, probe: &mut Probe, grant: &Grant) -> TokenRequest {
        let request = grant.redeem();
        match self {
            Try::Nothing => request.without("code_verifier"),
            Try::Empty => request.with_verifier(""),
            Try::Own => request,
            Try::Challenge => request.with_verifier(&s256(&grant.verifier)),
            Try::Another => request.with_verifier(&probe.rng().word()),
            Try::Given(verifier) => request.with_verifier(verifier),
        }
        .labelled(&self.to_string())
    }
}

/// The end of a request: where it led, and what the token endpoint said to each way of redeeming its code.
pub(super) struct Ending {
    pub(super) journey: Journey,
    pub(super) tries: Vec<(Try, Reply)>,
    seen: Vec<ExchangeId>,
}

impl Evidence for Ending {
    fn exchanges(&self) -> Vec<ExchangeId> {
        self.seen.clone()
    }
}

/// Follows a changed authorization request to its end. Where a code is issued, each of the tries gets a fresh one.
pub(super) async fn pursue(
    probe: &mut Probe,
    client: &Arc<Client>,
    tries: &[Try],
    change: impl Fn(AuthorizationRequest) -> AuthorizationRequest,
) -> Result<Ending, Stop> {
    let request = change(probe.authorization(client));
    let journey = probe.walk(request).await?;
    let mut ending = Ending { seen: journey.exchanges(), journey, tries: Vec::new() };
    for way in tries {
        let grant = if ending.tries.is_empty() {
            match ending.journey.grant() {
                Some(grant) => grant,
                None => return Ok(ending),
            }
        } else {
            let request = change(probe.authorization(client));
            let again = probe.walk(request).await?;
            ending.seen.extend(again.exchanges());
            again.grant().ok_or_else(|| {
                Stop::blocked(format!("a request that got a code before ended in {} the next time", again.describe()))
            })?
        };
        let request = way.apply(probe, &grant);
        let reply = probe.token(&request).await?;
        ending.seen.push(reply.id());
        ending.tries.push((way.clone(), reply));
    }
    Ok(ending)
}

/// No token came of it by any of these ways: no code was issued, or none that can be redeemed so.
pub(super) fn unredeemed(ways: &[Try]) -> impl Fn(&Ending) -> Judgement {
    move |ending| {
        if let Landing::Stuck { why, .. } = &ending.journey.landing {
            return Judgement::Unproven(why.clone());
        }
        if ending.journey.code().is_none() {
            return met(ending.journey.describe());
        }
        let tried: Vec<_> = ending.tries.iter().filter(|(way, _)| ways.contains(way)).collect();
        match tried.iter().find(|(_, reply)| !holds_no_tokens(reply).is_met()) {
            Some((way, reply)) => violated(
                "no code, or a code that the token endpoint refuses",
                format!("a code was issued, and redeemed {way}: {}", reply.summary()),
            ),
            None => match tried.last() {
                Some((way, reply)) => {
                    met(format!("a code was issued, but refused at the token endpoint {way}: {}", reply.summary()))
                }
                None => Judgement::Unproven("a code was issued, and nobody tried to redeem it".into()),
            },
        }
    }
}

/// The authorization endpoint itself refused.
pub(super) fn refused_early(ending: &Ending) -> Judgement {
    match ending.journey.code() {
        Some(_) => violated("a refusal by the authorization endpoint", "the authorization endpoint issued a code"),
        None => refused_at_authorization(&ending.journey),
    }
}

/// The refusal went to the client, as an error response.
pub(super) fn told_to_the_client(ending: &Ending) -> Judgement {
    refused_early(ending).and(|| {
        holds(
            ending.journey.error().is_some(),
            "an error response at the redirect URI of the client",
            ending.journey.describe(),
        )
    })
}

/// The error response, if there is one, has this code.
pub(super) fn error_code(code: &'static str) -> impl Fn(&Ending) -> Judgement {
    move |ending| match ending.journey.error() {
        Some(error) => holds(error == code, format!("error \"{code}\""), ending.journey.describe()),
        None => Judgement::Moot(format!("there is no error response: {}", ending.journey.describe())),
    }
}

/// Refused by the authorization endpoint; an error response has this code.
pub(super) fn refused_early_as(code: &'static str) -> impl Fn(&Ending) -> Judgement {
    move |ending| match refused_early(ending) {
        Judgement::Met(observed) => match error_code(code)(ending) {
            Judgement::Moot(_) => met(observed),
            other => other,
        },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CB: &str = "http://127.0.0.1:1/cb";

    fn ending(landing: Landing, tries: Vec<(Try, Reply)>) -> Ending {
        let client = Arc::new(Client { id: "c".into(), redirect_uris: vec![CB.into()], ..Client::default() });
        let journey = Journey::new(AuthorizationRequest::bare(&client, CB), landing);
        Ending { journey, tries, seen: vec![] }
    }

    fn at(query: &str) -> Landing {
        Landing::Redirected { to: format!("{CB}?{query}") }
    }

    fn token() -> Reply {
        Reply::canned(200, &[], r#"{"access_token":"t"}"#)
    }

    fn refusal() -> Reply {
        Reply::canned(400, &[("content-type", "application/json")], r#"{"error":"invalid_grant"}"#)
    }

    #[test]
    fn an_early_refusal_meets_everything() {
        let end = ending(at("error=invalid_request&state=s"), vec![]);
        assert!(unredeemed(&[Try::Own])(&end).is_met() && refused_early(&end).is_met());
        assert!(told_to_the_client(&end).is_met() && error_code("invalid_request")(&end).is_met());
        assert!(refused_early_as("invalid_request")(&end).is_met());
        assert!(!refused_early_as("invalid_scope")(&end).is_met());
    }

    #[test]
    fn a_late_refusal_is_safe_and_in_the_wrong_place() {
        let end = ending(at("code=x&state=s"), vec![(Try::Own, refusal()), (Try::Nothing, refusal())]);
        assert!(unredeemed(&[Try::Own, Try::Nothing])(&end).is_met());
        assert!(!refused_early(&end).is_met() && !told_to_the_client(&end).is_met());
        assert!(matches!(error_code("invalid_request")(&end), Judgement::Moot(_)));
    }

    #[test]
    fn only_the_ways_in_question_are_judged() {
        let end = ending(at("code=x&state=s"), vec![(Try::Own, token()), (Try::Nothing, refusal())]);
        assert!(!unredeemed(&[Try::Own])(&end).is_met());
        assert!(unredeemed(&[Try::Nothing])(&end).is_met());
        assert!(matches!(unredeemed(&[Try::Challenge])(&end), Judgement::Unproven(_)));
    }

    #[test]
    fn a_page_refuses_without_an_error_code_and_a_stuck_page_proves_nothing() {
        let end = ending(Landing::Page { title: "Bad request".into() }, vec![]);
        assert!(refused_early_as("invalid_request")(&end).is_met() && !told_to_the_client(&end).is_met());
        let end = ending(Landing::Stuck { why: "a captcha".into(), remedy: String::new() }, vec![]);
        assert!(matches!(unredeemed(&[Try::Own])(&end), Judgement::Unproven(_)));
        assert!(matches!(refused_early(&end), Judgement::Unproven(_)));
    }
}
