//! `doctor`: every shut door is named, with the key; with that key it opens, and nothing stays behind.

use std::time::Duration;

use proofmark_fixtures::{
    ClientCertificate, Consent, Front, Gate, Mint, Options, PreRegistered, ReferenceTarget, RegistrationRules, Tls,
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde_json::Value;

use crate::server::{self, serve};
use crate::{Place, Ran, Running};

struct Patient {
    _runtime: tokio::runtime::Runtime,
    target: ReferenceTarget,
    place: Place,
}

impl Patient {
    /// A target whose login page asks for a user, and whose tokens do not outlive a run.
    fn new(options: Options) -> Self {
        let options = Options { consent: Consent::Form, access_token_lifetime: Duration::from_secs(60), ..options };
        Patient::of(options)
    }

    fn of(options: Options) -> Self {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let target = runtime.block_on(ReferenceTarget::start(options)).expect("the target starts");
        Patient { _runtime: runtime, target, place: Place::new() }
    }

    /// What `doctor` says, with a test user.
    fn doctor(&self, flags: &[&str]) -> Ran {
        self.doctor_with(flags, &[("PROOFMARK_USERNAME", "alice"), ("PROOFMARK_PASSWORD", "sentiment-demo")])
    }

    fn doctor_with(&self, flags: &[&str], variables: &[(&str, &str)]) -> Ran {
        let url = if flags.contains(&"--as-only") { vec![] } else { vec![self.target.mcp_url()] };
        let mut command = self.place.command(&[&["doctor"][..], &url, flags].concat());
        command.envs(variables.iter().copied());
        Running::start(command).end()
    }
}

/// The doors of a diagnosis in JSON: name and state.
fn doors(ran: &Ran) -> Vec<(String, String)> {
    let diagnosis: Value = serde_json::from_str(&ran.out).expect("JSON");
    let doors = diagnosis["doors"].as_array().expect("doors").iter();
    doors.map(|door| [&door["door"], &door["state"]].map(|v| v.as_str().expect("a text").to_owned()).into()).collect()
}

#[test]
fn a_target_whose_doors_all_open_is_ready_and_left_as_it_was() {
    let patient = Patient::new(Options::default());
    let text = patient.doctor(&[]);
    text.must(0, &["ok server", "ok sign-in", "by form as alice", "ok scopes", "would run", "can go ahead fully"]);
    assert!(!text.out.contains("NO ") && !text.out.contains("left behind"), "{}", text.out);
    assert!(!patient.place.path("proofmark-report").exists());
    let json = patient.doctor(&["--format", "json"]);
    let diagnosis: Value = serde_json::from_str(&json.out).expect("JSON");
    assert_eq!((json.code, &diagnosis["ready"]), (Some(0), &Value::Bool(true)));
    assert_eq!((&diagnosis["waiting"], &diagnosis["leftovers"]), (&serde_json::json!([]), &serde_json::json!([])));
    let names: Vec<_> = doors(&json).into_iter().map(|(name, _)| name).collect();
    let order = [
        "server",
        "MCP endpoint",
        "resource metadata",
        "authorization server",
        "client, given",
        "client, document",
        "client, dynamic",
        "sign-in",
        "access token",
        "refresh token",
        "MCP access",
        "tools",
        "scopes",
    ];
    assert_eq!(names, order);
}

#[test]
fn the_lines_are_pretty_where_the_terminal_can_show_them() {
    let patient = Patient::new(Options::default());
    let user = [("PROOFMARK_USERNAME", "alice"), ("PROOFMARK_PASSWORD", "sentiment-demo")];
    let pretty = patient.doctor_with(&[], &[&user[..], &[("LANG", "C.UTF-8")]].concat());
    assert!(pretty.out.starts_with("✓ server ") && !pretty.out.contains('\u{1b}'), "{}", pretty.out);
    let plain = patient.doctor_with(&["--no-color"], &[&user[..], &[("LANG", "C.UTF-8")]].concat());
    assert!(plain.out.starts_with("ok server "), "{}", plain.out);
}

#[test]
fn a_server_that_is_not_there_is_the_first_thing_to_mend() {
    let nowhere = crate::ran(&["doctor", "http://127.0.0.1:1/mcp"]);
    nowhere.must(3, &["NO server", "cannot connect", "> check the URL"]);
    assert!(!nowhere.out.contains("(#"), "{}", nowhere.out);
    let nowhere = crate::ran(&["doctor", "--as-only", "http://127.0.0.1:1"]);
    nowhere.must(3, &["NO server", "cannot connect"]);
    let patient = Patient::new(Options::default());
    let url = format!("{}x", patient.target.mcp_url());
    crate::ran(&["doctor", &url]).must(3, &["ok server", "NO MCP endpoint", "no MCP server", "> check the path"]);
    patient.doctor(&["--issuer", "http://127.0.0.1:1"]).must(
        3,
        &["ok MCP endpoint", "ok resource metadata", "NO authorization server", "http://127.0.0.1:1", "cannot connect"],
    );
    let moved = serve(|_, stream| {
        server::send(
            stream,
            "HTTP/1.1 301 Moved\r\nlocation: https://new.example.test/mcp\r\ncontent-length: 0\r\n\r\n",
        );
    });
    let moved = crate::ran(&["doctor", &format!("{moved}/mcp")]);
    moved.must(3, &["NO MCP endpoint", "https://new.example.test/mcp", "> "]);
    crate::ran(&["doctor"]).must(2, &["no target"]);
}

#[test]
fn a_missing_user_is_named_and_the_cases_that_wait_are_counted() {
    let patient = Patient::new(Options::default());
    let shut = patient.doctor_with(&[], &[]);
    shut.must(3, &["ok client, ", "NO sign-in", "PROOFMARK_USERNAME", "cases wait: ", "cannot go ahead"]);
    let json = patient.doctor_with(&["--format", "json"], &[]);
    let diagnosis: Value = serde_json::from_str(&json.out).expect("JSON");
    assert_eq!((json.code, &diagnosis["ready"]), (Some(3), &Value::Bool(false)));
    let waiting = diagnosis["waiting"].as_array().expect("groups");
    assert!(waiting[0]["cases"].as_array().expect("cases").len() > 50, "{waiting:?}");
    assert!(waiting[0]["remedy"].as_str().is_some_and(|r| r.contains("PROOFMARK_USERNAME")), "{waiting:?}");
    let wrong = patient.doctor_with(&[], &[("PROOFMARK_USERNAME", "alice"), ("PROOFMARK_PASSWORD", "hunter2")]);
    wrong.must(3, &["NO sign-in"]);
    assert!(!wrong.text().contains("hunter2"), "{}", wrong.text());
}

#[test]
fn a_gate_is_told_from_an_mcp_server_and_a_header_opens_it() {
    let gate = Some(Gate { name: "X-Staging".into(), value: "open sesame".into() });
    let patient = Patient::new(Options { front: Front { gate, ..Front::default() }, ..Options::default() });
    patient.doctor(&[]).must(3, &["ok server", "NO MCP endpoint", "403", "--header", "[[network.header]]"]);
    let open = patient.doctor(&["--header", "X-Staging: open sesame"]);
    open.must(0, &["ok MCP endpoint", "can go ahead fully"]);
    let basic = serve(|_, stream| {
        let head =
            "HTTP/1.1 401 Unauthorized\r\nwww-authenticate: Basic realm=\"staging\"\r\ncontent-length: 0\r\n\r\n";
        server::send(stream, head);
    });
    let basic = crate::ran(&["doctor", &format!("{basic}/mcp")]);
    basic.must(3, &["NO MCP endpoint", "Basic", "--header"]);
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

#[test]
fn tls_is_mended_step_by_step() {
    let (root, certificate, key) = certified("127.0.0.1");
    let (client_roots, client_certificate, client_key) = certified("client.example.test");
    let tls = Tls { certificate, key, client_certificate: ClientCertificate::Demanded, client_roots };
    let patient = Patient::new(Options { front: Front { tls: Some(tls), ..Front::default() }, ..Options::default() });
    patient.place.write("ca.pem", &root);
    patient.place.write("client.pem", &format!("{client_certificate}{client_key}"));
    patient.doctor(&[]).must(3, &["NO server", "certificate", "--ca, or `ca` of [network]"]);
    patient.doctor(&["--ca", "ca.pem"]).must(3, &["NO server", "--cert, or `certificate` of [network]"]);
    let open = patient.doctor(&["--ca", "ca.pem", "--cert", "client.pem", "--register", "dynamic"]);
    open.must(0, &["ok server", "trusted", "can go ahead fully"]);
    patient.place.write("broken.pem", "nothing of the kind");
    patient.doctor(&["--ca", "broken.pem"]).must(2, &["--ca", "no certificate"]);
    patient.doctor(&["--cert", "ca.pem"]).must(2, &["--cert", "private key"]);
}

#[test]
fn a_client_that_must_be_given_is_asked_for_and_taken() {
    let options = Options {
        registration: false,
        client_documents: false,
        clients: vec![PreRegistered::public(), PreRegistered::second()],
        ..Options::default()
    };
    let patient = Patient::new(options);
    let shut = patient.doctor(&[]);
    shut.must(3, &["-- client, given", "-- client, document", "-- client, dynamic", "NO client ", "--client-id"]);
    assert!(!shut.out.contains("sign-in  "), "nobody came that far:\n{}", shut.out);
    let flags = ["--client-id", "demo-public", "--redirect-uri", "http://127.0.0.1/callback"];
    // What still waits for other clients is counted.
    let open = patient.doctor(&flags);
    open.must(3, &["ok client, given", "demo-public", "ok sign-in", "wait", "[clients.second]"]);
}

#[test]
fn a_registration_that_is_refused_says_what_the_server_wants() {
    let rules = RegistrationRules { initial_access_token: Some("let me in".into()), ..RegistrationRules::default() };
    let patient = Patient::new(Options { registration_rules: rules, client_documents: false, ..Options::default() });
    patient
        .doctor(&[])
        .must(3, &["NO client, dynamic", "initial access token", "`initial_access_token` of [registration]"]);
    let user = [("PROOFMARK_USERNAME", "alice"), ("PROOFMARK_PASSWORD", "sentiment-demo"), ("IAT", "let me in")];
    let open = patient.doctor_with(&["--initial-access-token-env", "IAT"], &user);
    open.must(0, &["ok client, dynamic", "can go ahead fully"]);
    assert!(!open.text().contains("let me in"), "{}", open.text());
}

#[test]
fn a_token_that_outlives_the_patience_of_a_run_is_named() {
    let patient = Patient::of(Options { access_token_lifetime: Duration::from_secs(3600), ..Options::default() });
    patient.doctor(&[]).must(3, &["NO access token", "3600 s", "--max-wait 3601", "max_wait = 3601"]);
    patient.doctor(&["--max-wait", "3601"]).must(0, &["ok access token", "3600 s"]);
}

#[test]
fn tokens_that_are_given_need_no_client_and_leave_cases_out() {
    let patient = Patient::new(Options::default());
    let scopes = &["sentiment:read", "reports:write"];
    let (resource, lifetime) = (patient.target.mcp_url(), Duration::from_secs(60));
    let token = patient.target.mint(&Mint { user: "alice", scopes, resource, lifetime });
    let good = patient.doctor_with(&["--token-env", "GIVEN"], &[("GIVEN", &token)]);
    good.must(0, &["-- client", "tokens were given", "ok MCP access", "are left out", "by your choice"]);
    let bad = patient.doctor_with(&["--token-env", "GIVEN"], &[("GIVEN", "hunter2hunter2")]);
    bad.must(3, &["NO MCP access", "--token-env, or `access` of [tokens]"]);
    assert!(!bad.text().contains("hunter2") && !good.text().contains(&token));
}

#[test]
fn an_authorization_server_alone_has_no_doors_of_an_mcp_server() {
    let patient = Patient::new(Options::default());
    let alone = patient.doctor(&["--as-only", patient.target.issuer(), "--format", "json"]);
    assert_eq!(alone.code, Some(0), "{}", alone.text());
    let names: Vec<_> = doors(&alone).into_iter().map(|(name, _)| name).collect();
    assert!(
        !names.iter().any(|name| name.starts_with("MCP")) && names.contains(&"access token".to_owned()),
        "{names:?}"
    );
}
