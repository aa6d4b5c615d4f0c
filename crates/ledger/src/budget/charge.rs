//! What is charged, and up to which limit.

use super::amount::{Spent, check_delta};
use super::{BudgetError, Epsilon};
use serde::{Deserialize, Serialize};
use std::fmt;

const MAX_NAME_BYTES: usize = 256;
const MAX_PURPOSE_BYTES: usize = 1024;

/// One charge to the budget of one subject over one data window.
///
/// # Privacy
/// Entries are kept for ever: name studies and members by their public ids, never a person.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Charge {
    /// Makes a repeated request recognisable, e.g. `study/round/cell`.
    pub id: String,
    /// Whose budget: a study or a member.
    pub subject: String,
    /// Which data, e.g. `2017-05`.
    pub window: String,
    /// How much epsilon.
    pub epsilon: Epsilon,
    /// Delta is `2^-delta_bits`; [`super::NO_DELTA`] for none.
    pub delta_bits: u32,
    /// Zero-concentrated cost of Gaussian noise, of which epsilon and delta are then the conversion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rho: Option<Epsilon>,
    /// The column whose values are the units that were protected, where rows of a file were; another one is another unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// What for, in words.
    pub purpose: String,
}

impl Charge {
    /// The amount.
    pub fn amount(&self) -> Spent {
        Spent::of(self.epsilon, self.delta_bits, self.rho)
    }

    pub(super) fn account(&self) -> (String, String) {
        (self.subject.clone(), self.window.clone())
    }

    pub(super) fn check(&self) -> Result<(), BudgetError> {
        for (field, text, limit) in [
            ("id", &self.id, MAX_NAME_BYTES),
            ("subject", &self.subject, MAX_NAME_BYTES),
            ("window", &self.window, MAX_NAME_BYTES),
            ("purpose", &self.purpose, MAX_PURPOSE_BYTES),
            ("column", self.column.as_ref().unwrap_or(&self.id), MAX_NAME_BYTES),
        ] {
            if text.is_empty() || text.len() > limit || text.contains(char::is_control) {
                return Err(BudgetError::Text { field, limit });
            }
        }
        check_delta(self.delta_bits)
    }
}

/// How much may be spent per subject and data window.
///
/// Fixed by the first charge of an account: a later charge may name a lower limit, never a higher one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// Most epsilon in all.
    pub epsilon: Epsilon,
    /// Deltas may add up to `2^-delta_bits`; [`super::NO_DELTA`] for none at all.
    pub delta_bits: u32,
    /// Most zero-concentrated cost in all; where it is named, it counts instead of epsilon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rho: Option<Epsilon>,
}

impl Limit {
    /// The limit as an amount.
    pub fn amount(&self) -> Spent {
        Spent::of(self.epsilon, self.delta_bits, self.rho)
    }

    /// Whether a sum of charges stays within it.
    pub fn admits(&self, spent: &Spent) -> bool {
        spent.is_within(&self.amount(), self.rho.is_some())
    }

    /// Whether it allows more than another in any way.
    pub(super) fn exceeds(&self, other: &Self) -> bool {
        let same_kind = self.rho.is_some() == other.rho.is_some();
        !(same_kind && self.amount().is_within(&other.amount(), self.rho.is_some()))
    }

    pub(super) const fn check(&self) -> Result<(), BudgetError> {
        check_delta(self.delta_bits)
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rho {
            Some(rho) => write!(f, "rho {rho}"),
            None => self.amount().fmt(f),
        }
    }
}
