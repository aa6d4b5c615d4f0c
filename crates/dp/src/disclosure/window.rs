//! Data windows of releases: whether two of them share days, and one way to write each.
//!
//! Understood are days, months, quarters and years (`2026-01-31`, `2026-01`, `2026-Q1`, `2026`) and ranges of days
//! `2026-01-01..2026-02-01`, whose last day is the first one outside. Any other text is a name of which nothing is known.

/// The first day of a window and the first day after it, as comparable texts; `None` for a name.
fn days(window: &str) -> Option<(String, String)> {
    let window = window.trim();
    if let Some((from, to)) = window.split_once("..") {
        return Some((day(from.trim())?, day(to.trim())?)).filter(|(from, to)| from < to);
    }
    let numbers = |text: &str, length: usize| -> Option<u32> {
        (text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
    };
    let year = numbers(window.get(..4)?, 4)?;
    let first = |months: u32| format!("{:04}-{:02}-01", months / 12, months % 12 + 1);
    let of_months = |from: u32, count: u32| Some((first(year * 12 + from), first(year * 12 + from + count)));
    let rest = window.get(4..)?;
    match rest.len() {
        0 => of_months(0, 12),
        3 if rest.starts_with("-Q") => {
            let quarter = numbers(rest.get(2..)?, 1).filter(|quarter| (1..=4).contains(quarter))?;
            of_months(3 * (quarter - 1), 3)
        }
        3 => of_months(numbers(rest.strip_prefix('-')?, 2).filter(|month| (1..=12).contains(month))? - 1, 1),
        // The day after sorts behind the day itself and before the next one.
        6 => day(window).map(|day| (day.clone(), format!("{day}+"))),
        _ => None,
    }
}

/// A day as it stands, if it is written like one.
fn day(text: &str) -> Option<String> {
    let fits = |(at, byte): (usize, u8)| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() };
    (text.len() == 10 && text.bytes().enumerate().all(fits)).then(|| text.to_owned())
}

/// One text for all ways to write a window.
pub(super) fn canonical(window: &str) -> String {
    days(window).map_or_else(|| window.trim().to_owned(), |(from, to)| format!("{from}..{to}"))
}

/// Whether two different windows are known to share days.
pub(super) fn share_days(one: &str, other: &str) -> bool {
    let (Some(one), Some(other)) = (days(one), days(other)) else { return false };
    one != other && one.0 < other.1 && other.0 < one.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_one_however_written_and_overlap_by_days() {
        assert_eq!(canonical("2026"), canonical(" 2026-01-01..2027-01-01"));
        assert_eq!(canonical("2026-Q4"), canonical("2026-10-01..2027-01-01"));
        assert_eq!(canonical("2026-12"), canonical("2026-12-01..2027-01-01"));
        assert_eq!(canonical(" spring "), "spring");
        assert!(share_days("2026", "2026-03") && share_days("2026-03-31", "2026-Q1") && !share_days("2026", "2026"));
        assert!(!share_days("2026-01", "2026-02") && !share_days("2026-01-01..2026-02-01", "2026-02-01"));
        assert!(!share_days("spring", "2026"));
        for odd in [
            "",
            "20x6",
            "2026-13",
            "2026-00",
            "2026-Q5",
            "2026-Q",
            "2026-1",
            "é026-01",
            "2026..2027",
            "2026-01-01..2025-01-01",
        ] {
            assert_eq!(days(odd), None, "{odd}");
        }
    }
}
