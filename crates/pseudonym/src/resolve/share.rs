//! Shares of opening a capsule: each with a proof, so that a wrong one is found and its trustee named.

use super::ResolveError;
use crate::capsule::Capsule;
use crate::group;
use crate::key::{KeyError, KeyId, KeyShare, NodeId, PublicKeys};
use crate::lagrange::AtZero;
use crate::oprf::{self, Encoded, PROOF_BYTES, Proof, dleq};
use crate::wire::{DecodeError, Reader};
use curve25519_dalek::RistrettoPoint;
use std::collections::BTreeMap;
use zeroize::Zeroizing;

const WHAT: &str = "a share of opening a capsule";
const TAG: &[u8; 8] = b"gh-pos-1";
const MAX_BYTES: usize = 512;

/// A trustee's share of opening one capsule.
///
/// # Privacy
/// With as many of them as the threshold says anyone opens the capsule: they go to the requester only.
pub struct Share {
    id: KeyId,
    node: NodeId,
    generation: u32,
    capsule: [u8; 32],
    element: Encoded,
    proof: Proof,
}

/// A share as it arrived.
pub struct UnverifiedShare(Share);

/// A trustee's share of a verified capsule.
pub(super) fn of(share: &KeyShare, capsule: &Capsule) -> Result<Share, KeyError> {
    let (key, node, id) = (share.secret(), share.node(), share.public().id().clone());
    let points = [*capsule.ephemeral()];
    let blinded = [points[0].compress().to_bytes()];
    let evaluated = oprf::multiplied(key.half(), &points);
    let batch = dleq::Batch { blinded: &blinded, points: &points, evaluated: &evaluated };
    let digest = capsule.digest();
    let public = share.public().node(node).ok_or_else(|| KeyError::Share { id: id.clone(), node })?;
    let proof = dleq::prove(&context(&id.context(), &digest), key, public, &batch)?;
    let element = evaluated.into_iter().next().unwrap_or_default();
    Ok(Share { id, node, generation: share.public().generation(), capsule: digest, element, proof })
}

/// Verifies shares until as many are valid as the threshold says, and opens the capsule.
///
/// Who sent a share is what the channel says.
///
/// # Errors
/// [`ResolveError::TooFew`] with the trustees whose shares were invalid; [`ResolveError::Capsule`] if what was sealed
/// is damaged.
pub fn open(
    capsule: &Capsule,
    keys: &PublicKeys,
    shares: &BTreeMap<NodeId, Vec<u8>>,
) -> Result<Zeroizing<String>, ResolveError> {
    let needed = usize::from(keys.quorum().threshold());
    let (mut nodes, mut points, mut bad) = (Vec::new(), Vec::new(), Vec::new());
    for (node, bytes) in shares {
        if nodes.len() == needed {
            break;
        }
        match UnverifiedShare::decode(bytes).ok().and_then(|share| share.verify(keys, *node, capsule)) {
            Some(point) => {
                nodes.push(*node);
                points.push(point);
            }
            None => bad.push(*node),
        }
    }
    if nodes.len() < needed {
        return Err(ResolveError::TooFew { good: nodes.len(), needed, bad });
    }
    let at_zero = AtZero::new(&nodes);
    Ok(capsule.open(&(at_zero.combined(&points) * at_zero.divisor().invert()))?)
}

fn context<'c>(id: &'c [u8], capsule: &'c [u8; 32]) -> [&'c [u8]; 3] {
    [id, b"-capsule-", capsule]
}

impl Share {
    /// The share as bytes, for a confidential channel to the requester.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = TAG.to_vec();
        self.id.encode(&mut bytes);
        bytes.push(self.node.number());
        bytes.extend_from_slice(&self.generation.to_be_bytes());
        bytes.extend_from_slice(&self.capsule);
        bytes.extend_from_slice(&self.element);
        bytes.extend_from_slice(&self.proof.to_bytes());
        bytes
    }
}

impl UnverifiedShare {
    /// Reads a share.
    ///
    /// # Errors
    /// If it is not encoded as [`Share::encode`] does.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(WHAT, TAG, MAX_BYTES, bytes)?;
        let id = KeyId::decode(&mut reader)?;
        let (node, generation) = (NodeId::decode(&mut reader)?, reader.u32()?);
        let (capsule, element) = (reader.array()?, reader.array()?);
        let proof = reader.array::<PROOF_BYTES>()?;
        let proof = Proof::from_bytes(&proof).map_err(|_| reader.wrong("its proof is not encoded rightly"))?;
        reader.end()?;
        Ok(Self(Share { id, node, generation, capsule, element, proof }))
    }

    /// The share as bytes again.
    pub fn encode(&self) -> Vec<u8> {
        self.0.encode()
    }

    /// The point, if it is that node's share of this capsule.
    fn verify(&self, keys: &PublicKeys, sender: NodeId, capsule: &Capsule) -> Option<RistrettoPoint> {
        let Share { id, node, generation, capsule: digest, element, proof } = &self.0;
        let fits = id == keys.id() && *node == sender && *generation == keys.generation();
        if !fits || *digest != capsule.digest() {
            return None;
        }
        let came = [group::element(element)?];
        let points = [*capsule.ephemeral()];
        let blinded = [points[0].compress().to_bytes()];
        let batch = dleq::Batch { blinded: &blinded, points: &points, evaluated: &[*element] };
        let id = keys.id().context();
        dleq::verify(&context(&id, digest), keys.node(sender)?, &batch, &came, proof).ok()?;
        Some(came[0])
    }
}
