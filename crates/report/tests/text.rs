//! The text for terminals.

mod support {
    #[allow(dead_code, reason = "every test uses a part of it")]
    pub(crate) mod made_up;
}

use guildhall_report::text;
use support::made_up::{self, Wish};

#[test]
fn says_what_the_page_says() {
    let shown = text(&made_up::own_copy(Wish::SAMPLE), 110);
    for wanted in [
        "Shops of the Five Valleys",
        "600 of 750 invited members counted (80%)",
        "do not pass on",
        "Monthly sales in EUR (higher is better)",
        "35 358.30",
        "too few members (fewer than 5)",
        "would single a member out",
        "disagreed",
        "silent",
        "epsilon 8 in this round, 9.5 on the same data so far",
        "60 990 rows used of 61 204 read",
        "guildhall verify DIR",
    ] {
        assert!(shown.contains(wanted), "{wanted}");
    }
    assert!(!text(&made_up::document(Wish::SAMPLE), 110).contains("You"));
}

#[test]
fn keeps_to_the_width_and_has_no_control_characters() {
    for width in [80u16, 100, 140] {
        let shown = text(&made_up::own_copy(Wish::SAMPLE), width);
        for line in shown.lines() {
            assert!(line.chars().count() <= usize::from(width), "{width}: {line}");
            assert!(line == line.trim_end() && !line.chars().any(char::is_control), "{line:?}");
        }
    }
}

#[test]
fn the_same_document_gives_the_same_text() {
    let document = made_up::own_copy(Wish::SAMPLE);
    assert_eq!(text(&document, 90), text(&document, 90));
}
