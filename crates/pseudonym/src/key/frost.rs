//! Between this crate's types and those of `frost-ristretto255`, which has its own version of the group's arithmetic:
//! values cross as their 32 canonical bytes.

use super::{KeyError, NodeId, PublicKeys, Quorum};
use crate::oprf::{Encoded, PublicKey};
use frost_ristretto255 as frost;
use frost_ristretto255::keys::{KeyPackage, PublicKeyPackage, SigningShare, VerifyingShare};
use frost_ristretto255::{Identifier, VerifyingKey};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

fn public(bytes: &[u8]) -> Option<PublicKey> {
    let bytes: &Encoded = bytes.try_into().ok()?;
    PublicKey::from_bytes(bytes).ok()
}

pub(super) fn identifier(node: NodeId) -> Result<Identifier, KeyError> {
    Identifier::try_from(u16::from(node.number())).map_err(|_| KeyError::Party { node })
}

/// The node of an identifier among those of a quorum.
pub(super) fn node(id: &Identifier, quorum: Quorum) -> Option<NodeId> {
    quorum.ids().find(|node| identifier(*node).is_ok_and(|known| known == *id))
}

/// An error with whoever caused it.
pub(super) fn blamed(error: &frost::Error, quorum: Quorum) -> KeyError {
    KeyError::Culprits { culprits: error.culprits().iter().filter_map(|id| node(id, quorum)).collect() }
}

/// The joint key and those of the shares.
pub(super) fn keys(package: &PublicKeyPackage, quorum: Quorum) -> Option<(PublicKey, Vec<PublicKey>)> {
    let joint = public(&package.verifying_key().serialize().ok()?)?;
    let key = |node| {
        let share = package.verifying_shares().get(&identifier(node).ok()?)?;
        public(&share.serialize().ok()?)
    };
    Some((joint, quorum.ids().map(key).collect::<Option<_>>()?))
}

/// The secret of a package.
pub(super) fn secret(package: &KeyPackage) -> Option<Zeroizing<[u8; 32]>> {
    let bytes = Zeroizing::new(package.signing_share().serialize());
    bytes.as_slice().try_into().ok().map(Zeroizing::new)
}

/// The packages that stand for a share and its public keys.
pub(super) fn packages(
    node: NodeId,
    secret: &Zeroizing<[u8; 32]>,
    public: &PublicKeys,
) -> Option<(KeyPackage, PublicKeyPackage)> {
    let share = |key: &PublicKey| VerifyingShare::deserialize(&key.to_bytes()).ok();
    let shares: BTreeMap<Identifier, VerifyingShare> = public
        .quorum
        .ids()
        .zip(&public.nodes)
        .map(|(node, key)| Some((identifier(node).ok()?, share(key)?)))
        .collect::<Option<_>>()?;
    let joint = VerifyingKey::deserialize(&public.joint.to_bytes()).ok()?;
    let threshold = u16::from(public.quorum.threshold());
    let own = identifier(node).ok()?;
    let signing = SigningShare::deserialize(secret.as_slice()).ok()?;
    let package = KeyPackage::new(own, signing, *shares.get(&own)?, joint, threshold);
    Some((package, PublicKeyPackage::new(shares, joint, Some(threshold))))
}
