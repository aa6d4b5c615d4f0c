//! Dates as people write them, and whether a person can be born on them.

use serde::Serialize;

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day {
    pub(crate) year: u16,
    pub(crate) month: u8,
    pub(crate) day: u8,
}

impl Day {
    /// A day, if the calendar has it.
    pub(crate) fn new(year: u64, month: u64, day: u64) -> Option<Self> {
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let last = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => return None,
        };
        let fits = (1000..=2999).contains(&year) && (1..=last).contains(&day);
        fits.then(|| Self {
            year: u16::try_from(year).unwrap_or_default(),
            month: u8::try_from(month).unwrap_or_default(),
            day: u8::try_from(day).unwrap_or_default(),
        })
    }

    /// Whether somebody alive, or lately so, can be born on it.
    pub(crate) const fn birthlike(self) -> bool {
        self.year >= 1900 && self.year <= 2030
    }
}

/// The day that a value is, in any common form; a time after it is left out.
pub(crate) fn parse(value: &str) -> Option<Day> {
    let value = value.trim();
    if value.len() > 40 {
        return None;
    }
    let date = value.split_once(['T', ' ']).filter(|(_, time)| clock(time)).map_or(value, |(date, _)| date);
    numeric(date).or_else(|| written(date))
}

fn clock(text: &str) -> bool {
    text.contains(':') && text.starts_with(|c: char| c.is_ascii_digit())
}

/// Three numbers, or eight digits starting with the year.
fn numeric(text: &str) -> Option<Day> {
    if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Day::new(text[..4].parse().ok()?, text[4..6].parse().ok()?, text[6..].parse().ok()?);
    }
    let mark = text.chars().find(|c| !c.is_ascii_digit())?;
    let mut parts = text.split(mark).map(str::trim);
    let (first, second, third) = (parts.next()?, parts.next()?, parts.next()?);
    let short = |part: &str| (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    if parts.next().is_some()
        || !matches!(mark, '-' | '/' | '.' | ' ')
        || ![first, second, third].into_iter().all(short)
    {
        return None;
    }
    of_parts(first, second, third)
}

/// A day of three groups of digits, whichever of them the year is.
pub(crate) fn of_parts(first: &str, second: &str, third: &str) -> Option<Day> {
    let number = |part: &str| part.parse::<u64>().ok();
    let (a, b, c) = (number(first)?, number(second)?, number(third)?);
    let lengths = (first.len(), second.len(), third.len());
    match lengths {
        (4, 1..=2, 1..=2) => Day::new(a, b, c),
        (1..=2, 1..=2, 4) => Day::new(c, b, a).or_else(|| Day::new(c, a, b)),
        (2, 2, 2) => {
            let century = |short: u64| if short > 30 { 1900 + short } else { 2000 + short };
            Day::new(century(c), b, a).or_else(|| Day::new(century(c), a, b))
        }
        _ => None,
    }
}

/// The order in which the days of a column are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DateOrder {
    /// Year, month, day.
    Ymd,
    /// Day, month, year.
    Dmy,
    /// Month, day, year.
    Mdy,
    /// Day and month are not told apart by any value.
    Ambiguous,
    /// No one order fits all values: several of them, or forms such as months in letters and years of two digits.
    Several,
}

/// Which orders fit every value so far: year, day or month first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Orders([bool; 3]);

impl Orders {
    pub(crate) const ANY: Self = Self([true; 3]);

    /// With one more value.
    pub(crate) fn take(&mut self, value: &str) {
        let fits = orders(value).unwrap_or_default();
        self.0.iter_mut().zip(fits).for_each(|(order, fits)| *order &= fits);
    }

    /// What is left.
    pub(crate) const fn verdict(self) -> DateOrder {
        match self.0 {
            [true, false, false] => DateOrder::Ymd,
            [false, true, false] => DateOrder::Dmy,
            [false, false, true] => DateOrder::Mdy,
            [false, true, true] => DateOrder::Ambiguous,
            _ => DateOrder::Several,
        }
    }
}

/// Which orders fit one value: three numbers, of which the first or the last has four digits. Between points the month
/// never comes first.
fn orders(value: &str) -> Option<[bool; 3]> {
    let day = value.split_once(['T', ' ']).map_or(value, |(day, _)| day);
    let mark = day.chars().find(|c| !c.is_ascii_digit()).filter(|mark| matches!(mark, '-' | '/' | '.'))?;
    let parts: Vec<&str> = day.split(mark).collect();
    let [first, second, third] = parts.as_slice() else { return None };
    let number =
        |part: &str| part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse::<u64>().ok()).flatten();
    let (a, b, c) = (number(first)?, number(second)?, number(third)?);
    match (first.len(), second.len(), third.len()) {
        (4, 2, 2) => Some([Day::new(a, b, c).is_some(), false, false]),
        (1..=2, 1..=2, 4) => Some([false, Day::new(c, b, a).is_some(), mark != '.' && Day::new(c, a, b).is_some()]),
        _ => None,
    }
}

/// Beginnings of the months' names in six languages, folded to small letters.
const MONTHS: [&[&str]; 12] = [
    &["jan", "ene", "gen"],
    &["feb", "fév", "fev"],
    &["mar", "mär", "maa", "mrt"],
    &["apr", "avr", "abr"],
    &["may", "mai", "mag", "mei"],
    &["jun", "juin", "giu"],
    &["jul", "juil", "lug"],
    &["aug", "aoû", "aou", "ago"],
    &["sep", "set"],
    &["oct", "okt", "ott"],
    &["nov"],
    &["dec", "déc", "dez", "dic"],
];

/// A day with its month in letters: 3 March 1980, Mar 3, 1980, 3. März 1980, 3 de marzo de 1980.
fn written(text: &str) -> Option<Day> {
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty() && *word != "de");
    let (mut month, mut day, mut year) = (None, None, None);
    for word in words {
        let digits = word.trim_end_matches(|c: char| c.is_alphabetic());
        match (digits.parse::<u64>(), digits.len()) {
            (Ok(number), 4) if year.is_none() => year = Some(number),
            (Ok(number), 1..=2) if day.is_none() => day = Some(number),
            _ if month.is_none() && digits.is_empty() => month = Some(month_of(word)?),
            _ => return None,
        }
    }
    Day::new(year?, month?, day?)
}

fn month_of(word: &str) -> Option<u64> {
    let place = MONTHS.iter().position(|names| names.iter().any(|name| word.starts_with(name)))?;
    u64::try_from(place + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let day = Day::new(1980, 3, 4);
        let forms = [
            "1980-03-04",
            "04.03.1980",
            "4/3/1980",
            "19800304",
            "1980-03-04T00:00:00",
            "04.03.80",
            "4 March 1980",
            "Mar 4, 1980",
            "4. März 1980",
            "4 de marzo de 1980",
            "4 mars 1980",
            "4th March 1980",
            "1980/3/4 12:00",
        ];
        for form in forms {
            assert_eq!(parse(form), day, "{form}");
        }
        assert_eq!(parse("12/25/1980"), Day::new(1980, 12, 25));
    }

    #[test]
    fn the_order_is_told_by_all_values_together() {
        let order = |values: &[&str]| {
            let mut orders = Orders::ANY;
            values.iter().for_each(|value| orders.take(value));
            orders.verdict()
        };
        assert_eq!(order(&["1988-08-15", "1990/01/02 10:00:00"]), DateOrder::Ymd);
        assert_eq!(order(&["03/04/1988", "15/08/1988"]), DateOrder::Dmy);
        assert_eq!(order(&["03.04.1988"]), DateOrder::Dmy);
        assert_eq!(order(&["03/04/1988", "8/15/1988"]), DateOrder::Mdy);
        assert_eq!(order(&["03/04/1988", "01-02-1988"]), DateOrder::Ambiguous);
        for several in
            [&["03/15/1988", "15/03/1988"][..], &["3 March 1988"], &["15.08.88"], &["1988-08-15", "15.08.1988"], &[""]]
        {
            assert_eq!(order(several), DateOrder::Several, "{several:?}");
        }
    }

    #[test]
    fn no_dates() {
        for text in
            ["1980-13-04", "30.02.1980", "1.2.3.4", "12345678", "1980", "", "4 Foo 1980", "10-20-30-40", "é-é-é"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
        assert!(Day::new(1850, 1, 1).is_some_and(|day| !day.birthlike()));
    }
}
