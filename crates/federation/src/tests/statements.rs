//! Known answers of statements: canonical bytes, ids, and what is signed over them.

use super::fixtures::{charter, draft, identity};
use super::harness::roster_member;
use crate::charter::Charter;
use crate::evidence::signed_twice;
use crate::manifest::{Manifest, RoundKey, round_key_statement};
use crate::plan::priced;
use crate::set::{Excluded, Exclusion, MemberEntry, NoiseEntry, Opening, SetStatement};
use crate::statement::{self, Statement};
use crate::transcript::PublishedLog;
use crate::trustee::{ClosingStatement, SumShareStatement};
use crate::{Id, transcript};
use guildhall_kpi::Rational;
use guildhall_mpc::{SealKeyPair, Seed};
use guildhall_testkit::vectors;
use serde_json::{Value, json};

fn id(byte: u8) -> Id {
    Id::new([byte; 32])
}

/// A manifest whose round keys come from fixed seeds.
fn manifest() -> Manifest {
    let (charter, draft) = (charter(5, 3, 4), draft());
    let key = |j: u8| {
        let key = *SealKeyPair::from_seed(Seed::new([j; 32])).public().as_bytes();
        let said = round_key_statement("test", 1, &key);
        RoundKey { key, signature: identity(&format!("trustee-{j}")).sign_statement("guildhall/round-key/v1", &said) }
    };
    let manifest = Manifest {
        study: "test".to_owned(),
        round: 1,
        charter: Charter::fingerprint(&statement::encode(&charter)),
        previous: None,
        window: draft.window,
        schema: draft.schema,
        cells: draft.cells,
        unsafe_cells: draft.unsafe_cells,
        roster: (0..6).map(roster_member).collect(),
        keys: (1..=5).map(key).collect(),
        epsilon: Rational::ZERO,
        customers: None,
        deadline: 1_000,
    };
    priced(manifest).expect("writable")
}

fn set() -> SetStatement {
    let member = |member| MemberEntry { member, sequence: 1, id: id(10 + member as u8), presence: "10".to_owned() };
    SetStatement {
        study: "test".to_owned(),
        round: 1,
        manifest: id(1),
        log_size: 9,
        log_root: id(2),
        members: (0..5).map(member).collect(),
        noise: (1..=4).map(|trustee| NoiseEntry { trustee, sequence: 1, id: id(20 + trustee) }).collect(),
        openings: vec![vec![Opening::Open, Opening::TooFew], vec![Opening::WouldSingleOut, Opening::TooFew]],
        excluded: vec![Excluded { id: id(30), why: Exclusion::Corrected }],
    }
}

fn share(text: &str) -> SumShareStatement {
    let (study, share) = ("test".to_owned(), text.to_owned());
    SumShareStatement { study, round: 1, set: id(3), trustee: 2, share }
}

fn closing() -> ClosingStatement {
    ClosingStatement {
        study: "test".to_owned(),
        round: 1,
        trustee: 2,
        destroyed: "round key, seeds, shares".to_owned(),
    }
}

fn log() -> PublishedLog {
    PublishedLog { entries: vec![(id(10), 1), (id(11), 2)], checkpoints: Vec::new() }
}

/// Writes the vectors anew on request; a change of them is a change of the format.
fn write_vectors() {
    if std::env::var_os("GUILDHALL_WRITE_VECTORS").is_none() {
        return;
    }
    fn ok<T: Statement>(kind: &str, said: &T, signer: &str) -> (String, Value) {
        let bytes = statement::encode(said);
        let note = statement::sign::<T>(&bytes, &identity(signer)).expect("plain").encode();
        let text = String::from_utf8(bytes.clone()).expect("JSON");
        let id = statement::id_of::<T>(&bytes).to_string();
        (format!("ok_{kind}"), json!({"kind": kind, "text": text, "id": id, "signer": signer, "note": note}))
    }
    let mut all = vec![
        ok("charter", &charter(5, 3, 4), "organiser"),
        ok("manifest", &manifest(), "coordinator"),
        ok("set", &set(), "trustee-1"),
        ok("sum-share", &share("0100000000000000000000000000000002000000000000000000000000000000"), "trustee-2"),
        ok("closing", &closing(), "trustee-2"),
        ok("log", &log(), "coordinator"),
    ];
    let closing = all[4].1.clone();
    let text = closing["text"].as_str().expect("text").to_owned();
    let mut bad = |name: &str, text: String, refused: &str| {
        let mut vector = closing.clone();
        (vector["text"], vector["refused"]) = (json!(text), json!(refused));
        all.push((format!("bad_closing_{name}"), vector));
    };
    bad("without_newline", text.trim_end().to_owned(), "is not as Guildhall writes it");
    bad("with_a_space", text.replace("\"round\": 1", "\"round\":  1"), "is not as Guildhall writes it");
    bad("with_another_order", reordered(&text), "is not as Guildhall writes it");
    bad("with_an_unknown_field", text.replace("\"round\"", "\"rounds\": 1,\n  \"round\""), "unknown field");
    bad("too_long", text.replace("seeds", &"seeds".repeat(1000)), "at most 4096 are read");
    bad("of_another_round", text.replace("\"round\": 1", "\"round\": 2"), "other bytes");
    for (name, vector) in all {
        let lines = serde_json::to_string_pretty(&vector).expect("json") + "\n";
        std::fs::write(vectors::folder("statement").join(name + ".json"), lines).expect("writable");
    }
}

fn reordered(text: &str) -> String {
    text.replace("  \"round\": 1,\n  \"trustee\": 2,", "  \"trustee\": 2,\n  \"round\": 1,")
}

fn check<T: Statement>(vector: &Value) -> Result<(), String> {
    let text = |field: &str| vector[field].as_str().expect("text").to_owned();
    let bytes = text("text").into_bytes();
    let said: T = statement::decode(&bytes).map_err(|error| error.to_string())?;
    assert_eq!(statement::encode(&said), bytes);
    let key = identity(&text("signer")).verifier();
    statement::verify::<T>(&bytes, text("note").as_bytes(), &[key], 1).map_err(|error| error.to_string())?;
    assert_eq!(statement::id_of::<T>(&bytes).to_string(), text("id"));
    Ok(())
}

/// The review's test 6 for statements.
#[test]
fn vectors_of_statements() {
    write_vectors();
    let ran = vectors::run("statement", |vector| match vector["kind"].as_str() {
        Some("charter") => check::<Charter>(vector),
        Some("manifest") => check::<Manifest>(vector),
        Some("set") => check::<SetStatement>(vector),
        Some("sum-share") => check::<SumShareStatement>(vector),
        Some("closing") => check::<ClosingStatement>(vector),
        Some("log") => check::<PublishedLog>(vector),
        other => Err(format!("unknown kind {other:?}")),
    });
    assert_eq!(ran, Ok(12));
}

/// The id of a statement once more by hand: one tag, one field.
#[test]
fn ids_of_statements_follow_the_documented_formula() {
    let bytes = statement::encode(&closing());
    let hand = guildhall_mpc::digest("guildhall/closing/v1", &[&bytes]);
    assert_eq!(statement::id_of::<ClosingStatement>(&bytes).as_bytes(), &hand);
    assert_ne!(statement::id_of::<ClosingStatement>(&bytes), statement::id_of::<SumShareStatement>(&bytes));
    assert_ne!(statement::id_of::<ClosingStatement>(&bytes), transcript::file_id(&bytes));
}

/// A8: two different signed shares by one trustee prove misbehaviour; so do two signed sets of a round.
#[test]
fn what_is_signed_twice_is_proved() {
    let charter = charter(5, 3, 4);
    let signed = |said: &SumShareStatement, by: &str| {
        let bytes = statement::encode(said);
        let note = statement::sign::<SumShareStatement>(&bytes, &identity(by)).expect("plain").encode();
        (bytes, note.into_bytes())
    };
    let (a, b) = (signed(&share("00"), "trustee-2"), signed(&share("01"), "trustee-2"));
    let twice = |number, a: &(Vec<u8>, Vec<u8>), b: &(Vec<u8>, Vec<u8>)| {
        signed_twice::<SumShareStatement>(&charter, number, (&a.0, &a.1), (&b.0, &b.1)).is_ok()
    };
    assert!(twice(2, &a, &b));
    assert!(!twice(2, &a, &a), "the same share sent again");
    assert!(!twice(3, &a, &b) && !twice(0, &a, &b) && !twice(6, &a, &b), "nobody else's misbehaviour");
    let mut elsewhere = share("01");
    elsewhere.set = id(4);
    assert!(!twice(2, &a, &signed(&elsewhere, "trustee-2")), "a share of another set");
    assert!(!twice(2, &a, &signed(&share("01"), "trustee-3")), "a forged accusation");
    let mut other = set();
    other.members.pop();
    let sets = [set(), other].map(|said| {
        let bytes = statement::encode(&said);
        let note = statement::sign::<SetStatement>(&bytes, &identity("trustee-1")).expect("plain").encode();
        (bytes, note.into_bytes())
    });
    let [first, second] = &sets;
    assert!(signed_twice::<SetStatement>(&charter, 1, (&first.0, &first.1), (&second.0, &second.1)).is_ok());
}
