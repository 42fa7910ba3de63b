//! One exchange: request and response side by side, and the line that repeats the request.

use std::collections::HashSet;

use maud::{Markup, html};
use proofmark_model::{Body, Exchange, ExchangeId, Header, Wire};

use super::MAX_EVIDENCE;
use super::parts::recorded;
use crate::curl;
use crate::text::{self, brief, count, duration};
use crate::view::Index;

const MAX_BODY: usize = 6 * 1024;
const MAX_LINE: usize = 2 * 1024;
const MAX_HEADERS: usize = 60;

/// Which exchanges the page has shown so far, and how much text they took.
#[derive(Default)]
pub(super) struct Evidence {
    shown: HashSet<ExchangeId>,
    bytes: usize,
}

impl Evidence {
    /// The exchanges, each in full where the page meets it first and as a link afterwards.
    pub(super) fn show(&mut self, index: &Index<'_>, ids: &[ExchangeId]) -> Markup {
        let (mut missing, mut over) = (0, 0);
        html! {
            @for id in ids {
                @match index.exchange(*id) {
                    None => { ({ missing += 1; "" }) }
                    Some(exchange) => {
                        @if self.shown.contains(id) {
                            p.again { "Exchange " a.ref href={ "#x" (id.0) } { (id) " " (brief(&exchange.label, 120)) } " is shown elsewhere on this page." }
                        } @else if self.bytes < MAX_EVIDENCE {
                            (self.first(exchange))
                        } @else {
                            ({ over += 1; "" })
                        }
                    }
                }
            }
            @if over > 0 { p.again { (count(over, "exchange")) " left out to keep this page small; see " code { "events.ndjson" } "." } }
            @if missing > 0 { p.again { (count(missing, "exchange")) " not in the file this page was made from; see " code { "events.ndjson" } "." } }
        }
    }

    fn first(&mut self, exchange: &Exchange) -> Markup {
        let markup = full(exchange);
        self.shown.insert(exchange.id);
        self.bytes += markup.0.len();
        markup
    }
}

fn full(exchange: &Exchange) -> Markup {
    let request = &exchange.request;
    html! {
        details.exchange id={ "x" (exchange.id.0) } {
            summary {
                span.id { (exchange.id) }
                " " span.label { (brief(&exchange.label, 200)) }
                " " code.route { (brief(&request.method, 20)) " " (brief(path(&request.url), 80)) }
                " " (answer(exchange))
                " " span.took { (duration(exchange.took_ms)) }
            }
            div.wire {
                div.side {
                    p.cap {
                        "Request"
                        @match exchange.wire {
                            Wire::Rendered => "",
                            Wire::Verbatim => " · byte for byte",
                            Wire::Witnessed => " · seen, not sent by Proofmark",
                        }
                    }
                    pre tabindex="0" {
                        b { (recorded(&request.method, 40)) } " " (recorded(&request.url, MAX_LINE))
                        (headers(&request.headers))
                        (body(request.body.as_ref(), &request.headers))
                    }
                }
                div.side {
                    p.cap { "Response" }
                    @if let Some(response) = &exchange.response {
                        pre tabindex="0" {
                            b { "HTTP " (response.status) " " (reason(response.status)) }
                            (headers(&response.headers))
                            (body(response.body.as_ref(), &response.headers))
                        }
                    }
                    @if let Some(error) = &exchange.error {
                        p.broken { (brief(error, MAX_LINE)) }
                    }
                    @if exchange.response.is_none() && exchange.error.is_none() { p.broken { "No response was recorded." } }
                }
            }
            (repeat(exchange))
        }
    }
}

/// How the exchange ended, in the summary line.
fn answer(exchange: &Exchange) -> Markup {
    html! {
        @match &exchange.response {
            Some(response) => { span.answer { "→ " (response.status) } }
            None => { span.answer.broken { "→ no response" } }
        }
    }
}

fn headers(headers: &[Header]) -> Markup {
    html! {
        @for header in headers.iter().take(MAX_HEADERS) {
            "\n" span.name { (recorded(&header.name, 100)) ":" } " " (recorded(&header.value, MAX_LINE))
        }
        @if headers.len() > MAX_HEADERS { "\n" span.cut { "… " (headers.len() - MAX_HEADERS) " more header lines" } }
    }
}

/// The body, laid out for reading where its type allows it; the layout changes nothing but white space.
fn body(body: Option<&Body>, headers: &[Header]) -> Markup {
    let Some(body) = body else { return html! {} };
    let form = headers.iter().any(|h| {
        h.name.eq_ignore_ascii_case("content-type") && h.value.starts_with("application/x-www-form-urlencoded")
    });
    let (text, layout) = if form && body.text.contains('&') && !body.text.contains('\n') {
        (body.text.replace('&', "\n&"), Some("one parameter per line"))
    } else if body.text.len() > 60 && !body.text.trim().contains('\n') {
        match text::indent_json(&body.text) {
            Some(indented) => (indented, Some("indented")),
            None => (body.text.clone(), None),
        }
    } else {
        (body.text.clone(), None)
    };
    html! {
        "\n\n" (recorded(&text, MAX_BODY))
        @if body.truncated || layout.is_some() || body.sha256.is_some() {
            "\n\n" span.note {
                (body.bytes) " bytes"
                @if body.truncated { ", recorded in part" }
                @if let Some(layout) = layout { ", shown " (layout) }
                @if let Some(digest) = &body.sha256 { ", sha256 " (digest.get(..16).unwrap_or(digest)) "…" }
            }
        }
    }
}

fn repeat(exchange: &Exchange) -> Markup {
    let variables = curl::variables(exchange);
    html! {
        div.repeat {
            p.cap { "Repeat the request" }
            pre.curl tabindex="0" { code { (curl::line(exchange)) } }
            @if !variables.is_empty() {
                p.note {
                    "First export "
                    @for (at, variable) in variables.iter().take(8).enumerate() {
                        @if at > 0 { ", " }
                        code { (variable.name) } " (" span.secret { (variable.pseudonym) } ")"
                    }
                    @if variables.len() > 8 { " and " (variables.len() - 8) " more" }
                    "."
                }
            }
            @if let Some(caveat) = curl::caveat(exchange) { p.note { (caveat) } }
        }
    }
}

/// The path of a URL, for the summary line.
fn path(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.split(['?', '#']).next().unwrap_or(rest);
    rest.find('/').map_or("/", |at| &rest[at..])
}

/// What the status codes that authorization turns on are called; the code itself is always shown.
const fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        415 => "Unsupported Media Type",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "",
    }
}
