use super::*;

fn identity(name: &str, seed: u8) -> SigningIdentity {
    SigningIdentity::from_secret(name, &[seed; 32]).expect("a plain name")
}

fn log(size: u32) -> Log {
    let mut log = Log::new();
    (0..size).for_each(|leaf| {
        log.append(&leaf.to_be_bytes());
    });
    log
}

fn setup() -> (SigningIdentity, Policy, SignedCheckpoint) {
    let keeper = identity("coordinator.example/study", 1);
    let witnesses: Vec<_> = (2..5).map(|i| identity(&format!("trustee{i}"), i)).collect();
    let mut signed = Checkpoint::of(&log(5), &keeper.verifier()).sign(&keeper).expect("own log");
    witnesses.iter().take(2).for_each(|witness| signed.cosign(witness).expect("new signer"));
    let witnesses = witnesses.iter().map(SigningIdentity::verifier).collect();
    let policy = Policy { log: keeper.verifier(), witnesses, quorum: 2 };
    (keeper, policy, signed)
}

fn reopen(text: &str, policy: &Policy) -> Result<SignedCheckpoint, NoteError> {
    UnverifiedCheckpoint::decode(text.as_bytes())?.verify(policy)
}

#[test]
fn opens_what_was_signed() {
    let (_, policy, signed) = setup();
    assert_eq!(reopen(&signed.encode(), &policy), Ok(signed));
}

#[test]
fn reads_the_example_of_the_specification() {
    let body = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    let checkpoint = Checkpoint::read(body).expect("the specification's example");
    assert_eq!((checkpoint.origin(), checkpoint.size()), ("example.com/behind-the-sofa", 20_852_163));
    assert_eq!(checkpoint.root().to_base64(), "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=");
}

#[test]
fn the_policy_decides() {
    let (keeper, policy, signed) = setup();
    let text = signed.encode();
    let stricter = Policy { quorum: 3, ..policy.clone() };
    assert_eq!(reopen(&text, &stricter), Err(NoteError::TooFewSigners { found: 2, needed: 3 }));
    let other = Policy { log: identity("other", 9).verifier(), ..policy.clone() };
    assert!(matches!(reopen(&text, &other), Err(NoteError::OtherLog { .. })));
    let same_name = Policy { log: identity(keeper.name(), 9).verifier(), ..policy.clone() };
    assert!(matches!(reopen(&text, &same_name), Err(NoteError::MissingSigner { .. })));
    // The log's key under a witness's name does not make it its own witness.
    let mut alone = Checkpoint::of(&log(5), &keeper.verifier()).sign(&keeper).expect("own log");
    let double = identity("witness", 1);
    alone.cosign(&double).expect("another name");
    let naive = Policy { log: keeper.verifier(), witnesses: vec![double.verifier()], quorum: 1 };
    assert_eq!(reopen(&alone.encode(), &naive), Err(NoteError::TooFewSigners { found: 0, needed: 1 }));
    assert!(reopen(&alone.encode(), &Policy::log_alone(keeper.verifier())).is_ok());
}

#[test]
fn only_the_keeper_signs() {
    let (keeper, _, _) = setup();
    let checkpoint = Checkpoint::of(&log(2), &keeper.verifier());
    assert!(matches!(checkpoint.sign(&identity("other", 9)), Err(NoteError::OtherLog { .. })));
}

#[test]
fn malformed_checkpoints_are_refused() {
    let (keeper, ..) = setup();
    let decode = |body: &str| {
        let note = Note::sign(body, &keeper).expect("valid as a note");
        UnverifiedCheckpoint::decode(note.encode().as_bytes())
    };
    let root = log(5).root().to_base64();
    let origin = keeper.name();
    for (why, body) in [
        ("two lines", format!("{origin}\n5\n")),
        ("extension line", format!("{origin}\n5\n{root}\nmore\n")),
        ("empty line", format!("{origin}\n5\n{root}\n\n")),
        ("leading zero", format!("{origin}\n05\n{root}\n")),
        ("sign", format!("{origin}\n+5\n{root}\n")),
        ("negative", format!("{origin}\n-5\n{root}\n")),
        ("beyond u64", format!("{origin}\n18446744073709551616\n{root}\n")),
        ("short root", format!("{origin}\n5\n{}\n", &root[4..])),
        ("unpadded root", format!("{origin}\n5\n{}\n", root.trim_end_matches('='))),
        ("empty log with a root", format!("{origin}\n0\n{root}\n")),
        ("no origin", format!("\n5\n{root}\n")),
        ("space in the origin", format!("a b\n5\n{root}\n")),
    ] {
        assert!(decode(&body).is_err(), "{why}");
    }
    assert!(decode(&format!("{origin}\n5\n{root}\n")).is_ok(), "the well-formed one");
}

#[test]
fn a_witness_sees_rewriting_and_cutting() {
    let (keeper, ..) = setup();
    let key = keeper.verifier();
    let long = log(9);
    let (empty, older, newer) =
        (Checkpoint::of(&log(0), &key), Checkpoint::of(&log(6), &key), Checkpoint::of(&long, &key));
    let proof = long.consistency_proof(6, 9).expect("6 <= 9");
    assert_eq!(newer.check_extends(&older, &proof), Ok(()));
    assert_eq!(newer.check_extends(&empty, &[]), Ok(()));
    assert!(newer.check_extends(&empty, &proof).is_err());
    assert!(older.check_extends(&newer, &proof).is_err());
    let mut rewritten = Log::new();
    (0..9u32).for_each(|leaf| {
        rewritten.append(&leaf.max(1).to_be_bytes());
    });
    let forged = rewritten.consistency_proof(6, 9).expect("6 <= 9");
    let refused = Checkpoint::of(&rewritten, &key).check_extends(&older, &forged);
    assert!(matches!(refused, Err(NoteError::Proof(crate::ProofError::OlderRoot { .. }))), "{refused:?}");
    let elsewhere = Checkpoint::of(&long, &identity("other", 9).verifier());
    assert!(matches!(elsewhere.check_extends(&older, &proof), Err(NoteError::OtherLog { .. })));
}
