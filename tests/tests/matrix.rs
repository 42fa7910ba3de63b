//! The matrix: a reference target that breaks one rule turns red exactly the cases that `matrix/expected.toml` lists for
//! it, and the conformant target none, in every revision, style of consent and format of token.
//!
//! Cases that wait for time to pass run beside the conformant target, and beside the defects whose row names one of them;
//! `PROOFMARK_MATRIX=full` runs them beside every defect.
//!
//! `PROOFMARK_BLESS=1 cargo test -p proofmark-tests --test matrix` writes what came into the file, to be read before it
//! is committed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use proofmark_fixtures::{Answers, Consent, Defect, Options, Revision as Spoken, TokenFormat};
use proofmark_model::{Revision, RunReport, Status};
use proofmark_probe::settings::Way;
use proofmark_runner::Filter;
use serde::{Deserialize, Serialize};

/// The lifetime of access tokens where they are waited for: long enough for two cores under load not to outlive one by
/// accident.
const LIFETIME: Duration = Duration::from_secs(10);

/// How often a row may be tried: a defect that mixes up clients or grants can touch a neighbour of its case, or miss it,
/// when two of them happen to meet.
const ATTEMPTS: u32 = 3;

/// What a defect must do.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Expected {
    /// The revision at which the defect shows.
    at: Option<String>,
    /// The access tokens with which it shows.
    tokens: Option<String>,
    /// The cases that fail.
    fail: BTreeSet<String>,
    /// The cases that warn.
    warn: BTreeSet<String>,
    /// The cases that cannot be judged, because the defect breaks a step on their way.
    blocked: BTreeSet<String>,
    /// The run cannot go on at all, and this is what it says.
    stopped: Option<String>,
    /// The defect reaches from one case into others, so that what it touches depends on the order in which cases run: all of
    /// `fail`, at least one of `warn`, and perhaps more.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    unsteady: bool,
    /// No case notices the defect yet: which one will.
    awaits: Option<String>,
}

impl Expected {
    /// Whether a case that waits is among those that the defect touches.
    fn waits(&self) -> bool {
        waiting().iter().any(|id| [&self.fail, &self.warn, &self.blocked].iter().any(|set| set.contains(id)))
    }

    fn is_harmless(&self) -> bool {
        self.fail.is_empty() && self.warn.is_empty() && self.stopped.is_none()
    }
}

/// The cases that wait.
fn waiting() -> Vec<String> {
    proofmark_suite::catalogue().cases().iter().filter(|c| c.waits).map(|c| c.id.to_owned()).collect()
}

type Matrix = BTreeMap<String, Expected>;

fn file() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("matrix/expected.toml")
}

fn main() {
    let mut arguments = Arguments::from_args();
    // Some runs wait far more than they compute.
    arguments.test_threads.get_or_insert(12);
    let matrix: Matrix =
        toml::from_str(&std::fs::read_to_string(file()).expect("the matrix is there")).expect("the matrix is lawful");
    let bless = std::env::var_os("PROOFMARK_BLESS").is_some();
    let blessed: &'static Mutex<Matrix> = Box::leak(Box::new(Mutex::new(matrix.clone())));

    let mut trials = conformant();
    let full = bless || std::env::var("PROOFMARK_MATRIX").is_ok_and(|m| m == "full");
    // Runs that wait go first, so that the others happen meanwhile.
    let mut rows: Vec<_> = rows(&matrix).into_iter().map(|row| (row.clone(), matrix.get(&row).cloned())).collect();
    rows.sort_by_key(|(_, expected)| !expected.as_ref().is_some_and(Expected::waits));
    for (row, expected) in rows {
        let defect = defect_of(&row);
        let awaited = expected.as_ref().is_some_and(|e| e.awaits.is_some());
        let trial = Trial::test(format!("defect::{row}"), move || {
            if bless {
                let seen = match &expected {
                    // A row for a revision of its own stays there.
                    Some(expected) if row.contains('@') => observe(defect, expected, true),
                    _ => explore(defect),
                };
                blessed.lock().expect("no trial panicked").insert(row.clone(), seen);
                return Ok(());
            }
            let waits = full || expected.as_ref().is_some_and(Expected::waits);
            let mut outcome = Ok(());
            for _ in 0..ATTEMPTS {
                let seen = observe(defect, expected.as_ref().unwrap_or(&Expected::default()), waits);
                outcome = compare(expected.as_ref(), &seen);
                if outcome.is_ok() {
                    break;
                }
            }
            outcome
        });
        trials.push(trial.with_ignored_flag(awaited && !bless));
    }
    trials.extend(laws(&matrix));
    let conclusion = libtest_mimic::run(&arguments, trials);
    if bless {
        let mut blessed = blessed.lock().expect("no trial panicked").clone();
        blessed.retain(|row, _| Defect::ALL.iter().any(|d| d.name() == row.split('@').next().unwrap_or(row)));
        let text = toml::to_string(&blessed).expect("the matrix serialises");
        std::fs::write(file(), text).expect("the matrix can be written");
    }
    conclusion.exit();
}

/// The rows of the table: one for each defect, and more for one that shows otherwise at another revision, as
/// `defect@revision`.
fn rows(matrix: &Matrix) -> BTreeSet<String> {
    matrix.keys().cloned().chain(Defect::ALL.iter().map(|d| d.name().to_owned())).collect()
}

fn defect_of(row: &str) -> Defect {
    row.split('@').next().unwrap_or(row).parse().expect("a row of the matrix names a defect")
}

/// The conformant target in all its forms.
fn conformant() -> Vec<Trial> {
    let mut trials = Vec::new();
    for revision in Revision::ALL {
        for consent in [Consent::Automatic, Consent::Form] {
            for (tokens, answers) in [(TokenFormat::Jwt, Answers::EventStream), (TokenFormat::Opaque, Answers::Json)] {
                let name = format!("conformant::{revision}::{consent:?}::{tokens:?}").to_lowercase();
                trials.push(Trial::test(name, move || {
                    let options =
                        Options { revisions: spoken(revision), consent, tokens, answers, ..Options::default() };
                    let seen = deviations(&run(options, Some(revision), true));
                    compare(Some(&Expected::default()), &seen)
                }));
            }
        }
    }
    trials.push(Trial::test("conformant::clients-by-documents", || {
        let options = Options { consent: Consent::Form, ..Options::default() };
        let filter = Filter { skip: waiting(), ..Filter::default() };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let run = proofmark_tests::run_by(Way::Document, options, None, proofmark_tests::timing(), filter);
        compare(Some(&Expected::default()), &deviations(&runtime.block_on(run)))
    }));
    trials
}

/// Cases that no defect can turn red by itself: the first three say again what signing in says, so whatever breaks them
/// stops the run before; the next one needs codes that end so soon that busy machines lose them everywhere; the last says
/// again what every refresh says, now that a server may demand the resource.
const WITHOUT_DEFECT: &[&str] = &[
    "as.pkce.right-verifier",
    "as.redirect-uri.registered-loopback-works",
    "as.redirect-uri.token-same",
    "as.code.redeemable-after-a-while",
    "as.refresh.resource",
];

/// What must hold of the table itself.
fn laws(matrix: &Matrix) -> Vec<Trial> {
    let cases: BTreeSet<&str> = proofmark_suite::catalogue().cases().iter().map(|c| c.id).collect();
    let killed: BTreeSet<String> = matrix.values().flat_map(|e| e.fail.iter().chain(&e.warn)).cloned().collect();
    let survivors: Vec<String> = cases
        .iter()
        .filter(|c| !killed.contains(**c) && !WITHOUT_DEFECT.contains(c))
        .map(ToString::to_string)
        .collect();
    let harmless: Vec<String> = Defect::ALL
        .iter()
        .filter(|d| matrix.get(d.name()).is_none_or(|e| e.is_harmless() && e.awaits.is_none()))
        .map(ToString::to_string)
        .collect();
    let unknown: Vec<String> = killed.iter().filter(|c| !cases.contains(c.as_str())).cloned().collect();
    let law = |name: &str, what: &'static str, breaking: Vec<String>| {
        Trial::test(format!("law::{name}"), move || {
            if breaking.is_empty() { Ok(()) } else { Err(format!("{what}: {}", breaking.join(", ")).into()) }
        })
    };
    vec![
        law("every-case-is-killed", "no defect turns these cases red", survivors),
        law("every-defect-kills", "no case notices these defects", harmless),
        law("every-name-is-known", "the catalogue has no such case", unknown),
    ]
}

/// Finds the newest revision, and the format of tokens, at which a defect shows.
fn explore(defect: Defect) -> Expected {
    for revision in Revision::ALL.into_iter().rev() {
        for tokens in ["jwt", "opaque"] {
            let at = (revision != Revision::NEWEST).then(|| revision.to_string());
            let tokens = (tokens != "jwt").then(|| tokens.to_owned());
            let seen = observe(defect, &Expected { at, tokens, ..Expected::default() }, true);
            if !seen.is_harmless() {
                return seen;
            }
        }
    }
    Expected { awaits: Some(format!("a case about {}", defect.area())), ..Expected::default() }
}

fn observe(defect: Defect, expected: &Expected, waits: bool) -> Expected {
    let revision: Revision = expected.at.as_ref().map_or(Revision::NEWEST, |r| r.parse().expect("a known revision"));
    let tokens = if expected.tokens.as_deref() == Some("opaque") { TokenFormat::Opaque } else { TokenFormat::Jwt };
    let options = Options {
        revisions: spoken(revision),
        consent: Consent::Form,
        tokens,
        defects: [defect].into(),
        ..Options::default()
    };
    let seen = deviations(&run(options, Some(revision), waits));
    Expected { at: expected.at.clone(), tokens: expected.tokens.clone(), unsteady: expected.unsteady, ..seen }
}

/// The fixture shares no code with the harness, so it has revisions of its own.
fn spoken(revision: Revision) -> Vec<Spoken> {
    Spoken::ALL.into_iter().filter(|s| s.name() == revision.as_str()).collect()
}

fn run(options: Options, spec: Option<Revision>, waits: bool) -> RunReport {
    let (options, filter) = if waits {
        let code_lifetime = proofmark_tests::CODE_LIFETIME;
        (Options { access_token_lifetime: LIFETIME, code_lifetime, ..options }, Filter::default())
    } else {
        (options, Filter { skip: waiting(), ..Filter::default() })
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(proofmark_tests::run(options, spec, proofmark_tests::timing(), filter))
}

fn deviations(report: &RunReport) -> Expected {
    let of = |wanted: &[Status]| -> BTreeSet<String> {
        report.cases.iter().filter(|c| wanted.contains(&c.status)).map(|c| c.id.clone()).collect()
    };
    // A run that stops blocks nearly everything, which says nothing more.
    let blocked = if report.stopped.is_some() { BTreeSet::new() } else { of(&[Status::Blocked, Status::Error]) };
    Expected {
        fail: of(&[Status::Fail]),
        warn: of(&[Status::Warn]),
        blocked,
        stopped: report.stopped.clone(),
        ..Expected::default()
    }
}

fn compare(expected: Option<&Expected>, seen: &Expected) -> Result<(), Failed> {
    let Some(expected) = expected else {
        return Err(format!("the matrix does not list this defect; seen: {seen:?}").into());
    };
    if expected.unsteady {
        let warned = expected.warn.is_empty() || !expected.warn.is_disjoint(&seen.warn);
        if warned && expected.fail.is_subset(&seen.fail) {
            return Ok(());
        }
        return Err(format!("too few of the expected cases turned red: {seen:?}").into());
    }
    let mut differences = Vec::new();
    for (what, expected, seen) in [
        ("fail", &expected.fail, &seen.fail),
        ("warn", &expected.warn, &seen.warn),
        ("blocked", &expected.blocked, &seen.blocked),
    ] {
        for case in seen.difference(expected) {
            differences.push(format!("{case}: unexpected {what}"));
        }
        for case in expected.difference(seen) {
            differences.push(format!("{case}: expected {what}"));
        }
    }
    // Only that it stops counts here: the words hold addresses of this run.
    if expected.stopped.is_some() != seen.stopped.is_some() {
        differences.push(format!("expected to stop: {:?}; stopped: {:?}", expected.stopped, seen.stopped));
    }
    if differences.is_empty() { Ok(()) } else { Err(differences.join("\n").into()) }
}
