//! A mechanism under audit: what it claims, and how it is run on two neighbouring data sets.

use super::{Finding, Law, LogRatio, Outputs, Side, distinguish};
use crate::Error;
use guildhall_kpi::Rational;
use rand::SeedableRng;
use rand_chacha::ChaCha12Rng;
use rayon::prelude::*;
use std::fmt;

/// Runs drawn from one stream of the seeded generator.
const CHUNK: usize = 1000;

/// What a mechanism claims of one output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Its epsilon.
    pub epsilon: Rational,
    /// Its delta.
    pub delta: Rational,
}

/// Runs the mechanism once on one side and appends the figures of its output.
type Draw = Box<dyn Fn(Side, &mut ChaCha12Rng, &mut Vec<f64>) -> Result<(), Error> + Send + Sync>;

/// A mechanism with a claim and two neighbouring data sets built in.
///
/// # Privacy
/// It holds no data but its own two small examples, and there is no way to run it on any other.
pub struct Subject {
    name: String,
    about: String,
    claim: Claim,
    width: usize,
    draw: Draw,
    ratio: Option<Box<LogRatio>>,
}

impl Subject {
    pub(crate) fn new(
        name: impl Into<String>,
        about: impl Into<String>,
        claim: Claim,
        width: usize,
        draw: impl Fn(Side, &mut ChaCha12Rng, &mut Vec<f64>) -> Result<(), Error> + Send + Sync + 'static,
    ) -> Self {
        Self { name: name.into(), about: about.into(), claim, width, draw: Box::new(draw), ratio: None }
    }

    /// States that the output is each side's figures plus independent noise of this law.
    pub(crate) fn with_law(mut self, law: Law, first: Vec<i64>, second: Vec<i64>) -> Self {
        self.ratio = Some(Box::new(move |run| {
            let moved = first.iter().zip(&second).zip(run).filter(|((x, y), _)| x != y);
            moved.map(|((first, second), figure)| law.log_ratio(*figure, *first, *second)).sum()
        }));
        self
    }

    /// The name by which a person asks for it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is and how the two data sets differ, in one line.
    pub fn about(&self) -> &str {
        &self.about
    }

    /// What it claims.
    pub const fn claim(&self) -> &Claim {
        &self.claim
    }

    /// Figures per output.
    pub const fn width(&self) -> usize {
        self.width
    }

    /// Runs it `runs` times on one side, on every core.
    ///
    /// Broken mechanisms draw from the seed; those of this crate from the operating system, whatever the seed.
    /// `tick` is told, from any thread, how many runs were done.
    ///
    /// # Errors
    /// If the random number generator fails.
    pub fn outputs(&self, side: Side, runs: usize, seed: u64, tick: &(dyn Fn(u64) + Sync)) -> Result<Outputs, Error> {
        let chunks = runs.div_ceil(CHUNK);
        let drawn: Result<Vec<Vec<f64>>, Error> = (0..chunks)
            .into_par_iter()
            .map(|chunk| {
                let size = CHUNK.min(runs - chunk * CHUNK);
                let figures = self.chunk(side, chunk, size, seed);
                tick(size as u64);
                figures
            })
            .collect();
        Outputs::new(self.width, drawn?.concat())
    }

    /// Audits it once with `runs` runs on each side; a sound mechanism is refuted at most once in `once_in` times.
    ///
    /// # Errors
    /// If the random number generator fails, or with fewer than 100 runs.
    pub fn audit(&self, runs: usize, seed: u64, once_in: u64, tick: &(dyn Fn(u64) + Sync)) -> Result<Finding, Error> {
        let first = self.outputs(Side::First, runs, seed, tick)?;
        let second = self.outputs(Side::Second, runs, seed, tick)?;
        distinguish(&first, &second, &self.claim, self.ratio.as_deref(), once_in)
    }

    fn chunk(&self, side: Side, chunk: usize, size: usize, seed: u64) -> Result<Vec<f64>, Error> {
        let mut random = ChaCha12Rng::seed_from_u64(seed);
        random.set_stream(2 * chunk as u64 + u64::from(side == Side::Second));
        let mut figures = Vec::with_capacity(size * self.width);
        for _ in 0..size {
            self.run(side, &mut random, &mut figures)?;
        }
        Ok(figures)
    }

    /// Runs it once.
    pub(super) fn run(&self, side: Side, random: &mut ChaCha12Rng, figures: &mut Vec<f64>) -> Result<(), Error> {
        (self.draw)(side, random, figures)
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject").field("name", &self.name).field("claim", &self.claim).finish_non_exhaustive()
    }
}
