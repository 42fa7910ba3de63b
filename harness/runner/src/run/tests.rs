//! The runner with toy cases, which send nothing.

use std::sync::{Mutex, PoisonError};

use proofmark_model::{Area, Document, Requirement, Source, must};
use proofmark_probe::profile::{Endpoints, Profile, Scopes};
use proofmark_probe::{Judgement, Reply, Steps, met, violated};
use tokio::sync::Notify;

use super::*;

static DOCUMENT: Document =
    Document { name: "Toys", title: "A book of toys", url: "https://toys.example.test", anchor: "" };

static RULE: Requirement = Requirement {
    id: "toys.rule.kept",
    rule: "The rule is kept.",
    advice: "Keep it.",
    source: Source { doc: &DOCUMENT, section: "1" },
    answers: &["T-1"],
    force: &[must(proofmark_model::Revision::R2025_03_26)],
    ..Requirement::OF_AUTHORIZATION_SERVER
};

static ANOTHER_RULE: Requirement = Requirement { id: "toys.rule.another", ..RULE };

const TOY: Case = Case { title: "A toy", why: "To play.", area: Area::Token, covers: &[&RULE], ..Case::PLAIN };

static GOOD: Case = Case { id: "as.toy.good", body: |p| Box::pin(async { judge(p, met("kept")) }), ..TOY };
static BAD: Case = Case { id: "as.toy.bad", body: |p| Box::pin(async { judge(p, violated("kept", "broken")) }), ..TOY };
static BESIDE_GOOD: Case = Case { id: "as.toy.beside-good", control: Some(&GOOD), ..GOOD };
static BESIDE_BAD: Case = Case { id: "as.toy.beside-bad", control: Some(&BAD), ..GOOD };
static STUCK: Case =
    Case { id: "as.toy.stuck", body: |_| Box::pin(async { Err(Stop::missing("no key", "bring one")) }), ..TOY };
static BESIDE_STUCK: Case = Case { id: "as.toy.beside-stuck", control: Some(&STUCK), ..GOOD };
static PANICS: Case = Case {
    id: "as.toy.panics",
    body: |p| {
        Box::pin(async {
            judge(p, violated("kept", "broken"))?;
            panic!("a slip")
        })
    },
    ..TOY
};
static SILENT: Case = Case { id: "as.toy.silent", body: |_| Box::pin(async { Ok(()) }), ..TOY };
static STRAYS: Case = Case { id: "as.toy.strays", covers: &[&ANOTHER_RULE], ..GOOD };
static WAITS: Case = Case {
    id: "as.toy.waits",
    waits: true,
    body: |p| {
        Box::pin(async {
            let then = p.now() + Duration::from_millis(200);
            p.wait_until(then, "the end of a toy").await?;
            judge(p, met("kept"))
        })
    },
    ..TOY
};
static ENDLESS: Case = Case {
    id: "as.toy.endless",
    body: |p| {
        Box::pin(async {
            judge(p, violated("kept", "broken"))?;
            std::future::pending().await
        })
    },
    ..TOY
};
static HANGS: Case = Case { id: "as.toy.hangs", body: |_| Box::pin(std::future::pending()), ..TOY };
static BESIDE_HANGS: Case = Case { id: "as.toy.beside-hangs", control: Some(&HANGS), ..GOOD };

fn judge(probe: &mut Probe, judgement: Judgement) -> Steps {
    probe.expect(&RULE, &Reply::canned(200, &[], ""), |_| judgement);
    Ok(())
}

/// What happened, and where to hear of it.
#[derive(Default)]
struct Stage {
    events: Mutex<Vec<Event>>,
    news: Notify,
}

impl Stage {
    fn sink(self: &Arc<Self>) -> Sink {
        let stage = Arc::clone(self);
        Box::new(move |event| {
            stage.events.lock().unwrap_or_else(PoisonError::into_inner).push(event);
            stage.news.notify_one();
        })
    }

    /// Completes when this many events of a kind have come.
    async fn comes(&self, wanted: impl Fn(&Event) -> bool, times: usize) {
        while self.events.lock().expect("no sink panics").iter().filter(|e| wanted(e)).count() < times {
            self.news.notified().await;
        }
    }

    fn results(&self) -> HashMap<String, CaseResult> {
        let events = self.events.lock().expect("no sink panics");
        let results = events.iter().filter_map(|e| match e {
            Event::CaseFinished { result } => Some((result.id.clone(), result.clone())),
            _ => None,
        });
        results.collect()
    }
}

fn settings(mcp_url: &str, jobs: usize) -> Settings {
    Settings { mcp_url: mcp_url.into(), jobs, seed: b"toys".to_vec(), ..Settings::default() }
}

fn world(stage: &Arc<Stage>, jobs: usize) -> World {
    let settings = settings("https://mcp.example.test/mcp", jobs);
    let transport = Transport::new(settings.timing.request, &settings.network).expect("a transport");
    let profile = Profile {
        mcp_url: settings.mcp_url.clone(),
        revision: proofmark_model::Revision::NEWEST,
        spoken: Vec::new(),
        protected_method: None,
        challenge: None,
        resource_metadata: Vec::new(),
        resource: None,
        server_metadata: Vec::new(),
        issuer: String::new(),
        metadata: serde_json::Value::Null,
        endpoints: Endpoints::default(),
        scopes: Scopes::default(),
        read_tool: None,
        write_tool: None,
    };
    World::new(Arc::new(Recorder::new(transport, stage.sink())), Arc::new(settings), profile)
}

/// Runs cases until they end or `interrupt` does.
async fn play(
    stage: &Arc<Stage>,
    jobs: usize,
    cases: &[&'static Case],
    interrupt: impl Future<Output = ()>,
) -> HashMap<String, CaseResult> {
    let (catalogue, world) = (Catalogue::new().with(cases), world(stage, jobs));
    let plan = plan(&catalogue, &Filter::default(), &world);
    heeding(interrupt, |halt| async move { run_cases(&catalogue, &plan, &world, &halt).await }).await;
    stage.results()
}

async fn played(cases: &[&'static Case]) -> HashMap<String, CaseResult> {
    play(&Arc::default(), 4, cases, std::future::pending()).await
}

#[tokio::test]
async fn a_refusal_counts_only_beside_a_control_that_holds() {
    // The order does not matter: what is controlled waits.
    let results = played(&[&BESIDE_STUCK, &BESIDE_BAD, &BESIDE_GOOD, &STUCK, &BAD, &GOOD]).await;
    let status = |case: &Case| results[case.id].status;
    assert_eq!((status(&GOOD), status(&BAD), status(&STUCK)), (Status::Pass, Status::Fail, Status::Blocked));
    assert_eq!(status(&BESIDE_GOOD), Status::Pass);
    for case in [&BESIDE_BAD, &BESIDE_STUCK] {
        assert_eq!(status(case), Status::Blocked);
        assert!(results[case.id].message.contains("its control as.toy."), "{}", results[case.id].message);
    }
    assert_eq!(results[STUCK.id].remedy.as_deref(), Some("bring one"));
}

#[tokio::test]
async fn a_bug_of_a_case_is_an_error_and_never_a_verdict() {
    let results = played(&[&PANICS, &SILENT, &STRAYS, &GOOD]).await;
    for (case, why) in
        [(&PANICS, "a slip"), (&SILENT, "said nothing about toys.rule.kept"), (&STRAYS, "without covering")]
    {
        let result = &results[case.id];
        assert_eq!(result.status, Status::Error, "{}", case.id);
        assert!(result.message.contains("a bug of Proofmark") && result.message.contains(why), "{}", result.message);
    }
    assert_eq!(results[PANICS.id].findings.len(), 1, "what was found before the panic is kept");
    assert_eq!(results[GOOD.id].status, Status::Pass, "the others go on");
}

#[tokio::test]
async fn a_case_that_waits_gives_its_place_to_another() {
    let stage = Arc::<Stage>::default();
    let results = play(&stage, 1, &[&GOOD, &WAITS], std::future::pending()).await;
    assert!(results.values().all(|r| r.status == Status::Pass));
    let events = stage.events.lock().expect("no sink panics");
    let place = |wanted: &dyn Fn(&Event) -> bool| events.iter().position(wanted).expect("it happened");
    let waits = place(&|e| matches!(e, Event::CaseWaits { case, .. } if case == WAITS.id));
    let other = place(&|e| matches!(e, Event::CaseFinished { result } if result.id == GOOD.id));
    let end = place(&|e| matches!(e, Event::CaseFinished { result } if result.id == WAITS.id));
    assert!(waits < other && other < end, "{waits} {other} {end}");
}

#[tokio::test]
async fn a_wish_to_end_keeps_what_was_found() {
    let stage = Arc::<Stage>::default();
    let started = stage.comes(|e| matches!(e, Event::CaseStarted { .. }), 3);
    let cases = [&GOOD, &ENDLESS, &HANGS, &BESIDE_HANGS];
    let results = play(&stage, 3, &cases, started).await;
    assert_eq!(results.len(), cases.len(), "every case has a result");
    assert_eq!(results[GOOD.id].status, Status::Pass);
    assert_eq!(results[ENDLESS.id].status, Status::Fail, "a broken MUST stands");
    for case in [&HANGS, &BESIDE_HANGS] {
        assert_eq!(results[case.id].status, Status::Error);
        assert!(results[case.id].message.contains("interrupted"), "{}", results[case.id].message);
    }
}

#[tokio::test]
async fn a_choice_takes_controls_along() {
    let world = world(&Arc::default(), 1);
    let catalogue = Catalogue::new().with(&[&GOOD, &BAD, &BESIDE_GOOD]);
    let filter = Filter { only: vec!["*.beside-good".into()], skip: vec![] };
    let plan = plan(&catalogue, &filter, &world);
    let runs: Vec<_> = plan.cases.iter().filter(|c| c.settled.is_none()).map(|c| c.case.id.as_str()).collect();
    assert_eq!(runs, [GOOD.id, BESIDE_GOOD.id]);
}

#[tokio::test]
async fn a_wish_to_end_is_heard_while_the_target_is_silent() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/mcp", silent.local_addr().expect("an address"));
    let mut held = None;
    let connected = async { held = silent.accept().await.ok() };
    let stage = Arc::<Stage>::default();
    let job = Job {
        catalogue: Catalogue::new().with(&[&GOOD]),
        filter: Filter::default(),
        spec: None,
        settings: settings(&url, 1),
        version: "test".into(),
    };
    let outcome = run(job, stage.sink(), connected).await;
    assert_eq!(outcome, Outcome::Interrupted);
    assert!(held.is_some());
    let events = stage.events.lock().expect("no sink panics");
    assert!(events.iter().any(|e| matches!(e, Event::Stopped { .. })));
    assert!(matches!(events.last(), Some(Event::RunFinished { .. })));
}
