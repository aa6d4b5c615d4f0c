//! Capsules: identifiers sealed so that only a quorum of trustees can open them, each for a stated purpose.
//!
//! Source: the threshold cryptosystem TDH2 of Shoup and Gennaro ("Securing Threshold Cryptosystems against Chosen
//! Ciphertext Attack", J. Cryptology 2002, section 4), over ristretto255, as a key for XChaCha20-Poly1305 by way of
//! HKDF-SHA512. The proof that stands in a capsule binds everything in it: nobody can make another capsule from it, with
//! another label or the same, and a trustee verifies that before it decrypts anything.
//!
//! Assumption: decisional Diffie-Hellman in ristretto255, SHA-512 as a random oracle, fewer than `t_r` trustees collude.
//!
//! The label's member is a claim: the proof binds it, nobody signs it, since members have names on authenticated channels
//! and no keys. Whoever holds the public key can seal under any name, and gains nothing by it (`docs/threat-model.md`).
//!
//! Not here: who may have a capsule opened (`resolve`); whether a member sealed what its pseudonym stands for, which
//! shows when the opened identifier is evaluated again.

use crate::canonical::{Identifier, MAX_BYTES as MAX_IDENTIFIER};
use crate::group;
use crate::key::{KeyError, KeyId, KeyUse, PublicKeys};
use crate::pseudonym::Pseudonym;
use crate::quota::MemberName;
use crate::random;
use crate::wire::{DecodeError, Reader, put};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use curve25519_dalek::{RistrettoPoint, Scalar};
use hkdf::Hkdf;
use sha2::{Digest, Sha256, Sha512};
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

const WHAT: &str = "a capsule";
const TAG: &[u8; 8] = b"gh-pcp-1";
/// Most bytes of an encoded capsule.
pub const MAX_BYTES: usize = 2048;
const HASH_TAG: &[u8] = b"GuildhallCapsuleV1-challenge";
/// Sealed texts are padded to a multiple of this, so that a capsule's length tells little.
const BLOCK: usize = 64;

/// The second generator of TDH2, of which nobody knows the logarithm.
static SECOND: LazyLock<RistrettoPoint> =
    LazyLock::new(|| group::hash_to_group(&[b"GuildhallCapsuleV1-generator"], &[b"second generator"]));

/// What resolving is for: 1 to 64 small letters, digits or hyphens.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Purpose(String);

/// A text that is no purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a purpose has 1 to 64 small letters, digits or hyphens, such as fraud-report")]
pub struct NotAPurpose;

/// What a capsule is about; anybody can read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The pseudonym of the sealed identifier; it names domain and epoch.
    pub pseudonym: Pseudonym,
    /// The member that sealed it, as it says; not authenticated.
    pub member: MemberName,
    /// The only purpose for which it may be opened.
    pub purpose: Purpose,
}

/// A capsule whose proof was verified, or that was sealed here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capsule {
    label: Label,
    ephemeral: RistrettoPoint,
    second: RistrettoPoint,
    challenge: Scalar,
    response: Scalar,
    nonce: [u8; 24],
    sealed: Vec<u8>,
}

/// A capsule as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnverifiedCapsule(Capsule);

/// Why a capsule was not sealed or does not count. No message contains what is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CapsuleError {
    /// The bytes are no capsule.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The keys are those of another use, domain or epoch.
    #[error("{found} is not the key to resolve this pseudonym with")]
    OtherKey {
        /// The key given.
        found: KeyId,
    },
    /// The proof does not fit: it was altered, re-randomised or put together from others.
    #[error(
        "the capsule was altered or re-randomised: its proof does not fit. Ask the member for the capsule it sealed"
    )]
    Proof,
    /// What was decrypted is not what was sealed.
    #[error("the capsule cannot be opened with these shares: its content is damaged")]
    Content,
    /// There is no randomness.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl FromStr for Purpose {
    type Err = NotAPurpose;

    fn from_str(text: &str) -> Result<Self, NotAPurpose> {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if (1..=64).contains(&text.len()) && text.bytes().all(fits) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAPurpose)
        }
    }
}

impl Purpose {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Label {
    fn encode(&self, bytes: &mut Vec<u8>) {
        put(bytes, self.pseudonym.to_string().as_bytes());
        put(bytes, self.member.as_str().as_bytes());
        put(bytes, self.purpose.as_str().as_bytes());
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let pseudonym = reader.text()?.parse().map_err(|_| reader.wrong("its pseudonym is none"))?;
        let member = reader.text()?.parse().map_err(|_| reader.wrong("its member's name is none"))?;
        let purpose = reader.text()?.parse().map_err(|_| reader.wrong("its purpose is none"))?;
        Ok(Self { pseudonym, member, purpose })
    }

    /// The key with which it is resolved.
    pub fn key(&self) -> KeyId {
        KeyId::resolution(self.pseudonym.domain().clone(), self.pseudonym.epoch())
    }
}

impl Capsule {
    /// Seals an identifier for the trustees of a resolution key.
    ///
    /// # Errors
    /// If the key is another domain's or epoch's, or there is no randomness.
    pub fn seal(keys: &PublicKeys, label: Label, identifier: &Identifier) -> Result<Self, CapsuleError> {
        check_key(keys, &label)?;
        let secrets = random::scalars(2).map_err(KeyError::from)?;
        let [secret, mask] = secrets.as_slice() else { return Err(CapsuleError::Content) };
        let mut nonce = [0; 24];
        random::fill(&mut nonce).map_err(KeyError::from)?;
        let ephemeral = RistrettoPoint::mul_base(secret);
        let shared = keys.joint().0 * secret;
        let text = padded(identifier.expose_value());
        let sealed = cipher(&shared, &ephemeral)?
            .encrypt(&XNonce::from(nonce), Payload { msg: &text, aad: &encoded(&label) })
            .map_err(|_| CapsuleError::Content)?;
        let zero = Scalar::ZERO;
        let second = *SECOND * secret;
        let mut capsule = Self { label, ephemeral, second, challenge: zero, response: zero, nonce, sealed };
        let commitments = [RistrettoPoint::mul_base(mask), *SECOND * mask];
        capsule.challenge = capsule.hashed(keys, &commitments);
        capsule.response = mask + secret * capsule.challenge;
        Ok(capsule)
    }

    /// What it is about.
    pub const fn label(&self) -> &Label {
        &self.label
    }

    /// The capsule as bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = TAG.to_vec();
        self.label.encode(&mut bytes);
        for element in [&self.ephemeral, &self.second] {
            bytes.extend_from_slice(&element.compress().to_bytes());
        }
        bytes.extend_from_slice(&self.challenge.to_bytes());
        bytes.extend_from_slice(&self.response.to_bytes());
        bytes.extend_from_slice(&self.nonce);
        put(&mut bytes, &self.sealed);
        bytes
    }

    /// SHA-256 of its bytes, which a ticket names.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.encode()).into()
    }

    /// The point that trustees multiply by their shares.
    pub(crate) const fn ephemeral(&self) -> &RistrettoPoint {
        &self.ephemeral
    }

    /// Opens it with the point that the trustees' shares give.
    pub(crate) fn open(&self, shared: &RistrettoPoint) -> Result<Zeroizing<String>, CapsuleError> {
        let payload = Payload { msg: &self.sealed, aad: &encoded(&self.label) };
        let opened = cipher(shared, &self.ephemeral)?.decrypt(&XNonce::from(self.nonce), payload);
        let text = Zeroizing::new(opened.map_err(|_| CapsuleError::Content)?);
        unpadded(&text).ok_or(CapsuleError::Content)
    }

    /// The challenge of TDH2: a hash of everything in the capsule, the key and the commitments.
    fn hashed(&self, keys: &PublicKeys, commitments: &[RistrettoPoint; 2]) -> Scalar {
        let label = encoded(&self.label);
        let mut sealed = Sha512::new();
        sealed.update(self.nonce);
        sealed.update(&self.sealed);
        let [first, other] = commitments;
        let points = [&keys.joint().0, &self.ephemeral, first, &self.second, other];
        let points: Vec<u8> = points.iter().flat_map(|point| point.compress().to_bytes()).collect();
        let length = u64::try_from(label.len()).unwrap_or(u64::MAX).to_be_bytes();
        let id = keys.id().context();
        let id_length = u64::try_from(id.len()).unwrap_or(u64::MAX).to_be_bytes();
        group::hash_to_scalar(&[HASH_TAG], &[&id_length, &id, &length, &label, &sealed.finalize(), &points])
    }
}

impl UnverifiedCapsule {
    /// Reads a capsule.
    ///
    /// # Errors
    /// If it is not encoded as [`Capsule::encode`] does.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(WHAT, TAG, MAX_BYTES, bytes)?;
        let label = Label::decode(&mut reader)?;
        let elements: Vec<[u8; 32]> = reader.arrays(2)?;
        let scalars: Vec<[u8; 32]> = reader.arrays(2)?;
        let nonce = reader.array()?;
        let sealed = reader.bytes()?.to_vec();
        let element = |index: usize| elements.get(index).and_then(group::element);
        let scalar = |index: usize| scalars.get(index).and_then(group::scalar);
        let fields = (element(0), element(1), scalar(0), scalar(1));
        let (Some(ephemeral), Some(second), Some(challenge), Some(response)) = fields else {
            return Err(reader.wrong("an element or scalar is not encoded in the one right way"));
        };
        reader.end()?;
        Ok(Self(Capsule { label, ephemeral, second, challenge, response, nonce, sealed }))
    }

    /// The capsule as bytes again.
    pub fn encode(&self) -> Vec<u8> {
        self.0.encode()
    }

    /// What it claims to be about.
    pub const fn label(&self) -> &Label {
        &self.0.label
    }

    /// Verifies its proof.
    ///
    /// # Errors
    /// [`CapsuleError::OtherKey`], [`CapsuleError::Proof`].
    pub fn verify(self, keys: &PublicKeys) -> Result<Capsule, CapsuleError> {
        let capsule = self.0;
        check_key(keys, &capsule.label)?;
        let back = -capsule.challenge;
        let commitments = [
            RistrettoPoint::vartime_double_scalar_mul_basepoint(&back, &capsule.ephemeral, &capsule.response),
            *SECOND * capsule.response + capsule.second * back,
        ];
        let expected = capsule.hashed(keys, &commitments);
        if bool::from(expected.ct_eq(&capsule.challenge)) { Ok(capsule) } else { Err(CapsuleError::Proof) }
    }
}

fn check_key(keys: &PublicKeys, label: &Label) -> Result<(), CapsuleError> {
    let fits = keys.id().key_use == KeyUse::Resolution && *keys.id() == label.key();
    if fits { Ok(()) } else { Err(CapsuleError::OtherKey { found: keys.id().clone() }) }
}

fn encoded(label: &Label) -> Vec<u8> {
    let mut bytes = b"guildhall/pseudonym/capsule/v1".to_vec();
    label.encode(&mut bytes);
    bytes
}

/// The cipher under the key that `shared` gives for this ephemeral point.
fn cipher(shared: &RistrettoPoint, ephemeral: &RistrettoPoint) -> Result<XChaCha20Poly1305, CapsuleError> {
    let secret = Zeroizing::new(shared.compress().to_bytes());
    let hkdf = Hkdf::<Sha512>::new(Some(b"guildhall/pseudonym/capsule/v1"), secret.as_slice());
    let mut key = Zeroizing::new([0; 32]);
    hkdf.expand(ephemeral.compress().as_bytes(), key.as_mut_slice()).map_err(|_| CapsuleError::Content)?;
    XChaCha20Poly1305::new_from_slice(key.as_slice()).map_err(|_| CapsuleError::Content)
}

/// The length in two bytes, the text, zeros up to a multiple of a block.
fn padded(text: &str) -> Zeroizing<Vec<u8>> {
    let length = (2 + text.len()).next_multiple_of(BLOCK);
    let mut bytes = Zeroizing::new(Vec::with_capacity(length));
    bytes.extend_from_slice(&u16::try_from(text.len()).unwrap_or(u16::MAX).to_be_bytes());
    bytes.extend_from_slice(text.as_bytes());
    bytes.resize(length, 0);
    bytes
}

fn unpadded(bytes: &[u8]) -> Option<Zeroizing<String>> {
    let (length, rest) = bytes.split_first_chunk()?;
    let (text, padding) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    let fits = text.len() <= MAX_IDENTIFIER && padding.len() < BLOCK && padding.iter().all(|byte| *byte == 0);
    fits.then(|| str::from_utf8(text).ok().map(|text| Zeroizing::new(text.to_owned()))).flatten()
}

#[cfg(test)]
impl Capsule {
    /// What plain threshold ElGamal would let anyone do: the same content under another ephemeral point.
    pub(crate) fn rerandomised_for_tests(&self) -> Vec<u8> {
        let mut other = self.clone();
        let by = random::scalar().expect("random");
        other.ephemeral += RistrettoPoint::mul_base(&by);
        other.second += *SECOND * by;
        other.encode()
    }
}
