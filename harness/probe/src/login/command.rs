//! A command of the user's that signs in: it gets the authorization URL and prints where the browser was sent in the end.

use std::process::Command;
use std::time::Duration;

use super::Errand;
use super::process::Process;
use crate::authorize::{AuthorizationRequest, Journey, Landing};
use crate::http::cut;
use crate::recorder::Witnessed;

/// How long a command may take: it may drive a browser of its own.
const LIMIT: Duration = Duration::from_secs(180);

/// Lets the command take a walk over, and puts its end into the journey.
pub(super) async fn walk(errand: &Errand<'_>, request: &AuthorizationRequest, journey: &mut Journey) {
    let limit = errand.settings.login.limit.unwrap_or(LIMIT);
    let stuck = |why: String, remedy: &str| Landing::Stuck { why, remedy: remedy.into() };
    if request.post {
        let why = "the command of the sign-in cannot send an authorization request by POST".to_owned();
        journey.landing = stuck(why, "sign in by forms or by browser for this case");
        return;
    }
    journey.asked.unseen = true;
    errand.count_session();
    journey.landing = match run(errand, request, limit).await {
        Ok(to) => {
            let seen = Witnessed::place("where the command says that the browser was sent", &to);
            journey.witnesses.push(errand.recorder.witness(errand.case, seen).id());
            journey.asked.denied = request.deny;
            Landing::Redirected { to }
        }
        Err((why, remedy)) => stuck(format!("the command of the sign-in {why}"), remedy),
    };
}

/// The URL that the command printed last; or what went wrong, and what would help.
async fn run(
    errand: &Errand<'_>,
    request: &AuthorizationRequest,
    limit: Duration,
) -> Result<String, (String, &'static str)> {
    let script = errand.settings.login.command.as_deref().unwrap_or_default();
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command.env("PROOFMARK_AUTHORIZATION_URL", request.request(errand.endpoint).url);
    command.env("PROOFMARK_REDIRECT_URI", &request.redirect_uri);
    command.env("PROOFMARK_USER", errand.person.user.as_ref().map_or("", |u| u.name.as_str()));
    for (name, set) in [("PROOFMARK_DENY", request.deny), ("PROOFMARK_FRESH", request.fresh_session)] {
        if set {
            command.env(name, "1");
        } else {
            command.env_remove(name);
        }
    }
    let process = Process::start(&mut command)
        .map_err(|e| (format!("cannot be started: {e}"), "it is run by `sh -c`; check that there is a shell"))?;
    let Some(output) = process.output(limit).await else {
        let why = format!("did not end within {} s", limit.as_secs_f64());
        return Err((why, "make it end by itself when it cannot sign in"));
    };
    let last = |text: &str| text.lines().rev().map(str::trim).find(|l| !l.is_empty()).map(ToOwned::to_owned);
    let said = last(&output.stderr).map_or_else(String::new, |l| format!("; it says \"{}\"", cut(&l, 200)));
    if !output.success {
        return Err((format!("failed with {}{said}", output.status), "run it by hand with the same variables"));
    }
    let Some(url) = last(&output.stdout) else {
        return Err((
            format!("printed nothing{said}"),
            "it prints the URL to which the browser was sent, as its last line",
        ));
    };
    if !url.contains(':') || url.contains(char::is_whitespace) {
        let why = format!("printed \"{}\" last, which is no URL{said}", cut(&url, 120));
        return Err((why, "it prints the URL to which the browser was sent, as its last line"));
    }
    Ok(url)
}
