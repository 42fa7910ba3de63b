//! What comes back when a token is issued.

use proofmark_probe::judge::{Judgement, forbids_storing, holds, is_json, met, token_issued, unguessable};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, Need, Probe, Reply, Steps, violated};

use crate::requirements::oauth21::token::{
    ACCESS_TOKEN_FITS_HEADER, ACCESS_TOKEN_UNIQUE, ACCESS_TOKEN_UNPREDICTABLE, NO_NULL_MEMBERS,
    TOKEN_RESPONSE_NOT_STORED, TOKEN_RESPONSE_SHAPE, TOKEN_TYPE_IS_BEARER,
};

pub(crate) static TOKEN_IS_ISSUED: Case = Case {
    id: "as.token.response-shape",
    title: "A token response is JSON with the access token and its type",
    why: "Clients read these two members; a response in another form looks like a failure to them.",
    area: Area::Token,
    covers: &[&TOKEN_RESPONSE_SHAPE],
    needs: &[Need::CodeFlow],
    body: |probe| Box::pin(response_shape(probe)),
    ..Case::PLAIN
};

async fn response_shape(probe: &mut Probe) -> Steps {
    let grant = probe.grant().await?;
    let reply = probe.token(&grant.redeem()).await?;
    probe.expect(&TOKEN_RESPONSE_SHAPE, &reply, has_token_shape);
    Ok(())
}

/// HTTP 200, JSON, and the two members as strings.
fn has_token_shape(reply: &Reply) -> Judgement {
    let text = |member: &str| reply.json_str(member).is_some_and(|s| !s.is_empty());
    token_issued(reply)
        .and(|| holds(reply.status() == 200, "HTTP 200", reply.summary()))
        .and(|| is_json(reply))
        .and(|| holds(text("token_type"), "a string member token_type", "no string member token_type"))
}

pub(crate) static TYPE_IS_BEARER: Case = Case {
    id: "as.token.type",
    title: "The token type is Bearer",
    why: "A client that does not know the type of a token cannot use it.",
    area: Area::Token,
    covers: &[&TOKEN_TYPE_IS_BEARER],
    needs: &[Need::AccessToken],
    body: |probe| Box::pin(type_is_bearer(probe)),
    ..Case::PLAIN
};

async fn type_is_bearer(probe: &mut Probe) -> Steps {
    let tokens = probe.tokens().await?;
    probe.expect(&TOKEN_TYPE_IS_BEARER, &tokens.reply, names_bearer);
    Ok(())
}

fn names_bearer(reply: &Reply) -> Judgement {
    match reply.json_str("token_type") {
        None => Judgement::Moot("there is no token type to look at".into()),
        Some(seen) => holds(seen.eq_ignore_ascii_case("bearer"), "the token type Bearer", format!("{seen:?}")),
    }
}

pub(crate) static NOT_STORED: Case = Case {
    id: "as.token.no-store",
    title: "A token response may not be stored by caches",
    why: "A proxy or a browser cache that keeps a token hands it to whoever asks next.",
    area: Area::Token,
    covers: &[&TOKEN_RESPONSE_NOT_STORED],
    needs: &[Need::AccessToken],
    body: |probe| Box::pin(not_stored(probe)),
    ..Case::PLAIN
};

async fn not_stored(probe: &mut Probe) -> Steps {
    let tokens = probe.tokens().await?;
    probe.expect(&TOKEN_RESPONSE_NOT_STORED, &tokens.reply, forbids_storing);
    Ok(())
}

pub(crate) static NO_NULLS: Case = Case {
    id: "as.token.no-null-members",
    title: "A token response leaves members without a value out",
    why: "Many clients take a null refresh token or scope for one that is there, and stumble.",
    area: Area::Token,
    covers: &[&NO_NULL_MEMBERS],
    needs: &[Need::AccessToken],
    body: |probe| Box::pin(no_nulls(probe)),
    ..Case::PLAIN
};

async fn no_nulls(probe: &mut Probe) -> Steps {
    let tokens = probe.tokens().await?;
    probe.expect(&NO_NULL_MEMBERS, &tokens.reply, has_no_nulls);
    Ok(())
}

pub(super) fn has_no_nulls(reply: &Reply) -> Judgement {
    let body = reply.json().unwrap_or_default();
    let members = body.as_object().into_iter().flatten();
    let nulls: Vec<_> = members.filter(|(_, value)| value.is_null()).map(|(name, _)| name.as_str()).collect();
    holds(nulls.is_empty(), "no member that is null", format!("null in {}", nulls.join(", ")))
        .and(|| met("no member is null"))
}

pub(crate) static FITS_HEADER: Case = Case {
    id: "as.token.fits-header",
    title: "An access token fits into an Authorization header",
    why: "A token with other characters is cut or refused somewhere between client and server.",
    area: Area::Token,
    covers: &[&ACCESS_TOKEN_FITS_HEADER],
    needs: &[Need::AccessToken],
    body: |probe| Box::pin(fits_header(probe)),
    ..Case::PLAIN
};

async fn fits_header(probe: &mut Probe) -> Steps {
    let tokens = probe.tokens().await?;
    probe.expect(&ACCESS_TOKEN_FITS_HEADER, &tokens.reply, is_token68);
    Ok(())
}

/// The characters of RFC 9110 §11.2.
fn is_token68(reply: &Reply) -> Judgement {
    let token = reply.json_str("access_token").unwrap_or_default();
    let odd = token.trim_end_matches('=').chars().find(|c| !c.is_ascii_alphanumeric() && !"-._~+/".contains(*c));
    match odd {
        None => met("letters, digits and - . _ ~ + / only"),
        Some(odd) => {
            violated("letters, digits and - . _ ~ + / with = at the end only", format!("a token with {odd:?}"))
        }
    }
}

pub(crate) static UNPREDICTABLE: Case = Case {
    id: "as.token.unpredictable",
    title: "Access tokens are distinct and cannot be guessed",
    why: "Whoever can guess a token needs no user to give it.",
    area: Area::Token,
    covers: &[&ACCESS_TOKEN_UNPREDICTABLE, &ACCESS_TOKEN_UNIQUE],
    needs: &[Need::AccessToken],
    body: |probe| Box::pin(unpredictable(probe)),
    ..Case::PLAIN
};

async fn unpredictable(probe: &mut Probe) -> Steps {
    let mut replies = vec![probe.tokens().await?.reply.clone()];
    for _ in 0..2 {
        let grant = probe.grant().await?;
        replies.push(probe.redeem(&grant).await?.reply);
    }
    let tokens: Vec<_> = replies.iter().filter_map(|r| r.json_str("access_token")).collect();
    probe.expect(&ACCESS_TOKEN_UNPREDICTABLE, &replies, |_| unguessable("access token", &distinct(&tokens)));
    probe.expect(&ACCESS_TOKEN_UNIQUE, &replies, |_| all_differ(&tokens));
    Ok(())
}

fn distinct(tokens: &[String]) -> Vec<String> {
    let mut tokens = tokens.to_vec();
    tokens.sort();
    tokens.dedup();
    tokens
}

fn all_differ(tokens: &[String]) -> Judgement {
    let distinct = distinct(tokens).len();
    let seen = format!("{distinct} different tokens from {} grants", tokens.len());
    holds(distinct == tokens.len(), "another token for each grant", seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &[(&str, &str)] = &[("content-type", "application/json; charset=utf-8")];

    #[test]
    fn the_shape_of_a_response_is_judged_by_what_clients_need() {
        let good = r#"{"access_token":"t","token_type":"bearer"}"#;
        assert!(has_token_shape(&Reply::canned(200, JSON, good)).is_met());
        assert!(!has_token_shape(&Reply::canned(201, JSON, good)).is_met());
        assert!(!has_token_shape(&Reply::canned(200, &[("content-type", "text/html")], good)).is_met());
        assert!(!has_token_shape(&Reply::canned(200, JSON, r#"{"access_token":"t"}"#)).is_met());
        assert!(names_bearer(&Reply::canned(200, JSON, good)).is_met());
        assert!(!names_bearer(&Reply::canned(200, JSON, r#"{"token_type":"N_A"}"#)).is_met());
    }

    #[test]
    fn nulls_and_odd_characters_are_found() {
        assert!(!has_no_nulls(&Reply::canned(200, JSON, r#"{"refresh_token":null}"#)).is_met());
        assert!(has_no_nulls(&Reply::canned(200, JSON, r#"{"access_token":"t"}"#)).is_met());
        assert!(is_token68(&Reply::canned(200, JSON, r#"{"access_token":"aB3.-_~+/=="}"#)).is_met());
        assert!(!is_token68(&Reply::canned(200, JSON, r#"{"access_token":"a!b"}"#)).is_met());
    }
}
