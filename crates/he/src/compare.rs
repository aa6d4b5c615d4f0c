//! Members' figures compared without being added: ranks and order statistics on TFHE ciphertexts.
//!
//! Three parties. The **opener** makes the keys ([`OpeningKey`]) and can decrypt. Each **member** encrypts one figure
//! under the public [`EncryptionKey`]. The **evaluator** holds only the [`EvaluationKey`] and every ciphertext and
//! computes; it learns nothing. The opener must be somebody else than the evaluator, and must not see the members'
//! ciphertexts: `tfhe` has no threshold decryption, so opener and evaluator together can read every figure.
//!
//! What the opener sees is the order statistics it was asked for, and for every member two numbers masked by pads that
//! only the member knows ([`Pads`]): the member takes its own pads off and learns how many figures are below and above
//! its own. The pads cost no bootstrap: they are added modulo 32, the whole space of a ciphertext without padding bit.
//!
//! Source: programmable bootstrapping as in Chillotti, Joye, Paillier, "Programmable bootstrapping enables efficient
//! homomorphic inference of deep neural networks" (CSCML 2021); ranks by comparing every pair as in Cetin, Doröz,
//! Sunar, Savaş, "Depth optimized efficient homomorphic sorting" (LATINCRYPT 2015); compact public keys as in Joye,
//! "TFHE public-key encryption revisited" (ePrint 2023/603). [`Plan::bootstraps`] counts bootstraps.
//!
//! Assumption: members encrypt what they should. Nothing here proves it: a member that lies about its figure changes
//! ranks just as a lie in the clear would, and one that encrypts inconsistent digits can make an order statistic
//! nonsense (found when it leaves the range). The result's noise is not flooded, so an opener that studies it may
//! learn something about how it was computed; where that matters, use the secure sum. The evaluator keeps to the plan: an
//! evaluation repeated elsewhere opens to the same values but has other bytes (the library chooses its Fourier transform
//! by timing it), so that nobody can check it by comparing bytes, and an evaluator that put a member's digits where an
//! order statistic belongs would have the opener decrypt them.
//!
//! Not here: the file system, adding up (the linear layer).

mod circuit;
mod comparison;
mod figure;
mod file;
mod keys;
mod outcome;
mod plan;
mod pool;
mod words;

pub use circuit::Evaluator;
pub use comparison::{Comparison, KeyFiles, MemberFiles};
pub use figure::{Figure, Width};
pub use file::Kind;
pub use keys::{EncryptionKey, EvaluationKey, OpeningKey};
pub use outcome::{MaskedPlace, Opened, Pads, Place, Results};
pub use plan::{MAX_MEMBERS, Plan};
pub use pool::Upload;

use std::panic::{AssertUnwindSafe, catch_unwind};

/// What can go wrong in a comparison.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompareError {
    /// A width no figure can have.
    #[error("a figure has 4, 8, 12, ... or 32 bits, not {0}: take the next larger multiple of four")]
    Width(u32),
    /// A figure too large for its width.
    #[error("the figure needs more than {bits} bits: declare a larger width, or coarser steps")]
    TooLarge {
        /// Bits declared.
        bits: u32,
    },
    /// Too few or too many members.
    #[error("{0} members: a comparison takes 2 to {MAX_MEMBERS}")]
    Members(usize),
    /// An order statistic that does not exist.
    #[error("there is no figure number {asked} among {members} members: count from 0, the smallest, to {last}", last = members - 1)]
    Order {
        /// What was asked.
        asked: usize,
        /// Members there are.
        members: usize,
    },
    /// Bytes of the wrong length.
    #[error("{what} has {found} bytes, not {expected}: it is cut off, padded or made for another comparison")]
    Length {
        /// What the bytes should have been.
        what: &'static str,
        /// Bytes found.
        found: usize,
        /// Bytes expected.
        expected: usize,
    },
    /// Parts that were not made for each other.
    #[error("{0} does not fit this comparison: it was made for other members, questions or parameters")]
    Mismatch(&'static str),
    /// Parties that cannot run a comparison.
    #[error("the parties cannot compare: {0}")]
    Parties(&'static str),
    /// A key that is not a member's.
    #[error("the key {0} is not on the roster: add the member to the comparison, or use the member's own identity")]
    NotOnRoster(String),
    /// A file that was altered, cut off, or is something else.
    #[error("{0} does not verify: the file was altered or cut off, or is something else; get it again")]
    Damaged(&'static str),
    /// An opened value outside its range.
    #[error(
        "{0} opens to a value outside its range: some member's ciphertext is malformed, or the wrong key opened it"
    )]
    OutOfRange(&'static str),
    /// The library stopped.
    #[error("the comparison library could not handle {0}: it is damaged or made for another version")]
    Library(&'static str),
}

/// Calls the library so that a panic inside it becomes an error.
fn guarded<T>(what: &'static str, call: impl FnOnce() -> T) -> Result<T, CompareError> {
    catch_unwind(AssertUnwindSafe(call)).map_err(|_| CompareError::Library(what))
}

#[cfg(test)]
mod tests;
