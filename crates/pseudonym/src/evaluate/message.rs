//! The two messages of a joint evaluation.

use crate::key::{KeyId, NodeId, PublicKeys};
use crate::oprf::{self, Encoded, MAX_BATCH, OprfError, PROOF_BYTES, Proof};
use crate::wire::{DecodeError, Reader};
use crate::{group, oprf::dleq};
use curve25519_dalek::RistrettoPoint;
use sha2::{Digest, Sha256};

const REQUEST: &str = "a request for evaluation";
const REQUEST_TAG: &[u8; 8] = b"gh-prq-1";
const REPLY: &str = "a reply of a trustee";
const REPLY_TAG: &[u8; 8] = b"gh-prp-1";
const MAX_BYTES: usize = 256 + MAX_BATCH * group::ELEMENT;

/// Blinded elements and the key under which they are to be evaluated. Made by [`super::Asking`].
pub struct Request {
    pub(super) id: KeyId,
    pub(super) blinded: Vec<Encoded>,
}

/// A request as it arrived.
pub struct UnverifiedRequest(Request);

/// A trustee's partial evaluations.
pub struct Reply {
    pub(super) id: KeyId,
    pub(super) node: NodeId,
    pub(super) generation: u32,
    pub(super) evaluated: Vec<Encoded>,
    pub(super) proof: Proof,
}

/// A reply as it arrived.
pub struct UnverifiedReply(Reply);

/// A request whose elements were decoded.
pub(super) struct Checked {
    pub(super) id: KeyId,
    pub(super) blinded: Vec<Encoded>,
    pub(super) points: Vec<RistrettoPoint>,
    pub(super) digest: [u8; 32],
}

impl Request {
    /// The message as bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(64 + self.blinded.len() * group::ELEMENT);
        bytes.extend_from_slice(REQUEST_TAG);
        self.id.encode(&mut bytes);
        put_elements(&mut bytes, &self.blinded);
        bytes
    }
}

impl UnverifiedRequest {
    /// Reads a request.
    ///
    /// # Errors
    /// If it is not encoded as [`Request::encode`] does, or holds more than [`MAX_BATCH`] elements or none.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(REQUEST, REQUEST_TAG, MAX_BYTES, bytes)?;
        let id = KeyId::decode(&mut reader)?;
        let blinded = elements(&mut reader)?;
        reader.end()?;
        Ok(Self(Request { id, blinded }))
    }

    /// The message as bytes again.
    pub fn encode(&self) -> Vec<u8> {
        self.0.encode()
    }

    /// Which key is asked for.
    pub const fn id(&self) -> &KeyId {
        &self.0.id
    }

    /// How many evaluations are asked for.
    pub const fn len(&self) -> usize {
        self.0.blinded.len()
    }

    /// Whether none is; never so in a request that was read.
    pub const fn is_empty(&self) -> bool {
        self.0.blinded.is_empty()
    }

    /// Decodes the elements: each must be one, and not the identity.
    pub(super) fn check(self) -> Result<Checked, OprfError> {
        let digest = Sha256::digest(self.0.encode()).into();
        let Request { id, blinded } = self.0;
        let points = oprf::decoded(&blinded)?;
        Ok(Checked { id, blinded, points, digest })
    }
}

impl Reply {
    /// The message as bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(192 + self.evaluated.len() * group::ELEMENT);
        bytes.extend_from_slice(REPLY_TAG);
        self.id.encode(&mut bytes);
        bytes.push(self.node.number());
        bytes.extend_from_slice(&self.generation.to_be_bytes());
        put_elements(&mut bytes, &self.evaluated);
        bytes.extend_from_slice(&self.proof.to_bytes());
        bytes
    }
}

impl UnverifiedReply {
    /// Reads a reply.
    ///
    /// # Errors
    /// If it is not encoded as [`Reply::encode`] does.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(REPLY, REPLY_TAG, MAX_BYTES, bytes)?;
        let id = KeyId::decode(&mut reader)?;
        let (node, generation) = (NodeId::decode(&mut reader)?, reader.u32()?);
        let evaluated = elements(&mut reader)?;
        let proof = reader.array::<PROOF_BYTES>()?;
        let proof = Proof::from_bytes(&proof).map_err(|_| reader.wrong("its proof is not encoded rightly"))?;
        reader.end()?;
        Ok(Self(Reply { id, node, generation, evaluated, proof }))
    }

    /// The message as bytes again.
    pub fn encode(&self) -> Vec<u8> {
        self.0.encode()
    }

    /// The partial evaluations, if the reply is that node's about this request under its share of this generation.
    pub(super) fn verify(
        &self,
        keys: &PublicKeys,
        sender: NodeId,
        blinded: &[Encoded],
        points: &[RistrettoPoint],
    ) -> Option<Vec<RistrettoPoint>> {
        let Reply { id, node, generation, evaluated, proof } = &self.0;
        let fits = id == keys.id() && *node == sender && *generation == keys.generation();
        if !fits || evaluated.len() != blinded.len() {
            return None;
        }
        let came = oprf::decoded(evaluated).ok()?;
        let batch = dleq::Batch { blinded, points, evaluated };
        dleq::verify(&[&keys.id().context()], keys.node(sender)?, &batch, &came, proof).ok()?;
        Some(came)
    }
}

fn put_elements(bytes: &mut Vec<u8>, elements: &[Encoded]) {
    bytes.extend_from_slice(&u16::try_from(elements.len()).unwrap_or(u16::MAX).to_be_bytes());
    elements.iter().for_each(|element| bytes.extend_from_slice(element));
}

fn elements(reader: &mut Reader<'_>) -> Result<Vec<Encoded>, DecodeError> {
    let count = usize::from(reader.u16()?);
    if count == 0 || count > MAX_BATCH {
        return Err(reader.wrong("it holds no elements, or more than 4096"));
    }
    reader.arrays(count)
}
