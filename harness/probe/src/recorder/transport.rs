//! The HTTP library, set up to do nothing unasked, and the way to the target as the user described it.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use url::Url;

use crate::case::Stop;
use crate::http::HttpRequest;
use crate::settings::NetworkSettings;

/// The HTTP library, set up to do nothing unasked.
pub struct Transport {
    http: reqwest::Client,
    /// For this machine, where connections cost nothing: none is used twice. Some servers close theirs right after an
    /// answer without a word, and the next request on it is lost (RFC 9112 §9.5 allows it).
    near: reqwest::Client,
    limit: Duration,
    network: NetworkSettings,
    /// The origins that get the headers meant for all of the target's.
    target: Mutex<HashSet<String>>,
}

impl Transport {
    /// A transport whose requests end after `limit` at the latest.
    ///
    /// # Errors
    /// When the TLS configuration of this machine, or what the user said about the network, is unusable.
    pub fn new(limit: Duration, network: &NetworkSettings) -> Result<Self, Stop> {
        let tls = tls(network)?;
        Ok(Transport {
            http: client(limit, network, tls.clone())?.build().map_err(unusable)?,
            near: client(limit, network, tls)?.pool_max_idle_per_host(0).build().map_err(unusable)?,
            limit,
            network: network.clone(),
            target: Mutex::default(),
        })
    }

    /// The most requests per second to one origin, if the user set a limit.
    pub(super) fn pace(&self) -> Option<f64> {
        self.network.pace
    }

    pub(super) fn belongs_to_target(&self, url: &str) {
        if let Ok(url) = Url::parse(url) {
            let origin = url.origin().ascii_serialization();
            self.target.lock().unwrap_or_else(PoisonError::into_inner).insert(origin);
        }
    }

    /// The request with the headers that the user wants on every request there. What a request carries already stays.
    pub(super) fn with_extra_headers(&self, mut request: HttpRequest) -> HttpRequest {
        if self.network.headers.is_empty() {
            return request;
        }
        let Ok(url) = Url::parse(&request.url) else { return request };
        let origin = url.origin();
        let of_target =
            self.target.lock().unwrap_or_else(PoisonError::into_inner).contains(&origin.ascii_serialization());
        for header in &self.network.headers {
            let meant = match &header.origin {
                None => of_target,
                Some(named) => Url::parse(named).is_ok_and(|named| named.origin() == origin),
            };
            if meant && !request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(&header.name)) {
                request = request.with_header(&header.name, &header.value);
            }
        }
        request
    }

    /// Sends a request and waits for the head of the answer.
    pub(super) async fn start(&self, request: &HttpRequest) -> Result<reqwest::Response, String> {
        let url = Url::parse(&request.url).map_err(|e| format!("the URL {} is invalid: {e}", request.url))?;
        let method = reqwest::Method::from_bytes(request.method.as_bytes()).map_err(|e| e.to_string())?;
        let mut headers = http::HeaderMap::new();
        for (name, value) in &request.headers {
            let name = http::HeaderName::from_bytes(name.as_bytes()).map_err(|e| format!("header {name}: {e}"))?;
            let value = http::HeaderValue::from_bytes(value).map_err(|e| format!("header {name}: {e}"))?;
            headers.append(name, value);
        }
        let near = match url.host() {
            Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
            Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
            Some(url::Host::Domain(name)) => name == "localhost",
            None => false,
        };
        let http = if near { &self.near } else { &self.http };
        let mut call = http.request(method, url).headers(headers);
        if !request.body.is_empty() {
            call = call.body(request.body.clone());
        }
        call.send().await.map_err(|e| self.explain(&e, "no answer"))
    }

    /// What went wrong, in words for someone who does not know the libraries below.
    pub(super) fn explain(&self, error: &reqwest::Error, late: &str) -> String {
        if error.is_timeout() {
            return format!("{late} within {} s", self.limit.as_secs_f64());
        }
        let mut words = Vec::new();
        let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error);
        while let Some(error) = cause {
            words.push(error.to_string());
            cause = error.source();
        }
        let reason = words.pop().unwrap_or_else(|| error.to_string());
        match reason {
            reason if error.is_connect() && reason.contains("InvalidContentType") => {
                "cannot connect: it does not speak TLS".into()
            }
            reason if error.is_connect() && reason.contains("handshake eof") => {
                "cannot connect: it broke off the TLS handshake, as servers do that do not speak TLS".into()
            }
            reason if error.is_connect() => match &self.network.proxy {
                Some(proxy) => format!("cannot connect through the proxy {}: {reason}", place(proxy)),
                None => format!("cannot connect: {reason}"),
            },
            // The words of the HTTP parser about a head that it cannot read.
            reason if reason.starts_with("invalid HTTP") => format!("the answer is not HTTP/1.1: {reason}"),
            reason => reason,
        }
    }
}

/// Host and port of a proxy, without the credentials that its URL may hold.
fn place(proxy: &str) -> String {
    let Ok(url) = Url::parse(proxy) else { return String::new() };
    let port = url.port_or_known_default().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}{port}", url.host_str().unwrap_or(""))
}

fn unusable(why: reqwest::Error) -> Stop {
    Stop::error(format!("the HTTP client cannot be built: {why}"))
}

fn client(
    limit: Duration,
    network: &NetworkSettings,
    tls: rustls::ClientConfig,
) -> Result<reqwest::ClientBuilder, Stop> {
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .user_agent(concat!("proofmark/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .referer(false)
        .timeout(limit)
        .connect_timeout(limit.min(Duration::from_secs(10)))
        // Node and uvicorn close idle connections after five seconds; a race with that would look like a fault.
        .pool_idle_timeout(Duration::from_secs(2));
    if !network.http2 {
        builder = builder.http1_only();
    }
    if let Some(proxy) = &network.proxy {
        let proxy = reqwest::Proxy::all(proxy).map_err(|e| Stop::error(format!("the proxy cannot be used: {e}")))?;
        builder = builder.proxy(proxy);
    }
    for (host, address) in &network.resolve {
        builder = builder.resolve(host, *address);
    }
    Ok(builder)
}

/// TLS as the user wants it: whom to trust, and who we are.
fn tls(network: &NetworkSettings) -> Result<rustls::ClientConfig, Stop> {
    let mut roots = rustls::RootCertStore::empty();
    for certificate in rustls_native_certs::load_native_certs().certs {
        // A broken certificate in the machine's store must not keep the good ones from being used.
        let _ = roots.add(certificate);
    }
    if let Some(text) = &network.roots {
        for certificate in certificates(text, "the certificates to trust (--ca)")? {
            roots
                .add(certificate)
                .map_err(|e| Stop::error(format!("a certificate to trust (--ca) cannot be used: {e}")))?;
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| Stop::error(format!("the TLS configuration is unusable: {e}")))?
        .with_root_certificates(roots);
    let mut tls = match &network.identity {
        None => builder.with_no_client_auth(),
        Some(text) => {
            const WHAT: &str = "the client certificate (--cert)";
            let chain = certificates(text, WHAT)?;
            let key = PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|_| {
                Stop::error(format!(
                    "{WHAT} comes without a private key in PEM that can be read (an encrypted one cannot)"
                ))
            })?;
            builder.with_client_auth_cert(chain, key).map_err(|e| Stop::error(format!("{WHAT} cannot be used: {e}")))?
        }
    };
    if network.http2 {
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    }
    Ok(tls)
}

fn certificates(text: &str, what: &str) -> Result<Vec<CertificateDer<'static>>, Stop> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    match read {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(Stop::error(format!("{what}: the file holds no certificate in PEM"))),
        Err(why) => Err(Stop::error(format!("{what}: the file is no PEM: {why}"))),
    }
}
