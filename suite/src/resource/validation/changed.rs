//! A good token, changed.

use proofmark_probe::judge::not_served;
use proofmark_probe::jwt::Jwt;
use proofmark_probe::model::Area;
use proofmark_probe::{Case, Need, Probe, Steps};
use serde_json::{Value, json};

use super::{Door, good_jwt};
use crate::requirements::mcp::challenge::BAD_TOKEN_IS_401;
use crate::requirements::mcp::token_use::FORGED_IS_REFUSED;
use crate::requirements::rfc8725::NONE_IS_REFUSED;
use crate::resource::credentials::HEADER;

const NEEDS: &[Need] = &[Need::Protection, Need::AccessToken];
const JWT_NEEDS: &[Need] = &[Need::Protection, Need::JwtAccessToken];

pub(super) static CHARACTERS: Case = Case {
    id: "rs.validation.changed-characters",
    title: "A token with changed characters is refused",
    why: "A token is a secret as a whole; where a part of it is enough, the rest can be guessed.",
    area: Area::RsValidation,
    covers: &[&FORGED_IS_REFUSED, &BAD_TOKEN_IS_401],
    needs: NEEDS,
    control: Some(&HEADER),
    body: |probe| Box::pin(characters(probe)),
    ..Case::PLAIN
};

async fn characters(probe: &mut Probe) -> Steps {
    let tokens = probe.tokens().await?;
    let door = Door::find(probe).await?;
    for (what, token) in variants(&tokens.access) {
        door.refuses(probe, &FORGED_IS_REFUSED, what, &token).await?;
    }
    // These are no tokens by their form, and may be answered as malformed.
    let encoded = percent_encoded(&tokens.access);
    let patterns = [("a percent sign alone", "%"), ("an underscore alone", "_"), ("an asterisk alone", "*")];
    for (what, token) in patterns.into_iter().chain([("the first character percent-encoded", encoded.as_str())]) {
        probe.row(what);
        let reply = door.try_with(probe, token, what).await?;
        probe.expect(&FORGED_IS_REFUSED, &reply, not_served);
    }
    Ok(())
}

/// The token with its first character as a percent escape.
fn percent_encoded(token: &str) -> String {
    let mut rest = token.chars();
    rest.next().map_or_else(String::new, |first| format!("%{:02X}{}", u32::from(first), rest.as_str()))
}

/// Changes that leave the token's look. The last character of a JWT may carry unused bits, so it is left alone.
fn variants(token: &str) -> Vec<(&'static str, String)> {
    let characters: Vec<char> = token.chars().collect();
    let middle = characters.len() / 2;
    // Within a JWT, a letter or digit in the middle changes what is signed.
    let Some(at) = (middle..characters.len().saturating_sub(1)).find(|i| characters[*i].is_ascii_alphanumeric()) else {
        return Vec::new();
    };
    let with = |index: usize, replacement: &str| {
        let before: String = characters[..index].iter().collect();
        let after: String = characters[index + 1..].iter().collect();
        format!("{before}{replacement}{after}")
    };
    let other = if characters[at] == 'x' { "y" } else { "x" };
    let mut all = vec![
        ("one character changed", with(at, other)),
        ("the first half", characters[..middle].iter().collect()),
        ("the last four characters cut", characters[..characters.len().saturating_sub(4)].iter().collect()),
    ];
    if Jwt::read(token).is_none() {
        all.push(("four characters more", format!("{token}AAAA")));
    }
    if let Some(at) = (middle..characters.len().saturating_sub(1)).find(|i| characters[*i].is_ascii_alphabetic()) {
        let letter = characters[at];
        let swapped =
            if letter.is_ascii_uppercase() { letter.to_ascii_lowercase() } else { letter.to_ascii_uppercase() };
        all.push(("one letter in the other case", with(at, &swapped.to_string())));
    }
    all
}

pub(super) static SIGNATURE: Case = Case {
    id: "rs.validation.changed-signature",
    title: "A JWT whose signature does not fit is refused",
    why: "The signature is all that tells a token of the authorization server from one that anybody wrote.",
    area: Area::RsValidation,
    covers: &[&FORGED_IS_REFUSED, &BAD_TOKEN_IS_401],
    needs: JWT_NEEDS,
    control: Some(&HEADER),
    body: |probe| Box::pin(signature(probe)),
    ..Case::PLAIN
};

async fn signature(probe: &mut Probe) -> Steps {
    let door = Door::find(probe).await?;
    let jwt = good_jwt(probe).await?;
    let mut forgeries = vec![
        ("one bit of the signature turned", jwt.with_flipped_signature()),
        ("an empty signature", jwt.with_empty_signature()),
        ("no signature", jwt.with_empty_signature().trim_end_matches('.').to_owned()),
    ];
    let whole = probe.tokens().await?.access.clone();
    if let Some(short) = whole.len().checked_sub(4).and_then(|end| whole.get(..end)) {
        forgeries.push(("the end of the signature cut", short.to_owned()));
    }
    if let Some(read) = probe.profile().scopes.read.clone()
        && let Ok(other) = probe.tokens_for(&read).await
        && let Some(other) = other.jwt()
        && other.signature != jwt.signature
    {
        let mut borrowed = jwt.clone();
        borrowed.signature = other.signature;
        forgeries.push(("the signature of another token", borrowed.assemble()));
    }
    for (what, token) in forgeries {
        door.refuses(probe, &FORGED_IS_REFUSED, what, &token).await?;
    }
    Ok(())
}

pub(super) static CLAIMS: Case = Case {
    id: "rs.validation.changed-claims",
    title: "A JWT with changed claims is refused",
    why: "Its holder could be anyone, with any scope, for ever.",
    area: Area::RsValidation,
    covers: &[&FORGED_IS_REFUSED, &BAD_TOKEN_IS_401],
    needs: JWT_NEEDS,
    control: Some(&HEADER),
    body: |probe| Box::pin(claims(probe)),
    ..Case::PLAIN
};

/// What is done to the claims.
type Change = fn(&mut Value);

async fn claims(probe: &mut Probe) -> Steps {
    let door = Door::find(probe).await?;
    let jwt = good_jwt(probe).await?;
    let changes: [(&str, Change); 3] = [
        ("another subject", |c| c["sub"] = "admin".into()),
        ("a later expiry", |c| c["exp"] = json!(c["exp"].as_i64().unwrap_or(0).saturating_add(86_400))),
        ("more scope", |c| c["scope"] = format!("{} admin", c["scope"].as_str().unwrap_or_default()).into()),
    ];
    for (what, change) in changes {
        door.refuses(probe, &FORGED_IS_REFUSED, what, &jwt.with_claims(change)).await?;
    }
    Ok(())
}

pub(super) static UNSIGNED: Case = Case {
    id: "rs.validation.alg-none",
    title: "A JWT that says it is unsigned is refused",
    why: "Libraries have believed the header of a token that told them not to check it.",
    area: Area::RsValidation,
    covers: &[&NONE_IS_REFUSED, &BAD_TOKEN_IS_401],
    needs: JWT_NEEDS,
    control: Some(&HEADER),
    body: |probe| Box::pin(unsigned(probe)),
    ..Case::PLAIN
};

async fn unsigned(probe: &mut Probe) -> Steps {
    let door = Door::find(probe).await?;
    let jwt = good_jwt(probe).await?;
    for spelling in ["none", "None", "NONE", "nOnE"] {
        let what = format!("alg {spelling}");
        door.refuses(probe, &NONE_IS_REFUSED, &what, &jwt.unsigned(spelling)).await?;
    }
    let mut header = jwt.header.clone();
    header["alg"] = "none".into();
    let signed = jwt.with_header(&header);
    door.refuses(probe, &NONE_IS_REFUSED, "alg none beside the old signature", &signed).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variant_differs_and_none_touches_only_the_last_character() {
        let token = "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4";
        for (what, variant) in variants(token) {
            assert_ne!(variant, token, "{what}");
            let cut = &token[..token.len() - 1];
            assert!(!variant.starts_with(cut) || variant.len() > token.len(), "{what}");
        }
        assert!(variants("").is_empty());
        assert_eq!(percent_encoded("Ab"), "%41b");
    }
}
