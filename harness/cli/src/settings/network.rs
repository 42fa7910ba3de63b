//! How the target is reached.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use proofmark_probe::recorder::Transport;
use proofmark_probe::settings::{ExtraHeader, NetworkSettings};

use super::getting_in::{bad, file};
use crate::args::NetworkArgs;
use crate::config::Config;
use crate::error::Error;

/// A key of `[network]` as messages name it.
fn key(name: &str) -> String {
    format!("`{name}` of [network] in the configuration")
}

/// How the target is reached.
pub(super) fn network(args: &NetworkArgs, config: &Config) -> Result<NetworkSettings, Error> {
    let (section, folder) = (&config.network, &config.folder);
    let text = |flag: &Option<PathBuf>, flag_name: &str, path: &Option<PathBuf>, name: &str| match (flag, path) {
        (Some(path), _) => file(path, flag_name).map(Some),
        (None, Some(path)) => file(&folder.join(path), &key(name)).map(Some),
        (None, None) => Ok(None),
    };
    let mut identity = text(&args.cert, "--cert", &section.certificate, "certificate")?;
    match (&mut identity, &section.certificate_key) {
        // The file of the flag has a key of its own.
        (_, Some(_)) if args.cert.is_some() => {}
        (Some(identity), Some(secret)) => {
            identity.push('\n');
            identity.push_str(&secret.read(&key("certificate_key"), folder)?);
        }
        (None, Some(_)) => {
            return Err(bad(&key("certificate_key"), "the certificate is not named: set `certificate`"));
        }
        (_, None) => {}
    }
    let (proxy_name, proxy) = match &args.proxy {
        Some(proxy) => ("--proxy".to_owned(), Some(proxy)),
        None => (key("proxy"), section.proxy.as_ref()),
    };
    if args.proxy.is_none() && proxy.is_some_and(|proxy| super::has_credentials(proxy)) {
        return Err(bad(
            &proxy_name,
            "a secret never stands in the configuration: give a proxy with credentials by --proxy",
        ));
    }
    if let Some(proxy) = proxy {
        check_proxy(&proxy_name, proxy)?;
    }
    let flags = args.resolve.iter().map(|text| resolve("--resolve", text));
    let keys = section.resolve.iter().map(|text| resolve(&key("resolve"), text));
    let resolve = flags.chain(keys).collect::<Result<_, _>>()?;
    let mut headers = args.headers.iter().map(|text| header(text)).collect::<Result<Vec<_>, _>>()?;
    for header in &section.header {
        let by = ["name", "value"].map(|key| format!("`{key}` of a [[network.header]] in the configuration"));
        let origin = header.origin.as_deref().map(origin).transpose()?;
        let value = header.value.read(&by[1], folder)?;
        headers.push(checked([&by[0], &by[1]], origin, &header.name, &value)?);
    }
    let (pace_name, pace) = match args.pace {
        Some(pace) => ("--pace".to_owned(), Some(pace)),
        None => (key("pace"), section.pace),
    };
    if pace.is_some_and(|pace| !(pace.is_finite() && pace > 0.0)) {
        return Err(bad(&pace_name, "it must be more than 0 requests per second"));
    }
    let roots = text(&args.ca, "--ca", &section.ca, "ca")?;
    let alone = NetworkSettings { roots: roots.clone(), ..NetworkSettings::default() };
    usable(&alone, &if args.ca.is_some() { "--ca".to_owned() } else { key("ca") })?;
    let alone = NetworkSettings { identity: identity.clone(), ..NetworkSettings::default() };
    usable(&alone, &if args.cert.is_some() { "--cert".to_owned() } else { key("certificate") })?;
    Ok(NetworkSettings {
        roots,
        identity,
        proxy: proxy.cloned(),
        resolve,
        headers,
        http2: args.http2 || section.http2,
        pace,
    })
}

/// Tries one part of the settings, so that what is wrong with a file is said before anything is sent.
fn usable(part: &NetworkSettings, by: &str) -> Result<(), Error> {
    if *part == NetworkSettings::default() {
        return Ok(());
    }
    Transport::new(Duration::from_secs(1), part).map(drop).map_err(|stop| bad(by, stop.why()))
}

fn check_proxy(name: &str, text: &str) -> Result<(), Error> {
    const KNOWN: [&str; 6] = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];
    let url = url::Url::parse(text).map_err(|why| bad(name, format!("'{text}' is no URL of a proxy: {why}")))?;
    if !KNOWN.contains(&url.scheme()) {
        return Err(bad(name, format!("'{}:' is no kind of proxy; known are {}", url.scheme(), KNOWN.join(", "))));
    }
    match url.host_str() {
        Some(host) if !host.is_empty() => Ok(()),
        _ => Err(bad(name, format!("'{text}' has no host"))),
    }
}

/// `host:port:address`, as curl writes it.
fn resolve(name: &str, text: &str) -> Result<(String, SocketAddr), Error> {
    let wrong = |why: &str| bad(name, format!("'{text}' {why}; write it as staging.example.com:443:127.0.0.1"));
    let mut parts = text.splitn(3, ':');
    let (Some(host), Some(port), Some(address)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(wrong("is not host:port:address"));
    };
    if host.is_empty() {
        return Err(wrong("has no host"));
    }
    let port: u16 = port.parse().map_err(|_| wrong("has no port between 0 and 65535 in the middle"))?;
    let address: IpAddr =
        address.trim_matches(['[', ']']).parse().map_err(|_| wrong("has no IP address at the end"))?;
    Ok((host.to_ascii_lowercase(), SocketAddr::new(address, port)))
}

/// `Name: value`, as curl writes it.
fn header(text: &str) -> Result<ExtraHeader, Error> {
    let Some((name, value)) = text.split_once(':') else {
        // What stands there may be a secret.
        return Err(bad("--header", "there is no colon in it; write it as \"X-Gate: value\""));
    };
    checked(["--header"; 2], None, name.trim(), value.trim())
}

/// An origin of a `[[network.header]]`, as URLs are compared with it.
fn origin(text: &str) -> Result<String, Error> {
    const BY: &str = "`origin` of a [[network.header]] in the configuration";
    super::check_url(BY, text)?;
    let wrong = |why: &str| bad(BY, format!("'{text}' {why}; write it as https://staging.example.com"));
    let url = url::Url::parse(text).map_err(|why| wrong(&why.to_string()))?;
    if url.path() != "/" || url.query().is_some() {
        return Err(wrong("is more than scheme, host and port"));
    }
    Ok(url.origin().ascii_serialization())
}

/// `by` names the name and the value.
fn checked(by: [&str; 2], origin: Option<String>, name: &str, value: &str) -> Result<ExtraHeader, Error> {
    if http::HeaderName::from_bytes(name.as_bytes()).is_err() {
        return Err(bad(by[0], format!("'{name}' is no name of a header")));
    }
    if http::HeaderValue::from_str(value).is_err() {
        return Err(bad(by[1], format!("the value of {name} holds characters that no header can")));
    }
    Ok(ExtraHeader { origin, name: name.to_owned(), value: value.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_curl_reads_it() {
        let read = |text: &str| resolve("--resolve", text).map_err(|e| e.to_string());
        assert_eq!(read("H:443:127.0.0.1"), Ok(("h".into(), "127.0.0.1:443".parse().expect("an address"))));
        assert_eq!(read("h:1:[::1]"), Ok(("h".into(), "[::1]:1".parse().expect("an address"))));
        for (text, why) in [("h:1", "host:port"), ("h:x:127.0.0.1", "port"), (":1:127.0.0.1", "host"), ("h:1:h", "IP")]
        {
            assert!(read(text).expect_err(text).contains(why), "{text}");
        }
    }

    #[test]
    fn a_header_without_a_colon_is_refused_and_not_shown() {
        let why = header("hunter2").expect_err("no colon").to_string();
        assert!(why.contains("--header") && !why.contains("hunter2"), "{why}");
        assert_eq!(header("X-Gate: a:b").map(|h| (h.name, h.value)).ok(), Some(("X-Gate".into(), "a:b".into())));
        assert!(header("X Gate: a").is_err());
    }

    #[test]
    fn a_proxy_has_a_kind_and_a_host() {
        assert!(check_proxy("--proxy", "socks5h://127.0.0.1:1080").is_ok());
        assert!(check_proxy("--proxy", "ftp://h").expect_err("ftp").to_string().contains("socks5h"));
        assert!(check_proxy("--proxy", "127.0.0.1:3128").is_err());
    }
}
