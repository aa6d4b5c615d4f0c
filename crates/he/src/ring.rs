//! Polynomials modulo X^N + 1 over the coefficients of a parameter set.
//!
//! A polynomial is a list of words, one run of N per prime; modulo a power of two the words wrap at 2^64 and are cut at
//! the end. Source: residue number systems; the products as in [`crate::ntt`].

use crate::modulus::{Factor, Modulus};
use crate::ntt::Ntt;
use crate::params::Coefficients;
use num_bigint::{BigInt, BigUint, Sign};
use zeroize::{Zeroize, Zeroizing};

/// One ring, with its tables.
#[derive(Debug)]
pub(crate) struct Ring {
    n: usize,
    limbs: Vec<Limb>,
    /// The exponent, where the modulus is a power of two.
    power: Option<u32>,
    modulus: BigUint,
    seeded: bool,
}

#[derive(Debug)]
struct Limb {
    modulus: Modulus,
    ntt: Ntt,
    one: Factor,
}

/// A polynomial ready to multiply others: values and quotients per prime, wiped on drop.
pub(crate) struct Prepared(Vec<Zeroizing<Vec<Factor>>>);

impl Ring {
    /// Prepares the tables.
    pub(crate) fn new(n: usize, coefficients: Coefficients, seeded: bool) -> Self {
        let limb = |prime: &u64| {
            let modulus = Modulus::new(*prime);
            Limb { modulus, ntt: Ntt::new(n, *prime), one: modulus.factor(1) }
        };
        match coefficients {
            Coefficients::Power { bits, prime } => {
                Self { n, limbs: vec![limb(&prime)], power: Some(bits), modulus: BigUint::from(1u8) << bits, seeded }
            }
            Coefficients::Primes(primes) => {
                let modulus = primes.iter().map(|p| BigUint::from(*p)).product();
                Self { n, limbs: primes.iter().map(limb).collect(), power: None, modulus, seeded }
            }
        }
    }

    /// Whether a seed stands for the mask of a ciphertext.
    pub(crate) const fn seeded(&self) -> bool {
        self.seeded
    }

    /// Coefficients of a polynomial.
    pub(crate) const fn n(&self) -> usize {
        self.n
    }

    /// Primes; 1 for a power of two.
    pub(crate) const fn limbs(&self) -> usize {
        self.limbs.len()
    }

    /// Words of a polynomial.
    pub(crate) const fn words(&self) -> usize {
        self.n * self.limbs.len()
    }

    /// The modulus.
    #[cfg(test)]
    pub(crate) const fn modulus(&self) -> &BigUint {
        &self.modulus
    }

    /// The exponent, where the modulus is a power of two.
    pub(crate) const fn power(&self) -> Option<u32> {
        self.power
    }

    /// Bits of a coefficient in each limb.
    pub(crate) fn bits(&self) -> Vec<u32> {
        self.power.map_or_else(|| self.limbs.iter().map(|l| l.modulus.bits()).collect(), |bits| vec![bits])
    }

    /// The primes; none where the modulus is a power of two.
    pub(crate) fn primes(&self) -> impl Iterator<Item = Modulus> {
        self.limbs.iter().filter(|_| self.power.is_none()).map(|limb| limb.modulus)
    }

    /// Ready to multiply by a polynomial with small coefficients.
    pub(crate) fn prepare_small(&self, small: &[i8]) -> Prepared {
        let values = |limb: &Limb| small.iter().map(|x| limb.modulus.of_small(*x)).collect();
        Prepared(self.limbs.iter().map(|limb| Zeroizing::new(limb.ntt.factors(values(limb)))).collect())
    }

    /// Ready to multiply by any polynomial; for rings over primes.
    pub(crate) fn prepare(&self, a: &[u64]) -> Prepared {
        let chunks = a.chunks_exact(self.n).zip(&self.limbs);
        Prepared(chunks.map(|(a, limb)| Zeroizing::new(limb.ntt.factors(a.to_vec()))).collect())
    }

    /// `a` becomes `a` times the prepared polynomial.
    pub(crate) fn multiply(&self, a: &mut [u64], by: &Prepared) {
        for ((a, limb), by) in a.chunks_exact_mut(self.n).zip(&self.limbs).zip(&by.0) {
            self.centre_in(a, limb);
            limb.ntt.forward(a);
            limb.ntt.times(a, by);
            limb.ntt.inverse(a);
            self.centre_out(a, limb);
        }
    }

    /// Values of a small polynomial under the transform, to be multiplied by several others.
    pub(crate) fn transform_small(&self, small: &[i8]) -> Zeroizing<Vec<u64>> {
        let mut values = Zeroizing::new(self.lift(small));
        values.chunks_exact_mut(self.n).zip(&self.limbs).for_each(|(a, limb)| limb.ntt.forward(a));
        values
    }

    /// The product of transformed values and a prepared polynomial; for rings over primes.
    pub(crate) fn product(&self, values: &[u64], by: &Prepared) -> Vec<u64> {
        let mut out = values.to_vec();
        for ((a, limb), by) in out.chunks_exact_mut(self.n).zip(&self.limbs).zip(&by.0) {
            limb.ntt.times(a, by);
            limb.ntt.inverse(a);
        }
        out
    }

    /// A polynomial with small coefficients.
    pub(crate) fn lift(&self, small: &[i8]) -> Vec<u64> {
        let lift = |limb: &Limb, x: i8| match self.power {
            Some(_) => i64::from(x) as u64,
            None => limb.modulus.of_small(x),
        };
        self.limbs.iter().flat_map(|limb| small.iter().map(move |x| lift(limb, *x))).collect()
    }

    /// A polynomial with coefficients of any size; for rings over primes.
    pub(crate) fn lift_wide(&self, wide: &[i64]) -> Vec<u64> {
        self.limbs.iter().flat_map(|limb| wide.iter().map(|x| limb.modulus.of_signed(*x))).collect()
    }

    /// The inner product of two polynomials' coefficients, one word per limb; for rings over primes.
    pub(crate) fn inner_wide(&self, a: &[u64], b: &[u64]) -> Vec<u64> {
        let limbs = a.chunks_exact(self.n).zip(b.chunks_exact(self.n)).zip(&self.limbs);
        let inner = |((a, b), limb): ((&[u64], &[u64]), &Limb)| {
            // Products stay below 2^124: sixteen fit before a reduction.
            let runs = a.chunks(16).zip(b.chunks(16));
            let run = |(a, b): (&[u64], &[u64])| -> u64 {
                let sum: u128 = a.iter().zip(b).map(|(x, y)| u128::from(*x) * u128::from(*y)).sum();
                (sum % u128::from(limb.modulus.value())) as u64
            };
            runs.map(run).fold(0, |sum, x| limb.modulus.add(sum, x))
        };
        limbs.map(inner).collect()
    }

    /// A small polynomial that ends early, with zeros up to `n` coefficients per limb.
    pub(crate) fn lift_to(&self, n: usize, small: &[i8]) -> Vec<u64> {
        let mut padded = small.to_vec();
        padded.resize(n, 0);
        let lifted = self.lift(&padded);
        padded.zeroize();
        lifted
    }

    /// Adds `step` times each value to the first coefficients.
    pub(crate) fn add_scaled<'v>(&self, a: &mut [u64], values: impl Iterator<Item = &'v i64> + Clone, step: &[u64]) {
        for ((a, limb), step) in a.chunks_exact_mut(self.n).zip(&self.limbs).zip(step) {
            let factor = limb.modulus.factor(*step % limb.modulus.value());
            for (x, value) in a.iter_mut().zip(values.clone()) {
                *x = match self.power {
                    Some(_) => x.wrapping_add(step.wrapping_mul(*value as u64)),
                    None => limb.modulus.add(*x, limb.modulus.times_signed(*value, factor)),
                };
            }
        }
    }

    /// `a += b`, of reduced words.
    pub(crate) fn add(&self, a: &mut [u64], b: &[u64]) {
        self.each(a, b, |m, x, y| m.map_or_else(|| x.wrapping_add(y), |m| m.add(x, y)));
    }

    /// `a -= b`, of reduced words.
    pub(crate) fn subtract(&self, a: &mut [u64], b: &[u64]) {
        self.each(a, b, |m, x, y| m.map_or_else(|| x.wrapping_sub(y), |m| m.add(x, m.neg(y))));
    }

    /// Adds a whole number to one coefficient.
    pub(crate) fn add_wide(&self, limb_words: &mut [u64], x: i128) {
        for (word, limb) in limb_words.iter_mut().zip(&self.limbs) {
            *word = match self.power {
                Some(_) => word.wrapping_add(x as u64),
                None => limb.modulus.add(*word, limb.modulus.of_wide(x)),
            };
        }
    }

    /// How many reduced words a sum holds before it must be reduced.
    pub(crate) fn capacity(&self) -> u64 {
        self.primes().map(|m| u64::MAX / m.value()).min().unwrap_or(u64::MAX)
    }

    /// Cuts words to reduced ones.
    pub(crate) fn reduce(&self, a: &mut [u64]) {
        let run = a.len() / self.limbs.len();
        for (a, limb) in a.chunks_exact_mut(run.max(1)).zip(&self.limbs) {
            match self.power {
                Some(bits) => a.iter_mut().for_each(|x| *x &= u64::MAX >> (64 - bits)),
                None => a.iter_mut().for_each(|x| *x = limb.modulus.times(*x, limb.one)),
            }
        }
    }

    /// Wide sums, one per limb, cut to reduced words.
    pub(crate) fn cut_wide(&self, sums: &[u128]) -> Vec<u64> {
        let cut = |(sum, limb): (&u128, &Limb)| match self.power {
            Some(bits) => *sum as u64 & (u64::MAX >> (64 - bits)),
            None => (sum % u128::from(limb.modulus.value())) as u64,
        };
        sums.iter().zip(&self.limbs).map(cut).collect()
    }

    /// The step between two plaintexts of `bits` bits: the modulus divided by 2^bits, rounded down.
    pub(crate) fn step(&self, bits: u32) -> BigUint {
        &self.modulus >> bits
    }

    /// The residues of a step times a plaintext.
    pub(crate) fn scaled(&self, step: &BigUint, value: i64) -> Vec<u64> {
        let product = BigInt::from(step.clone()) * value;
        self.residues(&product)
    }

    /// The residues of a whole number.
    pub(crate) fn residues(&self, x: &BigInt) -> Vec<u64> {
        let residue = |modulus: BigInt| {
            let rest = ((x % &modulus) + &modulus) % &modulus;
            rest.iter_u64_digits().next().unwrap_or(0)
        };
        match self.power {
            Some(_) => vec![residue(BigInt::from(self.modulus.clone()))],
            None => self.limbs.iter().map(|limb| residue(BigInt::from(limb.modulus.value()))).collect(),
        }
    }

    /// The number of least magnitude with these residues.
    pub(crate) fn centred(&self, residues: &[u64]) -> BigInt {
        let x = match self.power {
            Some(bits) => BigUint::from(residues.first().copied().unwrap_or(0) & (u64::MAX >> (64 - bits))),
            None => self.combined(residues),
        };
        let x = BigInt::from_biguint(Sign::Plus, x);
        let q = BigInt::from(self.modulus.clone());
        if &x * 2 > q { x - q } else { x }
    }

    fn combined(&self, residues: &[u64]) -> BigUint {
        let part = |(limb, residue): (&Limb, &u64)| {
            let p = limb.modulus.value();
            let others = &self.modulus / p;
            let other = (&others % p).iter_u64_digits().next().unwrap_or(0);
            let inverse = limb.modulus.pow(other, p - 2);
            others * limb.modulus.mul(*residue, inverse)
        };
        self.limbs.iter().zip(residues).map(part).sum::<BigUint>() % &self.modulus
    }

    fn each(&self, a: &mut [u64], b: &[u64], f: impl Fn(Option<Modulus>, u64, u64) -> u64) {
        let run = (a.len() / self.limbs.len()).max(1);
        for ((a, b), limb) in a.chunks_mut(run).zip(b.chunks(run)).zip(&self.limbs) {
            let modulus = self.power.is_none().then_some(limb.modulus);
            a.iter_mut().zip(b).for_each(|(x, y)| *x = f(modulus, *x, *y));
        }
    }

    fn centre_in(&self, a: &mut [u64], limb: &Limb) {
        let Some(bits) = self.power else { return };
        let (mask, half) = (u64::MAX >> (64 - bits), 1u64 << (bits - 1));
        let wrap = limb.modulus.value() - (1 << bits);
        for x in a {
            let cut = *x & mask;
            *x = cut + (wrap & u64::from(cut >= half).wrapping_neg());
        }
    }

    fn centre_out(&self, a: &mut [u64], limb: &Limb) {
        if self.power.is_none() {
            return;
        }
        let p = limb.modulus.value();
        for x in a {
            *x = x.wrapping_sub(p & u64::from(*x > p / 2).wrapping_neg());
        }
    }
}

impl Drop for Prepared {
    fn drop(&mut self) {
        self.0.iter_mut().for_each(|limb| limb.zeroize());
    }
}

#[cfg(test)]
mod tests {
    use crate::random::{SEED, Stream};
    use crate::{SetId, modulus::Modulus};
    use num_bigint::BigInt;

    /// Schoolbook product with whole numbers of any size: slow and obvious.
    fn slow(set: SetId, a: &[u64], small: &[i8]) -> Vec<BigInt> {
        let ring = set.ring();
        let n = ring.n();
        let whole: Vec<BigInt> = (0..n).map(|i| ring.centred(&at(a, n, i))).collect();
        let mut out = vec![BigInt::from(0); n];
        for (j, s) in small.iter().enumerate().filter(|(_, s)| **s != 0) {
            for (i, x) in whole.iter().enumerate() {
                let sign = if i + j < n { i64::from(*s) } else { -i64::from(*s) };
                out[(i + j) % n] += x * sign;
            }
        }
        out
    }

    fn at(a: &[u64], n: usize, i: usize) -> Vec<u64> {
        a.iter().skip(i).step_by(n).copied().collect()
    }

    #[test]
    fn products_with_a_secret_agree_with_schoolbook_in_every_set() {
        for set in SetId::ALL {
            let ring = set.ring();
            let mut stream = Stream::new(&[set as u8; SEED]);
            let mut secret = stream.ternary(ring.n());
            // All coefficients in the first run, few afterwards: the schoolbook is slow.
            secret.iter_mut().enumerate().filter(|(i, _)| *i > 40 && i % 97 > 0).for_each(|(_, s)| *s = 0);
            let mut a = vec![0; ring.words()];
            match ring.power() {
                Some(_) => stream.uniform(Modulus::new((1 << 61) - 1), &mut a),
                None => {
                    let n = ring.n();
                    ring.primes().zip(a.chunks_mut(n)).for_each(|(m, a)| stream.uniform(m, a));
                }
            }
            // The largest coefficients there are.
            a.iter_mut().take(3).for_each(|x| *x = 1 << (ring.bits()[0] - 1));
            let want = slow(set, &a, &secret);
            ring.multiply(&mut a, &ring.prepare_small(&secret));
            ring.reduce(&mut a);
            for (i, want) in want.iter().enumerate() {
                assert_eq!(at(&a, ring.n(), i), ring.residues(want), "{set:?}, coefficient {i}");
            }
        }
    }

    #[test]
    fn residues_and_centred_are_inverse_up_to_half_the_modulus() {
        for set in SetId::ALL {
            let ring = set.ring();
            let half = BigInt::from(ring.modulus() / 2u8);
            for x in [BigInt::from(0), BigInt::from(1), BigInt::from(-1), half.clone() - 1, 1 - half] {
                assert_eq!(ring.centred(&ring.residues(&x)), x, "{set:?}");
            }
        }
    }
}
