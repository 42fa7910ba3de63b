//! Grant types, and the form in which a token request is refused.

use proofmark_probe::judge::{Judgement, error_is, holds, met, oauth_error_shape, token_refused};
use proofmark_probe::model::Area;
use proofmark_probe::params::Params;
use proofmark_probe::{Case, ClientKind, ClientMetadata, HttpRequest, Need, Probe, Reply, Steps, Stop, TokenRequest};

use super::TOKEN_IS_ISSUED;
use super::response::has_no_nulls;
use crate::requirements::oauth21::token::{
    GRANT_TYPE_ERROR, GRANT_TYPE_EXACT, GRANT_TYPE_KNOWN, GRANT_TYPE_REQUIRED, NO_NULL_MEMBERS, TOKEN_ERROR_SHAPE,
};
use crate::requirements::openid::NO_UNASKED_ID_TOKEN;
use crate::requirements::rfc7591::NO_UNASKED_REFRESH_TOKEN;
use crate::requirements::rfc9700::{PASSWORD_GRANT_GONE, PASSWORD_GRANT_UNKNOWN};

pub(crate) static GRANT_TYPE: Case = Case {
    id: "as.token.grant-type",
    title: "A token request with no or an unknown grant type is refused",
    why: "A server that guesses the grant type can be led into one that it should not serve.",
    area: Area::Token,
    covers: &[&GRANT_TYPE_REQUIRED, &GRANT_TYPE_KNOWN, &GRANT_TYPE_ERROR],
    needs: &[Need::CodeFlow],
    control: Some(&TOKEN_IS_ISSUED),
    body: |probe| Box::pin(grant_type(probe)),
    ..Case::PLAIN
};

async fn grant_type(probe: &mut Probe) -> Steps {
    probe.row("missing");
    let request = probe.grant().await?.redeem().without("grant_type").labelled("no grant type");
    let reply = probe.token(&request).await?;
    probe.expect(&GRANT_TYPE_REQUIRED, &reply, token_refused);
    probe.expect(&GRANT_TYPE_ERROR, &reply, error_is(&["invalid_request"]));

    probe.row("unknown");
    let request =
        probe.grant().await?.redeem().with("grant_type", "proofmark_unknown").labelled("an unknown grant type");
    let reply = probe.token(&request).await?;
    probe.expect(&GRANT_TYPE_KNOWN, &reply, token_refused);
    probe.expect(&GRANT_TYPE_ERROR, &reply, error_is(&["unsupported_grant_type"]));
    Ok(())
}

pub(crate) static GRANT_TYPE_CASE: Case = Case {
    id: "as.token.grant-type-case",
    title: "A grant type in other letters is refused",
    why: "Names that are compared loosely in one place and exactly in another let requests slip past checks.",
    area: Area::Token,
    covers: &[&GRANT_TYPE_EXACT],
    needs: &[Need::CodeFlow],
    control: Some(&TOKEN_IS_ISSUED),
    body: |probe| Box::pin(grant_type_case(probe)),
    ..Case::PLAIN
};

async fn grant_type_case(probe: &mut Probe) -> Steps {
    let request =
        probe.grant().await?.redeem().with("grant_type", "Authorization_Code").labelled("the grant type in capitals");
    let reply = probe.token(&request).await?;
    probe.expect(&GRANT_TYPE_EXACT, &reply, token_refused);
    Ok(())
}

pub(crate) static PASSWORD: Case = Case {
    id: "as.token.password-grant",
    title: "The password grant yields no token",
    why: "It hands the user's password to the client, which passes by every second factor.",
    area: Area::Token,
    covers: &[&PASSWORD_GRANT_GONE, &PASSWORD_GRANT_UNKNOWN],
    needs: &[Need::CodeFlow],
    control: Some(&TOKEN_IS_ISSUED),
    body: |probe| Box::pin(password(probe)),
    ..Case::PLAIN
};

async fn password(probe: &mut Probe) -> Steps {
    let client = probe.client(ClientKind::Main).await?;
    let settings = probe.settings();
    let known = settings.login.first.clone().map(|user| (user.name, user.password));
    let certain = known.is_some();
    let (user, word) = known.unwrap_or_else(|| ("proofmark-nobody".into(), "proofmark-nothing".into()));
    let mut request = TokenRequest::new("token request, password grant", &client, "password")
        .with("username", &user)
        .with("password", &word);
    let scope = probe.profile().scopes.all.join(" ");
    if !scope.is_empty() {
        request = request.with("scope", &scope);
    }
    if let Some(resource) = &probe.profile().resource {
        request = request.with("resource", resource);
    }
    let reply = probe.token(&request).await?;
    probe.expect(&PASSWORD_GRANT_GONE, &reply, |reply| password_is_useless(reply, certain));
    probe.expect(&PASSWORD_GRANT_UNKNOWN, &reply, refused_as_a_grant);
    Ok(())
}

/// With credentials that nobody has, a refusal of the credentials says nothing about the grant.
fn password_is_useless(reply: &Reply, credentials_are_real: bool) -> Judgement {
    let of_credentials = reply.json_str("error").as_deref() == Some("invalid_grant");
    token_refused(reply).and(|| {
        if of_credentials && !credentials_are_real {
            return Judgement::Moot("no user name and password are configured, and made-up ones were refused".into());
        }
        met(reply.summary())
    })
}

fn refused_as_a_grant(reply: &Reply) -> Judgement {
    let of_credentials = reply.json_str("error").as_deref() == Some("invalid_grant");
    holds(!of_credentials, "a refusal of the grant type", format!("{}, as if the grant were on", reply.summary()))
}

pub(crate) static ERROR_SHAPE: Case = Case {
    id: "as.token.error-shape",
    title: "A refused token request is answered 400 with a JSON error",
    why: "A client that cannot read the error does not know whether to retry, to sign in again or to give up.",
    area: Area::Errors,
    covers: &[&TOKEN_ERROR_SHAPE],
    needs: &[Need::CodeFlow],
    control: Some(&TOKEN_IS_ISSUED),
    body: |probe| Box::pin(error_shape(probe)),
    ..Case::PLAIN
};

async fn error_shape(probe: &mut Probe) -> Steps {
    let grant = probe.grant().await?;
    let rows = [
        ("bad code", grant.redeem().with("code", "proofmark-no-such-code")),
        ("unknown grant type", grant.redeem().with("grant_type", "proofmark_unknown")),
    ];
    for (row, request) in rows {
        probe.row(row);
        let reply = probe.token(&request.labelled(row)).await?;
        probe.expect(&TOKEN_ERROR_SHAPE, &reply, oauth_error_shape);
    }
    probe.row("empty request");
    let empty = HttpRequest::form("token request, empty", &probe.profile().endpoints.token, &Params::new());
    let reply = probe.send(empty).await?;
    probe.expect(&TOKEN_ERROR_SHAPE, &reply, oauth_error_shape);
    Ok(())
}

pub(crate) static UNASKED_REFRESH_TOKEN: Case = Case {
    id: "as.token.unasked-refresh-token",
    title: "A client that did not register for refresh tokens gets none",
    why: "A client that does not expect a refresh token does not protect it.",
    area: Area::Token,
    covers: &[&NO_UNASKED_REFRESH_TOKEN, &NO_NULL_MEMBERS],
    needs: &[Need::CodeFlow, Need::Registration, Need::RefreshToken],
    control: Some(&TOKEN_IS_ISSUED),
    body: |probe| Box::pin(unasked_refresh_token(probe)),
    ..Case::PLAIN
};

async fn unasked_refresh_token(probe: &mut Probe) -> Steps {
    let main = probe.client(ClientKind::Main).await?;
    let metadata = ClientMetadata::native(&[main.redirect_uri()])
        .with("grant_types", vec!["authorization_code"])
        .labelled("code grant only");
    let registration = probe.register(metadata).await?;
    let echoed = registration.reply.json().and_then(|b| b.get("grant_types").cloned());
    let Some(client) = registration.client else {
        return Err(Stop::blocked(format!("client registration, code grant only: {}", registration.reply.summary())));
    };
    if echoed.as_ref().and_then(|g| g.as_array()).is_some_and(|g| g.iter().any(|v| v == "refresh_token")) {
        return Err(Stop::not_applicable("the server registered the refresh token grant of its own accord"));
    }
    let request = probe.authorization(&std::sync::Arc::new(client));
    let grant = probe.authorize(request).await?;
    let tokens = probe.redeem(&grant).await?;
    probe.expect(&NO_UNASKED_REFRESH_TOKEN, &tokens.reply, |reply| {
        holds(reply.json_str("refresh_token").is_none(), "no refresh token", "a refresh token")
            .and(|| met("no refresh token"))
    });
    // Here a member has no value.
    probe.expect(&NO_NULL_MEMBERS, &tokens.reply, has_no_nulls);
    Ok(())
}

pub(crate) static UNASKED_ID_TOKEN: Case = Case {
    id: "as.token.unasked-id-token",
    title: "An ID token comes only to clients that asked for openid",
    why: "It says who the user is, which a client that asked for tools alone need not know.",
    area: Area::Token,
    covers: &[&NO_UNASKED_ID_TOKEN],
    needs: &[Need::AccessToken],
    body: |probe| Box::pin(unasked_id_token(probe)),
    ..Case::PLAIN
};

async fn unasked_id_token(probe: &mut Probe) -> Steps {
    if probe.profile().scopes.all.iter().any(|s| s == "openid") {
        return Err(Stop::not_applicable("ordinary flows of this target ask for openid"));
    }
    let tokens = probe.tokens().await?;
    probe.expect(&NO_UNASKED_ID_TOKEN, &tokens.reply, |reply| {
        holds(reply.json_str("id_token").is_none(), "no ID token", "an ID token").and(|| met("no ID token"))
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_up_credentials_prove_nothing() {
        let json = &[("content-type", "application/json")];
        let credentials = Reply::canned(400, json, r#"{"error":"invalid_grant"}"#);
        assert!(matches!(password_is_useless(&credentials, false), Judgement::Moot(_)));
        assert!(password_is_useless(&credentials, true).is_met() && !refused_as_a_grant(&credentials).is_met());
        let grant = Reply::canned(400, json, r#"{"error":"unsupported_grant_type"}"#);
        assert!(password_is_useless(&grant, false).is_met() && refused_as_a_grant(&grant).is_met());
        assert!(!password_is_useless(&Reply::canned(200, json, r#"{"access_token":"t"}"#), false).is_met());
    }
}
