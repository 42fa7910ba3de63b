//! Signing in at the reference target's pages, unattended and end to end: in two steps, with one-time passwords, as two
//! users, and in a real browser where a script draws the pages.

use std::time::{Duration, Instant};

use proofmark_fixtures::{Consent, Options, ReferenceTarget, SignIn};
use proofmark_model::{RunReport, Status};
use proofmark_probe::settings::{LoginSettings, Rung, Settings};
use proofmark_runner::{Filter, Job};
use proofmark_tests::{fold, settings, timing};

/// Cases that walk in the shared session and in sessions of their own, and one that refuses.
const SOME: &[&str] = &["as.pkce.*", "as.code.*", "as.request.state-in-errors", "as.request.login-before-error"];

async fn run(options: Options, only: &[&str], adjust: impl FnOnce(&mut LoginSettings)) -> RunReport {
    let code_lifetime = proofmark_tests::CODE_LIFETIME;
    // A walk in a browser takes its time, and what the cases hold meanwhile must not expire.
    let options = Options { access_token_lifetime: Duration::from_secs(60), code_lifetime, ..options };
    let target = ReferenceTarget::start(options.clone()).await.expect("the reference target starts on loopback");
    let mut settings: Settings = settings(&target, &options, timing());
    adjust(&mut settings.login);
    let only = only.iter().map(|p| (*p).to_owned()).collect();
    fold(Job {
        catalogue: proofmark_suite::catalogue(),
        filter: Filter { only, ..Filter::default() },
        spec: None,
        settings,
        version: "test".into(),
    })
    .await
}

fn fact<'a>(report: &'a RunReport, name: &str) -> &'a str {
    report.facts.iter().find(|f| f.name == name).map_or("", |f| f.value.as_str())
}

/// Nothing is red, and as many sign-ins were made as were foretold.
fn assert_in(report: &RunReport, rung: &str) {
    let red = |s: Status| s.is_red() || s == Status::Warn;
    let bad: Vec<_> = report.cases.iter().filter(|c| red(c.status)).map(|c| (&c.id, &c.message)).collect();
    assert!(report.stopped.is_none() && bad.is_empty(), "{:?} {bad:#?}", report.stopped);
    assert!(report.cases.iter().any(|c| c.status == Status::Pass));
    assert!(fact(report, "sign-in").starts_with(rung), "{}", fact(report, "sign-in"));
    let given = |e: &&proofmark_model::Exchange| e.label.starts_with("login page") && e.request.method == "POST";
    let cases: Vec<_> =
        report.exchanges.iter().filter(given).map(|e| (e.id, e.case.as_deref().unwrap_or("-"))).collect();
    assert_eq!(fact(report, "sign-ins"), fact(report, "sign-ins expected"), "{cases:?}");
}

fn form(sign_in: SignIn) -> Options {
    Options { consent: Consent::Form, sign_in, ..Options::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_in_two_steps_with_a_one_time_password() {
    let seed = proofmark_fixtures::DEMO_TOTP_SEED;
    let sign_in = SignIn { two_steps: true, totp_seed: Some(seed.into()), ..SignIn::default() };
    let with_seed = |login: &mut LoginSettings| {
        login.first.as_mut().expect("a user").totp = Some(seed.to_lowercase());
    };
    assert_in(&run(form(sign_in.clone()), SOME, with_seed).await, "by form as alice: ");
    let without = run(form(sign_in), SOME, |_| {}).await;
    let why = without.stopped.expect("nobody gets in");
    assert!(why.contains("asks for a one-time password in the field") && why.contains("http://127.0.0.1"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_one_time_password_is_never_given_twice_where_it_is_refused() {
    let seed = proofmark_fixtures::DEMO_TOTP_SEED;
    let sign_in = SignIn { totp_seed: Some(seed.into()), totp_single_use: true, ..SignIn::default() };
    let began = Instant::now();
    // One sign-in for all, and two of the case's own.
    let report = run(form(sign_in), &["as.pkce.right-verifier", "as.iss.on-error"], |login| {
        login.first.as_mut().expect("a user").totp = Some(seed.into());
    })
    .await;
    assert_in(&report, "by form as alice: ");
    assert!(began.elapsed() < Duration::from_secs(100), "{:?}", began.elapsed());
    let codes = report.exchanges.iter().filter(|e| e.label == "one-time password page").count();
    assert!(codes >= 2, "{codes}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium"]
async fn pages_that_a_script_draws_are_passed_by_the_browser_when_forms_fail() {
    let options = Options { consent: Consent::Script, ..Options::default() };
    let by_forms = run(options.clone(), SOME, |login| login.rungs = vec![Rung::Form]).await;
    let help = by_forms.help.expect("what would help");
    assert!(by_forms.stopped.is_some() && help.contains("--login browser"), "{help}");
    let began = Instant::now();
    let report = run(options, SOME, |login| login.rungs = vec![]).await;
    assert_in(&report, "by browser as alice: ");
    eprintln!("{} in {:?}", fact(&report, "sign-ins"), began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium"]
async fn the_browser_takes_two_steps_and_a_one_time_password() {
    let seed = proofmark_fixtures::DEMO_TOTP_SEED;
    let sign_in = SignIn { two_steps: true, totp_seed: Some(seed.into()), ..SignIn::default() };
    for consent in [Consent::Script, Consent::Form] {
        let options = Options { consent, sign_in: sign_in.clone(), ..Options::default() };
        let report = run(options, &["as.pkce.right-verifier", "as.pkce.login-detour"], |login| {
            login.rungs = vec![Rung::Browser];
            login.first.as_mut().expect("a user").totp = Some(seed.into());
        })
        .await;
        assert_in(&report, "by browser as alice: ");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium, and minutes"]
async fn the_whole_catalogue_passes_in_the_browser() {
    let options = Options { consent: Consent::Script, ..Options::default() };
    let began = Instant::now();
    let report = run(options, &["*"], |login| login.rungs = vec![Rung::Browser]).await;
    eprintln!("{} in {:?}", fact(&report, "sign-ins"), began.elapsed());
    assert_in(&report, "by browser as alice: ");
}
