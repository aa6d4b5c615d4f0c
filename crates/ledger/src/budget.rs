//! What privacy was spent on, exactly, durably and in a chain that shows every change.
//!
//! Source: basic composition (Dwork and Roth 2014, theorem 3.16): epsilons and deltas of one subject over
//! one data window add up, and zero-concentrated costs where a limit is stated in rho. Amounts are exact
//! rationals; there is no floating point and nothing negative. Every entry contains the hash of the one before it.
//!
//! The first charge of an account fixes its limit, and windows of one subject that share days are refused, so that
//! neither a second configuration nor a shifted window opens a fresh budget over the same data.
//!
//! A charge is durable before it is granted, and stays charged if the release never happens. Several
//! processes may charge one store: an entry's place in the chain is a record made once, so whoever
//! comes second sees the first entry before it decides.
//!
//! Assumption: that of [`crate::records`]. The chain shows changes and gaps; a cut at its end shows only
//! against a head kept elsewhere, e.g. in the Merkle log: see [`BudgetLedger::head_at`].
//!
//! Not here: tighter composition, what a charge pays for, noise.

mod account;
mod amount;
mod charge;
mod entry;
mod ledger;

pub use account::Account;
pub use amount::{Epsilon, NO_DELTA, Spent};
pub use charge::{Charge, Limit};
pub use entry::{Entry, UnverifiedEntry};
pub use ledger::BudgetLedger;

use crate::{Hash, RecordError};

/// Why a charge is refused or the chain does not hold.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BudgetError {
    /// The sum would exceed the limit.
    #[error(
        "the privacy budget of {subject} for {window} does not suffice: {spent} is spent, {asked} is asked, \
         and the limit is {limit}; ask for less or wait for new data"
    )]
    Exceeded {
        /// Whose budget.
        subject: String,
        /// Of which data.
        window: String,
        /// Spent so far, charges of the same request before this one included.
        spent: Box<Spent>,
        /// Asked for.
        asked: Box<Spent>,
        /// The limit.
        limit: Box<Limit>,
    },
    /// The limit is higher than the one fixed before.
    #[error(
        "the limit of the privacy budget of {subject} for {window} was fixed at {fixed} by its first charge and \
         cannot become {asked}: keep to it"
    )]
    Raised {
        /// Whose budget.
        subject: String,
        /// Of which data.
        window: String,
        /// The limit that stands.
        fixed: Box<Limit>,
        /// The limit asked for.
        asked: Box<Limit>,
    },
    /// The window shares data with another window of the same subject.
    #[error(
        "the window {window} of {subject} shares data with {other}, which has a budget of its own: \
         use {other} again, or a window beside it"
    )]
    Overlap {
        /// Whose budget.
        subject: String,
        /// The window asked for.
        window: String,
        /// The window that was charged before.
        other: String,
    },
    /// The id was charged before with other content.
    #[error("the charge {id:?} was made before with other content; it stands, so choose a new id")]
    Conflict {
        /// Id of the charge.
        id: String,
    },
    /// A charge whose id begins so was made before, and only the first is granted.
    #[error("a charge {family:?} was made before; it stands, and this one was not made")]
    Taken {
        /// What the ids begin with.
        family: String,
    },
    /// An epsilon that is not a non-negative rational in lowest terms.
    #[error("{text:?} is not an exact epsilon: write 1 or 1/3 in lowest terms, never negative")]
    Epsilon {
        /// What was written, shortened.
        text: String,
    },
    /// A delta that cannot be added exactly.
    #[error("delta 2^-{bits} cannot be charged: use 1 to 1024 bits, or {NO_DELTA} for no delta at all")]
    Delta {
        /// The exponent.
        bits: u32,
    },
    /// A text of a charge is empty, too long or not printable.
    #[error("the {field} of a charge must have 1 to {limit} bytes and no control characters")]
    Text {
        /// Which text.
        field: &'static str,
        /// Most bytes.
        limit: usize,
    },
    /// An entry is longer than any entry can be.
    #[error("a budget entry has {found} bytes; at most {limit} are read")]
    TooLong {
        /// Bytes found.
        found: usize,
        /// Most bytes read.
        limit: usize,
    },
    /// An entry is not canonical JSON of the known form.
    #[error("budget entry is not of the form guildhall/budget/v1: {source}")]
    Malformed {
        /// What the parser met.
        source: serde_json::Error,
    },
    /// An entry is well formed, but not written in the one canonical way.
    #[error("budget entry {index} is not written in the one canonical way")]
    NotCanonical {
        /// Index the entry claims.
        index: u64,
    },
    /// An entry is missing or at the wrong place.
    #[error("the budget chain has entry {found} where entry {expected} belongs: entries were removed")]
    Gap {
        /// Index expected.
        expected: u64,
        /// Index found.
        found: u64,
    },
    /// An entry does not continue the chain.
    #[error("budget entry {index} follows {claimed}, but the entry before it is {computed}: the chain was changed")]
    Broken {
        /// Index of the entry.
        index: u64,
        /// Hash the entry names.
        claimed: Hash,
        /// Hash of the entry before it.
        computed: Hash,
    },
    /// Other processes keep charging; the request can be repeated.
    #[error("other processes keep charging the same ledger: try again")]
    Busy,
    /// The records failed.
    #[error(transparent)]
    Records(#[from] RecordError),
}

#[cfg(test)]
mod tests;
