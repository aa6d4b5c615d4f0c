//! Secrets: wiped on drop, never printed, cloned or serialised.

use prio::field::{Field128, FieldElement};
use std::hint::black_box;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// One replicated seed of a contribution: 32 bytes known to the trustees outside its subset.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Seed([u8; 32]);

impl Seed {
    /// Takes seed bytes, e.g. from an opened box; only a match with its commitment gives it a meaning.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes. Named so that every read can be found by searching for it.
    pub const fn expose_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Field elements that reveal figures: encoded inputs, shares, proofs before masking.
///
/// # Security
/// Overwritten on drop. The field type of `prio` offers no wiping, so the overwrite is made
/// observable to the optimiser through `black_box`; this is best effort, as any safe-code wipe is.
pub struct FieldSecret(Vec<Field128>);

impl FieldSecret {
    /// Takes ownership of secret elements.
    pub const fn new(elements: Vec<Field128>) -> Self {
        Self(elements)
    }

    /// A secret vector of zeros.
    pub fn zeros(len: usize) -> Self {
        Self(vec![Field128::zero(); len])
    }

    /// The elements. Named so that every read can be found by searching for it.
    pub fn expose_elements(&self) -> &[Field128] {
        &self.0
    }

    pub(crate) fn expose_mut(&mut self) -> &mut [Field128] {
        &mut self.0
    }

    /// Gives the elements up without wiping; the caller now owns the secret, as the circuits' `truncate` does.
    pub(crate) fn into_inner(mut self) -> Vec<Field128> {
        std::mem::take(&mut self.0)
    }
}

impl Drop for FieldSecret {
    fn drop(&mut self) {
        self.0.fill(Field128::zero());
        black_box(&self.0);
    }
}
