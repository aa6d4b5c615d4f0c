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
use prio::field::{Field128, FieldElement, FieldElementWithInteger};
use prio::vdaf::xof::{SeedStreamAes128, Xof, XofHmacSha256Aes128};
use rand::Rng;
use std::ops::Range;
use std::sync::LazyLock;
use zeroize::Zeroize;

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
        let factors = (1..=16u8).zip(INVERSES.iter()).filter(|(a, _)| self.contains(*a));
        factors.fold(Field128::one(), |product, (_, inverse)| product * (Field128::one() - j * *inverse))
    }
}

/// `1 / a` for the trustee numbers `a` from 1 on: an inversion costs as much as 200 multiplications.
static INVERSES: LazyLock<[Field128; 16]> =
    LazyLock::new(|| std::array::from_fn(|index| Field128::from(index as u128 + 1).inv()));

/// `c_A = H("seed"; M, role, author, sequence, nonce, A, s_A)`.
pub(crate) fn commit(round: &Round, author: &Author, nonce: &[u8; 16], subset: Subset, seed: &Seed) -> Digest {
    let who = author.encode();
    digest("seed", &[&round.manifest, &who, nonce, &subset.bits().to_le_bytes(), seed.expose_bytes()])
}

/// Elements of all masks that are expanded and used before the next ones: they stay in the first cache.
const BLOCK: usize = 128;

/// The pseudo-random vectors of several seeds, expanded in step and block by block.
pub(crate) struct Masks {
    streams: Vec<SeedStreamAes128>,
    block: FieldSecret,
}

impl Masks {
    /// `PRG(s_A, part)` for each of `seeds`, bound to round, author and subset.
    pub(crate) fn new<'a>(
        round: &Round,
        author: &Author,
        part: Part,
        seeds: impl IntoIterator<Item = (Subset, &'a Seed)>,
    ) -> Self {
        let streams = seeds.into_iter().map(|(subset, seed)| stream(round, author, subset, part, seed)).collect();
        Self { streams, block: FieldSecret::zeros(BLOCK) }
    }

    /// Calls `each(seed, range, mask)` with the mask of every seed, in the order given, over every block of `len`.
    pub(crate) fn for_each_block(mut self, len: usize, mut each: impl FnMut(usize, Range<usize>, &[Field128])) {
        for start in (0..len).step_by(BLOCK) {
            let range = start..len.min(start + BLOCK);
            for (seed, stream) in self.streams.iter_mut().enumerate() {
                let Some(mask) = self.block.expose_mut().get_mut(..range.len()) else { continue };
                fill(stream, mask);
                each(seed, range.clone(), mask);
            }
        }
    }
}

/// The stream that `PRG(s_A, part)` is read from.
fn stream(round: &Round, author: &Author, subset: Subset, part: Part, seed: &Seed) -> SeedStreamAes128 {
    let label: &[u8] = match part {
        Part::Input => b"in",
        Part::Proof => b"pf",
    };
    let binder = [&round.manifest[..], &author.encode(), &subset.bits().to_le_bytes()];
    XofHmacSha256Aes128::seed_stream(seed.expose_bytes(), &[b"guildhall/v1 share ", label], &binder)
}

/// The next field elements of a stream, by the rejection sampling of the VDAF draft: 16 bytes
/// that are no canonical element are skipped, which happens with probability 2^-59 and says nothing of others.
fn fill(stream: &mut impl Rng, out: &mut [Field128]) {
    let mut bytes = [0u8; 16 * BLOCK];
    let mut filled = 0;
    while filled < out.len() {
        let wanted = 16 * (out.len() - filled).min(BLOCK);
        let Some(fresh) = bytes.get_mut(..wanted) else { break };
        stream.fill_bytes(fresh);
        let numbers = fresh.as_chunks::<16>().0.iter().map(|chunk| u128::from_le_bytes(*chunk));
        let elements = numbers.filter(|number| *number < Field128::modulus()).map(Field128::from);
        for (slot, element) in out.iter_mut().skip(filled).zip(elements) {
            *slot = element;
            filled += 1;
        }
    }
    bytes.zeroize();
}

/// All of `PRG(s_A, part)` at once and by `prio`'s own sampling: what [`Masks`] must agree with.
#[cfg(test)]
pub(crate) fn expand(
    round: &Round,
    author: &Author,
    subset: Subset,
    part: Part,
    seed: &Seed,
    len: usize,
) -> FieldSecret {
    use prio::vdaf::xof::IntoFieldVec;
    FieldSecret::new(stream(round, author, subset, part, seed).into_field_vec(len))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contribution::Role;
    use crate::params::Threshold;
    use prio::vdaf::xof::IntoFieldVec;
    use std::convert::Infallible;

    #[test]
    fn masks_are_what_prio_samples() {
        let round = Round { manifest: [3; 32], threshold: Threshold::FIVE };
        let author = Author { role: Role::Member, index: 4, sequence: 1 };
        let seeds: Vec<(Subset, Seed)> =
            (1u8..).zip(Subset::all(&Threshold::FIVE)).map(|(n, subset)| (subset, Seed::new([n; 32]))).collect();
        for len in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 5 * BLOCK + 7] {
            let mut found = vec![vec![Field128::zero(); len]; seeds.len()];
            let masks = Masks::new(&round, &author, Part::Proof, seeds.iter().map(|(subset, seed)| (*subset, seed)));
            masks.for_each_block(len, |n, range, mask| found[n][range].copy_from_slice(mask));
            for ((subset, seed), found) in seeds.iter().zip(&found) {
                let want = expand(&round, &author, *subset, Part::Proof, seed, len);
                assert_eq!(found, want.expose_elements(), "{len} elements");
            }
        }
    }

    /// Every third element is not canonical: the modulus, the number above it, the largest number.
    #[derive(Clone)]
    struct Refused(u128);

    impl rand::TryRng for Refused {
        type Error = Infallible;

        fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
            for chunk in out.as_chunks_mut::<16>().0 {
                self.0 += 1;
                let high = [Field128::modulus(), Field128::modulus() + 1, u128::MAX][(self.0 / 3 % 3) as usize];
                *chunk = if self.0.is_multiple_of(3) { high } else { self.0 }.to_le_bytes();
            }
            Ok(())
        }

        fn try_next_u32(&mut self) -> Result<u32, Infallible> {
            Ok(0)
        }

        fn try_next_u64(&mut self) -> Result<u64, Infallible> {
            Ok(0)
        }
    }

    #[test]
    fn numbers_that_are_no_elements_are_skipped_as_prio_skips_them() {
        for len in [1, 2, 3, BLOCK, 2 * BLOCK + 5] {
            let mut found = vec![Field128::zero(); len];
            fill(&mut Refused(0), &mut found);
            assert_eq!(found, Refused(0).into_field_vec::<Field128>(len), "{len} elements");
        }
    }
}
