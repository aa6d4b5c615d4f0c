//! The bytes of a contribution and their identity (`docs/protocol.md`, "Contribution").
//!
//! A contribution is a *body*, which is public to all trustees, and `k` sealed boxes, one per
//! trustee. The body holds the hash of every box, so one id covers every byte. All lengths follow
//! from the manifest: a decoder knows them before it reads, and refuses anything else.

use crate::digest::{Digest, digest};
use crate::params::Threshold;
use crate::seal;
use crate::sharing::Subset;
use prio::codec::{Decode, Encode};
use prio::field::Field128;
use prio::flp::Type;
use std::sync::Arc;

/// What every hash, signature and box of a round is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Round {
    /// `H(manifest)`.
    pub manifest: Digest,
    /// `(k, t, u)` of the manifest.
    pub threshold: Threshold,
}

/// Whether figures or noise are contributed; one can never be accepted as the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Role {
    /// A member's figures.
    Member = 1,
    /// A trustee's noise.
    Noise = 2,
}

/// Who contributes, and which correction it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Author {
    /// Figures or noise.
    pub role: Role,
    /// Index of the member in the roster, or number of the trustee.
    pub index: u32,
    /// Strictly increasing per round and author; the highest verified one counts.
    pub sequence: u32,
}

impl Author {
    pub(crate) fn encode(&self) -> [u8; 9] {
        let mut out = [0; 9];
        out[0] = self.role as u8;
        out[1..5].copy_from_slice(&self.index.to_le_bytes());
        out[5..9].copy_from_slice(&self.sequence.to_le_bytes());
        out
    }
}

const MAGIC: &[u8; 4] = b"GHC1";

/// The lengths of a contribution's parts, derived from the manifest and never from the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    presence: usize,
    commitments: usize,
    input: usize,
    proof: usize,
    verifier: usize,
    threshold: Threshold,
}

impl Shape {
    /// For a circuit and the number of presence flags its header carries (0 for noise).
    pub fn new<C: Type<Field = Field128>>(threshold: Threshold, circuit: &C, presence: usize) -> Self {
        Self {
            presence,
            commitments: Subset::all(&threshold).len(),
            input: circuit.input_len(),
            proof: circuit.proof_len(),
            verifier: circuit.verifier_len(),
            threshold,
        }
    }

    /// Bytes of a body.
    pub fn body_len(&self) -> usize {
        self.parts().iter().sum()
    }

    /// Bytes of one sealed box.
    pub fn box_len(&self) -> usize {
        Subset::held_by(&self.threshold, 1).len() * 32 + seal::OVERHEAD
    }

    /// Where the masked input begins in a body.
    pub fn masked_input_start(&self) -> usize {
        let [header, commitments, ..] = self.parts();
        header + commitments
    }

    fn parts(&self) -> [usize; 6] {
        let t = usize::from(self.threshold.t());
        let header = MAGIC.len() + 32 + 9 + 16 + self.presence.div_ceil(8);
        let k = usize::from(self.threshold.k());
        [header, self.commitments * 32, self.input * 16, self.proof * 16, t * self.verifier * 16, k * 32]
    }
}

/// The public part of a contribution, decoded but not checked.
///
/// Decoding shows only that lengths and encodings are canonical. Only [`crate::Pending::verify`]
/// says anything about the figures. Clones share one copy, as roles in one process do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnverifiedBody {
    pub(crate) body: Arc<Body>,
}

/// The public part of a contribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    pub(crate) author: Author,
    pub(crate) nonce: [u8; 16],
    pub(crate) presence: Vec<bool>,
    pub(crate) commitments: Vec<Digest>,
    pub(crate) masked_input: Vec<Field128>,
    pub(crate) masked_proof: Vec<Field128>,
    /// Coefficients of the verifier polynomial V, `t` vectors.
    pub(crate) verifier: Vec<Vec<Field128>>,
    pub(crate) boxes: Vec<Digest>,
    pub(crate) joint_seed: Digest,
    pub(crate) query_seed: Digest,
    pub(crate) id: Digest,
    /// What it was decoded for: a verifier uses it for nothing else.
    pub(crate) round: Round,
    pub(crate) shape: Shape,
    bytes: Vec<u8>,
}

/// A whole contribution: body and boxes, as a member sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contribution {
    /// The public part.
    pub body: Body,
    /// One sealed box per trustee, in order of trustee number.
    pub boxes: Vec<Vec<u8>>,
}

/// Why bytes are not a contribution of this round.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// Not the length the manifest gives.
    #[error("{got} bytes where the manifest asks for {want}")]
    Length {
        /// Bytes received.
        got: usize,
        /// Bytes expected.
        want: usize,
    },
    /// Does not start as a contribution.
    #[error("not a contribution of this version")]
    Magic,
    /// Made for another manifest.
    #[error("made for another round")]
    OtherRound,
    /// Unknown role.
    #[error("unknown role {0}")]
    Role(u8),
    /// A flag beyond the figures is set.
    #[error("presence flags beyond the last figure are set")]
    Presence,
    /// A field element is not canonical.
    #[error("element {index} is not a canonical field element")]
    Element {
        /// Index within its vector.
        index: usize,
    },
}

impl UnverifiedBody {
    /// Decodes a body of this round and shape. Bounded: the length is compared before anything is allocated.
    ///
    /// # Errors
    /// If any byte is not as the one canonical encoding has it.
    pub fn decode(bytes: &[u8], round: &Round, shape: &Shape) -> Result<Self, DecodeError> {
        if bytes.len() != shape.body_len() {
            return Err(DecodeError::Length { got: bytes.len(), want: shape.body_len() });
        }
        let [header, commitments, input, ..] = shape.parts();
        let joint = joint_seed(round, bytes.get(..header + commitments + input).unwrap_or_default());
        Body::read(bytes.to_vec(), round, shape, joint).map(|body| Self { body: Arc::new(body) })
    }

    /// The id that every message about this contribution names.
    pub fn id(&self) -> Digest {
        self.body.id
    }

    /// The canonical bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.body.bytes
    }

    /// Who claims to have made it; true only once its signature has been checked.
    pub fn claimed_author(&self) -> Author {
        self.body.author
    }

    /// Presence flags of the header.
    pub fn claimed_presence(&self) -> &[bool] {
        &self.body.presence
    }

    /// Whether `sealed` is the box the header promises to trustee `j`; a mismatch means "not delivered".
    pub fn promises_box(&self, trustee: u8, sealed: &[u8]) -> bool {
        self.body.promises_box(trustee, sealed)
    }
}

impl Body {
    /// As [`UnverifiedBody::decode`], for bytes whose `H1` is known: their author need not hash them again.
    pub(crate) fn read(bytes: Vec<u8>, round: &Round, shape: &Shape, joint: Digest) -> Result<Self, DecodeError> {
        if bytes.len() != shape.body_len() {
            return Err(DecodeError::Length { got: bytes.len(), want: shape.body_len() });
        }
        let mut cuts = shape.parts().into_iter().scan(bytes.as_slice(), |rest, len| {
            let (part, after) = rest.split_at_checked(len)?;
            *rest = after;
            Some(part)
        });
        let mut next = || cuts.next().unwrap_or_default();
        let (author, nonce, presence) = decode_header(next(), round, shape)?;
        let commitments = digests(next());
        let masked_input = elements(next())?;
        let proof = next();
        let (masked_proof, query_seed) = (elements(proof)?, query_seed(&joint, proof));
        let coefficients = elements(next())?;
        let verifier = coefficients.chunks(shape.verifier.max(1)).map(<[Field128]>::to_vec).collect();
        let boxes = digests(next());
        Ok(Self {
            author,
            nonce,
            presence,
            commitments,
            masked_input,
            masked_proof,
            verifier,
            boxes,
            joint_seed: joint,
            query_seed,
            id: digest("contribution", &[&bytes]),
            round: *round,
            shape: *shape,
            bytes,
        })
    }

    pub(crate) fn promises_box(&self, trustee: u8, sealed: &[u8]) -> bool {
        self.boxes.get(usize::from(trustee).wrapping_sub(1)) == Some(&digest("box", &[sealed]))
    }

    /// The canonical bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The id that every message about this contribution names: `H("contribution"; body)`.
    pub const fn id(&self) -> Digest {
        self.id
    }

    /// Who made it.
    pub const fn author(&self) -> Author {
        self.author
    }
}

impl Contribution {
    /// Bytes a member uploads: body and boxes.
    pub fn upload_len(&self) -> usize {
        self.body.bytes.len() + self.boxes.iter().map(Vec::len).sum::<usize>()
    }

    /// Body and boxes in one string, as a member sends them.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.upload_len());
        out.extend_from_slice(&self.body.bytes);
        self.boxes.iter().for_each(|sealed| out.extend_from_slice(sealed));
        out
    }

    /// Decodes what [`Contribution::encode`] wrote; the result is as unverified as its body.
    ///
    /// # Errors
    /// As [`UnverifiedBody::decode`].
    pub fn decode(bytes: &[u8], round: &Round, shape: &Shape) -> Result<(UnverifiedBody, Vec<Vec<u8>>), DecodeError> {
        let want = shape.body_len() + usize::from(round.threshold.k()) * shape.box_len();
        if bytes.len() != want {
            return Err(DecodeError::Length { got: bytes.len(), want });
        }
        let (body, boxes) = bytes.split_at(shape.body_len());
        let boxes = boxes.chunks(shape.box_len()).map(<[u8]>::to_vec).collect();
        Ok((UnverifiedBody::decode(body, round, shape)?, boxes))
    }
}

/// Header bytes: magic, manifest, author, nonce, presence flags.
pub(crate) fn encode_header(round: &Round, author: &Author, nonce: &[u8; 16], presence: &[bool]) -> Vec<u8> {
    let mut out = Vec::new();
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&round.manifest);
    out.extend_from_slice(&author.encode());
    out.extend_from_slice(nonce);
    for flags in presence.chunks(8) {
        out.push(flags.iter().enumerate().fold(0, |byte, (i, flag)| byte | u8::from(*flag) << i));
    }
    out
}

fn decode_header(header: &[u8], round: &Round, shape: &Shape) -> Result<(Author, [u8; 16], Vec<bool>), DecodeError> {
    let mut rest = header;
    let mut take = |n: usize| {
        let (part, after) = rest.split_at(n.min(rest.len()));
        rest = after;
        part
    };
    if take(4) != MAGIC {
        return Err(DecodeError::Magic);
    }
    if take(32) != round.manifest {
        return Err(DecodeError::OtherRound);
    }
    let role = match take(1) {
        [1] => Role::Member,
        [2] => Role::Noise,
        other => return Err(DecodeError::Role(other.first().copied().unwrap_or(0))),
    };
    let author = Author { role, index: number(take(4)), sequence: number(take(4)) };
    let nonce = take(16).try_into().unwrap_or_default();
    let flags = take(shape.presence.div_ceil(8));
    let presence: Vec<bool> = (0..shape.presence).map(|i| flags[i / 8] >> (i % 8) & 1 == 1).collect();
    if encode_header(round, &author, &nonce, &presence) != header {
        return Err(DecodeError::Presence);
    }
    Ok((author, nonce, presence))
}

fn number(bytes: &[u8]) -> u32 {
    u32::from_le_bytes(bytes.try_into().unwrap_or_default())
}

fn digests(bytes: &[u8]) -> Vec<Digest> {
    bytes.as_chunks::<32>().0.to_vec()
}

fn elements(bytes: &[u8]) -> Result<Vec<Field128>, DecodeError> {
    let chunks = bytes.as_chunks::<16>().0.iter().enumerate();
    chunks.map(|(index, c)| Field128::get_decoded(c).map_err(|_| DecodeError::Element { index })).collect()
}

/// Canonical bytes of field elements, 16 each.
pub(crate) fn encode_elements(elements: &[Field128], out: &mut Vec<u8>) {
    for element in elements {
        // Encoding a Field128 into a growing vector cannot fail.
        let _ = element.encode(out);
    }
}

/// `H1 = H("joint"; k, t, u, header, all c_A, d_in)`, the seed of the joint randomness.
///
/// `committed` is header, commitments and masked input. The circuit is bound through the manifest in
/// the header. Nothing the caller chooses enters a challenge.
pub(crate) fn joint_seed(round: &Round, committed: &[u8]) -> Digest {
    let params = [round.threshold.k(), round.threshold.t(), round.threshold.u()];
    digest("joint", &[&params, committed])
}

/// `H2 = H("query"; H1, d_pf)`, the seed of the query point.
pub(crate) fn query_seed(joint: &Digest, masked_proof: &[u8]) -> Digest {
    digest("query", &[joint, masked_proof])
}

/// Additional data of a box: `(H(M), role, author, sequence, j, H(all c_A))`.
pub(crate) fn box_aad(round: &Round, author: &Author, trustee: u8, commitments: &[Digest]) -> Vec<u8> {
    let all = digest("commitments", &[commitments.as_flattened()]);
    [&round.manifest[..], &author.encode(), &[trustee], &all].concat()
}
