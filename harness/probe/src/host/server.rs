//! The server of our host: HTTP/1.1, plain or over TLS, within bounds.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;

use super::served::Slow;
use super::{LABEL, Pages};
use crate::case::Stop;
use crate::http::HttpRequest;

/// The most connections at a time; more wait.
const MOST_CONNECTIONS: usize = 64;
/// How long a connection may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a connection may live.
const LONGEST: Duration = Duration::from_secs(120);
/// The most that is read of a request's head.
const MOST_HEAD: usize = 16 << 10;

/// What a certificate and its key make.
pub(super) fn tls(chain: &str, key: &str) -> Result<TlsAcceptor, Stop> {
    let unusable = |what: String| {
        Stop::missing(
            format!("the certificate for our documents cannot be used: {what}"),
            "check `certificate` and `certificate_key` of [client_documents] in the configuration",
        )
    };
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(chain.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|e| unusable(format!("the chain is no PEM ({e})")))?;
    if certificates.is_empty() {
        return Err(unusable("the chain holds no certificate".into()));
    }
    // The library's words about a key say nothing of the key.
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes())
        .map_err(|_| unusable("its private key is no PEM, or is encrypted".into()))?;
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| unusable(e.to_string()))?
        .with_no_client_auth()
        .with_single_cert(certificates, key)
        .map_err(|e| unusable(e.to_string()))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Accepts connections until it is aborted; the connections end with it.
pub(super) async fn run(listener: TcpListener, tls: Option<TlsAcceptor>, pages: Arc<Pages>, base: String) {
    let permits = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let base: Arc<str> = base.into();
    let mut connections = tokio::task::JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok(permit) = Arc::clone(&permits).acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            // Too many open files, for example: others will be closed.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let (tls, pages, base) = (tls.clone(), Arc::clone(&pages), Arc::clone(&base));
        connections.spawn(async move {
            let _permit = permit;
            let serve = async {
                match tls {
                    None => connection(stream, pages, base).await,
                    // Whoever does not trust our certificate says so at its own end.
                    Some(tls) => {
                        if let Ok(Ok(stream)) = tokio::time::timeout(PATIENCE, tls.accept(stream)).await {
                            connection(stream, pages, base).await;
                        }
                    }
                }
            };
            let _ = tokio::time::timeout(LONGEST, serve).await;
        });
    }
}

async fn connection(stream: impl AsyncRead + AsyncWrite + Unpin, pages: Arc<Pages>, base: Arc<str>) {
    let service = service_fn(|request| {
        let (pages, base) = (Arc::clone(&pages), Arc::clone(&base));
        async move { Ok::<_, Infallible>(answer(&request, &pages, &base).await) }
    });
    // A connection that breaks is the target's affair; what it fetched is on record.
    let _ = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(MOST_HEAD)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn answer(request: &Request<Incoming>, pages: &Pages, base: &str) -> Response<Slow> {
    let head = request.method() == Method::HEAD;
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    // Under the name by which the target called us, which is what is worth knowing about a bait.
    let host = request.headers().get("host").and_then(|host| host.to_str().ok());
    let scheme = base.split("://").next().unwrap_or("http");
    let place = host.map_or_else(|| base.to_owned(), |host| format!("{scheme}://{host}"));
    let seen = HttpRequest {
        label: LABEL.into(),
        method: request.method().to_string(),
        url: format!("{place}{target}"),
        headers: request.headers().iter().map(|(n, v)| (n.as_str().to_owned(), v.as_bytes().to_vec())).collect(),
        body: Vec::new(),
        listen: None,
    };
    let Some(served) = pages.answer(seen, target) else { return plain(StatusCode::NOT_FOUND) };
    if !served.delay.is_zero() {
        tokio::time::sleep(served.delay).await;
    }
    let mut response = Response::builder().status(served.status);
    for (name, value) in &served.headers {
        response = response.header(name, value);
    }
    let body = if head { Bytes::new() } else { served.body };
    response.body(Slow::new(body, served.pace)).unwrap_or_else(|_| plain(StatusCode::INTERNAL_SERVER_ERROR))
}

fn plain(status: StatusCode) -> Response<Slow> {
    let mut response = Response::new(Slow::new(Bytes::new(), Duration::ZERO));
    *response.status_mut() = status;
    response
}
