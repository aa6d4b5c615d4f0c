//! The parameter sets, and what the lattice estimator says about each.
//!
//! Source: lattice-estimator, commit 27a581bb (2026-06-06), default cost model (MATZOV), `docs/he.md` has the table and
//! the script. Assumption: ring-LWE over these rings is as hard as LWE of the same size; secrets and ephemerals are
//! uniform ternary, noise is centred binomial with variance 10.5. Figures are log2 of operations.
//!
//! Not here: which set a poll gets ([`crate::Plan`]), sets for comparisons.

use crate::ring::Ring;
use std::sync::{Arc, OnceLock};

/// One of the ten parameter sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum SetId {
    /// One key, sums of up to 24 bits.
    S1 = 1,
    /// One key, sums of up to 32 bits.
    S2 = 2,
    /// One key, counters of up to some thousand respondents.
    S3 = 3,
    /// Public key, one decryptor.
    P1 = 4,
    /// Public key, wide sums.
    P2 = 5,
    /// Threshold, statistical distance 2^-40.
    T1 = 6,
    /// Threshold, statistical distance 2^-40, wide sums.
    T2 = 7,
    /// Threshold, statistical distance 2^-64.
    T3 = 8,
    /// Threshold, statistical distance 2^-64 even in the worst case of the noise.
    T4 = 9,
    /// One key, sums of more than 32 bits: the ring of P2.
    S4 = 10,
}

/// Where coefficients live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coefficients {
    /// Modulo a power of two; the prime carries products with a small factor exactly.
    Power {
        /// The exponent.
        bits: u32,
        /// A prime beyond twice the largest product.
        prime: u64,
    },
    /// Modulo a product of primes.
    Primes(&'static [u64]),
}

/// What a parameter set is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// Its name.
    pub id: SetId,
    /// Coefficients of a polynomial, hence slots of a ciphertext.
    pub slots: usize,
    /// log2 of the modulus, rounded.
    pub modulus_bits: u32,
    /// Estimated cost of the attacks usvp, bdd and dual hybrid, in tenths of a bit.
    pub estimate: [u16; 3],
    pub(crate) coefficients: Coefficients,
}

const ALL: [Parameters; 10] = [
    set(SetId::S1, 2048, 40, [1761, 1746, 1731], Coefficients::Power { bits: 40, prime: 0xffffffffff001 }),
    set(SetId::S2, 2048, 48, [1444, 1433, 1428], Coefficients::Power { bits: 48, prime: 0xfffffffffffc001 }),
    set(SetId::S3, 1024, 26, [1341, 1323, 1313], Coefficients::Primes(&[0x3fff001])),
    set(SetId::P1, 2048, 52, [1325, 1315, 1316], Coefficients::Primes(&[0xffffffffff001])),
    set(SetId::P2, 4096, 62, [2338, 2328, 2309], Coefficients::Primes(&[0x3fffffffffff0001])),
    set(SetId::T1, 4096, 104, [1322, 1316, 1320], Coefficients::Primes(&[0xffffffffca001, 0xffffffffc4001])),
    set(SetId::T2, 8192, 122, [2393, 2386, 2382], Coefficients::Primes(&[0x1ffffffffffa4001, 0x1ffffffffff74001])),
    set(
        SetId::T3,
        8192,
        150,
        [1894, 1889, 1890],
        Coefficients::Primes(&[0x3ffffffffc001, 0x3fffffffcc001, 0x3ffffffef4001]),
    ),
    set(
        SetId::T4,
        8192,
        183,
        [1521, 1516, 1523],
        Coefficients::Primes(&[0x1ffffffffffa4001, 0x1ffffffffff74001, 0x1ffffffffff0c001]),
    ),
    set(SetId::S4, 4096, 62, [2338, 2328, 2309], Coefficients::Primes(&[0x3fffffffffff0001])),
];

const fn set(id: SetId, slots: usize, modulus_bits: u32, estimate: [u16; 3], coefficients: Coefficients) -> Parameters {
    Parameters { id, slots, modulus_bits, estimate, coefficients }
}

impl SetId {
    /// Every set.
    pub const ALL: [Self; 10] =
        [Self::S1, Self::S2, Self::S3, Self::P1, Self::P2, Self::T1, Self::T2, Self::T3, Self::T4, Self::S4];

    /// The set with this number in a file.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|id| *id as u8 == number)
    }

    /// What it is.
    pub fn parameters(self) -> Parameters {
        ALL[self as usize - 1]
    }

    /// Whether ciphertexts are made with the secret key, so that a seed stands for their mask.
    pub const fn is_seeded(self) -> bool {
        matches!(self, Self::S1 | Self::S2 | Self::S3 | Self::S4)
    }

    /// Its ring, with tables made once in a process.
    pub(crate) fn ring(self) -> Arc<Ring> {
        static RINGS: [OnceLock<Arc<Ring>>; 10] = [const { OnceLock::new() }; 10];
        let cell = &RINGS[self as usize - 1];
        Arc::clone(cell.get_or_init(|| {
            let Parameters { slots, coefficients, .. } = self.parameters();
            Arc::new(Ring::new(slots, coefficients, self.is_seeded()))
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Miller-Rabin with bases that decide below 2^64.
    fn is_prime(p: u64) -> bool {
        let mul = |a: u64, b: u64| (u128::from(a) * u128::from(b) % u128::from(p)) as u64;
        let pow = |mut b: u64, mut e: u64| {
            let mut r = 1;
            while e > 0 {
                if e & 1 == 1 {
                    r = mul(r, b);
                }
                b = mul(b, b);
                e >>= 1;
            }
            r
        };
        let twos = (p - 1).trailing_zeros();
        [2u64, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37].iter().all(|&base| {
            let mut x = pow(base % p, (p - 1) >> twos);
            x == 1
                || (0..twos).any(|_| {
                    let hit = x == p - 1;
                    x = mul(x, x);
                    hit
                })
        })
    }

    #[test]
    fn every_set_is_prime_fits_its_ring_and_has_131_bits() {
        for id in SetId::ALL {
            let set = id.parameters();
            assert_eq!((set.id, SetId::from_number(id as u8)), (id, Some(id)));
            let primes: Vec<u64> = match set.coefficients {
                Coefficients::Power { bits, prime } => {
                    assert_eq!(bits, set.modulus_bits);
                    // Exact: a centred coefficient times a ternary polynomial stays below half the prime.
                    assert!((1u128 << (bits - 1)) * (set.slots as u128) < u128::from(prime) / 2 + 1);
                    vec![prime]
                }
                Coefficients::Primes(primes) => {
                    let bits: f64 = primes.iter().map(|p| (*p as f64).log2()).sum();
                    assert!((bits - f64::from(set.modulus_bits)).abs() < 0.01, "{id:?}: {bits}");
                    primes.to_vec()
                }
            };
            assert!(primes.iter().all(|p| is_prime(*p) && p % (2 * set.slots as u64) == 1 && *p < 1 << 62), "{id:?}");
            assert!(set.estimate.iter().all(|tenths| *tenths >= 1310), "{id:?} is below 131 bits");
        }
        assert_eq!(SetId::from_number(0), None);
        assert_eq!(SetId::from_number(11), None);
    }
}
