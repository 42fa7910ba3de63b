//! How long the runner takes beyond what the target makes it wait: a whole sign-in, and every case that waits for nothing.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use proofmark_fixtures::{Consent, Options};
use proofmark_runner::Filter;
use tokio::runtime::Runtime;

/// A whole run against the reference target, but for the cases that match one of these.
fn run(runtime: &Runtime, only: &[&str]) -> usize {
    let waiting = proofmark_suite::catalogue().cases().iter().filter(|c| c.waits).map(|c| c.id.to_owned()).collect();
    let filter = Filter { only: only.iter().map(ToString::to_string).collect(), skip: waiting };
    let options = Options { consent: Consent::Form, ..Options::default() };
    let report = runtime.block_on(proofmark_tests::run(options, None, proofmark_tests::timing(), filter));
    assert_eq!(report.summary.fail, 0, "the reference target is conformant");
    report.cases.len()
}

fn runs(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let mut group = criterion.benchmark_group("runner");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    group.bench_function("one case", |b| b.iter(|| black_box(run(&runtime, &["as.pkce.right-verifier"]))));
    group.bench_function("every case without a wait", |b| b.iter(|| black_box(run(&runtime, &[]))));
    group.finish();
}

fn reports(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let filter = Filter { skip: vec!["*.lifetime.*".into(), "as.code.*".into()], ..Filter::default() };
    let report = runtime.block_on(proofmark_tests::run(Options::default(), None, proofmark_tests::timing(), filter));
    let mut group = criterion.benchmark_group("reports");
    group.sample_size(20);
    group.bench_function("html", |b| b.iter(|| black_box(proofmark_reports::html::render(&report, false)).len()));
    group.bench_function("junit", |b| b.iter(|| black_box(proofmark_reports::junit::render(&report, false)).len()));
    group.bench_function("json", |b| b.iter(|| black_box(proofmark_reports::json::render(&report)).len()));
    group.finish();
}

criterion_group!(benches, runs, reports);
criterion_main!(benches);
