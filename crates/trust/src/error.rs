//! What can go wrong between a spec and a result.

use crate::Mistake;

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The spec has mistakes.
    #[error("{}", listed(.0))]
    Spec(Vec<Mistake>),
    /// The data cannot be read as the spec describes them.
    #[error(transparent)]
    Data(#[from] guildhall_data::Error),
    /// The mechanisms refuse.
    #[error(transparent)]
    Privacy(#[from] guildhall_dp::Error),
    /// Nothing in the spec can be released.
    #[error("all metrics of the spec are computed in the clear only; add one that is released, see docs/metrics.md")]
    NothingToRelease,
    /// A model found no estimate.
    #[error("{metric}: {why}; check the columns, or give more customers")]
    Model {
        /// The metric.
        metric: &'static str,
        /// What is missing.
        why: &'static str,
    },
}

fn listed(mistakes: &[Mistake]) -> String {
    mistakes.iter().map(Mistake::to_string).collect::<Vec<_>>().join("\n")
}
