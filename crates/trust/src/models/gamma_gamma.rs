//! The Gamma-Gamma model of spend, Fader and Hardie, "The Gamma-Gamma Model of Monetary Value" (2013).
//!
//! Assumes that how much a customer spends does not depend on how often.

use super::simplex::minimise;
use libm::lgamma;

/// A fitted Gamma-Gamma model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GammaGamma {
    /// Shape of a purchase's value.
    pub p: f64,
    /// Shape of the customers' scales.
    pub q: f64,
    /// Scale of the customers' scales.
    pub v: f64,
}

impl GammaGamma {
    /// Fits to pairs of repeat purchases and their mean value; customers without either do not take part.
    pub fn fit(spends: &[(f64, f64)]) -> Option<Self> {
        let known: Vec<(f64, f64)> = spends.iter().copied().filter(|(x, m)| *x > 0.0 && *m > 0.0).collect();
        if known.is_empty() || known.iter().any(|(x, m)| !x.is_finite() || !m.is_finite()) {
            return None;
        }
        let negative = |logs: &[f64; 3]| -Self::of(logs).log_likelihood(&known);
        minimise(negative, [0.0; 3]).map(|(logs, _)| Self::of(&logs))
    }

    fn of(logs: &[f64; 3]) -> Self {
        let [p, q, v] = logs.map(f64::exp);
        Self { p, q, v }
    }

    fn log_likelihood(&self, spends: &[(f64, f64)]) -> f64 {
        let Self { p, q, v } = *self;
        let one = |(x, m): &(f64, f64)| {
            lgamma(p * x + q) - lgamma(p * x) - lgamma(q) + q * v.ln() + (p * x - 1.0) * m.ln() + p * x * x.ln()
                - (p * x + q) * (x * m + v).ln()
        };
        spends.iter().map(one).sum()
    }

    /// The mean value expected of a customer's purchases, given what was observed.
    pub fn expected(&self, frequency: f64, mean: f64) -> f64 {
        let Self { p, q, v } = *self;
        let weight = p * frequency / (p * frequency + q - 1.0);
        (1.0 - weight) * v * p / (q - 1.0) + weight * mean
    }
}
