//! How far the times are from what the arithmetic alone needs on this machine.
//!
//! Unit costs are measured here, counts follow from the protocol: field multiplications as `prio` does
//! them, AES-CTR bytes of the masks, SHA-256 bytes. Not counted: additions, copies, HPKE.

use crate::clock::milliseconds;
use guildhall_mpc::{Field128, Shape, Subset, Threshold, digest};
use prio::flp::Type;
use prio::vdaf::xof::{Xof, XofHmacSha256Aes128};
use rand::Rng;
use std::hint::black_box;

/// Costs of one unit, in nanoseconds.
pub(crate) struct Units {
    multiplication: f64,
    aes_byte: f64,
    hash_byte: f64,
}

/// What one operation cannot do without.
pub(crate) struct Work {
    multiplications: usize,
    aes_bytes: usize,
    hash_bytes: usize,
}

/// Multiplications per input element of one `query`: two in the circuit, two for each of two wires.
const QUERY: usize = 6;
/// The same for `prove`: two in the circuit, two transforms for each of two wires of P points (each `log P / 2`
/// and one for its roots), a scaling of each wire, and the product at 2 P points.
const fn prove(points: usize) -> usize {
    2 + 2 * (points.ilog2() as usize + 3) + 2
}

impl Units {
    /// Measures all of them; the minimum of several tries.
    pub(crate) fn measure() -> Self {
        let mut elements: Vec<Field128> = (1..=4096u128).map(|i| Field128::from(i << 64)).collect();
        let factor = Field128::from(u128::MAX / 3);
        let mut bytes = vec![0u8; 1 << 16];
        let mut stream = XofHmacSha256Aes128::seed_stream(&[1; 32], &[b"bench"], &[]);
        let multiplication = fastest(4096, || black_box(&mut elements).iter_mut().for_each(|e| *e *= factor));
        let aes_byte = fastest(1 << 16, || stream.fill_bytes(black_box(&mut bytes)));
        let hash_byte = fastest(1 << 16, || digest("bench", &[black_box(&bytes)]));
        Self { multiplication, aes_byte, hash_byte }
    }

    /// Milliseconds that `work` needs at least.
    pub(crate) fn milliseconds(&self, work: &Work) -> f64 {
        let multiplying = self.multiplication * work.multiplications as f64;
        let expanding = self.aes_byte * work.aes_bytes as f64;
        (multiplying + expanding + self.hash_byte * work.hash_bytes as f64) / 1e6
    }

    /// One line of unit costs.
    pub(crate) fn describe(&self) -> String {
        let Self { multiplication, aes_byte, hash_byte } = self;
        let (aes, hash) = (1.0 / aes_byte, 1.0 / hash_byte);
        format!("one multiplication in Field128 {multiplication:.2} ns, AES-CTR {aes:.1} GB/s, SHA-256 {hash:.1} GB/s")
    }
}

impl Work {
    /// A member's contribution: masks, shares of `t - 1` trustees, proof, `t` queries, three hashes of the body.
    pub(crate) fn of_member<C: Type<Field = Field128>>(threshold: Threshold, circuit: &C) -> Self {
        let (t, masked) = (usize::from(threshold.t()), circuit.input_len() + circuit.proof_len());
        let (all, held) = (Subset::all(&threshold).len(), Subset::held_by(&threshold, 1).len());
        let points = (1 + circuit.joint_rand_len()).next_power_of_two();
        let body = Shape::new(threshold, circuit, 0).body_len();
        Self {
            multiplications: masked * (all + (t - 1) * held) + circuit.input_len() * (t * QUERY + prove(points)),
            aes_bytes: masked * all * 16,
            hash_bytes: body + 2 * 16 * circuit.input_len(),
        }
    }

    /// A trustee's check: its masks and one query.
    pub(crate) fn of_trustee<C: Type<Field = Field128>>(threshold: Threshold, circuit: &C) -> Self {
        let masks = (circuit.input_len() + circuit.proof_len()) * Subset::held_by(&threshold, 1).len();
        let multiplications = 2 * masks + circuit.input_len() * QUERY;
        Self { multiplications, aes_bytes: 16 * masks, hash_bytes: 0 }
    }

    /// Its multiplications, in thousands.
    pub(crate) const fn thousands(&self) -> usize {
        self.multiplications / 1000
    }
}

/// Nanoseconds per unit of the fastest of 30 tries.
fn fastest<T>(units: usize, mut run: impl FnMut() -> T) -> f64 {
    let mut once = || {
        black_box(run());
    };
    let best = (0..30).map(|_| milliseconds(&mut once)).fold(f64::INFINITY, f64::min);
    best * 1e6 / units as f64
}

/// GB/s at which one core reads and adds 64-bit words that are not in its cache.
pub(crate) fn bandwidth() -> f64 {
    let words = vec![1u64; 1 << 25];
    8.0 / fastest(words.len(), || black_box(&words).iter().fold(0u64, |sum, word| sum.wrapping_add(*word)))
}
