//! Known answers as files, `tests/vectors/`: decoding, soundness, the linked circuit, transcripts.

use super::fixtures::World;
use crate::contribute::contribute_with;
use crate::contribution::box_aad;
use crate::{Author, Contribution, Field128, FieldSecret, Role, Soundness, SumShare, Threshold, centred, open_sums};
use guildhall_testkit::vectors;
use prio::codec::{Decode, Encode};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn number(vector: &Value, field: &str) -> u64 {
    vector[field].as_u64().expect("a number")
}

fn list<T>(value: &Value, read: impl Fn(&Value) -> T) -> Vec<T> {
    value.as_array().expect("a list").iter().map(read).collect()
}

fn field(text: &Value) -> Field128 {
    Field128::from(text.as_str().and_then(|t| t.parse::<u128>().ok()).expect("a decimal number"))
}

fn small(value: &Value) -> u8 {
    value.as_u64().and_then(|n| u8::try_from(n).ok()).expect("a small number")
}

fn threshold(vector: &Value) -> Result<Threshold, String> {
    Threshold::new(small(&vector["k"]), small(&vector["t"]), small(&vector["u"])).map_err(|error| error.to_string())
}

/// The review's test 1.
#[test]
fn vectors_of_decoding() {
    let ran = vectors::run("decoding", |vector| {
        let threshold = threshold(vector)?;
        let shares: BTreeMap<u8, SumShare> = vector["shares"]
            .as_object()
            .expect("shares by trustee")
            .iter()
            .map(|(trustee, value)| {
                let mut share = SumShare::zeros(1);
                share.add(0, &[field(value)]);
                (trustee.parse().expect("a trustee"), share)
            })
            .collect();
        let opened = open_sums(&threshold, &shares).map_err(|error| error.to_string())?;
        let total = opened.values.first().and_then(|v| centred(*v)).expect("one column");
        assert_eq!(Some(total.to_string().as_str()), vector["total"].as_str());
        assert_eq!(opened.agreeing, list(&vector["agreeing"], small));
        assert_eq!(opened.dissenting, list(&vector["dissenting"], small));
        Ok(())
    });
    assert_eq!(ran, Ok(23));
}

/// The review's test 5.
#[test]
fn vectors_of_soundness() {
    let ran = vectors::run("soundness", |vector| {
        let size = |name| usize::try_from(number(vector, name)).expect("a size");
        let bits = Soundness {
            joint_degree: size("joint_degree"),
            query_degree: size("query_degree"),
            field_bits: number(vector, "field_bits") as f64,
            proofs: u32::try_from(number(vector, "proofs")).expect("few proofs"),
            many_outputs: false,
        }
        .bits();
        let want = vector["bits"].as_f64().expect("bits");
        assert!((bits - want).abs() < 0.01, "{bits} is not {want}");
        if bits < crate::MINIMUM_SOUNDNESS_BITS { Err(format!("{bits:.0}: below 112 bits")) } else { Ok(()) }
    });
    assert_eq!(ran, Ok(12));
}

/// The review's test 7: the lies of A12 and honest values at every bin edge, at every trustee.
#[test]
fn vectors_of_the_linked_circuit() {
    let world = World::new(Threshold::FIVE);
    let ran = vectors::run("circuit", |vector| {
        let presence = list(&vector["presence"], |flag| flag.as_bool().expect("a flag"));
        let input = FieldSecret::new(list(&vector["input"], field));
        assert_eq!(input.expose_elements().len(), world.layout.input_len());
        let made = super::forgery::contribute_unchecked(&world, 5, &presence, &input);
        let verdicts: Vec<_> = (1..=5).map(|j| world.verify(&made, j)).collect();
        if let Some(refusal) = verdicts.iter().find_map(|v| v.as_ref().err()) {
            assert!(verdicts.iter().all(Result::is_err), "every trustee must refuse it");
            assert!(world.contribute_encoded(5, &presence, &input).is_err(), "the client must not send it");
            return Err(refusal.to_string());
        }
        if vector.get("columns").is_some() {
            let shares = (1..=5).map(|j| (j, world.sum_share(std::slice::from_ref(&made), j))).collect();
            let opened = open_sums(&world.round.threshold, &shares).map_err(|error| error.to_string())?;
            assert_eq!(opened.values, list(&vector["columns"], field));
        }
        Ok(())
    });
    assert_eq!(ran, Ok(32));
}

fn hashes(made: &Contribution, world: &World) -> Value {
    let body = &made.body;
    let aad = |j| hex::encode(box_aad(&world.round, &body.author, j, &body.commitments));
    json!({
        "id": hex::encode(body.id),
        "nonce": hex::encode(body.nonce),
        "commitments": body.commitments.iter().map(hex::encode).collect::<Vec<_>>(),
        "joint_seed": hex::encode(body.joint_seed),
        "query_seed": hex::encode(body.query_seed),
        "boxes": body.boxes.iter().map(hex::encode).collect::<Vec<_>>(),
        "aad": (1..=5).map(aad).collect::<Vec<_>>(),
        "bytes": body.as_bytes().len(),
    })
}

/// One fixed contribution per role: entropy 32 times 9, manifest hash 32 times 7, (5,3,4).
fn fixed(world: &World, role: Role) -> Contribution {
    use crate::circuit::{NoiseForm, NoiseLayout};
    let author = Author { role, index: 2, sequence: 3 };
    let entropy = [9; 32];
    let made = match role {
        Role::Member => {
            let vector = world.vector(&[Some(500), Some(3), None]);
            let presence = vector.presence();
            let input = world.layout.encode(&vector);
            contribute_with(&world.round, &world.form(&presence), author, &presence, &input, &world.public(), &entropy)
        }
        Role::Noise => {
            let layout = NoiseLayout::new(vec![58, 3]);
            let input = layout.encode(&[-7, 2]).expect("in bounds");
            contribute_with(&world.round, &NoiseForm::new(layout), author, &[], &input, &world.public(), &entropy)
        }
    };
    made.expect("valid")
}

/// The review's test 6. `GUILDHALL_WRITE_VECTORS=1` writes the files anew; a change of them is a change of the format.
#[test]
fn vectors_of_transcripts() {
    let world = World::new(Threshold::FIVE);
    for (role, name) in [(Role::Member, "member"), (Role::Noise, "noise")] {
        let found = hashes(&fixed(&world, role), &world);
        if std::env::var_os("GUILDHALL_WRITE_VECTORS").is_some() {
            let mut vector = json!({"role": name});
            vector.as_object_mut().expect("a map").extend(found.as_object().expect("a map").clone());
            let text = serde_json::to_string_pretty(&vector).expect("json") + "\n";
            std::fs::write(vectors::folder("transcript").join(format!("ok_{name}.json")), text).expect("writable");
        }
    }
    let ran = vectors::run("transcript", |vector| {
        let role = if vector["role"] == "noise" { Role::Noise } else { Role::Member };
        let found = hashes(&fixed(&world, role), &world);
        for (field, value) in found.as_object().expect("a map") {
            if vector[field] != *value {
                return Err(format!("{field} is {value}, not {}", vector[field]));
            }
        }
        Ok(())
    });
    assert_eq!(ran, Ok(2));
}

/// The hashes once more from the words of `docs/protocol.md`, by a second way: framing by hand.
#[test]
fn hashes_follow_their_documented_formulas() {
    use sha2::{Digest as _, Sha256};
    let h = |tag: &str, fields: &[&[u8]]| -> [u8; 32] {
        let mut framed: Vec<u8> = Vec::new();
        for part in [&b"guildhall/v1"[..], tag.as_bytes()].iter().chain(fields) {
            framed.extend(u64::try_from(part.len()).expect("short").to_le_bytes());
            framed.extend(*part);
        }
        Sha256::digest(&framed).into()
    };
    let world = World::new(Threshold::FIVE);
    for (role, presence_bytes) in [(Role::Member, 1), (Role::Noise, 0)] {
        let made = fixed(&world, role);
        let (body, bytes) = (&made.body, made.body.as_bytes());
        let elements = |n: usize| n * 16;
        let input_end = 4 + 32 + 9 + 16 + presence_bytes + 10 * 32 + elements(body.masked_input.len());
        let proof_end = input_end + elements(body.masked_proof.len());
        assert_eq!(body.id, h("contribution", &[bytes]));
        assert_eq!(body.joint_seed, h("joint", &[&[5, 3, 4], &bytes[..input_end]]));
        assert_eq!(body.query_seed, h("query", &[&body.joint_seed, &bytes[input_end..proof_end]]));
        let who = [&[role as u8][..], &2u32.to_le_bytes(), &3u32.to_le_bytes()].concat();
        let all = h("commitments", &[body.commitments.as_flattened()]);
        for j in 1..=5u8 {
            let aad = box_aad(&world.round, &body.author, j, &body.commitments);
            assert_eq!(aad, [&[7; 32][..], &who, &[j], &all].concat());
            assert_eq!(body.boxes[usize::from(j) - 1], h("box", &[&made.boxes[usize::from(j) - 1]]));
        }
        let opened = world.open(&made, 1);
        for (subset, commitment) in crate::Subset::all(&world.round.threshold).into_iter().zip(&body.commitments) {
            let Some(seed) = opened.seed_for(subset, 1) else { continue };
            let bits = subset.bits().to_le_bytes();
            assert_eq!(*commitment, h("seed", &[&[7; 32], &who, &body.nonce, &bits, seed.expose_bytes()]));
        }
    }
}

/// Canonical field elements only: the modulus itself is refused, and so is everything above it.
#[test]
fn field_elements_have_one_encoding() {
    let modulus = u128::from(-Field128::from(1u128)) + 1;
    for (value, fits) in [(0, true), (modulus - 1, true), (modulus, false), (u128::MAX, false)] {
        assert_eq!(Field128::get_decoded(&value.to_le_bytes()).is_ok(), fits);
        assert_eq!(SumShare::decode(&value.to_le_bytes(), 1).is_some(), fits);
    }
    assert_eq!(Field128::from(7u128).get_encoded().expect("fits"), 7u128.to_le_bytes());
}
