//! The written configuration is read back.

use proofmark_model::Revision;
use proofmark_probe::profile::{Endpoints, Scopes};
use serde_json::json;

use super::*;
use crate::config::Config;

/// A target that offers everything, or nothing.
fn profile(rich: bool) -> Profile {
    let metadata = json!({
        "client_id_metadata_document_supported": true,
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "scopes_supported": ["offline_access"],
    });
    let endpoints = Endpoints {
        authorization: "https://as.example.test/authorize".into(),
        token: "https://as.example.test/token".into(),
        ..Endpoints::default()
    };
    Profile {
        mcp_url: "https://h.example.test/mcp".into(),
        revision: Revision::NEWEST,
        spoken: vec![],
        protected_method: None,
        challenge: None,
        resource_metadata: vec![],
        resource: None,
        server_metadata: vec![],
        issuer: "https://as.example.test".into(),
        metadata: if rich { metadata } else { Value::Null },
        endpoints: if rich { endpoints } else { Endpoints::default() },
        scopes: Scopes {
            all: if rich { vec!["mcp:write".into(), "mcp:read".into()] } else { vec![] },
            ..Scopes::default()
        },
        read_tool: None,
        write_tool: None,
    }
}

fn written(profile: &Profile, settings: &Settings) -> String {
    let args = NetworkArgs::default();
    text(&Subject { args: &args, settings, profile, folder: Path::new(""), schema: Some(Path::new("s.json")) })
}

fn of(profile: &Profile) -> Settings {
    Settings { mcp_url: profile.mcp_url.clone(), ..Settings::default() }
}

/// The text with everything taken in that it offers.
fn taken_in(text: &str) -> String {
    let offered = |line: &str| line.starts_with(|c: char| c == '[' || c.is_ascii_lowercase());
    text.lines().map(|line| line.strip_prefix('#').filter(|l| offered(l)).unwrap_or(line).to_owned() + "\n").collect()
}

#[test]
fn whatever_was_found_it_parses_as_it_is_and_with_all_that_it_offers() {
    for rich in [true, false] {
        for registration in [None, Some("https://as.example.test/register".to_owned())] {
            let mut profile = profile(rich);
            profile.endpoints.registration = registration;
            for as_only in [true, false] {
                let settings = if as_only { Settings::default() } else { of(&profile) };
                let text = written(&profile, &settings);
                for text in [taken_in(&text), text] {
                    let parsed = toml::from_str::<Config>(&text);
                    assert!(parsed.is_ok(), "{text}\n{parsed:?}");
                    let parsed = parsed.expect("it was");
                    assert_eq!(parsed.as_only, as_only);
                    assert_eq!(parsed.url.is_none(), as_only);
                }
            }
        }
    }
}

#[test]
fn it_says_which_ways_to_a_client_are_open() {
    let mut found = profile(true);
    let text = written(&found, &of(&found));
    assert!(text.contains("Offered: Client ID Metadata Documents. The server must be able"), "{text}");
    assert!(text.contains("#[clients.second]") && text.contains("#[clients.machine]"), "{text}");
    found.endpoints.registration = Some("https://as.example.test/register".into());
    let text = written(&found, &of(&found));
    assert!(text.contains("dynamic registration, at https://as.example.test/register"), "{text}");
    assert!(text.contains("#[clients.public]") && !text.contains("#[clients.second]"), "{text}");
    let found = profile(false);
    let text = written(&found, &of(&found));
    assert!(text.contains("register these clients by hand") && text.contains(PUBLISHED_LOOPBACK), "{text}");
    assert!(!text.contains("#[clients.machine]") && !text.contains("#[client_documents]"), "{text}");
}

#[test]
fn scopes_are_guessed_by_their_names() {
    let all = |scopes: &[&str]| scopes.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
    let guessed = |scopes: &[&str]| {
        let all = all(scopes);
        let (read, write) = guess(&all);
        (read.cloned(), write.cloned())
    };
    assert_eq!(guessed(&["mcp:write", "mcp:read"]), (Some("mcp:read".into()), Some("mcp:write".into())));
    assert_eq!(guessed(&["a", "b"]), (Some("a".into()), Some("b".into())));
    assert_eq!(guessed(&["mcp"]), (Some("mcp".into()), None));
    assert_eq!(guessed(&["publish", "b", "c"]), (Some("publish".into()), Some("b".into())));
}

#[test]
fn what_it_took_to_reach_the_target_is_kept_without_its_secrets() {
    let profile = profile(true);
    let args = NetworkArgs {
        ca: Some("ca.pem".into()),
        proxy: Some("http://u:hunter2@p:1".into()),
        resolve: vec!["h:443:127.0.0.1".into()],
        headers: vec!["X-Gate: hunter2".into()],
        pace: Some(2.0),
        ..NetworkArgs::default()
    };
    let place = crate::args::Place { url: Some(profile.mcp_url.clone()), issuer: None, as_only: None };
    let plain = NetworkArgs { ca: None, ..args.clone() };
    let settings = crate::settings::reach(&place, &plain, None).expect("right settings");
    let subject =
        Subject { args: &args, settings: &settings, profile: &profile, folder: Path::new("/else"), schema: None };
    let text = text(&subject);
    let config: Config = toml::from_str(&text).expect(&text);
    assert!(!text.contains("hunter2"), "{text}");
    assert!(config.network.ca.is_some_and(|path| path.is_absolute()), "the configuration is in another folder");
    assert_eq!((config.network.resolve, config.network.pace), (vec!["h:443:127.0.0.1".into()], Some(2.0)));
    assert_eq!(config.network.header.len(), 1);
}
