//! The forgery that the soundness calculator predicts, carried out on a 32-bit field with two proofs.
//!
//! Review, section 3: the two Fiat-Shamir rounds are ground one after the other, so two proofs cost 2^25 + 2^25
//! hashes, not 2^50. `prio`'s own `query` and `decide` then accept digits that are not bits.

use crate::Soundness;
use prio::field::{FieldElement, FieldElementWithInteger, FieldPrio2, NttFriendlyFieldElement};
use prio::flp::Flp;
use prio::flp::gadgets::{Mul, ParallelSum};
use prio::flp::types::SumVec;
use prio::vdaf::xof::{IntoFieldVec, Xof, XofTurboShake128};
use std::collections::BTreeSet;

type F = FieldPrio2;
type Circuit = SumVec<F, ParallelSum<F, Mul>>;

/// Products per gadget call, and calls: P = 64, J = 63, Q = 126.
const CHUNK: usize = 63;
/// Two bad digits this far apart leave that many roots of the range check; a divisor of p - 1.
const APART: u32 = 60;
/// Where the second bad digit stands: exponents are 1 and 61.
const SECOND: usize = 60;

fn challenge(round: u8, proof: u8, nonce: u64, len: usize) -> Vec<F> {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&nonce.to_le_bytes());
    XofTurboShake128::seed_stream(&seed, &[b"small field"], &[&[round, proof]]).into_field_vec(len)
}

/// Digits that are no bits, such that `r e_1 + r^61 e_2` has 60 roots: `r^60 = -e_1 / e_2` must be a 60th power.
fn bad_input() -> (Vec<F>, F) {
    let e = |x: F| x * (x - F::one());
    let one_less = u64::from(u32::from(-F::one()));
    let first = F::from(2);
    let found = (2..10_000u32).map(F::from).find_map(|second| {
        let target = -e(first) / e(second);
        let power = u32::try_from(one_less / u64::from(APART)).expect("32 bits");
        (target.pow(power) == F::one()).then_some((second, target))
    });
    let (second, target) = found.expect("one in sixty");
    let mut input = vec![F::zero(); CHUNK * CHUNK];
    (input[0], input[SECOND]) = (first, second);
    (input, target)
}

/// The first nonce whose challenge passes, and how many were tried.
fn grind(passes: impl Fn(u64) -> bool) -> (u64, f64) {
    let nonce = (0..1u64 << 30).find(|nonce| passes(*nonce)).expect("far beyond the expected work");
    (nonce, ((nonce + 1) as f64).log2())
}

/// `proof` plus a polynomial with 126 chosen roots that brings the circuit's output to zero; and the roots.
fn plant(proof: &[F], output: F) -> (Vec<F>, BTreeSet<u32>) {
    let roots: Vec<F> = (1000..1000 + 126u32).map(F::from).collect();
    let w = F::root(7).expect("the field has it");
    let at: Vec<F> = (0..127u32).map(|i| roots.iter().fold(F::one(), |v, root| v * (w.pow(i) - *root))).collect();
    let sum = (1..=CHUNK).fold(F::zero(), |sum, call| sum + at[2 * call]);
    let scale = -output / sum;
    let mut forged = proof.to_vec();
    let values = forged.len() - 127;
    forged[values..].iter_mut().zip(at).for_each(|(value, d)| *value += scale * d);
    (forged, roots.into_iter().map(u32::from).collect())
}

/// Takes about a minute: `cargo test -p guildhall-mpc -- --ignored two_proofs --nocapture`.
#[test]
#[ignore = "2^26 hashes"]
fn two_proofs_over_a_32_bit_field_are_forged_with_the_predicted_work() {
    let circuit = Circuit::new(1, CHUNK * CHUNK, CHUNK).expect("valid parameters");
    let (input, target) = bad_input();
    let hits = |proof, nonce| challenge(1, proof, nonce, 1)[0].pow(APART) == target;
    let (nonce, joint_work) = grind(|nonce| hits(0, nonce) || hits(1, nonce));
    let lucky = u8::from(!hits(0, nonce));
    let other = 1 - lucky;
    let joint = [0, 1].map(|proof| challenge(1, proof, nonce, circuit.joint_rand_len()));
    let blinds = challenge(3, 0, 0, circuit.prove_rand_len());
    let honest = [0usize, 1].map(|proof| circuit.prove(&input, &blinds, &joint[proof]).expect("proved"));
    // The circuit's output for the unlucky proof, which a gadget polynomial with planted roots hides.
    let r = joint[usize::from(other)][0];
    let output = r * input[0] * (input[0] - F::one()) + r.pow(61) * input[SECOND] * (input[SECOND] - F::one());
    let (forged, roots) = plant(&honest[usize::from(other)], output);
    let (query, query_work) = grind(|nonce| roots.contains(&u32::from(challenge(2, other, nonce, 1)[0])));
    let accepted = |proof: u8, bytes: &[F], nonce: u64| {
        let query = challenge(2, proof, nonce, circuit.query_rand_len());
        let verifier = circuit.query(&input, bytes, &query, &joint[usize::from(proof)], 1).expect("queried");
        circuit.decide(&verifier).expect("decided")
    };
    assert!(accepted(lucky, &honest[usize::from(lucky)], query), "the range check met a root");
    assert!(accepted(other, &forged, query), "the proof met a root");
    assert!(!accepted(other, &forged, query + 1) && !accepted(other, &honest[usize::from(other)], query));
    let model =
        Soundness { joint_degree: 63, query_degree: 126, field_bits: 32.0, proofs: 2, many_outputs: false }.bits();
    println!("predicted 2^{model:.1} per round; took 2^{joint_work:.1} and 2^{query_work:.1} hashes");
    // Sixteen times the expectation is exceeded once in 9 million runs.
    assert!(joint_work < model + 4.1 && query_work < model + 4.1);
}
