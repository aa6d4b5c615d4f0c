//! What is compared, and what it costs: the one place that counts bootstraps.

use super::{CompareError, Width};

/// Most members of one comparison.
///
/// A rank is a sum of `members - 1` bootstrapped bits; the parameters allow a norm of 5, so 25 bits
/// (`max_noise_level` of the parameter set).
pub const MAX_MEMBERS: usize = 26;

/// Ranks below this fit a lookup table; above, a table gives the negated entry.
pub(super) const TABLE: usize = 16;

/// What is compared: how many members, how wide their figures, which order statistics are opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    members: usize,
    width: Width,
    orders: Vec<usize>,
}

impl Plan {
    /// A comparison of `members` figures that opens the given order statistics, counted from 0, the smallest.
    ///
    /// # Errors
    /// Fewer than 2 or more than [`MAX_MEMBERS`] members; an order statistic that does not exist.
    ///
    /// # Privacy
    /// Each order statistic is somebody's figure, though not whose. The smallest and the largest are the figures that
    /// others can most easily give a name to.
    pub fn new(members: usize, width: Width, orders: impl Into<Vec<usize>>) -> Result<Self, CompareError> {
        let mut orders = orders.into();
        orders.sort_unstable();
        orders.dedup();
        if !(2..=MAX_MEMBERS).contains(&members) {
            return Err(CompareError::Members(members));
        }
        match orders.iter().find(|&&asked| asked >= members) {
            Some(&asked) => Err(CompareError::Order { asked, members }),
            None => Ok(Self { members, width, orders }),
        }
    }

    /// The order statistic below or at which a share `numerator / denominator` of the members lies: the nearest rank
    /// (type 1 of Hyndman and Fan 1996), always some member's figure.
    ///
    /// ```
    /// # use guildhall_he::compare::Plan;
    /// assert_eq!(Plan::nearest_rank(20, 1, 4), 4); // the fifth smallest of 20
    /// assert_eq!(Plan::nearest_rank(5, 1, 2), 2); // the median of 5
    /// ```
    pub fn nearest_rank(members: usize, numerator: usize, denominator: usize) -> usize {
        let share = members.saturating_mul(numerator).div_ceil(denominator.max(1));
        share.clamp(1, members.max(1)) - 1
    }

    /// Members.
    pub const fn members(&self) -> usize {
        self.members
    }

    /// Bits of each figure.
    pub const fn width(&self) -> Width {
        self.width
    }

    /// Order statistics that are opened, ascending, counted from 0.
    pub fn orders(&self) -> &[usize] {
        &self.orders
    }

    /// Every pair of members, the earlier first.
    pub(super) fn pairs(&self) -> Vec<(usize, usize)> {
        (0..self.members).flat_map(|first| (first + 1..self.members).map(move |second| (first, second))).collect()
    }

    /// Whether a lookup table cannot tell this rank from one 16 away.
    pub(super) const fn ambiguous(&self, order: usize) -> bool {
        order >= TABLE || order + TABLE < self.members
    }

    /// Bootstraps that compare one pair: one a digit of 4 bits, and joins of three signs into one, the last of which
    /// gives the two bits that come out.
    pub const fn bootstraps_per_pair(width: Width) -> usize {
        let joins = width.digits().saturating_sub(1).div_ceil(2);
        width.digits() + if joins > 1 { joins } else { 1 }
    }

    /// Bootstraps of the whole comparison; almost all the time goes there.
    ///
    /// ```
    /// # use guildhall_he::compare::{Plan, Width};
    /// let five = Plan::new(5, Width::new(16)?, [2])?;
    /// assert_eq!(five.bootstraps(), 10 * 6 + 5 * (1 + 6));
    /// # Ok::<(), guildhall_he::compare::CompareError>(())
    /// ```
    pub fn bootstraps(&self) -> usize {
        let ranks = self.members * (self.members - 1) / 2 * Self::bootstraps_per_pair(self.width);
        let select = |&order: &usize| self.members * (1 + usize::from(self.ambiguous(order)) + self.width.selectors());
        ranks + self.orders.iter().map(select).sum::<usize>()
    }
}
