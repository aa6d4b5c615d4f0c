//! What a member sends.

use super::outcome::Pads;
use super::words::{self, PARAMETERS};
use super::{CompareError, EncryptionKey, Figure, Width, guarded};
use tfhe::core_crypto::prelude::{LweCiphertextCount, LweCompactCiphertextListOwned};
use tfhe::shortint::{Ciphertext, CiphertextModulus};

/// One member's figure and pads, encrypted.
///
/// # Security
/// Neither signed nor proved to be well formed: sign it before it leaves.
pub struct Upload {
    words: Vec<u64>,
    width: Width,
}

impl Upload {
    /// Encrypts a figure and draws its pads.
    ///
    /// # Errors
    /// The library or the operating system's randomness stopped.
    pub fn encrypt(key: &EncryptionKey, figure: &Figure) -> Result<(Self, Pads), CompareError> {
        let pads = Pads::draw()?;
        let messages = figure.messages().chain(pads.messages());
        let modulus = PARAMETERS.message_modulus.0 * PARAMETERS.carry_modulus.0;
        let list = guarded("a figure", || key.key.encrypt_iter_with_modulus(messages, modulus))?;
        Ok((Self { words: list.ct_list.into_container(), width: figure.width() }, pads))
    }

    /// Its words.
    pub fn to_bytes(&self) -> Vec<u8> {
        words::write(&self.words)
    }

    /// Reads [`to_bytes`](Self::to_bytes): every word is valid.
    ///
    /// # Errors
    /// Wrong length.
    pub fn from_bytes(bytes: &[u8], width: Width) -> Result<Self, CompareError> {
        let words = words::read("an upload", bytes, words::dimension().0 + words::messages(width))?;
        Ok(Self { words, width })
    }

    /// Its width.
    pub const fn width(&self) -> Width {
        self.width
    }

    pub(super) fn expand(&self) -> Result<Expanded, CompareError> {
        let count = LweCiphertextCount(words::messages(self.width));
        let size = words::dimension().to_lwe_size();
        let native = CiphertextModulus::new_native();
        let mut all = guarded("an upload", || {
            let list = LweCompactCiphertextListOwned::from_container(self.words.clone(), size, count, native);
            let expanded = list.expand_into_lwe_ciphertext_list().into_container();
            expanded.chunks(size.0).map(|words| words::ciphertext(words.to_vec())).collect::<Vec<_>>()
        })?;
        let mut pads = all.split_off(self.width.digits() + self.width.selectors());
        let select = all.split_off(self.width.digits());
        let above = pads.split_off(words::PAD_PARTS);
        Ok(Expanded { compare: all, select, below: pads, above })
    }
}

/// An upload as single ciphertexts.
pub(super) struct Expanded {
    /// Digits of 4 bits, most significant first.
    pub(super) compare: Vec<Ciphertext>,
    /// Digits of 3 bits, least significant first.
    pub(super) select: Vec<Ciphertext>,
    /// Pad on the number below: 4 bits, and the bit above.
    pub(super) below: Vec<Ciphertext>,
    /// Pad on the number above, likewise.
    pub(super) above: Vec<Ciphertext>,
}
