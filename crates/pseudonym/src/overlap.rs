//! How many customers businesses share, without any of them learning which.
//!
//! Private set intersection cardinality by Diffie-Hellman (Meadows 1986; Huberman, Franklin and Hogg 1999; among many
//! parties with a comparing party as in De Cristofaro, Gasti and Tsudik 2012), on ristretto255. Numbers in comments are
//! steps of `docs/protocol.md`, section "Overlaps".
//!
//! 1. Each member commits itself to its set ([`Enrolled`]); the comparing party draws a key pair for this run alone
//!    ([`Comparer`]). Everybody computes the same [`Terms`] from their messages.
//! 2. A member turns each customer into a point by a hash that contains the terms, multiplies it by a scalar of this
//!    run, and encrypts it to the comparing party (ElGamal).
//! 3. Each set travels through all members. Each multiplies both halves of every ciphertext by its scalar and sorts the
//!    results, so that the new order says nothing of the old one ([`Passing`]).
//! 4. The comparing party decrypts. Every customer is now one point under all scalars, the same in every set that has
//!    it. It counts points by the members that have them, and learns nothing else ([`Regions`]).
//!
//! The sets are encrypted because two members together would otherwise see a set come back under the key of the member
//! between them, compare it with that member's own, and name the customers they share (`docs/adr`, "Overlaps").
//!
//! Assumptions: the decisional Diffie-Hellman problem is hard in ristretto255, SHA-512 behaves like a random oracle,
//! channels are authenticated. The comparing party is not a member and tells no member what it sees. Members keep to the
//! protocol; those that do not can make the counts wrong, and one that pads its set with made-up customers can ask
//! about single ones, which is why what is published carries noise.
//!
//! What each party learns: members the sizes of all sets; the comparing party the exact number of customers of every
//! combination of members, and the sizes. Nobody else learns anything before noise is added.
//!
//! Not here: noise, budgets and the log of commitments (the command line wires `dp` and `ledger`), channels, fuzzy
//! matching, proofs that a set is a member's true one.

mod comparer;
mod error;
mod figures;
mod member;
mod points;
mod set;
mod terms;
#[cfg(test)]
mod tests;
mod wire;

pub use comparer::{Comparer, Comparing};
pub use error::OverlapError;
pub use figures::{Change, Figure, FigureKind, REGION_CHANGE, Regions, figures};
pub use member::{Enrolled, Outgoing, Passing, Recipient};
pub use set::{CustomerSet, SetCommitment, SetSalt};
pub use terms::{ComparerKey, Enrolment, Terms, TermsDigest};
pub use wire::{MAX_HELLO_BYTES, Pass, UnverifiedComparerKey, UnverifiedEnrolment, UnverifiedPass};

/// Fewest members.
pub const LEAST_MEMBERS: usize = 2;
/// Most members: there are 2^n - 1 combinations of n members, each a number that gets noise.
pub const MAX_MEMBERS: usize = 8;
/// Fewest customers of a set, whatever the terms say: below it a count is an answer about single people.
pub const LEAST_SET: u32 = 20;
/// Most customers of a set.
pub const MAX_SET: u32 = 1 << 22;
/// Most bytes of a member's name.
pub const MAX_NAME_BYTES: usize = 64;
/// Most bytes of a purpose.
pub const MAX_PURPOSE_BYTES: usize = 200;
