//! Sealing seeds to trustees: HPKE base mode (RFC 9180), X25519, HKDF-SHA256, ChaCha20-Poly1305.
//!
//! Base mode plus the member's signature over the contribution's id; the authenticated mode would
//! add key-compromise impersonation and has no hybrid variant (`docs/protocol.md`, "Sealing").

use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256 as KemSuite;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use rand::rngs::SysRng;
use rand::{CryptoRng, TryRng};

/// Bytes that sealing adds: the encapsulated key and the authentication tag.
pub(crate) const OVERHEAD: usize = 32 + 16;

/// A trustee's public key for one round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealPublicKey([u8; 32]);

/// A trustee's key pair for one round; destroyed when the round closes.
///
/// # Security
/// No `Clone`, no `Debug`, no serialiser except [`SealKeyPair::expose_seed`] for the trustee's own store.
pub struct SealKeyPair {
    private: <KemSuite as Kem>::PrivateKey,
    public: SealPublicKey,
    seed: crate::Seed,
}

/// Why sealing or opening failed. Deliberately without detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The public key is not a usable X25519 key.
    #[error("the key is not a valid X25519 public key")]
    BadKey,
    /// The box does not open: wrong key, wrong context or altered bytes.
    #[error("the sealed box does not open with this key in this context")]
    DoesNotOpen,
    /// The operating system gave no randomness.
    #[error("the operating system gave no randomness")]
    NoRandomness,
}

impl SealPublicKey {
    /// From 32 bytes that decode to a valid key.
    ///
    /// # Errors
    /// If the bytes are not a valid X25519 public key for this KEM.
    pub fn from_bytes(bytes: [u8; 32]) -> Result<Self, SealError> {
        <KemSuite as Kem>::PublicKey::from_bytes(&bytes).map_err(|_| SealError::BadKey)?;
        Ok(Self(bytes))
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl SealKeyPair {
    /// A fresh pair from operating-system randomness.
    ///
    /// # Errors
    /// If the operating system gives no randomness.
    pub fn generate() -> Result<Self, SealError> {
        let mut seed = [0u8; 32];
        SysRng.try_fill_bytes(&mut seed).map_err(|_| SealError::NoRandomness)?;
        Ok(Self::from_seed(crate::Seed::new(seed)))
    }

    /// The pair derived from a stored seed (RFC 9180, DeriveKeyPair).
    pub fn from_seed(seed: crate::Seed) -> Self {
        let (private, public) = KemSuite::derive_keypair(seed.expose_bytes());
        let bytes: [u8; 32] = public.to_bytes().into();
        Self { private, public: SealPublicKey(bytes), seed }
    }

    /// The public key.
    pub const fn public(&self) -> SealPublicKey {
        self.public
    }

    /// The seed the pair is derived from, for the trustee's own durable store.
    pub const fn expose_seed(&self) -> &crate::Seed {
        &self.seed
    }
}

/// Seals `plaintext` to `to`; the box is the encapsulated key followed by the ciphertext.
///
/// # Errors
/// If the public key is unusable.
pub fn seal_bytes(
    to: &SealPublicKey,
    info: &[u8],
    aad: &[u8],
    plaintext: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, SealError> {
    let key = <KemSuite as Kem>::PublicKey::from_bytes(&to.0).map_err(|_| SealError::BadKey)?;
    let (encapped, ciphertext) = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, KemSuite>(
        &OpModeS::Base,
        &key,
        info,
        plaintext,
        aad,
        rng,
    )
    .map_err(|_| SealError::BadKey)?;
    Ok([&encapped.to_bytes()[..], &ciphertext].concat())
}

/// Opens a box made by [`seal_bytes`].
///
/// # Errors
/// If the box was made for another key or context, or was altered.
pub fn open_bytes(with: &SealKeyPair, info: &[u8], aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
    let (encapped, ciphertext) = sealed.split_at_checked(32).ok_or(SealError::DoesNotOpen)?;
    let encapped = <KemSuite as Kem>::EncappedKey::from_bytes(encapped).map_err(|_| SealError::DoesNotOpen)?;
    hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, KemSuite>(
        &OpModeR::Base,
        &with.private,
        &encapped,
        info,
        ciphertext,
        aad,
    )
    .map_err(|_| SealError::DoesNotOpen)
}
