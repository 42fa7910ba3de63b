//! The cases of the golden run that look at the authorization server.

use proofmark_model::{Area, Level, Outcome, Role, Status};

use super::cases::{Maker, at};
use super::wire::{AS, Answer, Sent};
use super::{finding, met, rule, violated};

pub(super) fn pkce(make: &mut Maker) {
    let verifier = rule(
        "oauth21.token.verifier-matches",
        "A code is honoured only together with the verifier that opened its flow.",
        "At the token endpoint hash the code_verifier with S256, compare it with the challenge stored beside the code, and answer invalid_grant when they differ.",
        ("OAuth 2.1 §4.1.3", "https://datatracker.ietf.org/doc/html/draft-ietf-oauth-v2-1-15#section-4.1.3"),
        Level::Must,
        Role::AuthorizationServer,
    );
    let grant = rule(
        "oauth21.errors.invalid-grant",
        "A grant that cannot be used is answered with invalid_grant.",
        "Use the error code invalid_grant with status 400.",
        ("OAuth 2.1 §3.2.4", "https://datatracker.ietf.org/doc/html/draft-ietf-oauth-v2-1-15#section-3.2.4"),
        Level::Must,
        Role::AuthorizationServer,
    );
    let id = "as.pkce.wrong-verifier";
    let code = make.wire.authorize(
        id,
        "authorization request",
        "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256&state=‹state 4 · 51c0›",
        (302, &[("location", "http://127.0.0.1:41999/callback?code=‹code 4 · b81d›&state=‹state 4 · 51c0›")], ""),
    );
    let form = "grant_type=authorization_code&code=‹code 4 · b81d›&redirect_uri=http%3A%2F%2F127.0.0.1%3A41999%2Fcallback&client_id=‹client_id 1 · 77aa›&code_verifier=‹code_verifier 9 · 0e42›";
    let tokens =
        r#"{"access_token":"‹access_token 4 · 9f2c›","token_type":"Bearer","expires_in":60,"scope":"sentiment:read"}"#;
    let token = make.wire.token(id, "token request, another code verifier", form, (200, tokens));
    make.case(
        (id, Area::Pkce),
        (
            "A code redeemed with another verifier is refused",
            "Whoever steals a code must not be able to spend it: the verifier never left the client.",
        ),
        &[&verifier, &grant],
        vec![
            at(violated(&verifier, "an OAuth error and no tokens", "200 with an access token"), None, &[code, token]),
            at(violated(&grant, "400 with error invalid_grant", "200 without an error"), None, &[token]),
        ],
        "The server issued tokens for a verifier that does not match",
        None,
    );
    let id = "as.pkce.right-verifier";
    let form = "grant_type=authorization_code&code=‹code 3 · 5e11›&code_verifier=‹code_verifier 8 · 77b0›";
    let good = make.wire.token(id, "token request", form, (200, tokens));
    make.case(
        (id, Area::Pkce),
        ("A code redeemed with its verifier is honoured", "The good twin of every refusal in this area."),
        &[&verifier],
        vec![at(met(&verifier, "200 with an access token"), None, &[good])],
        "Tokens were issued",
        None,
    );
}

pub(super) fn redirect_uris(make: &mut Maker) {
    let exact = rule(
        "oauth21.redirect.exact",
        "A redirect URI is compared with the registered ones character by character.",
        "Compare whole strings. Do not decode, normalise or match prefixes; only the port of a loopback address may differ.",
        ("OAuth 2.1 §2.3.1", "https://datatracker.ietf.org/doc/html/draft-ietf-oauth-v2-1-15#section-2.3.1"),
        Level::Must,
        Role::AuthorizationServer,
    );
    let id = "as.redirect-uri.variants";
    let rows = [
        ("trailing slash", "https://app.test/callback/", true),
        ("path suffix", "https://app.test/callback/evil", true),
        ("other case", "https://app.test/Callback", false),
        ("userinfo", "https://app.test@evil.test/callback", false),
        ("extra query", "https://app.test/callback?next=https://evil.test", true),
        ("fragment", "https://app.test/callback#x", false),
        ("subdomain", "https://app.test.evil.test/callback", false),
        ("dot segments", "https://app.test/x/../callback", true),
        ("encoded slash", "https://app.test/callback%2f", true),
        ("other port", "https://app.test:8443/callback", false),
        ("http for https", "http://app.test/callback", false),
        ("javascript:", "javascript:alert(1)//app.test/callback", false),
    ];
    let mut findings = Vec::new();
    for (name, uri, broken) in rows {
        let row = format!("{name}: {uri}");
        let location = format!("{uri}?code=‹code 5 · c0de›&state=x");
        let answer: Answer<'_> = if broken {
            (302, &[("location", &location)], "")
        } else {
            (400, &[("content-type", "text/html")], "<h1>Bad redirect_uri</h1>")
        };
        let query = format!("redirect_uri={uri}&state=x");
        let sent = make.wire.authorize(id, &format!("authorization request, {name}"), &query, answer);
        let found = if broken {
            violated(&exact, "an error page and no redirect", "302 to the altered redirect URI, with a code")
        } else {
            met(&exact, "400, error page")
        };
        findings.push(at(found, Some(&row), &[sent]));
    }
    make.case(
        (id, Area::RedirectUri),
        (
            "A redirect URI that differs from the registered one is refused",
            "An authorization code that reaches another address is a stolen code.",
        ),
        &[&exact],
        findings,
        "5 of 12 altered redirect URIs were accepted",
        None,
    );
}

pub(super) fn tokens(make: &mut Maker) {
    let store = rule(
        "oauth21.token.no-store",
        "A response that holds tokens forbids caching.",
        "Send Cache-Control: no-store with every token response.",
        ("OAuth 2.1 §3.2.3", "https://datatracker.ietf.org/doc/html/draft-ietf-oauth-v2-1-15#section-3.2.3"),
        Level::Should,
        Role::AuthorizationServer,
    );
    let id = "as.token.no-store";
    let sent = make.wire.token(
        id,
        "token request",
        "grant_type=authorization_code&code=‹code 6 · 10ad›",
        (200, r#"{"access_token":"‹access_token 5 · 77ee›","token_type":"Bearer"}"#),
    );
    make.case(
        (id, Area::Token),
        ("Token responses forbid caching", "A token in a shared cache is a token of everyone."),
        &[&store],
        vec![at(violated(&store, "Cache-Control: no-store", "Cache-Control: max-age=300"), None, &[sent])],
        "The token response may be cached for five minutes",
        None,
    );
    let expires = rule(
        "oauth21.token.expires",
        "An access token is refused once its lifetime is over.",
        "Check exp on every request.",
        ("OAuth 2.1 §1.4", "https://datatracker.ietf.org/doc/html/draft-ietf-oauth-v2-1-15#section-1.4"),
        Level::Must,
        Role::ResourceServer,
    );
    make.case(
        ("rs.lifetime.expired", Area::Lifetime),
        ("An expired token is refused", "A leaked token should be worth little, and not for long."),
        &[&expires],
        vec![at(met(&expires, "401, invalid_token, 61 s after issue"), None, &[])],
        "The token was refused one second after it expired",
        None,
    );
    let rotate = rule(
        "oauth21.refresh.rotation",
        "A refresh token of a public client is replaced when it is used.",
        "Issue a new refresh token and retire the old one.",
        ("OAuth 2.1 §4.3.1", "https://datatracker.ietf.org/doc/html/draft-ietf-oauth-v2-1-15#section-4.3.1"),
        Level::Must,
        Role::AuthorizationServer,
    );
    let id = "as.refresh.reuse";
    make.wire.token(
        id,
        "token request",
        "grant_type=authorization_code&code=‹code 7 · 20ad›",
        (200, r#"{"access_token":"‹access_token 6 · 88ee›","token_type":"Bearer"}"#),
    );
    let need =
        "Register the client with the scope offline_access, or name one that gets refresh tokens with --client-id";
    let blocked = Some((Status::Blocked, Some(need)));
    let unproven = finding(&rotate, Outcome::Unproven { because: "no refresh token to use twice".into() });
    make.case(
        (id, Area::Refresh),
        ("A used refresh token is worthless", "Reuse is how a theft shows."),
        &[&rotate],
        vec![at(unproven, None, &[])],
        "The server issued no refresh token though it lists the grant",
        blocked,
    );
    make.case(
        ("as.refresh.rotation", Area::Refresh),
        ("A refresh token is replaced when it is used", "A stolen copy must go stale."),
        &[&rotate],
        vec![],
        "The server issued no refresh token though it lists the grant",
        blocked,
    );
    let iss = rule(
        "rfc9207.iss.present",
        "An authorization response names its issuer.",
        "Add iss.",
        ("RFC 9207 §2", "https://www.rfc-editor.org/rfc/rfc9207#section-2"),
        Level::Should,
        Role::AuthorizationServer,
    );
    make.case(
        ("as.iss.present", Area::Iss),
        ("Authorization responses name their issuer", "It stops mix-up attacks."),
        &[&iss],
        vec![],
        "The metadata does not claim authorization_response_iss_parameter_supported (#3)",
        Some((Status::NotApplicable, None)),
    );
    let revoke = rule(
        "rfc7009.revocation.works",
        "A revoked token is refused.",
        "Check the revocation list.",
        ("RFC 7009 §2", "https://www.rfc-editor.org/rfc/rfc7009#section-2"),
        Level::Must,
        Role::AuthorizationServer,
    );
    make.case(
        ("as.revocation.effective", Area::Revocation),
        ("A revoked token is refused", "Signing out must mean something."),
        &[&revoke],
        vec![],
        "Left out by --skip 'as.revocation.*'",
        Some((Status::Excluded, None)),
    );
    let auth = rule(
        "oauth21.client-auth.required",
        "A confidential client must authenticate.",
        "Check the secret.",
        ("OAuth 2.1 §2.4", "https://datatracker.ietf.org/doc/html/draft-ietf-oauth-v2-1-15#section-2.4"),
        Level::Must,
        Role::AuthorizationServer,
    );
    let id = "as.client-auth.wrong-secret";
    let url = format!("{AS}/token");
    let sent = Sent {
        case: Some(id),
        label: "token request, wrong secret",
        method: "POST",
        url: &url,
        headers: &[("authorization", "Basic ‹client_credentials 1 · a1b2›")],
        body: None,
    };
    make.wire.record(&sent, Err("connection closed before the response was complete"));
    make.case(
        (id, Area::ClientAuth),
        ("A wrong client secret is refused", "Else the secret protects nothing."),
        &[&auth],
        vec![],
        "The connection broke twice while the answer was read",
        Some((Status::Error, Some("Run again; if it stays, look at the proxy in front of the server"))),
    );
}
