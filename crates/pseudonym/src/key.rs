//! Keys that nobody holds: their names, their public side, and each trustee's share.
//!
//! There is one key per domain, use and epoch, made by distributed key generation ([`dkg`]). Separate keys, and not one
//! key with a label, because a public label could be converted: whoever holds the point of one domain could compute
//! that of another.
//!
//! Assumption: fewer than `t` trustees collude. Any `t` of them can evaluate everything, and nobody would notice.
//!
//! Not here: signing. These keys must never sign.

pub mod dkg;
mod frost;
mod name;
mod public;
pub mod refresh;
mod share;
#[cfg(test)]
pub(crate) mod tests;

pub use name::{Domain, Epoch, KeyId, KeyUse, NodeId, Quorum};
pub use public::{PublicKeys, UnverifiedPublicKeys};
pub use share::{KeyShare, UnverifiedKeyShare};

use crate::random::NoRandomness;
use crate::wire::DecodeError;

/// Why a key was not made, read or changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The name of a domain is not one.
    #[error("a domain's name has 1 to 32 characters: a small letter, then small letters, digits or hyphens")]
    Domain,
    /// The epoch is not one.
    #[error("an epoch is a whole number from 1")]
    Epoch,
    /// The number of nodes and the threshold do not fit.
    #[error(
        "{threshold} of {nodes} is no quorum: 2 to 32 trustees, a threshold of at least 2, and at most one less than \
         the trustees, so that one may fail"
    )]
    Quorum {
        /// The threshold.
        threshold: u8,
        /// The trustees.
        nodes: u8,
    },
    /// The bytes are not what they should be.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The public keys of the nodes do not belong to the joint one.
    #[error("the public keys of {id} contradict each other: fetch them again from two trustees and compare")]
    Contradiction {
        /// Whose keys.
        id: KeyId,
    },
    /// The share is not the one of its node.
    #[error("the share of trustee {node} for {id} does not fit its public key; restore it from that trustee's files")]
    Share {
        /// Whose keys.
        id: KeyId,
        /// Whose share.
        node: NodeId,
    },
    /// Messages of some nodes are missing, or some are from strangers.
    #[error("key generation needs one message of each other trustee; trustee {node} has none, or is none of them")]
    Party {
        /// Which node.
        node: NodeId,
    },
    /// Nodes sent what does not verify.
    #[error("key generation stopped: what trustees {culprits:?} sent does not verify; exclude them and start anew")]
    Culprits {
        /// Who.
        culprits: Vec<NodeId>,
    },
    /// Nodes saw something else than this one.
    #[error("trustees {nodes:?} ended key generation with another result; discard it everywhere and start anew")]
    NotConfirmed {
        /// Who.
        nodes: Vec<NodeId>,
    },
    /// The message belongs to another key or generation.
    #[error("trustee {node} answered for another key; each key generation needs its own messages")]
    OtherKey {
        /// Who.
        node: NodeId,
    },
    /// There is no randomness.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}
