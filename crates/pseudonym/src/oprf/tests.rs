//! The ristretto255 vectors of RFC 9497, appendix A.1, and what must be refused.
//!
//! One vector per mode is here; where the shared known answers are, all eight are run.

use super::*;
use crate::oprf::batch::{blinded, output};
use serde_json::Value;

const VECTORS: &str = include_str!("../../tests/vectors/rfc9497_a1.json");
const ALL: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/known_answers/rfc9497/rfc9497_ristretto255.json");
const POPRF: &[u8] = b"OPRFV1-\x02-ristretto255-SHA512";

/// The vectors of a mode: `all` of them where the known answers are, else the one that is here.
fn vectors(mode: &str, all: usize) -> Vec<Value> {
    let of_mode = |text: &str| -> Vec<Value> {
        let vectors: Vec<Value> = serde_json::from_str(text).expect("JSON");
        vectors.into_iter().filter(|vector| vector["mode"] == mode).collect()
    };
    let mut vectors = of_mode(VECTORS);
    assert_eq!(vectors.len(), 1);
    match std::fs::read_to_string(ALL) {
        Ok(text) => {
            vectors.extend(of_mode(&text));
            assert_eq!(vectors.len(), 1 + all);
        }
        Err(_) => println!("skipped the vectors but one: the shared known answers are not here"),
    }
    vectors
}

fn bytes(vector: &Value, key: &str) -> Vec<Vec<u8>> {
    let text = vector[key].as_str().expect("a text");
    text.split(',').map(|part| hex::decode(part).expect("hex")).collect()
}

fn one<const N: usize>(vector: &Value, key: &str) -> [u8; N] {
    bytes(vector, key)[0].as_slice().try_into().expect("the length")
}

fn all<const N: usize>(vector: &Value, key: &str) -> Vec<[u8; N]> {
    bytes(vector, key).iter().map(|part| part.as_slice().try_into().expect("the length")).collect()
}

fn scalars(vector: &Value, key: &str) -> Vec<Scalar> {
    all::<32>(vector, key).iter().map(|bytes| group::scalar(bytes).expect("a scalar")).collect()
}

/// The secret key as `DeriveKeyPair` makes it from the vector's seed (RFC 9497, 3.2.1).
fn derived(vector: &Value, context: &[u8]) -> Scalar {
    let (seed, info) = (&bytes(vector, "Seed")[0], &bytes(vector, "KeyInfo")[0]);
    let length = u16::try_from(info.len()).expect("short").to_be_bytes();
    group::hash_to_scalar(&[b"DeriveKeyPair", context], &[seed, &length, info, &[0]])
}

#[test]
fn the_vectors_of_mode_oprf_are_met() {
    for vector in &vectors("OPRF", 2) {
        let key = SecretKey::from_bytes(&one(vector, "skSm")).expect("a key");
        assert_eq!(derived(vector, Mode::Oprf.context()), *key.scalar());
        let (inputs, factors) = (bytes(vector, "Input"), scalars(vector, "Blind"));
        let sent = blinded(Mode::Oprf.context(), &inputs, &factors).expect("elements");
        assert_eq!(sent, all(vector, "BlindedElement"));
        let evaluated = evaluate(&key, &sent).expect("elements");
        assert_eq!(evaluated, all(vector, "EvaluationElement"));
        let blinds: Vec<Blind> = factors.iter().map(|factor| Blind(*factor)).collect();
        assert_eq!(finalize(&inputs, &blinds, &evaluated).expect("outputs"), all(vector, "Output"));
        assert_eq!(evaluate_directly(Mode::Oprf, &key, &inputs[0]).expect("output"), one::<64>(vector, "Output"));
    }
}

#[test]
fn the_vectors_of_mode_voprf_are_met() {
    for vector in &vectors("VOPRF", 3) {
        let key = SecretKey::from_bytes(&one(vector, "skSm")).expect("a key");
        assert_eq!(derived(vector, Mode::Voprf.context()), *key.scalar());
        assert_eq!(key.public().to_bytes(), one::<32>(vector, "pkSm"));
        let (inputs, factors) = (bytes(vector, "Input"), scalars(vector, "Blind"));
        let sent = blinded(Mode::Voprf.context(), &inputs, &factors).expect("elements");
        assert_eq!(sent, all(vector, "BlindedElement"));
        let points = decoded(&sent).expect("elements");
        let evaluated = multiplied(key.half(), &points);
        assert_eq!(evaluated, all(vector, "EvaluationElement"));
        let statement = dleq::Batch { blinded: &sent, points: &points, evaluated: &evaluated };
        let nonce = &scalars(vector, "ProofRandomScalar")[0];
        let proof = dleq::prove_with(&[Mode::Voprf.context()], &key, &key.public(), &statement, nonce);
        assert_eq!(proof.to_bytes(), one::<64>(vector, "Proof"));
        let blinds: Vec<Blind> = factors.iter().map(|factor| Blind(*factor)).collect();
        let outputs = finalize_verified(&key.public(), &inputs, &blinds, &sent, &evaluated, &proof);
        assert_eq!(outputs.expect("outputs"), all(vector, "Output"));
    }
}

/// POPRF is not offered, but is made of the same parts; its vectors check them once more (RFC 9497, 3.3.3).
#[test]
fn the_vectors_of_mode_poprf_are_met_by_the_same_parts() {
    for vector in &vectors("POPRF", 3) {
        let key = group::scalar(&one(vector, "skSm")).expect("a scalar");
        assert_eq!(derived(vector, POPRF), key);
        let info = &bytes(vector, "Info")[0];
        let length = u16::try_from(info.len()).expect("short").to_be_bytes();
        let tweak = group::hash_to_scalar(&[b"HashToScalar-", POPRF], &[b"Info", &length, info]);
        let tweaked = SecretKey::of(key + tweak);
        let (inputs, factors) = (bytes(vector, "Input"), scalars(vector, "Blind"));
        let sent = blinded(POPRF, &inputs, &factors).expect("elements");
        assert_eq!(sent, all(vector, "BlindedElement"));
        let inverse = SecretKey::of(tweaked.scalar().invert());
        let evaluated = multiplied(inverse.half(), &decoded(&sent).expect("elements"));
        assert_eq!(evaluated, all(vector, "EvaluationElement"));
        // The proof is about the tweaked key, with the two batches exchanged.
        let points = decoded(&evaluated).expect("elements");
        let statement = dleq::Batch { blinded: &evaluated, points: &points, evaluated: &sent };
        let nonce = &scalars(vector, "ProofRandomScalar")[0];
        let proof = dleq::prove_with(&[POPRF], &tweaked, &tweaked.public(), &statement, nonce);
        assert_eq!(proof.to_bytes(), one::<64>(vector, "Proof"));
        let sent_points = decoded(&sent).expect("elements");
        dleq::verify(&[POPRF], &tweaked.public(), &statement, &sent_points, &proof).expect("verifies");
        let outputs: Vec<[u8; 64]> = std::iter::zip(&inputs, std::iter::zip(&points, &factors))
            .map(|(input, (point, factor))| {
                let element = (point * factor.invert()).compress().to_bytes();
                with_info(input, info, &element)
            })
            .collect();
        assert_eq!(outputs, all(vector, "Output"));
    }
}

fn with_info(input: &[u8], info: &[u8], element: &[u8; 32]) -> [u8; 64] {
    use sha2::{Digest, Sha512};
    let mut hash = Sha512::new();
    for part in [input, info, element] {
        hash.update(u16::try_from(part.len()).expect("short").to_be_bytes());
        hash.update(part);
    }
    hash.update(b"Finalize");
    hash.finalize().into()
}

#[test]
fn an_altered_answer_or_proof_is_refused() {
    let (key, other) = (SecretKey::generate().expect("a key"), SecretKey::generate().expect("a key"));
    let inputs: Vec<Vec<u8>> = (0..70u8).map(|i| vec![i]).collect();
    let (blinds, sent) = blind(Mode::Voprf, &inputs).expect("blinded");
    let (evaluated, proof) = evaluate_verifiably(&key, &sent).expect("evaluated");
    let check = |public: &PublicKey, evaluated: &[Encoded], proof: &Proof| {
        finalize_verified(public, &inputs, &blinds, &sent, evaluated, proof)
    };
    let outputs = check(&key.public(), &evaluated, &proof).expect("verifies");
    for (input, output) in inputs.iter().zip(&outputs) {
        assert_eq!(*output, evaluate_directly(Mode::Voprf, &key, input).expect("output"));
    }
    let wrong = Err(OprfError::Proof(ProofError::Wrong));
    assert_eq!(check(&other.public(), &evaluated, &proof), wrong);
    let mut swapped = evaluated.clone();
    swapped.swap(0, 1);
    assert_eq!(check(&key.public(), &swapped, &proof), wrong);
    let mut foreign = evaluated.clone();
    foreign[69] = evaluate(&other, &sent).expect("evaluated")[69];
    assert_eq!(check(&key.public(), &foreign, &proof), wrong);
    let (_, second) = evaluate_verifiably(&other, &sent).expect("evaluated");
    assert_eq!(check(&key.public(), &evaluated, &second), wrong);
}

#[test]
fn what_is_no_element_no_key_and_no_proof_is_refused() {
    let key = SecretKey::generate().expect("a key");
    let identity = [0; 32];
    let beyond = [0xff; 32];
    let negative = {
        let mut bytes = [0; 32];
        bytes[0] = 1;
        bytes
    };
    for bad in [identity, beyond, negative] {
        let good = key.public().to_bytes();
        assert_eq!(evaluate(&key, &[good, bad]), Err(OprfError::Element { index: 1 }));
        assert!(PublicKey::from_bytes(&bad).is_err());
    }
    assert!(SecretKey::from_bytes(&[0; 32]).is_err());
    assert!(SecretKey::from_bytes(&[0xff; 32]).is_err());
    assert_eq!(Proof::from_bytes(&[0xff; 64]), Err(ProofError::Encoding));
    assert_eq!(evaluate(&key, &[]), Err(OprfError::Batch { found: 0 }));
    let many = vec![key.public().to_bytes(); MAX_BATCH + 1];
    assert_eq!(evaluate(&key, &many), Err(OprfError::Batch { found: MAX_BATCH + 1 }));
    let long = vec![0u8; MAX_INPUT_BYTES + 1];
    assert!(matches!(blind(Mode::Oprf, &[long]), Err(OprfError::Input { index: 0 })));
}

#[test]
fn the_same_input_is_never_sent_twice_alike() {
    let (_, first) = blind(Mode::Oprf, &[b"x", b"x"]).expect("blinded");
    let (_, second) = blind(Mode::Oprf, &[b"x", b"x"]).expect("blinded");
    let mut seen: Vec<_> = first.iter().chain(&second).collect();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 4);
    // The ending hash covers the input: one element under two inputs gives two outputs.
    assert_ne!(output(b"x", &first[0]), output(b"y", &first[0]));
}
