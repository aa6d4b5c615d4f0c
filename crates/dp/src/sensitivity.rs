//! How much one member can change what a round opens with noise, and what that costs it.
//!
//! The neighbouring relation is "one member's figures are replaced by any others the schema allows";
//! who takes part and which figures are present is public. One function, [`column_groups`], is used
//! by the manifest check, the noise sampler and the accountant, so that they cannot disagree.
//!
//! Not here: counts and sums, and histograms opened exactly by consent. They carry no noise, and
//! differential privacy says nothing about them; the cell audit does.

use crate::{Error, Loss, NoisePlan, truncation};
use guildhall_kpi::{Rational, Schema};

/// What a group of columns holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Columns {
    /// One count per bin, of which a member adds to exactly one or none.
    Histogram {
        /// The number of bins.
        bins: u32,
    },
    /// The sum of squares of (value - low).
    Squares {
        /// Largest value of (value - low), in steps.
        span: u64,
    },
}

impl Columns {
    /// The number of columns.
    pub const fn count(self) -> u32 {
        match self {
            Self::Histogram { bins } => bins,
            Self::Squares { .. } => 1,
        }
    }

    /// L1 change of the totals when one member's figure is replaced.
    ///
    /// A histogram changes by 2 (one bin loses, another gains), a sum of squares by at most `span^2`.
    pub const fn sensitivity(self) -> u128 {
        match self {
            Self::Histogram { .. } => 2,
            Self::Squares { span } => span as u128 * span as u128,
        }
    }
}

/// Columns of one figure that share an epsilon and are opened with noise, once per cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ColumnGroup {
    /// Index into [`Schema::figures`].
    pub figure: usize,
    /// What the columns hold.
    pub columns: Columns,
    /// Privacy loss of these columns in one cell.
    pub epsilon: Rational,
}

impl ColumnGroup {
    /// L1 change of these columns in one cell when one member's figures are replaced.
    pub const fn sensitivity(&self) -> u128 {
        self.columns.sensitivity()
    }

    /// How every trustee draws its share of the noise for these columns, `honest = u - f_p`.
    ///
    /// # Errors
    /// If the noise would be too wide to sample; squares of fine-grained money usually are.
    pub fn plan(&self, honest: u32) -> Result<NoisePlan, Error> {
        NoisePlan::new(self.epsilon, self.sensitivity(), honest)
    }
}

/// Every group of columns a round opens with noise in each cell: by figure, histogram before squares.
///
/// # Errors
/// If the schema breaks a rule of its own.
pub fn column_groups(schema: &Schema) -> Result<Vec<ColumnGroup>, Error> {
    schema.check()?;
    let mut groups = Vec::new();
    for (figure, wanted) in schema.figures.iter().enumerate() {
        let Some(kpi) = schema.kpi_of(figure) else { continue };
        let bins = u32::try_from(kpi.edges.bins()).unwrap_or(u32::MAX);
        let histogram = wanted.epsilon().map(|epsilon| (Columns::Histogram { bins }, epsilon));
        let span = kpi.high.abs_diff(kpi.low);
        let squares = wanted.squares.map(|epsilon| (Columns::Squares { span }, epsilon));
        let of_figure = [histogram, squares].into_iter().flatten();
        // A column that no member can change needs no noise and costs nothing.
        let changing = of_figure.filter(|(columns, _)| columns.sensitivity() > 0);
        groups.extend(changing.map(|(columns, epsilon)| ColumnGroup { figure, columns, epsilon }));
    }
    Ok(groups)
}

/// What one figure costs a member over all cells that contain it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FigureCost {
    /// Index into [`Schema::figures`].
    pub figure: usize,
    /// Epsilon of this figure, all its noisy columns in all cells of one member.
    pub epsilon: Rational,
    /// Noisy columns counted for delta, over all cells of one member.
    pub coordinates: u64,
}

impl FigureCost {
    /// The cost as the accountant charges it.
    pub fn loss(&self) -> Loss {
        Loss::of(self.epsilon, self.coordinates, truncation::DELTA_BITS)
    }
}

/// What a round costs a member whose figures are all replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundCost {
    /// Total epsilon over all figures and cells.
    pub epsilon: Rational,
    /// Total delta is at most `2^-delta_bits`; [`Loss::NO_DELTA_BITS`] where nothing is noisy.
    pub delta_bits: u32,
    /// Noisy columns counted for delta.
    pub coordinates: u64,
    /// The figures that cost anything.
    pub per_figure: Vec<FigureCost>,
}

impl RoundCost {
    /// The cost as the accountant charges it.
    pub fn loss(&self) -> Loss {
        Loss::of(self.epsilon, self.coordinates, truncation::DELTA_BITS)
    }
}

/// The `(epsilon, delta)` of one member over all noisy columns of all cells that contain it.
///
/// `cells_per_member` is the largest number of opened cells containing one member. Epsilons add up, as do
/// deltas of `2^-40` per column. Replacing a figure changes two bins; all bins are counted, to be safe.
///
/// # Errors
/// If the schema is invalid, the number of cells is zero, or the total is not a ratio of 64-bit integers.
pub fn round_cost(schema: &Schema, cells_per_member: u32) -> Result<RoundCost, Error> {
    if cells_per_member == 0 {
        return Err(Error::NoCell);
    }
    let mut per_figure: Vec<FigureCost> = Vec::new();
    for group in column_groups(schema)? {
        let epsilon = group.epsilon.checked_mul(cells_per_member.into()).ok_or(Error::TooFine)?;
        let coordinates = u64::from(group.columns.count()) * u64::from(cells_per_member);
        match per_figure.last_mut().filter(|last| last.figure == group.figure) {
            Some(last) => {
                last.epsilon = last.epsilon.checked_add(epsilon).ok_or(Error::TooFine)?;
                last.coordinates = last.coordinates.saturating_add(coordinates);
            }
            None => per_figure.push(FigureCost { figure: group.figure, epsilon, coordinates }),
        }
    }
    let coordinates = per_figure.iter().fold(0u64, |sum, figure| sum.saturating_add(figure.coordinates));
    let loss = per_figure.iter().map(FigureCost::loss).sum::<Loss>();
    Ok(RoundCost { epsilon: loss.epsilon()?, delta_bits: loss.delta_bits(), coordinates, per_figure })
}

#[cfg(test)]
mod tests;
