//! The configuration that fits what discovery found.

use std::path::Path;

use proofmark_probe::documents::PUBLISHED_LOOPBACK;
use proofmark_probe::profile::Profile;
use proofmark_probe::settings::{NetworkSettings, Settings};
use serde_json::Value;

use super::page::{Page, env, list, quoted};
use crate::args::NetworkArgs;
use crate::settings::has_credentials;

/// A redirect URI to register for a web client. It is read, never visited; nothing resolves the name (RFC 6761 §6.4).
const WEB: &str = "https://client.example.test/cb";

/// What the text depends on.
pub(super) struct Subject<'a> {
    /// How the target was reached.
    pub(super) args: &'a NetworkArgs,
    /// The same, as it was understood.
    pub(super) settings: &'a Settings,
    /// What was found.
    pub(super) profile: &'a Profile,
    /// The folder of the configuration.
    pub(super) folder: &'a Path,
    /// The path of the JSON Schema, for editors.
    pub(super) schema: Option<&'a Path>,
}

/// The configuration for a target.
pub(super) fn text(subject: &Subject<'_>) -> String {
    let Subject { settings, profile, .. } = *subject;
    let mut page = Page::default();
    if let Some(path) = subject.schema {
        let path = beside(path, subject.folder);
        let here = if Path::new(&path).is_absolute() { "" } else { "./" };
        page.table(&format!("#:schema {here}{}", path.replace(char::is_control, "")));
    }
    let target = if settings.mcp_url.is_empty() { &profile.issuer } else { &settings.mcp_url };
    page.say(&format!("Proofmark's configuration for {target}, by `proofmark init` from what discovery found."));
    page.say("Take the # off a line, and off its [section], to set it. `proofmark doctor` says what is missing still.");
    page.say(
        "A secret never stands here, only where it is: { env = \"NAME\" }, { file = \"…\" } or { command = \"…\" }.",
    );
    page.gap();
    place(&mut page, settings, profile);
    page.chapter("Client");
    client(&mut page, profile);
    page.chapter("Sign-in");
    sign_in(&mut page);
    page.chapter("Scopes and tools");
    scopes(&mut page, profile);
    network(&mut page, subject.args, settings, subject.folder);
    page.end()
}

fn place(page: &mut Page, settings: &Settings, profile: &Profile) {
    if settings.mcp_url.is_empty() {
        page.say("This authorization server is tested alone, without an MCP server.");
        page.set("as_only", "true");
        page.set("issuer", &quoted(&profile.issuer));
    } else {
        page.say("The MCP endpoint.");
        page.set("url", &quoted(&settings.mcp_url));
        match &settings.issuer {
            Some(issuer) => {
                page.say("The authorization server, as you named it.");
                page.set("issuer", &quoted(issuer));
            }
            None if has_server(profile) => {
                page.say("The authorization server as it was found; set it only to test another.");
                page.offer("issuer", &quoted(&profile.issuer));
            }
            None => {
                page.say("No authorization server was found. If there is one, name its issuer.");
                page.offer("issuer", &quoted("https://as.example.com"));
            }
        }
    }
    page.say("The MCP revision to test at, instead of the newest that the server speaks.");
    page.offer("spec", &quoted(profile.revision.as_str()));
}

fn has_server(profile: &Profile) -> bool {
    !profile.endpoints.token.is_empty()
}

fn client(page: &mut Page, profile: &Profile) {
    let documents = profile.metadata.get("client_id_metadata_document_supported") == Some(&Value::Bool(true));
    if let Some(endpoint) = &profile.endpoints.registration {
        page.say(&format!(
            "Offered: dynamic registration, at {endpoint}. Proofmark registers its own clients, and removes them where \
             the server lets it. Nothing is to be set, unless the server wants more than it says:"
        ));
        page.offer_table("[registration]");
        page.offer("initial_access_token", &env("PROOFMARK_INITIAL_ACCESS_TOKEN"));
        page.offer("metadata", "{ contacts = [\"you@example.com\"] }");
        page.gap();
    }
    if documents {
        let reach = if profile.is_loopback() {
            "The server is on this machine and can fetch Proofmark's without more."
        } else {
            "The server must be able to fetch Proofmark's: under a URL that leads to this machine, or published by you \
             (`proofmark client-metadata`)."
        };
        page.say(&format!("Offered: Client ID Metadata Documents. {reach}"));
        page.offer_table("[client_documents]");
        page.offer("base_url", &quoted("https://tunnel.example.com"));
        page.offer("published", &quoted("https://www.example.com/proofmark/"));
        page.gap();
    }
    let needed = profile.endpoints.registration.is_none();
    if needed && !documents {
        page.say("The authorization server offers no way to register by itself: register these clients by hand.");
    } else if needed {
        page.say("Dynamic registration is not offered. Clients registered by hand come first where they are named:");
    } else {
        page.say("A client that is registered already comes first where it is named:");
    }
    page.say("A public client (native, no secret, authorization code and refresh token), with its redirect URIs.");
    page.offer_table("[clients.public]");
    page.offer("id", &quoted("proofmark"));
    page.offer("redirect_uris", &list([PUBLISHED_LOOPBACK]));
    if !needed {
        return;
    }
    page.say("Another like it, for cases that show that one client cannot use what belongs to another.");
    page.offer_table("[clients.second]");
    page.offer("id", &quoted("proofmark-second"));
    page.offer("redirect_uris", &list([PUBLISHED_LOOPBACK]));
    page.say("A client with a secret, for cases about client authentication.");
    page.offer_table("[clients.confidential]");
    page.offer("id", &quoted("proofmark-confidential"));
    page.offer("secret", &env("PROOFMARK_CLIENT_SECRET"));
    page.offer("redirect_uris", &list([WEB]));
    if profile.metadata_lists("grant_types_supported", "client_credentials") == Some(true) {
        page.say("A client with the client credentials grant, which the server offers.");
        page.offer_table("[clients.machine]");
        page.offer("id", &quoted("proofmark-machine"));
        page.offer("secret", &env("PROOFMARK_MACHINE_SECRET"));
    }
}

fn sign_in(page: &mut Page) {
    page.say("The test user. The variables PROOFMARK_USERNAME and PROOFMARK_PASSWORD do as well.");
    page.offer_table("[users.first]");
    page.offer("name", &quoted("alice"));
    page.offer("password", &env("PROOFMARK_PASSWORD"));
    page.say("The seed of one-time passwords, if the sign-in asks for them.");
    page.offer("totp", &env("PROOFMARK_TOTP"));
    page.say("Another user, for cases that show that one user cannot use what belongs to another.");
    page.offer_table("[users.second]");
    page.offer("name", &quoted("bob"));
    page.offer("password", &env("PROOFMARK_SECOND_PASSWORD"));
    page.gap();
    page.offer_table("[login]");
    page.say("The ways to sign in, in the order to try. By default all that can be taken.");
    page.offer("ways", &list(["auto", "form", "browser"]));
    page.say("Other origins that belong to the sign-in, such as an identity provider's.");
    page.offer("origins", &list(["https://idp.example.com"]));
    page.say("A rule for a page that is not got past; fill, click, wait, deny and optional say what to do there.");
    page.offer_table("[[login.step]]");
    page.offer("url", &quoted("*/consent"));
    page.offer("click", &quoted("Allow"));
    page.gap();
    page.say("Tokens that you have already: with an access token the MCP server is tested without signing in.");
    page.offer_table("[tokens]");
    page.offer("access", &env("PROOFMARK_ACCESS_TOKEN"));
}

fn scopes(page: &mut Page, profile: &Profile) {
    let all = &profile.scopes.all;
    let offline = profile.metadata_lists("scopes_supported", "offline_access") == Some(true);
    if all.is_empty() {
        page.say("The target names no scopes. If it has some, name them, and the tools that need them.");
        page.offer_table("[scopes]");
        page.offer("read", &quoted("read"));
        page.offer("write", &quoted("write"));
    } else {
        page.say(&format!("Found: {}.", all.join(" ")));
        page.table("[scopes]");
        let (read, write) = guess(all);
        if let Some(read) = read {
            page.say("A scope that lets a client read. This is a guess by the names.");
            page.set("read", &quoted(read));
        }
        match write {
            Some(write) => {
                page.say("A scope that allows more. This is a guess by the names.");
                page.set("write", &quoted(write));
            }
            None => {
                page.say("A scope that allows more, if there is one.");
                page.offer("write", &quoted("write"));
            }
        }
    }
    page.say("A harmless tool, and a tool that needs the write scope; `proofmark doctor` lists the tools.");
    page.offer("read_tool", &quoted("get_something"));
    page.offer("write_tool", &quoted("change_something"));
    page.offer("write_arguments", "{ text = \"proofmark\" }");
    if offline {
        let more = all.iter().map(String::as_str).chain(["offline_access"]);
        page.say("The server has offline_access: refresh tokens may need it, and the user's consent each time.");
        page.offer("all", &list(more));
        page.offer_table("[authorization]");
        page.offer("prompt", &quoted("consent"));
    }
}

/// Which scope reads and which allows more, by their names; else the first and the second.
fn guess(all: &[String]) -> (Option<&String>, Option<&String>) {
    let says = |scope: &str, words: &[&str]| {
        let scope = scope.to_ascii_lowercase();
        words.iter().any(|word| scope.contains(word))
    };
    let read = all.iter().find(|s| says(s, &["read", "view", "list", "get"])).or(all.first());
    let others = || all.iter().filter(|s| Some(*s) != read);
    let write =
        others().find(|s| says(s, &["write", "edit", "create", "update", "publish", "admin"])).or(others().next());
    (read, write)
}

/// What it took to reach the target.
fn network(page: &mut Page, args: &NetworkArgs, settings: &Settings, folder: &Path) {
    let reach = &settings.network;
    if *reach == NetworkSettings::default() {
        return;
    }
    page.chapter("Network");
    page.say("What it took to reach the target.");
    let mut keys = Vec::new();
    for (key, path) in [("ca", &args.ca), ("certificate", &args.cert)] {
        keys.extend(path.as_ref().map(|path| (key, quoted(&beside(path, folder)))));
    }
    match &reach.proxy {
        Some(proxy) if has_credentials(proxy) => page.say("A proxy with credentials cannot stand here: use --proxy."),
        Some(proxy) => keys.push(("proxy", quoted(proxy))),
        None => {}
    }
    if !reach.resolve.is_empty() {
        let places = reach.resolve.iter().map(|(host, at)| format!("{host}:{}:{}", at.port(), at.ip()));
        keys.push(("resolve", list(places)));
    }
    if reach.http2 {
        keys.push(("http2", "true".into()));
    }
    keys.extend(reach.pace.map(|pace| ("pace", format!("{pace:?}"))));
    if !keys.is_empty() {
        page.table("[network]");
    }
    for (key, value) in keys {
        page.set(key, &value);
    }
    for header in &reach.headers {
        page.table("[[network.header]]");
        page.set("name", &quoted(&header.name));
        page.set("value", &env(&variable(&header.name)));
    }
}

/// A path as a configuration in `folder` must name it.
fn beside(path: &Path, folder: &Path) -> String {
    let path = if folder.as_os_str().is_empty() { Ok(path.to_owned()) } else { std::path::absolute(path) };
    path.unwrap_or_default().to_string_lossy().into_owned()
}

/// The variable that holds the value of a header.
pub(super) fn variable(header: &str) -> String {
    let name: String = header.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    format!("PROOFMARK_HEADER_{}", name.to_ascii_uppercase())
}

#[cfg(test)]
mod tests;
