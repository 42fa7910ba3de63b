//! Codes that are missing, changed or sent in the wrong place.

use std::fmt::Write as _;

use proofmark_probe::judge::{no_server_error, token_refused};
use proofmark_probe::model::Area;
use proofmark_probe::params::{Params, percent_encode};
use proofmark_probe::{Case, Need, Probe, Steps};

use super::refused_as_invalid_grant;
use crate::authorization::pkce::RIGHT_VERIFIER;
use crate::requirements::oauth21::code::{
    CODE_IN_FORM_BODY, ONLY_ISSUED_CODES as ONLY_ISSUED, REFUSAL_IS_CLIENT_ERROR, REFUSAL_IS_INVALID_GRANT,
    REPEATED_CODE_REFUSED,
};

pub(super) static ONLY_ISSUED_CODES: Case = Case {
    id: "as.code.only-issued-codes",
    title: "A code that is missing, invented or changed is refused",
    why: "A lookup that tidies up what it is given finds codes that nobody issued.",
    area: Area::Code,
    covers: &[&ONLY_ISSUED, &REFUSAL_IS_CLIENT_ERROR, &REFUSAL_IS_INVALID_GRANT],
    needs: &[Need::CodeFlow],
    control: Some(&RIGHT_VERIFIER),
    body: |probe| Box::pin(only_issued_codes(probe)),
    ..Case::PLAIN
};

/// Makes a variant of a code; `None` where codes of its form have none.
type Change = fn(&str) -> Option<String>;

async fn only_issued_codes(probe: &mut Probe) -> Steps {
    // These three spend no code, so one grant serves them all.
    let grant = probe.grant().await?;
    for (row, request) in [
        ("no code", grant.redeem().without("code")),
        ("an empty code", grant.redeem().with("code", "")),
        ("an invented code", grant.redeem().with("code", &probe.rng().word())),
    ] {
        probe.row(row);
        let reply = probe.token(&request.labelled(row)).await?;
        probe.expect(&ONLY_ISSUED, &reply, token_refused);
        probe.expect(&REFUSAL_IS_CLIENT_ERROR, &reply, no_server_error);
        if row == "an invented code" {
            probe.expect(&REFUSAL_IS_INVALID_GRANT, &reply, refused_as_invalid_grant);
        }
    }
    let rows: [(&str, Change); 4] = [
        ("the last characters missing", cut),
        ("more characters at the end", |code| Some(format!("{code}AAAA"))),
        ("the case of a letter changed", flip_one),
        ("percent-encoded twice", |code| Some(every_byte_encoded(code))),
    ];
    for (row, how) in rows {
        probe.row(row);
        let grant = probe.grant().await?;
        let Some(code) = how(&grant.code) else {
            probe.moot(&ONLY_ISSUED, "codes of this form have no such variant");
            continue;
        };
        let mut request = grant.redeem().labelled(row);
        request.params.remove("code");
        request.params.add_raw("code", &percent_encode(&code));
        let reply = probe.token(&request).await?;
        probe.expect(&ONLY_ISSUED, &reply, token_refused);
        probe.expect(&REFUSAL_IS_CLIENT_ERROR, &reply, no_server_error);
    }
    Ok(())
}

/// The code without its last four characters, which in every base64 alphabet are three whole bytes.
fn cut(code: &str) -> Option<String> {
    let end = code.char_indices().rev().nth(3)?.0;
    (end > 0).then(|| code[..end].to_owned())
}

/// The code with the case of a letter in its middle changed; `None` where case means nothing, as in numbers.
fn flip_one(code: &str) -> Option<String> {
    if code.chars().all(|c| c.is_ascii_hexdigit() || c == '-') {
        return None;
    }
    let letters: Vec<_> = code.char_indices().filter(|(_, c)| c.is_ascii_alphabetic()).collect();
    let (at, letter) = *letters.get(letters.len() / 2)?;
    let other = if letter.is_ascii_uppercase() { letter.to_ascii_lowercase() } else { letter.to_ascii_uppercase() };
    Some(format!("{}{other}{}", &code[..at], &code[at + 1..]))
}

fn every_byte_encoded(code: &str) -> String {
    code.bytes().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "%{byte:02X}");
        out
    })
}

pub(super) static REPEATED_CODE: Case = Case {
    id: "as.code.repeated",
    title: "A token request with two codes is refused",
    why: "Which of two values counts is up to the parser, and two parsers in a row may disagree.",
    area: Area::Code,
    covers: &[&REPEATED_CODE_REFUSED],
    needs: &[Need::CodeFlow],
    control: Some(&RIGHT_VERIFIER),
    body: |probe| Box::pin(repeated_code(probe)),
    ..Case::PLAIN
};

async fn repeated_code(probe: &mut Probe) -> Steps {
    let invented = probe.rng().word();
    for row in ["the code, then an invented one", "an invented code, then the right one"] {
        probe.row(row);
        let grant = probe.grant().await?;
        let request = if row.starts_with("the code") {
            grant.redeem().with_another("code", &invented)
        } else {
            grant.redeem().with("code", &invented).with_another("code", &grant.code)
        };
        let reply = probe.token(&request.labelled(row)).await?;
        probe.expect(&REPEATED_CODE_REFUSED, &reply, token_refused);
    }
    Ok(())
}

pub(super) static CODE_IN_QUERY: Case = Case {
    id: "as.code.in-query",
    title: "A token request whose parameters stand in the URL is refused",
    why: "URLs are written to the logs of every server and proxy on the way.",
    area: Area::Code,
    covers: &[&CODE_IN_FORM_BODY],
    needs: &[Need::CodeFlow],
    control: Some(&RIGHT_VERIFIER),
    body: |probe| Box::pin(code_in_query(probe)),
    ..Case::PLAIN
};

async fn code_in_query(probe: &mut Probe) -> Steps {
    let grant = probe.grant().await?;
    let mut request = grant.redeem().labelled("all parameters in the URL");
    request.query = std::mem::replace(&mut request.params, Params::new());
    if grant.client.is_public() {
        grant.client.authenticate(&mut request.query);
        request = request.without_client();
    }
    let reply = probe.token(&request).await?;
    probe.expect(&CODE_IN_FORM_BODY, &reply, token_refused);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_of_a_code_differ_from_it() {
        assert_eq!(cut("abcdefgh").as_deref(), Some("abcd"));
        assert_eq!(cut("abcd"), None);
        assert_eq!(flip_one("xYz-1").as_deref(), Some("xyz-1"));
        assert_eq!(flip_one("0a1b-2c"), None);
        assert_eq!(every_byte_encoded("a~"), "%61%7E");
    }
}
