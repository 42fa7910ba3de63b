//! A little HTTP server on loopback, for a person's browser.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::{Body as _, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The most that is read of a body.
const MOST_BODY: usize = 64 << 10;

/// A request of the browser.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) method: String,
    /// Path and query as they were sent.
    pub(super) target: String,
    pub(super) host: String,
    pub(super) body: String,
}

/// An answer: status, header lines, body.
pub(super) type Answer = (u16, Vec<(&'static str, String)>, String);

/// A page.
pub(super) fn page(html: impl Into<String>) -> Answer {
    (200, vec![("content-type", "text/html; charset=utf-8".into()), ("cache-control", "no-store".into())], html.into())
}

/// A server that ends with its handle.
pub(super) struct Server {
    task: JoinHandle<()>,
    pub(super) address: SocketAddr,
}

impl Server {
    /// Answers at an address.
    pub(super) async fn start(
        address: SocketAddr,
        answer: impl Fn(Asked) -> Answer + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let answer: Arc<dyn Fn(Asked) -> Answer + Send + Sync> = Arc::new(answer);
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            loop {
                while connections.try_join_next().is_some() {}
                match listener.accept().await {
                    Ok((stream, _)) => {
                        let answer = Arc::clone(&answer);
                        let service = service_fn(move |request| respond(request, Arc::clone(&answer)));
                        connections.spawn(async move {
                            // A connection that breaks is the browser's affair.
                            let _ = hyper::server::conn::http1::Builder::new()
                                .timer(TokioTimer::new())
                                .header_read_timeout(Duration::from_secs(10))
                                .serve_connection(TokioIo::new(stream), service)
                                .await;
                        });
                    }
                    Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
                }
            }
        });
        Ok(Server { task, address })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn respond(
    request: Request<Incoming>,
    answer: Arc<dyn Fn(Asked) -> Answer + Send + Sync>,
) -> Result<Response<String>, Infallible> {
    let asked = Asked {
        method: request.method().to_string(),
        target: request.uri().path_and_query().map_or("/", |t| t.as_str()).to_owned(),
        host: request.headers().get("host").and_then(|h| h.to_str().ok()).unwrap_or_default().to_owned(),
        body: read(request.into_body()).await,
    };
    let (status, headers, body) = answer(asked);
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    Ok(response.body(body).unwrap_or_default())
}

async fn read(mut body: Incoming) -> String {
    let mut bytes = Vec::new();
    while bytes.len() < MOST_BODY {
        match std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
            Some(Ok(frame)) => bytes.extend_from_slice(&frame.into_data().unwrap_or_default()),
            _ => break,
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
