//! How many trustees open, how many must sign, and what that guarantees.

use crate::sharing::Subset;

/// Threshold `t` of `k` trustees with certificate quorum `u`; only safe triples can be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threshold {
    k: u8,
    t: u8,
    u: u8,
}

/// What a [`Threshold`] guarantees, in numbers of trustees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guarantees {
    /// Figures stay private against the coordinator, any members and this many trustees (`f_p`).
    pub private_against: u8,
    /// Totals are right, and no invalid contribution counts, against this many trustees (`f_i`).
    pub correct_against: u8,
    /// A round ends although this many trustees stop, stay silent or disagree, in total (`k - u`).
    pub survives: u8,
}

/// Why a triple `(k, t, u)` is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnsafeThreshold {
    /// Not `2 <= t <= u <= k <= 15`.
    #[error("(k, t, u) = ({k}, {t}, {u}): need 2 <= t <= u <= k <= 15")]
    Order {
        /// Trustees.
        k: u8,
        /// Threshold.
        t: u8,
        /// Quorum.
        u: u8,
    },
    /// Two quorums could be certified by overlapping only in bad trustees.
    #[error(
        "(k, t, u) = ({k}, {t}, {u}): a coordinator with one bad trustee could have two different sets opened, \
         because 2u - k = {overlap} does not exceed 1; raise the quorum u"
    )]
    SplitView {
        /// Trustees.
        k: u8,
        /// Threshold.
        t: u8,
        /// Quorum.
        u: u8,
        /// `2u - k`.
        overlap: i16,
    },
    /// A wrong total could be published.
    #[error(
        "(k, t, u) = ({k}, {t}, {u}): two different totals could each be backed by u shares, \
         because 2u - k = {overlap} is below t = {t}; raise the quorum u"
    )]
    Ambiguous {
        /// Trustees.
        k: u8,
        /// Threshold.
        t: u8,
        /// Quorum.
        u: u8,
        /// `2u - k`.
        overlap: i16,
    },
    /// One bad trustee could have an invalid contribution counted.
    #[error("(k, t, u) = ({k}, {t}, {u}): u must exceed t, or one bad trustee lets an invalid contribution count")]
    NoIntegrity {
        /// Trustees.
        k: u8,
        /// Threshold.
        t: u8,
        /// Quorum.
        u: u8,
    },
    /// Too many seeds per member.
    #[error("(k, t, u) = ({k}, {t}, {u}): a member would need {seeds} seeds; at most 100 are allowed")]
    TooManySeeds {
        /// Trustees.
        k: u8,
        /// Threshold.
        t: u8,
        /// Quorum.
        u: u8,
        /// `C(k, t - 1)`.
        seeds: usize,
    },
}

impl Threshold {
    /// The default: five trustees, three open, four sign; survives one fault.
    pub const FIVE: Self = Self { k: 5, t: 3, u: 4 };
    /// Seven trustees, three open, five sign; survives two faults.
    pub const SEVEN: Self = Self { k: 7, t: 3, u: 5 };

    /// A safe triple.
    ///
    /// # Errors
    /// If any rule of `docs/protocol.md`, "Parameters" is broken; the error says what an attacker could do.
    pub fn new(k: u8, t: u8, u: u8) -> Result<Self, UnsafeThreshold> {
        if t < 2 || u < t || k < u || k > 15 {
            return Err(UnsafeThreshold::Order { k, t, u });
        }
        let overlap = 2 * i16::from(u) - i16::from(k);
        if overlap <= 1 {
            return Err(UnsafeThreshold::SplitView { k, t, u, overlap });
        }
        if overlap < i16::from(t) {
            return Err(UnsafeThreshold::Ambiguous { k, t, u, overlap });
        }
        if u == t {
            return Err(UnsafeThreshold::NoIntegrity { k, t, u });
        }
        let params = Self { k, t, u };
        let seeds = Subset::all(&params).len();
        if seeds > 100 {
            return Err(UnsafeThreshold::TooManySeeds { k, t, u, seeds });
        }
        Ok(params)
    }

    /// Number of trustees.
    pub const fn k(&self) -> u8 {
        self.k
    }

    /// Shares needed to open.
    pub const fn t(&self) -> u8 {
        self.t
    }

    /// Trustees that must sign a set and agree on its sums.
    pub const fn u(&self) -> u8 {
        self.u
    }

    /// What the triple guarantees.
    pub fn guarantees(&self) -> Guarantees {
        Guarantees {
            private_against: (self.t - 1).min(2 * self.u - self.k - 1),
            correct_against: self.u - self.t,
            survives: self.k - self.u,
        }
    }

    /// Noise contributions that are honest in the worst case: `u - f_p`; they alone reach the stated epsilon.
    pub fn honest_noise(&self) -> u8 {
        self.u - self.guarantees().private_against
    }

    /// The trustee numbers `1..=k`.
    pub fn trustees(&self) -> impl Iterator<Item = u8> + use<> {
        1..=self.k
    }
}
