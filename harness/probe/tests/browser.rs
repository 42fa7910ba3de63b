//! The browser rung before pages of our own, in a real Chromium. They need it and its driver, so they run only when asked
//! for: `cargo test -p proofmark-probe --test browser -- --include-ignored`.

mod support;

use std::time::Duration;

use proofmark_probe::Landing;
use proofmark_probe::model::Wire;
use proofmark_probe::settings::{LoginSettings, LoginStep, Rung, User};
use support::{Bench, CB, alice};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

fn by_browser() -> LoginSettings {
    LoginSettings { rungs: vec![Rung::Browser], first: Some(alice()), ..LoginSettings::default() }
}

fn html(body: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(format!("<!doctype html>{body}"), "text/html; charset=utf-8")
}

/// A sign-in that is drawn by a script, without a form, and talks to the server by `fetch` with a header that it computes.
const SCRIPT: &str = r#"<title>Acme ID</title><div id=app></div><script>
const app = document.getElementById('app');
const send = async (path, body) => (await fetch(path, {method: 'POST', body: JSON.stringify(body),
  headers: {'content-type': 'application/json', 'x-proof': String(location.search.length * 7)}})).json();
const draw = html => { app.innerHTML = html; };
const consent = () => {
  draw('<h1>Allow Proofmark?</h1><button type=button id=no>Deny</button><button type=button id=yes>Allow</button>');
  for (const [id, ok] of [['yes', true], ['no', false]])
    document.getElementById(id).onclick = async () => { location.href = (await send('/decide' + location.search, {ok})).to; };
};
const login = note => {
  draw(`<h1>Sign in</h1><p>${note}</p><input id=user placeholder="Email"><input id=pass type=password><button type=button id=go>Sign in</button>`);
  document.getElementById('go').onclick = async () => {
    const body = {user: document.getElementById('user').value, pass: document.getElementById('pass').value};
    const answer = await send('/login' + location.search, body);
    answer.ok ? consent() : login('That is wrong.');
  };
};
setTimeout(() => fetch('/me').then(r => r.json()).then(me => me.user ? consent() : login('')), 300);
</script>"#;

struct Api;

impl Respond for Api {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let json = |value: serde_json::Value| ResponseTemplate::new(200).set_body_json(value);
        let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let cookie = request.headers.get("cookie").and_then(|c| c.to_str().ok()).unwrap_or_default();
        let query = request.url.query().unwrap_or_default();
        let proof = request.headers.get("x-proof").and_then(|p| p.to_str().ok()?.parse().ok());
        let proven = proof == Some((query.len() + 1) * 7);
        match request.url.path() {
            "/me" => json(serde_json::json!({"user": cookie.contains("sid=alice-is-in")})),
            "/login" if proven && body["user"] == "alice" && body["pass"] == "pass word+1" => {
                json(serde_json::json!({"ok": true}))
                    .insert_header("set-cookie", "sid=alice-is-in; Path=/; HttpOnly; SameSite=Lax")
            }
            "/login" => json(serde_json::json!({"ok": false})),
            "/decide" if cookie.contains("sid=alice-is-in") => {
                let state = request.url.query_pairs().find(|(n, _)| n == "state").map(|(_, v)| v.into_owned());
                let state = proofmark_probe::params::percent_encode(&state.unwrap_or_default());
                let answer = if body["ok"] == true { "code=the%2Dcode-0123456789" } else { "error=access_denied" };
                json(serde_json::json!({"to": format!("{CB}?{answer}&state={state}")}))
            }
            _ => ResponseTemplate::new(404),
        }
    }
}

async fn script_server() -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("GET")).and(path("/authorize")).respond_with(html(SCRIPT)).mount(&server).await;
    Mock::given(wiremock::matchers::any()).respond_with(Api).mount(&server).await;
    server
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium"]
async fn a_page_that_a_script_draws_is_passed_once_for_all_walks() {
    let server = script_server().await;
    let bench = Bench::new(&server, LoginSettings { rungs: vec![], ..by_browser() });
    let grant = bench.world.authorize(None, bench.request()).await.expect("the browser gets in");
    assert_eq!(grant.code, "the-code-0123456789");
    assert_eq!((bench.world.rung(), bench.world.sign_ins()), (Some(Rung::Browser), (1, 0)));

    let again = bench.walk(bench.request()).await;
    assert!(again.arrived() && again.asked.consent && !again.asked.denied, "{}", again.describe());
    let denied = bench.walk(bench.request().denied()).await;
    assert_eq!((denied.error().as_deref(), denied.asked.denied), (Some("access_denied"), true));
    assert_eq!(bench.world.sign_ins(), (1, 0), "the session is kept");
    let fresh = bench.walk(bench.request().in_fresh_session()).await;
    assert!(fresh.arrived() && fresh.asked.login, "{}", fresh.describe());
    let last = bench.walk(bench.request()).await;
    assert!(last.arrived() && !last.asked.login);
    assert_eq!(bench.world.sign_ins(), (1, 1));

    let shown = serde_json::to_string(&bench.exchanges()).expect("exchanges serialise");
    for secret in ["pass word+1", "alice-is-in", "the-code-0123456789", "the%2Dcode-0123456789"] {
        assert!(!shown.contains(secret), "{secret}");
    }
    let seen = bench.exchanges().into_iter().filter(|e| e.wire == Wire::Witnessed).collect::<Vec<_>>();
    assert!(seen.iter().any(|e| e.label == "login page, sent by a script" && e.request.url.contains("/login")));
    bench.world.clean_up().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium"]
async fn a_redirect_is_read_byte_for_byte_and_not_followed() {
    let server = MockServer::start().await;
    let go = |to: &str| html(&format!(r#"<form method=post action={to}><button>Continue</button></form>"#));
    let targets = [
        ("/0", format!("{CB}?code=A%2fb-0123456789&state=x%20y#_")),
        ("/1", "https://client.example.test/./c%62/../cb?code=0123456789".to_owned()),
        ("/2", "cursor://anysphere/cb?code=0123456789".to_owned()),
        ("/3", "http://127.0.0.1:21998/other?code=0123456789".to_owned()),
    ];
    for (from, to) in &targets {
        let asked = wiremock::matchers::query_param("from", *from);
        Mock::given(path("/authorize")).and(asked).respond_with(go(from)).mount(&server).await;
        let away = ResponseTemplate::new(302).insert_header("location", to.as_str());
        Mock::given(path(*from)).respond_with(away).mount(&server).await;
    }
    let trap = tokio::net::TcpListener::bind("127.0.0.1:21998").await.expect("a free port");
    let bench = Bench::new(&server, by_browser());
    bench.world.authorize(None, bench.request().with("from", "/0")).await.expect("the browser gets in");
    for (from, to) in &targets {
        let journey = bench.walk(bench.request().with("from", from)).await;
        assert!(
            matches!(&journey.landing, Landing::Redirected { to: seen } if seen == to),
            "{to}: {}",
            journey.describe()
        );
        assert_eq!(journey.arrived(), *from == "/0");
    }
    let visit = tokio::time::timeout(Duration::from_millis(200), trap.accept()).await;
    assert!(visit.is_err(), "a redirect URI was loaded");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium"]
async fn a_wrong_password_is_told_with_a_picture() {
    let folder = std::env::temp_dir().join(format!("proofmark-pictures-{}", std::process::id()));
    let mut login = by_browser();
    login.first = Some(User { password: "wrong one".into(), ..alice() });
    login.browser.screenshots = Some(folder.clone());
    let server = script_server().await;
    let (why, remedy) = Bench::new(&server, login).refused().await;
    assert!(why.contains("the page \"Acme ID\" (") && why.contains("asked for the password again"), "{why}");
    assert!(why.contains("That is wrong.") && remedy.contains("PROOFMARK_PASSWORD"), "{why}");
    let picture = why.rsplit_once("(picture: ").expect("a picture is named").1.trim_end_matches(')');
    let bytes = std::fs::read(picture).expect("a picture");
    assert!(bytes.starts_with(b"\x89PNG"));
    std::fs::remove_dir_all(folder).expect("it was ours");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium"]
async fn rules_pass_pages_that_nobody_could_guess() {
    let server = MockServer::start().await;
    let page = r#"<title>Portal</title><div id=later></div><div class=tile data-go=yes role=button>Weiter</div><script>
        setTimeout(() => { document.getElementById('later').innerHTML = '<input id=kennung><i class=ready></i>' }, 900);
        document.querySelector('.tile').onclick = () => {
          location.href = 'CB?code=0123456789&user=' + document.getElementById('kennung').value; };</script>"#;
    Mock::given(path("/authorize")).respond_with(html(&page.replace("CB", CB))).mount(&server).await;
    let rule = LoginStep {
        title: Some("Portal".into()),
        fill: vec![("#kennung".into(), "{username}!".into())],
        click: Some(".tile".into()),
        wait: Some(".ready".into()),
        ..LoginStep::default()
    };
    let login = LoginSettings { steps: vec![rule.clone()], ..by_browser() };
    let bench = Bench::new(&server, login);
    bench.world.authorize(None, bench.request()).await.expect("the rule passes it");
    let journey = bench.walk(bench.request()).await;
    assert_eq!(journey.param("user").as_deref(), Some("alice!"));

    let login = LoginSettings { steps: vec![LoginStep { wait: Some("#never".into()), ..rule }], ..by_browser() };
    let (why, remedy) = Bench::new(&server, login).refused().await;
    assert!(why.contains("does not show \"#never\", which a rule waits for") && remedy.contains("`wait`"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium"]
async fn an_empty_page_names_what_it_could_not_load() {
    let server = MockServer::start().await;
    let page = r#"<title>Empty</title><script src="https://cdn.example.test/app.js"></script>"#;
    Mock::given(path("/authorize")).respond_with(html(page)).mount(&server).await;
    let (why, remedy) = Bench::new(&server, by_browser()).refused().await;
    assert!(why.contains("the page \"Empty\" stayed empty; it wanted something from cdn.example.test"), "{why}");
    assert!(remedy.contains("origins of the sign-in"));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium"]
async fn a_form_post_response_is_read() {
    let server = MockServer::start().await;
    let page = format!(
        r#"<title>Go</title><body onload="setTimeout(() => document.forms[0].submit(), 100)">
        <form method=post action="{CB}"><input type=hidden name=code value="a b+0123456789"><input type=hidden name=state value=s></form>"#
    );
    let start = r#"<title>P</title><button id=b onclick="location.href='/post'">Continue</button>"#;
    Mock::given(path("/authorize")).respond_with(html(start)).mount(&server).await;
    Mock::given(path("/post")).respond_with(html(&page)).mount(&server).await;
    let bench = Bench::new(&server, by_browser());
    let grant = bench.world.authorize(None, bench.request()).await.expect("the form is read");
    assert_eq!(grant.code, "a b+0123456789");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium"]
async fn a_request_by_post_is_opened_as_a_form() {
    let server = MockServer::start().await;
    let page = r#"<title>P</title><button id=b>Continue</button><script>
        document.getElementById('b').onclick = () => { location.href = 'CB?code=0123456789' };</script>"#;
    Mock::given(method("POST"))
        .and(path("/authorize"))
        .respond_with(html(&page.replace("CB", CB)))
        .mount(&server)
        .await;
    let bench = Bench::new(&server, by_browser());
    bench.world.authorize(None, bench.request().by_post()).await.expect("it is posted");
    let posted = bench.exchanges().into_iter().find(|e| e.wire == Wire::Witnessed && e.request.method == "POST");
    let body = posted.and_then(|e| e.request.body).expect("a body");
    assert!(body.text.contains("state=the+state"), "{}", body.text);
}

#[tokio::test]
async fn a_driver_that_is_not_there_is_named() {
    let server = script_server().await;
    for (driver, what) in [("no-such-driver", "was not found"), ("/usr/bin/true", "did not say on which port")] {
        let mut login = by_browser();
        login.browser.driver = Some(driver.into());
        let (why, remedy) = Bench::new(&server, login).refused().await;
        assert!(why.contains(driver) && why.contains(what) && remedy.contains("chromium-driver"), "{why}");
    }
    let mut login = by_browser();
    login.browser.driver = Some("http://127.0.0.1:9".into());
    let (why, _) = Bench::new(&server, login).refused().await;
    assert!(why.contains("http://127.0.0.1:9 could not start it"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium"]
async fn a_browser_that_does_not_start_or_is_killed_is_named() {
    let server = script_server().await;
    let mut login = by_browser();
    login.browser.program = Some("/no/such/browser".into());
    let (why, remedy) = Bench::new(&server, login).refused().await;
    assert!(why.contains("the browser cannot be used: chromedriver could not start it"), "{why}");
    assert!(remedy.contains("`program`"));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium"]
async fn nothing_is_left_running() {
    let server = script_server().await;
    let bench = Bench::new(&server, by_browser());
    bench.world.authorize(None, bench.request()).await.expect("the browser gets in");
    let mark = format!("proofmark-browser-{}-", std::process::id());
    let folders = || {
        let entries = std::fs::read_dir(std::env::temp_dir()).expect("a folder").flatten();
        entries.filter(|e| e.file_name().to_string_lossy().starts_with(&mark)).count()
    };
    let before = folders();
    assert!(before > 0, "the profile is where it is looked for");
    // As when the run is interrupted: nothing is closed, all is dropped.
    drop(bench);
    assert!(folders() < before);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium"]
async fn a_refusal_over_plain_http_stands_and_costs_no_browser() {
    let server = MockServer::start().await;
    let bad = wiremock::matchers::query_param("client_id", "unknown");
    Mock::given(path("/authorize")).and(bad).respond_with(ResponseTemplate::new(400)).mount(&server).await;
    let page = r#"<title>P</title><button onclick="location.href='CB?code=0123456789'">Continue</button>"#;
    Mock::given(path("/authorize")).respond_with(html(&page.replace("CB", CB))).mount(&server).await;
    let bench = Bench::new(&server, by_browser());
    bench.world.authorize(None, bench.request()).await.expect("the browser gets in");
    let count = || bench.exchanges().iter().filter(|e| e.wire == Wire::Witnessed).count();
    let before = count();
    let journey = bench.walk(bench.request().with("client_id", "unknown")).await;
    assert!(matches!(journey.landing, Landing::Page { .. }) && count() == before, "{}", journey.describe());
}
