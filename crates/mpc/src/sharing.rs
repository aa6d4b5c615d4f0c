//! Pseudo-random secret sharing: one masked vector plus replicated seeds give degree `t - 1` shares.
//!
//! For every set `A` of `t - 1` trustees there is one seed `s_A`, known to all trustees outside `A`.
//! With `d = x - sum_A PRG(s_A)`, trustee `j` holds `d + sum_{A without j} f_A(j) PRG(s_A)` where
//! `f_A` has degree `t - 1`, `f_A(0) = 1` and `f_A(a) = 0` for `a` in `A`. Every coalition of `t - 1`
//! misses exactly one seed, and the degree cannot be anything else once the seeds are committed.

use crate::contribution::{Author, Round};
use crate::digest::{Digest, digest};
use crate::params::Threshold;
use crate::secret::{FieldSecret, Seed};
use prio::field::{Field128, FieldElement};
use prio::vdaf::xof::{IntoFieldVec, Xof, XofHmacSha256Aes128};

/// A set of `t - 1` trustees: bit `j - 1` stands for trustee `j`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subset(u16);

/// Which half of a contribution a pseudo-random vector masks.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    Input,
    Proof,
}

impl Subset {
    /// All subsets of `t - 1` of the `k` trustees, in the canonical (ascending) order.
    pub fn all(threshold: &Threshold) -> Vec<Self> {
        let size = u32::from(threshold.t() - 1);
        (0u16..1 << threshold.k()).filter(|bits| bits.count_ones() == size).map(Self).collect()
    }

    /// The subsets whose seed trustee `j` holds, in canonical order.
    pub fn held_by(threshold: &Threshold, trustee: u8) -> Vec<Self> {
        Self::all(threshold).into_iter().filter(|subset| !subset.contains(trustee)).collect()
    }

    /// Whether trustee `j` is in the set, i.e. must not know its seed.
    pub const fn contains(self, trustee: u8) -> bool {
        trustee >= 1 && trustee <= 16 && self.0 >> (trustee - 1) & 1 == 1
    }

    /// The bit set as a number, as it stands in messages and hashes.
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// From its bits, if it is one of the subsets of this threshold.
    pub fn from_bits(threshold: &Threshold, bits: u16) -> Option<Self> {
        let valid = bits.count_ones() == u32::from(threshold.t() - 1) && u32::from(bits) < 1 << threshold.k();
        valid.then_some(Self(bits))
    }

    /// `f_A(j) = prod_{a in A} (1 - j / a)`.
    pub(crate) fn weight(self, trustee: u8) -> Field128 {
        let j = Field128::from(u128::from(trustee));
        (1..=16u8)
            .filter(|a| self.contains(*a))
            .fold(Field128::one(), |product, a| product * (Field128::one() - j * Field128::from(u128::from(a)).inv()))
    }
}

/// `c_A = H("seed"; M, role, author, sequence, nonce, A, s_A)`.
pub(crate) fn commit(round: &Round, author: &Author, nonce: &[u8; 16], subset: Subset, seed: &Seed) -> Digest {
    let who = author.encode();
    digest("seed", &[&round.manifest, &who, nonce, &subset.bits().to_le_bytes(), seed.expose_bytes()])
}

/// `PRG(s_A, part)` of `len` elements, bound to round, author and subset.
pub(crate) fn expand(
    round: &Round,
    author: &Author,
    subset: Subset,
    part: Part,
    seed: &Seed,
    len: usize,
) -> FieldSecret {
    let label: &[u8] = match part {
        Part::Input => b"in",
        Part::Proof => b"pf",
    };
    let binder = [&round.manifest[..], &author.encode(), &subset.bits().to_le_bytes()];
    let stream = XofHmacSha256Aes128::seed_stream(seed.expose_bytes(), &[b"guildhall/v1 share ", label], &binder);
    FieldSecret::new(stream.into_field_vec(len))
}

/// `target += weight * addend`, element by element.
pub(crate) fn add_scaled(target: &mut [Field128], weight: Field128, addend: &[Field128]) {
    for (t, a) in target.iter_mut().zip(addend) {
        *t += weight * *a;
    }
}

/// `target += addend`, element by element.
pub(crate) fn add(target: &mut [Field128], addend: &[Field128]) {
    for (t, a) in target.iter_mut().zip(addend) {
        *t += *a;
    }
}

/// `target -= subtrahend`, element by element.
pub(crate) fn subtract(target: &mut [Field128], subtrahend: &[Field128]) {
    for (t, s) in target.iter_mut().zip(subtrahend) {
        *t -= *s;
    }
}
