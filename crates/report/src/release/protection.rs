//! How a release is protected, in words and numbers: budget, mechanisms, how far the noise reaches.

use crate::number::Signs;
use crate::page::{delta, rational};
use guildhall_kpi::{Protection, QueryLine, Rational, Release};

/// What the release cost.
pub(super) struct Cost {
    /// Epsilon of this release.
    pub(super) epsilon: String,
    /// By how much at most any conclusion about one unit can change.
    pub(super) factor: String,
    /// Delta as a power of two, and in decimal.
    pub(super) delta: Option<(u32, String)>,
    /// Zero-concentrated cost.
    pub(super) rho: Option<String>,
    /// Spent so far.
    pub(super) spent: String,
    /// Most that may ever be spent.
    pub(super) limit: String,
    /// What is left of it.
    pub(super) left: String,
}

impl Cost {
    pub(super) fn of(protection: &Protection) -> Self {
        let left = left(protection.limit, protection.spent);
        Self {
            epsilon: rational(protection.epsilon),
            factor: factor(protection.epsilon),
            delta: protection.delta_bits.map(|bits| (bits, delta(bits))),
            rho: protection.rho.map(decimal),
            spent: rational(protection.spent),
            limit: rational(protection.limit),
            left: left.map_or_else(|| "not shown: the exact fraction is too long".to_owned(), rational),
        }
    }
}

/// `limit - spent`, or `None` where its exact fraction does not fit.
fn left(limit: Rational, spent: Rational) -> Option<Rational> {
    let wide = |a: u64, b: u64| u128::from(a) * u128::from(b);
    let top = wide(limit.numerator(), spent.denominator()).checked_sub(wide(spent.numerator(), limit.denominator()))?;
    let bottom = wide(limit.denominator(), spent.denominator());
    let (mut a, mut b) = (top, bottom);
    while b > 0 {
        (a, b) = (b, a % b);
    }
    Rational::new(u64::try_from(top / a).ok()?, u64::try_from(bottom / a).ok()?)
}

/// `2.7` for epsilon 1: the most by which the odds of any conclusion about one unit can change.
fn factor(epsilon: Rational) -> String {
    match epsilon.to_f64().exp() {
        factor if factor > 1000.0 => "more than 1000".to_owned(),
        factor if factor >= 10.0 => format!("{factor:.0}"),
        factor => format!("{factor:.2}").trim_end_matches('0').trim_end_matches('.').to_owned(),
    }
}

/// One query as the template lays it out.
pub(super) struct Query<'a> {
    /// The query.
    pub(super) line: &'a QueryLine,
    /// Scale of the noise, a long fraction as a decimal number.
    pub(super) scale: String,
    /// How far the noise reaches in 95 of 100 draws.
    pub(super) reach: Option<String>,
    /// Epsilon it cost.
    pub(super) epsilon: String,
    /// Zero-concentrated cost.
    pub(super) rho: String,
    /// Metrics derived from it.
    pub(super) metrics: String,
    /// Raw values with their labels.
    pub(super) raw: Vec<(&'a str, i64)>,
}

impl<'a> Query<'a> {
    /// Every query of the release.
    pub(super) fn all(release: &'a Release, signs: Signs) -> Vec<Self> {
        release.queries.iter().map(|line| Self::of(release, line, signs)).collect()
    }

    fn of(release: &'a Release, line: &'a QueryLine, signs: Signs) -> Self {
        let label = |index: &usize| release.metrics.get(*index).map(|metric| metric.label.as_str());
        let metrics: Vec<&str> = line.metrics.iter().filter_map(label).collect();
        Self {
            line,
            scale: readable(&line.scale),
            reach: reach(&line.mechanism, &line.scale).map(|reach| signs.count(reach)),
            epsilon: if line.rho.is_some() { "none".to_owned() } else { rational(line.epsilon) },
            rho: line.rho.map_or_else(|| "none".to_owned(), decimal),
            metrics: if metrics.is_empty() { "none directly".to_owned() } else { metrics.join(", ") },
            raw: line.labels.iter().map(String::as_str).zip(line.values.iter().copied()).collect(),
        }
    }
}

impl Query<'_> {
    /// What it cost, in words.
    pub(super) fn cost(&self) -> String {
        match self.line.rho {
            Some(_) => format!("rho {}", self.rho),
            None => format!("epsilon {}", self.epsilon),
        }
    }
}

/// A short fraction as it is, a long one as a decimal number; the JSON has the exact fraction.
fn readable(text: &str) -> String {
    text.parse::<Rational>().map_or_else(|_| text.to_owned(), decimal)
}

fn decimal(value: Rational) -> String {
    if value.denominator() <= 10_000 {
        return value.to_string();
    }
    let number = value.to_f64();
    let digits = (4.0 - number.log10().floor()).clamp(0.0, 15.0) as usize;
    format!("about {number:.digits$}")
}

/// The least whole number that the size of the noise exceeds at most 5 times in 100.
///
/// For discrete Laplace noise of scale `b`, `P(|X| > k) = 2 a^(k+1) / (1 + a)` with `a = e^(-1/b)`; for
/// Gaussian noise of standard deviation `s`, `1.96 s` and one half for rounding. Unknown for others.
fn reach(mechanism: &str, scale: &str) -> Option<u64> {
    let scale = scale.parse::<Rational>().ok().map(Rational::to_f64).filter(|scale| *scale > 0.0)?;
    let name = mechanism.to_lowercase();
    let reach = if name.trim_start_matches("discrete ").starts_with("laplace") {
        let a = (-1.0 / scale).exp();
        ((0.025 * (1.0 + a)).ln() * -scale).ceil() - 1.0
    } else if name.trim_start_matches("discrete ").starts_with("gauss") {
        (1.96 * scale + 0.5).ceil()
    } else {
        return None;
    };
    (reach < 1e18).then_some(reach.max(0.0) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(text: &str) -> Rational {
        text.parse().expect("a rational")
    }

    #[test]
    fn what_is_left_is_exact() {
        assert_eq!(left(exact("1"), exact("3/10")), Some(exact("7/10")));
        assert_eq!(left(exact("1/3"), exact("1/3")), Some(Rational::ZERO));
        assert_eq!(left(exact("1/3"), exact("1/2")), None);
        let tiny = Rational::new(1, u64::MAX).expect("not zero");
        assert_eq!(left(exact("1"), tiny), Rational::new(u64::MAX - 1, u64::MAX));
    }

    /// By the exact probabilities: at scale 1, `P(|X| > 2) = 0.073` and `P(|X| > 3) = 0.027`.
    #[test]
    fn the_reach_of_the_noise_is_that_of_its_distribution() {
        assert_eq!(reach("discrete Laplace", "1"), Some(3));
        for scale in ["1/2", "1", "5/2", "50", "1000"] {
            let b = exact(scale).to_f64();
            let a = (-1.0 / b).exp();
            let beyond = |k: f64| 2.0 * a.powf(k + 1.0) / (1.0 + a);
            let k = reach("discrete Laplace", scale).expect("known") as f64;
            assert!(beyond(k) <= 0.05 && (k < 1.0 || beyond(k - 1.0) > 0.05), "{scale}: {k}");
        }
        assert_eq!(reach("discrete Gaussian", "10"), Some(21));
        assert_eq!(reach("noisy maximum, and discrete Laplace counts around it", "10"), None);
        assert_eq!(reach("discrete Laplace", "about 3"), None);
    }

    #[test]
    fn long_fractions_are_shown_as_decimal_numbers() {
        assert_eq!(readable("24"), "24");
        assert_eq!(readable("72/5"), "72/5");
        assert_eq!(readable("158812345679/4294967296"), "about 36.976");
        assert_eq!(
            readable("8898100000/1000000000000"),
            "88981/10000000".parse::<Rational>().map(decimal).expect("one")
        );
        assert_eq!(readable("88981/10000000"), "about 0.0088981");
        assert_eq!(readable("some words"), "some words");
    }

    #[test]
    fn factors_read_well() {
        assert_eq!(factor(exact("1")), "2.72");
        assert_eq!(factor(exact("1/2")), "1.65");
        assert_eq!(factor(exact("3")), "20");
        assert_eq!(factor(exact("50")), "more than 1000");
    }
}
