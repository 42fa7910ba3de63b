//! The rungs that need no browser, and the ladder: each way in opens, and each that does not says why and what would.

mod support;

use std::time::{Duration, Instant};

use proofmark_probe::model::{Event, Wire};
use proofmark_probe::settings::{LoginSettings, LoginStep, Rung, User};
use proofmark_probe::{Landing, Stop};
use support::{Bench, CB, alice};
use wiremock::matchers::{any, method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

fn html(body: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(format!("<!doctype html>{body}"), "text/html; charset=utf-8")
}

/// An authorization server with a login page and a consent page, whose sessions are cookies.
async fn server() -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(|request: &Request| pages(request, CB)).mount(&server).await;
    server
}

fn pages(request: &Request, callback: &str) -> ResponseTemplate {
    let cookie = request.headers.get("cookie").and_then(|c| c.to_str().ok()).unwrap_or_default();
    let body = String::from_utf8_lossy(&request.body).into_owned();
    let query = request.url.query().unwrap_or_default();
    if query.contains("client_id=unknown") {
        return ResponseTemplate::new(400);
    }
    let login = |note: &str| {
        html(&format!(
            "<title>Sign in</title><p>{note}</p><form method=post action='/login?{query}'><input name=user>\
             <input name=pass type=password><button>Sign in</button></form>"
        ))
    };
    match (request.url.path(), cookie.contains("sid=in-")) {
        ("/login", _) if body == "user=alice&pass=pass%20word%2B1" || body == "user=bob&pass=builder1" => {
            let name = if body.contains("alice") { "alice" } else { "bob" };
            ResponseTemplate::new(303)
                .insert_header("location", format!("/consent?{query}"))
                .insert_header("set-cookie", format!("sid=in-{name}-0123; Path=/; HttpOnly"))
        }
        ("/login", _) => login("Wrong password."),
        ("/authorize" | "/consent", false) => login(""),
        ("/decide", true) => {
            let answer = if body.contains("no") { "error=access_denied" } else { "code=a-code-0123456789" };
            ResponseTemplate::new(302).insert_header("location", format!("{callback}?{answer}"))
        }
        ("/authorize" | "/consent", true) => html(
            "<title>Allow?</title><form method=post action=/decide><button name=d value=yes>Allow</button>\
             <button name=d value=no>Deny</button></form>",
        ),
        _ => ResponseTemplate::new(404),
    }
}

fn by(rung: Rung) -> LoginSettings {
    LoginSettings { rungs: vec![rung], ..LoginSettings::default() }
}

#[tokio::test]
async fn a_server_that_lets_everyone_in_needs_no_sign_in() {
    let server = MockServer::start().await;
    let at_once = ResponseTemplate::new(302).insert_header("location", format!("{CB}?code=a-code-0123456789"));
    Mock::given(path("/authorize")).respond_with(at_once).mount(&server).await;
    let bench = Bench::new(&server, LoginSettings::default());
    bench.world.authorize(None, bench.request()).await.expect("it is automatic");
    assert_eq!((bench.world.rung(), bench.world.sign_ins()), (Some(Rung::Automatic), (0, 0)));
}

#[tokio::test]
async fn automatic_alone_passes_no_page_and_names_the_one_it_met() {
    let server = server().await;
    let (why, remedy) =
        Bench::new(&server, LoginSettings { first: Some(alice()), ..by(Rung::Automatic) }).refused().await;
    assert!(
        why.starts_with("the page \"Sign in\" (") && why.contains("has to be passed, with the fields \"user\""),
        "{why}"
    );
    assert!(remedy.contains("--login form"));
}

#[tokio::test]
async fn forms_sign_in_once_for_all_walks_of_a_user_and_once_for_each_fresh_one() {
    let second = User { name: "bob".into(), password: "builder1".into(), totp: None };
    let login = LoginSettings { first: Some(alice()), second: Some(second), ..LoginSettings::default() };
    let server = server().await;
    let bench = Bench::new(&server, login);
    let walks = (0..6).map(|_| bench.world.authorize(None, bench.request()));
    let mut all = tokio::task::JoinSet::new();
    for _ in walks {
        let (world, request) = (bench.world.clone(), bench.request());
        all.spawn(async move { world.authorize(None, request).await.is_ok() });
    }
    assert!(all.join_all().await.into_iter().all(|ok| ok));
    assert_eq!((bench.world.rung(), bench.world.sign_ins()), (Some(Rung::Form), (1, 0)));
    let fresh = bench.walk(bench.request().in_fresh_session()).await;
    assert!(fresh.arrived() && fresh.asked.login && fresh.asked.consent);
    assert_eq!(bench.world.sign_ins(), (1, 1));
    for _ in 0..2 {
        assert!(bench.walk(bench.request().as_second_user()).await.arrived());
    }
    assert_eq!(bench.world.sign_ins(), (2, 1), "the second user signs in once too");
    let denied = bench.walk(bench.request().denied()).await;
    assert!(denied.asked.denied && denied.error().as_deref() == Some("access_denied"));
}

#[tokio::test]
async fn forms_say_what_they_lack() {
    let server = server().await;
    let (why, remedy) = Bench::new(&server, LoginSettings::default()).refused().await;
    assert!(why.contains("asks for a user name and a password, and no user was given"), "{why}");
    assert!(remedy.contains("PROOFMARK_USERNAME"));
    let wrong = User { password: "not it at all".into(), ..alice() };
    let (why, remedy) = Bench::new(&server, LoginSettings { first: Some(wrong), ..by(Rung::Form) }).refused().await;
    assert!(why.contains("asked for the password again after it was given; it says \"Wrong password."), "{why}");
    assert!(remedy.contains("PROOFMARK_PASSWORD"));
    // A browser would be refused too, and the account locked.
    let wrong = User { password: "not it at all".into(), ..alice() };
    let (why, _) =
        Bench::new(&server, LoginSettings { first: Some(wrong), ..LoginSettings::default() }).refused().await;
    assert!(!why.contains("browser"), "{why}");
}

#[tokio::test]
async fn a_page_that_needs_a_script_is_told_as_such() {
    let server = MockServer::start().await;
    let page = html("<title>Loading</title><div id=app></div><script>draw()</script>");
    Mock::given(path("/authorize")).respond_with(page).mount(&server).await;
    let (why, remedy) = Bench::new(&server, LoginSettings { first: Some(alice()), ..by(Rung::Form) }).refused().await;
    assert!(why.contains("a page with HTTP 200 (\"Loading\")") && remedy.contains("--login browser"), "{why} {remedy}");
    let server = MockServer::start().await;
    let page = html("<title>Go</title><form method=post action='javascript:void(0)'><button>Allow</button></form>");
    Mock::given(path("/authorize")).respond_with(page).mount(&server).await;
    let (why, remedy) = Bench::new(&server, by(Rung::Form)).refused().await;
    assert!(why.contains("works by a script on the page \"Go\"") && remedy.contains("--login browser"), "{why}");
}

#[tokio::test]
async fn rules_pass_and_miss_in_forms_as_in_the_browser() {
    let server = MockServer::start().await;
    let tenant = html("<title>Tenant</title><form method=post action=/t><input name=tenant><button>Go</button></form>");
    Mock::given(path("/authorize")).respond_with(tenant).mount(&server).await;
    let done = ResponseTemplate::new(302).insert_header("location", format!("{CB}?code=a-code-0123456789"));
    Mock::given(path("/t")).and(wiremock::matchers::body_string("tenant=acme")).respond_with(done).mount(&server).await;
    let rule = LoginStep { fill: vec![("tenant".into(), "acme".into())], ..LoginStep::default() };
    let bench = Bench::new(&server, LoginSettings { steps: vec![rule.clone()], ..by(Rung::Form) });
    bench.world.authorize(None, bench.request()).await.expect("the rule passes it");
    let rule = LoginStep { click: Some("#next".into()), ..rule };
    let (why, remedy) = Bench::new(&server, LoginSettings { steps: vec![rule], ..by(Rung::Form) }).refused().await;
    assert!(
        why.contains("wants \"#next\" to press on the page \"Tenant\"") && why.contains("the buttons \"Go\""),
        "{why}"
    );
    assert!(remedy.contains("`optional`"));
}

#[tokio::test]
async fn an_imported_session_is_used_and_its_end_is_told() {
    let server = server().await;
    let session = |cookies: &str| LoginSettings { cookies: Some(cookies.into()), ..by(Rung::Session) };
    let bench = Bench::new(&server, session("sid=in-imported-0123456"));
    bench.world.authorize(None, bench.request()).await.expect("the session is good");
    assert_eq!((bench.world.rung(), bench.world.sign_ins()), (Some(Rung::Session), (0, 0)));
    let shown = serde_json::to_string(&bench.exchanges()).expect("exchanges serialise");
    assert!(!shown.contains("in-imported"), "{shown}");
    let fresh = bench.walk(bench.request().in_fresh_session()).await;
    let Landing::Stuck { why, remedy } = fresh.landing else { panic!("{:?}", fresh.landing) };
    assert!(why.contains("\"Sign in\"") && why.contains("asks to sign in") && remedy.contains("test user"), "{why}");

    let (why, remedy) = Bench::new(&server, session("sid=expired-0123456")).refused().await;
    assert!(why.contains("the page \"Sign in\" (") && why.contains("asks to sign in"), "{why}");
    assert!(remedy.contains("session"), "{remedy}");
    let (why, _) = Bench::new(&server, session("nonsense")).refused().await;
    assert!(why.contains("session: cookies: pair 1 has no '='"), "{why}");
}

#[cfg(unix)]
fn command(script: &str) -> LoginSettings {
    LoginSettings { command: Some(script.into()), limit: Some(Duration::from_secs(5)), ..by(Rung::Command) }
}

#[cfg(unix)]
#[tokio::test]
async fn a_command_signs_in_and_is_told_what_is_wanted() {
    let script = "echo looking >&2; echo \"$PROOFMARK_REDIRECT_URI?code=a-code-0123456789&\
                  deny=$PROOFMARK_DENY&fresh=$PROOFMARK_FRESH&user=$PROOFMARK_USER\"; \
                  case \"$PROOFMARK_AUTHORIZATION_URL\" in *client_id=c*) ;; *) exit 9;; esac";
    let server = server().await;
    let bench = Bench::new(&server, LoginSettings { first: Some(alice()), ..command(script) });
    bench.world.authorize(None, bench.request()).await.expect("the command gets in");
    assert_eq!((bench.world.rung(), bench.world.sign_ins()), (Some(Rung::Command), (1, 0)));
    let journey = bench.walk(bench.request().denied().in_fresh_session()).await;
    let param = |name: &str| journey.param(name);
    assert_eq!((param("deny").as_deref(), param("fresh").as_deref()), (Some("1"), Some("1")));
    assert_eq!(param("user").as_deref(), Some("alice"));
    assert!(journey.asked.unseen && journey.asked.login, "the page before it was seen");
    let before = bench.exchanges().len();
    let refused = bench.walk(bench.request().with("client_id", "unknown")).await;
    assert!(matches!(refused.landing, Landing::Page { .. }), "a refusal needs no command");
    assert_eq!(bench.exchanges().len(), before + 1);
    let told = bench.exchanges().into_iter().find(|e| e.wire == Wire::Witnessed).expect("it is evidence");
    assert!(told.request.url.starts_with(CB) && !told.request.url.contains("a-code"), "{}", told.request.url);
}

#[cfg(unix)]
#[tokio::test]
async fn a_command_that_fails_says_how() {
    let server = server().await;
    for (script, what) in [
        ("echo 'no network' >&2; exit 7", "failed with exit status: 7; it says \"no network\""),
        ("true", "printed nothing"),
        ("echo https://h/cb; echo 'all done'", "printed \"all done\" last, which is no URL"),
    ] {
        let (why, remedy) = Bench::new(&server, command(script)).refused().await;
        assert!(why.contains("the command of the sign-in") && why.contains(what), "{why}");
        assert!(!remedy.is_empty());
    }
    let began = Instant::now();
    let slow = LoginSettings { limit: Some(Duration::from_millis(300)), ..command("sleep 60") };
    let (why, _) = Bench::new(&server, slow).refused().await;
    assert!(why.contains("did not end within 0.3 s") && began.elapsed() < Duration::from_secs(20), "{why}");
    let bench = Bench::new(&server, command("echo https://h/cb"));
    let posted = bench.world.authorize(None, bench.request().by_post()).await;
    let Err(stop) = posted else { panic!("{posted:?}") };
    assert!(stop.why().contains("cannot send an authorization request by POST"), "{stop:?}");
    let (why, remedy) = Bench::new(&server, by(Rung::Command)).refused().await;
    assert!(why.contains("no command was given") && remedy.contains("`command`"), "{why}");
}

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

#[tokio::test]
async fn a_ladder_without_a_way_in_names_every_rung_in_order() {
    let mut login = LoginSettings { rungs: Rung::ALL[..5].to_vec(), first: None, ..LoginSettings::default() };
    login.browser.driver = Some("no-such-driver".into());
    login.cookies = Some("sid=expired-0123456".into());
    let server = server().await;
    let bench = Bench::new(&server, login);
    let (why, remedy) = bench.refused().await;
    let places = ["nobody could sign in: form: the page", "browser: the browser's driver", "command: no command"];
    let places: Vec<_> = places.iter().map(|p| why.find(p).unwrap_or_else(|| panic!("{p} in {why}"))).collect();
    assert!(places.is_sorted(), "{why}");
    assert!(remedy.contains("PROOFMARK_USERNAME") && remedy.contains("; or install Chromium"), "{remedy}");
    // It is not climbed again.
    let before = bench.exchanges().len();
    let again = bench.world.authorize(None, bench.request()).await;
    assert!(matches!(again, Err(Stop::Blocked { .. })));
    assert_eq!(bench.exchanges().len(), before + 1);
}

#[tokio::test]
async fn an_error_at_the_client_ends_the_ladder() {
    let server = MockServer::start().await;
    let no = ResponseTemplate::new(302).insert_header("location", format!("{CB}?error=invalid_scope"));
    Mock::given(path("/authorize")).respond_with(no).expect(1).mount(&server).await;
    let (why, _) = Bench::new(&server, LoginSettings::default()).refused().await;
    assert!(why.contains("a correct authorization request ended in error \"invalid_scope\""), "{why}");
}
