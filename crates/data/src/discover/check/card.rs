//! Payment card numbers: 12 to 19 digits, the Luhn check digit (ISO/IEC 7812-1), and the ranges networks issue from.
//!
//! One random number in ten passes the check digit, so a number that no word introduces must also lie in the range of
//! a network and have a length that network uses.

use super::uniform;

/// Whether the check digit fits and the length is one of cards.
pub(crate) fn luhn(digits: &[u8]) -> bool {
    if !(12..=19).contains(&digits.len()) || uniform(digits) {
        return false;
    }
    let double = |digit: u8| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let weigh = |(place, digit): (usize, &u8)| u32::from(if place % 2 == 1 { double(*digit) } else { *digit });
    digits.iter().rev().enumerate().map(weigh).sum::<u32>() % 10 == 0
}

/// Prefixes as ranges of their first digits, with the lengths a network uses.
const NETWORKS: &[(u64, u64, std::ops::RangeInclusive<usize>)] = &[
    (4, 4, 13..=13),
    (4, 4, 16..=16),
    (4, 4, 18..=19),
    (51, 55, 16..=16),
    (2221, 2720, 16..=16),
    (34, 34, 15..=15),
    (37, 37, 15..=15),
    (6011, 6011, 16..=19),
    (644, 649, 16..=19),
    (65, 65, 16..=19),
    (3528, 3589, 16..=19),
    (1800, 1800, 15..=15),
    (2131, 2131, 15..=15),
    (300, 305, 14..=19),
    (3095, 3095, 14..=19),
    (36, 36, 14..=19),
    (38, 39, 14..=19),
    (62, 62, 16..=19),
    (81, 81, 16..=16),
    (60, 60, 16..=16),
    (82, 82, 16..=16),
    (508, 508, 16..=16),
    (2200, 2204, 16..=19),
    (9792, 9792, 16..=16),
    (50, 50, 12..=19),
    (56, 58, 12..=19),
    (639, 639, 12..=19),
    (63, 63, 12..=19),
    (67, 67, 12..=19),
    (6759, 6763, 12..=19),
    (1, 1, 15..=15),
];

/// Whether a network issues such numbers.
pub(crate) fn issued(digits: &[u8]) -> bool {
    let fits = |(low, high, lengths): &(u64, u64, std::ops::RangeInclusive<usize>)| {
        let prefix = super::number(&digits[..width(*low).min(digits.len())]);
        // UATP (1, 15 digits) is shared with too many other numbers to be told without a word.
        *low > 1 && (*low..=*high).contains(&prefix) && lengths.contains(&digits.len())
    };
    NETWORKS.iter().any(fits)
}

const fn width(number: u64) -> usize {
    match number {
        0..=9 => 1,
        10..=99 => 2,
        100..=999 => 3,
        _ => 4,
    }
}

/// Whether a number of 13 digits is rather an article number (EAN-13, GS1 general specifications 7.9).
pub(crate) fn article(digits: &[u8]) -> bool {
    let weigh = |(place, digit): (usize, &u8)| u32::from(*digit) * if place % 2 == 1 { 3 } else { 1 };
    digits.len() == 13 && digits.iter().enumerate().map(weigh).sum::<u32>() % 10 == 0
}

/// Whether the groups are those cards are printed in: fours, 4-6-5, 4-6-4, or one block.
pub(crate) fn grouped(groups: &[usize]) -> bool {
    match groups {
        [_] | [4, 6, 4 | 5] | [6, 6 | 7 | 10 | 13] | [8, 8] => true,
        [first @ .., last] => first.len() >= 2 && first.iter().all(|group| *group == 4) && (1..=4).contains(last),
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::digits;
    use super::*;

    fn check(text: &str) -> bool {
        digits::<24>(text).is_some_and(|digits| luhn(digits.as_slice()) && issued(digits.as_slice()))
    }

    #[test]
    fn published_test_numbers_of_the_networks() {
        let numbers = [
            "4111 1111 1111 1111",
            "4012888888881881",
            "4222222222222",
            "5555555555554444",
            "2223003122003222",
            "378282246310005",
            "6011111111111117",
            "30569309025904",
            "3530111333300000",
            "6200000000000005",
            "6759649826438453",
            "6304000000000000",
            "2200000000000004",
        ];
        for number in numbers {
            assert!(check(number), "{number}");
        }
    }

    #[test]
    fn every_single_wrong_digit_is_noticed() {
        let good = digits::<24>("4012888888881881").expect("digits");
        for place in 0..good.as_slice().len() {
            for wrong in 1..10 {
                let mut bad = good.as_slice().to_vec();
                bad[place] = (bad[place] + wrong) % 10;
                assert!(!luhn(&bad));
            }
        }
    }

    #[test]
    fn what_is_no_card() {
        for number in
            ["0000000000000000", "4111111111111112", "41111111111", "9999999999999995", "11111111111111111111"]
        {
            assert!(!check(number), "{number}");
        }
        assert!(article(digits::<24>("4006381333931").expect("digits").as_slice()));
    }

    #[test]
    fn groups_of_printed_cards() {
        assert!(grouped(&[16]) && grouped(&[4, 4, 4, 4]) && grouped(&[4, 6, 5]) && grouped(&[4, 4, 4, 4, 3]));
        assert!(!grouped(&[3, 3, 4, 6]) && !grouped(&[]) && !grouped(&[10, 6]));
    }
}
