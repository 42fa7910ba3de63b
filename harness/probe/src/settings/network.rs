//! How the target is reached.

use std::net::SocketAddr;

/// How the target is reached.
#[derive(Clone, Default, PartialEq)]
pub struct NetworkSettings {
    /// Certificates (PEM) to trust besides those of this machine.
    pub roots: Option<String>,
    /// A client certificate with its private key (PEM), for mutual TLS.
    pub identity: Option<String>,
    /// The proxy, such as `http://127.0.0.1:3128` or `socks5h://127.0.0.1:1080`.
    pub proxy: Option<String>,
    /// Host and port → the address to connect to instead of asking the name service.
    pub resolve: Vec<(String, SocketAddr)>,
    /// Headers that every request carries: for an origin, or for all.
    pub headers: Vec<ExtraHeader>,
    /// Whether HTTP/2 is offered.
    pub http2: bool,
    /// The most requests per second to one origin.
    pub pace: Option<f64>,
}

/// A header that every request to an origin carries, such as what a gate before a staging server wants to see.
#[derive(Clone, PartialEq, Eq)]
pub struct ExtraHeader {
    /// The origin; `None` for every one of the target's.
    pub origin: Option<String>,
    /// The name.
    pub name: String,
    /// The value; reports do not show it.
    pub value: String,
}

impl std::fmt::Debug for NetworkSettings {
    // Secrets must not reach a log through a debug print.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NetworkSettings")
    }
}

impl std::fmt::Debug for ExtraHeader {
    // Secrets must not reach a log through a debug print.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ExtraHeader({})", self.name)
    }
}
