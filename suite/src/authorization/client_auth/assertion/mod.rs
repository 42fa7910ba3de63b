//! Client assertions: what a client with a key says instead of a secret, and what passes for it.

pub(super) mod claims;
pub(super) mod form;
pub(super) mod keys;
pub(super) mod signature;
pub(super) mod works;

use proofmark_probe::judge::{error_is, token_refused};
use proofmark_probe::model::{Area, Requirement};
use proofmark_probe::{Assertion, Case, Need, Probe, Reply, Steps, Stop};

use super::Carrier;
use crate::requirements::rfc7523::ASSERTION_FAILURE;

/// What the refusals of bad assertions have in common.
const OF_ASSERTIONS: Case = Case {
    area: Area::ClientAuth,
    needs: &[Need::CodeFlow, Need::KeyedClient],
    control: Some(&works::WORKS),
    ..Case::PLAIN
};

/// A fresh assertion of the client, correct in every respect.
fn good(carrier: &Carrier) -> Result<Assertion, Stop> {
    carrier.client.assertion().ok_or_else(|| Stop::blocked("the client has no key"))
}

fn signed(assertion: &Assertion) -> Result<String, Stop> {
    assertion.sign().ok_or_else(|| Stop::error("no assertion could be signed"))
}

/// Sends an assertion with a request that is correct otherwise.
async fn send(probe: &mut Probe, carrier: &Carrier, assertion: &str, what: &str) -> Result<Reply, Stop> {
    let request = carrier.request(probe).await?.by_assertion(assertion).with("client_id", &carrier.client.id);
    probe.token(&request.labelled(&format!("assertion, {what}"))).await
}

/// Sends each bad assertion in a row of its own: it must be refused, and as a failure of the client where that is covered.
async fn refuse(
    probe: &mut Probe,
    carrier: &Carrier,
    requirement: &'static Requirement,
    rows: &[(&str, String)],
) -> Steps {
    for (row, assertion) in rows {
        probe.row(*row);
        let reply = send(probe, carrier, assertion, row).await?;
        probe.expect(requirement, &reply, token_refused);
        if row_is_told(requirement) {
            probe.expect(&ASSERTION_FAILURE, &reply, error_is(&["invalid_client"]));
        }
    }
    probe.no_row();
    Ok(())
}

/// The error code is judged once, by the rows about signatures.
fn row_is_told(requirement: &Requirement) -> bool {
    requirement.id == crate::requirements::rfc7523::SIGNATURE_CHECKED.id
}
