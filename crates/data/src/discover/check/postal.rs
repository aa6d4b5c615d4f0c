//! Postal codes by country, by their form alone: no list of the codes in use is kept here.

/// Countries and the forms of their codes; `9` stands for a digit, `A` for a letter.
const FORMS: &[(&str, &[&str])] = &[
    ("US", &["99999", "99999-9999"]),
    ("DE", &["99999"]),
    ("FR", &["99999"]),
    ("ES", &["99999"]),
    ("IT", &["99999"]),
    ("NL", &["9999AA", "9999 AA"]),
    ("GB", &["A9 9AA", "A99 9AA", "AA9 9AA", "AA99 9AA", "A9A 9AA", "AA9A 9AA"]),
    ("CA", &["A9A 9A9", "A9A9A9", "A9A-9A9"]),
    ("AT", &["9999"]),
    ("CH", &["9999"]),
    ("BE", &["9999"]),
    ("DK", &["9999"]),
    ("PL", &["99-999"]),
    ("PT", &["9999-999"]),
    ("SE", &["999 99"]),
    ("CZ", &["999 99"]),
    ("IE", &["A99 AA99", "A99 A9A9"]),
    ("BR", &["99999-999"]),
    ("JP", &["999-9999"]),
];

/// How many countries a set of votes has.
pub(crate) const VOTES: usize = FORMS.len();

/// The country at a place of a set of votes.
pub(crate) fn country(place: usize) -> &'static str {
    FORMS.get(place).map_or("", |(name, _)| name)
}

/// Adds one vote for every country whose codes have the form of this value; false if none has.
pub(crate) fn vote(value: &str, votes: &mut [u32; VOTES]) -> bool {
    let Some(form) = form(value.trim()) else { return false };
    let mut any = false;
    for ((_, forms), vote) in FORMS.iter().zip(votes) {
        let fits = forms.contains(&form.as_str());
        *vote += u32::from(fits);
        any |= fits;
    }
    any
}

fn form(value: &str) -> Option<String> {
    if !(4..=10).contains(&value.len()) {
        return None;
    }
    let shape = |c: char| match c {
        '0'..='9' => Some('9'),
        'A'..='Z' | 'a'..='z' => Some('A'),
        ' ' | '-' => Some(c),
        _ => None,
    };
    value.chars().map(shape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_countries() {
        let named = |value: &str| {
            let mut votes = [0; VOTES];
            vote(value, &mut votes);
            (0..VOTES).filter(|place| votes[*place] > 0).map(country).collect::<Vec<_>>()
        };
        assert_eq!(named("10115"), ["US", "DE", "FR", "ES", "IT"]);
        assert_eq!(named("1011 AB"), ["NL"]);
        assert_eq!(named("EC1A 1BB"), ["GB"]);
        assert_eq!(named("K1A 0B1"), ["CA"]);
        assert_eq!(named("00-950"), ["PL"]);
        assert!(named("123").is_empty() && named("Zürich").is_empty() && named("123456").is_empty());
    }
}
