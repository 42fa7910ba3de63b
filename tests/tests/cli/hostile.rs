//! Targets that cannot be tested, by accident or on purpose: the run ends soon, says why, and writes its reports.

use crate::server::{HTML, JSON, Request, reply, send, serve, silence, target, without_end};
use crate::{Place, Ran};
use std::net::TcpStream;

/// A run with short limits; its reports are read.
fn against(url: &str, more: &[&str]) -> (Ran, serde_json::Value) {
    let place = Place::new();
    let mut arguments = vec!["run", url, "--timeout", "0.5"];
    arguments.extend(more);
    let ran = place.run(&arguments);
    let results = place.reports();
    (ran, results)
}

/// A target that cannot be tested: exit code 3, a reason that holds these words, and reports.
#[track_caller]
fn untestable(url: &str, words: &[&str]) {
    let (ran, results) = against(url, &[]);
    ran.must(3, words);
    assert_eq!(results["schema"], "proofmark/results/1");
    assert_eq!(results["target"]["mcp"], url);
    assert_eq!(results["summary"]["fail"], 0, "what could not be tested is no failure");
}

fn at(answer: impl Fn(&Request, &mut TcpStream) + Send + Sync + 'static) -> String {
    format!("{}/mcp", serve(answer))
}

#[test]
fn an_unreachable_target() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let closed = format!("http://{}/mcp", listener.local_addr().expect("an address"));
    drop(listener);
    untestable(&closed, &["cannot connect", "check the URL"]);
    untestable("http://nowhere.invalid/mcp", &["http://nowhere.invalid: cannot connect", "check the URL"]);
}

#[test]
fn a_target_without_tls_behind_https() {
    let broken_off = at(|_, _| {});
    untestable(&broken_off.replace("http:", "https:"), &["do not speak TLS", "give its URL with http:"]);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let plain = format!("https://{}/mcp", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = stream;
            let _ = std::io::Read::read(&mut stream, &mut [0; 4096]);
            reply(&mut stream, "400 Bad Request", &[], "");
        }
    });
    untestable(&plain, &["does not speak TLS", "give its URL with http:"]);
}

#[test]
fn a_page_that_is_no_mcp_server() {
    let page = at(|_, stream| reply(stream, "200 OK", &[HTML], "<h1>Welcome</h1>"));
    untestable(&page, &["no MCP server", "HTTP 200 with an HTML page", "/mcp"]);
    let missing = at(|_, stream| reply(stream, "404 Not Found", &[HTML], "<h1>Not found</h1>"));
    untestable(&missing, &["no MCP server", "HTTP 404", "check the path"]);
    let empty = at(|_, stream| reply(stream, "204 No Content", &[], ""));
    untestable(&empty, &["no MCP server", "HTTP 204"]);
    let other = at(|_, stream| reply(stream, "200 OK", &[JSON], r#"{"hello":"world"}"#));
    untestable(&other, &["no MCP server"]);
}

#[test]
fn an_open_mcp_server() {
    let open = at(|request, stream| match &*request.path {
        "/mcp" if request.body.contains("\"id\"") => {
            let result = r#"{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"open","version":"1"},"tools":[]}"#;
            reply(stream, "200 OK", &[JSON], &format!(r#"{{"jsonrpc":"2.0","id":1,"result":{result}}}"#));
        }
        "/mcp" => reply(stream, "202 Accepted", &[], ""),
        _ => reply(stream, "404 Not Found", &[], ""),
    });
    untestable(&open, &["without a token", "nothing to test", "--issuer"]);
}

#[test]
fn a_target_that_never_answers() {
    untestable(&at(|_, stream| silence(stream)), &["no answer within 0.5 s", "--timeout"]);
    let half = at(|_, stream| {
        send(stream, "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf");
        silence(stream);
    });
    untestable(&half, &["the answer did not end within 0.5 s"]);
    untestable(&at(|_, _| {}), &["127.0.0.1", "check the URL"]);
}

#[test]
fn a_target_that_never_stops() {
    let chunk = format!("1000\r\n{}\r\n", "x".repeat(0x1000));
    let body =
        at(move |_, stream| without_end(stream, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", &chunk));
    untestable(&body, &["127.0.0.1"]);
    let stream_of = |piece: &'static str| {
        at(move |_, stream| without_end(stream, "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n", piece))
    };
    untestable(&stream_of(": still here\n\n"), &["127.0.0.1"]);
    untestable(&stream_of("data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\"}\n\n"), &["127.0.0.1"]);
    let head = at(|_, stream| without_end(stream, "HTTP/1.1 200 OK\r\n", "x-more: and more\r\n"));
    untestable(&head, &["127.0.0.1"]);
}

#[test]
fn a_target_that_speaks_something_else() {
    untestable(
        &at(|_, stream| send(stream, b"\x15\x03\x01\x00\x02\x02\x46 garbage \xff\xfe\0\r\n\r\n")),
        &["not HTTP"],
    );
    untestable(&at(|_, stream| send(stream, "220 mail.example.test ESMTP\r\n")), &["127.0.0.1"]);
}

#[test]
fn a_target_that_moved_or_goes_round_in_circles() {
    let around =
        at(|request, stream| reply(stream, "307 Temporary Redirect", &[&format!("location: {}", request.path)], ""));
    untestable(&around, &["redirects to /mcp", "new URL"]);
    let moved = at(|_, stream| reply(stream, "301 Moved Permanently", &["location: /v2/mcp/"], ""));
    untestable(&moved, &["redirects to /v2/mcp/", "give its new URL"]);
}

/// A target whose 401 names a metadata document, and whose document is this.
fn documented(document: impl Fn() -> String + Send + Sync + 'static) -> String {
    at(move |request, stream| match &*request.path {
        "/mcp" => reply(stream, "401 Unauthorized", &["www-authenticate: Bearer realm=\"x\""], ""),
        path if path.contains("oauth-protected-resource") => reply(stream, "200 OK", &[JSON], &document()),
        _ => reply(stream, "404 Not Found", &[], ""),
    })
}

#[test]
fn metadata_that_nobody_can_read() {
    let words = &["publishes no metadata that clients could find"][..];
    let long = || format!(r#"{{"resource":"https://h/","x":"{}"}}"#, "x".repeat(3 << 20));
    let listed = |document: String| {
        let (ran, results) = against(
            &documented(move || document.clone()),
            &["--spec", "2025-11-25", "--only", "as.pkce.right-verifier"],
        );
        ran.must(3, &[]);
        assert_eq!(results["summary"]["fail"], 0);
        ran.text()
    };
    for document in [long(), "[".repeat(200_000), "\0\u{fffd}".into(), "{\"authorization_servers\":{}}".into()] {
        let text = listed(document);
        assert!(text.contains("no client") || text.contains("registration") || text.contains(words[0]), "{text}");
    }
    assert!(listed(r#"{"authorization_servers":["not a url"]}"#.into()).contains("no URL: not a url"));
    assert!(listed(r#"{"authorization_servers":["file:///etc/passwd"]}"#.into()).contains("another network"));
    let far = listed(r#"{"authorization_servers":["http://nowhere.invalid/x"]}"#.into());
    assert!(far.contains("http://nowhere.invalid: cannot connect"), "{far}");
}

#[test]
fn a_sign_in_that_leads_nowhere() {
    let only = &["--only", "as.pkce.right-verifier"];
    let stuck = |words: &[&str], authorize: fn(&str, &mut TcpStream)| {
        let (ran, results) = against(&format!("{}/mcp", target(authorize)), only);
        ran.must(3, words);
        assert_eq!(results["summary"]["pass"], 0);
        assert_eq!(results["summary"]["fail"], 0);
    };
    stuck(&["did not end within", "redirect to the next"], |path, stream| {
        reply(stream, "302 Found", &[&format!("location: {path}")], "");
    });
    stuck(&["asks for a user name and a password", "PROOFMARK_USERNAME"], |_, stream| {
        let form = "<title>Sign in</title><form method=post><input name=u><input type=password name=p><button>Go</button></form>";
        reply(stream, "200 OK", &[HTML], form);
    });
    stuck(&["a redirect to javascript:alert(1)"], |_, stream| {
        reply(stream, "302 Found", &["location: javascript:alert(1)"], "");
    });
    stuck(&["HTTP 500"], |_, stream| reply(stream, "500 Internal Server Error", &[], ""));
    stuck(&["no answer within 0.5 s"], |_, stream| silence(stream));
    stuck(&["leads nowhere"], |_, stream| without_end(stream, "HTTP/1.1 200 OK\r\n\r\n", "<div>"));
}

#[test]
fn what_a_redirect_carries_is_not_shown() {
    let place = Place::new();
    let url = format!(
        "{}/mcp",
        target(|_, stream| reply(
            stream,
            "302 Found",
            &["location: https://admin:hunter2-0123@elsewhere.example.test/"],
            ""
        ))
    );
    let ran = place.run(&["run", &url, "--timeout", "0.5", "--only", "as.pkce.right-verifier"]);
    ran.must(3, &["elsewhere.example.test"]);
    place.reports();
    for entry in std::fs::read_dir(place.path("proofmark-report")).expect("reports") {
        let path = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&path).expect("a report");
        assert!(!text.contains("hunter2"), "{}", path.display());
    }
    assert!(!ran.text().contains("hunter2"), "{}", ran.text());
}
