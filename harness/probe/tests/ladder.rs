//! The rungs that need no browser, and the ladder: each way in opens, and each that does not says why and what would.

mod support;

use std::time::{Duration, Instant};

use proofmark_probe::model::Wire;
use proofmark_probe::settings::{LoginSettings, LoginStep, Rung, User};
use proofmark_probe::{Landing, Stop};
use support::{Bench, CB, alice, by, html, pages};
use wiremock::matchers::{any, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// An authorization server with a login page and a consent page, whose sessions are cookies.
async fn server() -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(|request: &Request| pages(request, CB)).mount(&server).await;
    server
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
