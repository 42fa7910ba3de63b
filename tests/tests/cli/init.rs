//! `init`: what it writes works as it stands, and it takes nothing away.

use proofmark_fixtures::{AuditEvent, Options, ReferenceTarget};

use crate::{Place, ran};

fn target(options: Options) -> (tokio::runtime::Runtime, ReferenceTarget) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let target = runtime.block_on(ReferenceTarget::start(options)).expect("the target starts");
    (runtime, target)
}

#[test]
fn what_it_writes_works_as_it_stands() {
    let (_runtime, target) = target(Options::default());
    let place = Place::new();
    place.run(&["init", target.mcp_url(), "--schema", "schema.json"]).must(0, &["wrote proofmark.toml", "doctor"]);
    let text = std::fs::read_to_string(place.path("proofmark.toml")).expect("a configuration");
    assert!(text.starts_with("#:schema ./schema.json\n") && place.path("schema.json").exists());
    assert!(text.contains("read = \"sentiment:read\"\n") && text.contains("write = \"reports:write\"\n"), "{text}");
    assert!(text.contains(target.issuer()) && text.contains("dynamic registration"), "{text}");
    let done: Vec<_> = target.audit().iter().map(|entry| entry.event).collect();
    assert!(done.iter().all(|event| matches!(event, AuditEvent::Discovery | AuditEvent::Access)), "{done:?}");
    let user = &Options::default().users[0];
    let mut command = place.command(&["run", "--only", "as.pkce.right-verifier", "--only", "as.scope.*"]);
    command.env("PROOFMARK_USERNAME", &user.name).env("PROOFMARK_PASSWORD", &user.password);
    crate::Running::start(command).end().must(0, &["Conformant"]);
}

#[test]
fn a_file_that_is_there_is_not_overwritten_unawares() {
    let (_runtime, target) = target(Options::default());
    let place = Place::new();
    place.write("proofmark.toml", "mine");
    let init = ["init", target.mcp_url()];
    place.run(&init).must(2, &["proofmark.toml is there already", "--force", "--out"]);
    assert_eq!(std::fs::read_to_string(place.path("proofmark.toml")).expect("a file"), "mine");
    place.run(&[&init[..], &["--out", "other.toml"]].concat()).must(0, &["doctor --config other.toml"]);
    let printed = place.run(&[&init[..], &["--out", "-"]].concat());
    assert_eq!(
        (printed.code, printed.out),
        (Some(0), std::fs::read_to_string(place.path("other.toml")).expect("a file"))
    );
    assert_eq!(std::fs::read_to_string(place.path("proofmark.toml")).expect("a file"), "mine");
    place.run(&[&init[..], &["--force"]].concat()).must(0, &["wrote proofmark.toml"]);
    assert!(std::fs::read_to_string(place.path("proofmark.toml")).expect("a file").contains(target.mcp_url()));
    place
        .run(&[&init[..], &["--out", "no/such/folder.toml"]].concat())
        .must(2, &["no/such/folder.toml", "cannot be written"]);
}

#[test]
fn a_target_that_is_not_there_gets_no_configuration() {
    let place = Place::new();
    place.run(&["init", "http://127.0.0.1:1/mcp"]).must(3, &["nothing was written", "cannot connect", "check the URL"]);
    assert!(!place.path("proofmark.toml").exists());
    place.run(&["init"]).must(2, &["no target", "proofmark init https://"]);
    place.run(&["init", "h/mcp"]).must(2, &["'h/mcp'", "no scheme"]);
    place.run(&["init", "http://127.0.0.1:1/mcp", "--timeout", "0"]).must(2, &["--timeout"]);
    place.run(&["init", "http://127.0.0.1:1/mcp", "--proxy", "h:1"]).must(2, &["--proxy"]);
}

#[test]
fn the_schema_needs_no_target() {
    let printed = ran(&["init", "--schema", "-"]);
    let schema: serde_json::Value = serde_json::from_str(&printed.out).expect("JSON");
    assert_eq!((printed.code, &schema["title"]), (Some(0), &"Configuration of Proofmark".into()));
}

#[test]
fn an_authorization_server_alone_gets_a_configuration_of_its_own() {
    let (_runtime, target) = target(Options::default());
    let place = Place::new();
    place.run(&["init", "--as-only", target.issuer()]).must(0, &["wrote proofmark.toml"]);
    let text = std::fs::read_to_string(place.path("proofmark.toml")).expect("a configuration");
    assert!(text.contains("as_only = true") && !text.contains("\nurl = "), "{text}");
    place.run(&["plan"]).must(0, &["the authorization server is tested alone", "cases would run"]);
}
