//! The recorder and the user agent before servers that misbehave: nothing hangs, nothing is done unasked, and what
//! came is evidence.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use proofmark_probe::agent::{Territory, UserAgent};
use proofmark_probe::http::BODY_LIMIT;
use proofmark_probe::login::{Errand, Person, Powers};
use proofmark_probe::model::{Event, Exchange};
use proofmark_probe::params::{Params, percent_encode};
use proofmark_probe::recorder::{Recorder, Transport};
use proofmark_probe::settings::{NetworkSettings, Settings};
use proofmark_probe::{AuthorizationRequest, Client, ClientAuth, HttpRequest, Landing, Reply, Stop};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// A recorder whose events can be read.
struct Bench {
    recorder: Recorder,
    events: Arc<Mutex<Vec<Event>>>,
}

impl Bench {
    fn new() -> Self {
        Bench::with_limit(Duration::from_secs(20))
    }

    fn with_limit(limit: Duration) -> Self {
        let events = Arc::<Mutex<Vec<Event>>>::default();
        let sink = {
            let events = Arc::clone(&events);
            Box::new(move |event| events.lock().expect("no sink panics").push(event))
        };
        Bench {
            recorder: Recorder::new(Transport::new(limit, &NetworkSettings::default()).expect("a transport"), sink),
            events,
        }
    }

    async fn get(&self, url: &str) -> Result<Reply, Stop> {
        self.recorder.send(None, HttpRequest::get("a look", url)).await
    }

    /// What went wrong with a request, which must be an error and never anything that a verdict could be made of.
    async fn trouble(&self, url: &str) -> String {
        match self.get(url).await {
            Err(Stop::Error { why }) => why,
            other => panic!("expected an error, came {other:?}"),
        }
    }

    fn exchanges(&self) -> Vec<Exchange> {
        let events = self.events.lock().expect("no sink panics");
        let exchanges = events.iter().filter_map(|e| match e {
            Event::Exchanged { exchange } => Some(exchange.clone()),
            _ => None,
        });
        exchanges.collect()
    }

    fn last(&self) -> Exchange {
        self.exchanges().pop().expect("an exchange")
    }
}

/// A server that answers each connection with these bytes, and then closes it or keeps it open in silence.
async fn raw(answer: impl Into<Vec<u8>>, close: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    let answer: Arc<[u8]> = answer.into().into();
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            read_head(&mut stream).await;
            // A client that has heard enough hangs up.
            let _ = stream.write_all(&answer).await;
            if close {
                let _ = stream.shutdown().await;
            } else {
                open.push(stream);
            }
        }
    });
    url
}

async fn read_head(stream: &mut TcpStream) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
}

#[tokio::test]
async fn a_closed_port_is_an_error_that_says_so() {
    let port = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address").port();
    let bench = Bench::new();
    let why = bench.trouble(&format!("http://127.0.0.1:{port}/x")).await;
    assert!(why.contains(&format!("http://127.0.0.1:{port}: cannot connect")) && why.ends_with("(#1)"), "{why}");
    let exchange = bench.last();
    assert_eq!((exchange.response, exchange.error.is_some()), (None, true));
}

#[tokio::test]
async fn half_an_answer_is_evidence_and_its_token_a_secret() {
    let half = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n\
                {\"access_token\":\"half-a-token-0123456789";
    let bench = Bench::new();
    bench.trouble(&raw(half, true).await).await;
    let exchange = bench.last();
    let response = exchange.response.expect("what came is kept");
    assert_eq!(response.status, 200);
    assert!(response.body.expect("a body").text.starts_with("{\"access_token\":\"‹access_token 1"));
    assert!(exchange.error.is_some());
}

#[tokio::test]
async fn what_is_no_http_is_an_error() {
    let bench = Bench::new();
    let why = bench.trouble(&raw(b"\x16\x03\x01\x02\x00\x00\xff\xfe garbage\r\n\r\n", true).await).await;
    assert!(why.contains("not HTTP"), "{why}");
    bench.trouble(&raw("", true).await).await;
    let bomb = format!("HTTP/1.1 200 OK\r\nx-bomb: {}\r\n\r\n", "x".repeat(1 << 20));
    bench.trouble(&raw(bomb, true).await).await;
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "x-many: 1\r\n".repeat(5000));
    bench.trouble(&raw(many, true).await).await;
    bench.trouble(&raw("HTTP/1.1 302 Found\r\nlocation: /a\0b\r\n\r\n", true).await).await;
    assert!(bench.exchanges().iter().all(|e| e.response.is_none() && e.error.is_some()));
}

#[tokio::test]
async fn bytes_that_are_no_text_are_kept_as_well_as_they_can_be() {
    let answer =
        b"HTTP/1.1 302 Found\r\nlocation: https://h/\xff\xfe?code=0123456789\r\ncontent-length: 2\r\n\r\n\xc3\x28";
    let bench = Bench::new();
    let reply = bench.get(&raw(answer, true).await).await.expect("an answer");
    assert_eq!(reply.body(), b"\xc3\x28");
    let response = bench.last().response.expect("a response");
    assert!(response.headers[0].value.starts_with("https://h/\u{fffd}\u{fffd}?code=‹code 1"), "{:?}", response.headers);
}

#[tokio::test]
async fn silence_ends_at_the_limit() {
    let bench = Bench::with_limit(Duration::from_millis(300));
    let why = bench.trouble(&raw("", false).await).await;
    assert!(why.contains("no answer within 0.3 s"), "{why}");
    for answer in [
        "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nslow",
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n: nothing yet\n\n",
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"n\"}\n\n",
    ] {
        let why = bench.trouble(&raw(answer, false).await).await;
        assert!(why.contains("the answer did not end within 0.3 s"), "{why}");
        assert!(bench.last().response.is_some(), "what came is kept");
    }
}

#[tokio::test]
async fn a_stream_that_stays_open_after_its_answer_is_left() {
    let stream = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n\
                  : hi\n\ndata: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n\n";
    let reply = Bench::new().get(&raw(stream, false).await).await.expect("an answer");
    assert!(reply.rpc_result().is_some());
}

#[tokio::test]
async fn a_body_without_end_is_cut_and_the_cut_is_marked() {
    let server = MockServer::start().await;
    let endless = vec![b'x'; BODY_LIMIT * 2];
    Mock::given(path("/endless")).respond_with(ResponseTemplate::new(200).set_body_bytes(endless)).mount(&server).await;
    let bench = Bench::new();
    let reply = bench.get(&format!("{}/endless", server.uri())).await.expect("an answer");
    assert_eq!(reply.body().len(), BODY_LIMIT);
    let body = bench.last().response.and_then(|r| r.body).expect("a body");
    assert!(body.truncated && body.bytes == BODY_LIMIT as u64 && body.text.len() < BODY_LIMIT / 8);
}

#[tokio::test]
async fn a_server_that_asks_for_patience_gets_it() {
    let server = MockServer::start().await;
    let busy = || ResponseTemplate::new(429).insert_header("retry-after", "1");
    Mock::given(path("/once")).respond_with(busy()).up_to_n_times(1).mount(&server).await;
    Mock::given(path("/once")).respond_with(ResponseTemplate::new(204)).mount(&server).await;
    Mock::given(path("/always")).respond_with(busy()).expect(5).mount(&server).await;
    let later = ResponseTemplate::new(429).insert_header("retry-after", "3600");
    Mock::given(path("/tomorrow")).respond_with(later).expect(1).mount(&server).await;
    let bench = Bench::new();
    let [once, always, tomorrow] = ["once", "always", "tomorrow"].map(|place| format!("{}/{place}", server.uri()));
    let (once, always, tomorrow) = tokio::join!(bench.get(&once), bench.get(&always), bench.get(&tomorrow));
    let once = once.expect("an answer");
    assert_eq!(once.status(), 204);
    let waited = bench.exchanges().iter().map(|e| e.at_ms).max().expect("exchanges");
    assert!(waited >= 1000, "Retry-After is honoured: {waited} ms");
    for given_up in [always, tomorrow] {
        let Err(Stop::Error { why }) = given_up else { panic!("a rate limit is no answer to judge: {given_up:?}") };
        assert!(why.contains("429") && why.contains("--pace"), "{why}");
    }
}

#[tokio::test]
async fn nothing_is_followed_or_repeated_unasked() {
    let server = MockServer::start().await;
    let away =
        ResponseTemplate::new(302).insert_header("location", "/elsewhere").insert_header("set-cookie", "sid=12345678");
    Mock::given(path("/moved")).respond_with(away).expect(1).mount(&server).await;
    Mock::given(path("/elsewhere")).respond_with(ResponseTemplate::new(200)).expect(0).mount(&server).await;
    Mock::given(path("/broken")).respond_with(ResponseTemplate::new(503)).expect(1).mount(&server).await;
    Mock::given(header("cookie", "sid=12345678"))
        .respond_with(ResponseTemplate::new(500))
        .expect(0)
        .mount(&server)
        .await;
    let bench = Bench::new();
    assert_eq!(bench.get(&format!("{}/moved", server.uri())).await.expect("an answer").status(), 302);
    assert_eq!(bench.get(&format!("{}/broken", server.uri())).await.expect("an answer").status(), 503);
    assert_eq!(bench.exchanges().len(), 2);
    server.verify().await;
}

#[tokio::test]
async fn a_connection_that_breaks_is_not_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    let counting = tokio::spawn(async move {
        let mut connections = 0;
        // The second request is the last: whatever came before it is counted.
        loop {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            connections += 1;
            let mut head = vec![0; 64];
            let read = stream.read(&mut head).await.expect("a request");
            if head[..read].starts_with(b"GET /last") {
                return connections;
            }
        }
    });
    let bench = Bench::new();
    bench.trouble(&url).await;
    bench.trouble(&format!("{url}last")).await;
    assert_eq!(counting.await.expect("a count"), 2);
}

#[tokio::test]
async fn no_event_shows_a_secret_of_a_token_response() {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    let server = MockServer::start().await;
    let (token, refresh) = ("tok/en+with =odd%characters\"0123", "refresh~0123456789/+");
    let answer = serde_json::json!({"access_token": token, "refresh_token": refresh, "token_type": "Bearer"});
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(200).set_body_json(answer)).mount(&server).await;
    let echo = ResponseTemplate::new(401)
        .set_body_string(format!("{token} {} {}", percent_encode(token), STANDARD.encode(token)))
        .insert_header("www-authenticate", format!("Bearer error_description=\"{}\"", percent_encode(refresh)));
    Mock::given(method("GET")).respond_with(echo).mount(&server).await;

    let bench = Bench::new();
    let url = server.uri();
    bench.recorder.register_client("id:1", "s3cret/&word");
    let client =
        Client { id: "id:1".into(), secret: Some("s3cret/&word".into()), auth: ClientAuth::Basic, ..Client::default() };
    let mut params: Params = [("code", "the-code-0123"), ("code_verifier", "the-verifier-0123")].into_iter().collect();
    let basic = client.authenticate(&mut params).expect("a header");
    let request = HttpRequest::form("token request", &url, &params).with_header("Authorization", &basic);
    bench.recorder.send(None, request).await.expect("a token response");
    let query = format!("{url}/?access_token={}", percent_encode(token));
    let request = HttpRequest::get("a use", query).with_header("Authorization", &format!("Bearer {refresh}"));
    bench.recorder.send(None, request).await.expect("an answer");

    let shown = serde_json::to_string(&*bench.events.lock().expect("no sink panics")).expect("events serialise");
    assert!(shown.contains("‹access_token 1") && shown.contains("‹refresh_token 1") && shown.contains("‹code 1"));
    for secret in [token, refresh, "s3cret/&word", "the-code-0123", "the-verifier-0123"] {
        let json = serde_json::to_string(secret).expect("text is JSON");
        for form in [
            secret.to_owned(),
            json[1..json.len() - 1].to_owned(),
            percent_encode(secret),
            STANDARD.encode(secret),
            URL_SAFE_NO_PAD.encode(secret),
        ] {
            assert!(!shown.contains(&form), "{form} is in {shown}");
        }
    }
    assert!(!shown.contains(basic.trim_start_matches("Basic ")), "{shown}");
}

/// Everything on one origin belongs to the sign-in.
struct Within(String);

impl Territory for Within {
    fn holds(&self, origin: &str) -> bool {
        origin == self.0
    }

    fn annex(&self, _: &str) -> bool {
        false
    }

    fn origins(&self) -> Vec<String> {
        vec![self.0.clone()]
    }
}

async fn walk(bench: &Bench, server: &MockServer) -> (proofmark_probe::Journey, Landing) {
    let redirect_uri = "https://client.example.test/cb".to_owned();
    let client = Client { id: "c".into(), redirect_uris: vec![redirect_uri.clone()], ..Client::default() };
    let mut request = AuthorizationRequest::bare(&Arc::new(client), &redirect_uri);
    request.params = [("state", "s")].into_iter().collect();
    let errand = Errand {
        recorder: &bench.recorder,
        settings: &Settings::default(),
        territory: &Within(server.uri()),
        case: None,
        endpoint: &format!("{}/authorize", server.uri()),
        person: &Person::new(None),
        powers: Powers::ALL,
        fresh: true,
    };
    let journey = UserAgent::new().walk(&errand, request).await.expect("a journey");
    let landing = journey.landing.clone();
    (journey, landing)
}

#[tokio::test]
async fn a_secure_cookie_comes_back_on_loopback() {
    let server = MockServer::start().await;
    let begin = ResponseTemplate::new(303)
        .insert_header("location", "/consent")
        .append_header("set-cookie", "session=0123456789; Path=/; Secure; HttpOnly; SameSite=Lax")
        .append_header("set-cookie", "elsewhere=1; Path=/login");
    Mock::given(path("/authorize")).respond_with(begin).mount(&server).await;
    let done =
        ResponseTemplate::new(302).insert_header("location", "https://client.example.test/cb?code=the-code-0123");
    Mock::given(path("/consent")).and(header("cookie", "session=0123456789")).respond_with(done).mount(&server).await;
    let bench = Bench::new();
    let (journey, landing) = walk(&bench, &server).await;
    assert!(journey.arrived(), "{landing:?}");
    assert_eq!(journey.code().as_deref(), Some("the-code-0123"));
    let shown = serde_json::to_string(&bench.exchanges()).expect("exchanges serialise");
    assert!(!shown.contains("0123456789") && !shown.contains("the-code-0123"), "{shown}");
}

#[tokio::test]
async fn redirects_without_end_are_left() {
    let server = MockServer::start().await;
    let around = ResponseTemplate::new(302).insert_header("location", "/authorize?again");
    Mock::given(method("GET")).respond_with(around).mount(&server).await;
    let (journey, landing) = walk(&Bench::new(), &server).await;
    assert!(journey.hops.len() <= 32);
    let Landing::Stuck { why, .. } = landing else { panic!("{landing:?}") };
    assert!(why.contains("redirect to the next"), "{why}");
}

#[tokio::test]
async fn a_redirect_that_leads_away_is_read_and_not_followed() {
    for location in [
        "https://admin:hunter2-0123@elsewhere.example.test/",
        "javascript:alert(1)",
        "//elsewhere.example.test/x",
        "http://[",
    ] {
        let server = MockServer::start().await;
        let away = ResponseTemplate::new(302).insert_header("location", location);
        Mock::given(path("/authorize")).respond_with(away).expect(1).mount(&server).await;
        let bench = Bench::new();
        let (journey, landing) = walk(&bench, &server).await;
        assert!(matches!(landing, Landing::Redirected { to } if to == location));
        assert_eq!(journey.leak().as_deref(), Some(location));
        assert!(!serde_json::to_string(&bench.exchanges()).expect("exchanges serialise").contains("hunter2"));
    }
}

#[tokio::test]
async fn a_location_of_half_a_megabyte_is_survived() {
    let bench = Bench::new();
    let far = format!("HTTP/1.1 302 Found\r\nlocation: /{}\r\ncontent-length: 0\r\n\r\n", "x".repeat(200_000));
    let reply = bench.get(&raw(far, true).await).await.expect("an answer");
    assert!(reply.summary().len() < 1000);
}
