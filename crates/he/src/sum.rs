//! Adding ciphertexts: wrapping or lazily reduced words, several rows at a time.
//!
//! An accumulator of N mask words and as many body words as slots are used, per prime. The sum is reduced only when the
//! words could overflow, and at the end. Memory does not grow with the number of ciphertexts.

use crate::HeError;
use crate::encrypt::{ciphertext_len, mask_len};
use crate::frame::{FileKind, malformed};
use crate::keys::unpack_poly;
use crate::pack::add_bytes;
use crate::poll::Plan;
use crate::random::{SEED, Stream};
use crate::ring::Ring;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// The sum of ciphertexts.
pub struct Sum {
    pub(crate) ring: Arc<Ring>,
    used: usize,
    pub(crate) mask: Vec<u64>,
    pub(crate) body: Vec<u64>,
    pending: u64,
    keystream: Vec<u8>,
}

impl Sum {
    /// Of nothing yet.
    pub fn new(plan: &Plan) -> Self {
        let (ring, used) = (plan.set.ring(), plan.used_slots());
        let (mask, body) = (vec![0; ring.words()], vec![0; used * ring.limbs()]);
        let keystream = ring.power().map_or_else(Vec::new, |bits| vec![0; ring.n() * bits as usize / 8]);
        Self { ring, used, mask, body, pending: 0, keystream }
    }

    /// Bytes of one ciphertext.
    pub fn ciphertext_len(&self) -> usize {
        ciphertext_len(&self.ring, self.used)
    }

    /// Adds a ciphertext as it was sent; returns what names its mask: the seed, or else the front of its SHA-256.
    ///
    /// # Errors
    /// [`HeError::Malformed`] if its length, its padding or a coefficient is out of range; the sum is then unchanged.
    pub fn add_packed(&mut self, bytes: &[u8]) -> Result<[u8; SEED], HeError> {
        let wrong = || malformed(FileKind::Upload, "a ciphertext is out of range");
        if bytes.len() != self.ciphertext_len() {
            return Err(malformed(FileKind::Upload, "a ciphertext has the wrong length"));
        }
        let (mask, body) = bytes.split_at_checked(mask_len(&self.ring)).ok_or_else(wrong)?;
        let seed: Option<[u8; SEED]> = if self.ring.seeded() { mask.try_into().ok() } else { None };
        let name = seed.unwrap_or_else(|| *Sha256::digest(mask).first_chunk().unwrap_or(&[0; SEED]));
        match (self.ring.power(), seed) {
            (Some(bits), Some(seed)) => {
                let width = bits as usize / 8;
                Stream::new(&seed).fill(&mut self.keystream);
                add_bytes(width, &self.keystream, &mut self.mask);
                add_bytes(width, body, &mut self.body);
            }
            _ => {
                let body = unpack_poly(&self.ring, self.used, body).ok_or_else(wrong)?;
                let mask = match seed {
                    Some(seed) => crate::keys::expand(&self.ring, &seed),
                    None => unpack_poly(&self.ring, self.ring.n(), mask).ok_or_else(wrong)?,
                };
                self.add_expanded(&mask, &body);
            }
        }
        Ok(name)
    }

    /// Adds a ciphertext whose mask and used body stand in memory as reduced words.
    pub fn add_expanded(&mut self, mask: &[u64], body: &[u64]) {
        self.make_room(1);
        add_rows(&mut self.mask, &[mask]);
        add_rows(&mut self.body, &[body]);
    }

    /// Adds expanded ciphertexts, each a mask followed by its used body, four at a time.
    pub fn add_all_expanded(&mut self, rows: &[&[u64]]) {
        let words = self.mask.len();
        for rows in rows.chunks(4) {
            self.make_room(rows.len() as u64);
            let split: Vec<(&[u64], &[u64])> = rows.iter().filter_map(|row| row.split_at_checked(words)).collect();
            add_rows(&mut self.mask, &split.iter().map(|(mask, _)| *mask).collect::<Vec<_>>());
            add_rows(&mut self.body, &split.iter().map(|(_, body)| *body).collect::<Vec<_>>());
        }
    }

    /// Adds another sum.
    pub fn merge(&mut self, other: &mut Self) {
        other.reduce();
        self.make_room(1);
        add_rows(&mut self.mask, &[&other.mask]);
        add_rows(&mut self.body, &[&other.body]);
    }

    /// Words of an expanded ciphertext.
    pub fn expanded_words(&self) -> usize {
        self.mask.len() + self.body.len()
    }

    /// Cuts the words to reduced ones.
    pub(crate) fn reduce(&mut self) {
        self.ring.reduce(&mut self.mask);
        self.ring.reduce(&mut self.body);
        self.pending = 1;
    }

    fn make_room(&mut self, rows: u64) {
        if self.pending + rows > self.ring.capacity() {
            self.reduce();
        }
        self.pending += rows;
    }
}

/// Adds up to four rows to the sums in one pass, so that the sums are read and written once.
fn add_rows(sums: &mut [u64], rows: &[&[u64]]) {
    match rows {
        [a, b, c, d] => {
            let rows = a.iter().zip(*b).zip(c.iter().zip(*d));
            for (sum, ((a, b), (c, d))) in sums.iter_mut().zip(rows) {
                *sum = sum.wrapping_add(a.wrapping_add(*b)).wrapping_add(c.wrapping_add(*d));
            }
        }
        rows => {
            for row in rows {
                sums.iter_mut().zip(*row).for_each(|(sum, x)| *sum = sum.wrapping_add(*x));
            }
        }
    }
}
