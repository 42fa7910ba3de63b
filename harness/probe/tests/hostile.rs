//! What a target sends is anything: readers must not fall over it, and no encoding may carry a secret into a report.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use proofmark_probe::challenge::{bearer, challenges, parse};
use proofmark_probe::form::{Page, refresh_target};
use proofmark_probe::jwt::Jwt;
use proofmark_probe::params::{Params, percent_encode};
use proofmark_probe::secrets::Redactor;
use proofmark_probe::{Reply, sse};
use proptest::collection::vec;
use proptest::prelude::*;

/// Texts that are near to what the readers read, so that random ones reach deep into them.
fn near(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    let piece =
        prop_oneof![proptest::sample::select(words).prop_map(ToOwned::to_owned), "\\PC{0,6}", "[ \t\r\n\0]{0,2}"];
    vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// The forms in which a secret may stand in a message.
fn forms(secret: &str) -> Vec<String> {
    let json = serde_json::to_string(secret).expect("text is JSON");
    let percent = percent_encode(secret);
    vec![
        secret.to_owned(),
        percent.replace("%20", "+"),
        percent,
        json[1..json.len() - 1].to_owned(),
        json[1..json.len() - 1].replace('/', "\\/"),
        STANDARD.encode(secret),
        URL_SAFE_NO_PAD.encode(secret),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_challenge_is_read_or_complained_about(
        text in near(&["Bearer ", "Basic ", "realm=", "scope=\"", "\"", "\\", ",", "=", "error", "abc==", " , "]),
    ) {
        let parsed = parse(&text);
        let reply = Reply::canned(401, &[("www-authenticate", &text)], "");
        prop_assert_eq!(parsed.is_ok(), challenges(&reply).is_ok());
        if let Some(challenge) = bearer(&reply) {
            let _ = challenge.repeated();
        }
    }

    #[test]
    fn parameters_read_back(pairs in vec(("\\PC{0,8}", "\\PC{0,12}"), 0..6)) {
        let params: Params = pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        prop_assert_eq!(Params::decode(&params.encode()), params.clone());
        let fragment = Params::of_url(&format!("https://h/cb?{}#x=1", params.encode()));
        prop_assert_eq!(fragment.iter().count(), pairs.len() + 1);
    }

    #[test]
    fn any_url_and_any_form_are_read(text in near(&["?", "&", "=", "#", "%", "%2", "+", "https://h/", "code=", "\u{fffd}"])) {
        let _ = (Params::decode(&text), Params::of_url(&text));
    }

    #[test]
    fn any_page_is_read(
        text in near(&[
            "<form action=", "<form method=post>", "<input name=", "<input type=password", ">", "\"", "'", "<button>",
            "<script>", "</script>", "location", ".href", "=", "location.replace(\"", "<meta http-equiv=refresh content=",
            "0;url=", "<a href=", "<select><option value=", "</form>", "<textarea>", "<svg>", "<template>", "<!--", "&amp;",
        ]),
    ) {
        let page = Page::read(&text);
        let _ = (page.deny_link(), refresh_target(&text));
    }

    #[test]
    fn any_stream_is_read(text in near(&["data:", "data: {", "\"result\":{}}", "\n", "\r\n", "\n\n", ":", "id:", "\u{feff}"])) {
        let _ = (sse::data(&text), sse::response(&text));
    }

    #[test]
    fn any_token_is_read(text in near(&[".", "eyJhbGciOiJub25lIn0", "e30", "=", "-", "_"])) {
        if let Some(jwt) = Jwt::read(&text) {
            let _ = (jwt.with_flipped_signature(), jwt.audience());
        }
    }

    #[test]
    fn no_registered_secret_is_left_in_any_encoding(
        secrets in vec("\\PC{8,40}", 1..4),
        gaps in vec("\\PC{0,10}", 8..12),
        order in vec(any::<prop::sample::Index>(), 8..12),
    ) {
        let mut redactor = Redactor::default();
        for secret in &secrets {
            redactor.register("access_token", secret);
        }
        let written: Vec<_> = secrets.iter().flat_map(|s| forms(s)).collect();
        let text: String = gaps.iter().zip(&order).map(|(gap, at)| format!("{gap}{}", at.get(&written))).collect();
        let shown = redactor.redact(&text);
        for form in &written {
            prop_assert!(!shown.contains(form.as_str()), "{:?} is left in {:?} of {:?}", form, shown, text);
        }
        prop_assert!(!redactor.finds_any(&shown));
    }

    #[test]
    fn credentials_are_hidden_in_basic_too(id in "\\PC{1,20}", secret in "\\PC{8,40}") {
        let mut redactor = Redactor::default();
        redactor.register_basic(&id, &secret);
        for pair in [format!("{id}:{secret}"), format!("{}:{}", percent_encode(&id), percent_encode(&secret))] {
            let header = format!("Basic {}", STANDARD.encode(&pair));
            prop_assert!(!redactor.redact(&header).contains(&header[6..]), "{}", header);
        }
    }
}

#[test]
fn a_page_that_nests_without_end_is_read_in_time() {
    for unit in
        ["<div>", "<b>", "<p><b>", "<a><i>", "<form><input>", "<table>", "<select><option>", "<svg><g>", "<li>x", "&"]
    {
        let began = Instant::now();
        let _ = Page::read(&unit.repeat((1 << 20) / unit.len()));
        // Generous: the point is that nothing is quadratic.
        assert!(began.elapsed() < Duration::from_secs(20), "{unit}: {:?}", began.elapsed());
    }
}

#[test]
fn json_that_nests_without_end_is_no_json() {
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let reply = Reply::canned(200, &[("content-type", "application/json")], &deep);
    assert_eq!(reply.json(), None);
    assert_eq!(reply.rpc(), None);
    let stream = Reply::canned(200, &[("content-type", "text/event-stream")], &format!("data: {deep}\n\n"));
    assert_eq!(stream.rpc(), None);
}
