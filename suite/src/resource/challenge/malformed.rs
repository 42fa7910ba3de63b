//! Headers and tokens that are broken in form.

use proofmark_probe::judge::{Judgement, no_server_error, not_served, status_is};
use proofmark_probe::model::Area;
use proofmark_probe::{Case, Need, Probe, Reply, Steps};

use crate::requirements::mcp::challenge::{
    HUGE_TOKEN_IS_REFUSED, MALFORMED_IS_400_OR_401, MALFORMED_IS_KEPT_OUT, NO_BREAKDOWN,
};
use crate::resource::credentials::HEADER;

pub(super) static MALFORMED_HEADER: Case = Case {
    id: "rs.challenge.malformed-header",
    title: "An empty or malformed Authorization header is refused",
    why: "Parsers that shrug at what they cannot read have let callers in without any token.",
    area: Area::Challenge,
    covers: &[&MALFORMED_IS_KEPT_OUT, &MALFORMED_IS_400_OR_401],
    needs: &[Need::Protection],
    control: Some(&HEADER),
    body: |probe| Box::pin(malformed_header(probe)),
    ..Case::PLAIN
};

async fn malformed_header(probe: &mut Probe) -> Steps {
    let request = probe.protected().await?;
    let values = [
        ("", "an empty header"),
        ("Bearer", "the scheme alone"),
        ("Bearer   ", "the scheme and spaces"),
        ("Bearer a b", "two words"),
        ("Bearer \"x\"", "a quoted word"),
        ("Bearer x,y", "a comma"),
        ("Bearer é", "a letter beyond ASCII"),
    ];
    for (value, what) in values {
        probe.row(what);
        let reply = probe.mcp(request.clone().authorization(value).labelled(what)).await?;
        probe.expect(&MALFORMED_IS_KEPT_OUT, &reply, kept_out);
        probe.expect(&MALFORMED_IS_400_OR_401, &reply, status_is(&[400, 401]));
    }
    Ok(())
}

/// Neither served nor broken.
fn kept_out(reply: &Reply) -> Judgement {
    not_served(reply).and(|| no_server_error(reply))
}

pub(super) static STRANGE_TOKENS: Case = Case {
    id: "rs.challenge.strange-tokens",
    title: "No token makes the server break down",
    why: "A server error at a token is a validator that trips over its input, and sometimes a way into what it queries.",
    area: Area::Challenge,
    covers: &[&NO_BREAKDOWN],
    needs: &[Need::Protection],
    control: Some(&HEADER),
    body: |probe| Box::pin(strange_tokens(probe)),
    ..Case::PLAIN
};

/// Tokens that begin like JWTs, with what is strange about them. `eyJhbGciOiJSUzI1NiJ9` is `{"alg":"RS256"}`.
const STRANGE: &[(&str, &str)] = &[
    ("eyJhbGciOiJSUzI1NiJ9.e30", "two parts"),
    ("eyJhbGciOiJSUzI1NiJ9.e30.AAAA.AAAA", "four parts"),
    ("eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.AAAA.AAAA.AAAA.AAAA", "an encrypted token"),
    ("!!!.%%%.???", "parts that are not base64url"),
    ("W10.e30.AAAA", "a header that is an array"),
    ("e30.e30.AAAA", "a header without alg"),
    ("eyJhbGciOjF9.e30.AAAA", "an alg that is a number"),
    ("eyJhbGciOiJSUzI1NiJ9.W10.AAAA", "claims that are an array"),
    // {"alg":"RS256","cty":"JWT"} around another token.
    ("eyJhbGciOiJSUzI1NiIsImN0eSI6IkpXVCJ9.ZXlKaGJHY2lPaUpTVXpJMU5pSjkuZTMwLkFBQUE.AAAA", "a token in a token"),
    // {"alg":"RS256","kid":"../../../../dev/null"}
    ("eyJhbGciOiJSUzI1NiIsImtpZCI6Ii4uLy4uLy4uLy4uL2Rldi9udWxsIn0.e30.AAAA", "a key id that is a path"),
    // {"alg":"RS256","kid":"' OR '1'='1"}
    ("eyJhbGciOiJSUzI1NiIsImtpZCI6IicgT1IgJzEnPScxIn0.e30.AAAA", "a key id with quotes"),
    // {"alg":"RS256","kid":"https://keys.invalid/k"}
    ("eyJhbGciOiJSUzI1NiIsImtpZCI6Imh0dHBzOi8va2V5cy5pbnZhbGlkL2sifQ.e30.AAAA", "a key id that is a URL"),
];

async fn strange_tokens(probe: &mut Probe) -> Steps {
    let request = probe.protected().await?;
    for (token, what) in STRANGE {
        probe.row(*what);
        let reply = probe.mcp(request.clone().bearer(token).labelled(what)).await?;
        probe.expect(&NO_BREAKDOWN, &reply, kept_out);
    }
    Ok(())
}

pub(super) static HUGE_TOKEN: Case = Case {
    id: "rs.challenge.huge-token",
    title: "A huge token is refused without breaking anything",
    why: "A header that costs the server more than its sender is a way to take it down.",
    area: Area::Challenge,
    covers: &[&HUGE_TOKEN_IS_REFUSED],
    needs: &[Need::Protection],
    control: Some(&HEADER),
    body: |probe| Box::pin(huge_token(probe)),
    ..Case::PLAIN
};

async fn huge_token(probe: &mut Probe) -> Steps {
    let request = probe.protected().await?;
    for kilobytes in [8, 64] {
        let what = format!("{kilobytes} kB");
        probe.row(&what);
        let token = "A".repeat(kilobytes * 1024);
        match probe.mcp(request.clone().bearer(&token).labelled(&what)).await {
            Ok(reply) => probe.expect(&HUGE_TOKEN_IS_REFUSED, &reply, kept_out),
            // Servers may hang up on a header they do not want to read.
            Err(stop) => probe.moot(&HUGE_TOKEN_IS_REFUSED, format!("the connection was closed: {}", stop.why())),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_breaks_is_not_kept_out() {
        assert!(kept_out(&Reply::canned(400, &[], "")).is_met());
        assert!(!kept_out(&Reply::canned(500, &[], "")).is_met());
        assert!(!kept_out(&Reply::canned(200, &[], r#"{"id":1,"result":{}}"#)).is_met());
    }
}
