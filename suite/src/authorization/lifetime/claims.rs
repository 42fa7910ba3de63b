//! What a JWT says about its own lifetime.

use proofmark_probe::judge::{Judgement, holds, met, server_time};
use proofmark_probe::jwt::Jwt;
use proofmark_probe::model::Area;
use proofmark_probe::{Case, Need, Probe, Steps, Tokens, violated};

use crate::requirements::oauth21::lifetime::JWT_EXPIRY_AGREES;
use crate::requirements::rfc7519::JWT_EXPIRY_PRESENT;
use crate::requirements::rfc9068::{JWT_EXPIRY_IN_PROFILE, JWT_ISSUED_NOW};

/// Clocks may differ by so much, in seconds.
const SKEW: i64 = 60;

/// Issuers date tokens back by so much, in seconds, for the sake of slow clocks elsewhere.
const BACK_DATED: i64 = 600;

/// A time from which on a number cannot be seconds: the year 5138.
const NOT_SECONDS: i64 = 100_000_000_000;

pub(crate) static EXPIRY: Case = Case {
    id: "as.lifetime.jwt-expiry",
    title: "A JWT access token holds its expiry, and it is the one that is told",
    why: "A resource server goes by the claim, the client by the response; where they differ, one of them is wrong.",
    area: Area::Lifetime,
    covers: &[&JWT_EXPIRY_IN_PROFILE, &JWT_EXPIRY_PRESENT, &JWT_EXPIRY_AGREES],
    needs: &[Need::JwtAccessToken],
    body: |probe| Box::pin(expiry(probe)),
    ..Case::PLAIN
};

async fn expiry(probe: &mut Probe) -> Steps {
    let tokens = probe.tokens().await?;
    let Some(jwt) = tokens.jwt() else { return Ok(()) };
    if is_of_profile(&jwt) {
        probe.expect(&JWT_EXPIRY_IN_PROFILE, &tokens.reply, |_| has_expiry(&jwt));
    } else {
        probe.moot(&JWT_EXPIRY_IN_PROFILE, "the token does not say that it follows RFC 9068 (typ at+jwt)");
    }
    probe.expect(&JWT_EXPIRY_PRESENT, &tokens.reply, |_| has_expiry(&jwt));
    probe.expect(&JWT_EXPIRY_AGREES, &tokens.reply, |_| agrees(&tokens, &jwt));
    Ok(())
}

pub(crate) static ISSUED: Case = Case {
    id: "as.lifetime.jwt-issued",
    title: "A JWT access token is dated now",
    why: "A token that is valid from tomorrow on is refused today; one dated years back hides its age.",
    area: Area::Lifetime,
    covers: &[&JWT_ISSUED_NOW],
    needs: &[Need::JwtAccessToken],
    body: |probe| Box::pin(issued(probe)),
    ..Case::PLAIN
};

async fn issued(probe: &mut Probe) -> Steps {
    let tokens = probe.tokens().await?;
    let Some(jwt) = tokens.jwt() else { return Ok(()) };
    probe.expect(&JWT_ISSUED_NOW, &tokens.reply, |_| is_dated_now(&jwt, server_time(&tokens.reply)));
    Ok(())
}

/// Whether a JWT says that it follows RFC 9068.
pub(crate) fn is_of_profile(jwt: &Jwt) -> bool {
    jwt.header.get("typ").and_then(|v| v.as_str()).is_some_and(|typ| {
        let typ = typ.to_ascii_lowercase();
        typ == "at+jwt" || typ == "application/at+jwt"
    })
}

/// A time claim in whole seconds.
fn seconds(jwt: &Jwt, claim: &str) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "a time far beyond any calendar is out of range either way")]
    jwt.claims.get(claim)?.as_f64().map(|s| s as i64)
}

fn has_expiry(jwt: &Jwt) -> Judgement {
    let expected = "a claim exp in seconds since 1970";
    match (jwt.claims.get("exp"), seconds(jwt, "exp")) {
        (None, _) => violated(expected, "no claim exp"),
        (Some(seen), None) => violated(expected, format!("exp is {seen}")),
        (Some(_), Some(end)) if end >= NOT_SECONDS => {
            violated(expected, format!("exp is {end}, as if in milliseconds"))
        }
        (Some(_), Some(end)) => met(format!("exp is {end}")),
    }
}

fn agrees(tokens: &Tokens, jwt: &Jwt) -> Judgement {
    let (Some(end), Some(life)) = (seconds(jwt, "exp"), tokens.expires_in) else {
        return Judgement::Moot("there is no exp, or no expires_in to compare it with".into());
    };
    let Some(now) = server_time(&tokens.reply) else {
        return Judgement::Moot("the response has no Date by which to compare".into());
    };
    let told = i64::try_from(life.as_secs()).unwrap_or(i64::MAX);
    let left = end.saturating_sub(now);
    let seen = format!("expires_in is {told} s, the token ends in {left} s");
    holds(left.saturating_sub(told).abs() <= SKEW, "the same end in claim and response", seen)
}

fn is_dated_now(jwt: &Jwt, now: Option<i64>) -> Judgement {
    let Some(now) = now else { return Judgement::Moot("the response has no Date by which to judge".into()) };
    let issued = seconds(jwt, "iat");
    if issued.is_none() && !is_of_profile(jwt) {
        return Judgement::Moot("the token has no iat, and does not say that it follows RFC 9068".into());
    }
    let expected = "iat about now, and no nbf in the future";
    match (issued, seconds(jwt, "nbf")) {
        (None, _) => violated(expected, "no claim iat"),
        (Some(iat), _) if iat > now + SKEW => violated(expected, format!("iat is {} s ahead", iat - now)),
        (Some(iat), _) if iat < now - BACK_DATED - SKEW => violated(expected, format!("iat is {} s back", now - iat)),
        (_, Some(nbf)) if nbf > now + SKEW => violated(expected, format!("nbf is {} s ahead", nbf - now)),
        (Some(iat), _) => met(format!("iat is {} s ago", now - iat)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn jwt(claims: &serde_json::Value) -> Jwt {
        let mut jwt = Jwt::read("eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.e30.").expect("a token");
        jwt.claims = claims.clone();
        jwt
    }

    #[test]
    fn an_expiry_is_a_number_of_seconds() {
        assert!(is_of_profile(&jwt(&json!({}))));
        assert!(has_expiry(&jwt(&json!({"exp": 1_800_000_000}))).is_met());
        assert!(has_expiry(&jwt(&json!({"exp": 1_800_000_000.5}))).is_met());
        assert!(!has_expiry(&jwt(&json!({"exp": 1_800_000_000_000_u64}))).is_met());
        assert!(!has_expiry(&jwt(&json!({"exp": "1800000000"}))).is_met() && !has_expiry(&jwt(&json!({}))).is_met());
    }

    #[test]
    fn a_date_in_the_future_is_found_and_back_dating_is_tolerated() {
        let now = Some(1_800_000_000);
        assert!(is_dated_now(&jwt(&json!({"iat": 1_799_999_700})), now).is_met());
        assert!(!is_dated_now(&jwt(&json!({"iat": 1_800_003_600})), now).is_met());
        assert!(!is_dated_now(&jwt(&json!({"iat": 1_800_000_000, "nbf": 1_800_003_600})), now).is_met());
        assert!(!is_dated_now(&jwt(&json!({})), now).is_met());
        assert!(matches!(is_dated_now(&jwt(&json!({})), None), Judgement::Moot(_)));
    }
}
