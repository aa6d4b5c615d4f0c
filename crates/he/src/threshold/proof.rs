//! Proof that a party knows short secrets behind its part `b = a s + e` of the joint key.
//!
//! Source: Lyubashevsky, "Lattice signatures without trapdoors" (2012): Fiat-Shamir with aborts, here with masks uniform in
//! a range, so that an accepted answer is independent of the secrets. What it proves is relaxed: short `s`, `e` and a sparse
//! `c` with `c b = a s + e`, each up to the bounds below; not that `s` is ternary. Bound to the roster and the party, it
//! stops a party from answering the others' parts with one it has no secret for. Soundness error 2^-128 per try.

use crate::HeError;
use crate::keys::pack_poly;
use crate::random::{SEED, Stream};
use crate::ring::{Prepared, Ring};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// Coefficients of a challenge that are not zero.
const WEIGHT: usize = 32;
/// Answers for the secret lie below the first bound, for the noise below the second.
const BOUNDS: [u32; 2] = [1 << 19, 1 << 23];
/// How much of each bound the secret part of an answer may use up: challenge weight times largest coefficient.
const MARGINS: [u32; 2] = [32, 32 * 21];

/// What is proved, and in which context.
pub(super) struct Statement<'s> {
    pub(super) ring: &'s Ring,
    pub(super) a: &'s Prepared,
    pub(super) b: &'s [u64],
    pub(super) context: &'s [u8],
}

/// Bytes of a proof.
pub(super) const fn proof_len(ring: &Ring) -> usize {
    32 + 8 * ring.n()
}

impl Statement<'_> {
    /// Proves it.
    ///
    /// # Errors
    /// [`HeError::NoRandomness`].
    pub(super) fn prove(&self, secret: &[i8], noise: &[i8]) -> Result<Vec<u8>, HeError> {
        let n = self.ring.n();
        let mut stream = Stream::fresh()?;
        loop {
            let masks = BOUNDS.map(|bound| Zeroizing::new((0..n).map(|_| stream.between(bound)).collect::<Vec<_>>()));
            let [for_secret, for_noise] = &masks;
            let hash = self.hash(&self.image(for_secret, for_noise));
            let challenge = challenge(n, &hash);
            let answers = [answer(for_secret, &challenge, secret), answer(for_noise, &challenge, noise)];
            let short = answers.iter().zip(BOUNDS).zip(MARGINS).all(|((z, bound), margin)| within(z, bound - margin));
            if short {
                let numbers = answers.iter().flat_map(|z| z.iter().flat_map(|x| (*x as i32).to_le_bytes()));
                return Ok(hash.into_iter().chain(numbers).collect());
            }
        }
    }

    /// Whether a proof holds.
    pub(super) fn holds(&self, proof: &[u8]) -> bool {
        let n = self.ring.n();
        let Some((hash, numbers)) = proof.split_at_checked(32).filter(|_| proof.len() == proof_len(self.ring)) else {
            return false;
        };
        let (numbers, _) = numbers.as_chunks::<4>();
        let numbers: Vec<i64> = numbers.iter().map(|x| i64::from(i32::from_le_bytes(*x))).collect();
        let (z_secret, z_noise) = numbers.split_at(n);
        let [secret, noise] = [0, 1].map(|i| BOUNDS[i] - MARGINS[i]);
        if !within(z_secret, secret) || !within(z_noise, noise) {
            return false;
        }
        let Ok(hash) = <[u8; 32]>::try_from(hash) else { return false };
        let mut image = self.image(z_secret, z_noise);
        let mut part = self.b.to_vec();
        self.ring.multiply(&mut part, &self.ring.prepare_small(&challenge(n, &hash)));
        self.ring.subtract(&mut image, &part);
        self.hash(&image) == hash
    }

    /// `a x + y`.
    fn image(&self, x: &[i64], y: &[i64]) -> Vec<u64> {
        let mut image = self.ring.lift_wide(x);
        self.ring.multiply(&mut image, self.a);
        self.ring.add(&mut image, &Zeroizing::new(self.ring.lift_wide(y)));
        image
    }

    fn hash(&self, image: &[u64]) -> [u8; 32] {
        let mut bytes = Vec::new();
        pack_poly(self.ring, self.ring.n(), self.b, &mut bytes);
        pack_poly(self.ring, self.ring.n(), image, &mut bytes);
        let hash = Sha256::new_with_prefix(b"guildhall-he/v1/possession\0");
        hash.chain_update((self.context.len() as u64).to_le_bytes())
            .chain_update(self.context)
            .chain_update(bytes)
            .finalize()
            .into()
    }
}

fn within(z: &[i64], bound: u32) -> bool {
    z.iter().all(|x| x.unsigned_abs() <= u64::from(bound))
}

/// A sparse polynomial of signs, from a hash.
fn challenge(n: usize, hash: &[u8; 32]) -> Vec<i8> {
    let mut seed = [0; SEED];
    seed.iter_mut().zip(hash).for_each(|(to, from)| *to = *from);
    let mut stream = Stream::new(&seed);
    let mut out = vec![0i8; n];
    let mut placed = 0;
    while placed < WEIGHT {
        let word = stream.between(1 << 20) + (1 << 20);
        let (at, sign) = (word as usize / 2 % n, if word % 2 == 0 { 1 } else { -1 });
        if let Some(slot) = out.get_mut(at).filter(|slot| **slot == 0) {
            *slot = sign;
            placed += 1;
        }
    }
    out
}

/// Mask plus challenge times secret, modulo X^N + 1.
fn answer(mask: &[i64], challenge: &[i8], secret: &[i8]) -> Zeroizing<Vec<i64>> {
    let n = secret.len();
    let mut out = Zeroizing::new(mask.to_vec());
    for (shift, sign) in challenge.iter().enumerate().filter(|(_, sign)| **sign != 0) {
        for (i, x) in secret.iter().enumerate() {
            let (at, wrapped) = if i + shift < n { (i + shift, 1) } else { (i + shift - n, -1) };
            if let Some(slot) = out.get_mut(at) {
                *slot += i64::from(*sign) * wrapped * i64::from(*x);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SetId;
    use crate::keys::expand;

    #[test]
    fn proofs_hold_for_their_statement_only() {
        let ring = SetId::T1.ring();
        let mut stream = Stream::new(&[3; SEED]);
        let (secret, noise) = (stream.ternary(ring.n()), stream.noises(ring.n()));
        let a = ring.prepare(&expand(&ring, &[9; SEED]));
        let mut b = ring.lift(&secret);
        ring.multiply(&mut b, &a);
        ring.add(&mut b, &ring.lift(&noise));
        let statement = Statement { ring: &ring, a: &a, b: &b, context: b"party 1" };
        let proof = statement.prove(&secret, &noise).expect("randomness");
        assert!(statement.holds(&proof));
        assert!(!Statement { context: b"party 2", ..statement }.holds(&proof), "another party");
        let mut other = b.clone();
        other[5] ^= 1;
        assert!(!Statement { ring: &ring, a: &a, b: &other, context: b"party 1" }.holds(&proof), "another part");
        for at in [0, 31, 32, 40, proof.len() / 2, proof.len() - 1] {
            let mut damaged = proof.clone();
            damaged[at] ^= 1;
            assert!(!statement.holds(&damaged), "byte {at}");
        }
        assert!(!statement.holds(&proof[..proof.len() - 1]));
        // Long answers would prove anything: solve for the noise part without knowing a secret.
        let wrong = statement.prove(&vec![0; ring.n()], &vec![0; ring.n()]).expect("randomness");
        assert!(!statement.holds(&wrong), "without the secrets");
    }

    #[test]
    fn an_answer_beyond_the_bound_is_refused_although_the_equation_holds() {
        let ring = SetId::T1.ring();
        let n = ring.n();
        let a = ring.prepare(&expand(&ring, &[9; SEED]));
        // A part with secrets a thousand times too long, answered honestly.
        let (long, noise) = (vec![100i8; n], vec![100i8; n]);
        let mut b = ring.lift(&long);
        ring.multiply(&mut b, &a);
        ring.add(&mut b, &ring.lift(&noise));
        let statement = Statement { ring: &ring, a: &a, b: &b, context: b"x" };
        let mask = [vec![i64::from(BOUNDS[0]); n], vec![i64::from(BOUNDS[1]); n]];
        let hash = statement.hash(&statement.image(&mask[0], &mask[1]));
        let c = challenge(n, &hash);
        let z = [answer(&mask[0], &c, &long), answer(&mask[1], &c, &noise)];
        let numbers = z.iter().flat_map(|z| z.iter().flat_map(|x| (*x as i32).to_le_bytes()));
        let proof: Vec<u8> = hash.into_iter().chain(numbers).collect();
        assert!(!statement.holds(&proof));
    }
}
