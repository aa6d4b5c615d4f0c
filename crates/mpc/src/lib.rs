//! Threshold secure sum with proved inputs: many members' vectors become one total, and no
//! coalition of fewer than `t` trustees learns anything else.
//!
//! A member shares its encoded figures with `k` trustees by pseudo-random secret sharing (one
//! masked vector plus replicated 32-byte seeds; Cramer, Damgard, Ishai, TCC 2005) and proves with a
//! fully linear proof (`prio::flp`, VDAF draft 18, section 7.3) evaluated *over those shares* that
//! every figure is in range, lies in the bin it claims, and is present where the header says so.
//! Each trustee checks alone, without talking to the others. Sum shares of the accepted
//! contributions are points of one polynomial; at least `u` of them must agree.
//!
//! The steps are numbered in `docs/protocol.md`; comments name the step they carry out.
//!
//! Assumptions: the hash is a random oracle (Fiat-Shamir), HPKE is IND-CCA2, AES-128-CTR keyed
//! through HMAC-SHA256 is a PRG. The zero-knowledge and soundness arguments over threshold shares
//! are on paper and by one reviewer; see `docs/threat-model.md`.
//!
//! Not here: signatures, who may take part, files, networks, noise sampling.

mod check;
pub mod circuit;
mod contribute;
mod contribution;
mod digest;
mod open;
mod params;
mod seal;
mod secret;
mod sharing;
mod soundness;

pub use check::{Pending, Refusal, VerifiedShare};
pub use contribute::{ContributeError, contribute};
pub use contribution::{Author, Body, Contribution, DecodeError, Role, Round, Shape, UnverifiedBody};
pub use digest::{Digest, digest};
pub use open::{OpenError, OpenedSums, SumShare, centred, open_sums};
pub use params::{Guarantees, Threshold, UnsafeThreshold};
pub use prio::field::Field128;
pub use seal::{SealError, SealKeyPair, SealPublicKey, open_bytes, seal_bytes};
pub use secret::{FieldSecret, Seed};
pub use sharing::Subset;
pub use soundness::{MINIMUM_SOUNDNESS_BITS, Soundness};

#[cfg(test)]
mod tests;
