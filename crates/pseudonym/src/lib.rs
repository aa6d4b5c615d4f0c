//! Joint pseudonyms under a key that nobody holds, single-owner pseudonyms, and counts of shared customers.
//!
//! | module | what it does |
//! |---|---|
//! | [`canonical`] | one spelling per identifier: e-mail, phone number, plain id; versioned |
//! | [`capsule`] | identifiers sealed for a quorum, bound to pseudonym, member and purpose |
//! | [`evaluate`] | a member asks, trustees answer with proofs within quotas, any quorum gives the same |
//! | [`key`] | keys shared among trustees, made and renewed together, per domain and epoch |
//! | [`oprf`] | the oblivious function (RFC 9497, ristretto255-SHA512) and its batch proofs |
//! | [`overlap`] | how many customers members share: intersection cardinality with keys of one run |
//! | [`own`] | pseudonyms of a single owner: encryption, format-preserving encryption, shifted dates, tokens, keyed hash |
//! | [`pseudonym`] | the written form, with check characters |
//! | [`quota`] | how much a member may ask, counted durably by every trustee |
//! | [`resolve`] | opening a capsule: tickets that people approve, shares with proofs |
//! | [`store`] | what a trustee must remember; the caller provides it |
//! | [`when`] | times for people |
//!
//! Assumptions: the one-more gap Diffie-Hellman problem is hard in ristretto255, SHA-512 behaves like a random
//! oracle, and channels between parties are authenticated (and confidential where a function says so).
//!
//! Not here: networks, clocks, and files but for [`own`]. Callers pass messages, a store and the time.

pub mod canonical;
pub mod capsule;
pub mod evaluate;
mod group;
pub mod key;
mod lagrange;
pub mod oprf;
pub mod overlap;
pub mod own;
pub mod pseudonym;
pub mod quota;
mod random;
pub mod resolve;
pub mod store;
pub mod when;
mod wire;

pub use canonical::{CanonicalError, Identifier, LocalPart, Region, Rules};
pub use capsule::{Capsule, CapsuleError, Label, Purpose, UnverifiedCapsule};
pub use evaluate::{Access, Asking, EvaluateError, Life, Trustee};
pub use key::{Domain, Epoch, KeyError, KeyId, KeyShare, KeyUse, NodeId, PublicKeys, Quorum};
pub use pseudonym::{Pseudonym, PseudonymError};
pub use quota::{Allowance, MemberName, Quota, QuotaError};
pub use random::NoRandomness;
pub use resolve::{Panel, Person, PersonKey, ResolveError, TicketLog, UnverifiedTicket};
pub use store::{ForgetfulStore, Recorded, Store, StoreError};
pub use wire::DecodeError;
