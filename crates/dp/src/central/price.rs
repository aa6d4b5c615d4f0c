//! What a release costs, whom it hides, and who must agree before it happens.

use crate::{Charge, Error, Filter, Rho};
use guildhall_kpi::Rational;
use num_rational::BigRational;
use std::fmt;

/// Whom a release hides: all rows of one of these may be added or removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// One row of the table. A person with several rows is not hidden.
    Row,
    /// One customer, with all its rows.
    Customer,
    /// One member business, with all its customers.
    Member,
}

impl Unit {
    /// The plural, for sentences about how many there are.
    pub const fn plural(self) -> &'static str {
        match self {
            Self::Row => "rows",
            Self::Customer => "customers",
            Self::Member => "members",
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Row => "row",
            Self::Customer => "customer",
            Self::Member => "member",
        })
    }
}

/// Which noise is added, and how strong the privacy is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mechanism {
    /// Discrete Laplace noise: pure differential privacy. Best where a unit touches few numbers.
    Laplace {
        /// The epsilon of the whole release.
        epsilon: Rational,
    },
    /// Discrete Gaussian noise: zero-concentrated differential privacy. Best where a unit touches many.
    Gaussian {
        /// The rho of the whole release.
        rho: Rational,
    },
}

impl Mechanism {
    /// The charge of a release by this mechanism.
    pub fn charge(self) -> Charge {
        match self {
            Self::Laplace { epsilon } => Charge::pure(epsilon),
            Self::Gaussian { rho } => Charge::concentrated(Rho::of(rho)),
        }
    }

    /// The price of a release by this mechanism that hides `unit`.
    pub fn price(self, unit: Unit) -> Price {
        Price { unit, charge: self.charge() }
    }

    pub(crate) const fn is_zero(self) -> bool {
        match self {
            Self::Laplace { epsilon } => epsilon.is_zero(),
            Self::Gaussian { rho } => rho.is_zero(),
        }
    }

    pub(crate) fn strength(self) -> BigRational {
        let (Self::Laplace { epsilon: value } | Self::Gaussian { rho: value }) = self;
        BigRational::new(value.numerator().into(), value.denominator().into())
    }
}

/// What a release costs: the unit it hides and its charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Price {
    unit: Unit,
    charge: Charge,
}

impl Price {
    pub(crate) const fn new(unit: Unit, charge: Charge) -> Self {
        Self { unit, charge }
    }

    /// Whom the release hides.
    pub const fn unit(&self) -> Unit {
        self.unit
    }

    /// What is charged.
    pub const fn charge(&self) -> &Charge {
        &self.charge
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} per {}", self.charge, self.unit)
    }
}

/// Who pays for a release: a durable ledger, or a [`Filter`] in memory.
///
/// # Privacy
/// `release` calls [`Account::charge`] before it draws any noise and gives up if it fails. An
/// implementation must make the charge durable before it returns.
pub trait Account {
    /// Why a charge is refused; release errors of this crate convert into it.
    type Error: From<Error>;

    /// Pays, or refuses.
    ///
    /// # Errors
    /// If the price may not be spent, or the charge could not be made durable.
    fn charge(&mut self, price: &Price) -> Result<(), Self::Error>;
}

impl Account for Filter {
    type Error = Error;

    fn charge(&mut self, price: &Price) -> Result<(), Error> {
        Self::charge(self, &price.charge)
    }
}
