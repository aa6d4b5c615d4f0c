//! Subjects of the central model: rows go in, noisy results come out, bounding included.
//!
//! The unit that is added has more rows, more groups and larger values than it may contribute. Every run pays
//! from an account that holds exactly what is claimed, so that a price above the claim ends the audit with an error.

use super::DELTA_BITS;
use crate::audit::{Claim, Law, Side, Subject};
use crate::central::{
    BoundedBins, BoundedCounts, BoundedKeys, BoundedSums, Bounds, KeyQuery, KeyRows, Mechanism, QuantileQuery, Unit,
    UnitRows,
};
use crate::{Error, Filter, Limit, Loss, NoiseScale, Rho};
use guildhall_kpi::Rational;
use num_rational::BigRational;
use num_traits::Zero;

/// Values are clipped to `0..=HIGH`.
const HIGH: i64 = 10;

/// Groups in a histogram, of which a unit may be in two with two rows each.
const GROUPS: usize = 3;
const KEPT: (u32, u32) = (2, 2);

/// The subjects, calibrated to this epsilon.
pub(super) fn subjects(epsilon: Rational) -> Result<Vec<Subject>, Error> {
    let pure = Strength::pure(epsilon)?;
    let gaussian = Strength::gaussian(epsilon)?;
    Ok(vec![
        counts("counts", &pure)?,
        counts("gaussian-counts", &gaussian)?,
        sums(epsilon)?,
        median("median", pure)?,
        median("gaussian-median", gaussian)?,
        keys(epsilon)?,
    ])
}

/// A mechanism with what it claims and an account that can pay for it once.
struct Strength {
    mechanism: Mechanism,
    claim: Claim,
    purse: Filter,
}

impl Strength {
    fn pure(epsilon: Rational) -> Result<Self, Error> {
        let purse = purse(epsilon, Rational::ZERO)?;
        Ok(Self { mechanism: Mechanism::Laplace { epsilon }, claim: self::pure(epsilon), purse })
    }

    /// The largest rho that is `(epsilon, 2^-DELTA_BITS)` private.
    fn gaussian(epsilon: Rational) -> Result<Self, Error> {
        let rho = Rho::largest_for(epsilon, DELTA_BITS)?;
        let mechanism = Mechanism::Gaussian { rho: rho.rational()? };
        let delta = Rational::new(1, 1 << DELTA_BITS).ok_or(Error::TooFine)?;
        let purse = Filter::new(Limit::Concentrated { rho, delta: BigRational::zero() })?;
        Ok(Self { mechanism, claim: Claim { epsilon, delta }, purse })
    }
}

fn counts(name: &str, strength: &Strength) -> Result<Subject, Error> {
    let data = both(|side| {
        let mut rows = UnitRows::new(Unit::Customer, Bounds::once().groups(KEPT.0).rows(KEPT.1))?;
        for group in 0..GROUPS as u32 {
            rows.push(&group.to_le_bytes(), group, 0);
            if side == Side::Second {
                (0..5).for_each(|_| rows.push(b"added", group, 0));
            }
        }
        rows.counts(GROUPS, 1)
    })?;
    let [first, second]: [Vec<i64>; 2] = [data[0].vector()?, data[1].vector()?];
    let &Strength { mechanism, claim, ref purse } = strength;
    let law = match mechanism {
        Mechanism::Laplace { epsilon } => Law::discrete_laplace(NoiseScale::new(u128::from(KEPT.0 * KEPT.1), epsilon)?),
        // In each of so many groups so many rows: sigma^2 is their squares' sum over twice rho.
        Mechanism::Gaussian { rho } => {
            Law::discrete_gaussian((f64::from(KEPT.0 * KEPT.1 * KEPT.1) / (2.0 * rho.to_f64())).sqrt())
        }
    };
    let purse = purse.clone();
    let release = move |side: Side, figures: &mut Vec<f64>| {
        let data: &BoundedCounts = of(&data, side);
        let released = data.release(mechanism, &mut purse.clone())?;
        figures.extend((0..GROUPS).filter_map(|group| released.raw(group)?.first().map(|count| *count as f64)));
        Ok(())
    };
    let about = match mechanism {
        Mechanism::Laplace { .. } => "counts per group; one customer added with rows in too many groups",
        Mechanism::Gaussian { .. } => "counts per group with Gaussian noise; the same customer added",
    };
    Ok(subject(name, about, claim, GROUPS, release).with_law(law, first, second))
}

fn sums(epsilon: Rational) -> Result<Subject, Error> {
    let data = both(|side| {
        let mut rows = UnitRows::new(Unit::Customer, Bounds::once().within(0, HIGH))?;
        (0..3u32).for_each(|customer| rows.push(&customer.to_le_bytes(), 0, 1));
        if side == Side::Second {
            (0..5).for_each(|_| rows.push(b"added", 0, 100 * HIGH));
        }
        rows.sums(1)
    })?;
    let law = Law::discrete_laplace(NoiseScale::new(HIGH as u128, epsilon)?);
    let mechanism = Mechanism::Laplace { epsilon };
    let purse = purse(epsilon, Rational::ZERO)?;
    let release = move |side: Side, figures: &mut Vec<f64>| {
        let data: &BoundedSums = of(&data, side);
        let released = data.release(mechanism, &mut purse.clone())?;
        let (above, below) = released.raw(0).unwrap_or_default();
        figures.extend([above as f64, below as f64]);
        Ok(())
    };
    let about = "complementary sums for a mean; one customer added with too many rows, far out of range";
    // Three customers of value 1; the added one counts as one of HIGH.
    let (first, second) = (vec![3, 3 * (HIGH - 1)], vec![3 + HIGH, 3 * (HIGH - 1)]);
    Ok(subject("sums", about, pure(epsilon), 2, release).with_law(law, first, second))
}

fn median(name: &str, strength: Strength) -> Result<Subject, Error> {
    let candidates: Vec<i64> = (0..4).collect();
    let data = both(|side| {
        let mut rows = UnitRows::new(Unit::Customer, Bounds::once())?;
        (0..6u32).for_each(|customer| rows.push(&customer.to_le_bytes(), 0, i64::from(customer % 3)));
        if side == Side::Second {
            (0..5).for_each(|_| rows.push(b"added", 0, 100));
        }
        rows.bins(1, &candidates)
    })?;
    let half = Rational::new(1, 2).ok_or(Error::Probability)?;
    let Strength { mechanism, claim, purse } = strength;
    let query = QuantileQuery { probabilities: vec![half], mechanism };
    let release = move |side: Side, figures: &mut Vec<f64>| {
        let data: &BoundedBins = of(&data, side);
        let released = data.release(&query, &mut purse.clone())?;
        figures.push(released.raw(0, 0).unwrap_or_default() as f64);
        // Zeros where there are too few rows to say how many there are.
        figures.push(released.quantile(0, 0).map_or(0.0, |estimate| estimate.n));
        Ok(())
    };
    let about = match mechanism {
        Mechanism::Laplace { .. } => "a median among public candidates; one customer added with too many rows",
        Mechanism::Gaussian { .. } => "a median under concentrated privacy; the same customer added",
    };
    Ok(subject(name, about, claim, 2, release))
}

fn keys(epsilon: Rational) -> Result<Subject, Error> {
    let data = both(|side| {
        let mut rows = KeyRows::new(Unit::Customer, Bounds::once())?;
        if side == Side::Second {
            (0..5).for_each(|_| rows.push(b"added", "rare"));
        }
        rows.keys()
    })?;
    // So large that the audit sees it: the key is published in one run of a hundred.
    let delta = Rational::new(1, 100).ok_or(Error::Probability)?;
    let query = KeyQuery { mechanism: Mechanism::Laplace { epsilon }, delta };
    let plan = query.plan(data[0].bounds())?;
    let purse = purse(epsilon, delta)?;
    let release = move |side: Side, figures: &mut Vec<f64>| {
        let data: &BoundedKeys = of(&data, side);
        let released = data.release_as(&plan, &mut purse.clone())?;
        let count = released.counts().get("rare");
        figures.extend([f64::from(u8::from(count.is_some())), count.copied().unwrap_or_default() as f64]);
        Ok(())
    };
    let about = "counts of unknown keys; one customer added, the only one under its key";
    Ok(subject("keys", about, Claim { epsilon, delta }, 2, release))
}

fn subject(
    name: &str,
    about: &str,
    claim: Claim,
    width: usize,
    release: impl Fn(Side, &mut Vec<f64>) -> Result<(), Error> + Send + Sync + 'static,
) -> Subject {
    Subject::new(name, about, claim, width, move |side, _, figures| release(side, figures))
}

const fn pure(epsilon: Rational) -> Claim {
    Claim { epsilon, delta: Rational::ZERO }
}

/// An account that can pay exactly what is claimed, once.
fn purse(epsilon: Rational, delta: Rational) -> Result<Filter, Error> {
    let exact = |value: Rational| BigRational::new(value.numerator().into(), value.denominator().into());
    let loss = Loss::exact(exact(epsilon), exact(delta))?;
    Filter::new(Limit::Approx { loss, delta_bits: 40 })
}

/// Builds the data of both sides.
fn both<T>(build: impl Fn(Side) -> Result<T, Error>) -> Result<[T; 2], Error> {
    Ok([build(Side::First)?, build(Side::Second)?])
}

fn of<T>([first, second]: &[T; 2], side: Side) -> &T {
    if side == Side::First { first } else { second }
}
