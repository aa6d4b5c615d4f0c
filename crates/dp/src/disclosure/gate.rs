//! The concentration gate for secure sums: dominance judged from two sums only.
//!
//! With S1 the sum and S2 the sum of squares of contributions that are not negative, and `H = S2 / S1^2`:
//! `H <= 1 / ((1+f)^2 + c)` implies the p% rule (`f = p/100`) or (p,q) rule (`f = p/q`) against a coalition of c, and
//! `H <= (k/100)^2 / n` implies (n,k) dominance. By Cauchy-Schwarz: a cell is unsafe only if
//! `(1+f) x_1 + x_2 + ... + x_(c+1) > S1`, whose square is at most `((1+f)^2 + c) S2`.
//!
//! Where every contribution is proved to lie in `0..=M`, the sum alone proves the p% rule if `((1+f) + c) M <= S1`, and
//! (n,k) dominance if `n M <= k/100 S1`: what the largest contributors can be at most is known without their squares.
//!
//! Source: own result, by the Cauchy-Schwarz inequality on `(1+p) x1 + x2`.
//! Sufficient, not necessary: some safe cells fail. Assumption: both sums are over the same holdings, none negative;
//! a member that is several holdings' shops sends one figure. Not here: the minimum frequency, which comes first.

use super::rules::Concentration;
use num_bigint::BigInt;

/// What is known of a cell without knowing any contribution: enough to prove some cells safe, never to prove one unsafe.
///
/// Contributions are those of holdings, none below zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sums {
    /// A lower bound of their sum, or the sum.
    pub sum: u64,
    /// An upper bound of the sum of their squares.
    pub squares: u128,
    /// The most that any one of them can be; none where nothing is known.
    pub most: Option<u64>,
}

impl Concentration {
    /// Whether the sum and the greatest possible contribution alone prove that this rule holds.
    fn proved_by_range(&self, coalition: u32, sum: u64, most: u64) -> bool {
        let (a, b) = self.fraction();
        let (a, b, sum, most) = (BigInt::from(a), BigInt::from(b), BigInt::from(sum), BigInt::from(most));
        match self {
            Self::Dominance { n, .. } => BigInt::from(*n) * most * b <= a * sum,
            Self::Percent { .. } | Self::PriorPosterior { .. } => {
                (&a + &b + BigInt::from(coalition) * &b) * most <= b * sum
            }
        }
    }

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
    /// The least sum that proves every concentration rule by range alone, where no contribution exceeds `most`.
    pub fn least_sum_proved(&self, most: u64) -> Option<u64> {
        let least = |rule: &Concentration| {
            let (a, b) = rule.fraction();
            let (weight, over) = match rule {
                Concentration::Dominance { n, .. } => (i128::from(*n).checked_mul(b)?, a),
                _ => (a.checked_add(b)?.checked_add(b.checked_mul(self.coalition.into())?)?, b),
            };
            let product = weight.checked_mul(most.into())?;
            u64::try_from(product.div_euclid(over) + i128::from(product.rem_euclid(over) > 0)).ok()
        };
        self.concentration.iter().map(least).try_fold(0, |most, one| Some(most.max(one?)))
    }

    /// Whether what is known of a cell proves every concentration rule, each by range or by squares.
    pub fn concentration_proved(&self, known: &Sums) -> bool {
        let proved = |rule: &Concentration| {
            known.most.is_some_and(|most| rule.proved_by_range(self.coalition, known.sum, most))
                || rule.proved_by_sums(self.coalition, known.sum, known.squares)
        };
        self.concentration.iter().all(proved)
    }

    /// Whether the number of contributors, their sum and their sum of squares prove that a cell may be shown.
    pub fn proved_by_sums(&self, count: u64, sum: u64, squares: u128) -> bool {
        let concentrated = |rule: &Concentration| !rule.proved_by_sums(self.coalition, sum, squares);
        count >= u64::from(self.frequency) && !self.concentration.iter().any(concentrated)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Contributors, Rules};
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn rules(coalition: u32) -> Rules {
        let number = |text: &str| text.parse().expect("a rational");
        let rules = Rules::new(5).and_then(|rules| rules.coalition(coalition)).expect("valid");
        rules
            .with(Concentration::Percent { p: number("15") })
            .and_then(|rules| rules.with(Concentration::Dominance { n: 2, k: number("85") }))
            .and_then(|rules| rules.with(Concentration::PriorPosterior { p: number("20"), q: number("50") }))
            .expect("valid")
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]
        /// The oracle is the assessment of the contributions themselves: what the sums prove, it never contradicts.
        #[test]
        fn what_sums_and_range_prove_holds(
            values in prop::collection::vec(0i64..1000, 5..40), above in 0u64..300, coalition in 1u32..4,
        ) {
            let named = values.iter().enumerate().map(|(i, value)| (i.to_string(), *value));
            let cell = Contributors::new(named.collect::<Vec<_>>().iter().map(|(n, v)| (n.as_str(), *v)), &BTreeSet::new())
                .expect("small");
            let sum = values.iter().sum::<i64>() as u64;
            let squares = values.iter().map(|v| (*v as u128).pow(2)).sum();
            let most = values.iter().max().map(|most| *most as u64 + above);
            let rules = rules(coalition);
            let dominated = rules.concentration.iter().any(|_| rules.assess(&cell).is_some_and(|u| u.why == super::super::Why::Dominated));
            for known in [Sums { sum, squares, most }, Sums { sum, squares: u128::MAX >> 16, most }, Sums { sum, squares, most: None }] {
                prop_assert!(!(rules.concentration_proved(&known) && dominated), "{:?}", known);
            }
        }
    }

    /// At the edges of p = 15 and (2, 85): 2.15 and 2 / 0.85 times the range.
    #[test]
    fn range_alone_proves_from_a_known_sum_on() {
        let number = |text: &str| text.parse().expect("a rational");
        let of = |rule| Rules::new(5).and_then(|rules| rules.with(rule)).expect("valid");
        let known = |sum| Sums { sum, squares: u128::MAX >> 16, most: Some(1000) };
        let p = of(Concentration::Percent { p: number("15") });
        assert_eq!(p.least_sum_proved(1000), Some(2150));
        assert!(p.concentration_proved(&known(2150)) && !p.concentration_proved(&known(2149)));
        let nk = of(Concentration::Dominance { n: 2, k: number("85") });
        assert_eq!(nk.least_sum_proved(1000), Some(2353));
        assert!(nk.concentration_proved(&known(2353)) && !nk.concentration_proved(&known(2352)));
        let two = Rules::new(5).and_then(|rules| rules.coalition(2)).expect("valid");
        let two = two.with(Concentration::Percent { p: number("15") }).expect("valid");
        assert!(two.concentration_proved(&known(3150)) && !two.concentration_proved(&known(3149)));
    }

    /// Why no study opens squares: their noise, ten deviations of `2 range^2 / epsilon` with twice the honest shares, hides
    /// all that they could prove below epsilon 10, even were every square zero (ADR on the gate).
    #[test]
    fn noisy_squares_prove_nothing_new_below_epsilon_ten() {
        let range = 1000u64;
        let rules = Rules::new(5).and_then(|r| r.with(Concentration::Percent { p: "15".parse().expect("a rational") }));
        let rules = rules.expect("valid");
        let helps = |epsilon: u128| {
            let margin = 20 * u128::from(range).pow(2) / epsilon;
            (1..4 * range).any(|sum| {
                let alone = rules.concentration_proved(&Sums { sum, squares: u128::MAX >> 16, most: Some(range) });
                let besides = rules.concentration_proved(&Sums { sum, squares: margin, most: Some(range) });
                besides && !alone
            })
        };
        assert!((1..=10).all(|epsilon| !helps(epsilon)));
        assert!(helps(11));
    }
}
