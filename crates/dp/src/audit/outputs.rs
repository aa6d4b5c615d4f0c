//! What a mechanism printed, run after run, on one data set.

use crate::Error;

/// Which of two neighbouring data sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The data set without the unit, or before the change.
    First,
    /// The data set with the unit, or after the change.
    Second,
}

impl Side {
    /// Both, in order.
    pub const BOTH: [Self; 2] = [Self::First, Self::Second];

    /// The other one.
    pub const fn other(self) -> Self {
        match self {
            Self::First => Self::Second,
            Self::Second => Self::First,
        }
    }
}

/// Outputs of independent runs on one data set: every run gives the same number of figures.
#[derive(Clone, Debug, PartialEq)]
pub struct Outputs {
    width: usize,
    figures: Vec<f64>,
}

impl Outputs {
    /// Outputs of runs of `width` figures each, one run after the other.
    ///
    /// # Errors
    /// If the figures do not divide into runs, or one is not finite.
    pub fn new(width: usize, figures: Vec<f64>) -> Result<Self, Error> {
        if width == 0 || !figures.len().is_multiple_of(width) {
            return Err(Error::RaggedOutputs { figures: figures.len(), width });
        }
        if let Some(at) = figures.iter().position(|figure| !figure.is_finite()) {
            return Err(Error::OutputNotFinite { run: at / width + 1, figure: at % width + 1 });
        }
        Ok(Self { width, figures })
    }

    /// Figures per run.
    pub const fn width(&self) -> usize {
        self.width
    }

    /// The number of runs.
    pub const fn runs(&self) -> usize {
        self.figures.len() / self.width
    }

    /// Whether every figure is an integer, so that no float noise can show in its last bits.
    pub fn are_integers(&self) -> bool {
        self.figures.iter().all(|figure| figure.fract() == 0.0)
    }

    /// The runs, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        self.figures.chunks_exact(self.width)
    }
}
