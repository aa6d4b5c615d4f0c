//! Errors, grouped by whose fault they are.

use crate::Id;
use guildhall_ledger::{BudgetError, NoteError, RecordError};
use guildhall_mpc::{ContributeError, OpenError, SealError, UnsafeThreshold};

/// Why a role cannot go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FederationError {
    /// A charter, manifest or other statement breaks a rule.
    #[error("{what}: {rule}")]
    Rule {
        /// The statement.
        what: &'static str,
        /// The rule it breaks, and what to do.
        rule: String,
    },
    /// A statement cannot be read.
    #[error("{what} cannot be read: {why}")]
    Unreadable {
        /// The statement.
        what: &'static str,
        /// Where and why.
        why: String,
    },
    /// The charter is not the one that was agreed.
    #[error("the charter's fingerprint is {found}, but {pinned} was agreed outside the coordinator")]
    OtherCharter {
        /// Fingerprint of the charter received.
        found: String,
        /// Fingerprint pinned.
        pinned: String,
    },
    /// Signatures are missing or wrong.
    #[error("{what}: {source}")]
    Signature {
        /// The statement.
        what: &'static str,
        /// What is wrong.
        source: NoteError,
    },
    /// Too few trustees took part.
    #[error("{have} of {need} trustees {did}; missing: {missing}")]
    TooFewTrustees {
        /// How many did.
        have: usize,
        /// How many must.
        need: usize,
        /// What they did.
        did: &'static str,
        /// Names of those that did not.
        missing: String,
    },
    /// Too few members contributed.
    #[error("{have} members contributed, but nothing is opened below {need}")]
    TooFewMembers {
        /// Members in the set.
        have: usize,
        /// Members needed.
        need: u64,
    },
    /// The policy forbids it.
    #[error("refused by policy: {0}")]
    Policy(String),
    /// The privacy budget does not allow it.
    #[error(transparent)]
    Budget(#[from] BudgetError),
    /// The periods of a round have no budget left for it, counted in rho.
    #[error(
        "the privacy budget of {window} does not suffice: rho {spent} is spent on its periods, {asked} is asked, \
         and the limit is {limit}"
    )]
    OverRho {
        /// The data window.
        window: String,
        /// Spent on the periods of the window so far.
        spent: Box<guildhall_dp::Rho>,
        /// What the round costs.
        asked: Box<guildhall_dp::Rho>,
        /// What all rounds together may cost.
        limit: Box<guildhall_dp::Rho>,
    },
    /// The periods of a round have no budget left for it.
    #[error(
        "the privacy budget of {window} does not suffice: epsilon {spent} is spent on its periods, {asked} is asked, \
         and the limit is {limit}"
    )]
    OverBudget {
        /// The data window.
        window: String,
        /// Spent on the periods of the window so far.
        spent: guildhall_kpi::Rational,
        /// What the round costs.
        asked: guildhall_kpi::Rational,
        /// What the charter allows.
        limit: guildhall_kpi::Rational,
    },
    /// The durable store failed or holds something else.
    #[error(transparent)]
    Records(#[from] RecordError),
    /// The threshold is unsafe.
    #[error(transparent)]
    Threshold(#[from] UnsafeThreshold),
    /// A contribution could not be made.
    #[error(transparent)]
    Contribute(#[from] ContributeError),
    /// Sealing failed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The sums could not be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Noise could not be planned or drawn.
    #[error(transparent)]
    Noise(#[from] guildhall_dp::Error),
}

/// Why a trustee does not sign a set. It stays where it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// The set names a contribution this trustee has not verified.
    #[error("contribution {0} has not been verified here")]
    NotVerified(Id),
    /// The set does not follow the protocol.
    #[error("{0}")]
    Set(String),
    /// The cells would single members out.
    #[error("{0}")]
    Cells(#[from] crate::audit::SinglesOut),
    /// Earlier rounds ended in a way this trustee does not know.
    #[error("how rounds {0:?} ended is not known here: show their certificates, or that a quorum abandoned them")]
    Unsettled(Vec<u32>),
    /// Another set was signed for this round number.
    #[error("another set was already signed for this round")]
    SignedAnother,
    /// The budget does not allow it.
    #[error(transparent)]
    Budget(#[from] BudgetError),
    /// The durable store failed.
    #[error(transparent)]
    Records(RecordError),
    /// Any other rule.
    #[error(transparent)]
    Other(#[from] FederationError),
}
