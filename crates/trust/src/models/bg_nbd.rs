//! The BG/NBD model of Fader, Hardie and Lee (Marketing Science 24(2), 2005).
//!
//! Fitted by maximum likelihood in the form of Fader and Hardie's note "Overcoming the BG/NBD Model's #NUM! Error
//! Problem" (2013), which needs the logarithm of the gamma function only. Expected purchases are equation (10) of the
//! paper, with the Gaussian hypergeometric function by its series; no crate with a permissive licence and few
//! dependencies offers it.

use super::simplex::minimise;
use libm::lgamma;

/// One customer: repeat purchases, time from the first to the last one, and time observed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Buyer {
    /// Repeat purchases.
    pub frequency: f64,
    /// Time from the first to the last purchase.
    pub recency: f64,
    /// Time from the first purchase to the end of observation.
    pub age: f64,
}

/// A fitted BG/NBD model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BgNbd {
    /// Shape of the purchase rates.
    pub r: f64,
    /// Scale of the purchase rates.
    pub alpha: f64,
    /// First shape of the dropout probabilities.
    pub a: f64,
    /// Second shape of the dropout probabilities.
    pub b: f64,
    /// Log-likelihood at these values.
    pub log_likelihood: f64,
}

impl BgNbd {
    /// Fits by maximum likelihood; `None` without buyers of sound values, or where there is no maximum.
    pub fn fit(buyers: &[Buyer]) -> Option<Self> {
        let sound = |b: &Buyer| b.frequency >= 0.0 && b.recency >= 0.0 && b.age >= b.recency && b.age.is_finite();
        if buyers.is_empty() || !buyers.iter().all(sound) {
            return None;
        }
        let negative = |logs: &[f64; 4]| -Self::of(logs).sum(buyers);
        let (logs, value) = minimise(negative, [0.0; 4])?;
        Some(Self { log_likelihood: -value, ..Self::of(&logs) })
    }

    fn of(logs: &[f64; 4]) -> Self {
        let [r, alpha, a, b] = logs.map(f64::exp);
        Self { r, alpha, a, b, log_likelihood: f64::NAN }
    }

    fn sum(&self, buyers: &[Buyer]) -> f64 {
        let Self { r, alpha, a, b, .. } = *self;
        let shared = lgamma(a + b) - lgamma(b) - lgamma(r) + r * alpha.ln();
        buyers.iter().map(|buyer| shared + self.log_likelihood_of(buyer)).sum()
    }

    /// The part of a customer's log-likelihood that depends on the customer.
    fn log_likelihood_of(&self, buyer: &Buyer) -> f64 {
        let Self { r, alpha, a, b, .. } = *self;
        let x = buyer.frequency;
        let shared = lgamma(r + x) + lgamma(b + x) - lgamma(a + b + x);
        let alive = -(r + x) * (alpha + buyer.age).ln();
        if x == 0.0 {
            return shared + alive;
        }
        let gone = a.ln() - (b + x - 1.0).ln() - (r + x) * (alpha + buyer.recency).ln();
        let greater = alive.max(gone);
        shared + greater + ((alive - greater).exp() + (gone - greater).exp()).ln()
    }

    /// Purchases expected of a customer in the time ahead, given what was observed.
    pub fn expected(&self, ahead: f64, buyer: &Buyer) -> f64 {
        let Self { r, alpha, a, b, .. } = *self;
        let (x, age) = (buyer.frequency, buyer.age);
        if ahead <= 0.0 {
            return 0.0;
        }
        let z = ahead / (alpha + age + ahead);
        let factor = (a + b + x - 1.0) / (a - 1.0);
        let log_ratio = (r + x) * ((alpha + age) / (alpha + age + ahead)).ln();
        let series = hypergeometric(r + x, b + x, a + b + x - 1.0, z);
        let numerator = factor * (1.0 - log_ratio.exp() * series);
        let gone = if x > 0.0 {
            a / (b + x - 1.0) * ((r + x) * ((alpha + age) / (alpha + buyer.recency)).ln()).exp()
        } else {
            0.0
        };
        numerator / (1.0 + gone)
    }
}

/// The Gaussian hypergeometric function for `0 <= z < 1` by its series, after Euler's transformation where that
/// converges faster.
fn hypergeometric(a: f64, b: f64, c: f64, z: f64) -> f64 {
    // F(a, b; c; z) = (1 - z)^(c - a - b) F(c - a, c - b; c; z)
    if (c - a).abs() * (c - b).abs() < a * b {
        return (1.0 - z).powf(c - a - b) * series(c - a, c - b, c, z);
    }
    series(a, b, c, z)
}

fn series(a: f64, b: f64, c: f64, z: f64) -> f64 {
    let (mut term, mut sum) = (1.0f64, 1.0f64);
    for n in 0..100_000u32 {
        let n = f64::from(n);
        term *= (a + n) * (b + n) / ((c + n) * (n + 1.0)) * z;
        sum += term;
        if term.abs() <= 1e-16 * sum.abs() {
            break;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hypergeometric_agrees_with_closed_forms() {
        let close = |got: f64, want: f64| assert!((got / want - 1.0).abs() < 1e-12, "{got} {want}");
        close(hypergeometric(1.0, 1.0, 2.0, 0.5), 2.0 * 2f64.ln());
        close(hypergeometric(0.3, 2.0, 2.0, 0.9), 0.1f64.powf(-0.3));
        // atanh(s) / s at s^2 = z
        close(hypergeometric(0.5, 1.0, 1.5, 0.25), 3f64.ln());
    }

    #[test]
    fn the_published_prediction_is_reproduced() {
        // Fader, Hardie and Lee (2005), page 282: customer 0001 of the sample.
        let model = BgNbd { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426, log_likelihood: f64::NAN };
        let buyer = Buyer { frequency: 2.0, recency: 30.43, age: 38.86 };
        let expected = model.expected(39.0, &buyer);
        assert!((expected - 1.226).abs() < 5e-4, "{expected}");
    }

    #[test]
    fn hostile_buyers_are_refused() {
        let buyer = |frequency, recency, age| Buyer { frequency, recency, age };
        assert!(BgNbd::fit(&[]).is_none());
        assert!(BgNbd::fit(&[buyer(f64::NAN, 0.0, 1.0)]).is_none());
        assert!(BgNbd::fit(&[buyer(1.0, 2.0, 1.0)]).is_none());
        assert!(BgNbd::fit(&[buyer(1.0, 0.0, f64::INFINITY)]).is_none());
    }
}
