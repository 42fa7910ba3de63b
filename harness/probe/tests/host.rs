//! Our host before whoever comes: what it serves can change, who came is evidence, and nothing of it hangs.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use proofmark_probe::host::{Host, LABEL, Served};
use proofmark_probe::model::{Event, Exchange};
use proofmark_probe::recorder::{Recorder, Transport};
use proofmark_probe::settings::DocumentSettings;
use proofmark_probe::settings::NetworkSettings;
use proofmark_probe::{HttpRequest, Reply, Stop};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

struct Bench {
    recorder: Arc<Recorder>,
    events: Arc<Mutex<Vec<Event>>>,
}

impl Bench {
    fn new() -> Self {
        let events = Arc::<Mutex<Vec<Event>>>::default();
        let sink = {
            let events = Arc::clone(&events);
            Box::new(move |event| events.lock().expect("no sink panics").push(event))
        };
        let transport = Transport::new(Duration::from_secs(10), &NetworkSettings::default()).expect("a transport");
        Bench { recorder: Arc::new(Recorder::new(transport, sink)), events }
    }

    async fn host(&self, settings: DocumentSettings) -> Result<Host, Stop> {
        Host::start(&settings, Arc::clone(&self.recorder)).await
    }

    /// Fetches as a target would.
    async fn get(&self, url: &str) -> Result<Reply, Stop> {
        self.recorder.send(None, HttpRequest::get("a target's fetch", url)).await
    }

    fn witnessed(&self) -> Vec<Exchange> {
        let events = self.events.lock().expect("no sink panics");
        let exchanges = events.iter().filter_map(|e| match e {
            Event::Exchanged { exchange } if exchange.label == LABEL => Some(exchange.clone()),
            _ => None,
        });
        exchanges.collect()
    }
}

#[tokio::test]
async fn a_page_changes_between_fetches_and_each_fetch_is_evidence() {
    let bench = Bench::new();
    let host = bench.host(DocumentSettings::default()).await.expect("a host");
    let page =
        host.put(Some("as.a.case"), "token", "c.json", |url| Served::json(format!("{{\"client_id\":\"{url}\"}}")));
    let first = bench.get(page.url()).await.expect("an answer");
    assert_eq!((first.status(), first.json_str("client_id").as_deref()), (200, Some(page.url())));
    page.serve(Served::json("{}").with_status(503).with_header("retry-after", "1"));
    let request =
        HttpRequest::get("a target's fetch", page.url()).with_header("Cookie", "session=the-users-own-session");
    let second = bench.recorder.send(None, request).await.expect("an answer");
    assert_eq!((second.status(), second.header("retry-after").as_deref()), (503, Some("1")));

    let fetches = page.fetches();
    assert_eq!(fetches.len(), 2);
    assert_eq!((fetches[0].method.as_str(), fetches[0].target.as_str()), ("GET", "/token/c.json"));
    assert_eq!(fetches[1].header("cookie").as_deref(), Some("session=the-users-own-session"));
    assert!(fetches[0].at <= fetches[1].at);
    let seen = bench.witnessed();
    assert_eq!(seen.iter().map(|e| e.id).collect::<Vec<_>>(), fetches.iter().map(|f| f.exchange).collect::<Vec<_>>());
    assert_eq!((seen[0].case.as_deref(), seen[0].request.url.as_str()), (Some("as.a.case"), page.url()));
    assert_eq!(seen[1].response.as_ref().map(|r| r.status), Some(503));
    assert!(!format!("{seen:?}").contains("the-users-own-session"), "{seen:?}");
}

#[tokio::test]
async fn a_proxy_before_us_may_change_the_path_and_nothing_else_is_served() {
    let bench = Bench::new();
    let settings = DocumentSettings { base_url: Some("https://tunnel.example.test/pm/".into()), ..Default::default() };
    let host = bench.host(settings).await.expect("a host");
    let page = host.put(None, "token", "c.json", |_| Served::json("{}"));
    assert_eq!(page.url(), "https://tunnel.example.test/pm/token/c.json");
    let local = |path: &str| format!("http://127.0.0.1:{}{path}", host.port());
    for path in ["/token/c.json", "/pm/token/c.json", "/token/c.json?v=1"] {
        assert_eq!(bench.get(&local(path)).await.expect("an answer").status(), 200, "{path}");
    }
    for path in ["/", "/token/", "/token/c.jsonx", "/other/c.json"] {
        assert_eq!(bench.get(&local(path)).await.expect("an answer").status(), 404, "{path}");
    }
    assert_eq!(page.fetches().len(), 3);
    assert_eq!(page.fetches()[2].target, "/token/c.json?v=1");
}

#[tokio::test]
async fn an_answer_can_take_its_time_and_a_silent_visitor_is_shown_out() {
    let bench = Bench::new();
    let host = bench.host(DocumentSettings::default()).await.expect("a host");
    let slow = host.put(None, "slow", "c.json", |_| {
        Served::json("[1,2]").after(Duration::from_millis(100)).slowly(Duration::from_millis(40))
    });
    let began = Instant::now();
    assert_eq!(bench.get(slow.url()).await.expect("an answer").text(), "[1,2]");
    assert!(began.elapsed() >= Duration::from_millis(300), "{:?}", began.elapsed());

    let huge = format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(100_000));
    for request in ["\0\0\0\0\r\n\r\n", huge.as_str()] {
        let mut stream = TcpStream::connect(("127.0.0.1", host.port())).await.expect("a connection");
        // It may hang up before it has read everything.
        let _ = stream.write_all(request.as_bytes()).await;
        let mut answer = Vec::new();
        let read = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut answer)).await;
        assert!(read.is_ok(), "the connection ends");
        assert!(!answer.starts_with(b"HTTP/1.1 200"));
    }
    host.stop();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(bench.get(slow.url()).await.is_err());
}

#[tokio::test]
async fn what_cannot_be_served_names_its_setting() {
    let bench = Bench::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let listen = Some(taken.local_addr().expect("an address"));
    let bad = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (settings, said) in [
        (DocumentSettings { listen, ..Default::default() }, "`listen`"),
        (DocumentSettings { certificate: Some((String::new(), String::new())), ..Default::default() }, "`certificate`"),
        (
            DocumentSettings { certificate: Some((bad.into(), "no key".into())), ..Default::default() },
            "`certificate_key`",
        ),
    ] {
        match bench.host(settings).await.err() {
            Some(Stop::Blocked { remedy: Some(remedy), .. }) => assert!(remedy.contains(said), "{remedy}"),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn documents_are_served_over_tls_under_the_users_certificate() {
    use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject as _};

    let made = rcgen::generate_simple_self_signed(vec!["localhost".into()]).expect("a certificate");
    let (chain, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let bench = Bench::new();
    let settings = DocumentSettings { certificate: Some((chain.clone(), key)), ..Default::default() };
    let host = bench.host(settings).await.expect("a host");
    let page = host.put(None, "token", "c.json", |_| Served::json("{}"));
    assert_eq!(page.url(), format!("https://localhost:{}/token/c.json", host.port()));

    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(chain.as_bytes()).expect("a certificate")).expect("a root");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(("127.0.0.1", host.port())).await.expect("a connection");
    let name = ServerName::try_from("localhost").expect("a name");
    let mut stream =
        tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, stream).await.expect("a handshake");
    let request = b"GET /token/c.json HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(request).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("{}"), "{answer}");
    assert_eq!(bench.witnessed()[0].request.url, "https://localhost/token/c.json");
}
