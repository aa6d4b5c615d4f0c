//! Periods: which ones a study compares, and the SQL that assigns a row to its period.

use crate::codes;
use crate::date::Day;
use crate::problem::Flaw;
use crate::sql::quote_name;
use serde::{Deserialize, Serialize};

/// How long a period is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Every {
    /// A month, `2017-05`.
    Month,
    /// A quarter, `2017-Q2`.
    Quarter,
    /// A year, `2017`.
    Year,
    /// All of the window at once.
    Whole,
}

/// The periods of a study.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeriodSpec {
    /// The column with the date; never empty.
    pub column: String,
    /// How long a period is.
    pub every: Every,
    /// The first day, month or year of the window, e.g. `2016-10`; where absent, the earliest row's period.
    #[serde(default)]
    pub from: Option<String>,
    /// The last one, included; where absent, the latest row's period.
    #[serde(default)]
    pub to: Option<String>,
}

/// More periods than this are a mistake.
const MOST: usize = 1_200;

/// The days a window spans: the first, and the first after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) from: Day,
    pub(crate) until: Day,
}

impl PeriodSpec {
    /// The ends of the window where the study names them.
    pub(crate) fn ends(&self) -> Result<(Option<Day>, Option<Day>), Flaw> {
        let bad = |text: &str| {
            let message = format!("{text:?} is not a day, month or year");
            Flaw::new(codes::WINDOW, message, "write 2017, 2017-05 or 2017-05-31")
        };
        let from = self.from.as_deref().map(|t| span(t).map(|w| w.from).ok_or_else(|| bad(t))).transpose()?;
        let until = self.to.as_deref().map(|t| span(t).map(|w| w.until).ok_or_else(|| bad(t))).transpose()?;
        let whole = |day: Day| self.every == Every::Whole || self.every.start(day) == day;
        if ![from, until].into_iter().flatten().all(whole) {
            let message = "the window cuts a period in two".to_owned();
            return Err(Flaw::new(codes::WINDOW, message, "begin and end the window with whole periods"));
        }
        if let (Some(from), Some(until)) = (from, until)
            && from >= until
        {
            return Err(Flaw::new(codes::WINDOW, "the window ends before it starts", "exchange `from` and `to`"));
        }
        Ok((from, until))
    }

    /// The labels of the periods in a window, none left out.
    pub(crate) fn labels(&self, window: Window) -> Result<Vec<String>, Flaw> {
        if self.every == Every::Whole {
            return Ok(vec![self.whole_label(window)]);
        }
        let mut labels = Vec::new();
        let mut day = Some(self.every.start(window.from));
        while let Some(start) = day.filter(|day| *day < window.until) {
            if labels.len() == MOST {
                let message = format!("the window has more than {MOST} periods");
                return Err(Flaw::new(codes::WINDOW, message, "name a shorter window, or look for a wrong year"));
            }
            labels.push(self.every.label(start));
            day = self.every.next(start);
        }
        Ok(labels)
    }

    fn whole_label(&self, window: Window) -> String {
        match (&self.from, &self.to) {
            (Some(from), Some(to)) if from == to => from.clone(),
            (Some(from), Some(to)) => format!("{from} to {to}"),
            _ => format!("{} to before {}", window.from, window.until),
        }
    }

    /// SQL that gives the label of a row's period.
    pub(crate) fn key(&self) -> String {
        let column = quote_name(&self.column);
        let month = format!("substr({column}, 6, 2)");
        let year = format!("substr({column}, 1, 4)");
        match self.every {
            Every::Month => format!("substr({column}, 1, 7)"),
            Every::Year => year,
            Every::Quarter => format!(
                "substr({column}, 1, 5) || CASE WHEN {month} <= '03' THEN 'Q1' WHEN {month} <= '06' THEN 'Q2' \
                 WHEN {month} <= '09' THEN 'Q3' ELSE 'Q4' END"
            ),
            Every::Whole => "'all'".to_owned(),
        }
    }
}

impl Every {
    /// The first day of the period a day lies in.
    pub(crate) fn start(self, day: Day) -> Day {
        let month = match self {
            Self::Month => day.month,
            Self::Quarter => (day.month - 1) / 3 * 3 + 1,
            Self::Year => 1,
            Self::Whole => return day,
        };
        Day { month, day: 1, ..day }
    }

    /// The first day of the period after the one that starts on a day.
    pub(crate) fn next(self, start: Day) -> Option<Day> {
        let months = match self {
            Self::Month => 1,
            Self::Quarter => 3,
            Self::Year => 12,
            Self::Whole => return None,
        };
        (0..months).try_fold(start, |day, _| day.next_month())
    }

    fn label(self, start: Day) -> String {
        match self {
            Self::Month => format!("{:04}-{:02}", start.year, start.month),
            Self::Quarter => format!("{:04}-Q{}", start.year, (start.month - 1) / 3 + 1),
            Self::Year | Self::Whole => format!("{:04}", start.year),
        }
    }
}

/// The days that a day, month or year spans.
pub(crate) fn span(text: &str) -> Option<Window> {
    let part = |range: std::ops::Range<usize>| text.get(range).filter(|t| t.bytes().all(|b| b.is_ascii_digit()));
    let number = |range| part(range).and_then(|t: &str| t.parse::<u16>().ok());
    let small = |range| number(range).and_then(|n| u8::try_from(n).ok());
    let dashes = text.bytes().enumerate().all(|(at, b)| (b == b'-') == matches!(at, 4 | 7));
    let from = match text.len() {
        _ if !dashes => None,
        4 => Day::new(number(0..4)?, 1, 1),
        7 => Day::new(number(0..4)?, small(5..7)?, 1),
        10 => Day::new(number(0..4)?, small(5..7)?, small(8..10)?),
        _ => None,
    }?;
    let until = match text.len() {
        4 => Every::Year.next(from),
        7 => from.next_month(),
        _ => from.next(),
    }?;
    Some(Window { from, until })
}

/// The day an ISO text begins with.
pub(crate) fn day_of(text: &str) -> Option<Day> {
    text.get(..10).and_then(span).map(|window| window.from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(every: Every, from: &str, to: &str) -> PeriodSpec {
        PeriodSpec { column: "day".into(), every, from: Some(from.into()), to: Some(to.into()) }
    }

    fn labels(every: Every, from: &str, to: &str) -> Result<Vec<String>, &'static str> {
        let spec = spec(every, from, to);
        let (Some(from), Some(until)) = spec.ends().map_err(|f| f.code)? else { return Err("open") };
        spec.labels(Window { from, until }).map_err(|f| f.code)
    }

    #[test]
    fn windows_hold_whole_periods() {
        assert_eq!(
            labels(Every::Month, "2016-11", "2017-01"),
            Ok(vec!["2016-11".into(), "2016-12".into(), "2017-01".into()])
        );
        assert_eq!(labels(Every::Month, "2016-11-01", "2016-11-30"), Ok(vec!["2016-11".into()]));
        assert_eq!(labels(Every::Quarter, "2016-10", "2017-03"), Ok(vec!["2016-Q4".into(), "2017-Q1".into()]));
        assert_eq!(labels(Every::Year, "2016", "2017"), Ok(vec!["2016".into(), "2017".into()]));
        assert_eq!(labels(Every::Whole, "2016-10", "2017-09"), Ok(vec!["2016-10 to 2017-09".into()]));
        for (every, from, to) in [
            (Every::Quarter, "2016-11", "2017-03"),
            (Every::Month, "2016-11-02", "2016-12"),
            (Every::Month, "2017-01", "2016-12"),
            (Every::Month, "2017-1", "2017-02"),
            (Every::Month, "May", "June"),
            (Every::Month, "1900", "2100"),
        ] {
            assert_eq!(labels(every, from, to), Err("D066"), "{from} to {to}");
        }
    }
}
