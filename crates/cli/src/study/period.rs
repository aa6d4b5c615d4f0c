//! Periods: how the rows of a file fall into months, quarters or years.

use guildhall_data::{Every, PeriodSpec};

/// The periods of a study.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    column: String,
    every: Every,
    first: u32,
    last: u32,
}

/// Label of the one period of a study without periods.
pub(super) const WHOLE: &str = "all";

/// Most periods a study may have.
const MOST: u32 = 120;

/// Why two ends do not make periods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PeriodMistake {
    /// The first end is not written as the length demands.
    From,
    /// The last end is not written as the length demands.
    To,
    /// The first comes after the last.
    Order,
    /// More than [`MOST`] periods.
    TooMany,
}

/// How an end of the window is written.
pub(super) const fn example(every: Every) -> &'static str {
    match every {
        Every::Month | Every::Whole => "2016-10",
        Every::Quarter => "2016-Q4",
        Every::Year => "2016",
    }
}

/// Months in one step of the numbers of [`number`].
const fn months(every: Every) -> u32 {
    match every {
        Every::Month | Every::Whole => 1,
        Every::Quarter => 3,
        Every::Year => 12,
    }
}

/// The number of the period since year 0: months (also for whole windows), quarters, or years.
fn number(every: Every, text: &str) -> Option<u32> {
    let digits = |t: &str, n: usize| (t.len() == n && t.bytes().all(|b| b.is_ascii_digit())).then(|| t.parse().ok())?;
    let part = |part: &str, sign: &str, n: usize, most: u32| {
        let number: u32 = digits(part.strip_prefix(sign)?, n)?;
        (1..=most).contains(&number).then(|| number - 1)
    };
    let year: u32 = digits(text.get(..4)?, 4)?;
    let rest = text.get(4..)?;
    match every {
        Every::Month | Every::Whole => Some(year * 12 + part(rest, "-", 2, 12)?),
        Every::Quarter => Some(year * 4 + part(rest, "-Q", 1, 4)?),
        Every::Year => rest.is_empty().then_some(year),
    }
}

fn label(every: Every, number: u32) -> String {
    match every {
        Every::Month | Every::Whole => format!("{:04}-{:02}", number / 12, number % 12 + 1),
        Every::Quarter => format!("{:04}-Q{}", number / 4, number % 4 + 1),
        Every::Year => format!("{number:04}"),
    }
}

impl Period {
    /// Periods of one length between two ends, both included.
    pub(super) fn new(column: String, every: Every, from: &str, to: &str) -> Result<Self, PeriodMistake> {
        let first = number(every, from).ok_or(PeriodMistake::From)?;
        let last = number(every, to).ok_or(PeriodMistake::To)?;
        let period = Self { column, every, first, last };
        match last.checked_sub(first) {
            None => Err(PeriodMistake::Order),
            Some(gap) if gap >= MOST => Err(PeriodMistake::TooMany),
            Some(_) => Ok(period),
        }
    }

    /// The column with the date.
    pub fn column(&self) -> &str {
        &self.column
    }

    /// The length of a period.
    pub const fn every(&self) -> Every {
        self.every
    }

    /// The first end of the window, as the study writes it.
    pub fn from(&self) -> String {
        label(self.every, self.first)
    }

    /// The last end of the window, as the study writes it.
    pub fn to(&self) -> String {
        label(self.every, self.last)
    }

    /// The labels of the periods, in order.
    pub fn labels(&self) -> Vec<String> {
        match self.every {
            Every::Whole => vec![self.window()],
            every => (self.first..=self.last).map(|number| label(every, number)).collect(),
        }
    }

    /// The data window in words, e.g. `2016-10 to 2017-09`.
    pub fn window(&self) -> String {
        if self.first == self.last { self.from() } else { format!("{} to {}", self.from(), self.to()) }
    }

    /// The periods as the crate `data` takes them: ends as months, which cut no quarter or year.
    pub fn spec(&self) -> PeriodSpec {
        let months = months(self.every);
        let month = |number| Some(label(Every::Month, number));
        let (from, to) = (month(self.first * months), month(self.last * months + months - 1));
        PeriodSpec { column: self.column.clone(), every: self.every, from, to }
    }

    /// The days of a period, as ledgers write windows: the last is the first day after it; the label where it is none.
    pub fn days(&self, period: &str) -> String {
        let day = |month: u32| format!("{}-01", label(Every::Month, month));
        let each = months(self.every);
        let (first, last) = match self.every {
            Every::Whole => (self.first, self.last + 1),
            every => match number(every, period) {
                Some(number) => (number * each, (number + 1) * each),
                None => return period.to_owned(),
            },
        };
        format!("{}..{}", day(first), day(last))
    }

    /// Months from the first to the last, both included.
    pub fn months(&self) -> u32 {
        (self.last - self.first + 1) * months(self.every)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(every: Every, from: &str, to: &str) -> Result<Period, PeriodMistake> {
        Period::new("when".to_owned(), every, from, to)
    }

    #[test]
    fn labels_run_over_the_turn_of_the_year() {
        let months = period(Every::Month, "2016-10", "2017-09").expect("valid");
        assert_eq!(months.labels().len(), 12);
        assert_eq!(months.labels()[2..4], ["2016-12", "2017-01"]);
        assert_eq!(period(Every::Quarter, "2016-Q4", "2017-Q1").expect("valid").labels(), ["2016-Q4", "2017-Q1"]);
        assert_eq!(period(Every::Year, "2016", "2017").expect("valid").months(), 24);
        let whole = period(Every::Whole, "2010-12", "2011-12").expect("valid");
        assert_eq!((whole.labels(), whole.months()), (vec!["2010-12 to 2011-12".to_owned()], 13));
    }

    #[test]
    fn refuses_what_is_not_a_period() {
        for bad in ["2016-13", "2016-00", "2016-1", "16-10", "2016", "2016-10-01", "２０１６-10", "2016-Q4", ""] {
            assert_eq!(period(Every::Month, bad, "2017-01"), Err(PeriodMistake::From), "{bad}");
        }
        assert_eq!(period(Every::Quarter, "2016-Q4", "2016-Q5"), Err(PeriodMistake::To));
        assert_eq!(period(Every::Month, "2017-02", "2017-01"), Err(PeriodMistake::Order));
        assert_eq!(period(Every::Month, "1900-01", "2017-01"), Err(PeriodMistake::TooMany));
    }
}
