use super::*;
use crate::{Checkpoint, SigningIdentity};
use proptest::prelude::*;

fn keeper() -> SigningIdentity {
    SigningIdentity::from_secret("coordinator.example", &[1; 32]).expect("a plain name")
}

fn entry(number: u8) -> LogEntry {
    LogEntry { id: Hash::new([number; 32]), sequence: u64::from(number) }
}

fn setup(size: u8) -> (Log, SignedCheckpoint, Policy) {
    let mut log = Log::new();
    (0..size).for_each(|number| {
        log.append(&entry(number).leaf());
    });
    let signed = Checkpoint::of(&log, &keeper().verifier()).sign(&keeper()).expect("own log");
    (log, signed, Policy::log_alone(keeper().verifier()))
}

#[test]
fn every_entry_gets_a_receipt_that_verifies_offline() {
    for size in [1, 2, 3, 7, 8, 33] {
        let (log, signed, policy) = setup(size);
        for number in 0..size {
            let receipt = Receipt::issue(&log, number.into(), entry(number), signed.clone()).expect("it is logged");
            let opened = UnverifiedReceipt::decode(receipt.encode().as_bytes()).and_then(|r| r.verify(&policy));
            let opened = opened.expect("just issued");
            assert_eq!(opened, receipt);
            assert_eq!((opened.entry(), opened.checkpoint().checkpoint().size()), (entry(number), size.into()));
        }
    }
}

#[test]
fn no_receipt_for_what_is_not_logged() {
    let (log, signed, _) = setup(7);
    assert!(Receipt::issue(&log, 3, entry(4), signed.clone()).is_err());
    assert!(Receipt::issue(&log, 7, entry(7), signed.clone()).is_err());
    let other_sequence = LogEntry { sequence: 9, ..entry(3) };
    assert!(Receipt::issue(&log, 3, other_sequence, signed).is_err());
}

#[test]
fn the_text_is_that_of_the_format() {
    let (log, signed, _) = setup(2);
    let text = Receipt::issue(&log, 0, entry(0), signed.clone()).expect("it is logged").encode();
    let lines: Vec<_> = text.lines().take(5).collect();
    let sibling = entry(1).leaf_hash().to_base64();
    let extra = "extra Z3VpbGRoYWxsL2VudHJ5L3YxAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==";
    assert_eq!(lines, ["c2sp.org/tlog-proof@v1", extra, "index 0", sibling.as_str(), ""]);
    assert!(text.ends_with(&signed.encode()));
}

#[test]
fn malformed_receipts_are_refused() {
    let (log, signed, _) = setup(7);
    let text = Receipt::issue(&log, 3, entry(3), signed).expect("it is logged").encode();
    let sibling = entry(2).leaf_hash().to_base64();
    for (why, bad) in [
        ("other version", text.replace("@v1", "@v2")),
        ("leading zero", text.replace("index 3", "index 03")),
        ("no index", text.replace("index 3\n", "")),
        ("no entry", text.replace("extra ", "also ")),
        ("entry twice", text.replace("index 3\n", "extra AA==\nindex 3\n")),
        ("short hash", text.replace(&sibling, &sibling[4..])),
        ("too many hashes", text.replace(&sibling, &[sibling.as_str(); 70].join("\n"))),
        ("cut", text[..text.len() - 1].to_owned()),
        ("no checkpoint", text[..200].to_owned()),
        ("empty", String::new()),
        ("too long", "x".repeat(MAX_NOTE_BYTES + MAX_HEAD_BYTES + 1)),
    ] {
        assert!(UnverifiedReceipt::decode(bad.as_bytes()).is_err(), "{why}");
    }
}

proptest! {
    #[test]
    fn any_changed_byte_is_noticed(at in 0usize..10_000, bit in 0u8..8) {
        let (log, signed, policy) = setup(7);
        let mut bytes = Receipt::issue(&log, 3, entry(3), signed).expect("it is logged").encode().into_bytes();
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        prop_assert!(UnverifiedReceipt::decode(&bytes).and_then(|receipt| receipt.verify(&policy)).is_err());
    }
}
