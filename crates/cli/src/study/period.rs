//! Periods: how the rows of a file fall into months, quarters or years.

/// The length of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Every {
    /// Calendar months, written `2016-10`.
    Month,
    /// Calendar quarters, written `2016-Q4`.
    Quarter,
    /// Calendar years, written `2016`.
    Year,
    /// One period from the first to the last month, both written `2016-10`.
    Whole,
}

/// The periods of a study.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    column: String,
    every: Every,
    first: u32,
    last: u32,
}

/// Label of the one period of a study without periods.
pub(super) const WHOLE: &str = "whole";

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

impl Every {
    /// How an end of the window is written.
    pub(super) const fn example(self) -> &'static str {
        match self {
            Self::Month | Self::Whole => "2016-10",
            Self::Quarter => "2016-Q4",
            Self::Year => "2016",
        }
    }

    /// Months in one period; none where the window decides.
    const fn months(self) -> Option<u32> {
        match self {
            Self::Month => Some(1),
            Self::Quarter => Some(3),
            Self::Year => Some(12),
            Self::Whole => None,
        }
    }

    /// The number of the period since year 0: months for months and windows, quarters, years.
    fn number(self, text: &str) -> Option<u32> {
        let digits =
            |t: &str, n: usize| (t.len() == n && t.bytes().all(|b| b.is_ascii_digit())).then(|| t.parse().ok())?;
        let part = |part: &str, sign: &str, n: usize, most: u32| {
            let number: u32 = digits(part.strip_prefix(sign)?, n)?;
            (1..=most).contains(&number).then(|| number - 1)
        };
        let year: u32 = digits(text.get(..4)?, 4)?;
        let rest = text.get(4..)?;
        match self {
            Self::Month | Self::Whole => Some(year * 12 + part(rest, "-", 2, 12)?),
            Self::Quarter => Some(year * 4 + part(rest, "-Q", 1, 4)?),
            Self::Year => rest.is_empty().then_some(year),
        }
    }

    fn label(self, number: u32) -> String {
        match self {
            Self::Month | Self::Whole => format!("{:04}-{:02}", number / 12, number % 12 + 1),
            Self::Quarter => format!("{:04}-Q{}", number / 4, number % 4 + 1),
            Self::Year => format!("{number:04}"),
        }
    }
}

impl Period {
    /// Periods of one length between two ends, both included.
    pub(super) fn new(column: String, every: Every, from: &str, to: &str) -> Result<Self, PeriodMistake> {
        let first = every.number(from).ok_or(PeriodMistake::From)?;
        let last = every.number(to).ok_or(PeriodMistake::To)?;
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
        self.every.label(self.first)
    }

    /// The last end of the window, as the study writes it.
    pub fn to(&self) -> String {
        self.every.label(self.last)
    }

    /// The labels of the periods, in order.
    pub fn labels(&self) -> Vec<String> {
        match self.every {
            Every::Whole => vec![self.window()],
            every => (self.first..=self.last).map(|number| every.label(number)).collect(),
        }
    }

    /// The data window in words, e.g. `2016-10 to 2017-09`.
    pub fn window(&self) -> String {
        if self.first == self.last { self.from() } else { format!("{} to {}", self.from(), self.to()) }
    }

    /// Months from the first to the last, both included.
    pub fn months(&self) -> u32 {
        (self.last - self.first + 1) * self.every.months().unwrap_or(1)
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
