//! Encryption of slots, and the bytes of a ciphertext.
//!
//! With the secret key: a fresh 16-byte seed stands for the mask `a`, the body is `a s + e + step m`. With a public key:
//! mask `a u + e1`, body `b u + e2 + step m`. Either way body less mask times secret is the noise plus `step m`. Only used
//! slots of the body are sent. Assumption: ring-LWE. Source: Lyubashevsky, Peikert, Regev 2010; `docs/he.md`.

use crate::HeError;
use crate::keys::{Pair, PublicKey, SecretKey, expand, pack_poly, poly_len};
use crate::poll::Plan;
use crate::random::{SEED, Stream, fresh};
use crate::ring::{Prepared, Ring};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Encrypts slots for one poll.
pub struct Encryptor<'k> {
    ring: Arc<Ring>,
    used: usize,
    /// The step's residues times each limb's slot value need only a multiplication of small numbers.
    step: Vec<u64>,
    key: Key<'k>,
}

enum Key<'k> {
    Secret(Prepared),
    Public(&'k Pair),
}

impl<'k> Encryptor<'k> {
    /// Under the public key of respondents or of a quorum.
    ///
    /// # Errors
    /// [`HeError::Mismatch`] if the poll's answers are encrypted with a secret key.
    pub fn public(plan: &Plan, key: &'k PublicKey) -> Result<Self, HeError> {
        let pair = key.pair.as_ref().ok_or(HeError::Mismatch { what: "the public key", other: "kind of poll" })?;
        Ok(Self::new(plan, Key::Public(pair)))
    }

    /// With the owner's secret key.
    ///
    /// # Errors
    /// [`HeError::Mismatch`] if the poll's answers are encrypted under a public key.
    pub fn secret(plan: &Plan, key: &SecretKey) -> Result<Self, HeError> {
        if !plan.set.is_seeded() || key.binding().set != plan.set {
            return Err(HeError::Mismatch { what: "the secret key", other: "kind of poll" });
        }
        Ok(Self::new(plan, Key::Secret(plan.set.ring().prepare_small(key.expose_secret()))))
    }

    fn new(plan: &Plan, key: Key<'k>) -> Self {
        let ring = plan.set.ring();
        let step = ring.scaled(&ring.step(plan.bits), 1);
        Self { used: plan.used_slots(), step, key, ring }
    }

    /// Bytes of one ciphertext.
    pub fn ciphertext_len(&self) -> usize {
        ciphertext_len(&self.ring, self.used)
    }

    /// Encrypts the used slots and appends the ciphertext. Missing slots are zero.
    ///
    /// # Errors
    /// [`HeError::NoRandomness`].
    pub fn encrypt(&self, slots: &[i64], out: &mut Vec<u8>) -> Result<(), HeError> {
        let mut stream = Stream::fresh()?;
        let (ring, n) = (&*self.ring, self.ring.n());
        let mut body = match &self.key {
            Key::Secret(secret) => {
                let seed = *fresh::<SEED>()?;
                out.extend_from_slice(&seed);
                let mut a = expand_mask(ring, &seed);
                ring.multiply(&mut a, secret);
                a
            }
            Key::Public(pair) => {
                let u = ring.transform_small(&stream.ternary(n));
                let mut mask = ring.product(&u, &pair.a);
                ring.add(&mut mask, &Zeroizing::new(ring.lift(&stream.noises(n))));
                pack_poly(ring, n, &mask, out);
                ring.product(&u, &pair.b)
            }
        };
        self.finish(&mut body, slots, &mut stream);
        let used: Vec<u64> = body.chunks_exact(n).flat_map(|limb| limb.iter().take(self.used).copied()).collect();
        pack_poly(ring, self.used, &used, out);
        Ok(())
    }

    /// Adds noise and message to the used slots and cuts the words.
    fn finish(&self, body: &mut [u64], slots: &[i64], stream: &mut Stream) {
        let (ring, n) = (&*self.ring, self.ring.n());
        let noise = stream.noises(self.used);
        ring.add_scaled(body, slots.iter().take(self.used), &self.step);
        ring.add(body, &Zeroizing::new(ring.lift_to(n, &noise)));
        ring.reduce(body);
    }
}

/// Bytes of one ciphertext.
pub(crate) fn ciphertext_len(ring: &Ring, used: usize) -> usize {
    mask_len(ring) + poly_len(ring, used)
}

/// Bytes of its mask: a seed for sets with a secret key, else a polynomial.
pub(crate) fn mask_len(ring: &Ring) -> usize {
    if ring.seeded() { SEED } else { poly_len(ring, ring.n()) }
}

/// The mask of a seed, words below the modulus or to be cut later.
pub(crate) fn expand_mask(ring: &Ring, seed: &[u8; SEED]) -> Vec<u64> {
    match ring.power() {
        None => expand(ring, seed),
        Some(bits) => {
            let width = bits as usize / 8;
            let mut bytes = vec![0; width * ring.n()];
            Stream::new(seed).fill(&mut bytes);
            let mut a = vec![0; ring.n()];
            crate::pack::add_bytes(width, &bytes, &mut a);
            a
        }
    }
}
