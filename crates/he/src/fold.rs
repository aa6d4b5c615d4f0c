//! Folding: the slots of an output become one LWE ciphertext, so that partial sums stay hidden.
//!
//! Coefficient `i` of mask times secret is the sum over `j` of `s_j` times the mask's coefficient `i - j`, negated where it
//! wraps. A sum over a run of `i` is therefore, for each `j`, a difference of two prefix sums of the mask: no key material
//! and no multiplication is needed.

use crate::modulus::{Factor, Modulus};
use crate::ring::Ring;

/// Slots from, to (excluded), and a weight.
pub(crate) type Run = (usize, usize, i64);

/// Prefix sums of a polynomial, one run of N + 1 per limb.
pub(crate) struct Prefixes<'r> {
    ring: &'r Ring,
    sums: Vec<Vec<u64>>,
}

impl<'r> Prefixes<'r> {
    /// Of a reduced polynomial.
    pub(crate) fn new(ring: &'r Ring, a: &[u64]) -> Self {
        let moduli = moduli(ring);
        let sums = a.chunks_exact(ring.n()).zip(moduli).map(|(a, modulus)| prefixes(a, modulus)).collect();
        Self { ring, sums }
    }

    /// The mask of the LWE ciphertext of these runs, limb after limb.
    pub(crate) fn fold(&self, runs: &[Run]) -> Vec<u64> {
        let limbs = self.sums.iter().zip(moduli(self.ring));
        limbs.flat_map(|(sums, modulus)| fold_limb(sums, runs, modulus)).collect()
    }
}

/// The sum of the runs of a polynomial's coefficients: the body of the LWE ciphertext, one word per limb.
pub(crate) fn fold_body(ring: &Ring, body: &[u64], runs: &[Run]) -> Vec<u64> {
    let used = body.len() / ring.limbs();
    let limb = |(body, modulus): (&[u64], Option<Modulus>)| {
        let sum = |(from, to, weight): &Run| {
            let run = body.get(*from..*to).unwrap_or_default();
            Weight::new(modulus, *weight).times(modulus, run.iter().fold(0, |sum, x| plus(modulus, sum, *x)))
        };
        runs.iter().map(sum).fold(0, |total, x| plus(modulus, total, x))
    };
    body.chunks_exact(used.max(1)).zip(moduli(ring)).map(limb).collect()
}

/// How much each ephemeral coefficient contributes to an output through a small polynomial of the key: the sum of squares.
pub(crate) fn fold_square(small: &[i8], runs: &[Run]) -> u128 {
    let words: Vec<u64> = small.iter().map(|x| i64::from(*x) as u64).collect();
    let folded = fold_limb(&prefixes(&words, None), runs, None);
    folded.into_iter().map(|x| u128::from((x as i64).unsigned_abs()).pow(2)).sum()
}

fn moduli(ring: &Ring) -> Vec<Option<Modulus>> {
    match ring.power() {
        Some(_) => vec![None],
        None => ring.primes().map(Some).collect(),
    }
}

fn prefixes(a: &[u64], modulus: Option<Modulus>) -> Vec<u64> {
    let mut sum = 0;
    std::iter::once(0)
        .chain(a.iter().map(|x| {
            sum = plus(modulus, sum, *x);
            sum
        }))
        .collect()
}

fn fold_limb(sums: &[u64], runs: &[Run], modulus: Option<Modulus>) -> Vec<u64> {
    let n = sums.len() - 1;
    let mut out = vec![0; n];
    for (from, to, weight) in runs {
        let weight = Weight::new(modulus, *weight);
        for (j, word) in out.iter_mut().enumerate() {
            let run = minus(modulus, prefix(sums, *to, j, modulus), prefix(sums, *from, j, modulus));
            *word = plus(modulus, *word, weight.times(modulus, run));
        }
    }
    out
}

/// The sum of the extended coefficients below `x - j`: past the start they are the last ones, negated.
fn prefix(sums: &[u64], x: usize, j: usize, modulus: Option<Modulus>) -> u64 {
    let n = sums.len() - 1;
    let at = |i: usize| sums.get(i).copied().unwrap_or_default();
    if x >= j { at(x - j) } else { minus(modulus, at(n), at(x + n - j)) }
}

fn plus(modulus: Option<Modulus>, a: u64, b: u64) -> u64 {
    modulus.map_or_else(|| a.wrapping_add(b), |m| m.add(a, b))
}

fn minus(modulus: Option<Modulus>, a: u64, b: u64) -> u64 {
    modulus.map_or_else(|| a.wrapping_sub(b), |m| m.add(a, m.neg(b)))
}

/// A weight, prepared once for many words.
enum Weight {
    One,
    Word(u64),
    Factor(Factor),
}

impl Weight {
    fn new(modulus: Option<Modulus>, weight: i64) -> Self {
        match (modulus, weight) {
            (_, 1) => Self::One,
            (None, weight) => Self::Word(weight as u64),
            (Some(m), weight) => Self::Factor(m.factor(m.of_signed(weight))),
        }
    }

    fn times(&self, modulus: Option<Modulus>, a: u64) -> u64 {
        match (self, modulus) {
            (Self::Word(weight), _) => a.wrapping_mul(*weight),
            (Self::Factor(factor), Some(m)) => m.times(a, *factor),
            (Self::One | Self::Factor(_), _) => a,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SetId;
    use crate::random::{SEED, Stream};
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(6))]

        /// The folded mask times the secret is the sum of the coefficients of mask times secret.
        #[test]
        fn folding_commutes_with_multiplying(seed in any::<[u8; SEED]>(), cut in 1usize..1000) {
            for set in [SetId::S1, SetId::S3, SetId::T1] {
                let ring = set.ring();
                let n = ring.n();
                let mut stream = Stream::new(&seed);
                let secret = stream.ternary(n);
                let mut a = vec![0; ring.words()];
                match ring.power() {
                    Some(_) => stream.uniform(Modulus::new((1 << 61) - 1), &mut a),
                    None => ring.primes().zip(a.chunks_mut(n)).for_each(|(m, a)| stream.uniform(m, a)),
                }
                let runs = [(0, cut, 1), (cut, cut + 17, -3), (n - 5, n, 7)];
                let mask = Prefixes::new(&ring, &a).fold(&runs);
                ring.multiply(&mut a, &ring.prepare_small(&secret));
                let mut want = fold_body(&ring, &a, &runs);
                ring.reduce(&mut want);
                let mut found: Vec<u64> = mask.chunks(n).zip(moduli(&ring)).map(|(mask, m)| {
                    let mut sum = 0;
                    for (x, s) in mask.iter().zip(secret.iter()) {
                        sum = match s { 1 => plus(m, sum, *x), -1 => minus(m, sum, *x), _ => sum };
                    }
                    sum
                }).collect();
                ring.reduce(&mut found);
                prop_assert_eq!(found, want);
            }
        }
    }
}
