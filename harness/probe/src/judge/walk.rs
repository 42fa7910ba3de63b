//! Judges of an authorization journey.

use super::{Judgement, holds, met, violated};
use crate::authorize::{Journey, Landing};
use crate::http::cut;

/// The user agent arrived at the expected redirect URI with exactly one code, no error and the same state.
pub fn code_at(journey: &Journey) -> Judgement {
    let expected = format!("a redirect to {} with a code", cut(&journey.request.redirect_uri, 120));
    if journey.code().is_none() {
        return violated(expected, journey.describe());
    }
    holds(journey.arrived(), expected, journey.describe())
}

/// No code was issued.
pub fn no_code(journey: &Journey) -> Judgement {
    match journey.landing {
        Landing::Stuck { ref why, .. } => Judgement::Unproven(why.clone()),
        _ => holds(journey.code().is_none(), "no authorization code", journey.describe()),
    }
}

/// The request was refused: an error page, or a redirect with `error` to the URI that the client registered.
pub fn refused_at_authorization(journey: &Journey) -> Judgement {
    no_code(journey).and(|| match &journey.landing {
        Landing::Page { .. } => met(journey.describe()),
        Landing::Redirected { .. } => holds(
            journey.error().is_some() && journey.arrived(),
            "an error page, or an error redirect to the registered URI",
            journey.describe(),
        ),
        Landing::Stuck { why, .. } => Judgement::Unproven(why.clone()),
    })
}

/// The user agent was never sent to a URI that is not registered, with or without a code.
pub fn no_leak(journey: &Journey) -> Judgement {
    if let Some(target) = journey.leak() {
        return violated(
            "no redirect to a URI that the client did not register",
            format!("the user agent was sent to {}", cut(&target, 200)),
        );
    }
    match &journey.landing {
        Landing::Stuck { why, .. } => Judgement::Unproven(why.clone()),
        _ => met(journey.describe()),
    }
}

/// A parameter of the authorization response has this value.
pub fn param_is(name: &'static str, value: &str) -> impl Fn(&Journey) -> Judgement {
    let value = value.to_owned();
    move |journey| {
        let seen = journey.param(name);
        holds(
            seen.as_deref() == Some(value.as_str()),
            format!("{name}={}", cut(&value, 160)),
            seen.as_ref().map_or_else(|| format!("no {name}"), |s| format!("{name}={}", cut(s, 160))),
        )
    }
}
