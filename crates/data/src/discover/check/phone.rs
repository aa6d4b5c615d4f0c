//! Telephone numbers by region, with the numbering plans of libphonenumber (`phonenumber`).
//!
//! A lookup takes microseconds, so the scanner goes by the form of a number and asks here for samples only.

use phonenumber::country::Id;

/// Where a number without a country code is tried, in this order: the countries of the dictionaries and their neighbours.
const REGIONS: [(Id, &str); 18] = [
    (Id::US, "US"),
    (Id::GB, "GB"),
    (Id::DE, "DE"),
    (Id::FR, "FR"),
    (Id::ES, "ES"),
    (Id::IT, "IT"),
    (Id::NL, "NL"),
    (Id::AT, "AT"),
    (Id::CH, "CH"),
    (Id::BE, "BE"),
    (Id::IE, "IE"),
    (Id::AU, "AU"),
    (Id::SE, "SE"),
    (Id::DK, "DK"),
    (Id::NO, "NO"),
    (Id::PL, "PL"),
    (Id::PT, "PT"),
    (Id::ZA, "ZA"),
];

/// How many regions a set of votes has.
pub(crate) const VOTES: usize = REGIONS.len();

/// Regions by the place they have in a set of votes.
pub(crate) fn region_name(place: usize) -> &'static str {
    REGIONS.get(place).map_or("", |(_, name)| name)
}

/// For a value that starts with a country code, whether it is valid in that country.
pub(crate) fn international(value: &str) -> Option<bool> {
    let mut text = plain(value)?;
    if let Some(rest) = text.strip_prefix("00") {
        text = format!("+{rest}");
    }
    text.starts_with('+').then(|| phonenumber::parse(None, &text).is_ok_and(|number| number.is_valid()))
}

/// Adds one vote for every region in which a value without a country code is valid.
pub(crate) fn vote(value: &str, votes: &mut [u32; VOTES]) {
    let Some(text) = plain(value).filter(|text| !text.starts_with('+')) else { return };
    for ((id, _), vote) in REGIONS.iter().zip(votes) {
        *vote += u32::from(phonenumber::parse(Some(*id), &text).is_ok_and(|number| number.is_valid()));
    }
}

/// The digits, with a plus sign where one leads, without an extension or the trunk digit in brackets.
fn plain(value: &str) -> Option<String> {
    let cut = value.find(['x', 'X', 'e', 'E', ';', '#']).unwrap_or(value.len());
    let value = value.get(..cut)?.replace("(0)", "");
    let digits: String = value.chars().filter(char::is_ascii_digit).collect();
    let only = |c: char| c.is_ascii_digit() || super::separator(c) || matches!(c, '+' | '(' | ')' | '\\');
    if !value.chars().all(only) || !(5..=17).contains(&digits.len()) {
        return None;
    }
    Some(if value.trim_start_matches(['(', ' ']).starts_with('+') { format!("+{digits}") } else { digits })
}

/// Whether digits start with an assigned country calling code (ITU-T E.164, list of 2016).
pub(crate) fn calling_code(digits: &[u8]) -> bool {
    matches!(
        digits,
        [1 | 7, ..]
            | [2, 0 | 7, ..]
            | [3, 0..=4 | 6 | 9, ..]
            | [4, 0 | 1 | 3..=9, ..]
            | [5, 1..=8, ..]
            | [6, 0..=6, ..]
            | [8, 1 | 2 | 4 | 6, ..]
            | [9, 0..=5 | 8, ..]
            | [2, 1..=6 | 9, _, ..]
            | [3, 5 | 7 | 8, _, ..]
            | [4, 2, _, ..]
            | [5, 0 | 9, _, ..]
            | [6, 7..=9, _, ..]
            | [8, 0 | 5 | 7 | 8, _, ..]
            | [9, 6 | 7 | 9, _, ..]
    )
}

/// How many digits the country calling code has with which digits start.
pub(crate) fn code_length(digits: &[u8]) -> usize {
    match digits {
        [1 | 7, ..] => 1,
        [2, 0 | 7, ..] | [3, 0..=4 | 6 | 9, ..] | [4, 0 | 1 | 3..=9, ..] | [5, 1..=8, ..] => 2,
        [6, 0..=6, ..] | [8, 1 | 2 | 4 | 6, ..] | [9, 0..=5 | 8, ..] => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_a_country_code() {
        for good in
            ["+44 20 7946 0958", "+1 (415) 555-2671", "0033 1 42 68 53 00", "+49 (0)30 901820", "+41446681800 ext. 12"]
        {
            assert_eq!(international(good), Some(true), "{good}");
        }
        assert_eq!(international("+44 1"), None);
        assert_eq!(international("+1 123 456 7890"), Some(false));
        assert_eq!(international("020 7946 0958"), None);
    }

    #[test]
    fn numbers_of_a_region() {
        let mut votes = [0; VOTES];
        vote("030 901820", &mut votes);
        assert_eq!(votes[2], 1, "Berlin");
        vote("no number", &mut votes);
        vote("12345678901234567890", &mut votes);
        assert_eq!(votes[2], 1);
        assert_eq!(region_name(2), "DE");
    }

    #[test]
    fn calling_codes() {
        assert!(calling_code(&[4, 9, 3]) && calling_code(&[1, 2]) && calling_code(&[3, 5, 3, 1]));
        assert_eq!([code_length(&[1, 2]), code_length(&[4, 9, 3]), code_length(&[3, 5, 1])], [1, 2, 3]);
        assert!(!calling_code(&[0, 1]) && !calling_code(&[2, 8, 1]) && !calling_code(&[9, 9]));
    }
}
