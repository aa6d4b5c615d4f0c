//! Distributed key generation: the trustees make a key of which each holds a share and nobody the whole.
//!
//! Source: Pedersen's protocol with proofs of knowledge (FROST, Komlo and Goldberg 2020, figure 1), by the crate
//! `frost-ristretto255`. A last step is added: each trustee compares a hash of all it saw with the others'.
//!
//! ```text
//! begin -> Round1 + Broadcast (to all) -> next -> Round2 + Private (one each) -> finish -> Candidate + Confirmation
//!   (to all) -> confirm -> KeyShare
//! ```
//!
//! Assumption: authenticated channels, confidential for [`Private`]. A trustee that sends nothing stops the protocol
//! and is seen to; the key may be biased by the last one to speak, which does not help against unpredictability.
//!
//! Not here: transport. Who sent a message is what the channel says, never what the message says.

use super::frost;
use super::{KeyError, KeyId, KeyShare, NodeId, PublicKeys, Quorum};
use crate::random;
use crate::wire::{DecodeError, Reader};
use frost_ristretto255::Identifier;
use frost_ristretto255::keys::{VerifiableSecretSharingCommitment, dkg};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

const BROADCAST: &str = "a first message of key generation";
const BROADCAST_TAG: &[u8; 8] = b"gh-pdb-1";
const PRIVATE: &str = "a second message of key generation";
const PRIVATE_TAG: &[u8; 8] = b"gh-pdp-1";
const MAX_BYTES: usize = 2048;

/// What is made: which key, how often its shares were renewed, by whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Subject {
    pub(super) id: KeyId,
    pub(super) generation: u32,
    pub(super) quorum: Quorum,
}

/// The first message, to all others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broadcast {
    pub(super) subject: Subject,
    pub(super) package: dkg::round1::Package,
}

/// The second message, to one trustee.
///
/// # Security
/// Secret: send it over a confidential channel. Wiped on drop.
pub struct Private {
    subject: Subject,
    package: dkg::round2::Package,
}

/// The last message, to all others: a hash of everything this trustee saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confirmation(pub [u8; 32]);

/// What a trustee keeps after its first message.
pub struct Round1 {
    pub(super) subject: Subject,
    pub(super) node: NodeId,
    secret: dkg::round1::SecretPackage,
    own: Broadcast,
    renewed: Option<KeyShare>,
}

/// What a trustee keeps after its second messages.
pub struct Round2 {
    subject: Subject,
    node: NodeId,
    secret: dkg::round2::SecretPackage,
    broadcasts: BTreeMap<NodeId, Broadcast>,
    renewed: Option<KeyShare>,
}

/// A share that the others have yet to confirm.
pub struct Candidate {
    share: KeyShare,
    confirmation: Confirmation,
}

/// Begins the generation of a key at one trustee.
///
/// # Errors
/// If the trustee is none of the quorum, or there is no randomness.
pub fn begin(id: KeyId, quorum: Quorum, node: NodeId) -> Result<(Round1, Broadcast), KeyError> {
    let subject = Subject { id, generation: 0, quorum };
    let (own, most, least) = start(&subject, node)?;
    let made = dkg::part1(own, most, least, rand_core::OsRng).map_err(|error| frost::blamed(&error, quorum))?;
    Ok(Round1::new(subject, node, made, None))
}

/// The parameters of a first step, after a look whether there is randomness.
pub(super) fn start(subject: &Subject, node: NodeId) -> Result<(Identifier, u16, u16), KeyError> {
    if !subject.quorum.contains(node) {
        return Err(KeyError::Party { node });
    }
    random::fill(&mut [0; 32])?;
    let (most, least) = (u16::from(subject.quorum.nodes()), u16::from(subject.quorum.threshold()));
    Ok((frost::identifier(node)?, most, least))
}

impl Round1 {
    pub(super) fn new(
        subject: Subject,
        node: NodeId,
        (secret, package): (dkg::round1::SecretPackage, dkg::round1::Package),
        renewed: Option<KeyShare>,
    ) -> (Self, Broadcast) {
        let own = Broadcast { subject: subject.clone(), package };
        (Self { subject, node, secret, own: own.clone(), renewed }, own)
    }

    /// Takes every other trustee's first message; gives the second, one for each.
    ///
    /// # Errors
    /// If one is missing, of another key, or does not verify; [`KeyError::Culprits`] names whose.
    pub fn next(self, others: BTreeMap<NodeId, Broadcast>) -> Result<(Round2, BTreeMap<NodeId, Private>), KeyError> {
        check_parties(&self.subject, self.node, &others, |broadcast| &broadcast.subject)?;
        let packages = packaged(&others, |broadcast| broadcast.package.clone())?;
        let part2 = if self.renewed.is_some() {
            frost_ristretto255::keys::refresh::refresh_dkg_part2(self.secret, &packages)
        } else {
            dkg::part2(self.secret, &packages)
        };
        let (secret, sent) = part2.map_err(|error| frost::blamed(&error, self.subject.quorum))?;
        let private = |(id, package)| {
            let node = frost::node(&id, self.subject.quorum)?;
            Some((node, Private { subject: self.subject.clone(), package }))
        };
        let sent = sent.into_iter().filter_map(private).collect();
        let mut broadcasts = others;
        broadcasts.insert(self.node, self.own);
        Ok((Round2 { subject: self.subject, node: self.node, secret, broadcasts, renewed: self.renewed }, sent))
    }
}

impl Round2 {
    /// Takes every other trustee's second message; gives a share that is to be confirmed.
    ///
    /// # Errors
    /// If one is missing, of another key, or does not verify; [`KeyError::Culprits`] names whose.
    pub fn finish(self, others: &BTreeMap<NodeId, Private>) -> Result<(Candidate, Confirmation), KeyError> {
        let quorum = self.subject.quorum;
        check_parties(&self.subject, self.node, others, |private| &private.subject)?;
        let first: BTreeMap<NodeId, &Broadcast> =
            self.broadcasts.iter().filter(|(node, _)| **node != self.node).map(|(node, b)| (*node, b)).collect();
        let first = packaged(&first, |broadcast| broadcast.package.clone())?;
        let second = packaged(others, |private| private.package.clone())?;
        let blamed = |error| frost::blamed(&error, quorum);
        let (own, public) = match &self.renewed {
            None => dkg::part3(&self.secret, &first, &second).map_err(blamed)?,
            Some(old) => super::refresh::finish(&self.secret, &first, &second, old)?,
        };
        let contradiction = || KeyError::Contradiction { id: self.subject.id.clone() };
        let (joint, nodes) = frost::keys(&public, quorum).ok_or_else(contradiction)?;
        let Subject { id, generation, .. } = self.subject.clone();
        let public = PublicKeys { id, quorum, generation, joint, nodes };
        public.check()?;
        if self.renewed.as_ref().is_some_and(|old| old.public().joint() != public.joint()) {
            return Err(contradiction());
        }
        let confirmation = confirmation(&self.broadcasts, &public);
        let secret = frost::secret(&own).ok_or_else(contradiction)?;
        let share = KeyShare::new(self.node, &secret, public)?;
        Ok((Candidate { share, confirmation }, confirmation))
    }
}

impl Candidate {
    /// Takes every other trustee's confirmation; gives the share.
    ///
    /// # Errors
    /// [`KeyError::NotConfirmed`] if one saw something else: then nobody may use the key.
    pub fn confirm(self, others: &BTreeMap<NodeId, Confirmation>) -> Result<KeyShare, KeyError> {
        let quorum = self.share.public().quorum();
        let missing = |node: &NodeId| *node != self.share.node() && others.get(node) != Some(&self.confirmation);
        let nodes: Vec<NodeId> = quorum.ids().filter(missing).collect();
        if nodes.is_empty() { Ok(self.share) } else { Err(KeyError::NotConfirmed { nodes }) }
    }
}

/// One message of each other trustee, all about this key.
fn check_parties<M>(
    subject: &Subject,
    own: NodeId,
    messages: &BTreeMap<NodeId, M>,
    about: impl Fn(&M) -> &Subject,
) -> Result<(), KeyError> {
    let expected: Vec<NodeId> = subject.quorum.ids().filter(|node| *node != own).collect();
    if let Some(node) = expected.iter().find(|node| !messages.contains_key(node)) {
        return Err(KeyError::Party { node: *node });
    }
    if let Some(node) = messages.keys().find(|node| !expected.contains(node)) {
        return Err(KeyError::Party { node: *node });
    }
    match messages.iter().find(|(_, message)| about(message) != subject) {
        Some((node, _)) => Err(KeyError::OtherKey { node: *node }),
        None => Ok(()),
    }
}

fn packaged<M, P>(
    messages: &BTreeMap<NodeId, M>,
    package: impl Fn(&M) -> P,
) -> Result<BTreeMap<Identifier, P>, KeyError> {
    messages.iter().map(|(node, message)| Ok((frost::identifier(*node)?, package(message)))).collect()
}

fn confirmation(broadcasts: &BTreeMap<NodeId, Broadcast>, public: &PublicKeys) -> Confirmation {
    let mut hash = Sha256::new();
    hash.update(b"guildhall/pseudonym/key-confirmation/v1");
    for (node, broadcast) in broadcasts {
        let bytes = broadcast.encode();
        hash.update([node.number()]);
        hash.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(bytes);
    }
    hash.update(public.encode());
    Confirmation(hash.finalize().into())
}

impl Subject {
    fn encode(&self, bytes: &mut Vec<u8>) {
        self.id.encode(bytes);
        bytes.extend_from_slice(&self.generation.to_be_bytes());
        bytes.extend_from_slice(&[self.quorum.threshold(), self.quorum.nodes()]);
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (id, generation) = (KeyId::decode(reader)?, reader.u32()?);
        let quorum = Quorum::new(reader.u8()?, reader.u8()?).map_err(|_| reader.wrong("its threshold does not fit"))?;
        Ok(Self { id, generation, quorum })
    }
}

impl Broadcast {
    /// The message as bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = BROADCAST_TAG.to_vec();
        self.subject.encode(&mut bytes);
        // Made or decoded here, so that both parts have an encoding.
        bytes.extend(self.package.commitment().serialize_whole().unwrap_or_default());
        bytes.extend(self.package.proof_of_knowledge().serialize().unwrap_or_default());
        bytes
    }

    /// Reads a first message. Its proof is verified by [`Round1::next`].
    ///
    /// # Errors
    /// If it is not encoded as [`Self::encode`] does.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(BROADCAST, BROADCAST_TAG, MAX_BYTES, bytes)?;
        let subject = Subject::decode(&mut reader)?;
        // Where shares are renewed the constant term is zero and not sent.
        let terms = subject.quorum.threshold() - u8::from(subject.generation > 0);
        let terms: Vec<[u8; 32]> = reader.arrays(usize::from(terms))?;
        let commitment = VerifiableSecretSharingCommitment::deserialize(terms);
        let commitment = commitment.map_err(|_| reader.wrong("a commitment is no group element"))?;
        let proof = frost_ristretto255::Signature::deserialize(&reader.array::<64>()?);
        let proof = proof.map_err(|_| reader.wrong("its proof is not encoded rightly"))?;
        reader.end()?;
        Ok(Self { subject, package: dkg::round1::Package::new(commitment, proof) })
    }
}

impl Private {
    /// The message as bytes, for a confidential channel.
    pub fn expose_encoded(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(128));
        bytes.extend_from_slice(PRIVATE_TAG);
        self.subject.encode(&mut bytes);
        bytes.extend_from_slice(&Zeroizing::new(self.package.signing_share().serialize()));
        bytes
    }

    /// Reads a second message. Its share is verified by [`Round2::finish`].
    ///
    /// # Errors
    /// If it is not encoded as [`Self::expose_encoded`] does.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(PRIVATE, PRIVATE_TAG, MAX_BYTES, bytes)?;
        let subject = Subject::decode(&mut reader)?;
        let share = Zeroizing::new(reader.array::<32>()?);
        let share = frost_ristretto255::keys::SigningShare::deserialize(share.as_slice());
        let share = share.map_err(|_| reader.wrong("its share is no scalar"))?;
        reader.end()?;
        Ok(Self { subject, package: dkg::round2::Package::new(share) })
    }
}
