//! Clients that nobody here wrote prove the reference target: the `rmcp` SDK with its own OAuth support, and the
//! `oauth2` crate. What they accept, the suite may call conformant.

use std::sync::Once;

use oauth2::{
    AuthUrl, AuthorizationCode, ClientId, CsrfToken, PkceCodeChallenge, RedirectUrl, RefreshToken, Scope,
    TokenResponse, TokenUrl,
};
use proofmark_fixtures::{Answers, Options, ReferenceTarget, Revision, TokenFormat};
use rmcp::model::{CallToolRequestParams, ClientCapabilities, ClientConfig, Implementation, ProtocolVersion, Tool};
use rmcp::service::{ClientLifecycleMode, ClientServiceExt as _};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::auth::{AuthClient, AuthorizationRequest, OAuthState};
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use serde_json::{Value, json};

/// Nothing listens there: the redirect is read, not followed.
const REDIRECT_URI: &str = "http://127.0.0.1:53682/callback";

/// A client that follows no redirect, as a browser does that is told where it was sent.
fn http() -> reqwest::Client {
    static TLS: Once = Once::new();
    TLS.call_once(|| {
        // The library wants one even for plain HTTP.
        rustls::crypto::ring::default_provider().install_default().expect("no other provider is installed");
    });
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().expect("a client")
}

/// Where the authorization endpoint sends the user, who consents by arriving.
async fn consent(url: &str) -> url::Url {
    let mut next = url::Url::parse(url).expect("an authorization URL");
    for _ in 0..5 {
        let reply = http().get(next.clone()).send().await.expect("an answer");
        let location = reply.headers().get("location").unwrap_or_else(|| panic!("HTTP {} at {next}", reply.status()));
        next = next.join(location.to_str().expect("text")).expect("a URL");
        if next.as_str().starts_with(REDIRECT_URI) {
            return next;
        }
    }
    panic!("no redirect to the client, last to {next}");
}

/// A whole session of the SDK in one revision: discovery, registration, code, token, refresh, tools.
async fn session(options: Options, revision: Revision) {
    let _ = http();
    let target = ReferenceTarget::start(options).await.expect("the target starts");
    let mut state = OAuthState::new(target.mcp_url(), None).await.expect("the SDK starts");
    let request = AuthorizationRequest::new(REDIRECT_URI)
        .with_client_name("rmcp")
        .with_application_type("native")
        .with_scopes(["sentiment:read", "reports:write"]);
    state.start_authorization(request).await.expect("discovery and registration");
    let landed = consent(&state.get_authorization_url().await.expect("an authorization URL")).await;
    state.handle_callback_url(landed.as_str()).await.expect("the code becomes a token");
    let manager = state.into_authorization_manager().expect("an authorized client");
    let first = manager.get_access_token().await.expect("a token");
    manager.refresh_token().await.expect("a refreshed token");
    assert_ne!(manager.get_access_token().await.expect("a token"), first);

    let transport = StreamableHttpClientTransport::with_client(
        AuthClient::new(http(), manager),
        StreamableHttpClientTransportConfig::with_uri(target.mcp_url()),
    );
    let version: ProtocolVersion = serde_json::from_value(json!(revision.name())).expect("a version");
    let client = ClientConfig::new(ClientCapabilities::default(), Implementation::new("rmcp", "3"))
        .with_protocol_version(version.clone());
    let lifecycle = if revision.is_legacy() {
        ClientLifecycleMode::Initialize
    } else {
        ClientLifecycleMode::Discover { preferred_versions: vec![version.clone()] }
    };
    let mut client = client.serve_with_lifecycle(transport, lifecycle).await.expect("the session opens");
    assert_eq!(client.peer_info().expect("the server says who it is").protocol_version, version);

    let tools = client.list_all_tools().await.expect("a list of tools");
    assert_eq!(names(&tools), ["get_sentiment", "list_reports", "publish_report"]);
    let call = CallToolRequestParams::new("get_sentiment").with_arguments(object(json!({"symbol": "ACME"})));
    let result = client.call_tool(call).await.expect("a result");
    assert_ne!(result.is_error, Some(true));
    let text = serde_json::to_string(&result.content).expect("content serialises");
    assert!(text.contains("ACME: "), "{text}");
    client.close().await.expect("the session closes");
}

fn names(tools: &[Tool]) -> Vec<&str> {
    tools.iter().map(|tool| tool.name.as_ref()).collect()
}

fn object(value: Value) -> serde_json::Map<String, Value> {
    match value {
        Value::Object(members) => members,
        other => panic!("{other} is no object"),
    }
}

#[tokio::test]
async fn the_sdk_completes_a_session_in_every_revision() {
    for revision in Revision::ALL {
        // Alone, each revision must stand on its own discovery; together they must not get into each other's way.
        session(Options { revisions: vec![revision], ..Options::default() }, revision).await;
        session(Options::default(), revision).await;
    }
}

#[tokio::test]
async fn the_sdk_takes_opaque_tokens_and_event_streams() {
    let options = Options { tokens: TokenFormat::Opaque, answers: Answers::EventStream, ..Options::default() };
    for revision in [Revision::R2025_06_18, Revision::R2026_07_28] {
        session(options.clone(), revision).await;
    }
}

async fn document(url: &str) -> Value {
    let reply = http().get(url).send().await.expect("an answer").error_for_status().expect("a document");
    serde_json::from_slice(&reply.bytes().await.expect("a body")).expect("JSON")
}

async fn post(url: &str, body: &Value, token: Option<&str>) -> reqwest::Response {
    let mut request = http().post(url).header("content-type", "application/json");
    request = request.header("accept", "application/json, text/event-stream");
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    request.body(body.to_string()).send().await.expect("an answer")
}

#[tokio::test]
async fn the_oauth2_crate_gets_uses_and_refreshes_a_token() {
    let target = ReferenceTarget::start(Options::default()).await.expect("the target starts");
    let path = url::Url::parse(target.issuer()).expect("an issuer").path().to_owned();
    let origin = target.issuer().strip_suffix(&path).expect("an issuer with a path");
    let server = document(&format!("{origin}/.well-known/oauth-authorization-server{path}")).await;
    let endpoint = |name: &str| server[name].as_str().expect("an endpoint").to_owned();
    let metadata = json!({"redirect_uris": [REDIRECT_URI], "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"], "client_name": "oauth2"});
    let registered = post(&endpoint("registration_endpoint"), &metadata, None).await;
    assert_eq!(registered.status().as_u16(), 201);
    let registered: Value = serde_json::from_slice(&registered.bytes().await.expect("a body")).expect("JSON");

    let client =
        oauth2::basic::BasicClient::new(ClientId::new(registered["client_id"].as_str().expect("an id").into()))
            .set_auth_uri(AuthUrl::new(endpoint("authorization_endpoint")).expect("a URL"))
            .set_token_uri(TokenUrl::new(endpoint("token_endpoint")).expect("a URL"))
            .set_redirect_uri(RedirectUrl::new(REDIRECT_URI.into()).expect("a URL"));
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state) = client
        .authorize_url(CsrfToken::new_random)
        .add_scope(Scope::new("sentiment:read".into()))
        .add_extra_param("resource", target.mcp_url())
        .set_pkce_challenge(challenge)
        .url();
    let landed = consent(url.as_str()).await;
    let answer = |name: &str| landed.query_pairs().find(|(n, _)| n == name).map(|(_, v)| v.into_owned());
    assert_eq!(answer("state").as_ref(), Some(state.secret()));
    assert_eq!(answer("iss").as_deref(), Some(target.issuer()));

    let tokens = client
        .exchange_code(AuthorizationCode::new(answer("code").expect("a code")))
        .set_pkce_verifier(verifier)
        .add_extra_param("resource", target.mcp_url())
        .request_async(&exchange)
        .await
        .expect("a token");
    assert_eq!(tokens.scopes().map(|s| s.iter().map(|s| s.as_str()).collect::<Vec<_>>()), Some(vec!["sentiment:read"]));
    let refresh: &RefreshToken = tokens.refresh_token().expect("a refresh token");
    let refreshed = client.exchange_refresh_token(refresh).request_async(&exchange).await.expect("a refreshed token");
    assert_ne!(refreshed.access_token().secret(), tokens.access_token().secret());

    let hello = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "oauth2", "version": "5"}}});
    assert_eq!(post(target.mcp_url(), &hello, None).await.status().as_u16(), 401);
    let served = post(target.mcp_url(), &hello, Some(refreshed.access_token().secret())).await;
    assert_eq!(served.status().as_u16(), 200);
    let wrong = post(target.mcp_url(), &hello, Some("made-up")).await;
    assert_eq!(wrong.status().as_u16(), 401);
}

/// Carries a request of the `oauth2` crate by our client: its own would be another version of the same library.
async fn exchange(request: oauth2::HttpRequest) -> Result<oauth2::HttpResponse, reqwest::Error> {
    let request: reqwest::Request = request.try_into()?;
    let reply = http().execute(request).await?;
    let (status, headers) = (reply.status(), reply.headers().clone());
    let mut response = oauth2::http::Response::new(reply.bytes().await?.to_vec());
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}
