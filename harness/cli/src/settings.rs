//! Settings out of the command line, the configuration and the environment, in this order of precedence.

use std::time::Duration;

use proofmark_model::Revision;
use proofmark_probe::settings::{GivenClient, PageRule, ScopeSettings, Settings, Timing};

use crate::args::{Choice, Login, RunArgs};
use crate::config::{ClientConfig, Config, LoginConfig, ScopeConfig, TimingConfig};
use crate::error::Error;

/// How many cases send requests at the same time unless the user says otherwise.
const JOBS: u16 = 8;

/// The settings of a run, and the revision that the user asked for.
pub(crate) fn settings(args: &RunArgs, config: Config) -> Result<(Settings, Option<Revision>), Error> {
    let (url_name, url) = match (&args.url, config.url) {
        (Some(url), _) => ("the target", url.clone()),
        (None, Some(url)) => ("`url` in the configuration", url),
        (None, None) => return Err(Error::NoTarget),
    };
    check_url(url_name, &url)?;
    let (issuer_name, issuer) = match &args.issuer {
        Some(issuer) => ("--issuer", Some(issuer.clone())),
        None => ("`issuer` in the configuration", config.issuer),
    };
    if let Some(issuer) = &issuer {
        check_url(issuer_name, issuer)?;
    }
    let spec = match &args.choice.spec {
        Some(text) => spec("--spec", Some(text))?,
        None => spec("`spec` in the configuration", config.spec.as_deref())?,
    };
    let (username, password) = credentials(&config.login, args.login)?;
    let (pages, secrets) = pages(&config.login)?;
    let settings = Settings {
        mcp_url: url,
        issuer,
        client: match &args.client_id {
            Some(id) => Some(client_of_flags(args, id)?),
            None => config.client.map(|c| client_of_config(c, "[client]")).transpose()?,
        },
        second_client: config.second_client.map(|c| client_of_config(c, "[second_client]")).transpose()?,
        username,
        password,
        secrets,
        pages,
        login_hosts: config.login.origins,
        authorization_params: config.authorization.into_iter().collect(),
        scopes: scopes(config.scopes, &args.scopes),
        timing: timing(&config.timing, &args.choice)?,
        jobs: usize::from(args.choice.jobs.or(config.jobs).unwrap_or(JOBS).max(1)),
        seed: seed(&args.choice),
    };
    Ok((settings, spec))
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
pub(crate) fn timing(config: &TimingConfig, choice: &Choice) -> Result<Timing, Error> {
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
        max_wait: either("--max-wait", choice.max_wait, "max_wait", config.max_wait, plain.max_wait)?,
        prompt: seconds(&configuration("prompt"), config.prompt, plain.prompt)?,
        leeway: seconds(&configuration("leeway"), config.leeway, plain.leeway)?,
        refresh_grace: seconds(&configuration("refresh_grace"), config.refresh_grace, plain.refresh_grace)?,
        later: seconds(&configuration("later"), config.later, plain.later)?,
        code_lifetime: seconds(&configuration("code_lifetime"), config.code_lifetime, plain.code_lifetime)?,
        request: either("--timeout", choice.timeout, "request", config.request, plain.request)?,
    };
    if timing.request.is_zero() {
        let name = if choice.timeout.is_some() { "--timeout".to_owned() } else { configuration("request") };
        return Err(bad(&name, "a request needs some time".into()));
    }
    Ok(timing)
}

/// A key of `[timing]` as messages name it.
fn configuration(key: &str) -> String {
    format!("`{key}` of [timing] in the configuration")
}

fn check_url(name: &str, text: &str) -> Result<(), Error> {
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

fn variable(name: &str, by: &str) -> Result<String, Error> {
    match std::env::var(name) {
        Ok(value) if !value.is_empty() => Ok(value),
        _ => Err(Error::MissingVariable { variable: name.into(), by: by.into() }),
    }
}

fn client(
    id: &str,
    secret: Option<String>,
    auth: Option<&str>,
    redirect_uris: Vec<String>,
    (by, auth_name): (&str, &str),
) -> Result<GivenClient, Error> {
    let auth = auth.map(str::parse).transpose().map_err(|what| Error::BadValue {
        name: auth_name.to_owned(),
        what,
        help: None,
    })?;
    if redirect_uris.is_empty() {
        return Err(Error::BadValue {
            name: by.to_owned(),
            what: format!("the client {id} needs a redirect URI"),
            help: Some(
                "name one that is registered for it, exactly as registered (--redirect-uri, or redirect_uris)".into(),
            ),
        });
    }
    Ok(GivenClient { id: id.to_owned(), secret, auth, redirect_uris })
}

fn client_of_flags(args: &RunArgs, id: &str) -> Result<GivenClient, Error> {
    let secret = args.client_secret_env.as_deref().map(|v| variable(v, "--client-secret-env")).transpose()?;
    client(id, secret, args.client_auth.as_deref(), args.redirect_uris.clone(), ("--client-id", "--client-auth"))
}

fn client_of_config(config: ClientConfig, section: &str) -> Result<GivenClient, Error> {
    let by = format!("{section} in the configuration");
    let secret = config.secret_env.as_deref().map(|v| variable(v, &format!("secret_env of {section}"))).transpose()?;
    client(&config.id, secret, config.auth.as_deref(), config.redirect_uris, (&by, &format!("`auth` of {by}")))
}

/// The user name and password. A variable that the configuration names must be set; the usual ones may be.
fn credentials(login: &LoginConfig, how: Login) -> Result<(Option<String>, Option<String>), Error> {
    if how == Login::Auto {
        return Ok((None, None));
    }
    let pick = |named: &Option<String>, key: &str, usual: &str| match named {
        Some(name) => variable(name, &format!("{key} of [login]")).map(Some),
        None => Ok(std::env::var(usual).ok().filter(|v| !v.is_empty())),
    };
    Ok((
        pick(&login.username_env, "username_env", "PROOFMARK_USERNAME")?,
        pick(&login.password_env, "password_env", "PROOFMARK_PASSWORD")?,
    ))
}

/// The rules for pages, and the values in them that come from the environment.
fn pages(login: &LoginConfig) -> Result<(Vec<PageRule>, Vec<String>), Error> {
    let mut secrets = Vec::new();
    let mut value = |text: &str| match text.strip_prefix('$') {
        Some(name) => variable(name, "fill of a [[login.page]]").inspect(|value| secrets.push(value.clone())),
        None => Ok(text.to_owned()),
    };
    let mut rules = Vec::new();
    for page in &login.page {
        let fill: Result<Vec<_>, Error> =
            page.fill.iter().map(|(name, text)| Ok((name.clone(), value(text)?))).collect();
        rules.push(PageRule { url: page.url.clone(), fill: fill?, press: page.press.clone() });
    }
    Ok((rules, secrets))
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
