//! Groups: declared ones with a place for all others, and unknown ones by thresholding.
//!
//! With declared groups every group is in the result, empty ones with their own independent noise. Where
//! groups are named by the data, their mere presence tells something: a key is published only if its
//! noisy count reaches a threshold tau at which keys of a single unit appear with probability at most
//! delta. For discrete Laplace noise tau is `1 + ceil((L0/epsilon) ln(L0 / ((1+a) delta)))` with
//! `a = exp(-epsilon/L0)`, from the exact probabilities (thresholding after Korolova et al. 2009). Here it is one more than the
//! least integer that OpenDP's own privacy map, rounded upwards, accepts for that delta: the map bounds the
//! probability of exceeding its threshold, while the mechanism also publishes counts that equal it (OpenDP
//! issue 2922, open at version 0.16). A test compares with the exact probabilities.
//!
//! Assumption: rows of one unit touch at most `groups_per_unit` keys, which [`super::KeyRows`] enforces.
//! Not here: finding groups by their first letters, or other domain discovery.

use super::bounding::{Bounds, Kept};
use super::noise::{Noise, rational, root_up, saturated};
use super::price::{Account, Mechanism, Price, Unit};
use crate::account::float_up;
use crate::{Charge, Error};
use dashu::integer::{IBig, UBig};
use dashu::rational::RBig;
use guildhall_kpi::Rational;
use num_rational::BigRational;
use num_traits::ToPrimitive;
use opendp::core::Measurement;
use opendp::domains::{AtomDomain, MapDomain};
use opendp::measurements::{MakeNoiseThreshold, ZExpFamily};
use opendp::measures::{Approximate, MaxDivergence, ZeroConcentratedDivergence};
use opendp::metrics::{AbsoluteDistance, L01InfDistance, L02InfDistance};
use std::collections::{BTreeMap, HashMap};

/// Thresholds above this are refused: no key would ever be published.
const LARGEST_THRESHOLD: u64 = 1 << 52;

/// Groups known beforehand, and one more for everything else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredKeys {
    names: Vec<String>,
}

impl DeclaredKeys {
    /// The declared names, in the order of the groups; everything else falls into a last group.
    ///
    /// # Errors
    /// If a name occurs twice.
    pub fn new(names: Vec<String>) -> Result<Self, Error> {
        let mut sorted: Vec<&String> = names.iter().collect();
        sorted.sort_unstable();
        match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(Error::KeyTwice { key: pair[0].clone() }),
            None => Ok(Self { names }),
        }
    }

    /// The group of a key: its place among the names, or the last group.
    pub fn group(&self, key: &str) -> usize {
        self.names.iter().position(|name| name == key).unwrap_or(self.names.len())
    }

    /// The number of groups, the one for everything else included.
    pub const fn groups(&self) -> usize {
        self.names.len() + 1
    }

    /// The name of a group; `None` for everything else.
    pub fn name(&self, group: usize) -> Option<&str> {
        self.names.get(group).map(String::as_str)
    }
}

/// Exact counts of bounded rows by keys that only the data know.
///
/// # Privacy
/// In the clear: no `Debug`, no `Clone`; only [`BoundedKeys::release`] makes a result of it.
pub struct BoundedKeys {
    unit: Unit,
    bounds: Bounds,
    counts: BTreeMap<String, u64>,
    kept: Kept,
}

/// The mechanism and how likely a key of a single unit may appear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyQuery {
    /// The mechanism and its strength.
    pub mechanism: Mechanism,
    /// The probability; well below one over the number of units.
    pub delta: Rational,
}

impl KeyQuery {
    /// What the release costs.
    pub fn price(&self, unit: Unit) -> Price {
        let charge = match self.mechanism.charge().or_fail_with(self.exact_delta()) {
            Ok(charge) => charge,
            // A delta is never negative.
            Err(_) => Charge::pure(Rational::ZERO),
        };
        Price::new(unit, charge)
    }

    /// Searches the threshold for data with these bounds, once for as many releases as come.
    ///
    /// # Errors
    /// If delta is zero or one, or no threshold suffices.
    pub fn plan(&self, bounds: Bounds) -> Result<KeyPlan, Error> {
        Ok(KeyPlan { query: *self, threshold: Threshold::new(self, bounds)? })
    }

    fn exact_delta(&self) -> BigRational {
        BigRational::new(self.delta.numerator().into(), self.delta.denominator().into())
    }
}

/// A query with the threshold that keeps its delta.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyPlan {
    query: KeyQuery,
    threshold: Threshold,
}

impl KeyPlan {
    /// Keys with a lower noisy count are not published.
    pub const fn threshold(&self) -> u64 {
        self.threshold.tau
    }
}

impl BoundedKeys {
    /// Counts by key that an engine has aggregated; the unit is the row.
    pub fn of_rows(counts: BTreeMap<String, u64>) -> Self {
        let kept = Kept { rows: counts.values().fold(0, |sum: u64, n| sum.saturating_add(*n)), ..Kept::default() };
        Self::bounded(Unit::Row, Bounds::once(), counts, kept)
    }

    pub(crate) const fn bounded(unit: Unit, bounds: Bounds, counts: BTreeMap<String, u64>, kept: Kept) -> Self {
        Self { unit, bounds, counts, kept }
    }

    /// What bounding kept and dropped, in the clear: never to be published.
    pub const fn kept(&self) -> Kept {
        self.kept
    }

    /// Whom a release would hide.
    pub const fn unit(&self) -> Unit {
        self.unit
    }

    /// What one unit contributes at most.
    pub const fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// Charges the account, then returns the keys whose noisy count reaches the threshold.
    ///
    /// # Errors
    /// If delta is zero or one, no threshold suffices, or the account refuses; nothing is released then.
    pub fn release<A: Account>(&self, query: &KeyQuery, account: &mut A) -> Result<NoisyKeys, A::Error> {
        self.release_as(&query.plan(self.bounds)?, account)
    }

    /// Charges the account, then returns the keys whose noisy count reaches the threshold of a plan.
    ///
    /// # Errors
    /// If the plan was made for other bounds, or the account refuses; nothing is released then.
    pub fn release_as<A: Account>(&self, plan: &KeyPlan, account: &mut A) -> Result<NoisyKeys, A::Error> {
        let KeyPlan { query, threshold } = plan;
        if threshold.bounds != self.bounds {
            return Err(Error::OtherBounds.into());
        }
        account.charge(&query.price(self.unit))?;
        let counts = threshold.apply(&self.counts)?;
        Ok(NoisyKeys { unit: self.unit, counts, threshold: threshold.tau, noise: threshold.noise.clone() })
    }

    #[cfg(test)]
    pub(crate) const fn vector(&self) -> &BTreeMap<String, u64> {
        &self.counts
    }
}

/// Keys with noisy counts at or above the threshold.
#[derive(Clone, Debug, PartialEq)]
pub struct NoisyKeys {
    unit: Unit,
    counts: BTreeMap<String, i64>,
    threshold: u64,
    noise: Noise,
}

impl NoisyKeys {
    /// The keys and their noisy counts.
    pub const fn counts(&self) -> &BTreeMap<String, i64> {
        &self.counts
    }

    /// Keys with a lower noisy count are not published.
    pub const fn threshold(&self) -> u64 {
        self.threshold
    }

    /// The noise on every count.
    pub const fn noise(&self) -> &Noise {
        &self.noise
    }

    /// What was not published, in words.
    pub fn describe(&self) -> String {
        let unit = self.unit.plural();
        format!("{}; groups with a noisy count of {unit} below {} are not shown", self.noise.describe(), self.threshold)
    }
}

type Space = MapDomain<AtomDomain<String>, AtomDomain<IBig>>;
type Distance<const P: usize> = opendp::metrics::L0PInfDistance<P, AbsoluteDistance<RBig>>;

type Thresholded<const P: usize, M> = Measurement<Space, Distance<P>, Approximate<M>, HashMap<String, IBig>>;

/// The threshold and the noise below it, as OpenDP composes them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Threshold {
    noise: Noise,
    bounds: Bounds,
    pub(crate) tau: u64,
}

impl Threshold {
    pub(crate) fn new(query: &KeyQuery, bounds: Bounds) -> Result<Self, Error> {
        if query.delta.is_zero() || query.delta.numerator() >= query.delta.denominator() {
            return Err(Error::KeyDelta);
        }
        let noise = Noise::new(query.mechanism, bounds.sensitivity(1))?;
        let delta = query.exact_delta().to_f64().unwrap_or(0.0).next_down();
        let mut threshold = Self { noise, bounds, tau: 1 };
        // The least threshold that OpenDP accepts: doubling, then bisection, for its delta falls with tau.
        let mut low = u64::from(bounds.rows_per_unit);
        let mut high = 2 * low;
        while !threshold.holds(high, delta)? {
            (low, high) = (high, high.saturating_mul(2));
            if high > LARGEST_THRESHOLD {
                return Err(Error::KeyDelta);
            }
        }
        while low + 1 < high {
            let middle = low + (high - low) / 2;
            if threshold.holds(middle, delta)? { high = middle } else { low = middle }
        }
        // Its delta is that of exceeding the threshold; one more, and reaching tau is exceeding `high`.
        threshold.tau = high + 1;
        Ok(threshold)
    }

    /// Whether OpenDP's map states no more than the strength and `delta` for a threshold.
    fn holds(&self, tau: u64, delta: f64) -> Result<bool, Error> {
        let sensitivity = self.bounds.sensitivity(1);
        let (groups, rows) = (self.bounds.groups_per_unit, RBig::from(UBig::from(self.bounds.rows_per_unit)));
        let (strength, failing) = match self.noise.mechanism() {
            Mechanism::Laplace { .. } => {
                let change = RBig::from(UBig::from(sensitivity.l1));
                self.laplace(tau)?.map(&(groups, change, rows))
            }
            Mechanism::Gaussian { .. } => {
                let change = root_up(&BigRational::from_integer(sensitivity.l2_squared.into()));
                self.gaussian(tau)?.map(&(groups, rational(&change), rows))
            }
        }
        .map_err(|_| Error::Calibration)?;
        let price = float_up(&self.noise.mechanism().strength()).unwrap_or(0.0).next_up();
        Ok(strength <= price && failing <= delta)
    }

    fn apply(&self, counts: &BTreeMap<String, u64>) -> Result<BTreeMap<String, i64>, Error> {
        let counts: HashMap<String, IBig> = counts
            .iter()
            .filter(|(_, count)| **count > 0)
            .map(|(key, count)| (key.clone(), IBig::from(*count)))
            .collect();
        let noisy = match self.noise.mechanism() {
            Mechanism::Laplace { .. } => self.laplace(self.tau)?.invoke(&counts),
            Mechanism::Gaussian { .. } => self.gaussian(self.tau)?.invoke(&counts),
        };
        let noisy = noisy.map_err(|_| Error::Randomness)?;
        Ok(noisy.into_iter().map(|(key, count)| (key, saturated(&count))).collect())
    }

    fn laplace(&self, tau: u64) -> Result<Thresholded<1, MaxDivergence>, Error> {
        let family = ZExpFamily::<1> { scale: rational(self.noise.scale()) };
        family.make_noise_threshold((space(), L01InfDistance::default()), tau.into()).map_err(|_| Error::Calibration)
    }

    fn gaussian(&self, tau: u64) -> Result<Thresholded<2, ZeroConcentratedDivergence>, Error> {
        let family = ZExpFamily::<2> { scale: rational(self.noise.scale()) };
        family.make_noise_threshold((space(), L02InfDistance::default()), tau.into()).map_err(|_| Error::Calibration)
    }
}

fn space() -> Space {
    MapDomain::new(AtomDomain::default(), AtomDomain::default())
}
