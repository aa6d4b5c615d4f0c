//! One trustee's share of a key.

use super::{KeyError, NodeId, PublicKeys, UnverifiedPublicKeys};
use crate::group;
use crate::oprf::SecretKey;
use crate::wire::{DecodeError, Reader, put};
#[cfg(test)]
use curve25519_dalek::Scalar;
use zeroize::Zeroizing;

const WHAT: &str = "a share of a key";
const TAG: &[u8; 8] = b"gh-psh-1";
const MAX_BYTES: usize = 4096;

/// A trustee's share, known to fit its public key.
///
/// # Security
/// Secret: with as many shares as the threshold everything can be computed. Wiped on drop.
pub struct KeyShare {
    node: NodeId,
    secret: SecretKey,
    public: PublicKeys,
}

/// A share as it was read.
pub struct UnverifiedKeyShare {
    node: NodeId,
    secret: Zeroizing<[u8; 32]>,
    public: UnverifiedPublicKeys,
}

impl KeyShare {
    pub(super) fn new(node: NodeId, secret: &Zeroizing<[u8; 32]>, public: PublicKeys) -> Result<Self, KeyError> {
        let wrong = || KeyError::Share { id: public.id.clone(), node };
        let secret = SecretKey::from_bytes(secret).map_err(|_| wrong())?;
        if public.node(node) != Some(&secret.public()) {
            return Err(wrong());
        }
        Ok(Self { node, secret, public })
    }

    /// Whose share.
    pub const fn node(&self) -> NodeId {
        self.node
    }

    /// The public side of the key.
    pub const fn public(&self) -> &PublicKeys {
        &self.public
    }

    /// The share as bytes, to be kept where only this trustee reads.
    pub fn expose_encoded(&self) -> Zeroizing<Vec<u8>> {
        let public = self.public.encode();
        let mut bytes = Zeroizing::new(Vec::with_capacity(TAG.len() + 1 + 32 + 2 + public.len()));
        bytes.extend_from_slice(TAG);
        bytes.push(self.node.number());
        bytes.extend_from_slice(self.secret.expose_bytes().as_slice());
        put(&mut bytes, &public);
        bytes
    }

    pub(crate) const fn secret(&self) -> &SecretKey {
        &self.secret
    }

    #[cfg(test)]
    pub(crate) const fn scalar(&self) -> &Scalar {
        self.secret.scalar()
    }
}

impl UnverifiedKeyShare {
    /// Reads a share.
    ///
    /// # Errors
    /// If it is not encoded as [`KeyShare::expose_encoded`] does.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(WHAT, TAG, MAX_BYTES, bytes)?;
        let node = NodeId::decode(&mut reader)?;
        let secret = Zeroizing::new(reader.array()?);
        if group::scalar(&secret).is_none() {
            return Err(reader.wrong("its secret is no scalar"));
        }
        let public = UnverifiedPublicKeys::decode(reader.bytes()?)?;
        reader.end()?;
        Ok(Self { node, secret, public })
    }

    /// Checks that the share fits its public key.
    ///
    /// # Errors
    /// [`KeyError::Contradiction`], [`KeyError::Share`].
    pub fn verify(self) -> Result<KeyShare, KeyError> {
        KeyShare::new(self.node, &self.secret, self.public.verify()?)
    }
}
