//! Joint evaluation: a member hides its identifiers, any `t` trustees evaluate them, and nobody else learns anything.
//!
//! ```text
//! Asking::new(identifiers) -> request -> Trustee::evaluate (each: key? member? quota!) -> reply with proof
//!   -> Asking::combine (verify each, name the bad ones, interpolate t, unblind) -> outputs
//! ```
//!
//! Source: RFC 9497 mode OPRF with the key shared by Shamir's scheme (Jarecki, Kiayias, Krawczyk, Xu 2017); each
//! partial evaluation carries the batch proof of RFC 9497, 2.2, under the trustee's own public key. The outputs are
//! those of one server with the whole key, byte for byte.
//!
//! Assumption: fewer than `t` trustees collude; channels tell trustees which member asks.
//!
//! Not here: transport and the store, which the caller provides.

mod asking;
mod message;
#[cfg(test)]
pub(crate) mod tests;
mod trustee;

pub use asking::{Asking, Outcome};
pub use message::{Reply, Request, UnverifiedReply, UnverifiedRequest};
pub use trustee::{Access, Life, Trustee};

use crate::key::{KeyError, KeyId, NodeId};
use crate::oprf::OprfError;
use crate::quota::{MemberName, QuotaError};
use crate::store::StoreError;
use crate::when::utc;
use crate::wire::DecodeError;

/// Why a joint evaluation was refused or failed. No message contains an identifier.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvaluateError {
    /// A message cannot be read.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A key cannot be read or used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The group's arithmetic refused.
    #[error(transparent)]
    Oprf(#[from] OprfError),
    /// The trustee has no such key: none is made up.
    #[error("trustee {node} has no key for {id}; ask for a domain and an epoch that were set up")]
    NoKey {
        /// Which trustee.
        node: NodeId,
        /// Which key.
        id: KeyId,
    },
    /// The key's epoch has not begun or is over.
    #[error("{id} is used from {} until {}, and now it is {}", utc(*from), utc(*until), utc(*now))]
    OutsideEpoch {
        /// Which key.
        id: KeyId,
        /// Its first second.
        from: u64,
        /// Its end.
        until: u64,
        /// Now.
        now: u64,
    },
    /// The member may not use the domain.
    #[error("trustee {node} does not serve {member} in {id}; the members of a domain are agreed when it is set up")]
    NotAMember {
        /// Which trustee.
        node: NodeId,
        /// Who asked.
        member: MemberName,
        /// Which key.
        id: KeyId,
    },
    /// The member's quota is used up, or could not be counted.
    #[error(transparent)]
    Quota(#[from] QuotaError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Too few valid answers came.
    #[error("{good} of the {needed} trustees needed gave a valid answer; trustees {bad:?} gave invalid ones")]
    TooFew {
        /// Valid answers.
        good: usize,
        /// Needed.
        needed: usize,
        /// Whose answers were invalid.
        bad: Vec<NodeId>,
    },
}

impl EvaluateError {
    /// The trustees at fault, if the error names some.
    pub fn culprits(&self) -> &[NodeId] {
        match self {
            Self::TooFew { bad, .. } | Self::Key(KeyError::Culprits { culprits: bad }) => bad,
            Self::Decode(_)
            | Self::Key(_)
            | Self::Oprf(_)
            | Self::NoKey { .. }
            | Self::OutsideEpoch { .. }
            | Self::NotAMember { .. }
            | Self::Quota(_)
            | Self::Store(_) => &[],
        }
    }
}
