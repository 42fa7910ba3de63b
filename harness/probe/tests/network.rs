//! The way to the target as the user describes it: whom to trust, through which proxy, with which headers, how fast.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proofmark_probe::recorder::{Recorder, Transport};
use proofmark_probe::settings::{ExtraHeader, NetworkSettings};
use proofmark_probe::{HttpRequest, Reply, Stop};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use wiremock::matchers::{header, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const LIMIT: Duration = Duration::from_secs(10);
const OK: &[u8] = b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n";

async fn get(network: &NetworkSettings, url: &str) -> Result<Reply, Stop> {
    let recorder = Recorder::new(Transport::new(LIMIT, network)?, Box::new(|_| {}));
    recorder.belongs_to_target(url);
    recorder.send(None, HttpRequest::get("a look", url)).await
}

fn why(result: Result<Reply, Stop>) -> String {
    match result {
        Err(stop) => stop.why().to_owned(),
        Ok(reply) => panic!("an answer came: {}", reply.summary()),
    }
}

/// A certification authority, and what it issues.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(vec![]).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Authority(CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a certificate"))
    }

    fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for a name with its key, both PEM.
    fn issue(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        (params.signed_by(&key, &self.0).expect("a certificate").pem(), key.serialize_pem())
    }
}

/// A TLS server that answers 204; with `clients` it wants a certificate of that authority.
async fn tls_server(authority: &Authority, clients: Option<&Authority>, alpn: &[&[u8]]) -> SocketAddr {
    let (certificate, key) = authority.issue("staging.example.test");
    let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).expect("a certificate")];
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder.with_safe_default_protocol_versions().expect("versions");
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = rustls::RootCertStore::empty();
            roots.add(CertificateDer::from_pem_slice(authority.pem().as_bytes()).expect("PEM")).expect("a root");
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().expect("a verifier"))
        }
    };
    let mut config = builder.with_single_cert(chain, key).expect("a configuration");
    config.alpn_protocols = alpn.iter().map(|p| p.to_vec()).collect();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(socket).await else { return };
                let mut head = [0; 1024];
                let read = stream.read(&mut head).await.unwrap_or(0);
                if head[..read].starts_with(b"PRI * HTTP/2.0") {
                    // Enough of HTTP/2 to see that it is spoken: settings, then the end.
                    let _ = stream.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).await;
                    let _ = stream.write_all(&[0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 13]).await;
                } else {
                    let _ = stream.write_all(OK).await;
                }
                let _ = stream.shutdown().await;
            });
        }
    });
    address
}

fn resolving(address: SocketAddr) -> NetworkSettings {
    NetworkSettings { resolve: vec![("staging.example.test".into(), address)], ..NetworkSettings::default() }
}

#[tokio::test]
async fn a_name_is_resolved_and_a_certificate_trusted_as_the_user_says() {
    let authority = Authority::new();
    let address = tls_server(&authority, None, &[]).await;
    let url = format!("https://staging.example.test:{}/mcp", address.port());
    let stranger = why(get(&resolving(address), &url).await);
    assert!(stranger.contains("certificate"), "{stranger}");
    let trusting = NetworkSettings { roots: Some(authority.pem()), ..resolving(address) };
    assert_eq!(get(&trusting, &url).await.expect("an answer").status(), 204);
    let broken = NetworkSettings { roots: Some("no PEM".into()), ..resolving(address) };
    let broken = why(get(&broken, &url).await);
    assert!(broken.contains("--ca") && broken.contains("no certificate"), "{broken}");
}

#[tokio::test]
async fn a_client_certificate_opens_a_server_that_wants_one() {
    let (authority, ours) = (Authority::new(), Authority::new());
    let address = tls_server(&authority, Some(&ours), &[]).await;
    let url = format!("https://staging.example.test:{}/", address.port());
    let trusting = NetworkSettings { roots: Some(authority.pem()), ..resolving(address) };
    assert!(!why(get(&trusting, &url).await).is_empty());
    let (certificate, key) = ours.issue("client");
    let known = NetworkSettings { identity: Some(format!("{certificate}\n{key}")), ..trusting.clone() };
    assert_eq!(get(&known, &url).await.expect("an answer").status(), 204);
    let keyless = why(get(&NetworkSettings { identity: Some(certificate), ..trusting }, &url).await);
    assert!(keyless.contains("--cert") && keyless.contains("private key"), "{keyless}");
}

#[tokio::test]
async fn http2_is_offered_only_when_the_user_wants_it() {
    let authority = Authority::new();
    let address = tls_server(&authority, None, &[b"h2", b"http/1.1"]).await;
    let url = format!("https://staging.example.test:{}/", address.port());
    let plain = NetworkSettings { roots: Some(authority.pem()), ..resolving(address) };
    assert_eq!(get(&plain, &url).await.expect("HTTP/1.1").status(), 204);
    let modern = why(get(&NetworkSettings { http2: true, ..plain }, &url).await);
    assert!(modern.contains("requires HTTP/1.1"), "{modern}");
}

/// A proxy that understands absolute URLs, CONNECT and SOCKS5, and notes where it was sent.
async fn proxy(to: SocketAddr) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let seen = Arc::<Mutex<Vec<String>>>::default();
    let noted = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let noted = Arc::clone(&noted);
            tokio::spawn(async move {
                let mut head = [0; 4096];
                let read = client.read(&mut head).await.unwrap_or(0);
                let mut server = TcpStream::connect(to).await.expect("the server");
                if head[0] == 5 {
                    let _ = client.write_all(&[5, 0]).await;
                    let read = client.read(&mut head).await.unwrap_or(0);
                    // Address type 3 is a name, with its length before and its port after it.
                    let name = String::from_utf8_lossy(&head[5..read - 2]).into_owned();
                    noted.lock().expect("unbroken").push(format!("socks {} {name}", head[3]));
                    let _ = client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await;
                } else {
                    let line = String::from_utf8_lossy(&head[..read]).lines().next().unwrap_or("").to_owned();
                    let tunnel = line.starts_with("CONNECT");
                    noted.lock().expect("unbroken").push(line);
                    if tunnel {
                        let _ = client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
                    } else {
                        let _ = server.write_all(&head[..read]).await;
                    }
                }
                let _ = copy_bidirectional(&mut client, &mut server).await;
            });
        }
    });
    (address, seen)
}

#[tokio::test]
async fn requests_go_through_the_proxy() {
    let server = MockServer::start().await;
    Mock::given(path("/mcp")).respond_with(ResponseTemplate::new(204)).mount(&server).await;
    let (address, seen) = proxy(*server.address()).await;
    for scheme in ["http", "socks5h"] {
        let network = NetworkSettings { proxy: Some(format!("{scheme}://{address}")), ..NetworkSettings::default() };
        let reply = get(&network, "http://staging.example.test/mcp").await.expect("an answer");
        assert_eq!(reply.status(), 204, "{scheme}");
    }
    let authority = Authority::new();
    let secure = tls_server(&authority, None, &[]).await;
    let (tunnel, connects) = proxy(secure).await;
    let network = NetworkSettings {
        proxy: Some(format!("http://{tunnel}")),
        roots: Some(authority.pem()),
        ..NetworkSettings::default()
    };
    assert_eq!(get(&network, "https://staging.example.test/mcp").await.expect("an answer").status(), 204);
    let seen = [seen.lock().expect("unbroken").clone(), connects.lock().expect("unbroken").clone()].concat();
    let expected = [
        "GET http://staging.example.test/mcp HTTP/1.1",
        "socks 3 staging.example.test",
        "CONNECT staging.example.test:443 HTTP/1.1",
    ];
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_named() {
    let network = NetworkSettings { proxy: Some("http://127.0.0.1:1".into()), ..NetworkSettings::default() };
    let why = why(get(&network, "http://staging.example.test/").await);
    assert!(why.contains("proxy") && why.contains("127.0.0.1:1"), "{why}");
}

#[tokio::test]
async fn extra_headers_go_to_the_target_alone_and_never_over_its_own() {
    let (target, other) = (MockServer::start().await, MockServer::start().await);
    let gate = Mock::given(header("x-gate", "open")).respond_with(ResponseTemplate::new(204));
    gate.expect(1).mount(&target).await;
    Mock::given(header("x-gate", "own")).respond_with(ResponseTemplate::new(205)).mount(&target).await;
    Mock::given(header("x-named", "n")).respond_with(ResponseTemplate::new(206)).expect(1).mount(&other).await;
    let extra = |origin: Option<String>, name: &str, value: &str| ExtraHeader {
        origin,
        name: name.into(),
        value: value.into(),
    };
    let network = NetworkSettings {
        headers: vec![extra(None, "X-Gate", "open"), extra(Some(other.uri()), "X-Named", "n")],
        ..NetworkSettings::default()
    };
    let recorder = Recorder::new(Transport::new(LIMIT, &network).expect("a transport"), Box::new(|_| {}));
    recorder.belongs_to_target(&format!("{}/mcp", target.uri()));
    let send = async |request: HttpRequest| recorder.send(None, request).await.expect("an answer");
    assert_eq!(send(HttpRequest::get("plain", target.uri())).await.status(), 204);
    let own = HttpRequest::get("own", target.uri()).with_header("x-gate", "own");
    assert_eq!(send(own).await.status(), 205);
    let there = send(HttpRequest::get("elsewhere", other.uri())).await;
    assert_eq!(there.status(), 206);
    let requests = other.received_requests().await.expect("recorded");
    assert!(requests.iter().all(|r| !r.headers.contains_key("x-gate")), "a gate's secret stays at the target");
}

#[tokio::test]
async fn an_address_of_version_6_is_one_like_any_other() {
    let Ok(listener) = TcpListener::bind("[::1]:0").await else { return };
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.expect("a client");
        let _ = socket.read(&mut [0; 1024]).await;
        let _ = socket.write_all(OK).await;
    });
    let reply = get(&NetworkSettings::default(), &format!("http://[::1]:{port}/mcp")).await.expect("an answer");
    assert_eq!(reply.status(), 204);
}
