//! Small servers on loopback that misbehave.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

/// A request as far as these servers care.
pub(crate) struct Request {
    pub(crate) path: String,
    pub(crate) body: String,
}

/// Starts a server that hands each connection's first request to `answer`; its threads end with the tests.
pub(crate) fn serve(answer: impl Fn(&Request, &mut TcpStream) + Send + Sync + 'static) -> String {
    serve_with_origin(move |_, request, stream| answer(request, stream))
}

/// The same, for servers that speak of themselves.
fn serve_with_origin(answer: impl Fn(&str, &Request, &mut TcpStream) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let origin = format!("http://{}", listener.local_addr().expect("an address"));
    let shared = Arc::new((origin.clone(), answer));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (Ok(mut stream), shared) = (stream, Arc::clone(&shared)) else { return };
            std::thread::spawn(move || {
                if let Some(request) = read(&stream) {
                    (shared.1)(&shared.0, &request, &mut stream);
                }
            });
        }
    });
    origin
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first).ok()?;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? <= 2 {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let path = first.split(' ').nth(1)?.to_owned();
    Some(Request { path, body: String::from_utf8_lossy(&body).into_owned() })
}

/// Sends bytes; whether the client has had enough is its business.
pub(crate) fn send(stream: &mut TcpStream, bytes: impl AsRef<[u8]>) {
    let _ = stream.write_all(bytes.as_ref());
}

/// Sends a whole answer.
pub(crate) fn reply(stream: &mut TcpStream, status: &str, headers: &[&str], body: &str) {
    let mut head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n", body.len());
    for header in headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    send(stream, format!("{head}\r\n{body}"));
}

pub(crate) const JSON: &str = "content-type: application/json";
pub(crate) const HTML: &str = "content-type: text/html";

/// Sends a piece again and again, until the client hangs up.
pub(crate) fn without_end(stream: &mut TcpStream, head: &str, piece: &str) {
    send(stream, head);
    while stream.write_all(piece.as_bytes()).is_ok() {}
}

/// Keeps the connection until the client hangs up, and says nothing.
pub(crate) fn silence(stream: &mut TcpStream) {
    let _ = stream.read(&mut [0]);
}

/// A protected MCP server with its authorization server on one origin, whose authorization endpoint is `authorize`.
pub(crate) fn target(authorize: impl Fn(&str, &mut TcpStream) + Send + Sync + 'static) -> String {
    serve_with_origin(move |origin, request, stream| answer(origin, request, stream, &authorize))
}

fn answer(origin: &str, request: &Request, stream: &mut TcpStream, authorize: &impl Fn(&str, &mut TcpStream)) {
    let path = request.path.split('?').next().unwrap_or_default();
    match path {
        "/.well-known/oauth-protected-resource/mcp" => {
            let body = format!(r#"{{"resource":"{origin}/mcp","authorization_servers":["{origin}"]}}"#);
            reply(stream, "200 OK", &[JSON], &body);
        }
        "/.well-known/oauth-authorization-server" => {
            let body = format!(
                r#"{{"issuer":"{origin}","authorization_endpoint":"{origin}/authorize","token_endpoint":"{origin}/token",
                "registration_endpoint":"{origin}/register","code_challenge_methods_supported":["S256"],
                "response_types_supported":["code"]}}"#
            );
            reply(stream, "200 OK", &[JSON], &body);
        }
        "/register" => {
            let asked: serde_json::Value = serde_json::from_str(&request.body).unwrap_or_default();
            let body = format!(r#"{{"client_id":"c","redirect_uris":{}}}"#, asked["redirect_uris"]);
            reply(stream, "201 Created", &[JSON], &body);
        }
        "/authorize" => authorize(&request.path, stream),
        "/mcp" => {
            let challenge = format!(
                "www-authenticate: Bearer resource_metadata=\"{origin}/.well-known/oauth-protected-resource/mcp\""
            );
            reply(stream, "401 Unauthorized", &[&challenge], "");
        }
        _ => reply(stream, "404 Not Found", &[], ""),
    }
}
