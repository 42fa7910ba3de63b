//! `demo`: whatever the reference target is asked to be, its own run has the keys, and those who try it are told them.

use crate::{Place, ran};

#[test]
fn its_own_run_has_every_key() {
    let doors: &[&[&str]] = &[
        &["--two-steps", "--totp"],
        &["--registration", "token"],
        &["--registration", "closed"],
        &["--prefix", "/gateway/v1"],
        &["--gate", "X-Staging=open sesame"],
        &["--tokens", "opaque", "--answers", "event-stream"],
    ];
    for door in doors {
        let place = Place::new();
        let only = ["demo", "--only", "as.pkce.right-verifier", "--only", "rs.challenge.*", "--spec", "2026-07-28"];
        let ran = place.run(&[&only[..], door].concat());
        ran.must(0, &["Conformant"]);
        assert!(!ran.text().contains("open sesame"), "{}", ran.text());
    }
}

#[test]
fn a_wrong_wish_is_named() {
    let cases: &[(&[&str], &[&str])] = &[
        (&["--gate", "open"], &["--gate", "X-Staging=open"]),
        (&["--gate", "a b=c"], &["--gate"]),
        (&["--prefix", "/a b"], &["--prefix", "'/a b'", "/gateway/v1"]),
        (&["--prefix", "/"], &["--prefix"]),
        (&["--tls", "nowhere.pem", "nowhere.key"], &["--tls", "nowhere.pem", "cannot be read"]),
        (&["--tls", "one.pem"], &["--tls", "2 values"]),
        (&["--registration", "magic"], &["--registration", "magic", "closed"]),
        (&["--consent", "magic"], &["--consent", "magic", "script"]),
        (&["--port", "70000"], &["--port", "70000"]),
    ];
    for (flags, words) in cases {
        ran(&[&["demo"][..], flags].concat()).must(2, words);
    }
}

#[cfg(unix)]
#[test]
fn who_tries_it_is_told_the_keys() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    let port = free.port().to_string();
    let flags = ["--serve", "--port", &port, "--registration", "closed", "--totp", "--gate", "X-Staging=open"];
    let running = Place::new().start(&[&["demo"][..], &flags].concat());
    let deadline = std::time::Instant::now() + crate::PATIENCE;
    while std::net::TcpStream::connect(free).is_err() {
        assert!(std::time::Instant::now() < deadline, "it is never there");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    // It listens to signals right after it has said where it is.
    std::thread::sleep(std::time::Duration::from_millis(300));
    running.signal("INT");
    let words = [
        &format!("http://127.0.0.1:{port}/mcp")[..],
        "alice, password",
        "seed ",
        "demo-public, http://127.0.0.1/callback",
        "demo-confidential, secret ",
        "X-Staging: open",
    ];
    running.end().must(0, &words);
}
