//! Joint pseudonyms under a key that nobody holds, single-owner pseudonyms, and counts of shared customers.
//!
//! | module | what it does |
//! |---|---|
//! | [`canonical`] | one spelling per identifier: e-mail, phone number, plain id; versioned |
//! | [`oprf`] | the oblivious function (RFC 9497, ristretto255-SHA512) and its batch proofs |
//! | [`own`] | pseudonyms of a single owner: encryption, format-preserving encryption, shifted dates, tokens, keyed hash |
//!
//! Assumptions: the one-more gap Diffie-Hellman problem is hard in ristretto255, SHA-512 behaves like a random
//! oracle, and channels between parties are authenticated (and confidential where a function says so).
//!
//! Not here: networks, clocks, and files but for [`own`]. Callers pass messages, a store and the time.

pub mod canonical;
mod group;
pub mod oprf;
pub mod own;
mod random;

pub use canonical::{CanonicalError, Identifier, LocalPart, Region, Rules};
pub use random::NoRandomness;
