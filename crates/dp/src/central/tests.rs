//! Tests of the central model: bounds, releases, estimates.

mod bounding;
mod estimates;
mod keys;
mod quantiles;
mod release;

use super::{Account, Mechanism, Price};
use crate::Error;
use guildhall_kpi::Rational;

fn rational(text: &str) -> Rational {
    text.parse().expect("a rational")
}

fn laplace(epsilon: &str) -> Mechanism {
    Mechanism::Laplace { epsilon: rational(epsilon) }
}

fn gaussian(rho: &str) -> Mechanism {
    Mechanism::Gaussian { rho: rational(rho) }
}

/// Keeps every price it is asked for and pays as long as `left` lasts.
struct Purse {
    left: usize,
    paid: Vec<Price>,
}

impl Purse {
    fn of(left: usize) -> Self {
        Self { left, paid: Vec::new() }
    }
}

impl Account for Purse {
    type Error = Error;

    fn charge(&mut self, price: &Price) -> Result<(), Error> {
        if self.paid.len() == self.left {
            return Err(Error::TooFine);
        }
        self.paid.push(price.clone());
        Ok(())
    }
}
