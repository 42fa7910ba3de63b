//! What the tests share: whole runs against the reference target, in this process.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use proofmark_fixtures::{Options, PreRegistered, ReferenceTarget};
use proofmark_model::{Event, Revision, RunReport};
use proofmark_probe::settings::{
    ClientSettings, GivenClient, GivenClients, LoginSettings, Rung, ScopeSettings, Settings, Timing, User, Way,
};
use proofmark_runner::{Filter, Job};

/// The lifetime of codes at the reference target: it has no slow users.
pub const CODE_LIFETIME: Duration = Duration::from_secs(8);

/// Waits as short as the tests can afford. The reference target allows no leeway, so its operator may say so.
#[must_use]
pub fn timing() -> Timing {
    Timing {
        prompt: Duration::from_millis(1500),
        leeway: Duration::from_secs(3),
        refresh_grace: Duration::from_millis(800),
        code_lifetime: CODE_LIFETIME,
        later: Duration::from_secs(1),
        ..Timing::default()
    }
}

/// What an operator of the reference target would configure.
#[must_use]
pub fn settings(target: &ReferenceTarget, options: &Options, timing: Timing) -> Settings {
    let user = options.users.first();
    Settings {
        mcp_url: target.mcp_url().to_owned(),
        // A defect of documents must show in the cases about documents alone.
        clients: ClientSettings {
            way: Some(Way::Dynamic),
            given: GivenClients { confidential: Some(odd_client().1), ..GivenClients::default() },
            ..ClientSettings::default()
        },
        login: LoginSettings {
            // What a defect keeps from signing in by forms must not wait for a browser, where there is one.
            rungs: vec![Rung::Automatic, Rung::Session, Rung::Form],
            first: user.map(|u| User { name: u.name.clone(), password: u.password.clone(), totp: None }),
            ..LoginSettings::default()
        },
        scopes: ScopeSettings {
            read: Some("sentiment:read".into()),
            write: Some("reports:write".into()),
            read_tool: Some("get_sentiment".into()),
            write_tool: Some("publish_report".into()),
            ..ScopeSettings::default()
        },
        timing,
        jobs: 8,
        seed: b"the seed of the tests".to_vec(),
        ..Settings::default()
    }
}

/// A client whose identifier and secret hold what HTTP Basic must encode, as the target and as its operator know it.
fn odd_client() -> (PreRegistered, GivenClient) {
    let (id, secret, uri) = ("demo odd+client", "s%cr+t/é: with all", "https://odd.example.test/cb");
    let known = PreRegistered {
        client_id: id.into(),
        client_secret: Some(secret.into()),
        redirect_uris: vec![uri.into()],
        ..PreRegistered::default()
    };
    let given = GivenClient {
        id: id.into(),
        secret: Some(secret.into()),
        redirect_uris: vec![uri.into()],
        ..GivenClient::default()
    };
    (known, given)
}

/// Runs the whole catalogue, or a part of it, against a reference target of its own.
///
/// # Panics
/// When the reference target cannot be started, which no test can do without.
pub async fn run(options: Options, spec: Option<Revision>, timing: Timing, filter: Filter) -> RunReport {
    run_by(Way::Dynamic, options, spec, timing, filter).await
}

/// As [`run`], with clients that come about in another way.
///
/// # Panics
/// As [`run`].
pub async fn run_by(way: Way, options: Options, spec: Option<Revision>, timing: Timing, filter: Filter) -> RunReport {
    let mut options = options;
    options.clients.push(odd_client().0);
    let target = ReferenceTarget::start(options.clone()).await.expect("the reference target starts on loopback");
    let mut settings = settings(&target, &options, timing);
    settings.clients.way = Some(way);
    let job = Job { catalogue: proofmark_suite::catalogue(), filter, spec, settings, version: "test".into() };
    fold(job).await
}

/// Runs a job and folds its events.
pub async fn fold(job: Job) -> RunReport {
    let report = Arc::new(Mutex::new(RunReport::default()));
    let sink = {
        let report = Arc::clone(&report);
        Box::new(move |event: Event| report.lock().unwrap_or_else(PoisonError::into_inner).apply(event))
    };
    proofmark_runner::run(job, sink, std::future::pending()).await;
    let mut report = report.lock().unwrap_or_else(PoisonError::into_inner);
    std::mem::take(&mut *report)
}

/// The command line of this build, built first when it is not there.
///
/// # Panics
/// When it cannot be built.
#[must_use]
pub fn binary() -> std::path::PathBuf {
    let here = std::env::current_exe().expect("a test has a path");
    let profile = here.ancestors().nth(2).expect("target/<profile>/deps/<test>").to_owned();
    let binary = profile.join("proofmark");
    let mut build = std::process::Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "-p", "proofmark-cli", "--target-dir"]).arg(profile.parent().expect("target"));
    if profile.file_name().is_some_and(|p| p == "release") {
        build.arg("--release");
    }
    // What cargo tells a test about its package would make build scripts of dependencies run again, and half of the
    // workspace compile again, now and at the next `cargo test`.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            build.env_remove(&*name);
        }
    }
    assert!(build.status().is_ok_and(|s| s.success()), "the command line builds");
    binary
}
