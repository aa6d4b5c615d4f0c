//! The envelope around everything that is stored or sent: header, Ed25519 signature (RFC 8032), body.
//!
//! ```text
//! magic "GHHE"  version 1  kind 1  parameter set 1  zero 1        8 bytes
//! poll digest (encoding)  32, key id 32, slots u32, value bound u64
//! signer's public key 32, length of the body u64                  124 bytes in all
//! signature 64, then the body
//! ```
//!
//! Whole numbers are little endian. The signature covers a tag, the header and the SHA-256 of the body, and is checked
//! before the body is looked at. One encoding only, exact lengths, no trailing bytes. A body may be a secret: bodies are
//! wiped when dropped, and frames have no `Debug` and no `Clone`.
//!
//! Not here: whether the signer is the right one; that is for whoever [`UnverifiedFrame::verify`]s.

use crate::{HeError, SetId};
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};
use std::io::Read;
use zeroize::Zeroizing;

const MAGIC: [u8; 4] = *b"GHHE";
const VERSION: u8 = 1;
const HEADER: usize = 124;
/// Longest body of any kind: a key share at 5 of 10 parties of the largest set.
pub(crate) const LONGEST: u64 = 1 << 26;

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum FileKind {
    /// An uploader's signing key: secret.
    Identity = 1,
    /// The secret key of one business: secret.
    SecretKey = 2,
    /// What uploaders encrypt under, or are bound to.
    PublicKey = 3,
    /// Encrypted answers.
    Upload = 4,
    /// Sums of encrypted answers, folded.
    Tally = 5,
    /// A party's public keys for making a joint key.
    PartyCard = 6,
    /// A party's commitment to its part of the joint key.
    Commitment = 7,
    /// A party's part of the joint key with sealed shares.
    Deal = 8,
    /// A party's share of the joint key: secret.
    KeyShare = 9,
    /// A party's share of one opening.
    OpeningShare = 10,
    /// A party's secrets while the joint key is made: secret.
    PartySecret = 11,
}

impl FileKind {
    /// Every kind.
    pub const ALL: [Self; 11] = [
        Self::Identity,
        Self::SecretKey,
        Self::PublicKey,
        Self::Upload,
        Self::Tally,
        Self::PartyCard,
        Self::Commitment,
        Self::Deal,
        Self::KeyShare,
        Self::OpeningShare,
        Self::PartySecret,
    ];

    /// The kind in words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::SecretKey => "secret key",
            Self::PublicKey => "public key",
            Self::Upload => "upload",
            Self::Tally => "tally",
            Self::PartyCard => "party card",
            Self::Commitment => "commitment",
            Self::Deal => "deal",
            Self::KeyShare => "key share",
            Self::OpeningShare => "opening share",
            Self::PartySecret => "party secret",
        }
    }

    /// Several of it.
    pub(crate) const fn plural(self) -> &'static str {
        match self {
            Self::PartyCard => "party cards",
            Self::Commitment => "commitments",
            Self::Deal => "deals",
            _ => "files",
        }
    }

    /// Whether only its owner may have it.
    pub const fn is_secret(self) -> bool {
        matches!(self, Self::Identity | Self::SecretKey | Self::KeyShare | Self::PartySecret)
    }
}

/// What every file is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding {
    /// The parameter set.
    pub set: SetId,
    /// The poll's digest, hence the encoding.
    pub poll: [u8; 32],
    /// The key it belongs to.
    pub key: [u8; 32],
    /// Slots of a ciphertext that are used.
    pub slots: u32,
    /// Largest magnitude of one value.
    pub bound: u64,
}

/// A signing identity. Wiped on drop; no `Debug`, no `Clone`.
pub struct Identity(SigningKey);

impl Identity {
    /// A new one.
    ///
    /// # Errors
    /// [`HeError::NoRandomness`].
    pub fn generate() -> Result<Self, HeError> {
        Ok(Self(SigningKey::from_bytes(&*crate::random::fresh()?)))
    }

    /// From its 32 secret bytes.
    pub(crate) fn from_secret(secret: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(secret))
    }

    #[cfg(feature = "tfhe")]
    pub(crate) const fn signing_key(&self) -> &SigningKey {
        &self.0
    }

    pub(crate) fn expose_secret(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// The public key.
    pub fn public(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    /// The file that holds it: secret.
    pub fn expose_file(&self) -> Zeroizing<Vec<u8>> {
        let none = Binding { set: SetId::S1, poll: [0; 32], key: [0; 32], slots: 0, bound: 0 };
        Zeroizing::new(seal(self, FileKind::Identity, &none, self.expose_secret()))
    }

    /// Reads [`Self::expose_file`].
    ///
    /// # Errors
    /// [`HeError::Malformed`] or [`HeError::NotAuthentic`].
    pub fn decode(bytes: &[u8]) -> Result<Self, HeError> {
        let frame = UnverifiedFrame::decode(bytes, FileKind::Identity)?.verify()?;
        let secret: &[u8; 32] =
            frame.body.as_slice().try_into().map_err(|_| malformed(FileKind::Identity, "length"))?;
        let identity = Self::from_secret(secret);
        if identity.public() != frame.signer {
            return Err(HeError::NotAuthentic { what: "the identity" });
        }
        Ok(identity)
    }
}

/// Signs and frames a body.
pub(crate) fn seal(identity: &Identity, kind: FileKind, binding: &Binding, body: &[u8]) -> Vec<u8> {
    let header = header(kind, binding, &identity.public(), body.len() as u64);
    let signature = identity.0.sign(&signed(&header, body));
    [header.as_slice(), &signature.to_bytes(), body].concat()
}

/// A frame whose signature nobody has checked. No `Debug`, no `Clone`: its body may be a secret, and is wiped on drop.
pub struct UnverifiedFrame {
    kind: FileKind,
    binding: Binding,
    header: [u8; HEADER],
    signature: [u8; 64],
    body: Zeroizing<Vec<u8>>,
}

/// A frame whose signature holds. No `Debug`, no `Clone`; the body is wiped on drop.
pub(crate) struct Frame {
    pub(crate) binding: Binding,
    pub(crate) signer: [u8; 32],
    pub(crate) body: Zeroizing<Vec<u8>>,
    /// SHA-256 of what was signed: names the file.
    pub(crate) id: [u8; 32],
}

impl UnverifiedFrame {
    /// Reads exactly one frame of this kind.
    ///
    /// # Errors
    /// [`HeError::Malformed`].
    pub fn decode(bytes: &[u8], kind: FileKind) -> Result<Self, HeError> {
        let mut rest = bytes;
        let frame = Self::read(&mut rest)?;
        if !rest.is_empty() {
            return Err(malformed(frame.kind, "bytes follow its end"));
        }
        frame.expect(kind)
    }

    /// Reads one frame from the front of a stream.
    ///
    /// # Errors
    /// [`HeError::Malformed`], also where reading fails.
    pub fn read(from: &mut impl Read) -> Result<Self, HeError> {
        let mut header = [0; HEADER];
        let mut signature = [0; 64];
        let unknown = |why| HeError::Malformed { what: "encrypted file", why };
        from.read_exact(&mut header).map_err(|_| unknown("it is too short"))?;
        let (kind, binding, length) = parse(&header).map_err(unknown)?;
        from.read_exact(&mut signature).map_err(|_| malformed(kind, "it is too short"))?;
        // Room for all of it at once: a body that grows leaves copies behind that nobody wipes.
        let room = if kind.is_secret() { usize::try_from(length).unwrap_or_default() } else { 0 };
        let mut body = Zeroizing::new(Vec::with_capacity(room));
        let read = from.take(length).read_to_end(&mut body).map_err(|_| malformed(kind, "it cannot be read"))?;
        if read as u64 != length {
            return Err(malformed(kind, "it is too short"));
        }
        Ok(Self { kind, binding, header, signature, body })
    }

    /// This frame, if it is of this kind.
    ///
    /// # Errors
    /// [`HeError::WrongKind`].
    pub fn expect(self, kind: FileKind) -> Result<Self, HeError> {
        let (found, needed) = (self.kind.name(), kind.name());
        if self.kind == kind { Ok(self) } else { Err(HeError::WrongKind { found, needed }) }
    }

    /// What it says it is.
    pub const fn kind(&self) -> FileKind {
        self.kind
    }

    /// What it says it belongs to.
    pub const fn binding(&self) -> &Binding {
        &self.binding
    }

    /// Who it says signed it.
    pub fn signer(&self) -> [u8; 32] {
        signer(&self.header)
    }

    /// Bytes of the body.
    pub fn body_len(&self) -> usize {
        self.body.len()
    }

    /// Checks the signature.
    ///
    /// # Errors
    /// [`HeError::NotAuthentic`].
    pub(crate) fn verify(self) -> Result<Frame, HeError> {
        let id = self.id_if_signed()?;
        Ok(Frame { binding: self.binding, signer: self.signer(), body: self.body, id })
    }

    fn id_if_signed(&self) -> Result<[u8; 32], HeError> {
        let forged = || HeError::NotAuthentic { what: self.kind.name() };
        let key = VerifyingKey::from_bytes(&self.signer()).map_err(|_| forged())?;
        let message = signed(&self.header, &self.body);
        key.verify_strict(&message, &self.signature.into()).map_err(|_| forged())?;
        Ok(Sha256::digest(&message).into())
    }
}

impl Frame {
    /// This frame, if it is bound to exactly this.
    ///
    /// # Errors
    /// [`HeError::Mismatch`].
    pub(crate) fn expect(self, what: &'static str, binding: &Binding) -> Result<Self, HeError> {
        let found = &self.binding;
        let other = if found.poll != binding.poll {
            "poll"
        } else if found.key != binding.key {
            "key"
        } else if found != binding {
            "parameter set or encoding"
        } else {
            return Ok(self);
        };
        Err(HeError::Mismatch { what, other })
    }
}

pub(crate) const fn malformed(kind: FileKind, why: &'static str) -> HeError {
    HeError::Malformed { what: kind.name(), why }
}

fn header(kind: FileKind, binding: &Binding, signer: &[u8; 32], length: u64) -> [u8; HEADER] {
    let Binding { set, poll, key, slots, bound } = binding;
    let parts: [&[u8]; 8] = [
        &MAGIC,
        &[VERSION, kind as u8, *set as u8, 0],
        poll,
        key,
        &slots.to_le_bytes(),
        &bound.to_le_bytes(),
        signer,
        &length.to_le_bytes(),
    ];
    let mut out = [0; HEADER];
    out.iter_mut().zip(parts.into_iter().flatten()).for_each(|(to, from)| *to = *from);
    out
}

fn signer(header: &[u8; HEADER]) -> [u8; 32] {
    header.get(84..116).and_then(|bytes| bytes.try_into().ok()).unwrap_or_default()
}

fn parse(header: &[u8; HEADER]) -> Result<(FileKind, Binding, u64), &'static str> {
    let mut rest = Cursor(header);
    if rest.array::<4>() != Some(MAGIC) {
        return Err("it does not begin as one");
    }
    let [version, kind, set, zero] = rest.array().unwrap_or_default();
    if (version, zero) != (VERSION, 0) {
        return Err("its version is unknown");
    }
    let kind = FileKind::ALL.into_iter().find(|k| *k as u8 == kind).ok_or("its kind is unknown")?;
    let set = SetId::from_number(set).ok_or("its parameter set is unknown")?;
    let (poll, key) = (rest.array().unwrap_or_default(), rest.array().unwrap_or_default());
    let slots = rest.array().map_or(0, u32::from_le_bytes);
    let bound = rest.number().unwrap_or_default();
    rest.array::<32>();
    let length = rest.number().unwrap_or_default();
    if length > LONGEST {
        return Err("it says it is longer than any");
    }
    Ok((kind, Binding { set, poll, key, slots, bound }, length))
}

fn signed(header: &[u8; HEADER], body: &[u8]) -> Vec<u8> {
    [b"guildhall-he/v1/file\0".as_slice(), header, Sha256::digest(body).as_slice()].concat()
}

/// Reads fixed-size parts from the front of bytes.
pub(crate) struct Cursor<'b>(pub(crate) &'b [u8]);

impl<'b> Cursor<'b> {
    pub(crate) fn bytes(&mut self, count: usize) -> Option<&'b [u8]> {
        let (front, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(front)
    }

    pub(crate) fn array<const LENGTH: usize>(&mut self) -> Option<[u8; LENGTH]> {
        self.bytes(LENGTH)?.try_into().ok()
    }

    pub(crate) fn number(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    pub(crate) const fn is_done(&self) -> bool {
        self.0.is_empty()
    }
}
