//! Negacyclic number-theoretic transform: products in Z_p[X] / (X^N + 1).
//!
//! Source: Longa and Naehrig, "Speeding up the number theoretic transform for faster ideal lattice-based cryptography"
//! (2016), with Harvey's lazy reductions. Assumption: p is prime, below 2^62 and 1 modulo 2N. No secret-dependent
//! branch or index.

use crate::modulus::{Factor, Modulus};
use zeroize::Zeroizing;

/// The transform for one prime and one power of two.
#[derive(Debug)]
pub(crate) struct Ntt {
    modulus: Modulus,
    forward: Vec<Factor>,
    inverse: Vec<Factor>,
    scale: Factor,
}

impl Ntt {
    /// Prepares the roots.
    pub(crate) fn new(n: usize, prime: u64) -> Self {
        let modulus = Modulus::new(prime);
        let root = primitive_root(modulus, 2 * n as u64);
        let back = modulus.pow(root, prime - 2);
        let powers = |root: u64| -> Vec<Factor> {
            let natural: Vec<u64> =
                std::iter::successors(Some(1), |power| Some(modulus.mul(*power, root))).take(n).collect();
            let at = |i| natural.get(reversed(i, n.trailing_zeros())).copied().unwrap_or(1);
            (0..n).map(|i| modulus.factor(at(i))).collect()
        };
        let scale = modulus.factor(modulus.pow(n as u64, prime - 2));
        Self { modulus, forward: powers(root), inverse: powers(back), scale }
    }

    /// Coefficients to values; input below the modulus, output reduced.
    pub(crate) fn forward(&self, a: &mut [u64]) {
        let p = self.modulus.value();
        let (mut length, mut blocks) = (a.len(), 1);
        while length > 1 {
            length /= 2;
            for (block, factor) in a.chunks_exact_mut(2 * length).zip(self.forward.iter().skip(blocks)) {
                let (low, high) = block.split_at_mut(length);
                for (x, y) in low.iter_mut().zip(high) {
                    let u = Modulus::less_once(*x, 2 * p);
                    let v = self.modulus.times_lazy(*y, *factor);
                    *x = u + v;
                    *y = u + 2 * p - v;
                }
            }
            blocks *= 2;
        }
        for x in a {
            *x = Modulus::less_once(Modulus::less_once(*x, 2 * p), p);
        }
    }

    /// Values to coefficients; input below twice the modulus, output reduced.
    pub(crate) fn inverse(&self, a: &mut [u64]) {
        let p = self.modulus.value();
        let (mut length, mut blocks) = (1, a.len() / 2);
        while blocks >= 1 {
            for (block, factor) in a.chunks_exact_mut(2 * length).zip(self.inverse.iter().skip(blocks)) {
                let (low, high) = block.split_at_mut(length);
                for (x, y) in low.iter_mut().zip(high) {
                    let (u, v) = (*x, *y);
                    *x = Modulus::less_once(u + v, 2 * p);
                    *y = self.modulus.times_lazy(u + 2 * p - v, *factor);
                }
            }
            length *= 2;
            blocks /= 2;
        }
        for x in a {
            *x = self.modulus.times(*x, self.scale);
        }
    }

    /// Prepares a polynomial as a factor: its values with their quotients.
    pub(crate) fn factors(&self, a: Vec<u64>) -> Vec<Factor> {
        // Often a secret's: wiped once its values are prepared.
        let mut a = Zeroizing::new(a);
        self.forward(&mut a);
        a.iter().map(|x| self.modulus.factor(*x)).collect()
    }

    /// Multiplies values by a prepared polynomial, lazily, ready for [`Self::inverse`].
    pub(crate) fn times(&self, a: &mut [u64], factors: &[Factor]) {
        for (x, factor) in a.iter_mut().zip(factors) {
            *x = self.modulus.times_lazy(*x, *factor);
        }
    }
}

/// The lowest `bits` bits of `i` in reverse order.
fn reversed(i: usize, bits: u32) -> usize {
    (i as u64).reverse_bits().checked_shr(64 - bits).unwrap_or(0) as usize
}

/// A root of unity of exactly this order, a power of two that divides p - 1.
fn primitive_root(modulus: Modulus, order: u64) -> u64 {
    let p = modulus.value();
    let candidates = (2..p).map(|base| modulus.pow(base, (p - 1) / order));
    // Half of all bases give one: the loop ends after a few.
    candidates.into_iter().find(|root| modulus.pow(*root, order / 2) == p - 1).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PRIMES: [(usize, u64); 5] = [
        (1024, 0x3fff001),
        (2048, 0xffffffffff001),
        (2048, 0xfffffffffffc001),
        (4096, 0x3fffffffffff0001),
        (8192, 0x1ffffffffffa4001),
    ];

    /// Schoolbook product in Z_p[X] / (X^N + 1): slow and obvious.
    fn product(p: u64, a: &[u64], b: &[u64]) -> Vec<u64> {
        let n = a.len();
        let mut c = vec![0u128; n];
        for i in 0..n {
            for j in 0..n {
                let x = u128::from(a[i]) * u128::from(b[j]) % u128::from(p);
                let x = if i + j < n { x } else { u128::from(p) - x };
                c[(i + j) % n] = (c[(i + j) % n] + x) % u128::from(p);
            }
        }
        c.into_iter().map(|x| x as u64).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4))]

        #[test]
        fn products_agree_with_schoolbook(seed in any::<u64>()) {
            for p in [PRIMES[0].1, PRIMES[1].1, PRIMES[2].1, PRIMES[3].1, PRIMES[4].1] {
                let n = 64;
                let ntt = Ntt::new(n, p);
                let mut x = seed | 1;
                let mut next = || { x = x.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407); (x >> 2) % p };
                let a: Vec<u64> = (0..n).map(|_| next()).collect();
                let b: Vec<u64> = (0..n).map(|i| if i < 3 { p - 1 } else { next() }).collect();
                let mut c = a.clone();
                ntt.forward(&mut c);
                ntt.times(&mut c, &ntt.factors(b.clone()));
                ntt.inverse(&mut c);
                prop_assert_eq!(c, product(p, &a, &b));
            }
        }
    }

    #[test]
    fn every_ring_transforms_there_and_back() {
        for (n, p) in PRIMES {
            let ntt = Ntt::new(n, p);
            let a: Vec<u64> = (0..n as u64).map(|i| (i * i + p - 1 - i) % p).collect();
            let mut b = a.clone();
            ntt.forward(&mut b);
            assert_ne!(a, b);
            ntt.inverse(&mut b);
            assert_eq!(a, b);
        }
    }
}
