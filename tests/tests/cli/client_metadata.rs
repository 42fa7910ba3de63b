//! `client-metadata`: documents to publish, a key to keep, and the lines of configuration that tell of both.

use std::sync::Arc;

use proofmark_fixtures::{Consent, Options, ReferenceTarget};

use crate::server::{self, serve};
use crate::{Place, ran};

#[test]
fn what_it_writes_lets_a_target_know_the_client() {
    let place = Arc::new(Place::new());
    // A web server of the user's, which serves whatever is in the folder.
    let served = Arc::clone(&place);
    let origin = serve(move |request, stream| {
        let name = request.path.trim_start_matches("/pm/");
        let (status, body) = match std::fs::read_to_string(served.path("public").join(name)) {
            Ok(body) => ("200 OK", body),
            Err(_) => ("404 Not Found", String::new()),
        };
        let length = body.len();
        let head = format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n");
        server::send(stream, head + &body);
    });
    let base = format!("{origin}/pm");
    let written = place.run(&["client-metadata", "--base-url", &format!("{base}/"), "--out", "public"]);
    written.must(0, &["[client_documents]", &format!("published = \"{base}\""), "wrote proofmark-client-key.pem"]);
    let document = std::fs::read_to_string(place.path("public/public.json")).expect("a document");
    let document: serde_json::Value = serde_json::from_str(&document).expect("JSON");
    assert_eq!(document["client_id"], format!("{base}/public.json"));
    let key = std::fs::read_to_string(place.path("proofmark-client-key.pem")).expect("a key");
    assert!(key.starts_with("-----BEGIN PRIVATE KEY-----\n"));
    for file in std::fs::read_dir(place.path("public")).expect("a folder") {
        let text = std::fs::read_to_string(file.expect("a file").path()).expect("text");
        assert!(!text.contains("PRIVATE") && !text.contains("\"d\""), "no private key is published: {text}");
    }

    // The printed lines are the configuration.
    let lines = written.out.split_once("[client_documents]").expect("the section").1;
    place.write("proofmark.toml", &format!("[registration]\nway = \"document\"\n[client_documents]{lines}"));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let options = Options { consent: Consent::Automatic, ..Options::default() };
    let target = runtime.block_on(ReferenceTarget::start(options)).expect("the target starts");
    let doctor = place.run(&["doctor", target.mcp_url(), "--max-wait", "4000"]);
    let text = doctor.text();
    for word in ["ok client, document", &format!("{base}/public.json"), "ok sign-in"] {
        assert!(text.contains(word), "{text}");
    }
    let fetched: Vec<_> = target.fetches().into_iter().map(|fetch| fetch.url).collect();
    assert!(fetched.contains(&format!("{base}/public.json")), "{fetched:?}");
    // The confidential client signs with the key that was kept.
    let pkce = place.run(&["run", target.mcp_url(), "--only", "as.pkce.confidential-right-verifier"]);
    pkce.must(0, &["Conformant"]);
    let asserted = place.events().contains("client-assertion-type");
    assert!(asserted, "it authenticated by its key");
}

#[test]
fn a_key_that_is_there_is_used_and_never_overwritten() {
    let place = Place::new();
    let arguments = ["client-metadata", "--base-url", "https://www.example.com/pm", "--key", "my.pem"];
    place.run(&arguments).must(0, &["wrote my.pem"]);
    let key = std::fs::read_to_string(place.path("my.pem")).expect("a key");
    let first = std::fs::read_to_string(place.path("proofmark-client/confidential.json")).expect("a document");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(place.path("my.pem")).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    place.run(&arguments).must(0, &["used my.pem"]);
    assert_eq!(std::fs::read_to_string(place.path("my.pem")).expect("a key"), key);
    let again = std::fs::read_to_string(place.path("proofmark-client/confidential.json")).expect("a document");
    assert_eq!(again, first);
    place.write("my.pem", "hunter2");
    let wrong = place.run(&arguments);
    wrong.must(2, &["--key", "my.pem", "cannot be used"]);
    assert!(!wrong.text().contains("hunter2"));
    assert_eq!(std::fs::read_to_string(place.path("my.pem")).expect("a file"), "hunter2");
}

#[test]
fn a_wrong_place_is_named() {
    let place = Place::new();
    place.write("taken", "");
    let base = ["client-metadata", "--base-url", "https://www.example.com/pm"];
    let cases: &[(&[&str], &[&str])] = &[
        (&["client-metadata"], &["--base-url"]),
        (&["client-metadata", "--base-url", "www.example.com/pm"], &["--base-url 'www.example.com/pm'", "no scheme"]),
        (&["client-metadata", "--base-url", "https://h/pm?a=b"], &["--base-url", "query"]),
        (&["client-metadata", "--base-url", "https://h/pm#a"], &["--base-url", "fragment"]),
        (&[&base[..], &["--key", "proofmark-client/key.pem"]].concat(), &["--key", "would be published"]),
        (&[&base[..], &["--key", "taken/key.pem"]].concat(), &["taken/key.pem"]),
        (&[&base[..], &["--out", "taken"]].concat(), &["taken", "cannot be written"]),
    ];
    for (arguments, words) in cases {
        place.run(arguments).must(2, words);
    }
    ran(&["client-metadata", "--help"]).must(0, &["--base-url", "--key"]);
}
