//! Randomness: fresh seeds from the operating system, expanded with AES-128 in counter mode.
//!
//! Source: FIPS 197, SP 800-38A; centred binomial noise as in FIPS 203. Assumption: AES-128 is a pseudorandom
//! permutation. Sampling takes the same time whatever is drawn; ternary and uniform sampling reject, and the number of
//! rejections says nothing about what is kept. Key schedules are wiped by the cipher on drop.

use crate::HeError;
use crate::modulus::Modulus;
use ctr::cipher::{KeyIvInit, StreamCipher};
use rand::TryRng;
use rand::rngs::SysRng;
use zeroize::{Zeroize, Zeroizing};

/// Bytes of a seed.
pub(crate) const SEED: usize = 16;
/// Half the width of the noise: values from -21 to 21, variance 10.5.
pub(crate) const NOISE: u32 = 21;
/// Widest flood that is drawn, in bits: it and the bit that is drawn to be rejected fit 128 bits.
pub(crate) const FLOOD_BITS: u32 = 125;
/// Bytes drawn at a time.
const CHUNK: usize = 4096;

/// Fresh bytes from the operating system.
///
/// # Errors
/// [`HeError::NoRandomness`].
pub(crate) fn fresh<const LENGTH: usize>() -> Result<Zeroizing<[u8; LENGTH]>, HeError> {
    let mut bytes = Zeroizing::new([0; LENGTH]);
    SysRng.try_fill_bytes(bytes.as_mut_slice()).map_err(|_| HeError::NoRandomness)?;
    Ok(bytes)
}

/// The pseudorandom bytes of one seed.
pub(crate) struct Stream {
    cipher: ctr::Ctr64LE<aes::Aes128>,
    buffer: Zeroizing<Vec<u8>>,
    used: usize,
}

impl Stream {
    /// The stream of a seed.
    pub(crate) fn new(seed: &[u8; SEED]) -> Self {
        let cipher = ctr::Ctr64LE::<aes::Aes128>::new(seed.into(), &[0; 16].into());
        Self { cipher, buffer: Zeroizing::new(vec![0; CHUNK]), used: CHUNK }
    }

    /// A stream nobody else has.
    ///
    /// # Errors
    /// [`HeError::NoRandomness`].
    pub(crate) fn fresh() -> Result<Self, HeError> {
        Ok(Self::new(&*fresh()?))
    }

    /// Overwrites all of `out` with the next bytes. Not to be mixed with the other methods on one stream.
    pub(crate) fn fill(&mut self, out: &mut [u8]) {
        out.fill(0);
        self.cipher.apply_keystream(out);
    }

    fn word(&mut self) -> u64 {
        if self.used == CHUNK {
            self.buffer.zeroize();
            self.buffer.resize(CHUNK, 0);
            self.cipher.apply_keystream(&mut self.buffer);
            self.used = 0;
        }
        let word = self.buffer.get(self.used..self.used + 8).and_then(|b| b.try_into().ok()).map(u64::from_le_bytes);
        self.used += 8;
        word.unwrap_or_default()
    }

    /// Centred binomial noise.
    pub(crate) fn noise(&mut self) -> i8 {
        const MASK: u64 = (1 << NOISE) - 1;
        let word = self.word();
        ((word & MASK).count_ones() as i8) - (((word >> NOISE) & MASK).count_ones() as i8)
    }

    /// Noise in every coefficient.
    pub(crate) fn noises(&mut self, n: usize) -> Zeroizing<Vec<i8>> {
        Zeroizing::new((0..n).map(|_| self.noise()).collect())
    }

    /// Uniform in -1, 0, 1 in every coefficient: bytes below 3^5 give five each.
    pub(crate) fn ternary(&mut self, n: usize) -> Zeroizing<Vec<i8>> {
        let mut out = Zeroizing::new(Vec::with_capacity(n + 8));
        while out.len() < n {
            for byte in self.word().to_le_bytes().into_iter().filter(|byte| *byte < 243) {
                let mut rest = byte;
                for _ in 0..5 {
                    out.push((rest % 3) as i8 - 1);
                    rest /= 3;
                }
            }
        }
        out.truncate(n);
        out
    }

    /// Uniform below the modulus in every coefficient.
    pub(crate) fn uniform(&mut self, modulus: Modulus, out: &mut [u64]) {
        let mask = u64::MAX >> (64 - modulus.bits());
        for x in out {
            *x = loop {
                let word = self.word() & mask;
                if word < modulus.value() {
                    break word;
                }
            };
        }
    }

    /// Uniform from `-2^bits` to `2^bits`; a plan asks for at most [`FLOOD_BITS`].
    pub(crate) fn flood(&mut self, bits: u32) -> i128 {
        debug_assert!(bits <= FLOOD_BITS, "a plan refuses more");
        let mask = u128::MAX >> (127 - bits.min(FLOOD_BITS));
        let most = 2u128 << bits.min(FLOOD_BITS);
        loop {
            // One value more than a power of two: a further bit is drawn and rejected half of the time.
            let wide = (u128::from(self.word()) | (u128::from(self.word()) << 64)) & (mask << 1 | 1);
            if wide <= most {
                return wide as i128 - (most / 2) as i128;
            }
        }
    }

    /// Uniform from `-bound` to `bound`.
    pub(crate) fn between(&mut self, bound: u32) -> i64 {
        let values = 2 * u64::from(bound) + 1;
        let mask = values.next_power_of_two() - 1;
        loop {
            let word = self.word() & mask;
            if word < values {
                return word as i64 - i64::from(bound);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 200,000 draws from a fixed seed; a bound of five standard errors is missed by chance once in 1.7 million.
    #[test]
    fn noise_and_secrets_have_the_stated_moments() {
        let mut stream = Stream::new(&[7; SEED]);
        let n = 200_000;
        let noise = stream.noises(n);
        let mean = noise.iter().map(|e| f64::from(*e)).sum::<f64>() / n as f64;
        let square = noise.iter().map(|e| f64::from(*e).powi(2)).sum::<f64>() / n as f64;
        assert!(mean.abs() < 5.0 * (10.5f64 / n as f64).sqrt(), "mean {mean}");
        // Fourth moment of a centred binomial: 3 v^2 - v / 2 with v = 10.5, so the variance of the square is 215.25.
        assert!((square - 10.5).abs() < 5.0 * (215.25f64 / n as f64).sqrt(), "variance {square}");
        assert!(noise.iter().all(|e| e.unsigned_abs() <= NOISE as u8));
        let secret = stream.ternary(n);
        for value in [-1, 0, 1] {
            let count = secret.iter().filter(|s| **s == value).count() as f64;
            assert!((count - n as f64 / 3.0).abs() < 5.0 * (n as f64 * 2.0 / 9.0).sqrt(), "{value}: {count}");
        }
    }

    #[test]
    fn floods_stay_inside_and_reach_both_halves() {
        let mut stream = Stream::new(&[8; SEED]);
        for bits in [1, 5, 64, 100] {
            let draws: Vec<i128> = (0..2000).map(|_| stream.flood(bits)).collect();
            assert!(draws.iter().all(|x| x.unsigned_abs() <= 1 << bits), "{bits} bits");
            let upper = draws.iter().filter(|x| x.unsigned_abs() > 1 << (bits - 1)).count();
            assert!(upper > 300 && draws.iter().any(|x| *x < 0) && draws.iter().any(|x| *x > 0), "{bits} bits");
        }
    }

    /// SP 800-38A counts in big endian; with a zero nonce the first block is AES of zero, FIPS 197's known answer.
    #[test]
    fn the_first_block_is_aes_of_zero() {
        let mut out = [0; 16];
        Stream::new(&[0; SEED]).fill(&mut out);
        assert_eq!(hex::encode(out), "66e94bd4ef8a2c3b884cfa59ca342b2e");
    }
}
