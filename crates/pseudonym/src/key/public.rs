//! The public side of a key: the joint public key and that of each trustee's share.

use super::{KeyError, KeyId, NodeId, Quorum};
use crate::lagrange;
use crate::oprf::{Encoded, PublicKey};
use crate::wire::{DecodeError, Reader};
use curve25519_dalek::RistrettoPoint;
use curve25519_dalek::traits::VartimeMultiscalarMul;

const WHAT: &str = "a set of public keys";
const TAG: &[u8; 8] = b"gh-ppk-1";
const MAX_BYTES: usize = 2048;

/// The public keys of a key's trustees, known to belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKeys {
    pub(super) id: KeyId,
    pub(super) quorum: Quorum,
    pub(super) generation: u32,
    pub(super) joint: PublicKey,
    pub(super) nodes: Vec<PublicKey>,
}

/// Public keys as they arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnverifiedPublicKeys(PublicKeys);

impl PublicKeys {
    /// Which key.
    pub const fn id(&self) -> &KeyId {
        &self.id
    }

    /// Its trustees and threshold.
    pub const fn quorum(&self) -> Quorum {
        self.quorum
    }

    /// How often its shares were renewed; shares of different generations do not fit together.
    pub const fn generation(&self) -> u32 {
        self.generation
    }

    /// The joint public key; renewing shares does not change it.
    pub const fn joint(&self) -> &PublicKey {
        &self.joint
    }

    /// The public key of a trustee's share.
    pub fn node(&self, node: NodeId) -> Option<&PublicKey> {
        self.nodes.get(usize::from(node.number()).wrapping_sub(1))
    }

    /// The keys as bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = TAG.to_vec();
        self.id.encode(&mut bytes);
        bytes.extend_from_slice(&[self.quorum.threshold(), self.quorum.nodes()]);
        bytes.extend_from_slice(&self.generation.to_be_bytes());
        std::iter::once(&self.joint).chain(&self.nodes).for_each(|key| bytes.extend_from_slice(&key.to_bytes()));
        bytes
    }

    /// Whether all keys lie on one polynomial whose degree is below the threshold, the joint key at zero.
    pub(super) fn check(&self) -> Result<(), KeyError> {
        let first: Vec<NodeId> = self.quorum.ids().take(usize::from(self.quorum.threshold())).collect();
        let points: Vec<RistrettoPoint> = first.iter().filter_map(|node| self.node(*node)).map(|key| key.0).collect();
        let fits = |at: u8, key: &PublicKey| {
            RistrettoPoint::vartime_multiscalar_mul(lagrange::coefficients(&first, at), &points) == key.0
        };
        let rest = self.quorum.ids().skip(first.len());
        let all = rest.map(|node| (node.number(), self.node(node)));
        let consistent = all.into_iter().all(|(at, key)| key.is_some_and(|key| fits(at, key)));
        if fits(0, &self.joint) && consistent { Ok(()) } else { Err(KeyError::Contradiction { id: self.id.clone() }) }
    }
}

#[cfg(test)]
impl PublicKeys {
    pub(crate) fn set_id_for_tests(&mut self, id: KeyId) {
        self.id = id;
    }
}

impl UnverifiedPublicKeys {
    /// Reads public keys.
    ///
    /// # Errors
    /// If they are not encoded as [`PublicKeys::encode`] does.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(WHAT, TAG, MAX_BYTES, bytes)?;
        let id = KeyId::decode(&mut reader)?;
        let quorum = Quorum::new(reader.u8()?, reader.u8()?).map_err(|_| reader.wrong("its threshold does not fit"))?;
        let generation = reader.u32()?;
        let keys: Vec<Encoded> = reader.arrays(usize::from(quorum.nodes()) + 1)?;
        let decode = |bytes: &Encoded| PublicKey::from_bytes(bytes).map_err(|_| reader.wrong("a key is no key"));
        let mut keys = keys.iter().map(decode).collect::<Result<Vec<_>, _>>()?;
        let joint = keys.remove(0);
        reader.end()?;
        Ok(Self(PublicKeys { id, quorum, generation, joint, nodes: keys }))
    }

    /// The keys as bytes again.
    pub fn encode(&self) -> Vec<u8> {
        self.0.encode()
    }

    /// Checks that they belong together.
    ///
    /// # Errors
    /// [`KeyError::Contradiction`].
    pub fn verify(self) -> Result<PublicKeys, KeyError> {
        self.0.check()?;
        Ok(self.0)
    }
}
