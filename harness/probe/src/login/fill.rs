//! The values of a deed, with one-time passwords drawn when they are needed.

use super::Errand;
use super::decide::{Deed, Kind, Memory, Value};

/// Number of a field → the text that goes into it.
pub(crate) async fn draw(
    errand: &Errand<'_>,
    memory: &mut Memory,
    deed: &Deed,
) -> Result<Vec<(usize, String)>, String> {
    let mut drawn = Vec::with_capacity(deed.values.len());
    for (at, value) in &deed.values {
        let text = match value {
            Value::Text(text) => text.clone(),
            Value::Code(before, after) => {
                let seed = errand.person.user.as_ref().and_then(|u| u.totp.as_deref());
                let seed = seed.ok_or("a rule asks for {totp}, and the user has no seed of one-time passwords")?;
                let code = errand.person.codes.next(errand.recorder, seed, memory.codes > 0).await?;
                memory.codes += 1;
                format!("{before}{code}{after}")
            }
        };
        drawn.push((*at, text));
    }
    if deed.kind == Kind::Password && !deed.denies {
        errand.count_sign_in();
    }
    Ok(drawn)
}

/// Whether a rule's value of a box takes its tick away.
pub(crate) fn unticks(value: &str) -> bool {
    ["", "off", "no", "false", "0"].iter().any(|no| value.eq_ignore_ascii_case(no))
}
