//! What the reference target is like, and the keys to its doors.

use std::fmt::Write as _;
use std::time::Duration;

use proofmark_fixtures::{
    Answers, ClientCertificate, Consent, DEMO_TOTP_SEED, Front, Gate, Options, PreRegistered, ReferenceTarget,
    RegistrationRules, SignIn, Tls, TokenFormat,
};
use proofmark_probe::settings::{
    ClientSettings, ExtraHeader, GivenClient, GivenClients, LoginSettings, NetworkSettings, RegistrationSettings,
    Settings, User,
};

use crate::args::{DemoAnswers, DemoConsent, DemoRegistration, DemoTarget, DemoTokens};
use crate::error::Error;
use crate::settings::{bad, getting_in};

/// The initial access token of the demonstration.
const INITIAL_ACCESS_TOKEN: &str = "demo-initial-access-token";

/// The options of a reference target.
pub(super) fn options(args: &DemoTarget) -> Result<Options, Error> {
    let closed = args.registration == DemoRegistration::Closed;
    let token = args.registration == DemoRegistration::Token;
    let known =
        [PreRegistered::public(), PreRegistered::confidential(), PreRegistered::machine(), PreRegistered::second()];
    Ok(Options {
        consent: match args.consent {
            DemoConsent::Automatic => Consent::Automatic,
            DemoConsent::Form => Consent::Form,
            DemoConsent::Script => Consent::Script,
        },
        tokens: match args.tokens {
            DemoTokens::Jwt => TokenFormat::Jwt,
            DemoTokens::Opaque => TokenFormat::Opaque,
        },
        answers: match args.answers {
            DemoAnswers::Json => Answers::Json,
            DemoAnswers::EventStream => Answers::EventStream,
        },
        access_token_lifetime: Duration::from_secs(args.lifetime.max(1)),
        registration: !closed,
        client_documents: args.registration == DemoRegistration::Open,
        registration_rules: RegistrationRules {
            initial_access_token: token.then(|| INITIAL_ACCESS_TOKEN.to_owned()),
            ..RegistrationRules::default()
        },
        clients: if closed { known.to_vec() } else { Vec::new() },
        sign_in: SignIn {
            two_steps: args.two_steps,
            totp_seed: args.totp.then(|| DEMO_TOTP_SEED.to_owned()),
            ..SignIn::default()
        },
        front: Front {
            path_prefix: args.prefix.as_deref().map(prefix).transpose()?.unwrap_or_default(),
            gate: args.gate.as_deref().map(gate).transpose()?,
            tls: match &args.tls[..] {
                [certificate, key] => Some(Tls {
                    certificate: getting_in::file(certificate, "--tls")?,
                    key: getting_in::file(key, "--tls")?,
                    client_certificate: ClientCertificate::Ignored,
                    client_roots: String::new(),
                }),
                _ => None,
            },
            ..Front::default()
        },
        mcp_port: args.port,
        ..Options::default()
    })
}

fn prefix(text: &str) -> Result<String, Error> {
    let inner = text.trim_matches('/');
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~/".contains(c);
    if inner.is_empty() || !inner.chars().all(plain) || inner.contains("//") {
        return Err(bad("--prefix", format!("'{text}' is no path; write it as /gateway/v1")));
    }
    Ok(format!("/{inner}"))
}

fn gate(text: &str) -> Result<Gate, Error> {
    match text.split_once('=') {
        Some((name, value)) if http::HeaderName::from_bytes(name.as_bytes()).is_ok() && !value.is_empty() => {
            Ok(Gate { name: name.to_owned(), value: value.to_owned() })
        }
        _ => Err(bad("--gate", "it names no header and its value; write it as X-Staging=open")),
    }
}

/// What opens a reference target.
pub(super) fn keys(options: &Options) -> Settings {
    let user = |at: usize| {
        options.users.get(at).map(|user| User {
            name: user.name.clone(),
            password: user.password.clone(),
            totp: options.sign_in.totp_seed.clone(),
        })
    };
    let client = |id: PreRegistered| {
        options.clients.contains(&id).then(|| GivenClient {
            id: id.client_id,
            secret: id.client_secret,
            redirect_uris: id.redirect_uris,
            ..GivenClient::default()
        })
    };
    Settings {
        clients: ClientSettings {
            given: GivenClients {
                public: client(PreRegistered::public()),
                confidential: client(PreRegistered::confidential()),
                machine: client(PreRegistered::machine()),
                second: client(PreRegistered::second()),
            },
            registration: RegistrationSettings {
                initial_access_token: options.registration_rules.initial_access_token.clone(),
                ..RegistrationSettings::default()
            },
            ..ClientSettings::default()
        },
        login: LoginSettings { first: user(0), second: user(1), ..LoginSettings::default() },
        network: NetworkSettings {
            headers: options
                .front
                .gate
                .iter()
                .map(|gate| ExtraHeader { origin: None, name: gate.name.clone(), value: gate.value.clone() })
                .collect(),
            roots: options.front.tls.as_ref().map(|tls| tls.certificate.clone()),
            ..NetworkSettings::default()
        },
        ..Settings::default()
    }
}

/// A reference target that is served, with the keys to its doors.
pub(super) fn described(target: &ReferenceTarget, options: &Options) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "{name:22}{value}");
    };
    line("MCP server", target.mcp_url());
    line("authorization server", target.issuer());
    if options.consent != Consent::Automatic {
        for user in &options.users {
            line("user", &format!("{}, password {}", user.name, user.password));
        }
        if let Some(seed) = &options.sign_in.totp_seed {
            line("one-time passwords", &format!("seed {seed}"));
        }
    }
    for client in &options.clients {
        let secret = client.client_secret.as_ref().map(|secret| format!(", secret {secret}")).unwrap_or_default();
        let uris = client.redirect_uris.iter().map(|uri| format!(", {uri}")).collect::<String>();
        line("client", &format!("{}{secret}{uris}", client.client_id));
    }
    if let Some(token) = &options.registration_rules.initial_access_token {
        line("initial access token", token);
    }
    if let Some(gate) = &options.front.gate {
        line("every request needs", &format!("{}: {}", gate.name, gate.value));
    }
    text
}
