//! Settings out of the command line, the configuration and the environment, in this order of precedence.

pub(crate) mod getting_in;
mod network;

use std::num::NonZero;
use std::time::Duration;

use proofmark_model::Revision;
use proofmark_probe::settings::{ScopeSettings, Settings, Timing};

use crate::args::{Choice, NetworkArgs, Place, TargetArgs};
use crate::config::{Config, ScopeConfig, TimingConfig};
use crate::error::Error;

pub(crate) use getting_in::bad;

/// How many cases send requests at the same time unless the user says otherwise.
const JOBS: u16 = 8;

/// The settings of a run, and the revision that the user asked for.
pub(crate) fn settings(
    args: &TargetArgs,
    choice: &Choice,
    config: Config,
) -> Result<(Settings, Option<Revision>), Error> {
    let (url, issuer) = target(&args.place, &config)?;
    if let Some(resource) = args.resource.as_ref().or(config.resource.as_ref()) {
        check_url(if args.resource.is_some() { "--resource" } else { "`resource` in the configuration" }, resource)?;
    }
    let spec = match &choice.spec {
        Some(text) => spec("--spec", Some(text))?,
        None => spec("`spec` in the configuration", config.spec.as_deref())?,
    };
    let network = network::network(&args.network, &config)?;
    let clients = getting_in::clients(&args.client, &config, network.identity.is_some())?;
    let tokens = getting_in::tokens(&args.login, &config)?;
    let (login, mut secrets) = getting_in::login(&args.login, &config)?;
    secrets.extend(network.proxy.as_deref().and_then(proxy_password));
    let settings = Settings {
        mcp_url: url,
        issuer,
        resource: args.resource.clone().or(config.resource),
        clients,
        login,
        tokens,
        network,
        secrets,
        authorization_params: config.authorization.into_iter().collect(),
        scopes: scopes(config.scopes, &args.scopes),
        timing: timing(&config.timing, choice.max_wait, choice.timeout)?,
        jobs: usize::from(choice.jobs.or(config.jobs.map(NonZero::get)).unwrap_or(JOBS)),
        seed: seed(choice),
    };
    Ok((settings, spec))
}

/// What it takes to find a target: no client, no user, no configuration.
pub(crate) fn reach(place: &Place, network: &NetworkArgs, timeout: Option<f64>) -> Result<Settings, Error> {
    let config = Config::default();
    let (mcp_url, issuer) = target(place, &config)?;
    let network = network::network(network, &config)?;
    Ok(Settings {
        mcp_url,
        issuer,
        secrets: network.proxy.as_deref().and_then(proxy_password).into_iter().collect(),
        network,
        timing: timing(&config.timing, None, timeout)?,
        jobs: 1,
        ..Settings::default()
    })
}

/// The password in the URL of a proxy, as it is written.
fn proxy_password(proxy: &str) -> Option<String> {
    url::Url::parse(proxy).ok()?.password().map(ToOwned::to_owned)
}

/// Whether a URL holds a name or a password.
pub(crate) fn has_credentials(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| !url.username().is_empty() || url.password().is_some())
}

/// The MCP endpoint and the issuer. Without an MCP server the endpoint is empty.
fn target(args: &Place, config: &Config) -> Result<(String, Option<String>), Error> {
    if let Some(issuer) = &args.as_only {
        check_url("--as-only", issuer)?;
        return Ok((String::new(), Some(issuer.clone())));
    }
    let (issuer_name, issuer) = match &args.issuer {
        Some(issuer) => ("--issuer", Some(issuer)),
        None => ("`issuer` in the configuration", config.issuer.as_ref()),
    };
    if let Some(issuer) = issuer {
        check_url(issuer_name, issuer)?;
    }
    let (url_name, url) = match (&args.url, &config.url) {
        (Some(url), _) => ("the target", url),
        (None, _) if config.as_only => {
            let Some(issuer) = issuer else {
                return Err(Error::BadValue {
                    name: "`as_only` in the configuration".into(),
                    what: "it is not said which authorization server".into(),
                    help: Some("name it with `issuer`".into()),
                });
            };
            return Ok((String::new(), Some(issuer.clone())));
        }
        (None, Some(url)) => ("`url` in the configuration", url),
        (None, None) => return Err(Error::NoTarget { command: "run" }),
    };
    check_url(url_name, url)?;
    Ok((url.clone(), issuer.cloned()))
}

/// The revision that a text names; `None` for auto.
pub(crate) fn spec(name: &str, text: Option<&str>) -> Result<Option<Revision>, Error> {
    match text {
        None | Some("auto") => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|e: proofmark_model::UnknownRevision| Error::BadValue {
            name: name.into(),
            what: e.to_string(),
            help: Some("auto takes the newest that the server speaks".into()),
        }),
    }
}

/// The seed that the user named, or one that no other run has.
pub(crate) fn seed(choice: &Choice) -> Vec<u8> {
    choice.seed.as_ref().map_or_else(proofmark_probe::rng::fresh_seed, |seed| seed.clone().into_bytes())
}

/// The waits and limits, flags first.
pub(crate) fn timing(config: &TimingConfig, max_wait: Option<f64>, timeout: Option<f64>) -> Result<Timing, Error> {
    let plain = Timing::default();
    let bad = |name: &str, what: String| Error::BadValue { name: name.to_owned(), what, help: None };
    let seconds = |name: &str, value: Option<f64>, default: Duration| match value {
        None => Ok(default),
        Some(seconds) => {
            Duration::try_from_secs_f64(seconds).map_err(|_| bad(name, format!("{seconds} is no number of seconds")))
        }
    };
    let either = |flag: &str, flagged: Option<f64>, key: &str, configured: Option<f64>, default: Duration| match flagged
    {
        Some(_) => seconds(flag, flagged, default),
        None => seconds(&configuration(key), configured, default),
    };
    let timing = Timing {
        max_wait: either("--max-wait", max_wait, "max_wait", config.max_wait, plain.max_wait)?,
        prompt: seconds(&configuration("prompt"), config.prompt, plain.prompt)?,
        leeway: seconds(&configuration("leeway"), config.leeway, plain.leeway)?,
        refresh_grace: seconds(&configuration("refresh_grace"), config.refresh_grace, plain.refresh_grace)?,
        later: seconds(&configuration("later"), config.later, plain.later)?,
        code_lifetime: seconds(&configuration("code_lifetime"), config.code_lifetime, plain.code_lifetime)?,
        request: either("--timeout", timeout, "request", config.request, plain.request)?,
    };
    if timing.request.is_zero() {
        let name = if timeout.is_some() { "--timeout".to_owned() } else { configuration("request") };
        return Err(bad(&name, "a request needs some time".into()));
    }
    Ok(timing)
}

/// A key of `[timing]` as messages name it.
fn configuration(key: &str) -> String {
    format!("`{key}` of [timing] in the configuration")
}

pub(crate) fn check_url(name: &str, text: &str) -> Result<(), Error> {
    let bad = |why: String| Error::BadUrl { name: name.into(), url: text.into(), why };
    let url = url::Url::parse(text).map_err(|e| match e {
        url::ParseError::RelativeUrlWithoutBase => bad("it has no scheme".into()),
        other => bad(other.to_string()),
    })?;
    match url.scheme() {
        // `localhost:8000/mcp` parses as the scheme `localhost`.
        "http" | "https" if url.host().is_some() => {}
        "http" | "https" => return Err(bad("it has no host".into())),
        scheme if text.contains("://") => return Err(bad(format!("the scheme {scheme}: is not http: or https:"))),
        _ => return Err(bad("it has no scheme".into())),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Error::BadUrl {
            name: name.into(),
            url: url.host_str().unwrap_or("").into(),
            why: "it holds credentials, which would end up in reports".into(),
        });
    }
    if url.fragment().is_some() {
        return Err(bad("it has a fragment, which no server sees".into()));
    }
    Ok(())
}

fn scopes(config: ScopeConfig, flags: &[String]) -> ScopeSettings {
    ScopeSettings {
        all: if flags.is_empty() { config.all } else { flags.to_vec() },
        read: config.read,
        write: config.write,
        read_tool: config.read_tool,
        write_tool: config.write_tool,
        read_arguments: config.read_arguments,
        write_arguments: config.write_arguments,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(url: &str) -> String {
        check_url("the target", url).expect_err("a bad URL").to_string()
    }

    #[test]
    fn bad_urls_are_explained() {
        assert!(why("localhost:8000/mcp").contains("no scheme"));
        assert!(why("staging.example.com/mcp").contains("no scheme"));
        assert!(why("ftp://h/mcp").contains("ftp"));
        assert!(why("https://").contains("host"));
        let secret = why("https://user:hunter2@h/mcp");
        assert!(!secret.contains("hunter2"), "{secret}");
        assert!(check_url("the target", "http://127.0.0.1:8000/mcp").is_ok());
    }

    #[test]
    fn auto_is_no_revision_and_a_typing_error_names_the_known_ones() {
        assert!(matches!(spec("--spec", Some("auto")), Ok(None)));
        assert!(spec("--spec", Some("2025-03-27")).expect_err("unknown").to_string().contains("2025-03-26"));
    }

    #[test]
    fn two_runs_do_not_share_a_seed() {
        let choice =
            Choice { spec: None, only: vec![], skip: vec![], jobs: None, max_wait: None, timeout: None, seed: None };
        assert_ne!(seed(&choice), seed(&choice));
    }
}
