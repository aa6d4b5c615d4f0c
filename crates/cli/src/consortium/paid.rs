//! What members' ledgers were charged for a round of which nothing was opened yet.
//!
//! A round can die after its charge and before any trustee has signed a set. Then nothing of it was opened, and the next
//! attempt may stand on the same charge: its name is kept in the state folder, durably and before anything is charged.
//! As soon as a trustee has signed, the charge is used up, whatever became of the round.
//!
//! Assumption: the state folder is not put back to an earlier day; see [`super`].

use super::{Found, cannot, write_secret};
use crate::Failure;
use crate::trust::nonce;
use guildhall_ledger::Records;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;

const FILE: &str = "charged.json";

/// The name under which a round is charged to members' ledgers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Paid {
    /// The round it was charged as; the next attempt has a later number.
    pub(crate) round: u32,
    /// Used once.
    pub(crate) nonce: String,
    /// What it costs, as a digest: a round of another price is another charge.
    price: String,
}

impl Paid {
    /// The charge of an earlier attempt that opened nothing, or a new one; nothing is written.
    ///
    /// # Errors
    /// If a trustee's store cannot be read, or the system gives no randomness.
    pub(crate) fn of<R: Records>(folder: &Path, study: &str, found: &Found<R>, price: &str) -> Result<Self, Failure> {
        let kept = fs::read(folder.join(FILE)).ok().and_then(|bytes| serde_json::from_slice::<Self>(&bytes).ok());
        if let Some(paid) = kept.filter(|paid| paid.price == price && paid.round <= found.round)
            && !found.signed_any(study, paid.round..found.round)?
        {
            return Ok(paid);
        }
        Ok(Self { round: found.round, nonce: nonce()?, price: price.to_owned() })
    }

    /// Keeps it durably, before anything is charged under it.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub(crate) fn keep(&self, folder: &Path) -> Result<(), Failure> {
        let (path, fresh) = (folder.join(FILE), folder.join(format!(".{FILE}.new")));
        let bytes = serde_json::to_vec(self).unwrap_or_default();
        drop(fs::remove_file(&fresh));
        let written = write_secret(&fresh, &bytes).and_then(|()| fs::rename(&fresh, &path));
        written.map_err(|error| cannot(&path, &error))
    }
}
