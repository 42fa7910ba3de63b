//! How clients come about: what a registration carries, what is said where it fails, and what is left at the end.

use std::sync::Arc;
use std::time::Duration;

use proofmark_probe::documents::Flaw;
use proofmark_probe::jwt::Jwt;
use proofmark_probe::keys::SigningKey;
use proofmark_probe::model::Revision;
use proofmark_probe::params::Params;
use proofmark_probe::profile::{Endpoints, Profile, Scopes};
use proofmark_probe::recorder::{Recorder, Transport};
use proofmark_probe::settings::{ClientSettings, GivenClient, NetworkSettings, RegistrationSettings, Settings, Way};
use proofmark_probe::{ClientAuth, ClientKind, Stop, World};
use serde_json::{Value, json};
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

fn world(at: &str, metadata: Value, clients: ClientSettings) -> World {
    let transport = Transport::new(Duration::from_secs(10), &NetworkSettings::default()).expect("a transport");
    let recorder = Arc::new(Recorder::new(transport, Box::new(|_| {})));
    let settings = Settings { mcp_url: format!("{at}/mcp"), clients, jobs: 4, ..Settings::default() };
    let profile = Profile {
        mcp_url: settings.mcp_url.clone(),
        revision: Revision::NEWEST,
        spoken: vec![],
        protected_method: None,
        challenge: None,
        resource_metadata: vec![],
        resource: None,
        server_metadata: vec![],
        issuer: at.to_owned(),
        endpoints: Endpoints {
            authorization: format!("{at}/authorize"),
            token: format!("{at}/token"),
            registration: metadata["registration_endpoint"].as_str().map(ToOwned::to_owned),
            revocation: None,
            jwks: None,
        },
        metadata,
        scopes: Scopes { all: vec!["read".into()], read: None, write: None },
        read_tool: None,
        write_tool: None,
    };
    World::new(recorder, Arc::new(settings), profile)
}

fn dynamic(registration: RegistrationSettings) -> ClientSettings {
    ClientSettings { registration, way: Some(Way::Dynamic), ..ClientSettings::default() }
}

fn remedy(stop: &Stop) -> String {
    match stop {
        Stop::Blocked { remedy: Some(remedy), .. } => remedy.clone(),
        other => panic!("no remedy: {other:?}"),
    }
}

#[tokio::test]
async fn a_registration_carries_what_the_settings_say() {
    let server = MockServer::start().await;
    let metadata = json!({"registration_endpoint": format!("{}/register", server.uri())});
    Mock::given(method("POST"))
        .and(path("/register"))
        .and(header("authorization", "Bearer an-initial-access-token"))
        .respond_with(ResponseTemplate::new(201).set_body_json(json!({"client_id": "c"})))
        .mount(&server)
        .await;
    let extra = json!({"contacts": ["x@example.test"], "client_name": "not ours"}).as_object().cloned();
    let world = world(
        &server.uri(),
        metadata,
        dynamic(RegistrationSettings {
            initial_access_token: Some("an-initial-access-token".into()),
            software_statement: Some("e30.e30.x".into()),
            metadata: extra.unwrap_or_default(),
        }),
    );
    let client = world.client(None, ClientKind::Main).await.expect("a client");
    assert_eq!(client.id, "c");
    let sent: Value = server.received_requests().await.expect("kept")[0].body_json().expect("JSON");
    assert_eq!(sent["software_statement"], "e30.e30.x");
    assert_eq!(sent["scope"], "read");
    assert_eq!(sent["contacts"], json!(["x@example.test"]));
    assert_eq!(sent["client_name"], "Proofmark conformance suite");
}

#[tokio::test]
async fn a_refused_registration_says_which_setting_helps() {
    for (status, body, token, said) in [
        (401, json!({}), None, "give the initial access token"),
        (403, json!({}), Some("a-token-of-mine"), "get another one"),
        (400, json!({"error": "invalid_software_statement"}), None, "give the software statement"),
        (400, json!({"error": "invalid_client_metadata", "error_description": "contacts missing"}), None, "`metadata`"),
    ] {
        let server = MockServer::start().await;
        let metadata = json!({"registration_endpoint": format!("{}/register", server.uri())});
        let answer = ResponseTemplate::new(status).set_body_json(&body);
        Mock::given(method("POST")).respond_with(answer).mount(&server).await;
        let registration =
            RegistrationSettings { initial_access_token: token.map(ToOwned::to_owned), ..Default::default() };
        let world = world(&server.uri(), metadata, dynamic(registration));
        let stop = world.client(None, ClientKind::Main).await.expect_err("no client");
        assert!(remedy(&stop).contains(said), "{stop:?}");
        if let Some(words) = body["error_description"].as_str() {
            assert!(stop.why().contains(words), "{stop:?}");
        }
    }
}

#[tokio::test]
async fn a_missing_client_says_which_section_provides_it() {
    let world = world("http://127.0.0.1:9", json!({}), ClientSettings::default());
    for (kind, section) in [
        (ClientKind::Main, "[clients.public]"),
        (ClientKind::Second, "[clients.second]"),
        (ClientKind::Web, "[clients.public]"),
        (ClientKind::Confidential, "[clients.confidential]"),
        (ClientKind::Machine, "[clients.machine]"),
    ] {
        let stop = world.client(None, kind).await.expect_err("no client");
        assert!(remedy(&stop).contains(section), "{stop:?}");
        assert!(stop.why().contains("does not offer dynamic registration"), "{stop:?}");
    }
}

fn given(key: &str, auth: Option<ClientAuth>) -> ClientSettings {
    let confidential = GivenClient { id: "mine".into(), key: Some(key.into()), auth, ..GivenClient::default() };
    let mut settings = ClientSettings::default();
    settings.given.confidential = Some(confidential);
    settings
}

fn sample(name: &str) -> String {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("keys/tests").join(name);
    std::fs::read_to_string(file).expect("a sample")
}

#[tokio::test]
async fn a_key_is_used_by_an_algorithm_that_the_server_lists() {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(400).set_body_json(json!({"error": "invalid_grant"}));
    Mock::given(path("/token")).respond_with(answer).mount(&server).await;
    let listing = |algorithms: &[&str]| json!({"token_endpoint_auth_signing_alg_values_supported": algorithms});
    let of = |metadata: Value, key: String| world(&server.uri(), metadata, given(&key, None));
    let client = of(listing(&["PS256", "ES256"]), sample("rsa-pkcs8.pem")).client(None, ClientKind::Confidential).await;
    let client = client.expect("a client");
    assert_eq!(client.auth, ClientAuth::PrivateKeyJwt);
    assert_eq!(client.key.as_ref().map(|k| k.key.algorithm()), Some("PS256"));
    let stop = of(listing(&["RS256"]), sample("p256-sec1.pem")).client(None, ClientKind::Confidential).await;
    let stop = stop.expect_err("no client");
    assert!(stop.why().contains("signs by ES256, but the server lists RS256"), "{stop:?}");
    let stop = of(json!({}), sample("p384-sec1.pem")).client(None, ClientKind::Confidential).await;
    assert!(stop.expect_err("no client").why().contains("P-384"));
    let mutual = world(&server.uri(), json!({}), given("", Some(ClientAuth::Tls)));
    let stop = mutual.client(None, ClientKind::Confidential).await.expect_err("no certificate");
    assert!(remedy(&stop).contains("[network]"), "{stop:?}");
}

/// The audience of the assertion in a token request.
fn audience(request: &Request) -> Option<String> {
    let params = Params::decode(&String::from_utf8_lossy(&request.body));
    Jwt::read(params.get("client_assertion")?)?.text("aud").map(ToOwned::to_owned)
}

#[tokio::test]
async fn a_server_that_wants_its_token_endpoint_as_audience_gets_it() {
    let server = MockServer::start().await;
    let endpoint = format!("{}/token", server.uri());
    let wanted = endpoint.clone();
    Mock::given(path("/token"))
        .respond_with(move |request: &Request| {
            let good = audience(request).is_some_and(|a| a == wanted);
            let error = if good { "invalid_grant" } else { "invalid_client" };
            ResponseTemplate::new(400).set_body_json(json!({"error": error}))
        })
        .mount(&server)
        .await;
    let key = SigningKey::parse(&sample("p256-pkcs8.pem")).expect("a key");
    let world = world(&server.uri(), json!({}), given(&sample("p256-pkcs8.pem"), None));
    let client = world.client(None, ClientKind::Confidential).await.expect("a client");
    assert_eq!(client.key.as_ref().map(|k| k.audience.as_str()), Some(endpoint.as_str()));
    assert_eq!(client.key.as_ref().map(|k| k.key.thumbprint()), Some(key.thumbprint()));
    assert_eq!(world.audience(), endpoint);
}

#[tokio::test]
async fn what_could_not_be_removed_is_listed_with_its_reason() {
    let server = MockServer::start().await;
    let at = server.uri();
    let metadata = json!({"registration_endpoint": format!("{at}/register")});
    let answers = std::sync::atomic::AtomicUsize::new(0);
    let place = at.clone();
    Mock::given(path("/register"))
        .respond_with(move |_: &Request| {
            let number = answers.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let mut body = json!({"client_id": format!("c{number}")});
            if number < 2 {
                body["registration_client_uri"] = format!("{place}/manage/{number}").into();
                body["registration_access_token"] = "a-registration-token".into();
            }
            ResponseTemplate::new(201).set_body_json(body)
        })
        .mount(&server)
        .await;
    Mock::given(method("DELETE")).and(path("/manage/0")).respond_with(ResponseTemplate::new(204)).mount(&server).await;
    Mock::given(method("DELETE")).and(path("/manage/1")).respond_with(ResponseTemplate::new(403)).mount(&server).await;
    let world = world(&at, metadata, dynamic(RegistrationSettings::default()));
    for kind in [ClientKind::Main, ClientKind::Second, ClientKind::Web] {
        world.client(None, kind).await.expect("a client");
    }
    assert_eq!(world.leftovers().len(), 3);
    world.clean_up().await;
    let mut left = world.leftovers();
    left.sort();
    assert_eq!(left.len(), 2, "{left:?}");
    assert!(left[0].starts_with("client c1: its removal was answered by HTTP 403"), "{left:?}");
    assert!(left[1].starts_with("client c2: the server names no URL"), "{left:?}");
}

#[test]
fn a_registration_is_not_managed_in_another_network() {
    let of =
        |at: &str| world(at, json!({"registration_endpoint": format!("{at}/register")}), ClientSettings::default());
    let public = of("https://as.example.test");
    assert!(
        public.may_manage_at("https://as.example.test/manage/1") && public.may_manage_at("https://b.example.test/1")
    );
    for bad in ["http://127.0.0.1:1/manage", "http://10.0.0.1/", "file:///etc/passwd", "manage/1"] {
        assert!(!public.may_manage_at(bad), "{bad}");
    }
    assert!(of("http://127.0.0.1:1").may_manage_at("http://127.0.0.1:2/manage"));
}

/// A target out in the world that takes documents, and what the user published for it.
fn with_published(token_endpoint: &str, published: bool) -> World {
    let metadata = json!({
        "client_id_metadata_document_supported": true,
        "token_endpoint_auth_methods_supported": ["none", "private_key_jwt"],
    });
    let mut clients = ClientSettings::default();
    if published {
        clients.documents.published = Some("https://docs.example.test/pm/".into());
        clients.documents.published_key = Some(sample("p256-pkcs8.pem"));
    }
    let mut world = world("https://as.example.test", metadata, clients);
    let mut profile = Profile::clone(&world.profile);
    profile.endpoints.token = token_endpoint.to_owned();
    world.profile = Arc::new(profile);
    world
}

#[tokio::test]
async fn what_the_user_published_is_used_where_the_target_cannot_reach_us() {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(400).set_body_json(json!({"error": "invalid_grant"}));
    Mock::given(path("/token")).respond_with(answer).mount(&server).await;
    let world = with_published(&format!("{}/token", server.uri()), true);
    let main = world.client(None, ClientKind::Main).await.expect("a client");
    assert_eq!(main.id, "https://docs.example.test/pm/public.json");
    assert_eq!(main.redirect_uri(), "http://127.0.0.1:33418/callback");
    let keyed = world.client(None, ClientKind::Keyed).await.expect("a client");
    assert_eq!(keyed.id, "https://docs.example.test/pm/confidential.json");
    let key = keyed.key.as_ref().expect("a key");
    assert_eq!(key.key.kid(), Some(key.key.thumbprint().as_str()));
    let exhibit = world.exhibit(None, Flaw::WithoutId).await.expect("a document");
    assert_eq!(exhibit.client.id, "https://docs.example.test/pm/flawed-no-client-id.json");
    assert!(exhibit.page.is_none());
    let stop = world.our_host().await.err().expect("out of reach");
    assert!(remedy(&stop).contains("`base_url` of [client_documents]"), "{stop:?}");
}

#[tokio::test]
async fn a_target_that_cannot_reach_us_is_told_what_would_help() {
    let world = with_published("https://as.example.test/token", false);
    let stop = world.takes_documents().expect_err("out of reach");
    let help = remedy(&stop);
    assert!(help.contains("`base_url` of [client_documents]") && help.contains("proofmark client-metadata"), "{help}");
    let near = world_on_this_machine();
    assert_eq!(near.takes_documents(), Ok(()));
    let host = near.our_host().await.expect("a host");
    let client = near.client(None, ClientKind::Main).await.expect("a client");
    assert!(client.id.starts_with(host.base()) && client.id.ends_with("/public.json"), "{}", client.id);
    assert!(!near.give_up_documents(), "there is no other way");
}

fn world_on_this_machine() -> World {
    world("http://127.0.0.1:9", json!({"client_id_metadata_document_supported": true}), ClientSettings::default())
}

#[tokio::test]
async fn documents_that_are_refused_give_way_to_registration_once() {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(201).set_body_json(json!({"client_id": "registered"}));
    Mock::given(path("/register")).respond_with(answer).mount(&server).await;
    let metadata = json!({
        "client_id_metadata_document_supported": true,
        "registration_endpoint": format!("{}/register", server.uri()),
    });
    let world = world(&server.uri(), metadata, ClientSettings::default());
    assert!(world.client(None, ClientKind::Main).await.expect("a client").id.ends_with("/public.json"));
    assert!(world.give_up_documents());
    assert_eq!(world.client(None, ClientKind::Main).await.expect("a client").id, "registered");
    assert!(!world.give_up_documents());
}
