//! How much one unit can change what a round opens with noise, and what that costs it.
//!
//! Two neighbouring relations. A *member*: its figures are replaced by any others the schema allows. A *customer* of
//! one member: everything it adds to that member's figures is added or removed, at most the stated bound per sum; who
//! buys from two members is two customers. Who takes part and which figures are present is public under both.
//! Histograms and squares are always protected as for members: a single customer can move its member across an edge,
//! so a customer's bound would save nothing there.
//!
//! One function, [`column_groups`], is used by the manifest check, the noise sampler and the accountant, so that they
//! cannot disagree. Not here: counts, sums without noise and histograms opened exactly by consent; differential
//! privacy says nothing about them, the cell audit does. That members' software keeps a customer's bound (`data`).

mod cost;
mod division;

pub use cost::{CONVERSION_DELTA_BITS, Cells, PeriodCost, RoundCost, round_cost};
pub use division::{LAPLACE_SUMS, Law, even_noise, suitable_law};

use crate::{Error, GaussianPlan, NoisePlan, SharePlan};
use guildhall_kpi::{Noise, PrivacyUnit, Schema};

/// What a group of columns holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Columns {
    /// The sum of the figures.
    Sum {
        /// Whom its noise protects.
        unit: PrivacyUnit,
        /// Most that one unit changes it, in steps.
        bound: u64,
    },
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
            Self::Sum { .. } | Self::Squares { .. } => 1,
        }
    }

    /// Whom the noise on these columns protects.
    pub const fn unit(self) -> PrivacyUnit {
        match self {
            Self::Sum { unit, .. } => unit,
            Self::Histogram { .. } | Self::Squares { .. } => PrivacyUnit::Member,
        }
    }

    /// L1 change of the totals when one unit's figure changes.
    ///
    /// A sum changes by the stated bound, a histogram by 2 (one bin loses, another gains), a sum of squares by at most
    /// `span^2`.
    pub const fn sensitivity(self) -> u128 {
        match self {
            Self::Sum { bound, .. } => bound as u128,
            Self::Histogram { .. } => 2,
            Self::Squares { span } => span as u128 * span as u128,
        }
    }
}

/// Columns of one figure that share a loss and are opened with noise, once per cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ColumnGroup {
    /// Index into [`Schema::figures`].
    pub figure: usize,
    /// What the columns hold.
    pub columns: Columns,
    /// Law and privacy loss of these columns in one cell.
    pub noise: Noise,
}

impl ColumnGroup {
    /// L1 change of these columns in one cell when one unit's figures change.
    pub const fn sensitivity(&self) -> u128 {
        self.columns.sensitivity()
    }

    /// How every trustee draws its share of the noise for these columns, `honest = u - f_p`.
    ///
    /// # Errors
    /// If the noise would be too wide to sample; squares of fine-grained money usually are.
    pub fn plan(&self, honest: u32) -> Result<SharePlan, Error> {
        match self.noise {
            Noise::Laplace { epsilon } => NoisePlan::new(epsilon, self.sensitivity(), honest).map(SharePlan::Laplace),
            Noise::Gaussian { rho } => {
                let sensitivity = u64::try_from(self.sensitivity()).map_err(|_| Error::RhoTooSmall { rho, honest })?;
                GaussianPlan::new(rho, sensitivity, honest).map(SharePlan::Gaussian)
            }
        }
    }
}

/// Every group of columns a round opens with noise in each cell: by figure, sum before histogram before squares.
///
/// # Errors
/// If the schema breaks a rule of its own.
pub fn column_groups(schema: &Schema) -> Result<Vec<ColumnGroup>, Error> {
    schema.check()?;
    let mut groups = Vec::new();
    for (figure, wanted) in schema.figures.iter().enumerate() {
        let Some(kpi) = schema.kpi_of(figure) else { continue };
        let bins = u32::try_from(kpi.edges.bins()).unwrap_or(u32::MAX);
        let sum = wanted.sum.map(|sum| (Columns::Sum { unit: sum.unit, bound: sum.bound }, sum.noise));
        let laplace = |epsilon| Noise::Laplace { epsilon };
        let histogram = wanted.epsilon().map(|epsilon| (Columns::Histogram { bins }, laplace(epsilon)));
        let span = kpi.high.abs_diff(kpi.low);
        let squares = wanted.squares.map(|epsilon| (Columns::Squares { span }, laplace(epsilon)));
        let of_figure = [sum, histogram, squares].into_iter().flatten();
        // A column that no member can change needs no noise and costs nothing.
        let changing = of_figure.filter(|(columns, _)| columns.sensitivity() > 0);
        groups.extend(changing.map(|(columns, noise)| ColumnGroup { figure, columns, noise }));
    }
    Ok(groups)
}

#[cfg(test)]
mod tests;
