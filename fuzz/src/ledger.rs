//! Notes, checkpoints, receipts, budget and log entries, keys.

use crate::world::identity;
use guildhall_ledger::{
    BudgetLedger, Charge, Checkpoint, Epsilon, Hash, Limit, Log, LogEntry, MemoryRecords, Note, Policy, Receipt,
    SigningIdentity, UnverifiedCheckpoint, UnverifiedEntry, UnverifiedNote, UnverifiedReceipt, VerifierKey,
};

fn keys() -> Vec<VerifierKey> {
    ["coordinator", "trustee-1", "trustee-2"].map(|name| identity(name).verifier()).into()
}

fn policy() -> Policy {
    Policy { log: identity("coordinator").verifier(), witnesses: keys(), quorum: 1 }
}

/// A note by known and unknown signers.
pub fn note(bytes: &[u8]) {
    if let Ok(note) = UnverifiedNote::decode(bytes)
        && let Ok(verified) = note.verify(&keys(), 1)
    {
        assert_eq!(verified.encode().as_bytes(), bytes);
    }
}

/// Notes by one and by two signers.
pub fn note_seeds() -> Vec<Vec<u8>> {
    let mut two = Note::sign("text\nof two lines\n", &identity("trustee-1")).expect("plain");
    let one = two.clone();
    two.cosign(&identity("stranger")).expect("another signer");
    [one, two].map(|note| note.encode().into_bytes()).into()
}

/// A signed checkpoint.
pub fn checkpoint(bytes: &[u8]) {
    if let Ok(checkpoint) = UnverifiedCheckpoint::decode(bytes)
        && let Ok(verified) = checkpoint.verify(&policy())
    {
        assert_eq!(verified.encode().as_bytes(), bytes);
    }
}

fn logged(entries: u8) -> (Log, LogEntry) {
    let mut log = Log::new();
    let entry = |n| LogEntry { id: Hash::new([n; 32]), sequence: u64::from(n) };
    (0..entries).for_each(|n| {
        log.append(&entry(n).leaf());
    });
    (log, entry(entries / 2))
}

fn signed(log: &Log) -> guildhall_ledger::SignedCheckpoint {
    let keeper = identity("coordinator");
    let mut checkpoint = Checkpoint::of(log, &keeper.verifier()).sign(&keeper).expect("its own log");
    checkpoint.cosign(&identity("trustee-1")).expect("another signer");
    checkpoint
}

/// Checkpoints of an empty and of a small log.
pub fn checkpoint_seeds() -> Vec<Vec<u8>> {
    [0, 5].map(|entries| signed(&logged(entries).0).encode().into_bytes()).into()
}

/// A receipt.
pub fn receipt(bytes: &[u8]) {
    if let Ok(receipt) = UnverifiedReceipt::decode(bytes)
        && let Ok(verified) = receipt.verify(&policy())
    {
        assert_eq!(verified.encode().as_bytes(), bytes);
    }
}

/// Receipts from logs of one and of nine entries.
pub fn receipt_seeds() -> Vec<Vec<u8>> {
    [1u8, 9]
        .map(|entries| {
            let (log, entry) = logged(entries);
            let receipt = Receipt::issue(&log, u64::from(entries / 2), entry, signed(&log)).expect("it is there");
            receipt.encode().into_bytes()
        })
        .into()
}

/// A link of the budget chain.
pub fn budget_entry(bytes: &[u8]) {
    if let Ok(entry) = UnverifiedEntry::decode(bytes) {
        let again = UnverifiedEntry::decode(bytes).expect("decoded once");
        assert_eq!(entry, again);
        if let Ok(entry) = entry.verify(0, Hash::new([0; 32])) {
            assert_eq!(entry.as_bytes(), bytes);
            let _ = entry.charge().amount().to_string();
        }
    }
}

/// The first two links of a chain.
pub fn budget_entry_seeds() -> Vec<Vec<u8>> {
    let mut records = MemoryRecords::new();
    let mut ledger = BudgetLedger::open(&records).expect("empty");
    let epsilon = |n, d| Epsilon::new(n, d).expect("not zero");
    for (id, delta_bits) in [("a/1", 40), ("a/2", 60)] {
        let text = |t: &str| t.to_owned();
        let charge = Charge {
            id: text(id),
            subject: text("a"),
            window: text("2026"),
            epsilon: epsilon(1, 3),
            delta_bits,
            column: None,
            purpose: text("fuzzing"),
            rho: None,
        };
        let limit = Limit { epsilon: epsilon(5, 1), delta_bits: 20, rho: None };
        ledger.charge(&mut records, charge, &limit).expect("within the limit");
    }
    ledger.entries().iter().map(|entry| entry.as_bytes().to_vec()).collect()
}

/// A leaf of the log.
pub fn log_entry(bytes: &[u8]) {
    if let Ok(entry) = LogEntry::decode(bytes) {
        assert_eq!(entry.leaf().as_slice(), bytes);
    }
}

/// Leaves.
pub fn log_entry_seeds() -> Vec<Vec<u8>> {
    vec![logged(3).1.leaf().to_vec()]
}

/// The text of a public key.
pub fn verifier_key(bytes: &[u8]) {
    if let Ok(text) = str::from_utf8(bytes)
        && let Ok(key) = VerifierKey::decode(text)
    {
        assert_eq!(key.to_string(), text);
    }
}

/// Public keys.
pub fn verifier_key_seeds() -> Vec<Vec<u8>> {
    keys().iter().map(|key| key.to_string().into_bytes()).collect()
}

/// The text of a private key.
pub fn identity_text(bytes: &[u8]) {
    if let Ok(text) = str::from_utf8(bytes)
        && let Ok(identity) = SigningIdentity::decode_text(text)
    {
        assert_eq!(identity.expose_text().as_str(), text);
    }
}

/// Private keys.
pub fn identity_text_seeds() -> Vec<Vec<u8>> {
    vec![identity("coordinator").expose_text().as_bytes().to_vec()]
}

/// The text of an amount, of a hash, and of a rational number.
pub fn amount(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    if let Ok(epsilon) = text.parse::<Epsilon>() {
        assert_eq!(epsilon.to_string(), text);
    }
    if let Ok(hash) = text.parse::<Hash>() {
        assert_eq!(hash.to_string(), text);
    }
}

/// Amounts and a hash.
pub fn amount_seeds() -> Vec<Vec<u8>> {
    let hash = Hash::new([0xa5; 32]).to_string();
    ["0", "1/3", "18446744073709551615/2", "2/4", &hash].map(|text| text.as_bytes().to_vec()).into()
}
