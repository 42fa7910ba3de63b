//! Clients, users, tokens and the ways to sign in.

use std::io::IsTerminal as _;
use std::path::Path;

use proofmark_probe::keys::SigningKey;
use proofmark_probe::login::{check_cookies, totp_key};
use proofmark_probe::settings::{
    BrowserSettings, ClientSettings, DocumentSettings, GivenClient, GivenClients, GivenTokens, LoginSettings,
    LoginStep, RegistrationSettings, Rung, User, Way,
};

use crate::args::{ClientArgs, LoginArgs};
use crate::config::{ClientConfig, Config, DocumentsConfig, Secret, StepConfig, Typed, UserConfig, variable};
use crate::error::Error;

/// The variables of the user when the configuration names none.
const USERNAME: &str = "PROOFMARK_USERNAME";
const PASSWORD: &str = "PROOFMARK_PASSWORD";
const TOTP: &str = "PROOFMARK_TOTP";

/// How a client comes about. `mutual_tls` says whether there is a certificate to authenticate with.
pub(super) fn clients(args: &ClientArgs, config: &Config, mutual_tls: bool) -> Result<ClientSettings, Error> {
    let folder = &config.folder;
    let given = |client: &Option<ClientConfig>, role: &str| {
        client.as_ref().map(|client| of_config(client, role, folder, mutual_tls)).transpose()
    };
    let sections = &config.clients;
    let mut clients = GivenClients {
        public: given(&sections.public, "public")?,
        confidential: given(&sections.confidential, "confidential")?,
        machine: given(&sections.machine, "machine")?,
        second: given(&sections.second, "second")?,
    };
    if let Some(id) = &args.client_id {
        let client = of_flags(args, id, mutual_tls)?;
        if client.secret.is_some() || client.key.is_some() {
            clients.public = None;
            clients.confidential = Some(client);
        } else {
            clients.public = Some(client);
        }
    }
    let registration = &config.registration;
    let by = |key: &str| format!("`{key}` of [registration] in the configuration");
    let way = match (&args.register, &registration.way) {
        (Some(text), _) => Some(way("--register", text)?),
        (None, Some(text)) => Some(way(&by("way"), text)?),
        (None, None) => None,
    };
    Ok(ClientSettings {
        given: clients,
        way,
        registration: RegistrationSettings {
            initial_access_token: match &args.initial_access_token_env {
                Some(name) => Some(variable(name, "--initial-access-token-env")?),
                None => secret(&registration.initial_access_token, &by("initial_access_token"), folder)?,
            },
            software_statement: secret(&registration.software_statement, &by("software_statement"), folder)?,
            metadata: registration.metadata.clone(),
        },
        documents: documents(&config.client_documents, folder)?,
    })
}

pub(crate) fn way(name: &str, text: &str) -> Result<Way, Error> {
    match text {
        "given" => Ok(Way::Given),
        "document" => Ok(Way::Document),
        "dynamic" => Ok(Way::Dynamic),
        other => Err(Error::BadValue {
            name: name.to_owned(),
            what: format!("'{other}' is no way to get a client; known are given, document, dynamic"),
            help: None,
        }),
    }
}

fn documents(config: &DocumentsConfig, folder: &Path) -> Result<DocumentSettings, Error> {
    let by = |key: &str| format!("`{key}` of [client_documents] in the configuration");
    for (key, url) in [("base_url", &config.base_url), ("published", &config.published)] {
        if let Some(url) = url {
            super::check_url(&by(key), url)?;
        }
    }
    let key = secret(&config.certificate_key, &by("certificate_key"), folder)?;
    let chain = config.certificate.as_deref().map(|path| file(&folder.join(path), &by("certificate"))).transpose()?;
    let certificate = match (chain, key) {
        (Some(chain), Some(key)) => Some((chain, key)),
        (None, None) => None,
        (Some(_), None) => return Err(bad(&by("certificate"), "its private key is not named: set `certificate_key`")),
        (None, Some(_)) => return Err(bad(&by("certificate_key"), "the certificate is not named: set `certificate`")),
    };
    let published_key = secret(&config.published_key, &by("published_key"), folder)?;
    check_key(published_key.as_deref(), &by("published_key"))?;
    Ok(DocumentSettings {
        base_url: config.base_url.clone(),
        listen: config.listen,
        certificate,
        published: config.published.clone(),
        published_key,
    })
}

fn of_flags(args: &ClientArgs, id: &str, mutual_tls: bool) -> Result<GivenClient, Error> {
    let secret = args.client_secret_env.as_deref().map(|v| variable(v, "--client-secret-env")).transpose()?;
    let key = args.client_key.as_deref().map(|path| file(path, "--client-key")).transpose()?;
    check_key(key.as_deref(), "--client-key")?;
    let client = GivenClient {
        id: id.to_owned(),
        secret,
        key,
        auth: auth("--client-auth", args.client_auth.as_deref())?,
        redirect_uris: args.redirect_uris.clone(),
    };
    let names = Names {
        auth: "--client-auth",
        secret: "--client-secret-env",
        key: "--client-key",
        redirect_uris: "--redirect-uri",
    };
    able(&client, &names, mutual_tls)?;
    with_redirect_uri(client, "--client-id", &names)
}

fn of_config(config: &ClientConfig, role: &str, folder: &Path, mutual_tls: bool) -> Result<GivenClient, Error> {
    let section = format!("[clients.{role}] in the configuration");
    let by = |key: &str| format!("`{key}` of {section}");
    let key = secret(&config.key, &by("key"), folder)?;
    check_key(key.as_deref(), &by("key"))?;
    let client = GivenClient {
        id: config.id.clone(),
        secret: secret(&config.secret, &by("secret"), folder)?,
        key,
        auth: auth(&by("auth"), config.auth.as_deref())?,
        redirect_uris: config.redirect_uris.clone(),
    };
    let names = Names { auth: &by("auth"), secret: "`secret`", key: "`key`", redirect_uris: "`redirect_uris`" };
    able(&client, &names, mutual_tls)?;
    if role == "machine" { Ok(client) } else { with_redirect_uri(client, &section, &names) }
}

fn check_key(text: Option<&str>, by: &str) -> Result<(), Error> {
    let Some(Err(why)) = text.map(SigningKey::parse) else { return Ok(()) };
    Err(bad(by, format!("the key cannot be used: {why}")))
}

fn auth(name: &str, text: Option<&str>) -> Result<Option<proofmark_probe::ClientAuth>, Error> {
    text.map(str::parse).transpose().map_err(|what: String| bad(name, what))
}

/// What the user writes to describe a client: flags or keys.
struct Names<'a> {
    auth: &'a str,
    secret: &'a str,
    key: &'a str,
    redirect_uris: &'a str,
}

/// Checks that a client has what its way to authenticate needs.
fn able(client: &GivenClient, names: &Names<'_>, mutual_tls: bool) -> Result<(), Error> {
    let Some(method) = client.auth.map(proofmark_probe::ClientAuth::as_str) else { return Ok(()) };
    let lacks = match method {
        "client_secret_basic" | "client_secret_post" if client.secret.is_none() => names.secret,
        "private_key_jwt" if client.key.is_none() => names.key,
        "tls_client_auth" | "self_signed_tls_client_auth" if !mutual_tls => {
            "--cert, or `certificate` of [network] in the configuration"
        }
        _ => return Ok(()),
    };
    Err(Error::BadValue {
        name: names.auth.to_owned(),
        what: format!("the client {} has nothing to do {method} with", client.id),
        help: Some(format!("set {lacks}")),
    })
}

fn with_redirect_uri(client: GivenClient, by: &str, names: &Names<'_>) -> Result<GivenClient, Error> {
    if client.redirect_uris.is_empty() {
        return Err(Error::BadValue {
            name: by.to_owned(),
            what: format!("the client {} needs a redirect URI", client.id),
            help: Some(format!("name one with {}, exactly as it is registered", names.redirect_uris)),
        });
    }
    for uri in &client.redirect_uris {
        // An app's own scheme is lawful, so any absolute URI is.
        if let Err(why) = url::Url::parse(uri) {
            let what = format!("'{uri}' of {} is no absolute URI: {why}", names.redirect_uris);
            return Err(bad(by, what));
        }
    }
    Ok(client)
}

/// Tokens that the user has already.
pub(super) fn tokens(args: &LoginArgs, config: &Config) -> Result<GivenTokens, Error> {
    let sections = &config.tokens;
    let of_config = |value: &Option<Secret>, key: &str| {
        secret(value, &format!("`{key}` of [tokens] in the configuration"), &config.folder)
    };
    Ok(GivenTokens {
        access: match &args.token_env {
            Some(name) => Some(variable(name, "--token-env")?),
            None => of_config(&sections.access, "access")?,
        },
        refresh: match &args.refresh_token_env {
            Some(name) => Some(variable(name, "--refresh-token-env")?),
            None => of_config(&sections.refresh, "refresh")?,
        },
        read: of_config(&sections.read, "read")?,
        expired: of_config(&sections.expired, "expired")?,
        other_resource: of_config(&sections.other_resource, "other_resource")?,
    })
}

/// How the user signs in, and the secrets among what the rules type.
pub(super) fn login(args: &LoginArgs, config: &Config) -> Result<(LoginSettings, Vec<String>), Error> {
    let folder = &config.folder;
    let section = &config.login;
    let by = |key: &str| format!("`{key}` of [login] in the configuration");
    let rungs: Vec<Rung> = if args.ways.is_empty() {
        let parse = |text: &String| text.parse().map_err(|what: String| bad(&by("ways"), what));
        section.ways.iter().map(parse).collect::<Result<_, Error>>()?
    } else {
        args.ways.clone()
    };
    for origin in &section.origins {
        super::check_url(&by("origins"), origin)?;
    }
    let mut secrets = Vec::new();
    let steps = section.step.iter().map(|step| rule(step, folder, &mut secrets)).collect::<Result<_, Error>>()?;
    let users = &config.users;
    let first = match &users.first {
        Some(user) => Some(of_user(user, "first", folder)?),
        None => user_of_environment()?,
    };
    let (cookies_name, cookies) = match &args.cookies {
        Some(path) => ("--cookies".to_owned(), Some(file(path, "--cookies")?)),
        None => (by("cookies"), secret(&section.cookies, &by("cookies"), folder)?),
    };
    if let Some(cookies) = &cookies {
        check_cookies(cookies).map_err(|what| bad(&cookies_name, what))?;
    }
    let login = LoginSettings {
        rungs,
        first,
        second: users.second.as_ref().map(|user| of_user(user, "second", folder)).transpose()?,
        steps,
        origins: section.origins.clone(),
        cookies,
        command: args.login_command.clone().or_else(|| section.command.clone()),
        browser: BrowserSettings {
            driver: section.browser.driver.clone(),
            program: section.browser.program.as_ref().map(|path| folder.join(path)),
            show: args.show_browser || section.browser.show,
            screenshots: None,
        },
        attended: std::io::stderr().is_terminal() && std::io::stdin().is_terminal(),
        limit: None,
    };
    Ok((login, secrets))
}

fn rule(step: &StepConfig, folder: &Path, secrets: &mut Vec<String>) -> Result<LoginStep, Error> {
    const BY: &str = "`fill` of a [[login.step]] in the configuration";
    let mut fill = Vec::new();
    for (field, typed) in &step.fill {
        let value = match typed {
            Typed::Text(text) if field.to_lowercase().contains("passw") && !text.contains("{password}") => {
                return Err(bad(
                    BY,
                    format!(
                        "a secret never stands in the configuration: type \"{{password}}\" into {field}, or {{ env = \"NAME\" }}"
                    ),
                ));
            }
            Typed::Text(text) => text.clone(),
            Typed::Secret(secret) => secret.read(BY, folder).inspect(|value| secrets.push(value.clone()))?,
        };
        fill.push((field.clone(), value));
    }
    let step = LoginStep {
        url: step.url.clone(),
        title: step.title.clone(),
        selector: step.selector.clone(),
        fill,
        click: step.click.clone(),
        deny: step.deny.clone(),
        wait: step.wait.clone(),
        optional: step.optional,
    };
    step.check().map_err(|what| bad("a [[login.step]] in the configuration", what))?;
    Ok(step)
}

fn of_user(user: &UserConfig, which: &str, folder: &Path) -> Result<User, Error> {
    let by = |key: &str| format!("`{key}` of [users.{which}] in the configuration");
    let totp = secret(&user.totp, &by("totp"), folder)?;
    check_seed(totp.as_deref(), &by("totp"))?;
    Ok(User { name: user.name.clone(), password: user.password.read(&by("password"), folder)?, totp })
}

fn check_seed(seed: Option<&str>, by: &str) -> Result<(), Error> {
    seed.map_or(Ok(()), |seed| totp_key(seed).map(drop).map_err(|what| bad(by, what)))
}

fn user_of_environment() -> Result<Option<User>, Error> {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let (Some(name), Some(password)) = (set(USERNAME), set(PASSWORD)) else { return Ok(None) };
    let totp = set(TOTP);
    check_seed(totp.as_deref(), &format!("the environment variable {TOTP}"))?;
    Ok(Some(User { name, password, totp }))
}

fn secret(secret: &Option<Secret>, by: &str, folder: &Path) -> Result<Option<String>, Error> {
    secret.as_ref().map(|secret| secret.read(by, folder)).transpose()
}

/// The text of a file that the user named.
pub(crate) fn file(path: &Path, by: &str) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(|why| bad(by, format!("the file {} cannot be read: {why}", path.display())))
}

/// A value that cannot be used.
pub(crate) fn bad(name: &str, what: impl Into<String>) -> Error {
    Error::BadValue { name: name.to_owned(), what: what.into(), help: None }
}
