//! What the browser's log says of its requests: the documents of the window one by one, each with its answer byte for
//! byte, where the page wants to go, and what its scripts send.

use std::collections::{BTreeSet, HashMap};
use std::time::Instant;

use serde_json::Value;
use url::Url;

use crate::http::HttpRequest;

/// A request with its answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// The browser's number of it, by which the body can be asked for.
    pub(super) id: String,
    pub(super) method: String,
    pub(super) url: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
    /// 0 when there was no answer.
    pub(super) status: u16,
    pub(super) answer: Vec<(String, String)>,
    /// Whether it is a document of the window, and not something that a script fetched.
    pub(super) document: bool,
    /// Whether a redirect led to it.
    pub(super) redirected: bool,
    /// Whether the page is not complete without it.
    pub(super) awaited: bool,
    /// Why there is no answer.
    pub(super) error: Option<String>,
}

impl Seen {
    /// The request.
    pub(super) fn request(&self, label: &str) -> HttpRequest {
        HttpRequest {
            label: label.into(),
            method: self.method.clone(),
            url: self.url.clone(),
            headers: self.headers.iter().map(|(n, v)| (n.clone(), v.clone().into_bytes())).collect(),
            body: self.body.clone().into_bytes(),
            listen: None,
        }
    }
}

/// The requests of one number: a first one and those to which redirects led.
#[derive(Debug, Default)]
struct Chain {
    sent: Vec<Seen>,
    /// Headers as they crossed the wire, in the order of the requests; they may come before or after these.
    sent_headers: Vec<Vec<(String, String)>>,
    got_headers: Vec<(u16, Vec<(String, String)>)>,
    /// Those that were told in passing, which lack cookies.
    got: Vec<(u16, Vec<(String, String)>)>,
    /// How many were handed out.
    taken: usize,
    /// The last one is over, and what went wrong with it.
    over: Option<Option<String>>,
}

/// Reads the log.
#[derive(Debug, Default)]
pub(super) struct Watch {
    chains: HashMap<String, Chain>,
    /// The numbers of chains in the order in which they began.
    order: Vec<String>,
    /// The window's own frame.
    frame: Option<String>,
    /// Where a page wants to go by itself or by a click.
    pub(super) wants: Vec<String>,
    /// Hosts from which pages wanted something that is outside the sign-in.
    pub(super) refused: BTreeSet<String>,
    /// When something last happened.
    pub(super) last: Option<Instant>,
    pub(super) crashed: bool,
}

impl Watch {
    /// A watch of the window whose frame has this name.
    pub(super) fn of(frame: &str) -> Self {
        Watch { frame: Some(frame.to_owned()), ..Watch::default() }
    }

    /// Takes in what the log says.
    pub(super) fn read(&mut self, messages: &[Value]) {
        for message in messages {
            let (method, of) = (message["method"].as_str().unwrap_or_default(), &message["params"]);
            let text = |member: &str| of[member].as_str().unwrap_or_default();
            match method {
                "Network.requestWillBeSent" => self.sent(of),
                "Network.requestWillBeSentExtraInfo" => {
                    let chain = self.chains.entry(text("requestId").to_owned()).or_default();
                    chain.sent_headers.push(headers(&of["headers"]));
                }
                "Network.responseReceivedExtraInfo" => {
                    let chain = self.chains.entry(text("requestId").to_owned()).or_default();
                    let lines = of["headersText"].as_str().map(lines).filter(|l| !l.is_empty());
                    chain
                        .got_headers
                        .push((status(&of["statusCode"]), lines.unwrap_or_else(|| headers(&of["headers"]))));
                }
                "Network.responseReceived" => {
                    let chain = self.chains.entry(text("requestId").to_owned()).or_default();
                    chain.got.push((status(&of["response"]["status"]), headers(&of["response"]["headers"])));
                }
                "Network.loadingFinished" => {
                    // The browser's own page about a failure ends under the number of what failed.
                    self.chains.entry(text("requestId").to_owned()).or_default().over.get_or_insert(None);
                }
                "Network.loadingFailed" => {
                    let chain = self.chains.entry(text("requestId").to_owned()).or_default();
                    chain.over = Some(Some(text("errorText").to_owned()));
                    if text("errorText").contains("NAME_NOT_RESOLVED") || text("errorText").contains("PROXY") {
                        let host = chain.sent.last().filter(|s| !s.document).and_then(|s| Url::parse(&s.url).ok());
                        self.refused.extend(host.and_then(|u| u.host_str().map(ToOwned::to_owned)));
                    }
                }
                "Page.frameRequestedNavigation" | "Page.frameScheduledNavigation"
                    // The fields of a form come with its request.
                    if self.frame.as_deref() == Some(text("frameId")) && text("reason") != "formSubmissionPost" =>
                {
                    self.wants.push(text("url").to_owned());
                }
                "Inspector.targetCrashed" => self.crashed = true,
                _ => continue,
            }
            self.last = Some(Instant::now());
        }
    }

    fn sent(&mut self, of: &Value) {
        let id = of["requestId"].as_str().unwrap_or_default();
        let kind = of["type"].as_str().unwrap_or_default();
        let (request, url) = (&of["request"], of["request"]["url"].as_str().unwrap_or_default());
        // What the browser has within itself never crosses the network.
        if ["data:", "blob:", "about:", "chrome"].iter().any(|s| url.starts_with(s)) {
            return;
        }
        if !self.order.iter().any(|known| known == id) {
            self.order.push(id.to_owned());
        }
        let chain = self.chains.entry(id.to_owned()).or_default();
        let before = &of["redirectResponse"];
        if before.is_object() {
            chain.got.push((status(&before["status"]), headers(&before["headers"])));
        }
        let fragment = request["urlFragment"].as_str().unwrap_or_default();
        chain.sent.push(Seen {
            id: id.to_owned(),
            method: request["method"].as_str().unwrap_or_default().to_owned(),
            url: format!("{url}{fragment}"),
            headers: headers(&request["headers"]),
            body: request["postData"].as_str().unwrap_or_default().to_owned(),
            document: kind == "Document" && self.frame.as_deref() == of["frameId"].as_str(),
            redirected: before.is_object(),
            awaited: matches!(kind, "Document" | "XHR" | "Fetch" | "Script"),
            // What scripts and pages load besides is no part of the way.
            error: (!matches!(kind, "Document" | "XHR" | "Fetch")).then(String::new),
            ..Seen::default()
        });
    }

    /// The next request that has been answered or has failed. Those of scripts are told when they sent something.
    pub(super) fn next(&mut self) -> Option<Seen> {
        for id in &self.order {
            let Some(chain) = self.chains.get_mut(id) else { continue };
            let at = chain.taken;
            let Some(sent) = chain.sent.get(at) else { continue };
            let last = at + 1 == chain.sent.len();
            let told = chain.got_headers.get(at).or_else(|| chain.got.get(at));
            // A redirect is told twice, and once byte for byte; a failure has no answer at all.
            let failed = chain.over.clone().flatten().filter(|_| last);
            let redirect_pending = !last && chain.got_headers.get(at).is_none() && chain.over.is_none();
            if told.is_none() && failed.is_none() || redirect_pending {
                if sent.document {
                    return None;
                }
                continue;
            }
            chain.taken += 1;
            let own = sent.error.is_none() && (sent.document || sent.method != "GET");
            if !own {
                continue;
            }
            let mut seen = sent.clone();
            if let Some(headers) = chain.sent_headers.get(at) {
                seen.headers.clone_from(headers);
            }
            match told {
                Some((status, answer)) => (seen.status, seen.answer) = (*status, answer.clone()),
                None => seen.error = failed,
            }
            return Some(seen);
        }
        None
    }

    /// Whether a document, or something that the page waits for, is still on its way.
    pub(super) fn is_busy(&self) -> bool {
        self.chains.values().any(|c| c.over.is_none() && c.sent.last().is_some_and(|s| s.awaited))
    }
}

fn status(value: &Value) -> u16 {
    value.as_u64().and_then(|s| u16::try_from(s).ok()).unwrap_or(0)
}

/// Header lines of the protocol's object, in which lines of one name are joined by line breaks.
fn headers(object: &Value) -> Vec<(String, String)> {
    let object = object.as_object().into_iter().flatten();
    let lines = object.filter_map(|(name, value)| Some((name, value.as_str()?)));
    lines.flat_map(|(name, value)| value.split('\n').map(|v| (name.clone(), v.to_owned()))).collect()
}

/// Header lines as they crossed the wire.
fn lines(head: &str) -> Vec<(String, String)> {
    let fields = head.split("\r\n").skip(1).filter_map(|line| line.split_once(':'));
    fields.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sent(id: &str, kind: &str, method: &str, url: &str, after: Option<u16>) -> Value {
        let mut of = json!({"requestId": id, "type": kind, "frameId": "F",
            "request": {"method": method, "url": url, "headers": {"Accept": "text/html"}}});
        if let Some(status) = after {
            of["redirectResponse"] = json!({"status": status, "headers": {"Location": "normalised"}});
        }
        json!({"method": "Network.requestWillBeSent", "params": of})
    }

    fn extra(id: &str, status: u16, location: &str) -> Value {
        let text = format!("HTTP/1.1 {status} X\r\nLocation: {location}\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n");
        json!({"method": "Network.responseReceivedExtraInfo",
            "params": {"requestId": id, "statusCode": status, "headers": {}, "headersText": text}})
    }

    fn told(method: &str, of: Value) -> Value {
        json!({"method": method, "params": of})
    }

    fn all(watch: &mut Watch) -> Vec<(u16, String)> {
        std::iter::from_fn(|| watch.next()).map(|s| (s.status, s.url)).collect()
    }

    #[test]
    fn a_redirect_is_told_byte_for_byte_in_whatever_order_it_comes() {
        let first = sent("1", "Document", "GET", "http://h/authorize", None);
        let second = sent("1", "Document", "GET", "https://client/cb?code=a/b", Some(302));
        let raw = extra("1", 302, "https://client/cb?code=a%2fb");
        let failed =
            told("Network.loadingFailed", json!({"requestId": "1", "errorText": "net::ERR_NAME_NOT_RESOLVED"}));
        for order in [[&first, &raw, &second, &failed], [&first, &second, &raw, &failed]] {
            let mut watch = Watch::of("F");
            watch.read(&order.map(Clone::clone)[..2]);
            let early = all(&mut watch);
            watch.read(&order.map(Clone::clone)[2..]);
            let hop = early.len();
            assert!(hop <= 1);
            let mut watch = Watch::of("F");
            watch.read(&order.map(Clone::clone));
            let hop = watch.next().expect("a hop");
            let location = hop.answer.iter().find(|(n, _)| n == "Location").map(|(_, v)| v.as_str());
            assert_eq!((hop.status, location), (302, Some("https://client/cb?code=a%2fb")));
            assert_eq!(hop.answer.iter().filter(|(n, _)| n == "Set-Cookie").count(), 2);
            let end = watch.next().expect("where it led");
            assert_eq!((end.status, end.redirected, end.error.is_some()), (0, true, true));
            watch.read(&[told("Network.loadingFinished", json!({"requestId": "1"}))]);
            assert!(watch.next().is_none() && !watch.is_busy() && watch.refused.is_empty());
        }
    }

    #[test]
    fn what_a_script_sends_is_told_and_what_a_page_loads_is_not() {
        let mut watch = Watch::of("F");
        watch.read(&[
            sent("1", "Document", "GET", "http://h/login", None),
            extra("1", 200, ""),
            sent("2", "Script", "GET", "https://cdn.example.test/x.js", None),
            told("Network.loadingFailed", json!({"requestId": "2", "errorText": "net::ERR_NAME_NOT_RESOLVED"})),
            sent("3", "Fetch", "POST", "http://h/api/login", None),
            extra("3", 204, ""),
            sent("4", "Image", "GET", "data:image/png;base64,AAAA", None),
            told("Network.loadingFinished", json!({"requestId": "1"})),
        ]);
        assert_eq!(all(&mut watch), [(200, "http://h/login".to_owned()), (204, "http://h/api/login".to_owned())]);
        assert_eq!(watch.refused.iter().collect::<Vec<_>>(), ["cdn.example.test"]);
        assert!(watch.is_busy(), "the answer to the script is not complete");
        watch.read(&[told("Network.loadingFinished", json!({"requestId": "3"}))]);
        assert!(!watch.is_busy());
    }

    #[test]
    fn where_a_page_wants_to_go_is_seen_in_its_own_window_alone() {
        let mut watch = Watch::of("F");
        let wish = |frame: &str| {
            told("Page.frameRequestedNavigation", json!({"frameId": frame, "url": "cursor://x/cb?code=1"}))
        };
        let form = json!({"frameId": "F", "url": "https://client/cb", "reason": "formSubmissionPost"});
        let form = told("Page.frameScheduledNavigation", form);
        watch.read(&[wish("G"), wish("F"), form, told("Inspector.targetCrashed", json!({}))]);
        assert_eq!((watch.wants, watch.crashed), (vec!["cursor://x/cb?code=1".to_owned()], true));
    }
}
