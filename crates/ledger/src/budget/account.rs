//! One budget: whose, over which data, up to which limit, and what of it is spent.

use super::{BudgetError, Charge, Limit, Spent};

/// The budget of one subject over one data window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    limit: Limit,
    spent: Spent,
}

impl Account {
    /// The limit, as the first charge fixed it.
    pub const fn limit(&self) -> Limit {
        self.limit
    }

    /// The sum of all charges.
    pub const fn spent(&self) -> &Spent {
        &self.spent
    }

    /// The account after one more charge, if limit and sum allow it.
    pub(super) fn grant(before: Option<&Self>, charge: &Charge, limit: &Limit) -> Result<Self, BudgetError> {
        let fixed = before.map_or(*limit, |account| account.limit);
        if limit.exceeds(&fixed) {
            return Err(BudgetError::Raised {
                subject: charge.subject.clone(),
                window: charge.window.clone(),
                fixed: Box::new(fixed),
                asked: Box::new(*limit),
            });
        }
        let spent = before.map(|account| account.spent.clone()).unwrap_or_default();
        let (asked, sum) = (charge.amount(), spent.plus(&charge.amount()));
        if limit.admits(&sum) {
            return Ok(Self { limit: fixed, spent: sum });
        }
        Err(BudgetError::Exceeded {
            subject: charge.subject.clone(),
            window: charge.window.clone(),
            spent: Box::new(spent),
            asked: Box::new(asked),
            limit: Box::new(*limit),
        })
    }
}

/// Whether two different windows of one subject share data.
///
/// Understood are `all` and ranges of days such as `2017-01-01..2018-01-01`, whose last day is the first one outside;
/// any other text is a label that shares nothing with other labels.
pub(super) fn overlap(one: &str, other: &str) -> bool {
    const EVERYTHING: (&str, &str) = ("0000-00-00", "9999-99-99");
    let range = |window| match window {
        "all" => Some(EVERYTHING),
        text => days(text),
    };
    let (Some(one), Some(other)) = (range(one), range(other)) else { return false };
    one.0 < other.1 && other.0 < one.1
}

/// The ends of `2017-01-01..2018-01-01`; days so written sort as text.
fn days(window: &str) -> Option<(&str, &str)> {
    let is_day = |day: &str| {
        let fits = |(at, byte): (usize, u8)| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() };
        day.len() == 10 && day.bytes().enumerate().all(fits)
    };
    window.split_once("..").filter(|(first, last)| is_day(first) && is_day(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_that_share_a_day_overlap() {
        let (year, next) = ("2017-01-01..2018-01-01", "2018-01-01..2019-01-01");
        assert!(overlap("all", year) && overlap(year, "all"));
        assert!(overlap(year, "2017-12-31..2018-01-31") && overlap("2016-01-01..2019-01-01", year));
        assert!(!overlap(year, next) && !overlap(next, year));
        assert!(!overlap("2017-05", "2017-06") && !overlap("2017-05", year), "labels stand for themselves");
    }
}
