//! A person at their own browser, played by an HTTP client: they are asked once, told what for, and never waited for
//! without end.

mod support;

use std::time::{Duration, Instant};

use proofmark_probe::Landing;
use proofmark_probe::model::Event;
use proofmark_probe::settings::{LoginSettings, Rung};
use support::{Bench, CB, by, pages};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// Where the desk is, once it is announced.
async fn desk(bench: &Bench) -> String {
    loop {
        let events = bench.events.lock().expect("no sink panics").clone();
        let url = events.iter().find_map(|e| match e {
            Event::Waiting { what, .. } => Some(what.split("http://").nth(1)?.split(' ').next()?.to_owned()),
            _ => None,
        });
        if let Some(url) = url {
            return format!("http://{url}");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn web() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().expect("a client")
}

/// A person who presses Start, whose browser is signed in already.
async fn person(desk: String, requests: u32, press: &str) {
    let web = web();
    let mut seen = 0;
    while seen < requests {
        let next = web.get(format!("{desk}next")).send().await.expect("the desk").text().await.expect("text");
        let next: serde_json::Value = serde_json::from_str(&next).expect("JSON");
        let number = next["number"].as_u64().expect("a number");
        if number <= u64::from(seen) {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        }
        seen = u32::try_from(number).expect("a small number");
        match press {
            "" => {
                let page = web.get(format!("{desk}go?n={number}")).send().await.expect("the way back");
                assert!(page.text().await.expect("a page").contains("Back at Proofmark"));
            }
            said => {
                let url = format!("{desk}said?n={number}&what={said}");
                web.post(url).send().await.expect("the desk listens");
            }
        }
    }
}

fn by_hand() -> LoginSettings {
    LoginSettings { limit: Some(Duration::from_secs(20)), ..by(Rung::Manual) }
}

/// A server that a person's browser passes: plain HTTP, which has no session, sees a page.
async fn for_a_person(callback: &'static str) -> MockServer {
    let server = MockServer::start().await;
    let us = wiremock::matchers::header_regex("user-agent", "proofmark/");
    Mock::given(us).respond_with(|r: &Request| pages(r, CB)).mount(&server).await;
    let back = ResponseTemplate::new(302).insert_header("location", format!("{callback}?code=a-code-0123456789"));
    Mock::given(method("GET")).and(path("/authorize")).respond_with(back).mount(&server).await;
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_in_once_and_one_window_serves_all() {
    const HERE: &str = "http://127.0.0.1:21101/callback";
    let server = for_a_person(HERE).await;
    let bench = Bench::at(&server, by_hand(), HERE);
    let them = async { person(desk(&bench).await, 2, "").await };
    let us = async {
        bench.world.authorize(None, bench.request()).await.expect("the person gets in");
        bench.walk(bench.request()).await
    };
    let ((), journey) = tokio::join!(them, us);
    assert!(journey.arrived() && journey.asked.unseen, "{}", journey.describe());
    assert_eq!((bench.world.rung(), bench.world.sign_ins()), (Some(Rung::Manual), (1, 0)));
    let events = bench.events.lock().expect("no sink panics").clone();
    let waits: Vec<_> = events
        .iter()
        .filter_map(|e| match e {
            Event::Waiting { what, .. } => Some(what.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(waits.len(), 2, "{waits:?}");
    assert!(waits[0].contains("press Start: sign in and allow") && waits[0].contains("only sign-in"), "{}", waits[0]);
    assert!(waits[1].contains("no further sign-in is to come"), "{}", waits[1]);
    let shown = serde_json::to_string(&bench.exchanges()).expect("exchanges serialise");
    assert!(shown.contains("came back") && !shown.contains("a-code-0123456789"));

    for (request, what) in [
        (bench.request().in_fresh_session(), "a session of its own"),
        (bench.request().as_second_user(), "a second user"),
        (bench.request().with("redirect_uri", "https://client.example.test/cb"), "a loopback redirect URI alone"),
    ] {
        let journey = bench.walk(request).await;
        let Landing::Stuck { why, remedy } = journey.landing else { panic!("{:?}", journey.landing) };
        assert!(why.contains(what) && remedy.contains("--login form"), "{why}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_says_is_heard() {
    const HERE: &str = "http://localhost:21102/callback";
    for (press, what) in [("error", "an error page, as the person says"), ("stays", "stays on another page")] {
        let server = for_a_person(HERE).await;
        let bench = Bench::at(&server, by_hand(), HERE);
        let them = async { person(desk(&bench).await, 1, press).await };
        let ((), (why, _)) = tokio::join!(them, bench.refused());
        assert!(why.contains(what), "{why}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_waited_for_without_end_or_at_a_port_that_is_taken() {
    const HERE: &str = "http://127.0.0.1:21103/callback";
    let server = for_a_person(HERE).await;
    let began = Instant::now();
    let short = LoginSettings { limit: Some(Duration::from_millis(300)), ..by_hand() };
    let (why, remedy) = Bench::at(&server, short, HERE).refused().await;
    assert!(why.contains("nobody came back within 0.3 s") && remedy.contains("--login form"), "{why}");
    assert!(began.elapsed() < Duration::from_secs(10));
    let taken = tokio::net::TcpListener::bind("127.0.0.1:21103").await.expect("a free port");
    let (why, remedy) = Bench::at(&server, by_hand(), HERE).refused().await;
    assert!(why.contains("nobody can listen at 127.0.0.1:21103, where the redirect URI points"), "{why}");
    assert!(remedy.contains("end the program"));
    drop(taken);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fragment_and_a_form_come_back_too() {
    const HERE: &str = "http://127.0.0.1:21104/callback";
    let server = for_a_person(HERE).await;
    let bench = Bench::at(&server, by_hand(), HERE);
    let them = async {
        let desk = desk(&bench).await;
        let web = web();
        assert_eq!(
            web.get(desk.replace(|c: char| c.is_ascii_hexdigit(), "0")).send().await.ok().map(|r| r.status().as_u16()),
            None
        );
        let icon = web.get("http://127.0.0.1:21104/favicon.ico").send().await.expect("an answer");
        assert_eq!(icon.status().as_u16(), 404);
        let first = web.get(HERE).send().await.expect("an answer").text().await.expect("a page");
        assert!(first.contains("location.hash"), "the page unfolds the fragment");
        web.post(HERE).body("code=a-code-0123456789&state=s").send().await.expect("an answer");
    };
    let ((), grant) = tokio::join!(them, bench.world.authorize(None, bench.request()));
    assert_eq!(grant.expect("a code").code, "a-code-0123456789");
    let them = async {
        while web().get(format!("{HERE}?proofmark-fragment=1&code=in-front")).send().await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let ((), journey) = tokio::join!(them, bench.walk(bench.request()));
    assert!(matches!(&journey.landing, Landing::Redirected { to } if *to == format!("{HERE}#code=in-front")));
}
