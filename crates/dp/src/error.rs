//! What can go wrong, and how to mend it.

use guildhall_kpi::{Rational, SchemaError};

/// Why a privacy computation was refused. Carries no figure and no noise.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An epsilon of zero would need infinite noise.
    #[error("epsilon is zero, which no amount of noise reaches; give an epsilon above zero, such as \"1\" or \"1/2\"")]
    EpsilonZero,
    /// A sensitivity of zero needs no noise.
    #[error("the sensitivity is zero: one member cannot change this column, so it needs no noise; open it exactly")]
    SensitivityZero,
    /// Nobody honest adds noise.
    #[error("no honest noise share is left (u - f_p = 0); choose a quorum u above the number f_p of bad trustees")]
    NoHonestShare,
    /// Fewer shares in the sum than must be honest.
    #[error("{shares} noise shares cannot contain {honest} honest ones; use at least {honest} shares per sum")]
    TooFewShares {
        /// Shares that enter a sum.
        shares: u32,
        /// Shares that must be honest.
        honest: u32,
    },
    /// The noise would be so wide that it cannot be sampled in reasonable time.
    #[error(
        "noise of sensitivity {sensitivity} at epsilon {epsilon} has a scale above {limit} steps, too wide to sample \
         exactly; use a coarser resolution, a larger epsilon, or a histogram instead of squares"
    )]
    ScaleTooLarge {
        /// L1 sensitivity in steps.
        sensitivity: u128,
        /// Epsilon of the column group.
        epsilon: Rational,
        /// Largest scale that is sampled.
        limit: u32,
    },
    /// Shares would not fit the integers the round computes with.
    #[error(
        "noise shares for sensitivity {sensitivity} at epsilon {epsilon} may exceed 2^{bits}; use a coarser resolution"
    )]
    BoundTooLarge {
        /// L1 sensitivity in steps.
        sensitivity: u128,
        /// Epsilon of the column group.
        epsilon: Rational,
        /// Largest magnitude of a share, as a power of two.
        bits: u32,
    },
    /// A zero-concentrated loss so small that no noise of this kind reaches it.
    #[error(
        "a zero-concentrated loss of {rho} with {honest} honest noise shares needs more noise than a share can carry; \
         use a larger epsilon, a smaller bound per customer, fewer figures or a coarser resolution"
    )]
    RhoTooSmall {
        /// The loss asked for.
        rho: Rational,
        /// Shares that must be honest.
        honest: u32,
    },
    /// A loss beyond which the cost of bounded Gaussian shares is not proven, and that protects nobody.
    #[error("noise that costs epsilon {epsilon} protects nobody; a round with Gaussian noise may cost at most {limit}")]
    EpsilonTooLarge {
        /// Epsilon of the round.
        epsilon: Rational,
        /// The most it may be.
        limit: u64,
    },
    /// The random number generator failed; nothing was sampled.
    #[error("the random number generator failed, so no noise was drawn; check the operating system's entropy source")]
    Randomness,
    /// The schema breaks a rule of its own.
    #[error("the schema cannot be priced: {0}")]
    Schema(#[from] SchemaError),
    /// No cell contains the member.
    #[error("the number of opened cells containing one member is zero; count at least the cell of all members")]
    NoCell,
    /// An exact total does not fit a ratio of two 64-bit integers.
    #[error("the total epsilon is not a ratio of two 64-bit integers; write every epsilon with a common denominator")]
    TooFine,
    /// A charge would exceed the limit; nothing was charged.
    #[error(
        "this costs epsilon {asked}, but {spent} of {limit} is already spent on this data window; lower the \
         epsilons, open fewer figures or cells, or agree on a higher limit"
    )]
    EpsilonExhausted {
        /// Epsilon of the refused charge.
        asked: Box<num_rational::BigRational>,
        /// Epsilon charged before.
        spent: Box<num_rational::BigRational>,
        /// Agreed limit.
        limit: Box<num_rational::BigRational>,
    },
    /// A charge would exceed the limit on delta; nothing was charged.
    #[error(
        "this would bring delta above 2^-{limit_bits} for this data window; open fewer noisy columns or agree on a \
         higher limit"
    )]
    DeltaExhausted {
        /// The limit on delta is `2^-limit_bits`.
        limit_bits: u32,
    },
    /// A charge would exceed the limit in zero-concentrated privacy; nothing was charged.
    #[error(
        "this costs rho {asked}, but {spent} of {limit} is already spent on this data window; lower rho, release less, \
         or agree on a higher limit"
    )]
    RhoExhausted {
        /// Rho of the refused charge, pure parts counted as epsilon^2 / 2.
        asked: Box<num_rational::BigRational>,
        /// Rho charged before.
        spent: Box<num_rational::BigRational>,
        /// Agreed limit.
        limit: Box<num_rational::BigRational>,
    },
    /// A privacy parameter below zero.
    #[error("{value} is below zero; privacy parameters are never negative, give zero or more")]
    NegativeParameter {
        /// The value.
        value: Box<num_rational::BigRational>,
    },
    /// A conversion between privacy measures at a delta that has no use.
    #[error("cannot convert at delta 2^-{bits}; give a delta between 2^-1 and 2^-1000, such as 2^-40")]
    ConversionDelta {
        /// The delta asked for is `2^-bits`.
        bits: u32,
    },
    /// A rho so large that no epsilon is worth stating.
    #[error("rho {rho} gives no protection worth stating as an epsilon; use a rho below {limit}")]
    RhoTooLarge {
        /// The rho.
        rho: Box<num_rational::BigRational>,
        /// Largest rho that is converted.
        limit: u32,
    },
    /// Too few members, or a number of bins no histogram has.
    #[error("nothing to predict for {members} members and {bins} bins; give at least one member and 2 to 256 bins")]
    NothingToPredict {
        /// Members expected.
        members: u64,
        /// Bins of the histogram.
        bins: u32,
    },
}
