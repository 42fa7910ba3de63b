//! One walk in the browser: what happened in the network, what the page shows, and what a person would do with it.

use std::time::{Duration, Instant};

use bytes::Bytes;
use serde_json::json;

use super::driver::Driver;
use super::page::Live;
use super::watch::{Seen, Watch};
use super::{LOOK, stuck};
use crate::agent::{MOST_STEPS, redirect, stay_inside};
use crate::authorize::{Journey, Landing};
use crate::case::Stop;
use crate::form::Page;
use crate::http::cut;
use crate::login::decide::{Act, Deed, Memory, Scene};
use crate::login::{Errand, fill};
use crate::recorder::Witnessed;

/// How long nothing may happen before a page is taken for complete.
const QUIET: Duration = Duration::from_millis(250);
/// The same while something is still on its way: some pages hold a request open for good.
const BUSY: Duration = Duration::from_secs(6);
/// The same for a page on which there is nothing to do: scripts may still be about to draw it.
const VERY_QUIET: Duration = Duration::from_millis(2500);
/// How long a page may stay as it is after something was pressed.
const PATIENCE: Duration = Duration::from_secs(8);
/// What a look at the browser brought.
enum Turn {
    /// Nothing new.
    Same,
    Ended(Landing),
    /// The way leads to an origin that was taken in just now: the browser must be started again to reach it.
    Grown,
}

/// One walk in the browser.
pub(super) struct Walk<'a> {
    driver: &'a Driver,
    errand: &'a Errand<'a>,
    watch: Watch,
    memory: Memory,
    /// What the next request of the window is.
    label: String,
    /// When something was last done.
    deed_at: Instant,
    /// What the page looked like when it was done.
    look: Option<String>,
    steps: usize,
}

impl<'a> Walk<'a> {
    /// A walk that is about to begin in the window whose frame has this name.
    pub(super) fn new(driver: &'a Driver, errand: &'a Errand<'a>, frame: &str, label: &str) -> Self {
        Walk {
            driver,
            errand,
            watch: Watch::of(frame),
            memory: Memory::default(),
            label: label.to_owned(),
            deed_at: Instant::now(),
            look: None,
            steps: 0,
        }
    }

    /// Goes on until the walk has ended; `false` when the browser must be started again to reach more.
    pub(super) async fn follow(&mut self, journey: &mut Journey) -> Result<bool, Stop> {
        // A page has as long as any request, and a sign-in as many pages as any.
        let limit = self.errand.settings.timing.request;
        loop {
            tokio::time::sleep(LOOK).await;
            match self.see(journey).await? {
                Turn::Same => {}
                Turn::Grown => return Ok(false),
                Turn::Ended(landing) => {
                    journey.landing = landing;
                    return Ok(true);
                }
            }
            let quiet = self.watch.last.map_or(self.deed_at.elapsed(), |last| last.elapsed());
            let late = self.deed_at.elapsed() > limit;
            if !late && (self.watch.is_busy() && quiet < BUSY || quiet < QUIET) {
                continue;
            }
            if let Some(landing) = self.act(journey, quiet, late).await? {
                journey.landing = landing;
                return Ok(true);
            }
        }
    }

    /// Takes in what happened in the network.
    async fn see(&mut self, journey: &mut Journey) -> Result<Turn, Stop> {
        self.watch.read(&self.driver.log().await?);
        if self.watch.crashed {
            return Err(Stop::error("the browser broke down: the page crashed"));
        }
        while let Some(seen) = self.watch.next() {
            let (document, from) = (seen.document, seen.url.clone());
            if seen.status == 0 {
                // Where it was going is known; a place outside of the sign-in is the end.
                if let Some(turn) = self.toward(journey, &from, &seen) {
                    return Ok(turn);
                }
                if document && seen.error.as_deref() != Some("net::ERR_ABORTED") {
                    let why = seen.error.clone().unwrap_or_default();
                    self.witness(journey, seen).await;
                    return Err(Stop::error(format!("the browser could not load {}: {why}", bare(&from))));
                }
                continue;
            }
            let reply = self.witness(journey, seen).await;
            let location = reply.as_ref().filter(|_| document).and_then(redirect);
            let Some((location, here)) = location.zip(url::Url::parse(&from).ok()) else { continue };
            if let Some(turn) = self.leads(journey, &here, &location) {
                return Ok(turn);
            }
        }
        // A page that goes away by a script is seen before anything is sent.
        for want in std::mem::take(&mut self.watch.wants) {
            let Some(here) = journey.last().and_then(|r| url::Url::parse(&r.request().url).ok()) else { continue };
            let placeless = ["about:", "javascript:", "data:", "blob:"].iter().any(|s| want.starts_with(s));
            if let Some(turn) = (!placeless).then(|| self.leads(journey, &here, &want)).flatten() {
                return Ok(turn);
            }
        }
        Ok(Turn::Same)
    }

    /// What becomes of a request that was not answered, as it is outside of the sign-in or could not be.
    fn toward(&self, journey: &Journey, target: &str, seen: &Seen) -> Option<Turn> {
        let here = url::Url::parse(self.errand.endpoint).ok()?;
        if !seen.document {
            return None;
        }
        match self.leads(journey, &here, target)? {
            Turn::Ended(Landing::Redirected { to }) if seen.method == "POST" && !seen.body.is_empty() => {
                // form_post: the parameters travel in the body; as a URL they can be judged like any other response.
                let mark = if to.contains('?') { '&' } else { '?' };
                Some(Turn::Ended(Landing::Redirected { to: format!("{to}{mark}{}", seen.body) }))
            }
            turn => Some(turn),
        }
    }

    /// Where a target leads: on, out of the sign-in, or to a new part of it.
    fn leads(&self, journey: &Journey, here: &url::Url, target: &str) -> Option<Turn> {
        let known = self.errand.territory.origins().len();
        match stay_inside(journey, self.errand, here, target) {
            None => Some(Turn::Ended(Landing::Redirected { to: target.to_owned() })),
            Some(_) => (self.errand.territory.origins().len() > known).then_some(Turn::Grown),
        }
    }

    /// Keeps what was seen. The answers to documents are the hops of the journey.
    async fn witness(&mut self, journey: &mut Journey, seen: Seen) -> Option<crate::http::Reply> {
        let label = match (seen.document, seen.redirected) {
            (true, true) => "redirect within the sign-in".to_owned(),
            (true, false) => std::mem::replace(&mut self.label, "page of the sign-in".into()),
            (false, _) => format!("{}, sent by a script", self.label),
        };
        let body = match (300..400).contains(&seen.status) || seen.status == 0 {
            true => Bytes::new(),
            false => self.body(&seen.id).await,
        };
        let document = seen.document;
        let reply = self.errand.recorder.witness(
            self.errand.case,
            Witnessed {
                request: seen.request(&label),
                status: (seen.status > 0).then_some(seen.status),
                headers: seen.answer,
                body,
                error: seen.error.filter(|e| !e.is_empty()),
            },
        );
        if !document || reply.status() == 0 {
            journey.witnesses.push(reply.id());
            return None;
        }
        journey.hops.push(reply.clone());
        Some(reply)
    }

    async fn body(&self, id: &str) -> Bytes {
        // The browser forgets the bodies of pages that are gone, and the record lives without.
        let answer = self.driver.cdp("Network.getResponseBody", json!({"requestId": id})).await.unwrap_or_default();
        let text = answer["body"].as_str().unwrap_or_default();
        match answer["base64Encoded"].as_bool() {
            Some(true) => Bytes::new(),
            _ => Bytes::copy_from_slice(text.as_bytes().get(..crate::http::BODY_LIMIT).unwrap_or(text.as_bytes())),
        }
    }

    /// Looks at the page and does what a person would do; `Some` when nothing more can be done.
    async fn act(&mut self, journey: &mut Journey, quiet: Duration, late: bool) -> Result<Option<Landing>, Stop> {
        let steps = &self.errand.settings.login.steps;
        let Some(live) = Live::read(self.driver, steps).await? else { return Ok(self.too_late(late)) };
        if !live.ready && !late || !matches!(live.url.scheme(), "http" | "https") {
            return Ok(self.too_late(late));
        }
        let look = live.look();
        if self.look.as_ref() == Some(&look) && self.deed_at.elapsed() < PATIENCE {
            return Ok(None);
        }
        let status = journey.last().map_or(200, crate::http::Reply::status);
        journey.asked.see(&live.page, status);
        let scene = Scene {
            page: &live.page,
            url: &live.url,
            status,
            user: self.errand.person.user.as_ref(),
            steps,
            deny: journey.request.deny,
        };
        if let Some(selector) = scene.waits_for() {
            let why = format!("{} does not show \"{selector}\", which a rule waits for", live.place());
            return Ok(if late { Some(self.failed(why, "correct the rule's `wait`").await) } else { None });
        }
        let mut memory = self.memory.clone();
        let act = scene.decide(&mut memory);
        if !matches!(act, Act::Do(_)) && quiet < VERY_QUIET && !late {
            return Ok(None);
        }
        match act {
            Act::Stay => Ok(Some(self.nothing_to_do(&live.page))),
            Act::Stuck(why, remedy) => Ok(Some(self.failed(why, &remedy).await)),
            Act::Do(deed) => {
                self.memory = memory;
                self.perform(journey, &live, &deed, look).await
            }
        }
    }

    async fn perform(
        &mut self,
        journey: &mut Journey,
        live: &Live,
        deed: &Deed,
        look: String,
    ) -> Result<Option<Landing>, Stop> {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            let why = format!("the sign-in did not end within {MOST_STEPS} steps; the last page was {}", live.place());
            return Ok(Some(
                self.failed(why, "describe its pages with [[login.step]] rules in the configuration").await,
            ));
        }
        let values = match fill::draw(self.errand, &mut self.memory, deed).await {
            Ok(values) => values,
            Err(why) => {
                let why = format!("{}: {why}", live.place());
                return Ok(Some(self.failed(why, "correct the seed of the user").await));
            }
        };
        self.label = deed.label.into();
        let done = live.act(self.driver, deed, &values).await?;
        self.deed_at = Instant::now();
        self.watch.last = Some(self.deed_at);
        self.look = Some(look);
        if let Err(why) = done {
            let why = format!("on {}, {why}", live.place());
            return Ok(Some(self.failed(why, "describe the page with a [[login.step]] rule").await));
        }
        journey.asked.answer(deed.kind, deed.denies);
        Ok(None)
    }

    fn too_late(&self, late: bool) -> Option<Landing> {
        let limit = self.errand.settings.timing.request.as_secs();
        late.then(|| stuck(format!("no page was there in the browser within {limit} s"), "--timeout gives it more"))
    }

    /// A page from which nothing leads on. What it could not load may be the reason.
    fn nothing_to_do(&self, page: &Page) -> Landing {
        let title = if page.title.is_empty() { cut(&page.text, 80) } else { page.title.clone() };
        if self.watch.refused.is_empty() || !page.text.is_empty() {
            return Landing::Page { title };
        }
        let hosts: Vec<_> = self.watch.refused.iter().map(String::as_str).collect();
        let why = format!("the page \"{title}\" stayed empty; it wanted something from {}", hosts.join(", "));
        stuck(why, "name those origins among the origins of the sign-in")
    }

    /// Stuck, with a picture of the page if pictures are kept.
    async fn failed(&self, why: String, remedy: &str) -> Landing {
        let Some(folder) = &self.errand.settings.login.browser.screenshots else { return stuck(why, remedy) };
        let name = format!(
            "{}-{}.png",
            self.errand.case.unwrap_or("sign-in"),
            self.errand.recorder.began().elapsed().as_millis()
        );
        let path = folder.join(name);
        let Ok(picture) = self.driver.screenshot().await else { return stuck(why, remedy) };
        match std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, picture)) {
            Ok(()) => stuck(format!("{why} (picture: {})", path.display()), remedy),
            Err(error) => stuck(format!("{why} (its picture could not be kept: {error})"), remedy),
        }
    }
}

fn bare(url: &str) -> String {
    cut(url.split(['?', '#']).next().unwrap_or(url), 160)
}
