//! What to do about a server that does not answer, by what the transport says of it.

use std::time::Duration;

/// The words of the transport, and what helps. The first that fits counts.
const HELP: &[(&[&str], &str)] = &[
    (
        &["through the proxy"],
        "check --proxy, or `proxy` of [network], and that the proxy lets one through to the target",
    ),
    (&["not speak TLS"], "if the server speaks plain HTTP, give its URL with http:"),
    (
        &["CertificateRequired", "HandshakeFailure"],
        "the server may want a client certificate: --cert, or `certificate` of [network]",
    ),
    (&["not valid for name"], "reach the server by a name in its certificate; --resolve leads a name to any address"),
    (&["certificate"], "trust its issuer with --ca, or `ca` of [network]; this machine's own store does as well"),
    (
        &["failed to lookup", "dns error"],
        "check the URL: its name is not known here; --resolve leads a name to an address",
    ),
];

/// What helps against a failure; `limit` is the time limit of a request.
pub(crate) fn help(why: &str, limit: Duration) -> String {
    let known = HELP.iter().find(|(words, _)| words.iter().any(|word| why.contains(word)));
    match known {
        Some((_, help)) => (*help).to_owned(),
        None if why.contains("within") => {
            format!("check that the server is up; --timeout gives it more than {} s", limit.as_secs_f64())
        }
        None => "check the URL, and that the server is up and can be reached from this machine".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_has_its_key() {
        let cases = [
            ("cannot connect through the proxy h:1: Connection refused", "--proxy"),
            ("cannot connect: it does not speak TLS", "http:"),
            ("received fatal alert: CertificateRequired", "--cert"),
            ("cannot connect: invalid peer certificate: certificate not valid for name \"h\"", "--resolve"),
            ("cannot connect: invalid peer certificate: UnknownIssuer", "--ca"),
            ("cannot connect: failed to lookup address information: Name or service not known", "--resolve"),
            ("no answer within 2 s", "more than 30 s"),
            ("cannot connect: Connection refused (os error 111)", "check the URL"),
        ];
        for (why, key) in cases {
            let help = help(why, Duration::from_secs(30));
            assert!(help.contains(key), "{why}: {help}");
        }
    }
}
