//! Scopes that are unknown, malformed, or written in another way.

use proofmark_probe::judge::{Judgement, ScopeSet, holds, in_words, met, no_server_error, scope_set, scope_within};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, ClientKind, ClientMetadata, Journey, Need, Probe, Reply, Steps, Stop};

use super::granted::SCOPE_IS_GRANTED;
use super::{Outcome, ask, ask_main};
use crate::requirements::oauth21::scope::{
    MALFORMED_SCOPE_STANDS, NO_SCOPE_PATTERNS, SCOPE_CASE_COUNTS, SCOPE_ERROR_REACHES_CLIENT, SCOPE_ORDER_FREE,
    SCOPE_REPEATS_COLLAPSE, UNKNOWN_SCOPE_NOT_GRANTED,
};
use crate::requirements::rfc7591::CLIENT_SCOPE_BINDS;

/// The length of a scope that nobody has a use for.
const LONG: usize = 8000;

fn one_scope(probe: &Probe) -> Result<String, Stop> {
    probe.profile().scopes.read.clone().ok_or_else(|| Stop::not_applicable("the target names no scopes"))
}

/// Judges that none of these names was granted.
fn judge_unknown(probe: &mut Probe, outcome: &Outcome, asked: &str, unknown: &[&str]) {
    let bad: Vec<String> = unknown.iter().map(ToString::to_string).collect();
    match &outcome.reply {
        Some(reply) => {
            let judge = |reply: &Reply| grants_none_of(reply, asked, &bad);
            probe.expect(&UNKNOWN_SCOPE_NOT_GRANTED, reply, judge);
        }
        None => {
            let seen = outcome.journey.describe();
            probe.expect(&UNKNOWN_SCOPE_NOT_GRANTED, &outcome.journey, |_| met(seen));
        }
    }
}

fn grants_none_of(reply: &Reply, asked: &str, bad: &[String]) -> Judgement {
    let asked = scope_set(asked);
    let bad: ScopeSet = bad.iter().cloned().collect();
    // Whatever else the server grants is its own affair, as long as it tells; silence grants the bad names, too.
    let shown: ScopeSet = proofmark_probe::judge::shown_scope(reply).unwrap_or_default();
    let allowed = asked.union(&shown).filter(|s| !bad.contains(*s)).cloned().collect();
    scope_within(&allowed, &asked)(reply)
}

pub(crate) static UNKNOWN: Case = Case {
    id: "as.scope.unknown",
    title: "A scope that the server does not know is not granted",
    why: "What a token claims, some resource server may believe.",
    area: Area::Scope,
    covers: &[&UNKNOWN_SCOPE_NOT_GRANTED, &SCOPE_ERROR_REACHES_CLIENT],
    needs: &[Need::AccessToken],
    control: Some(&SCOPE_IS_GRANTED),
    fresh_sign_ins: 2,
    body: |probe| Box::pin(unknown(probe)),
    ..Case::PLAIN
};

async fn unknown(probe: &mut Probe) -> Steps {
    let known = one_scope(probe)?;
    let made_up = format!("proofmark-{}", probe.rng().name(8));
    for (row, asked) in [("unknown alone", made_up.clone()), ("unknown beside known", format!("{known} {made_up}"))] {
        probe.row(row);
        let outcome = ask_main(probe, Some(&asked), row).await?;
        judge_unknown(probe, &outcome, &asked, &[&made_up]);
        if outcome.reply.is_some() {
            probe.moot(&SCOPE_ERROR_REACHES_CLIENT, "the request was not refused");
        } else {
            probe.expect(&SCOPE_ERROR_REACHES_CLIENT, &outcome.journey, scope_error_at_client);
        }
    }
    Ok(())
}

/// A server that asks the user first may end in access_denied, as there is nothing to say yes to.
fn scope_error_at_client(journey: &Journey) -> Judgement {
    let named = journey.error().is_some_and(|e| e == "invalid_scope" || e == "access_denied");
    let state = journey.param("state").as_deref() == Some(journey.request.state.as_str());
    holds(
        journey.arrived() && named && state,
        "error invalid_scope at the redirect URI, with the state",
        journey.describe(),
    )
}

pub(crate) static MALFORMED: Case = Case {
    id: "as.scope.malformed",
    title: "A malformed scope is not granted, and breaks nothing",
    why: "Odd characters in a scope end up in headers, logs and the code of resource servers.",
    area: Area::Scope,
    covers: &[&UNKNOWN_SCOPE_NOT_GRANTED, &MALFORMED_SCOPE_STANDS],
    needs: &[Need::AccessToken],
    control: Some(&SCOPE_IS_GRANTED),
    fresh_sign_ins: 6,
    body: |probe| Box::pin(malformed(probe)),
    ..Case::PLAIN
};

async fn malformed(probe: &mut Probe) -> Steps {
    let known = one_scope(probe)?;
    let long = "a".repeat(LONG);
    let rows = [
        ("quoted", format!("\"{known}\"")),
        ("backslash", format!("{known}\\x")),
        ("tab", format!("{known}\tx")),
        ("comma", format!("{known},x")),
        ("not ASCII", format!("{known}\u{e9}")),
        ("very long", long),
    ];
    for (row, asked) in rows {
        probe.row(row);
        let outcome = ask_main(probe, Some(&asked), &format!("malformed scope, {row}")).await?;
        judge_unknown(probe, &outcome, &asked, &[&asked]);
        match outcome.answer() {
            Some(reply) => probe.expect(&MALFORMED_SCOPE_STANDS, reply, no_server_error),
            None => probe.moot(&MALFORMED_SCOPE_STANDS, "there is no answer to look at"),
        }
    }
    Ok(())
}

/// What asking for a made-up scope gives, which is what the server grants to those who ask for nothing it knows.
async fn fallback(probe: &mut Probe) -> Result<ScopeSet, Stop> {
    let made_up = format!("proofmark-{}", probe.rng().name(8));
    let outcome = ask_main(probe, Some(&made_up), "a made-up scope, to compare with").await?;
    Ok(outcome.granted(&made_up).unwrap_or_default())
}

pub(crate) static CASE_COUNTS: Case = Case {
    id: "as.scope.case",
    title: "A scope in capitals is not the scope itself",
    why: "A server that compares loosely where another compares exactly grants what was not asked for.",
    area: Area::Scope,
    covers: &[&SCOPE_CASE_COUNTS],
    needs: &[Need::AccessToken],
    control: Some(&SCOPE_IS_GRANTED),
    fresh_sign_ins: 1,
    body: |probe| Box::pin(case_counts(probe)),
    ..Case::PLAIN
};

async fn case_counts(probe: &mut Probe) -> Steps {
    let known = one_scope(probe)?;
    let flipped = if known == known.to_uppercase() { known.to_lowercase() } else { known.to_uppercase() };
    if flipped == known || probe.profile().scopes.all.contains(&flipped) {
        return Err(Stop::not_applicable("there is no scope with letters that are not taken in the other case, too"));
    }
    let outcome = ask_main(probe, Some(&flipped), "a scope in the other case").await?;
    let granted = outcome.granted(&flipped).unwrap_or_default();
    let by_default = if granted.contains(&known) { fallback(probe).await? } else { ScopeSet::new() };
    let seen = outcome.journey.describe();
    probe.expect(&SCOPE_CASE_COUNTS, &outcome.journey, |_| {
        let mistaken = granted.contains(&known) && !by_default.contains(&known);
        holds(!mistaken, format!("no {known} for {flipped}"), in_words(&granted)).and(|| met(seen))
    });
    Ok(())
}

pub(crate) static IS_A_SET: Case = Case {
    id: "as.scope.is-a-set",
    title: "Order and repetition of scopes make no difference",
    why: "Clients put scopes together from several places, in any order.",
    area: Area::Scope,
    covers: &[&SCOPE_ORDER_FREE, &SCOPE_REPEATS_COLLAPSE],
    fresh_sign_ins: 3,
    body: |probe| Box::pin(is_a_set(probe)),
    ..Case::PLAIN
};

async fn is_a_set(probe: &mut Probe) -> Steps {
    // Sign-in may be what fails over the order, so this case does not need it.
    let all: ScopeSet = probe.profile().scopes.all.iter().cloned().collect();
    if all.len() < 2 {
        return Err(Stop::not_applicable("the target names fewer than two scopes"));
    }
    let sorted: Vec<_> = all.iter().cloned().collect();
    let reversed: Vec<_> = all.iter().rev().cloned().collect();
    let mut granted = Vec::new();
    for (row, asked) in [("sorted", sorted.join(" ")), ("reversed", reversed.join(" "))] {
        let outcome = ask_main(probe, Some(&asked), &format!("scopes {row}")).await?;
        granted.push((outcome.granted(&asked), outcome.journey));
    }
    if let [(sorted, _), (reversed, journey)] = granted.as_slice() {
        probe.expect(&SCOPE_ORDER_FREE, journey, |_| same_grant(sorted.as_ref(), reversed.as_ref()));
    }
    probe.row("repeated");
    let known = one_scope(probe)?;
    let outcome = ask_main(probe, Some(&format!("{known} {known}")), "a scope twice").await?;
    match &outcome.reply {
        Some(reply) => probe.expect(&SCOPE_REPEATS_COLLAPSE, reply, |reply| told_once(reply, &known)),
        None => probe.moot(&SCOPE_REPEATS_COLLAPSE, format!("the request ends in {}", outcome.journey.describe())),
    }
    Ok(())
}

fn same_grant(sorted: Option<&ScopeSet>, reversed: Option<&ScopeSet>) -> Judgement {
    let words = |scope: Option<&ScopeSet>| scope.map_or_else(|| "a refusal".into(), in_words);
    holds(
        sorted == reversed,
        "the same grant in either order",
        format!("{} sorted, {} reversed", words(sorted), words(reversed)),
    )
    .and(|| if sorted.is_some() { met(words(sorted)) } else { Judgement::Unproven("neither order was granted".into()) })
}

fn told_once(reply: &Reply, known: &str) -> Judgement {
    let told = reply.json_str("scope").unwrap_or_default();
    let times = told.split(' ').filter(|s| *s == known).count();
    holds(times < 2, format!("{known} once"), format!("the scope \"{told}\"")).and(|| {
        if reply.is_success() { met(format!("the scope \"{told}\"")) } else { Judgement::Moot(reply.summary()) }
    })
}

pub(crate) static PATTERNS: Case = Case {
    id: "as.scope.patterns",
    title: "A pattern in a scope is not expanded",
    why: "A client that asks for * should not get what nobody listed on the consent page.",
    area: Area::Scope,
    covers: &[&NO_SCOPE_PATTERNS],
    needs: &[Need::TwoScopes],
    control: Some(&SCOPE_IS_GRANTED),
    fresh_sign_ins: 4,
    body: |probe| Box::pin(patterns(probe)),
    ..Case::PLAIN
};

async fn patterns(probe: &mut Probe) -> Steps {
    let known = one_scope(probe)?;
    let listed = probe.profile().scopes.all.clone();
    let by_default = fallback(probe).await?;
    let stem: String = known.chars().take_while(|c| c.is_alphanumeric()).collect();
    for pattern in ["*".to_owned(), "all".into(), format!("{stem}*")] {
        let published = probe.profile().metadata_lists("scopes_supported", &pattern) == Some(true);
        if published || listed.contains(&pattern) {
            continue;
        }
        probe.row(pattern.clone());
        let outcome = ask_main(probe, Some(&pattern), &format!("the scope {pattern}")).await?;
        let granted = outcome.granted(&pattern).unwrap_or_default();
        let seen = outcome.journey.describe();
        probe.expect(&NO_SCOPE_PATTERNS, &outcome.journey, |_| {
            let expanded: ScopeSet =
                granted.iter().filter(|s| listed.contains(s) && !by_default.contains(*s)).cloned().collect();
            holds(expanded.is_empty(), format!("nothing for {pattern}"), in_words(&expanded)).and(|| met(seen))
        });
    }
    Ok(())
}

pub(crate) static CLIENT_LIMIT: Case = Case {
    id: "as.scope.client-limit",
    title: "A client gets no scope beyond its registration",
    why: "A client that was registered to read should stay with that, whoever gets hold of it.",
    area: Area::Scope,
    covers: &[&CLIENT_SCOPE_BINDS],
    needs: &[Need::TwoScopes, Need::Registration],
    control: Some(&SCOPE_IS_GRANTED),
    fresh_sign_ins: 1,
    body: |probe| Box::pin(client_limit(probe)),
    ..Case::PLAIN
};

async fn client_limit(probe: &mut Probe) -> Steps {
    let scopes = probe.profile().scopes.clone();
    let (Some(read), Some(write)) = (scopes.read, scopes.write) else {
        return Err(Stop::missing(
            "it is not known which scopes there are",
            "name read and write under [scopes] in the configuration",
        ));
    };
    let main = probe.client(ClientKind::Main).await?;
    let metadata =
        ClientMetadata::native(&[main.redirect_uri()]).with("scope", read.as_str()).labelled("one scope only");
    let registration = probe.register(metadata).await?;
    let echoed = registration.reply.json_str("scope").map(|s| scope_set(&s));
    let summary = registration.reply.summary();
    let client = registration
        .client
        .ok_or_else(|| Stop::blocked(format!("the registration of a client was refused: {summary}")))?;
    if echoed.is_none_or(|e| e.contains(&write)) {
        return Err(Stop::not_applicable("the server does not limit the scope of a client at its registration"));
    }
    let asked = format!("{read} {write}");
    let outcome = ask(probe, &std::sync::Arc::new(client), Some(&asked), "more scope than registered").await?;
    let granted = outcome.granted(&asked).unwrap_or_default();
    let seen = outcome.journey.describe();
    probe.expect(&CLIENT_SCOPE_BINDS, &outcome.journey, |_| {
        holds(!granted.contains(&write), format!("a refusal, or a token without {write}"), in_words(&granted))
            .and(|| met(seen))
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

    #[test]
    fn a_trimmed_scope_is_fine_and_silence_is_not() {
        let bad = ["nope".to_owned()];
        let trimmed = Reply::canned(200, JSON, r#"{"access_token":"t","scope":"read"}"#);
        assert!(grants_none_of(&trimmed, "read nope", &bad).is_met());
        assert!(!grants_none_of(&Reply::canned(200, JSON, r#"{"access_token":"t"}"#), "read nope", &bad).is_met());
        assert!(
            !grants_none_of(&Reply::canned(200, JSON, r#"{"access_token":"t","scope":"nope"}"#), "nope", &bad).is_met()
        );
        let default = Reply::canned(200, JSON, r#"{"access_token":"t","scope":"basic"}"#);
        assert!(grants_none_of(&default, "nope", &bad).is_met());
    }

    #[test]
    fn repeats_and_orders_are_compared_as_sets() {
        let twice = Reply::canned(200, JSON, r#"{"access_token":"t","scope":"read read"}"#);
        assert!(!told_once(&twice, "read").is_met());
        let (one, none) = (scope_set("a b"), None);
        assert!(same_grant(Some(&one), Some(&scope_set("b a"))).is_met());
        assert!(!same_grant(Some(&one), none).is_met());
        assert!(matches!(same_grant(none, none), Judgement::Unproven(_)));
    }
}
