//! How the browser is started: so that it reaches the sign-in and nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::Url;

use crate::settings::{NetworkSettings, Settings};

/// The arguments of a browser that may reach these origins. A redirect to any other place is seen, and not loaded.
pub(super) fn all(settings: &Settings, origins: &[String]) -> Vec<String> {
    let mut arguments: Vec<String> = [
        "--no-first-run",
        "--no-default-browser-check",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-default-apps",
        "--disable-extensions",
        "--disable-sync",
        "--disable-quic",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-features=Translate,OptimizationHints,MediaRouter,HttpsUpgrades,HttpsFirstBalancedMode",
        "--password-store=basic",
    ]
    .map(ToOwned::to_owned)
    .to_vec();
    if !settings.login.browser.show {
        arguments.push("--headless=new".into());
    }
    if is_root() {
        // Chromium refuses to run its sandbox for root, as in containers.
        arguments.push("--no-sandbox".into());
    }
    let network = &settings.network;
    if network.roots.is_some() {
        arguments.push("--ignore-certificate-errors".into());
    }
    arguments.push(format!("--host-resolver-rules={}", rules(network, origins)));
    match &network.proxy {
        Some(proxy) => arguments.push(format!("--proxy-pac-url={}", pac(proxy, origins))),
        None => arguments.push("--no-proxy-server".into()),
    }
    arguments
}

fn is_root() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let uid = status.lines().find_map(|l| l.strip_prefix("Uid:"));
    uid.is_some_and(|ids| ids.split_whitespace().nth(1) == Some("0"))
}

/// Host and port of an origin, as the browser writes them.
fn authority(origin: &str) -> Option<String> {
    let url = Url::parse(origin).ok()?;
    Some(format!("{}:{}", url.host_str()?, url.port_or_known_default()?))
}

/// Who is found at which address: the sign-in at its own or where the user says, and nobody else anywhere.
fn rules(network: &NetworkSettings, origins: &[String]) -> String {
    let mut rules: Vec<_> = origins.iter().filter_map(|o| authority(o)).collect();
    rules.sort_unstable();
    rules.dedup();
    let address = |authority: &String| {
        let given = network.resolve.iter().find(|(name, _)| name == authority);
        given.map_or_else(|| authority.clone(), |(_, address)| address.to_string())
    };
    let mut rules: Vec<_> = rules.iter().map(|a| format!("MAP {a} {}", address(a))).collect();
    if let Some(proxy) = network.proxy.as_ref().and_then(|p| Url::parse(p).ok()) {
        rules.extend(proxy.host_str().map(|host| format!("EXCLUDE {host}")));
    }
    rules.push("MAP * ~NOTFOUND".into());
    rules.join(", ")
}

/// A script that sends the sign-in through the proxy, and everything else to a port where nobody listens.
fn pac(proxy: &str, origins: &[String]) -> String {
    let place =
        |scheme: &str| proxy.split_once("://").map(|(_, rest)| format!("{scheme} {}", rest.trim_end_matches('/')));
    let through = match proxy.split(':').next() {
        Some("socks5" | "socks5h") => place("SOCKS5"),
        Some("socks4") => place("SOCKS"),
        Some("https") => place("HTTPS"),
        _ => place("PROXY"),
    };
    let through = through.unwrap_or_else(|| format!("PROXY {proxy}"));
    let hosts: Vec<_> = origins.iter().filter_map(|o| Some(Url::parse(o).ok()?.host_str()?.to_owned())).collect();
    let script = format!(
        "function FindProxyForURL(url, host) {{ return {}.indexOf(host) >= 0 ? {} : 'PROXY 127.0.0.1:9'; }}",
        serde_json::json!(hosts),
        serde_json::json!(through)
    );
    format!("data:application/x-ns-proxy-autoconfig;base64,{}", STANDARD.encode(script))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origins() -> Vec<String> {
        ["http://127.0.0.1:4501", "https://id.example.test", "http://[::1]:9", "http://127.0.0.1:4501"]
            .map(ToOwned::to_owned)
            .to_vec()
    }

    #[test]
    fn only_the_sign_in_is_found() {
        let network = NetworkSettings {
            resolve: vec![("id.example.test:443".into(), "127.0.0.1:8443".parse().expect("an address"))],
            ..NetworkSettings::default()
        };
        assert_eq!(
            rules(&network, &origins()),
            "MAP 127.0.0.1:4501 127.0.0.1:4501, MAP [::1]:9 [::1]:9, MAP id.example.test:443 127.0.0.1:8443, MAP * ~NOTFOUND"
        );
    }

    #[test]
    fn the_proxy_serves_the_sign_in_alone() {
        let url = pac("socks5h://127.0.0.1:1080", &origins());
        let script = STANDARD.decode(url.rsplit(',').next().expect("base64")).expect("base64");
        let script = String::from_utf8(script).expect("text");
        assert!(script.contains("\"SOCKS5 127.0.0.1:1080\"") && script.contains("\"id.example.test\""), "{script}");
        let settings = Settings {
            network: NetworkSettings { proxy: Some("http://127.0.0.1:3128".into()), ..NetworkSettings::default() },
            ..Settings::default()
        };
        let arguments = all(&settings, &origins());
        assert!(arguments.iter().any(|a| a.contains("EXCLUDE 127.0.0.1, MAP * ~NOTFOUND")), "{arguments:?}");
        assert!(!arguments.iter().any(|a| a == "--no-proxy-server" || a == "--ignore-certificate-errors"));
    }
}
