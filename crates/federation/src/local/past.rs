//! Rounds that ended before this one, settled among trustees of one process (step 5.2).

use crate::charter::Charter;
use crate::trustee::Trustee;
use crate::{FederationError, Id};
use guildhall_ledger::{Note, Records};
use std::collections::BTreeMap;

/// Makes every trustee know how every earlier round ended: certified by `u` that signed it, or abandoned by `u`.
///
/// # Errors
/// If a round was signed by some trustees but not by a quorum, and too few are left to abandon it.
pub(super) fn settle<R: Records>(
    charter: &Charter,
    trustees: &mut [Trustee<R>],
    next: u32,
) -> Result<(), FederationError> {
    for round in 1..next {
        let mut open = false;
        for trustee in trustees.iter() {
            open |= trustee.unsettled(round + 1)?.contains(&round);
        }
        if open {
            settle_round(charter, trustees, round)?;
        }
    }
    Ok(())
}

fn settle_round<R: Records>(charter: &Charter, trustees: &mut [Trustee<R>], round: u32) -> Result<(), FederationError> {
    let need = usize::from(charter.quorum);
    let mut signed: BTreeMap<Id, Vec<Note>> = BTreeMap::new();
    for trustee in trustees.iter() {
        if let Some((id, note)) = trustee.signed_set(round)? {
            signed.entry(id).or_default().push(note);
        }
    }
    if let Some((id, notes)) = signed.iter().find(|(_, notes)| notes.len() >= need) {
        let certificate = join(notes)?;
        for trustee in trustees.iter_mut() {
            if trustee.signed_set(round)?.is_some_and(|(own, _)| own == *id) {
                trustee.accept_certificate(round, id, &certificate)?;
            }
        }
        return Ok(());
    }
    let mut given_up = Vec::new();
    for trustee in trustees.iter_mut() {
        if trustee.signed_set(round)?.is_none() {
            given_up.push(trustee.abandon(round)?);
        }
    }
    let (have, what) = (given_up.len(), "abandoned an unfinished earlier round");
    if have < need {
        let missing = format!("those that signed a set of round {round}; bring its certificate");
        return Err(FederationError::TooFewTrustees { have, need, did: what, missing });
    }
    let statement = join(&given_up)?;
    trustees.iter_mut().try_for_each(|trustee| trustee.accept_abandoned(round, &statement))
}

/// Joins signatures on one statement.
fn join(notes: &[Note]) -> Result<Note, FederationError> {
    let signature = |source| FederationError::Signature { what: "an earlier round", source };
    let mut notes = notes.iter();
    let none = || FederationError::Rule { what: "an earlier round", rule: "nobody signed".to_owned() };
    let mut joined = notes.next().cloned().ok_or_else(none)?;
    notes.try_for_each(|note| joined.merge(note)).map_err(signature)?;
    Ok(joined)
}
