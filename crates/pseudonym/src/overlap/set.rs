//! A member's customers, and the commitment to them.

use super::{LEAST_SET, MAX_SET, OverlapError, terms::checked_purpose};
use crate::{Identifier, random};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// The domain in every frame: points of a run are not those of any pseudonym.
const DOMAIN: &str = "guildhall-overlap";
const COMMITMENT_TAG: &[u8] = b"guildhall/overlap-set/v1";

/// A member's customers, each once.
///
/// # Privacy
/// Personal data in the clear: wiped on drop, no `Debug`, no `Clone`.
pub struct CustomerSet {
    frames: Vec<Zeroizing<Vec<u8>>>,
    repeated: u64,
}

impl CustomerSet {
    /// Takes identifiers; those that are there more than once count once.
    pub fn new(identifiers: impl IntoIterator<Item = Identifier>) -> Self {
        let mut frames: Vec<_> = identifiers.into_iter().map(|identifier| identifier.frame(DOMAIN)).collect();
        let all = frames.len();
        frames.sort_unstable_by(|a, b| a.as_slice().cmp(b.as_slice()));
        frames.dedup_by(|a, b| a.as_slice() == b.as_slice());
        let repeated = (all - frames.len()) as u64;
        Self { frames, repeated }
    }

    /// How many customers there are.
    pub fn size(&self) -> usize {
        self.frames.len()
    }

    /// How many identifiers were there before already.
    pub const fn repeated(&self) -> u64 {
        self.repeated
    }

    /// The size, if it is one a run allows at all.
    pub(super) fn checked_size(&self, name: &str) -> Result<u32, OverlapError> {
        let too_many = || OverlapError::TooMany { name: name.to_owned() };
        let size = u32::try_from(self.size()).ok().filter(|size| *size <= MAX_SET).ok_or_else(too_many)?;
        if size < LEAST_SET {
            return Err(OverlapError::TooFew { name: name.to_owned(), least: LEAST_SET });
        }
        Ok(size)
    }

    pub(super) fn frames(&self) -> &[Zeroizing<Vec<u8>>] {
        &self.frames
    }

    #[cfg(test)]
    pub(super) fn with_repeats(mut self, repeats: usize) -> Self {
        let first = self.frames.first().cloned().unwrap_or_default();
        self.frames.splice(..=repeats, std::iter::repeat_n(first, repeats + 1));
        self
    }
}

/// What keeps a commitment from being tried out; a member's secret, the same for all its runs.
///
/// # Security
/// With it, and with all customers of a set but one, the last one can be found by trying.
pub struct SetSalt(Zeroizing<[u8; 32]>);

impl SetSalt {
    /// Draws a new one.
    ///
    /// # Errors
    /// If the operating system gives no randomness.
    pub fn draw() -> Result<Self, OverlapError> {
        let mut bytes = Zeroizing::new([0; 32]);
        random::fill(bytes.as_mut_slice())?;
        Ok(Self(bytes))
    }

    /// One that was drawn before and kept.
    pub fn kept(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The secret bytes, to be kept.
    pub fn expose_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The commitment to a set for a purpose: HMAC-SHA-256 under the salt of both.
    ///
    /// The same set, salt and purpose give the same commitment, so that a second run is seen; another purpose gives one
    /// that cannot be linked with it.
    ///
    /// # Errors
    /// If the purpose cannot be used.
    pub fn commit(&self, set: &CustomerSet, purpose: &str) -> Result<SetCommitment, OverlapError> {
        checked_purpose(purpose)?;
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.as_slice()).expect("HMAC takes keys of any length");
        mac.update(COMMITMENT_TAG);
        mac.update(&(purpose.len() as u64).to_be_bytes());
        mac.update(purpose.as_bytes());
        mac.update(&(set.size() as u64).to_be_bytes());
        // Frames begin with their length.
        set.frames.iter().for_each(|frame| mac.update(frame));
        Ok(SetCommitment(mac.finalize().into_bytes().into()))
    }
}

/// A commitment to a set for a purpose, which is logged before the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SetCommitment([u8; 32]);

impl SetCommitment {
    /// One that was sent.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}
