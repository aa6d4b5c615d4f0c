//! What is public about the sum of one figure over one group of members.

use crate::plan::Plan;
use guildhall_dp::SharePlan;
use guildhall_dp::disclosure::Sums;
use guildhall_kpi::Opened;

/// Deviations that noise of either law exceeds less than once in 2^20, on one side.
const LAPLACE: i128 = 10;
const GAUSSIAN: i128 = 6;

/// Bounds of a sum, and of its sum of squares where one was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Known {
    low: i128,
    high: i128,
    squares: Option<i128>,
}

impl Known {
    /// What an opened figure of a cell tells.
    pub(super) fn of(plan: &Plan, cell: usize, figure: usize, opened: &Opened) -> Self {
        let sum = i128::from(opened.sum);
        let off = margin(plan, cell, figure, 1);
        let (low, high) = (sum - off, sum + off);
        Self { low, high, squares: squares(plan, cell, figure, opened, high) }
    }

    /// What is left without a part. A part's squares are only known from above, so the rest has at most the whole's.
    pub(super) fn without(&self, part: &Self) -> Self {
        Self { low: self.low - part.high, high: self.high - part.low, squares: self.squares }
    }

    /// What the rules ask for, where at most so many members are one contributor; `None` where nothing is known.
    ///
    /// A contributor of `m` members has at most `m` times the range, and its square is at most `m` times theirs.
    pub(super) fn sums(&self, high: u64, most_of_one: u64) -> Option<Sums> {
        let upper = u128::try_from(self.high).ok()?;
        let by_range = upper.checked_mul(u128::from(high))?;
        let opened = self.squares.and_then(|squares| u128::try_from(squares).ok());
        let squares = opened.map_or(by_range, |opened| opened.min(by_range));
        Some(Sums {
            sum: u64::try_from(self.low).ok()?,
            squares: squares.checked_mul(u128::from(most_of_one))?,
            most: high.checked_mul(most_of_one),
        })
    }
}

/// An upper bound of the sum of squares, from the noisy sum of squares of (value - low end).
fn squares(plan: &Plan, cell: usize, figure: usize, opened: &Opened, sum: i128) -> Option<i128> {
    let above: i128 = opened.squares.as_ref()?.parse().ok()?;
    let columns = plan.form().columns(figure);
    let column = columns.end.checked_sub(columns.start + 1)?;
    let low = i128::from(plan.manifest.schema.kpi_of(figure)?.low);
    let off = margin(plan, cell, figure, column);
    // (v + low)^2 = v^2 + 2 low (v + low) - low^2
    let count = i128::from(opened.count);
    let shifted = low.checked_mul(sum)?.checked_mul(2)?.checked_sub(count.checked_mul(low.checked_mul(low)?)?)?;
    above.checked_add(off)?.checked_add(shifted)
}

/// How far the noise on a column may have moved it; nothing where it was opened exactly.
fn margin(plan: &Plan, cell: usize, figure: usize, column: usize) -> i128 {
    let at = plan.form().columns(figure).start + column;
    let block = plan.blocks().iter().find(|b| b.cell == cell && b.figure == figure && b.columns.contains(&at));
    let Some(block) = block else { return 0 };
    let times = match block.plan {
        SharePlan::Laplace(_) => LAPLACE,
        SharePlan::Gaussian(_) => GAUSSIAN,
    };
    i128::from(block.plan.sum_deviation(u32::from(plan.charter.quorum))) * times
}
