//! Codes are secrets of their own kind.

use proofmark_probe::judge::{refused_as_invalid, token_refused};
use proofmark_probe::model::{Area, ExchangeId};
use proofmark_probe::{
    Case, ClientKind, Evidence, Judgement, Need, Probe, Reply, Steps, Stop, TokenRequest, met, violated,
};

use crate::authorization::pkce::RIGHT_VERIFIER;
use crate::requirements::oauth21::code::{IS_NO_TOKEN as NO_TOKEN, UNGUESSABLE as RANDOM};

pub(super) static UNGUESSABLE: Case = Case {
    id: "as.code.unguessable",
    title: "Codes cannot be guessed from earlier codes",
    why: "A code that can be guessed need not be stolen.",
    area: Area::Code,
    covers: &[&RANDOM],
    needs: &[Need::CodeFlow],
    control: Some(&RIGHT_VERIFIER),
    body: |probe| Box::pin(unguessable(probe)),
    ..Case::PLAIN
};

/// Codes in the order in which they were issued, and where they can be seen.
struct Codes {
    codes: Vec<String>,
    seen: Vec<ExchangeId>,
}

impl Evidence for Codes {
    fn exchanges(&self) -> Vec<ExchangeId> {
        self.seen.clone()
    }
}

async fn unguessable(probe: &mut Probe) -> Steps {
    // Two random codes often agree in some place; that eight do is as good as impossible.
    const SAMPLES: usize = 8;
    let client = probe.client(ClientKind::Main).await?;
    let mut codes = Codes { codes: Vec::new(), seen: Vec::new() };
    for _ in 0..SAMPLES {
        let request = probe.authorization(&client);
        let journey = probe.walk(request).await?;
        let Some(code) = journey.code() else {
            return Err(Stop::blocked(format!("a correct authorization request ended in {}", journey.describe())));
        };
        codes.codes.push(code);
        codes.seen.extend(journey.last().map(Reply::id));
    }
    probe.expect(&RANDOM, &codes, |codes| drawn_at_random(&codes.codes));
    Ok(())
}

/// As far as a few samples show: no code twice, and what differs between codes has room for 128 bits.
fn drawn_at_random(codes: &[String]) -> Judgement {
    /// A random UUID (122) and 21 letters of base64 (126) fall short of the 128 by so little that it harms nobody.
    const ENOUGH: f64 = 120.0;
    let mut sorted = codes.to_vec();
    sorted.sort();
    sorted.dedup();
    let expected = "codes whose changing part has room for 128 random bits";
    if sorted.len() < codes.len() {
        return violated(expected, "the same code was issued twice");
    }
    let bits = room(codes);
    let observed = format!("the part in which {} codes differ has room for {bits:.0} bits", codes.len());
    if bits < ENOUGH { violated(expected, observed) } else { met(observed) }
}

/// How many bits fit into the part of the codes that is not the same in all of them.
fn room(codes: &[String]) -> f64 {
    let before = common(codes.iter().map(|c| c.chars()).collect());
    let rests: Vec<String> = codes.iter().map(|c| c.chars().skip(before).collect()).collect();
    let after = common(rests.iter().map(|c| c.chars().rev()).collect());
    let rests: Vec<Vec<char>> = rests.iter().map(|c| c.chars().collect()).collect();
    let shortest = rests.iter().map(Vec::len).min().unwrap_or(0).saturating_sub(after);
    // Hyphens and dots that stand between groups, such as those of a UUID, carry nothing.
    let separates = |at: usize| {
        rests.first().is_some_and(|f| !f[at].is_ascii_alphanumeric() && rests.iter().all(|r| r[at] == f[at]))
    };
    let places: Vec<usize> = (0..shortest).filter(|at| !separates(*at)).collect();
    let letters = || rests.iter().flat_map(|rest| places.iter().map(move |at| rest[*at]));
    let alphabet: f64 = if letters().all(|c| c.is_ascii_digit()) {
        10.0
    } else if letters().all(|c| matches!(c, '0'..='9' | 'a'..='f'))
        || letters().all(|c| matches!(c, '0'..='9' | 'A'..='F'))
    {
        16.0
    } else if letters().all(|c| matches!(c, '0'..='9' | 'a'..='z'))
        || letters().all(|c| matches!(c, '0'..='9' | 'A'..='Z'))
    {
        36.0
    } else {
        64.0
    };
    alphabet.log2() * f64::from(u32::try_from(places.len()).unwrap_or(u32::MAX))
}

/// How many characters all of these begin with.
fn common<I: Iterator<Item = char>>(mut texts: Vec<I>) -> usize {
    let mut length = 0;
    loop {
        let heads: Vec<_> = texts.iter_mut().map(Iterator::next).collect();
        match heads.first() {
            Some(Some(first)) if heads.iter().all(|head| *head == Some(*first)) => length += 1,
            _ => return length,
        }
    }
}

pub(super) static IS_NO_TOKEN: Case = Case {
    id: "as.code.is-no-token",
    title: "A code is accepted neither as an access token nor as a refresh token",
    why: "A code passes through the browser; what passes there must open nothing without the client's part.",
    area: Area::Code,
    covers: &[&NO_TOKEN],
    needs: &[Need::CodeFlow],
    control: Some(&RIGHT_VERIFIER),
    body: |probe| Box::pin(is_no_token(probe)),
    ..Case::PLAIN
};

async fn is_no_token(probe: &mut Probe) -> Steps {
    let grant = probe.grant().await?;
    probe.row("as an access token");
    if probe.profile().protected_method.is_some() {
        let request = probe.protected().await?.bearer(&grant.code).labelled("a code as access token");
        let reply = probe.mcp(request).await?;
        probe.expect(&NO_TOKEN, &reply, refused_as_invalid);
    } else {
        probe.moot(&NO_TOKEN, "the MCP server serves requests without a token");
    }
    probe.row("as a refresh token");
    let request = TokenRequest::new("refresh request", &grant.client, "refresh_token")
        .with("refresh_token", &grant.code)
        .labelled("a code as refresh token");
    let reply = probe.token(&request).await?;
    probe.expect(&NO_TOKEN, &reply, token_refused);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(make: impl Fn(usize) -> String) -> Vec<String> {
        (0..8).map(make).collect()
    }

    /// Something that looks random enough: the digest of a number.
    fn noise(i: usize) -> String {
        proofmark_probe::encoding::sha256_hex(&i.to_string())
    }

    #[test]
    fn random_codes_have_room() {
        assert!(drawn_at_random(&codes(|i| noise(i)[..32].to_owned())).is_met());
        assert!(drawn_at_random(&codes(|i| proofmark_probe::authorize::s256(&i.to_string()))).is_met());
        assert!(drawn_at_random(&codes(|i| format!("code_{}", noise(i)))).is_met());
        let uuid = |i: usize| {
            let n = noise(i);
            format!("{}-{}-4{}-a{}-{}", &n[..8], &n[8..12], &n[12..15], &n[15..18], &n[18..30])
        };
        assert!(drawn_at_random(&codes(uuid)).is_met());
        let short = |i: usize| proofmark_probe::authorize::s256(&i.to_string())[..21].to_owned();
        assert!(drawn_at_random(&codes(short)).is_met());
    }

    #[test]
    fn counters_short_codes_and_repeats_are_found() {
        assert!(!drawn_at_random(&codes(|i| format!("0000000000000000000000000000000000000000000{i:04}"))).is_met());
        assert!(!drawn_at_random(&codes(|i| noise(i)[..16].to_owned())).is_met());
        assert!(!drawn_at_random(&codes(|i| format!("{}-{i}", noise(0)))).is_met());
        assert!(!drawn_at_random(&codes(|_| noise(0))).is_met());
    }
}
