//! Every door of the reference target: however its operator shut it, the keys that the user has open it, and what cannot
//! be tested without more says so.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use proofmark_fixtures::{
    ClientCertificate, Front, Gate, Mint, Options, RateLimit, ReferenceTarget, RegistrationRules, RetryAfter, Tls,
};
use proofmark_model::{CaseResult, Revision, RunReport, Status};
use proofmark_probe::settings::{ExtraHeader, Settings};
use proofmark_runner::{Filter, Job};
use proofmark_tests::{fold, settings, timing};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

/// Cases that go through discovery, registration, sign-in, the token endpoint and the MCP server, and wait for nothing.
const THROUGH: &[&str] = &["as.pkce.*", "as.refresh.works", "rs.challenge.*", "mcp.*"];

async fn run(options: Options, only: &[&str], adjust: impl FnOnce(&mut Settings)) -> RunReport {
    let target = ReferenceTarget::start(options.clone()).await.expect("the reference target starts on loopback");
    run_at(&target, &options, only, adjust).await
}

async fn run_at(
    target: &ReferenceTarget,
    options: &Options,
    only: &[&str],
    adjust: impl FnOnce(&mut Settings),
) -> RunReport {
    let mut settings = settings(target, options, timing());
    adjust(&mut settings);
    let only = only.iter().map(|pattern| (*pattern).to_owned()).collect();
    fold(Job {
        catalogue: proofmark_suite::catalogue(),
        filter: Filter { only, skip: vec![] },
        spec: Some(Revision::R2026_07_28),
        settings,
        version: "test".into(),
    })
    .await
}

const BOTH: &[&str] = &["sentiment:read", "reports:write"];

fn of_alice<'a>(resource: &'a str, scopes: &'a [&'a str]) -> Mint<'a> {
    Mint { user: "alice", scopes, resource, lifetime: Duration::from_secs(60) }
}

fn mint(target: &ReferenceTarget, scopes: &[&str]) -> String {
    target.mint(&of_alice(target.mcp_url(), scopes))
}

/// The cases that ended like this, with what they said.
fn ended(report: &RunReport, status: Status) -> Vec<String> {
    report.cases.iter().filter(|c| c.status == status).map(|c| format!("{}: {}", c.id, c.message)).collect()
}

fn did_not_run(case: &CaseResult) -> bool {
    matches!(case.status, Status::Excluded | Status::NotApplicable)
}

#[track_caller]
fn assert_open(report: &RunReport) {
    assert_eq!(report.stopped, None);
    let bad: Vec<_> = [Status::Fail, Status::Warn, Status::Blocked, Status::Error]
        .into_iter()
        .flat_map(|s| ended(report, s))
        .collect();
    assert!(bad.is_empty(), "{}", bad.join("\n"));
    let passed = ended(report, Status::Pass);
    assert!(passed.len() > 9, "much was tested, not only {passed:?}");
}

#[tokio::test]
async fn a_given_access_token_opens_the_mcp_server_alone() {
    let options = Options { access_token_lifetime: Duration::from_secs(60), ..Options::default() };
    let target = ReferenceTarget::start(options.clone()).await.expect("the reference target starts on loopback");
    let token = mint(&target, BOTH);
    let report = run_at(&target, &options, &[], |settings| {
        settings.login.first = None;
        settings.tokens.access = Some(token.clone());
    })
    .await;
    assert_open(&report);
    let of = |prefix: &str, status: Status| ended(&report, status).iter().filter(|c| c.starts_with(prefix)).count();
    assert!(of("rs.", Status::Pass) > 30, "{}", of("rs.", Status::Pass));
    assert!(report.cases.iter().filter(|c| c.id.starts_with("as.")).all(did_not_run));
    assert!(
        report.cases.iter().filter(|c| c.status == Status::Excluded).all(|c| c.message.contains("tokens were given"))
    );
    let flow = |label: &str| label.starts_with("authorization request") || label.starts_with("token request");
    assert!(!report.exchanges.iter().any(|e| flow(&e.label)), "no authorization flow ran");
    let shown = proofmark_reports::json::render(&report);
    assert!(!shown.contains(&token), "the token stays out of the report");
}

#[tokio::test]
async fn given_tokens_of_every_kind_deepen_the_run() {
    let options = Options { access_token_lifetime: Duration::from_secs(60), ..Options::default() };
    let target = ReferenceTarget::start(options.clone()).await.expect("the reference target starts on loopback");
    let report = run_at(&target, &options, &["rs.scope.*", "rs.lifetime.*", "rs.audience.*"], |settings| {
        settings.tokens.access = Some(mint(&target, BOTH));
        settings.tokens.read = Some(mint(&target, &BOTH[..1]));
        settings.tokens.expired =
            Some(target.mint(&Mint { lifetime: Duration::ZERO, ..of_alice(target.mcp_url(), BOTH) }));
        settings.tokens.other_resource = Some(target.mint(&of_alice("https://other.example.test/mcp", BOTH)));
    })
    .await;
    assert_open(&report);
    for id in ["rs.lifetime.expired-refused", "rs.audience.other-resource", "rs.scope.insufficient"] {
        let case = report.cases.iter().find(|c| c.id == id).unwrap_or_else(|| panic!("no case {id}"));
        assert_eq!(case.status, Status::Pass, "{id}: {}", case.message);
    }
}

#[tokio::test]
async fn an_authorization_server_is_tested_alone() {
    let options = Options::default();
    let target = ReferenceTarget::start(options.clone()).await.expect("the reference target starts on loopback");
    let report =
        run_at(&target, &options, &["as.pkce.*", "as.redirect-uri.*", "as.token.*", "mcp.*", "rs.*"], |settings| {
            settings.mcp_url = String::new();
            settings.issuer = Some(target.issuer().to_owned());
        })
        .await;
    assert_open(&report);
    assert_eq!(report.target.name(), target.issuer());
    assert!(report.cases.iter().filter(|c| c.id.starts_with("rs.")).all(did_not_run));
    assert!(
        report.exchanges.iter().all(|e| !e.request.url.starts_with(target.mcp_url())),
        "the MCP server is left alone"
    );
}

#[tokio::test]
async fn a_gateway_puts_everything_below_a_path() {
    let front = Front { path_prefix: "/gateway/v1".into(), ..Front::default() };
    assert_open(&run(Options { front, ..Options::default() }, THROUGH, |_| {}).await);
}

#[tokio::test]
async fn the_target_lives_at_an_address_of_version_6() {
    let front = Front { address: IpAddr::V6(Ipv6Addr::LOCALHOST), ..Front::default() };
    assert_open(&run(Options { front, ..Options::default() }, THROUGH, |_| {}).await);
}

#[tokio::test]
async fn a_gate_wants_a_header_on_every_request() {
    let gate = || Some(Gate { name: "X-Staging".into(), value: "open sesame".into() });
    let options = || Options { front: Front { gate: gate(), ..Front::default() }, ..Options::default() };
    let shut = run(options(), THROUGH, |_| {}).await;
    assert!(shut.stopped.is_some(), "nobody gets in without it");
    let open = run(options(), THROUGH, |settings| {
        settings.network.headers =
            vec![ExtraHeader { origin: None, name: "X-Staging".into(), value: "open sesame".into() }];
    })
    .await;
    assert_open(&open);
    let shown = proofmark_reports::json::render(&open);
    assert!(!shown.contains("open sesame") && !shown.contains("open+sesame"), "what opens the gate is a secret");
}

#[tokio::test]
async fn a_rate_limit_slows_the_run_down_and_judges_nothing() {
    for retry_after in [RetryAfter::Seconds(1), RetryAfter::Date(1)] {
        let front = Front { rate_limit: Some(RateLimit { per_second: 40, retry_after }), ..Front::default() };
        let report =
            run(Options { front, ..Options::default() }, &["as.pkce.*", "mcp.server-metadata.*"], |_| {}).await;
        assert_open(&report);
        let limited = report.exchanges.iter().filter(|e| e.response.as_ref().is_some_and(|r| r.status == 429)).count();
        assert!(limited > 0, "the limit was felt");
    }
}

#[tokio::test]
async fn registration_wants_an_initial_access_token() {
    let rules = RegistrationRules {
        initial_access_token: Some("let me in".into()),
        scope_demanded: true,
        ..RegistrationRules::default()
    };
    let options = || Options { registration_rules: rules.clone(), client_documents: false, ..Options::default() };
    let shut = run(options(), THROUGH, |_| {}).await;
    let help = shut.help.clone().unwrap_or_default();
    assert!(help.contains("initial access token") || help.contains("initial_access_token"), "{help:?}");
    let open = run(options(), THROUGH, |settings| {
        settings.clients.registration.initial_access_token = Some("let me in".into());
    })
    .await;
    assert_open(&open);
    assert!(!proofmark_reports::json::render(&open).contains("let me in"));
}

/// A certification authority with a certificate for a name: root, certificate and key as PEM.
fn certified(name: &str) -> (String, String, String) {
    let mut params = CertificateParams::new(vec![]).expect("no names");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a certificate");
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
    (root.pem(), params.signed_by(&key, &root).expect("a certificate").pem(), key.serialize_pem())
}

#[tokio::test]
async fn tls_with_an_authority_of_ones_own_and_a_client_certificate() {
    let (root, certificate, key) = certified("127.0.0.1");
    let (client_root, client_certificate, client_key) = certified("client.example.test");
    let tls = Tls { certificate, key, client_certificate: ClientCertificate::Demanded, client_roots: client_root };
    let options = || Options { front: Front { tls: Some(tls.clone()), ..Front::default() }, ..Options::default() };
    let stranger = run(options(), THROUGH, |_| {}).await;
    assert!(stranger.help.as_deref().is_some_and(|h| h.contains("--ca")), "{:?} {:?}", stranger.stopped, stranger.help);
    let nameless = run(options(), THROUGH, |settings| settings.network.roots = Some(root.clone())).await;
    assert!(
        nameless.help.as_deref().is_some_and(|h| h.contains("--cert")),
        "{:?} {:?}",
        nameless.stopped,
        nameless.help
    );
    let known = run(options(), THROUGH, |settings| {
        settings.network.roots = Some(root.clone());
        settings.network.identity = Some(format!("{client_certificate}{client_key}"));
    })
    .await;
    assert_open(&known);
}
