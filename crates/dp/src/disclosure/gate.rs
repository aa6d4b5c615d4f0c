//! The concentration gate for secure sums: dominance judged from two sums only.
//!
//! With S1 the sum and S2 the sum of squares of contributions that are not negative, and `H = S2 / S1^2`:
//! `H <= 1 / ((1+f)^2 + c)` implies the p% rule (`f = p/100`) or (p,q) rule (`f = p/q`) against a coalition of c, and
//! `H <= (k/100)^2 / n` implies (n,k) dominance. By Cauchy-Schwarz: a cell is unsafe only if
//! `(1+f) x_1 + x_2 + ... + x_(c+1) > S1`, whose square is at most `((1+f)^2 + c) S2`.
//!
//! Source: own result, by the Cauchy-Schwarz inequality on `(1+p) x1 + x2`.
//! Sufficient, not necessary: some safe cells fail. Assumption: both sums are over the same holdings, none negative;
//! a member that is several holdings' shops sends one figure. Not here: the minimum frequency, which comes first.

use super::rules::Concentration;
use num_bigint::BigInt;

impl Concentration {
    /// Whether the sum and the sum of squares alone prove that this rule holds. Publish the answer, never the sums.
    pub fn proved_by_sums(&self, coalition: u32, sum: u64, squares: u128) -> bool {
        let (a, b) = self.fraction();
        let (a, b) = (BigInt::from(a), BigInt::from(b));
        let (sum, squares) = (BigInt::from(sum), BigInt::from(squares));
        match self {
            Self::Dominance { n, .. } => BigInt::from(*n) * squares * &b * &b <= &a * &a * &sum * &sum,
            Self::Percent { .. } | Self::PriorPosterior { .. } => {
                let weight = (&a + &b) * (&a + &b) + BigInt::from(coalition) * &b * &b;
                squares * weight <= &b * &b * &sum * &sum
            }
        }
    }
}

impl super::Rules {
    /// Whether the number of contributors, their sum and their sum of squares prove that a cell may be shown.
    pub fn proved_by_sums(&self, count: u64, sum: u64, squares: u128) -> bool {
        let concentrated = |rule: &Concentration| !rule.proved_by_sums(self.coalition, sum, squares);
        count >= u64::from(self.frequency) && !self.concentration.iter().any(concentrated)
    }
}
