//! The cases of the golden run.

use proofmark_model::{
    Area, CaseInfo, CaseResult, ExchangeId, Fact, Finding, Level, Outcome, RequirementInfo, Role, Status, verdict,
};

use super::wire::{AS, Answer, MCP, Recorder, Sent};
use super::{HOSTILE, Run, authorization, finding, met, rule, violated};

pub(super) struct Maker {
    pub(super) wire: Recorder,
    cases: Vec<(CaseInfo, CaseResult)>,
}

impl Maker {
    /// Adds a case whose status follows from its findings, or is given where it has none.
    pub(super) fn case(
        &mut self,
        (id, area): (&str, Area),
        (title, why): (&str, &str),
        rules: &[&RequirementInfo],
        findings: Vec<Finding>,
        message: &str,
        settled: Option<(Status, Option<&str>)>,
    ) {
        let level = rules.iter().filter_map(|r| r.level).max();
        let info = CaseInfo {
            id: id.into(),
            title: title.into(),
            why: why.into(),
            area,
            requirements: rules.iter().map(|r| (*r).clone()).collect(),
            control: None,
        };
        let result = CaseResult {
            id: id.into(),
            title: title.into(),
            area,
            level,
            status: settled.map_or_else(|| verdict(&findings), |(status, _)| status),
            message: message.into(),
            remedy: settled.and_then(|(_, remedy)| remedy).map(str::to_owned),
            requirements: rules.iter().map(|r| r.id.clone()).collect(),
            findings,
            duration_ms: if area == Area::Lifetime { 61_400 } else { 40 + 11 * self.cases.len() as u64 },
        };
        self.cases.push((info, result));
    }
}

pub(super) fn at(mut finding: Finding, row: Option<&str>, exchanges: &[ExchangeId]) -> Finding {
    finding.row = row.map(str::to_owned);
    finding.exchanges = exchanges.to_vec();
    finding
}

pub(super) fn all() -> Run {
    let mut make = Maker { wire: Recorder::default(), cases: Vec::new() };
    let facts = discovery(&mut make.wire);
    let discovery_ends = make.wire.exchanges.len();
    discovery_cases(&mut make);
    authorization::pkce(&mut make);
    authorization::redirect_uris(&mut make);
    authorization::tokens(&mut make);
    resource_server(&mut make);
    hostile(&mut make);
    let exchanges = make.wire.exchanges.split_off(discovery_ends);
    Run { discovery: make.wire.exchanges, facts, cases: make.cases, exchanges }
}

fn discovery(wire: &mut Recorder) -> Vec<Fact> {
    let get = |label, url| Sent {
        case: None,
        label,
        method: "GET",
        url,
        headers: &[("accept", "application/json")],
        body: None,
    };
    let challenge = r#"Bearer resource_metadata="https://mcp.staging.example.com/.well-known/oauth-protected-resource/mcp", scope="sentiment:read""#;
    let first =
        wire.record(&get("MCP request without a token", MCP), Ok((401, &[("www-authenticate", challenge)], "")));
    let json = [("content-type", "application/json")];
    let url = "https://mcp.staging.example.com/.well-known/oauth-protected-resource/mcp";
    let body = format!(
        r#"{{"resource":"{MCP}","authorization_servers":["{AS}"],"scopes_supported":["sentiment:read","reports:write"]}}"#
    );
    let second = wire.record(&get("protected resource metadata", url), Ok((200, &json, &body)));
    let url = "https://login.staging.example.com/.well-known/oauth-authorization-server/tenant-7";
    let body = format!(
        r#"{{"issuer":"{AS}","authorization_endpoint":"{AS}/authorize","token_endpoint":"{AS}/token","registration_endpoint":"{AS}/register","code_challenge_methods_supported":["S256"],"grant_types_supported":["authorization_code","refresh_token"]}}"#
    );
    let third = wire.record(&get("authorization server metadata", url), Ok((200, &json, &body)));
    let fact = |name: &str, value: &str, exchanges: &[ExchangeId]| Fact {
        name: name.into(),
        value: value.into(),
        exchanges: exchanges.to_vec(),
    };
    vec![
        fact("challenge", "401 with resource_metadata and scope sentiment:read", &[first]),
        fact("authorization server", AS, &[second, third]),
        fact("registration", "dynamic, as a public client", &[third]),
        fact("sign-in", "HTML form (user name and password), then a consent page", &[]),
        fact("tools", "get_sentiment needs sentiment:read; publish_report needs reports:write", &[]),
    ]
}

fn discovery_cases(make: &mut Maker) {
    let issuer = rule(
        "rfc8414.metadata.issuer-equals",
        "The issuer in the metadata is the one the metadata was asked of.",
        "Write the exact issuer identifier, path and all, into the metadata.",
        ("RFC 8414 §3.3", "https://www.rfc-editor.org/rfc/rfc8414#section-3.3"),
        Level::Must,
        Role::AuthorizationServer,
    );
    let observed = met(&issuer, "issuer https://login.staging.example.com/tenant-7");
    make.case(
        ("as.discovery.issuer-equals", Area::Discovery),
        (
            "The metadata names the issuer it was asked of",
            "A client that accepts another issuer sends its codes to an impostor.",
        ),
        &[&issuer],
        vec![at(observed, None, &[ExchangeId(3)])],
        "The issuer is the one asked",
        None,
    );
    let scheme = rule(
        "rfc6750.challenge.scheme",
        "A request without a token is answered with a Bearer challenge.",
        "Answer 401 with WWW-Authenticate: Bearer.",
        ("RFC 6750 §3", "https://www.rfc-editor.org/rfc/rfc6750#section-3"),
        Level::Must,
        Role::ResourceServer,
    );
    let moot =
        finding(&scheme, Outcome::Moot { because: "the server never answers a GET with an event stream".into() });
    let id = "rs.challenge.bearer";
    make.case(
        (id, Area::Challenge),
        ("A request without a token meets a Bearer challenge", "Clients find the authorization server by it."),
        &[&scheme],
        vec![at(met(&scheme, "401, Bearer"), Some("POST"), &[ExchangeId(1)]), at(moot, Some("GET"), &[])],
        "The challenge is a Bearer challenge",
        None,
    );
}

fn resource_server(make: &mut Maker) {
    let checks = rule(
        "mcp.token.validated",
        "A token is validated before it is believed: signature, issuer, audience and time.",
        "Use a JWT library in strict mode with fixed algorithms, and refuse what does not verify.",
        (
            "MCP Authorization, Token Handling",
            "https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization",
        ),
        Level::Must,
        Role::ResourceServer,
    );
    let id = "rs.rs-validation.mutated-token";
    let mut findings = Vec::new();
    for n in 1..=300 {
        let row = format!("bit {} of the signature flipped", n * 7);
        // Every thirtieth mutation hits the padding bits that a lenient decoder drops.
        let broken = n % 30 == 0;
        let sent = if broken || n <= 5 {
            let answer: Answer<'_> = if broken {
                (
                    200,
                    &[("content-type", "application/json")],
                    r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"get_sentiment"},{"name":"publish_report"}]}}"#,
                )
            } else {
                (401, &[("www-authenticate", "Bearer error=\"invalid_token\"")], "")
            };
            vec![make.wire.call(
                id,
                &format!("tools/list, token with bit {} flipped", n * 7),
                &format!("‹access_token {} · {:04x}›", 20 + n, 4096 + n),
                answer,
            )]
        } else {
            vec![]
        };
        let found = if broken {
            violated(&checks, "401 with error invalid_token", "200 with a result")
        } else {
            met(&checks, "401, invalid_token")
        };
        findings.push(at(found, Some(&row), &sent));
    }
    make.case(
        (id, Area::RsValidation),
        ("A token with one flipped bit is refused", "A signature that is not checked is decoration."),
        &[&checks],
        findings,
        "10 of 300 altered tokens were accepted",
        None,
    );
    let scope = rule(
        "mcp.scope.challenge",
        "A refusal for lack of scope names the scope that is missing.",
        "Add scope=\"…\" to the 403 challenge.",
        (
            "MCP Authorization, Scope Challenge Handling",
            "https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization",
        ),
        Level::Should,
        Role::ResourceServer,
    );
    let id = "rs.scope.challenge";
    let sent = make.wire.call(
        id,
        "tools/call publish_report, scope sentiment:read",
        "‹access_token 1 · 4d3a›",
        (403, &[("www-authenticate", "Bearer error=\"insufficient_scope\"")], ""),
    );
    make.case(
        (id, Area::Scope),
        ("A refusal for lack of scope names the scope", "Clients step up by it."),
        &[&scope],
        vec![at(
            violated(&scope, "a 403 challenge with the parameter scope", "a 403 challenge without it"),
            None,
            &[sent],
        )],
        "The challenge does not say which scope is missing",
        None,
    );
}

fn hostile(make: &mut Maker) {
    let form = rule(
        "oauth21.errors.form",
        "An error answer is JSON with an error code.",
        "Send application/json.",
        ("OAuth 2.1 §3.2.4", "javascript:alert(1)"),
        Level::Must,
        Role::AuthorizationServer,
    );
    let id = "as.errors.form";
    let endless = "A".repeat(3_000);
    let body = format!("{HOSTILE}\n{endless}");
    let url = format!("{AS}/token?x=$(reboot)`id`';rm -rf /;'\u{202e}\u{1b}[2J");
    let sent = Sent {
        case: Some(id),
        label: HOSTILE,
        method: "POST",
        url: &url,
        headers: &[("x-hostile", HOSTILE), ("content-type", "text/plain")],
        body: Some(&body),
    };
    let first = make.wire.record(
        &sent,
        Ok((500, &[("content-type", "text/html"), ("x-hostile", HOSTILE), ("x-long", &endless)], &body)),
    );
    let findings = vec![
        at(violated(&form, "JSON with a member error", HOSTILE), Some(HOSTILE), &[first]),
        at(violated(&form, "JSON with a member error", &endless), Some("z̷̛͎̈́̽͗̍̓̐͠a̸͇͗l̶̘͝g̷̻̊o̶̧͝"), &[first]),
    ];
    make.case(
        (id, Area::Errors),
        ("Error answers are JSON", "A client must be able to tell what went wrong."),
        &[&form],
        findings,
        &format!("The answer was {HOSTILE}"),
        None,
    );
}
