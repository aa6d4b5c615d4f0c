//! The three keys: to open, to encrypt, to evaluate.

use super::words::{self, PARAMETERS};
use super::{CompareError, guarded};
use tfhe::core_crypto::prelude::{GlweSecretKeyOwned, LweCompactPublicKeyOwned, LweSecretKeyOwned};
use tfhe::shortint::client_key::atomic_pattern::{AtomicPatternClientKey, StandardAtomicPatternClientKey};
use tfhe::shortint::parameters::CompactPublicKeyEncryptionParameters;
use tfhe::shortint::{CiphertextModulus, ClientKey, CompactPublicKey, CompressedServerKey, ServerKey};
use zeroize::{Zeroize, Zeroizing};

/// What an evaluation key may weigh: it is about 60 MB.
const LONGEST: usize = 96 << 20;

/// The key that opens results, and every figure: whoever holds it must not get at the members' ciphertexts.
///
/// # Security
/// No `Debug`, no `Clone`. The bytes are wiped by their holder; the library's own copy is not wiped on drop.
pub struct OpeningKey {
    pub(super) key: ClientKey,
}

impl OpeningKey {
    /// A new key from the operating system's randomness.
    ///
    /// # Errors
    /// The library stopped.
    pub fn generate() -> Result<Self, CompareError> {
        Ok(Self { key: guarded("a new key", || ClientKey::new(PARAMETERS))? })
    }

    /// The public key members encrypt under.
    ///
    /// # Errors
    /// The library stopped.
    pub fn encryption_key(&self) -> Result<EncryptionKey, CompareError> {
        Ok(EncryptionKey { key: guarded("the public key", || CompactPublicKey::new(&self.key))? })
    }

    /// The public key the evaluator computes with; some seconds.
    ///
    /// # Errors
    /// The library stopped.
    pub fn evaluation_key(&self) -> Result<EvaluationKey, CompareError> {
        let seeded = guarded("the evaluation key", || CompressedServerKey::new(&self.key))?;
        Ok(EvaluationKey { seeded })
    }

    /// Both secret keys, one bit a coefficient.
    ///
    /// # Errors
    /// The key is of another kind.
    pub fn expose_bytes(&self) -> Result<Zeroizing<Vec<u8>>, CompareError> {
        let AtomicPatternClientKey::Standard(key) = self.key.atomic_pattern.clone() else {
            return Err(CompareError::Mismatch("the opening key"));
        };
        let (large, small, _, _) = key.into_raw_parts();
        let (mut large, mut small) = (large.into_container(), small.into_container());
        let bytes = Zeroizing::new(large.chunks(8).chain(small.chunks(8)).map(packed).collect());
        large.zeroize();
        small.zeroize();
        Ok(bytes)
    }

    /// Reads [`expose_bytes`](Self::expose_bytes).
    ///
    /// # Errors
    /// Wrong length, or padding bits that are not zero.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CompareError> {
        let (large, small) = (words::dimension().0, PARAMETERS.lwe_dimension.0);
        let expected = large.div_ceil(8) + small.div_ceil(8);
        if bytes.len() != expected {
            return Err(CompareError::Length { what: "the opening key", found: bytes.len(), expected });
        }
        let (first, second) = bytes.split_at(large.div_ceil(8));
        let small = LweSecretKeyOwned::from_container(unpacked(second, small)?);
        let large = GlweSecretKeyOwned::from_container(unpacked(first, large)?, PARAMETERS.polynomial_size);
        let key = guarded("the opening key", || {
            let standard = StandardAtomicPatternClientKey::from_raw_parts(large, small, PARAMETERS.into(), None);
            ClientKey { atomic_pattern: AtomicPatternClientKey::Standard(standard) }
        })?;
        Ok(Self { key })
    }
}

fn packed(bits: &[u64]) -> u8 {
    bits.iter().enumerate().fold(0, |byte, (place, &bit)| byte | (u8::from(bit == 1) << place))
}

fn unpacked(bytes: &[u8], count: usize) -> Result<Vec<u64>, CompareError> {
    let mut bits: Vec<u64> =
        bytes.iter().flat_map(|byte| (0..8).map(move |place| u64::from(byte >> place & 1))).collect();
    if bits.split_off(count).contains(&1) {
        return Err(CompareError::Mismatch("the opening key"));
    }
    Ok(bits)
}

/// The public key members encrypt under.
pub struct EncryptionKey {
    pub(super) key: CompactPublicKey,
}

impl EncryptionKey {
    /// Its words.
    pub fn to_bytes(&self) -> Vec<u8> {
        let (key, _) = self.key.clone().into_raw_parts();
        words::write(&key.into_container())
    }

    /// Reads [`to_bytes`](Self::to_bytes): every word is valid.
    ///
    /// # Errors
    /// Wrong length.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CompareError> {
        let words = words::read("the public key", bytes, 2 * words::dimension().0)?;
        guarded("the public key", || {
            let key = LweCompactPublicKeyOwned::from_container(words, CiphertextModulus::new_native());
            let parameters = CompactPublicKeyEncryptionParameters::try_from(PARAMETERS).ok()?;
            Some(Self { key: CompactPublicKey::from_raw_parts(key, parameters) })
        })?
        .ok_or(CompareError::Library("the public key"))
    }
}

/// The public key the evaluator computes with, in its short form.
pub struct EvaluationKey {
    seeded: CompressedServerKey,
}

impl EvaluationKey {
    /// Serialised as the library does.
    ///
    /// # Errors
    /// The library stopped.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CompareError> {
        bincode::serialize(&self.seeded).map_err(|_| CompareError::Library("the evaluation key"))
    }

    /// Reads [`to_bytes`](Self::to_bytes).
    ///
    /// # Security
    /// The library's own decoder reads these bytes: authenticate them first.
    ///
    /// # Errors
    /// Too long, damaged, trailing bytes, or made for other parameters.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CompareError> {
        use bincode::Options;
        const WHAT: &str = "the evaluation key";
        if bytes.len() > LONGEST {
            return Err(CompareError::Length { what: WHAT, found: bytes.len(), expected: LONGEST });
        }
        let options = bincode::options().with_fixint_encoding().with_limit(LONGEST as u64).reject_trailing_bytes();
        let seeded: CompressedServerKey =
            guarded(WHAT, || options.deserialize(bytes))?.map_err(|_| CompareError::Library(WHAT))?;
        if guarded(WHAT, || fits(&seeded))? { Ok(Self { seeded }) } else { Err(CompareError::Mismatch(WHAT)) }
    }

    pub(super) fn expanded(&self) -> Result<ServerKey, CompareError> {
        guarded("the evaluation key", || self.seeded.decompress())
    }
}

/// Whether the key is one of our parameter set.
fn fits(key: &CompressedServerKey) -> bool {
    use tfhe::conformance::ParameterSetConformant;
    use tfhe::shortint::ciphertext::MaxDegree;
    let degree = MaxDegree::from_msg_carry_modulus(PARAMETERS.message_modulus, PARAMETERS.carry_modulus);
    key.is_conformant(&(PARAMETERS.into(), degree))
}
