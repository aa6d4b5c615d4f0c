//! Ciphertexts as words of 64 bits: every length follows from the plan, every word is a valid one.

use super::{CompareError, Plan, Width};
use tfhe::core_crypto::prelude::{LweCiphertextOwned, LweDimension};
use tfhe::shortint::ciphertext::{Degree, NoiseLevel};
use tfhe::shortint::parameters::PARAM_MESSAGE_2_CARRY_2_KS_PBS_TUNIFORM_2M128;
use tfhe::shortint::parameters::{AtomicPatternKind, ClassicPBSParameters, PBSOrder};
use tfhe::shortint::{Ciphertext, CiphertextModulus};

/// The one parameter set: 4 bits and a padding bit, error probability below 2^-128 a bootstrap.
///
/// Lattice estimator: 134.9 bits for the small key (dimension 918), the weakest part.
pub(super) const PARAMETERS: ClassicPBSParameters = PARAM_MESSAGE_2_CARRY_2_KS_PBS_TUNIFORM_2M128;

/// Distance between two messages on the torus: 4 bits and the padding bit.
pub(super) const STEP: u32 = 59;

/// Masked numbers and the whole space are modulo 32.
pub(super) const SPACE: u64 = 32;

/// Words of a fresh pad: 4 bits, and the bit above.
pub(super) const PAD_PARTS: usize = 2;

/// Length of the mask of a ciphertext, in words.
pub(super) fn dimension() -> LweDimension {
    LweDimension(PARAMETERS.glwe_dimension.0 * PARAMETERS.polynomial_size.0)
}

/// Messages a member encrypts.
pub(super) fn messages(width: Width) -> usize {
    width.digits() + width.selectors() + 2 * PAD_PARTS
}

/// Ciphertexts of the results of a plan.
pub(super) fn results(plan: &Plan) -> usize {
    2 * plan.members() + plan.orders().len() * plan.width().selectors()
}

/// A ciphertext around its words.
pub(super) fn ciphertext(words: Vec<u64>) -> Ciphertext {
    Ciphertext::new(
        LweCiphertextOwned::from_container(words, CiphertextModulus::new_native()),
        Degree::new(15),
        NoiseLevel::NOMINAL,
        PARAMETERS.message_modulus,
        PARAMETERS.carry_modulus,
        AtomicPatternKind::Standard(PBSOrder::KeyswitchBootstrap),
    )
}

/// Words of 64 bits, little endian, of exactly this many.
pub(super) fn read(what: &'static str, bytes: &[u8], words: usize) -> Result<Vec<u64>, CompareError> {
    let (found, expected) = (bytes.len(), words * size_of::<u64>());
    if found != expected {
        return Err(CompareError::Length { what, found, expected });
    }
    Ok(bytes.as_chunks().0.iter().map(|word| u64::from_le_bytes(*word)).collect())
}

/// Words as bytes, little endian.
pub(super) fn write<'w>(words: impl IntoIterator<Item = &'w u64>) -> Vec<u8> {
    words.into_iter().flat_map(|word| word.to_le_bytes()).collect()
}
