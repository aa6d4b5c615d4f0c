//! Broken mechanisms, each with one flaw seen in the wild: an audit that does not refute them is worthless.
//!
//! Each is a defect that was found in some released library, or the obvious next one. Every one runs the same small
//! [`pipeline`] with one step spoiled; without a flaw the same pipeline must pass.
//!
//! # Privacy
//! They are deliberately wrong, and only ever run on the two examples built into their [`Subject`].
//! Noise comes from a seeded generator through floats: good enough to be audited, not to be used.

mod noise;
mod pipeline;

use super::{Claim, Law, Side, Subject};
use crate::{Error, NoiseScale};
use guildhall_kpi::Rational;
use pipeline::{LIMIT, Pipeline, Query, Row};

/// One way to break a mechanism.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Flaw {
    /// The noise is half as wide as it must be.
    HalvedScale,
    /// The noise is 10 % too narrow.
    NarrowScale,
    /// Amounts are not clipped.
    NoClip,
    /// Amounts are clipped, but the sum is taken over the others (smartnoise-sdk #622).
    ClipUnused,
    /// A unit counts in every group it appears in, not only in one.
    GroupsUnbounded,
    /// One draw of noise serves every group (opendp #2344).
    NoiseReused,
    /// Keys found in the data are published whatever their count.
    KeysUnthresholded,
    /// Two counts each use the whole epsilon that they should share.
    EpsilonTwice,
    /// Laplace noise is computed by a logarithm in floats (diffprivlib #19).
    FloatNoise,
    /// The width of the noise follows the largest amount in the data.
    NoiseFromData,
    /// The noise is never negative.
    OneSided,
    /// Every run starts the generator with the same seed.
    SeedReused,
    /// One of three noise shares is missing from the sum.
    ShareMissing,
    /// A unit changes its bin, but the noise is calibrated for adding a unit.
    ReplaceOne,
}

impl Flaw {
    /// Every flaw.
    pub const ALL: [Self; 14] = [
        Self::HalvedScale,
        Self::NarrowScale,
        Self::NoClip,
        Self::ClipUnused,
        Self::GroupsUnbounded,
        Self::NoiseReused,
        Self::KeysUnthresholded,
        Self::EpsilonTwice,
        Self::FloatNoise,
        Self::NoiseFromData,
        Self::OneSided,
        Self::SeedReused,
        Self::ShareMissing,
        Self::ReplaceOne,
    ];

    /// The name by which a person asks for it.
    pub const fn name(self) -> &'static str {
        self.words().0
    }

    /// What is wrong, in one line.
    pub const fn about(self) -> &'static str {
        self.words().1
    }

    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::HalvedScale => ("halved-scale", "noise half as wide as it must be"),
            Self::NarrowScale => ("narrow-scale", "noise 10 % too narrow"),
            Self::NoClip => ("no-clip", "amounts are not clipped"),
            Self::ClipUnused => ("clip-unused", "amounts are clipped, but the unclipped ones are summed"),
            Self::GroupsUnbounded => ("groups-unbounded", "a unit counts in three groups instead of one"),
            Self::NoiseReused => ("noise-reused", "one draw of noise serves every group"),
            Self::KeysUnthresholded => ("keys-unthresholded", "a key is published whatever its count"),
            Self::EpsilonTwice => ("epsilon-twice", "two counts each use the whole epsilon"),
            Self::FloatNoise => ("float-noise", "Laplace noise computed by a logarithm in floats"),
            Self::NoiseFromData => ("noise-from-data", "the noise is as wide as the largest amount in the data"),
            Self::OneSided => ("one-sided", "noise that is never negative"),
            Self::SeedReused => ("seed-reused", "every run starts from the same seed"),
            Self::ShareMissing => ("share-missing", "one of three noise shares is missing"),
            Self::ReplaceOne => ("replace-one", "a unit changes its bin, the noise is for an added unit"),
        }
    }

    /// The mechanism with this flaw, claiming this epsilon.
    ///
    /// # Errors
    /// If epsilon is zero or too small to sample for.
    pub fn subject(self, epsilon: Rational) -> Result<Subject, Error> {
        subject(Some(self), self.query(), epsilon)
    }

    /// The same mechanism without the flaw.
    ///
    /// # Errors
    /// As [`Flaw::subject`].
    pub fn mended(self, epsilon: Rational) -> Result<Subject, Error> {
        subject(None, self.query(), epsilon)
    }

    const fn query(self) -> Query {
        match self {
            Self::NoClip | Self::ClipUnused | Self::NoiseFromData => Query::Sum,
            Self::GroupsUnbounded | Self::NoiseReused => Query::Groups,
            Self::KeysUnthresholded => Query::Keys,
            Self::EpsilonTwice => Query::Twice,
            Self::ReplaceOne => Query::Bins,
            _ => Query::Count,
        }
    }
}

fn subject(flaw: Option<Flaw>, query: Query, epsilon: Rational) -> Result<Subject, Error> {
    let pipeline = Pipeline::new(flaw, query, epsilon)?;
    let delta = if query == Query::Keys { pipeline.delta() } else { Rational::ZERO };
    let (name, about) = flaw.map_or(("mended", query.about()), Flaw::words);
    let rows = Side::BOTH.map(|side| example(query, side));
    let law = Law::discrete_laplace(NoiseScale::new(query.sensitivity().into(), epsilon)?);
    let ideal = Side::BOTH.map(|side| Pipeline::exact(query, &example(query, side)));
    let draw = move |side: Side, random: &mut rand_chacha::ChaCha12Rng, figures: &mut Vec<f64>| {
        let [first, second] = &rows;
        figures.extend(pipeline.release(if side == Side::First { first } else { second }, random));
        Ok(())
    };
    let subject = Subject::new(name, about, Claim { epsilon, delta }, query.width(), draw);
    let [first, second] = ideal;
    // A key that may be missing has no such law; everything else is a table plus noise.
    Ok(if query == Query::Keys { subject } else { subject.with_law(law, first, second) })
}

/// The two neighbouring data sets of a query: the second has one unit more, or changed.
fn example(query: Query, side: Side) -> Vec<Row> {
    let row = |unit, group, amount| Row { unit, group, amount };
    let mut rows = match query {
        Query::Keys | Query::Count => Vec::new(),
        Query::Bins => vec![row(9, u8::from(side == Side::Second), 1)],
        _ => vec![row(1, 0, 1), row(2, 1, 1), row(3, 2, 1)],
    };
    if side == Side::Second && query != Query::Bins {
        // The unit has many rows, in every group, one of them far beyond the limit.
        let rows_of_it = if query == Query::Keys {
            vec![row(9, 0, 1)]
        } else {
            vec![row(9, 0, LIMIT), row(9, 1, 5 * LIMIT), row(9, 2, 1)]
        };
        rows.extend(rows_of_it);
    }
    rows
}
