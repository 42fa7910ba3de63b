//! A real browser, driven over WebDriver: for pages that are drawn by scripts. It fills them by the same rules as the
//! form driver, and what it saw is recorded. Its cookies are those of the user agent that it walks for, so that walks
//! over plain HTTP and walks in the browser belong to one session.

mod arguments;
mod driver;
mod jar;
mod page;
mod walk;
mod watch;

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use driver::Driver;
pub(super) use driver::{found, named};
use walk::Walk;

use super::Errand;
use crate::agent::UserAgent;
use crate::authorize::{AuthorizationRequest, Journey, Landing};
use crate::case::Stop;

/// How often the browser is looked at.
const LOOK: Duration = Duration::from_millis(60);

/// The one browser of a run.
#[derive(Default)]
pub(super) struct Browser {
    driver: Option<Driver>,
    /// The origins that it can reach.
    origins: BTreeSet<String>,
    /// Whose storage is in it: a seat's name; fresh sessions belong to nobody.
    owner: Option<&'static str>,
}

impl Browser {
    /// Ends the browser in good order.
    pub(super) async fn close(&mut self) {
        if let Some(driver) = self.driver.take() {
            driver.close().await;
        }
    }

    /// Takes a walk over, from its authorization request on.
    pub(super) async fn walk(
        &mut self,
        errand: &Errand<'_>,
        agent: &mut UserAgent,
        owner: &'static str,
        journey: &mut Journey,
    ) -> Result<(), Stop> {
        let (before, asked) = (journey.hops.len(), journey.asked);
        // Each turn reaches one more origin, and the ladder takes in few.
        for _ in 0..8 {
            journey.hops.truncate(before);
            journey.asked = asked;
            let done = self.walk_once(errand, agent, owner, journey).await;
            if done.is_err() {
                // It may be broken; the next walk starts another.
                self.driver = None;
            }
            if done? {
                return Ok(());
            }
        }
        journey.landing =
            stuck("the sign-in leads to ever more origins".into(), "name them among the origins of the sign-in");
        Ok(())
    }

    /// Walks with a browser that reaches what is known so far; `false` when that was not enough.
    async fn walk_once(
        &mut self,
        errand: &Errand<'_>,
        agent: &mut UserAgent,
        owner: &'static str,
        journey: &mut Journey,
    ) -> Result<bool, Stop> {
        let fresh = self.start(errand).await?;
        let Some(driver) = &self.driver else { return Err(Stop::error("there is no browser")) };
        let owner = (!errand.fresh).then_some(owner);
        if !fresh && (owner.is_none() || owner != self.owner) {
            for origin in &self.origins {
                driver.cdp("Storage.clearDataForOrigin", json!({"origin": origin, "storageTypes": "all"})).await?;
            }
            driver.renew_tab().await?;
        }
        self.owner = owner;
        jar::put(driver, &agent.cookies).await?;
        dress(driver, errand).await?;
        driver.log().await?;
        let frame = driver.cdp("Page.getFrameTree", json!({})).await?;
        let frame = frame.pointer("/frameTree/frame/id").and_then(Value::as_str).unwrap_or_default();
        let mut walk = Walk::new(driver, errand, frame, &journey.request.label);
        open(driver, &journey.request, errand.endpoint).await?;
        let ended = walk.follow(journey).await?;
        let leaves = |to: &str| !to.starts_with("http://") && !to.starts_with("https://");
        if matches!(&journey.landing, Landing::Redirected { to } if leaves(to)) {
            // The browser may ask whether to open another program, and takes no click until it is answered.
            driver.renew_tab().await?;
        }
        // Nothing of the last page goes on.
        driver.go("about:blank").await?;
        agent.cookies = jar::take(driver).await?;
        Ok(ended)
    }

    /// Starts the browser, unless one runs that reaches all that it should; `true` when it is new.
    async fn start(&mut self, errand: &Errand<'_>) -> Result<bool, Stop> {
        let wanted: BTreeSet<String> = errand.territory.origins().into_iter().collect();
        if self.driver.is_some() && wanted.is_subset(&self.origins) {
            return Ok(false);
        }
        self.close().await;
        let origins: Vec<_> = wanted.iter().cloned().collect();
        self.driver = Some(Driver::start(errand.settings, &origins).await?);
        self.origins = wanted;
        Ok(true)
    }
}

/// Opens the authorization request.
async fn open(driver: &Driver, request: &AuthorizationRequest, endpoint: &str) -> Result<(), Stop> {
    const POST: &str = "const [action, fields] = arguments; const form = document.createElement('form'); \
        form.method = 'post'; form.action = action; \
        for (const [n, v] of fields) { const i = document.createElement('input'); i.type = 'hidden'; i.name = n; i.value = v; \
        form.append(i); } document.body.append(form); form.submit();";
    let first = request.request(endpoint);
    if !request.post {
        return driver.go(&first.url).await;
    }
    // From a page of the same site: to a request from elsewhere browsers do not add cookies that are `SameSite=Lax`, and
    // the user would have to sign in again. What the endpoint says to a request without parameters is such a page.
    let origin = url::Url::parse(endpoint).map(|u| u.origin().ascii_serialization()).unwrap_or_default();
    driver.go(endpoint).await?;
    for _ in 0..30 {
        tokio::time::sleep(LOOK).await;
        let there = "return location.origin === arguments[0] && document.readyState !== 'loading'";
        if driver.script(there, vec![json!(origin)]).await.is_ok_and(|v| v == json!(true)) {
            break;
        }
    }
    driver.log().await?;
    let fields: Vec<_> = request.params.iter().collect();
    driver.script(POST, vec![json!(first.url), json!(fields)]).await.map(drop)
}

/// Gives the browser the name of Proofmark, and the headers that every request carries.
async fn dress(driver: &Driver, errand: &Errand<'_>) -> Result<(), Stop> {
    let version = driver.cdp("Browser.getVersion", json!({})).await?;
    let agent = version["userAgent"].as_str().unwrap_or("Mozilla/5.0");
    let agent = format!("{agent} proofmark/{}", env!("CARGO_PKG_VERSION"));
    driver.cdp("Network.setUserAgentOverride", json!({"userAgent": agent})).await?;
    let general = errand.settings.network.headers.iter().filter(|h| h.origin.is_none());
    let headers: serde_json::Map<_, _> = general.map(|h| (h.name.clone(), json!(h.value))).collect();
    if !headers.is_empty() {
        driver.cdp("Network.setExtraHTTPHeaders", json!({"headers": headers})).await?;
    }
    Ok(())
}

fn stuck(why: String, remedy: &str) -> Landing {
    Landing::Stuck { why, remedy: remedy.into() }
}
