//! The log of tickets and resolutions: an append-only Merkle log with a signed head.
//!
//! In this one-process form the log has no independent witness: it proves what it holds to whoever kept an older head,
//! and no more.

use super::failure;
use super::state::{State, check_store};
use crate::{Failure, Problem};
use guildhall_ledger::{
    Checkpoint, Hash, Log, LogEntry, NoteError, Policy, Receipt, Records, SigningIdentity, SqliteRecords,
    UnverifiedReceipt, VerifierKey,
};
use guildhall_pseudonym::TicketLog;
use std::path::PathBuf;

const KEY: &str = "key";

/// The log of a state folder.
pub(super) struct TicketsLog {
    path: PathBuf,
    records: SqliteRecords,
    keeper: SigningIdentity,
    log: Log,
}

/// What a trustee needs to check a receipt: the public key of the log.
pub(super) struct ReceiptCheck(Policy);

/// Opens the log that is there, or makes one where no domain has one yet.
pub(super) fn create(state: &State) -> Result<TicketsLog, Failure> {
    let path = place(state)?;
    if state.served()?.log {
        check_store(&path)?;
    }
    opened(path)
}

/// Opens the log, which must be there.
pub(super) fn open(state: &State) -> Result<TicketsLog, Failure> {
    let path = place(state)?;
    check_store(&path)?;
    opened(path)
}

fn place(state: &State) -> Result<PathBuf, Failure> {
    Ok(state.subfolder("log")?.join("log.records"))
}

/// The log of a file; a new one gets a key of its own.
fn opened(path: PathBuf) -> Result<TicketsLog, Failure> {
    let failed = |error| failure::records(&error, &path);
    let mut records = SqliteRecords::open(&path).map_err(failed)?;
    let keeper = match records.get(KEY).map_err(failed)? {
        Some(text) => SigningIdentity::decode_text(str::from_utf8(&text).unwrap_or_default()).map_err(note)?,
        None => {
            let made = crate::consortium::fresh_identity("pseudonym-log")?;
            records.record_once(KEY, made.expose_text().as_bytes()).map_err(failed)?;
            made
        }
    };
    let mut log = Log::new();
    for (_, leaf) in records.list("leaf/").map_err(failed)? {
        log.append(&leaf);
    }
    Ok(TicketsLog { path, records, keeper, log })
}

impl TicketsLog {
    /// The public key of the log.
    pub(super) fn verifier(&self) -> String {
        self.keeper.verifier().to_string()
    }

    /// Appends a digest durably and gives the receipt.
    pub(super) fn append(&mut self, digest: [u8; 32]) -> Result<String, Failure> {
        let entry = LogEntry { id: Hash::new(digest), sequence: self.log.size() + 1 };
        let place = format!("leaf/{:016}", entry.sequence);
        self.records.record_once(&place, &entry.leaf()).map_err(|error| failure::records(&error, &self.path))?;
        let index = self.log.append(&entry.leaf());
        let head = Checkpoint::of(&self.log, &self.keeper.verifier()).sign(&self.keeper).map_err(note)?;
        Ok(Receipt::issue(&self.log, index, entry, head).map_err(note)?.encode())
    }
}

impl ReceiptCheck {
    /// A check against a log's public key.
    pub(super) fn new(log: Option<&str>) -> Result<Self, Failure> {
        let missing = || Problem::new("K0411", "this domain has no log for tickets");
        let key: VerifierKey = log.ok_or_else(missing)?.parse().map_err(note)?;
        Ok(Self(Policy { log: key, witnesses: Vec::new(), quorum: 0 }))
    }
}

impl TicketLog for ReceiptCheck {
    fn proves(&self, digest: &[u8; 32], receipt: &[u8]) -> bool {
        let receipt = UnverifiedReceipt::decode(receipt).and_then(|receipt| receipt.verify(&self.0));
        receipt.is_ok_and(|receipt| receipt.entry().id.as_bytes() == digest)
    }
}

fn note(error: NoteError) -> Failure {
    let problem = Problem::new("V0781", "the log or its key is damaged").why(error.to_string());
    problem.remedy("restore the log's folder").into()
}
