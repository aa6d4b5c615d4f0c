use super::*;
use crate::{MemoryRecords, Records, SqliteRecords};
use num_bigint::BigInt;
use num_rational::BigRational;
use proptest::prelude::*;

fn epsilon(text: &str) -> Epsilon {
    text.parse().expect("an exact epsilon")
}

fn charge(id: &str, amount: &str) -> Charge {
    Charge {
        id: id.to_owned(),
        subject: "study austin".to_owned(),
        window: "2017-05".to_owned(),
        epsilon: epsilon(amount),
        delta_bits: NO_DELTA,
        rho: None,
        column: None,
        purpose: "quartiles".to_owned(),
    }
}

fn limit(amount: &str) -> Limit {
    Limit { epsilon: epsilon(amount), delta_bits: NO_DELTA, rho: None }
}

/// A chain of three charges of one third.
fn thirds() -> (MemoryRecords, BudgetLedger) {
    let (mut records, mut ledger) = (MemoryRecords::new(), BudgetLedger::default());
    for id in ["a", "b", "c"] {
        ledger.charge(&mut records, charge(id, "1/3"), &limit("1")).expect("within the limit");
    }
    (records, ledger)
}

#[test]
fn thirds_add_up_to_exactly_one() {
    let (mut records, mut ledger) = thirds();
    assert_eq!(ledger.spent("study austin", "2017-05").epsilon_parts(), Some((1, 1)));
    let one_more = ledger.charge(&mut records, charge("d", "1/18446744073709551615"), &limit("1"));
    assert!(matches!(one_more, Err(BudgetError::Exceeded { .. })));
    assert_eq!(ledger.length(), 3, "a refused charge leaves nothing");
    let other_window = Charge { window: "2017-06".to_owned(), ..charge("e", "1") };
    assert!(ledger.charge(&mut records, other_window, &limit("1")).is_ok());
    let other_subject = Charge { subject: "study dallas".to_owned(), ..charge("f", "1") };
    assert!(ledger.charge(&mut records, other_subject, &limit("1")).is_ok());
}

#[test]
fn the_refusal_says_spent_asked_and_limit() {
    let (mut records, mut ledger) = thirds();
    let refused = ledger.charge(&mut records, charge("d", "1/2"), &limit("9/10")).expect_err("3/2 > 9/10");
    let text = refused.to_string();
    for part in ["epsilon 1 ", "epsilon 1/2 ", "epsilon 9/10 ", "study austin", "2017-05"] {
        assert!(text.contains(part), "{part} is missing in: {text}");
    }
}

#[test]
fn the_first_charge_fixes_the_limit() {
    let (mut records, mut ledger) = thirds();
    let refused = ledger.charge(&mut records, charge("d", "1/100"), &limit("2")).expect_err("a higher limit");
    assert!(matches!(refused, BudgetError::Raised { .. }), "{refused}");
    let with_delta = Limit { delta_bits: 40, ..limit("1") };
    let refused = ledger.charge(&mut records, charge("d", "0"), &with_delta).expect_err("a delta where none was");
    assert!(matches!(refused, BudgetError::Raised { .. }), "{refused}");
    let in_rho = Limit { rho: Some(epsilon("1")), ..limit("1") };
    assert!(ledger.charge(&mut records, charge("d", "0"), &in_rho).is_err(), "another kind of limit");
    let account = ledger.account("study austin", "2017-05").expect("charged").clone();
    assert_eq!((account.limit(), ledger.length()), (limit("1"), 3));
}

#[test]
fn windows_that_share_days_have_one_budget() {
    let (mut records, mut ledger) = (MemoryRecords::new(), BudgetLedger::default());
    let at = |id, window: &str| Charge { window: window.to_owned(), ..charge(id, "1") };
    ledger.charge(&mut records, at("a", "2017-01-01..2017-07-01"), &limit("1")).expect("the first");
    for window in ["all", "2017-06-30..2017-12-31", "2017-03-01..2017-03-31"] {
        let refused = ledger.charge(&mut records, at("b", window), &limit("1")).expect_err("shared days");
        assert!(matches!(refused, BudgetError::Overlap { .. }), "{refused}");
    }
    ledger.charge(&mut records, at("b", "2017-07-01..2018-01-01"), &limit("1")).expect("beside it");
    let other = Charge { subject: "another".to_owned(), ..at("c", "all") };
    ledger.charge(&mut records, other, &limit("1")).expect("another subject");
    let both = [at("d", "2018-01-01..2018-02-02"), at("e", "2018-02-01..2018-03-01")];
    assert!(ledger.charge_all(&mut records, &both, &limit("1")).is_err(), "within one request, too");
    assert_eq!(BudgetLedger::open(&records).expect("whole").length(), 3);
}

/// Known answer: three Gaussian charges of rho 1/10 and two pure ones of epsilon 1/2 (rho 1/8 each) cost 11/20.
#[test]
fn rho_adds_up_with_pure_charges_at_half_their_square() {
    let (mut records, mut ledger) = (MemoryRecords::new(), BudgetLedger::default());
    let limit = Limit { epsilon: epsilon("0"), delta_bits: 20, rho: Some(epsilon("11/20")) };
    let gaussian = |id| Charge { rho: Some(epsilon("1/10")), delta_bits: 30, ..charge(id, "2") };
    for id in ["a", "b", "c"] {
        ledger.charge(&mut records, gaussian(id), &limit).expect("within rho");
    }
    ledger.charge(&mut records, charge("d", "1/2"), &limit).expect("within rho");
    let spent = ledger.charge(&mut records, charge("e", "1/2"), &limit).expect("all of rho");
    assert_eq!(spent.rho().to_string(), "11/20");
    let refused = ledger.charge(&mut records, charge("f", "1/1000"), &limit).expect_err("nothing is left");
    assert!(refused.to_string().contains("rho 11/20"), "{refused}");
    assert_eq!(BudgetLedger::open(&records).expect("whole").length(), 5);
}

#[test]
fn the_same_charge_counts_once_and_another_under_its_id_is_refused() {
    let (mut records, mut ledger) = thirds();
    let again = ledger.charge(&mut records, charge("b", "1/3"), &limit("1")).expect("made before");
    assert_eq!((again.epsilon_parts(), ledger.length()), (Some((1, 1)), 3));
    let variants = [
        charge("b", "1/4"),
        Charge { subject: "other".to_owned(), ..charge("b", "1/3") },
        Charge { window: "2017-06".to_owned(), ..charge("b", "1/3") },
        Charge { delta_bits: 40, ..charge("b", "1/3") },
        Charge { purpose: "deciles".to_owned(), ..charge("b", "1/3") },
    ];
    for other in variants {
        let refused = ledger.charge(&mut records, other, &limit("100"));
        assert!(matches!(refused, Err(BudgetError::Conflict { .. })));
    }
}

#[test]
fn deltas_add_up_exactly() {
    let (mut records, mut ledger) = (MemoryRecords::new(), BudgetLedger::default());
    let limit = Limit { epsilon: epsilon("10"), delta_bits: 40, rho: None };
    let half = |id| Charge { delta_bits: 41, ..charge(id, "1") };
    ledger.charge(&mut records, half("a"), &limit).expect("half of the limit");
    let spent = ledger.charge(&mut records, half("b"), &limit).expect("all of the limit");
    assert_eq!((spent.delta_bits(), spent.to_string()), (40, "epsilon 2 with delta 2^-40".to_owned()));
    let least = Charge { delta_bits: 1024, ..charge("c", "0") };
    let refused = ledger.charge(&mut records, least, &limit).expect_err("a little too much");
    assert!(matches!(refused, BudgetError::Exceeded { .. }));
    assert!(ledger.charge(&mut records, charge("d", "1"), &limit).is_ok(), "without delta there is room");
    let none = Limit { epsilon: epsilon("10"), delta_bits: NO_DELTA, rho: None };
    assert!(ledger.charge(&mut records, Charge { window: "w".to_owned(), ..half("e") }, &none).is_err());
}

#[test]
fn a_batch_is_charged_whole_or_not_at_all() {
    let (mut records, mut ledger) = thirds();
    let batch = |last: &str| {
        let free = Charge { subject: "member 1".to_owned(), ..charge("m1", "1/2") };
        [free, Charge { subject: "member 2".to_owned(), ..charge("m2", last) }, charge("a", "1/3")]
    };
    assert!(ledger.charge_all(&mut records, &batch("3/2"), &limit("1")).is_err());
    assert_eq!((ledger.length(), records.list("").expect("readable").len()), (3, 3));
    ledger.charge_all(&mut records, &batch("1"), &limit("1")).expect("within the limit");
    assert_eq!(ledger.length(), 5, "one of the three was made before");
    let twice = [charge("x", "1/3"), charge("y", "1/3")].map(|c| Charge { window: "w".to_owned(), ..c });
    assert!(ledger.charge_all(&mut records, &twice, &limit("1/2")).is_err(), "summed within the batch");
    let same_id = [charge("x", "1/3"), charge("x", "1/4")].map(|c| Charge { window: "w".to_owned(), ..c });
    assert!(matches!(ledger.charge_all(&mut records, &same_id, &limit("9")), Err(BudgetError::Conflict { .. })));
}

#[test]
fn bad_amounts_and_texts_are_refused() {
    for text in [
        "-1",
        "1/0",
        "0/2",
        "2/4",
        "01",
        "1/01",
        "+1",
        "0.5",
        "NaN",
        "inf",
        "1e3",
        "",
        "/",
        "1/",
        "1/-2",
        " 1",
        "18446744073709551616",
    ] {
        assert!(text.parse::<Epsilon>().is_err(), "{text:?}");
    }
    let (mut records, mut ledger) = thirds();
    let long = "x".repeat(257);
    let bad = [
        Charge { id: String::new(), ..charge("d", "0") },
        Charge { subject: "line\nbreak".to_owned(), ..charge("d", "0") },
        Charge { window: long, ..charge("d", "0") },
        Charge { purpose: "x".repeat(1025), ..charge("d", "0") },
        Charge { delta_bits: 0, ..charge("d", "0") },
        Charge { delta_bits: 1025, ..charge("d", "0") },
        Charge { delta_bits: NO_DELTA - 1, ..charge("d", "0") },
    ];
    for bad in bad {
        let refused = ledger.charge(&mut records, bad, &limit("9")).expect_err("a bad charge");
        assert!(matches!(refused, BudgetError::Text { .. } | BudgetError::Delta { .. }), "{refused}");
    }
    let no_limit = Limit { epsilon: epsilon("9"), delta_bits: 0, rho: None };
    assert!(matches!(ledger.charge(&mut records, charge("d", "0"), &no_limit), Err(BudgetError::Delta { .. })));
}

#[test]
fn a_charge_survives_the_process() {
    let folder = tempfile::tempdir().expect("a writable temporary folder");
    let path = folder.path().join("records.db");
    let mut records = SqliteRecords::open(&path).expect("a new file");
    let mut ledger = BudgetLedger::open(&records).expect("empty");
    ledger.charge(&mut records, charge("a", "1/3"), &limit("1")).expect("within the limit");
    let (head, entries) = (ledger.head(), ledger.entries().to_vec());
    drop(records);
    let records = SqliteRecords::open(&path).expect("its own file");
    let ledger = BudgetLedger::open(&records).expect("a whole chain");
    assert_eq!((ledger.head(), ledger.entries()), (head, entries.as_slice()));
    assert_eq!(ledger.spent("study austin", "2017-05").epsilon_parts(), Some((1, 3)));
}

#[test]
fn two_ledgers_over_one_store_never_exceed_the_limit() {
    let mut records = MemoryRecords::new();
    let mut ledgers = [BudgetLedger::default(), BudgetLedger::default()];
    let mut granted = 0;
    for turn in 0..20 {
        let ledger = &mut ledgers[turn % 2];
        granted += u32::from(ledger.charge(&mut records, charge(&turn.to_string(), "1/7"), &limit("1")).is_ok());
    }
    assert_eq!(granted, 7);
    assert_eq!(BudgetLedger::open(&records).expect("a whole chain").length(), 7);
}

/// A store in which someone else makes the first charge of a release between a look at the chain and the charge.
struct Sooner(MemoryRecords);

impl Records for Sooner {
    fn record_all(&mut self, batch: &[(String, Vec<u8>)]) -> Result<Vec<crate::Recorded>, crate::RecordError> {
        let mut rival = BudgetLedger::open(&self.0).expect("a whole chain");
        let _ = rival.charge_first(&mut self.0, charge("spring/rival", "1/4"), &limit("1"), "spring/");
        self.0.record_all(batch)
    }
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, crate::RecordError> {
        self.0.get(key)
    }
    fn list(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, crate::RecordError> {
        self.0.list(prefix)
    }
    fn erase(&mut self, key: &str) -> Result<bool, crate::RecordError> {
        self.0.erase(key)
    }
}

#[test]
fn of_charges_that_must_be_the_first_of_their_kind_one_is_granted() {
    let (mut records, mut ledger) = (Sooner(MemoryRecords::new()), BudgetLedger::default());
    let refused = ledger.charge_first(&mut records, charge("spring/own", "1/4"), &limit("1"), "spring/");
    assert!(matches!(refused, Err(BudgetError::Taken { ref family }) if family == "spring/"), "{refused:?}");
    let chain = BudgetLedger::open(&records.0).expect("a whole chain");
    assert_eq!(chain.entries().iter().map(|entry| entry.charge().id.as_str()).collect::<Vec<_>>(), ["spring/rival"]);
    // Another family, and another subject, are not concerned.
    ledger.charge_first(&mut records, charge("springtime/own", "1/4"), &limit("1"), "springtime/").expect("another");
    let other = Charge { subject: "another".to_owned(), ..charge("spring/other", "1/4") };
    ledger.charge_first(&mut records, other, &limit("1"), "spring/").expect("of another subject");
}

/// A store in which someone else always comes first, until there is no budget left.
struct Racing(MemoryRecords);

impl Records for Racing {
    fn record_all(&mut self, batch: &[(String, Vec<u8>)]) -> Result<Vec<crate::Recorded>, crate::RecordError> {
        let mut rival = BudgetLedger::open(&self.0).expect("a whole chain");
        let id = format!("rival {}", rival.length());
        let _ = rival.charge(&mut self.0, charge(&id, "1/4"), &limit("1"));
        self.0.record_all(batch)
    }
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, crate::RecordError> {
        self.0.get(key)
    }
    fn list(&self, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, crate::RecordError> {
        self.0.list(prefix)
    }
    fn erase(&mut self, key: &str) -> Result<bool, crate::RecordError> {
        self.0.erase(key)
    }
}

#[test]
fn a_lost_race_is_decided_again() {
    let mut records = Racing(MemoryRecords::new());
    let mut ledger = BudgetLedger::default();
    let refused = ledger.charge(&mut records, charge("ours", "1/4"), &limit("1")).expect_err("the rivals spent it all");
    assert!(matches!(refused, BudgetError::Exceeded { .. }), "{refused}");
    assert_eq!(ledger.length(), 4);
}

#[test]
fn every_change_to_the_chain_is_found() {
    let (records, ledger) = thirds();
    assert!(ledger.verify_chain(&records).is_ok());
    let stored = records.list("budget/entry/").expect("readable");
    type Stored = Vec<(String, Vec<u8>)>;
    let rebuilt = |edit: &dyn Fn(&mut Stored)| {
        let mut changed = stored.clone();
        edit(&mut changed);
        let mut copy = MemoryRecords::new();
        copy.record_all(&changed).expect("distinct keys");
        copy
    };
    let replace = |from: &'static str, to: &'static str, at: usize| {
        move |entries: &mut Stored| {
            let text = String::from_utf8(entries[at].1.clone()).expect("JSON").replace(from, to);
            entries[at].1 = text.into_bytes();
        }
    };
    type Edit = Box<dyn Fn(&mut Stored)>;
    let edits: [(&str, Edit); 9] = [
        ("less epsilon", Box::new(replace("1/3", "1/4", 1))),
        ("other purpose", Box::new(replace("quartiles", "deciles", 0))),
        ("a space", Box::new(replace(":", ": ", 2))),
        ("unknown field", Box::new(replace("{\"schema\"", "{\"x\":1,\"schema\"", 2))),
        ("missing in the middle", Box::new(|entries| drop(entries.remove(1)))),
        ("missing at the start", Box::new(|entries| drop(entries.remove(0)))),
        (
            "swapped",
            Box::new(|entries| {
                let (a, b) = (entries[0].1.clone(), entries[1].1.clone());
                (entries[0].1, entries[1].1) = (b, a);
            }),
        ),
        ("other key", Box::new(|entries| entries[2].0.push('0'))),
        ("not JSON", Box::new(|entries| entries[2].1.truncate(40))),
    ];
    for (why, edit) in edits {
        assert!(BudgetLedger::open(&rebuilt(&*edit)).is_err(), "{why}");
    }
    // A cut at the end is found against the head known here, or kept elsewhere, and by the next charge.
    let mut cut = rebuilt(&|entries| drop(entries.pop()));
    assert_eq!(BudgetLedger::open(&cut).expect("a shorter chain").head_at(3), None);
    assert!(matches!(ledger.verify_chain(&cut), Err(BudgetError::Gap { .. })));
    assert!(ledger.clone().charge(&mut cut, charge("d", "0"), &limit("1")).is_err());
    let mut other_end = rebuilt(&|entries| drop(entries.pop()));
    BudgetLedger::open(&other_end)
        .and_then(|mut l| l.charge(&mut other_end, charge("z", "1/3"), &limit("1")))
        .expect("room");
    assert!(matches!(ledger.verify_chain(&other_end), Err(BudgetError::Broken { .. })));
}

#[test]
fn entries_have_these_bytes_and_this_hash() {
    let (_, ledger) = thirds();
    let first = &ledger.entries()[0];
    let expected = concat!(
        r#"{"schema":"guildhall/budget/v1","index":0,"#,
        r#""previous":"0000000000000000000000000000000000000000000000000000000000000000","#,
        r#""charge":{"id":"a","subject":"study austin","window":"2017-05","epsilon":"1/3","#,
        r#""delta_bits":4294967295,"purpose":"quartiles"},"limit":{"epsilon":"1","delta_bits":4294967295}}"#
    );
    assert_eq!(str::from_utf8(first.as_bytes()), Ok(expected));
    assert_eq!(ledger.entries()[1].previous(), first.hash());
    assert_eq!(first.hash().to_string(), "6938a3f39d71a9bb22bd5bdf54a69af12e661cf60c902a47ca1dc44675a30a11");
}

proptest! {
    #[test]
    fn sums_are_those_of_rational_arithmetic(amounts in prop::collection::vec((0u64..1000, 1u64..1000), 1..12)) {
        let (mut records, mut ledger) = (MemoryRecords::new(), BudgetLedger::default());
        let bound = Limit { epsilon: epsilon("3000"), delta_bits: NO_DELTA, rho: None };
        let mut expected = BigRational::from(BigInt::from(0));
        for (at, (numerator, denominator)) in amounts.into_iter().enumerate() {
            let amount = Epsilon::new(numerator, denominator).expect("not zero");
            let sum = &expected + BigRational::new(numerator.into(), denominator.into());
            let fits = sum <= BigRational::from(BigInt::from(3000));
            let charge = Charge { epsilon: amount, ..charge(&at.to_string(), "0") };
            prop_assert_eq!(ledger.charge(&mut records, charge, &bound).is_ok(), fits);
            if fits {
                expected = sum;
            }
        }
        let spent = ledger.spent("study austin", "2017-05");
        prop_assert_eq!(spent.epsilon(), &expected);
        prop_assert!(ledger.verify_chain(&records).is_ok());
    }

    #[test]
    fn decoding_is_canonical_or_refused(at in 0usize..500, byte in any::<u8>()) {
        let (_, ledger) = thirds();
        let mut bytes = ledger.entries()[1].as_bytes().to_vec();
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Ok(entry) = UnverifiedEntry::decode(&bytes) {
            let unchanged = bytes == ledger.entries()[1].as_bytes();
            if let Ok(entry) = entry.verify(1, ledger.entries()[0].hash()) {
                prop_assert_eq!(entry.as_bytes(), bytes.as_slice());
                prop_assert_eq!(entry.hash() == ledger.entries()[1].hash(), unchanged);
            }
        }
    }
}
