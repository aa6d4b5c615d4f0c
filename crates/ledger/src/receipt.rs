//! A receipt: offline proof that an entry is in the log, under a signed checkpoint.
//!
//! Source: <https://c2sp.org/tlog-proof> v1. The format's `extra` field carries the logged entry; it is
//! trusted only after its hash has been proved to be in the log, so the checkpoint's signatures cover it.
//!
//! Assumption: that of [`crate::checkpoint`]. Without witnesses in the policy a receipt is a promise by
//! the log alone, but one it cannot deny.
//!
//! Not here: what the entry's id means (the contribution or statement it is the hash of).

use crate::checkpoint::read_decimal;
use crate::note::{MAX_NOTE_BYTES, malformed};
use crate::{Hash, Log, NoteError, Policy, SignedCheckpoint, UnverifiedCheckpoint, leaf_hash, verify_inclusion};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const HEADER: &str = "c2sp.org/tlog-proof@v1";
const LEAF_TAG: &[u8; 18] = b"guildhall/entry/v1";
const MAX_PROOF_HASHES: usize = 64;
const MAX_HEAD_BYTES: usize = 4096;

/// What is logged: the id of a contribution or statement, and its sequence number.
///
/// # Privacy
/// The id is a hash over bytes that contain secret randomness, so that it does not reveal what it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LogEntry {
    /// Hash over every byte of what is logged.
    pub id: Hash,
    /// Sequence number of the sender: the highest verified one wins.
    pub sequence: u64,
}

impl LogEntry {
    /// The leaf to append: a tag, the id, the sequence number.
    pub fn leaf(&self) -> [u8; 58] {
        let mut leaf = [0; 58];
        let parts = LEAF_TAG.iter().chain(self.id.as_bytes()).copied().chain(self.sequence.to_be_bytes());
        leaf.iter_mut().zip(parts).for_each(|(to, from)| *to = from);
        leaf
    }

    /// The hash of [`Self::leaf`].
    pub fn leaf_hash(&self) -> Hash {
        leaf_hash(&self.leaf())
    }

    /// Reads a leaf.
    ///
    /// # Errors
    /// [`NoteError::Malformed`].
    pub fn decode(leaf: &[u8]) -> Result<Self, NoteError> {
        let rest = leaf.strip_prefix(LEAF_TAG);
        let parts = rest.and_then(|rest| rest.split_first_chunk::<32>());
        let parsed = parts.and_then(|(id, rest)| Some((Hash::new(*id), u64::from_be_bytes(rest.try_into().ok()?))));
        let (id, sequence) = parsed.ok_or(malformed("log entry", "it must have a tag, an id and a sequence number"))?;
        Ok(Self { id, sequence })
    }
}

/// A receipt whose inclusion proof and checkpoint were verified, or made here.
///
/// # Privacy
/// It states the place in the log and so the order of arrival: it is for its owner, not for publication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    entry: LogEntry,
    index: u64,
    proof: Vec<Hash>,
    checkpoint: SignedCheckpoint,
}

impl Receipt {
    /// Makes the receipt for the entry at `index` under a checkpoint of the log.
    ///
    /// # Errors
    /// [`NoteError::Proof`] if the entry is not at that index, or the checkpoint is not one of this log.
    pub fn issue(log: &Log, index: u64, entry: LogEntry, checkpoint: SignedCheckpoint) -> Result<Self, NoteError> {
        let proof = log.inclusion_proof(index, checkpoint.checkpoint().size())?;
        let receipt = Self { entry, index, proof, checkpoint };
        receipt.check()?;
        Ok(receipt)
    }

    fn check(&self) -> Result<(), NoteError> {
        let head = self.checkpoint.checkpoint();
        Ok(verify_inclusion(self.entry.leaf_hash(), self.index, head.size(), &self.proof, head.root())?)
    }

    /// What was logged. Compare it with what was sent.
    pub const fn entry(&self) -> LogEntry {
        self.entry
    }

    /// Its place in the log.
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// The checkpoint it is proved under; its size is the log size.
    pub const fn checkpoint(&self) -> &SignedCheckpoint {
        &self.checkpoint
    }

    /// The receipt as text.
    pub fn encode(&self) -> String {
        let head = encode_head(self.entry, self.index, &self.proof);
        format!("{head}\n{}", self.checkpoint.encode())
    }
}

fn encode_head(entry: LogEntry, index: u64, proof: &[Hash]) -> String {
    let hashes: String = proof.iter().map(|hash| hash.to_base64() + "\n").collect();
    format!("{HEADER}\nextra {}\nindex {index}\n{hashes}", STANDARD.encode(entry.leaf()))
}

/// A receipt as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnverifiedReceipt {
    entry: LogEntry,
    index: u64,
    proof: Vec<Hash>,
    checkpoint: UnverifiedCheckpoint,
}

impl UnverifiedReceipt {
    /// Reads a receipt.
    ///
    /// # Errors
    /// [`NoteError::TooLong`], [`NoteError::Malformed`], [`NoteError::Hash`] and those of [`UnverifiedCheckpoint::decode`].
    pub fn decode(bytes: &[u8]) -> Result<Self, NoteError> {
        let what = "receipt";
        let limit = MAX_NOTE_BYTES + MAX_HEAD_BYTES;
        if bytes.len() > limit {
            return Err(NoteError::TooLong { what, found: bytes.len(), limit });
        }
        let split = bytes.windows(2).take(MAX_HEAD_BYTES).position(|pair| pair == b"\n\n");
        let split = split.ok_or(malformed(what, "no empty line separates the proof from the checkpoint"))?;
        let (head, rest) = bytes.split_at(split + 1);
        let head = str::from_utf8(head).map_err(|_| malformed(what, "it is not UTF-8"))?;
        let (entry, index, proof) = read_head(head)?;
        // Every field read above has one spelling; this keeps it so whatever is changed there.
        if encode_head(entry, index, &proof) != head {
            return Err(malformed(what, "it is not written in the one canonical way"));
        }
        let checkpoint = UnverifiedCheckpoint::decode(rest.get(1..).unwrap_or_default())?;
        Ok(Self { entry, index, proof, checkpoint })
    }

    /// Checks the checkpoint against a policy and that the entry is in the log.
    ///
    /// # Errors
    /// Those of [`UnverifiedCheckpoint::verify`], [`NoteError::Proof`].
    pub fn verify(self, policy: &Policy) -> Result<Receipt, NoteError> {
        let checkpoint = self.checkpoint.verify(policy)?;
        let receipt = Receipt { entry: self.entry, index: self.index, proof: self.proof, checkpoint };
        receipt.check()?;
        Ok(receipt)
    }
}

fn read_head(head: &str) -> Result<(LogEntry, u64, Vec<Hash>), NoteError> {
    let what = "receipt";
    let mut lines = head.split_terminator('\n');
    if lines.next() != Some(HEADER) {
        return Err(malformed(what, "its first line must be c2sp.org/tlog-proof@v1"));
    }
    let extra = lines.next().and_then(|line| line.strip_prefix("extra "));
    let extra = extra.ok_or(malformed(what, "its second line must be 'extra' and the logged entry"))?;
    let leaf = STANDARD.decode(extra).map_err(|_| malformed(what, "its entry is not base64 with padding"))?;
    let index = lines.next().and_then(|line| line.strip_prefix("index ")).and_then(read_decimal);
    let index = index.ok_or(malformed(what, "its third line must be 'index' and a plain decimal number"))?;
    let hashes: Vec<&str> = lines.collect();
    if hashes.len() > MAX_PROOF_HASHES {
        return Err(malformed(what, "its proof has more than 64 hashes"));
    }
    let proof = hashes.into_iter().map(Hash::from_base64).collect::<Result<_, _>>()?;
    Ok((LogEntry::decode(&leaf)?, index, proof))
}

#[cfg(test)]
mod tests;
