//! Laws over the catalogue as data, over its sources, and over the crate graph. They take milliseconds and name what
//! breaks them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proofmark_model::Requirement;
use proofmark_probe::{Case, Catalogue};

/// No file is longer than a person reads in one go.
const MOST_LINES: usize = 400;

/// Tables, which are read by looking something up.
const TABLES: &[&str] = &["fixtures/src/defect.rs"];

/// Our packages, and which of ours each may name, be it for its tests (design §4).
const ARROWS: &[(&str, &[&str])] = &[
    ("proofmark-model", &[]),
    ("proofmark-probe", &["proofmark-model"]),
    ("proofmark-suite", &["proofmark-probe"]),
    ("proofmark-runner", &["proofmark-model", "proofmark-probe"]),
    ("proofmark-reports", &["proofmark-model"]),
    ("proofmark-fixtures", &[]),
    (
        "proofmark-cli",
        &[
            "proofmark-fixtures",
            "proofmark-model",
            "proofmark-probe",
            "proofmark-reports",
            "proofmark-runner",
            "proofmark-suite",
        ],
    ),
    (
        "proofmark-tests",
        &[
            "proofmark-fixtures",
            "proofmark-model",
            "proofmark-probe",
            "proofmark-reports",
            "proofmark-runner",
            "proofmark-suite",
        ],
    ),
];

/// What a package must not even reach through others: a report renders where no packet can be sent.
const OUT_OF_REACH: &[(&str, &[&str])] = &[
    ("proofmark-model", &["tokio", "mio", "socket2", "hyper", "reqwest", "axum", "maud", "scraper"]),
    ("proofmark-reports", &["tokio", "mio", "socket2", "hyper", "reqwest", "axum", "rustls"]),
];

/// What a package must not name, because there is one place for it.
const NOT_NAMED: &[(&str, &[&str])] = &[
    ("proofmark-suite", &["reqwest", "hyper", "tokio", "axum", "rustls", "url"]),
    ("proofmark-runner", &["reqwest", "hyper", "axum", "rustls", "maud"]),
    ("proofmark-cli", &["reqwest", "hyper", "axum", "rustls"]),
    ("proofmark-fixtures", &["oauth2", "rmcp"]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

/// Complains with everything that breaks a law, not only with the first.
fn hold(law: &str, broken: &[String]) {
    assert!(broken.is_empty(), "{law}\n  {}", broken.join("\n  "));
}

/// The Rust sources below a folder of the workspace: path and text.
fn sources(folder: &str) -> Vec<(String, String)> {
    let (mut folders, mut found) = (vec![root().join(folder)], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of the workspace") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let name =
                    path.strip_prefix(root()).expect("within the workspace").to_string_lossy().replace('\\', "/");
                found.push((name, std::fs::read_to_string(&path).expect("a source")));
            }
        }
    }
    found.sort();
    found
}

/// The ids of the literals of a type in a source.
fn ids<'a>(source: &'a str, kind: &str) -> Vec<&'a str> {
    let literal = format!(": {kind} = {kind} {{");
    let after = source.split(literal.as_str()).skip(1);
    after.filter_map(|rest| rest.split_once("id: \"")?.1.split('"').next()).collect()
}

fn catalogue() -> Catalogue {
    proofmark_suite::catalogue()
}

/// Lower-case words joined by hyphens.
fn is_kebab(text: &str) -> bool {
    text.split('-').all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
}

fn repeated<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    names.filter(|name| !seen.insert(*name)).map(ToOwned::to_owned).collect()
}

// The crate graph.

fn metadata() -> serde_json::Value {
    let output = std::process::Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON")
}

/// Package → the names it depends on: all of them, and those of kind `normal` alone.
fn named() -> BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)> {
    let metadata = metadata();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let packages = metadata["packages"].as_array().expect("packages");
    packages
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"].as_array().expect("dependencies");
            let all = dependencies.iter().map(|d| text(&d["name"])).collect();
            let normal = dependencies.iter().filter(|d| d["kind"].is_null()).map(|d| text(&d["name"])).collect();
            (text(&package["name"]), (all, normal))
        })
        .collect()
}

#[test]
fn the_crates_know_only_what_they_may() {
    let named = named();
    let known: Vec<_> = named.keys().map(String::as_str).collect();
    let mut allowed: Vec<_> = ARROWS.iter().map(|(name, _)| *name).collect();
    allowed.sort_unstable();
    assert_eq!(known, allowed, "a new package needs its row in ARROWS and in the design");
    let mut broken = Vec::new();
    for (package, may) in ARROWS {
        let ours = named[*package].0.iter().filter(|name| name.starts_with("proofmark"));
        broken.extend(ours.filter(|n| !may.contains(&n.as_str())).map(|n| format!("{package} names {n}")));
    }
    for (package, never) in NOT_NAMED {
        broken.extend(never.iter().filter(|n| named[*package].0.contains(**n)).map(|n| format!("{package} names {n}")));
    }
    hold("the arrows of design §4", &broken);
}

#[test]
fn what_must_stay_out_of_reach_does() {
    let lock: toml::Table = std::fs::read_to_string(root().join("Cargo.lock")).expect("a lock").parse().expect("TOML");
    let mut locked: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in lock["package"].as_array().expect("packages") {
        let needs = package.get("dependencies").and_then(|d| d.as_array()).into_iter().flatten();
        let needs = needs.filter_map(|d| d.as_str()?.split(' ').next());
        locked.entry(package["name"].as_str().expect("a name")).or_default().extend(needs);
    }
    let named = named();
    let mut broken = Vec::new();
    for (package, never) in OUT_OF_REACH {
        let mut reached = BTreeSet::new();
        // The lock knows no kinds: what ours need for their tests alone is left out by starting from the manifest.
        let mut next: Vec<&str> = named[*package].1.iter().map(String::as_str).collect();
        while let Some(name) = next.pop() {
            if reached.insert(name) {
                match named.get(name) {
                    Some((_, normal)) => next.extend(normal.iter().map(String::as_str)),
                    None => next.extend(locked.get(name).into_iter().flatten()),
                }
            }
        }
        broken.extend(never.iter().filter(|n| reached.contains(**n)).map(|n| format!("{package} reaches {n}")));
    }
    hold("what must stay out of reach", &broken);
}

#[test]
fn no_file_is_longer_than_a_person_reads() {
    let folders = ["suite/src", "harness", "reports/src", "fixtures/src", "tests/src", "tests/tests"];
    let files = folders.into_iter().flat_map(sources);
    let long = files.filter(|(name, text)| text.lines().count() > MOST_LINES && !TABLES.contains(&name.as_str()));
    let long: Vec<_> = long.map(|(name, text)| format!("{name}: {} lines", text.lines().count())).collect();
    hold("no file is longer than 400 lines", &long);
}

// The cases.

#[test]
fn ids_of_cases_are_unique_and_well_formed() {
    let catalogue = catalogue();
    let mut broken = repeated(catalogue.cases().iter().map(|c| c.id));
    for case in catalogue.cases() {
        let parts: Vec<_> = case.id.split('.').collect();
        let lawful = matches!(parts[..], ["as" | "rs" | "mcp", topic, claim] if is_kebab(topic) && is_kebab(claim));
        if !lawful {
            broken.push(format!("{} is not role.topic.claim", case.id));
        }
    }
    hold("ids of cases", &broken);
}

#[test]
fn a_title_is_one_claim() {
    let mut broken = Vec::new();
    for case in catalogue().cases() {
        let title = case.title;
        let words: Vec<_> = title.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase).collect();
        let complaints = [
            (title.is_empty() || title.trim() != title, "is empty or has blanks around it"),
            (title.chars().count() > 90, "is longer than 90 characters"),
            (title.ends_with(['.', '!', '?', ':']), "ends like a sentence of many"),
            (!title.starts_with(char::is_uppercase), "does not begin like a sentence"),
            (words.iter().any(|w| matches!(w.as_str(), "must" | "should" | "shall")), "demands instead of claiming"),
        ];
        broken
            .extend(complaints.iter().filter(|(is, _)| *is).map(|(_, why)| format!("{}: \"{title}\" {why}", case.id)));
    }
    hold("a title is one claim in the present tense", &broken);
}

#[test]
fn a_case_says_why_and_covers_something() {
    let mut broken = Vec::new();
    for case in catalogue().cases() {
        if case.why.trim().is_empty() || !case.why.ends_with(['.', '?', '!']) {
            broken.push(format!("{} does not say why in a sentence", case.id));
        }
        if case.covers.is_empty() {
            broken.push(format!("{} covers no requirement", case.id));
        }
        broken.extend(
            repeated(case.covers.iter().map(|r| r.id)).into_iter().map(|r| format!("{} covers {r} twice", case.id)),
        );
    }
    hold("a case says why and covers something", &broken);
}

#[test]
fn controls_are_in_the_catalogue_and_form_no_cycle() {
    let catalogue = catalogue();
    let mut broken = Vec::new();
    for case in catalogue.cases() {
        let mut chain: Vec<&Case> = vec![case];
        while let Some(control) = chain.last().and_then(|c| c.control) {
            if catalogue.find(control.id).is_none_or(|listed| !std::ptr::eq(listed, control)) {
                broken.push(format!("{} is controlled by {}, which is not listed", case.id, control.id));
                break;
            }
            if chain.iter().any(|c| c.id == control.id) {
                broken.push(format!("{} controls itself", control.id));
                break;
            }
            chain.push(control);
        }
    }
    hold("controls", &broken);
}

/// Cases that use the very token first which they see refused in the end.
const OWN_CONTROL: &[&str] = &["rs.lifetime.expired-refused"];

#[test]
fn a_refusal_has_a_control() {
    let catalogue = catalogue();
    let refuses = |title: &str| {
        let title = title.to_lowercase();
        ["refused", "rejected", "not accepted", "not let ", "not honoured", "not redeemed"]
            .iter()
            .any(|w| title.contains(w))
    };
    let alone = catalogue.cases().iter().filter(|c| refuses(c.title) && c.control.is_none());
    let alone = alone.filter(|c| !OWN_CONTROL.contains(&c.id));
    let alone: Vec<_> = alone.map(|c| format!("{}: {}", c.id, c.title)).collect();
    hold("a refusal counts only beside its control", &alone);
}

#[test]
fn every_case_is_listed_and_stands_where_its_id_says() {
    let catalogue = catalogue();
    let listed: BTreeSet<_> = catalogue.cases().iter().map(|c| c.id).collect();
    let (mut broken, mut written) = (Vec::new(), 0);
    for (name, text) in sources("suite/src") {
        for id in ids(&text, "Case") {
            written += 1;
            if !listed.contains(id) {
                broken.push(format!("{id} of {name} is not in the catalogue"));
            }
            let place = name.trim_start_matches("suite/src/").trim_end_matches(".rs").replace('_', "-");
            let mut folders = place.split('/');
            let role = match folders.next() {
                Some("authorization") => "as",
                Some("resource") => "rs",
                Some("discovery") => "mcp",
                _ => "nobody",
            };
            let home = format!("{role}.{}.", folders.next().unwrap_or_default());
            if !id.starts_with(&home) {
                broken.push(format!("{id} stands in {name}, where ids begin with {home}"));
            }
        }
    }
    hold("every case is listed and stands where its id says", &broken);
    assert_eq!(written, catalogue.cases().len(), "each case of the catalogue is a literal of the suite");
}

// The requirements.

#[test]
fn ids_of_requirements_are_unique_and_well_formed() {
    let catalogue = catalogue();
    let all: Vec<&Requirement> = catalogue.cases().iter().flat_map(|c| c.covers).copied().collect();
    let mut places: BTreeMap<&str, &Requirement> = BTreeMap::new();
    let mut broken = Vec::new();
    for requirement in all {
        let first = places.entry(requirement.id).or_insert(requirement);
        if !std::ptr::eq(*first, requirement) && first.rule != requirement.rule {
            broken.push(format!("{} is two requirements", requirement.id));
        }
        let parts: Vec<_> = requirement.id.split('.').collect();
        if parts.len() < 3 || !parts.iter().all(|p| is_kebab(p)) {
            broken.push(format!("{} is not document.topic.claim", requirement.id));
        }
    }
    hold("ids of requirements", &broken);
}

#[test]
fn a_requirement_says_everything_a_reader_needs() {
    let mut broken = Vec::new();
    for requirement in catalogue().requirements() {
        let Requirement { id, rule, advice, source, answers, force, .. } = requirement;
        let sentence = |text: &str| text.starts_with(char::is_uppercase) && text.ends_with(['.', ')']);
        let is_answer = |a: &str| {
            let numbered = a.split_once('-').is_some_and(|(area, number)| {
                area.bytes().all(|b| b.is_ascii_uppercase())
                    && !number.is_empty()
                    && number.bytes().all(|b| b.is_ascii_digit())
            });
            numbered || (a.contains('-') && is_kebab(a))
        };
        let complaints = [
            (!sentence(rule), "has no rule in a sentence"),
            (!sentence(advice), "has no advice in a sentence"),
            (source.doc.name.is_empty() || source.section.is_empty(), "has no source"),
            (!source.doc.url.starts_with("https://"), "has a source that cannot be read"),
            (answers.is_empty(), "answers nothing"),
            (!answers.iter().all(|a| is_answer(a)), "answers something that is no id of the catalogues"),
            (!repeated(answers.iter().copied()).is_empty(), "answers something twice"),
            (force.is_empty(), "has no force"),
        ];
        broken.extend(complaints.iter().filter(|(is, _)| *is).map(|(_, why)| format!("{id} {why}")));
    }
    hold("a requirement says everything a reader needs", &broken);
}

#[test]
fn the_force_of_a_requirement_is_in_order_and_does_not_overlap() {
    let mut broken = Vec::new();
    for requirement in catalogue().requirements() {
        for row in requirement.force {
            if row.until.is_some_and(|until| until < row.from) {
                broken.push(format!("{}: a row ends at {:?} before it begins", requirement.id, row.until));
            }
        }
        for pair in requirement.force.windows(2) {
            if pair[0].until.is_none_or(|until| until >= pair[1].from) {
                broken.push(format!("{}: the rows from {} and {} overlap", requirement.id, pair[0].from, pair[1].from));
            }
        }
    }
    hold("rows of force", &broken);
}

#[test]
fn every_requirement_of_the_register_is_judged() {
    let catalogue = catalogue();
    let judged: BTreeSet<_> = catalogue.requirements().into_iter().map(|r| r.id).collect();
    let (mut idle, mut written) = (Vec::new(), BTreeSet::new());
    for (name, text) in sources("suite/src") {
        for id in ids(&text, "Requirement") {
            if !written.insert(id.to_owned()) {
                idle.push(format!("{id} of {name} stands elsewhere, too"));
            }
            if !judged.contains(id) {
                idle.push(format!("{id} of {name} is covered by no case"));
            }
        }
    }
    hold("every requirement of the register is judged", &idle);
    assert_eq!(written.len(), judged.len(), "each requirement is a literal of the register");
}
