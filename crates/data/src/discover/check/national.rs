//! National identification numbers and their check digits.
//!
//! | number | rule |
//! |---|---|
//! | US SSN, ITIN | ranges never assigned (SSA 2011 randomisation rules; IRS publication 1915) |
//! | DE tax identification number | ISO 7064 mod 11,10; one digit of the first ten two or three times |
//! | FR NIR | 97 minus the number modulo 97, departments 2A and 2B as 19 and 18 |
//! | ES DNI, NIE | letter by the number modulo 23 |
//! | IT codice fiscale | DM 23/12/1976: odd and even places, modulo 26; omocodia letters |
//! | NL BSN | "11 test": weights 9..2 and -1 |
//! | UK NINO | allowed letters and prefixes; it has no check digit |
//! | UK NHS number | weights 10..2, modulo 11 |
//! | CH AHV number | 756, EAN-13 check digit |

use super::{card, digits, number, uniform};
use crate::discover::Kind;

/// The kinds of this module.
pub(crate) const KINDS: [Kind; 10] = [
    Kind::Ssn,
    Kind::Itin,
    Kind::GermanTax,
    Kind::FrenchNir,
    Kind::SpanishDni,
    Kind::ItalianCode,
    Kind::DutchBsn,
    Kind::Nino,
    Kind::Nhs,
    Kind::SwissAhv,
];

/// Whether a value is such a number, as far as its digits tell.
pub(crate) fn valid(kind: Kind, value: &str) -> bool {
    let value = value.trim();
    let few = || digits::<14>(value);
    match kind {
        Kind::Ssn => few().is_some_and(|d| ssn(d.as_slice())),
        Kind::Itin => few().is_some_and(|d| itin(d.as_slice())),
        Kind::GermanTax => few().is_some_and(|d| german_tax(d.as_slice())),
        Kind::FrenchNir => french_nir(value),
        Kind::SpanishDni => spanish_dni(value),
        Kind::ItalianCode => italian_code(value),
        Kind::DutchBsn => few().is_some_and(|d| dutch_bsn(d.as_slice())),
        Kind::Nino => nino(value),
        Kind::Nhs => few().is_some_and(|d| nhs(d.as_slice())),
        Kind::SwissAhv => few().is_some_and(|d| swiss_ahv(d.as_slice())),
        _ => false,
    }
}

pub(crate) fn ssn(d: &[u8]) -> bool {
    let (area, group, serial) = match d.len() {
        9 => (number(&d[..3]), number(&d[3..5]), number(&d[5..])),
        _ => return false,
    };
    area != 0 && area != 666 && area < 900 && group != 0 && serial != 0 && !uniform(d)
}

pub(crate) fn itin(d: &[u8]) -> bool {
    d.len() == 9 && d[0] == 9 && matches!(number(&d[3..5]), 50..=65 | 70..=88 | 90..=92 | 94..=99)
}

pub(crate) fn german_tax(d: &[u8]) -> bool {
    if d.len() != 11 || d[0] == 0 {
        return false;
    }
    let mut counts = [0u8; 10];
    d[..10].iter().for_each(|digit| counts[usize::from(*digit)] += 1);
    let repeated = counts.iter().filter(|count| **count > 1).count();
    let most = counts.iter().copied().max().unwrap_or(0);
    let product = d[..10].iter().fold(10u32, |product, digit| {
        let sum = (u32::from(*digit) + product) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    repeated == 1 && (2..=3).contains(&most) && (11 - product) % 10 == u32::from(d[10])
}

/// The number without spaces, in capitals, at most 16 characters.
fn compact(value: &str) -> Option<([u8; 16], usize)> {
    let mut compact = [0u8; 16];
    let mut length = 0;
    for c in value.chars() {
        if super::separator(c) {
            continue;
        }
        *compact.get_mut(length)? = u8::try_from(c).ok().filter(u8::is_ascii_alphanumeric)?.to_ascii_uppercase();
        length += 1;
    }
    Some((compact, length))
}

pub(crate) fn french_nir(value: &str) -> bool {
    let Some((mut text, 15)) = compact(value) else { return false };
    let corsica = match &text[5..7] {
        b"2A" => 1_000_000,
        b"2B" => 2_000_000,
        _ => 0,
    };
    if corsica > 0 {
        text[6] = b'0';
    }
    if !text[..15].iter().all(u8::is_ascii_digit) {
        return false;
    }
    let value = |part: &[u8]| part.iter().fold(0u64, |sum, byte| sum * 10 + u64::from(byte - b'0'));
    let month = value(&text[3..5]);
    let body = value(&text[..13]) - corsica;
    matches!(text[0], b'1'..=b'4' | b'7' | b'8') && matches!(month, 1..=12 | 20..=42 | 50..=99) && {
        97 - body % 97 == value(&text[13..15])
    }
}

pub(crate) fn spanish_dni(value: &str) -> bool {
    const LETTERS: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";
    let Some((mut text, 9)) = compact(value) else { return false };
    match text[0] {
        b'X' => text[0] = b'0',
        b'Y' => text[0] = b'1',
        b'Z' => text[0] = b'2',
        _ => {}
    }
    if !text[..8].iter().all(u8::is_ascii_digit) || text[..8].iter().all(|byte| *byte == b'0') {
        return false;
    }
    let body = text[..8].iter().fold(0usize, |sum, byte| sum * 10 + usize::from(byte - b'0'));
    LETTERS[body % 23] == text[8]
}

pub(crate) fn italian_code(value: &str) -> bool {
    const ODD: [u32; 26] =
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    const OMOCODIA: &[u8] = b"LMNPQRSTUV";
    let Some((text, 16)) = compact(value) else { return false };
    let digit = |place: usize| text[place].is_ascii_digit() || OMOCODIA.contains(&text[place]);
    let letter = |place: usize| text[place].is_ascii_uppercase();
    let formed = (0..6).chain([8, 11, 15]).all(letter) && [6, 7, 9, 10, 12, 13, 14].into_iter().all(digit);
    if !formed || !b"ABCDEHLMPRST".contains(&text[8]) {
        return false;
    }
    let weigh = |(place, byte): (usize, &u8)| {
        let rank = if byte.is_ascii_digit() { byte - b'0' } else { byte - b'A' };
        if place % 2 == 0 { ODD[usize::from(rank)] } else { u32::from(rank) }
    };
    let sum: u32 = text[..15].iter().enumerate().map(weigh).sum();
    sum % 26 == u32::from(text[15] - b'A')
}

pub(crate) fn dutch_bsn(d: &[u8]) -> bool {
    if d.len() != 9 || uniform(d) {
        return false;
    }
    let weights = [9, 8, 7, 6, 5, 4, 3, 2, -1];
    d.iter().zip(weights).map(|(digit, weight)| i32::from(*digit) * weight).sum::<i32>() % 11 == 0
}

pub(crate) fn nino(value: &str) -> bool {
    let Some((text, 9)) = compact(value) else { return false };
    let prefix = [text[0], text[1]];
    let letters = prefix.iter().all(|byte| byte.is_ascii_uppercase() && !b"DFIQUV".contains(byte));
    letters
        && text[1] != b'O'
        && ![*b"BG", *b"GB", *b"KN", *b"NK", *b"NT", *b"TN", *b"ZZ"].contains(&prefix)
        && text[2..8].iter().all(u8::is_ascii_digit)
        && matches!(text[8], b'A'..=b'D')
}

pub(crate) fn nhs(d: &[u8]) -> bool {
    if d.len() != 10 || uniform(d) {
        return false;
    }
    let sum: u32 = d[..9].iter().zip((2..=10).rev()).map(|(digit, weight)| u32::from(*digit) * weight).sum();
    (11 - sum % 11) % 11 == u32::from(d[9])
}

pub(crate) fn swiss_ahv(d: &[u8]) -> bool {
    d.starts_with(&[7, 5, 6]) && card::article(d)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Published examples of the authorities, and of their documentation.
    const GOOD: &[(Kind, &str)] = &[
        (Kind::Ssn, "460-89-9847"),
        (Kind::Ssn, "078051120"),
        (Kind::Itin, "900-70-0000"),
        (Kind::GermanTax, "86 095 742 719"),
        (Kind::GermanTax, "47036892816"),
        (Kind::GermanTax, "65929970489"),
        (Kind::FrenchNir, "2 55 08 14 168 025 38"),
        (Kind::FrenchNir, "180126955222380"),
        (Kind::SpanishDni, "12345678Z"),
        (Kind::SpanishDni, "54362315-K"),
        (Kind::SpanishDni, "X2482300W"),
        (Kind::SpanishDni, "x-5253868-r"),
        (Kind::ItalianCode, "RCCMNL83S18D969H"),
        (Kind::ItalianCode, "MRTMTT25D09F205Z"),
        (Kind::DutchBsn, "111222333"),
        (Kind::DutchBsn, "1112.22.333"),
        (Kind::Nino, "QQ 12 34 56 C"),
        (Kind::Nhs, "943 476 5919"),
        (Kind::SwissAhv, "756.9217.0769.85"),
    ];

    #[test]
    fn published_examples_pass() {
        for (kind, value) in GOOD {
            // QQ is the prefix kept for examples; Q is not assigned.
            let expected = *kind != Kind::Nino;
            assert_eq!(valid(*kind, value), expected, "{kind:?} {value}");
        }
        assert!(valid(Kind::Nino, "AB 12 34 56 C") && valid(Kind::Nino, "JG103759A"));
    }

    #[test]
    fn a_changed_digit_fails_where_there_is_a_check_digit() {
        for (kind, value) in GOOD.iter().filter(|(kind, _)| !matches!(kind, Kind::Ssn | Kind::Itin | Kind::Nino)) {
            let place = value.rfind(|c: char| c.is_ascii_digit()).expect("a digit");
            let digit = value.as_bytes()[place] - b'0';
            let mut bad = value.to_string();
            bad.replace_range(place..=place, &((digit + 1) % 10).to_string());
            assert!(!valid(*kind, &bad), "{kind:?} {bad}");
        }
    }

    #[test]
    fn what_is_never_assigned() {
        let bad = [
            (Kind::Ssn, "000-12-3456"),
            (Kind::Ssn, "666-12-3456"),
            (Kind::Ssn, "900-12-3456"),
            (Kind::Ssn, "123-00-3456"),
            (Kind::Ssn, "123-45-0000"),
            (Kind::Itin, "900-66-0000"),
            (Kind::GermanTax, "02476291358"),
            (Kind::GermanTax, "12345678901"),
            (Kind::Nino, "GB123456A"),
            (Kind::Nino, "AB123456E"),
            (Kind::DutchBsn, "000000000"),
            (Kind::Nhs, "0000000000"),
            (Kind::ItalianCode, "RCCMNL83Z18D969H"),
        ];
        for (kind, value) in bad {
            assert!(!valid(kind, value), "{kind:?} {value}");
        }
    }

    #[test]
    fn corsican_departments() {
        for (department, key_base) in [("2A", 1_900_319_004_025u64), ("2B", 1_900_318_004_025)] {
            let key = 97 - key_base % 97;
            let nir = format!("19003{department}004025{key:02}");
            assert!(french_nir(&nir), "{nir}");
        }
    }
}
