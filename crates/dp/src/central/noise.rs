//! Exact integer noise by OpenDP, calibrated in rationals and checked against the price.
//!
//! Source: OpenDP's `ZExpFamily` over integers of any size: discrete Laplace of scale
//! `L1 / epsilon`, discrete Gaussian of `sigma = sqrt(L2^2 / (2 rho))` rounded up (Canonne, Kamath and
//! Steinke, 2020). The scale depends on the bounds alone, never on the data or the number of rows.
//!
//! Assumption: OpenDP's samplers are exact. Their running time grows slightly with the magnitude drawn.

use super::price::Mechanism;
use crate::Error;
use crate::account::float_up;
use dashu::integer::{IBig, UBig};
use dashu::rational::RBig;
use num_bigint::{BigInt, BigUint};
use num_rational::BigRational;
use num_traits::{One, ToPrimitive};
use opendp::core::Measurement;
use opendp::domains::{AtomDomain, VectorDomain};
use opendp::measurements::{MakeNoise, ZExpFamily};
use opendp::measures::{MaxDivergence, ZeroConcentratedDivergence};
use opendp::metrics::{L1Distance, L2Distance};

/// Scales above `2^SCALE_BITS` are refused, so that noise fits 64 bits but for a chance below `exp(-2^12)`.
const SCALE_BITS: u32 = 50;

/// Square roots are rounded up to this many bits after the point.
const ROOT_BITS: u32 = 32;

/// How much one unit can change a vector of integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sensitivity {
    /// Sum of the absolute changes.
    pub(crate) l1: u128,
    /// Sum of the squared changes.
    pub(crate) l2_squared: u128,
}

/// The noise of one release: every number carries an independent draw of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Noise {
    mechanism: Mechanism,
    scale: BigRational,
}

impl Noise {
    /// Calibrates noise and checks OpenDP's own privacy map against the mechanism's price.
    pub(crate) fn new(mechanism: Mechanism, sensitivity: Sensitivity) -> Result<Self, Error> {
        if mechanism.is_zero() {
            return Err(Error::EpsilonZero);
        }
        if sensitivity.l1 == 0 {
            return Err(Error::SensitivityZero);
        }
        let noise = Self { mechanism, scale: scale(mechanism, sensitivity) };
        noise.verify(sensitivity)?;
        Ok(noise)
    }

    /// Which noise, and how strong the privacy is.
    pub const fn mechanism(&self) -> Mechanism {
        self.mechanism
    }

    /// The scale of Laplace noise, the standard deviation of Gaussian noise.
    pub const fn scale(&self) -> &BigRational {
        &self.scale
    }

    /// The variance of one draw (of Gaussian noise: an upper bound, close above scale 1).
    pub fn variance(&self) -> f64 {
        let scale = self.float_scale();
        match self.mechanism {
            // 2a / (1-a)^2 with a = exp(-1/scale), without cancellation.
            Mechanism::Laplace { .. } => 0.5 / (0.5 / scale).sinh().powi(2),
            Mechanism::Gaussian { .. } => scale * scale,
        }
    }

    /// The mean absolute value of one draw.
    pub(crate) fn mean_error(&self) -> f64 {
        let scale = self.float_scale();
        match self.mechanism {
            // 2a / (1-a^2) with a = exp(-1/scale).
            Mechanism::Laplace { .. } => 1.0 / (1.0 / scale).sinh(),
            Mechanism::Gaussian { .. } if scale > 8.0 => scale * std::f64::consts::FRAC_2_PI.sqrt(),
            Mechanism::Gaussian { .. } => {
                let mass = |k: u32| (-0.5 * (f64::from(k) / scale).powi(2)).exp();
                let moment: f64 = (1..100).map(|k| f64::from(k) * mass(k)).sum();
                let rest: f64 = (1..100).map(mass).sum();
                2.0 * moment / (1.0 + 2.0 * rest)
            }
        }
    }

    /// The scale of Laplace noise that is about as wide: the scale itself, or sigma / sqrt(2).
    pub(crate) fn width(&self) -> f64 {
        match self.mechanism {
            Mechanism::Laplace { .. } => self.float_scale(),
            Mechanism::Gaussian { .. } => self.float_scale() / std::f64::consts::SQRT_2,
        }
    }

    /// Mechanism and scale in words.
    pub fn describe(&self) -> String {
        let scale = self.float_scale();
        match self.mechanism {
            Mechanism::Laplace { .. } => format!("discrete Laplace noise of scale {scale:.4} on every number"),
            Mechanism::Gaussian { .. } => {
                format!("discrete Gaussian noise of standard deviation {scale:.4} on every number")
            }
        }
    }

    /// Adds an independent draw to every value.
    pub(crate) fn add(&self, values: &[i64]) -> Result<Vec<i64>, Error> {
        let values: Vec<IBig> = values.iter().copied().map(IBig::from).collect();
        let noisy = match self.mechanism {
            Mechanism::Laplace { .. } => self.laplace()?.invoke(&values),
            Mechanism::Gaussian { .. } => self.gaussian()?.invoke(&values),
        };
        Ok(noisy.map_err(|_| Error::Randomness)?.iter().map(saturated).collect())
    }

    fn verify(&self, sensitivity: Sensitivity) -> Result<(), Error> {
        let limit = BigRational::from_integer(BigInt::one() << SCALE_BITS);
        if self.scale > limit {
            return Err(Error::NoiseTooWide { bits: SCALE_BITS });
        }
        let stated = match self.mechanism {
            Mechanism::Laplace { .. } => self.laplace()?.map(&RBig::from(UBig::from(sensitivity.l1))),
            Mechanism::Gaussian { .. } => self.gaussian()?.map(&rational(&root_up(&whole(sensitivity.l2_squared)))),
        };
        let price = float_up(&self.mechanism.strength()).unwrap_or(0.0).next_up();
        let holds = stated.is_ok_and(|stated| stated <= price);
        if holds { Ok(()) } else { Err(Error::Calibration) }
    }

    fn laplace(&self) -> Result<Measurement<Vector, L1Distance<RBig>, MaxDivergence, Vec<IBig>>, Error> {
        let family = ZExpFamily::<1> { scale: rational(&self.scale) };
        family.make_noise((vector(), L1Distance::default())).map_err(|_| Error::Calibration)
    }

    fn gaussian(&self) -> Result<Measurement<Vector, L2Distance<RBig>, ZeroConcentratedDivergence, Vec<IBig>>, Error> {
        let family = ZExpFamily::<2> { scale: rational(&self.scale) };
        family.make_noise((vector(), L2Distance::default())).map_err(|_| Error::Calibration)
    }

    pub(crate) fn float_scale(&self) -> f64 {
        self.scale.to_f64().unwrap_or(f64::INFINITY)
    }

    #[cfg(test)]
    pub(crate) fn planted(mechanism: Mechanism, scale: BigRational, sensitivity: Sensitivity) -> Result<Self, Error> {
        let noise = Self { mechanism, scale };
        noise.verify(sensitivity).map(|()| noise)
    }
}

type Vector = VectorDomain<AtomDomain<IBig>>;

fn vector() -> Vector {
    VectorDomain::new(AtomDomain::<IBig>::default())
}

fn scale(mechanism: Mechanism, sensitivity: Sensitivity) -> BigRational {
    match mechanism {
        Mechanism::Laplace { .. } => whole(sensitivity.l1) / mechanism.strength(),
        Mechanism::Gaussian { .. } => {
            let root = root_up(&whole(sensitivity.l2_squared));
            root_up(&(&root * &root / (mechanism.strength() * BigInt::from(2))))
        }
    }
}

/// The square root, rounded up to `2^-ROOT_BITS`; exact where the root is on that grid.
pub(crate) fn root_up(value: &BigRational) -> BigRational {
    let scaled = (value * (BigInt::one() << (2 * ROOT_BITS))).ceil().to_integer();
    let scaled = scaled.magnitude().clone();
    let mut root = scaled.sqrt();
    if &root * &root < scaled {
        root += BigUint::one();
    }
    BigRational::new(root.into(), BigInt::one() << ROOT_BITS)
}

fn whole(value: u128) -> BigRational {
    BigRational::from_integer(value.into())
}

/// The same non-negative number in the arithmetic OpenDP uses.
pub(crate) fn rational(value: &BigRational) -> RBig {
    let part = |value: &BigInt| UBig::from_le_bytes(&value.magnitude().to_bytes_le());
    RBig::from_parts(part(value.numer()).into(), part(value.denom()))
}

pub(crate) fn saturated(value: &IBig) -> i64 {
    let extreme = if *value < IBig::ZERO { i64::MIN } else { i64::MAX };
    i64::try_from(value).unwrap_or(extreme)
}
