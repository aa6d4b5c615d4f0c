//! Differencing: releases against the log of earlier ones; and what is refused as a table.

use guildhall_dp::disclosure::{
    Cell, Concentration, Cost, Dimension, DisclosureError, Entry, Grid, Relation, Release, Rules, Table, protect,
};
use std::collections::BTreeSet;

fn rules() -> Rules {
    let p = "10".parse().expect("a rational");
    Rules::new(3).and_then(|rules| rules.with(Concentration::Percent { p })).expect("valid")
}

fn grid(columns: &[&str]) -> Grid {
    Grid::new(vec![Dimension::flat("place", "all", columns.iter().copied()).expect("distinct")]).expect("one dimension")
}

/// Firms `from..until` in one place, of similar size.
fn firms(place: &str, from: usize, until: usize, period: &str) -> Vec<Entry> {
    let firm = |i: usize| Entry {
        categories: vec![place.to_owned()],
        holding: format!("firm {i}"),
        period: period.to_owned(),
        value: 1_000 + 10 * i as i64,
    };
    (from..until).map(firm).collect()
}

fn release(name: &str, grid: &Grid, entries: &[Entry]) -> Release {
    let table = grid.table(entries, &BTreeSet::new()).expect("a table");
    let protected = protect(&table, &rules(), Cost::Value).expect("protected");
    Release::of(name, "receipts", grid, entries, &protected).expect("a release")
}

fn verdict(new: &Release, earlier: &[Release]) -> Option<&'static str> {
    match new.check(earlier, &rules(), &BTreeSet::new()) {
        Ok(()) => None,
        Err(DisclosureError::Difference { why, .. }) => Some(why),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn releases_that_differ_by_one_member_are_refused() {
    let place = grid(&["a"]);
    let first = release("first", &place, &firms("a", 0, 10, "2026"));
    for (from, until) in [(0, 11), (0, 9), (1, 10), (1, 11), (0, 12)] {
        let second = release("second", &place, &firms("a", from, until, "2026"));
        assert_eq!(verdict(&second, std::slice::from_ref(&first)), Some("too few firms"), "{from}..{until}");
    }
    let third = release("third", &place, &firms("a", 0, 13, "2026"));
    assert_eq!(verdict(&third, std::slice::from_ref(&first)), None, "three firms more can be told");
    assert_eq!(verdict(&first, std::slice::from_ref(&first)), None, "the same again tells nothing new");
}

/// One firm left and one came: the numbers are equal, the firms are not.
#[test]
fn a_swapped_member_is_seen_though_the_numbers_are_equal() {
    let place = grid(&["a"]);
    let first = release("first", &place, &firms("a", 0, 10, "2026"));
    let swapped = release("second", &place, &firms("a", 1, 11, "2026"));
    assert_eq!(verdict(&swapped, &[first]), Some("too few firms"));
}

#[test]
fn a_difference_that_one_firm_dominates_is_refused() {
    let place = grid(&["a"]);
    let first = release("first", &place, &firms("a", 0, 40, "2026"));
    let mut more = firms("a", 0, 44, "2026");
    more.iter_mut().skip(40).take(3).for_each(|small| small.value = 5);
    let second = release("second", &place, &more);
    assert_eq!(verdict(&second, &[first]), Some("a group of which one firm is most"));
}

#[test]
fn a_corrected_figure_of_one_firm_is_refused() {
    let place = grid(&["a"]);
    let first = release("first", &place, &firms("a", 0, 10, "2026"));
    let mut corrected = firms("a", 0, 10, "2026");
    corrected[4].value += 77;
    assert_eq!(verdict(&release("second", &place, &corrected), &[first]), Some("too few firms"));
}

#[test]
fn another_period_or_variable_is_another_matter() {
    let place = grid(&["a"]);
    let first = release("first", &place, &firms("a", 0, 10, "2025"));
    let mut later = firms("a", 0, 11, "2026");
    later.iter_mut().for_each(|entry| entry.value += 7);
    assert_eq!(verdict(&release("second", &place, &later), std::slice::from_ref(&first)), None);
    let mut staff = firms("a", 0, 11, "2025");
    staff.iter_mut().enumerate().for_each(|(i, entry)| entry.value = 3 + i as i64 % 5);
    let other = Release::every_cell("other", "staff", &place, &staff).expect("a release");
    assert_eq!(verdict(&other, &[first]), None);
}

/// The same figures of one firm more, published under another name of the variable or the window.
#[test]
fn another_name_makes_no_other_figures() {
    let place = grid(&["a"]);
    let first = release("first", &place, &firms("a", 0, 10, "2026"));
    let named = |variable: &str, window: &str, until: usize| {
        Release::every_cell("second", variable, &place, &firms("a", 0, until, window)).expect("a release")
    };
    for (variable, window) in [
        ("revenue", "2026"),
        ("receipts", "2026-01-01..2027-01-01"),
        ("receipts", "fiscal year"),
        ("revenue", "fiscal year"),
        ("receipts", " 2026 "),
        ("revenue", "2026-Q1"),
        ("receipts", "2027"),
        ("revenue", "2025"),
    ] {
        let second = named(variable, window, 11);
        assert_eq!(verdict(&second, std::slice::from_ref(&first)), Some("too few firms"), "{variable}, {window}");
        assert_eq!(
            verdict(&named(variable, window, 13), std::slice::from_ref(&first)),
            None,
            "three firms can be told"
        );
        assert_eq!(named(variable, window, 10).knows([&first]).len(), 2, "{variable}, {window}: known from before");
    }
    // Half of the firms were corrected too: still the same figures.
    let mut half = firms("a", 0, 11, "fiscal year");
    half.iter_mut().take(5).for_each(|entry| entry.value += 1);
    let second = Release::every_cell("second", "revenue", &place, &half).expect("a release");
    assert_eq!(verdict(&second, &[first]), Some("a group of which one firm is most"));
}

/// A year less its first half is the second half: of one firm only, that firm's figure.
#[test]
fn windows_that_share_days_are_compared_firm_by_firm() {
    let place = grid(&["a"]);
    let half = release("first half", &place, &firms("a", 0, 10, "2026-01-01..2026-07-01"));
    let mut year = firms("a", 0, 10, "2026");
    year[3].value += 500;
    let whole = |entries: &[Entry]| Release::every_cell("year", "receipts", &place, entries).expect("a release");
    assert_eq!(verdict(&whole(&year), std::slice::from_ref(&half)), Some("too few firms"));
    year.iter_mut().for_each(|entry| entry.value += 700);
    assert_eq!(verdict(&whole(&year), std::slice::from_ref(&half)), None, "every firm sold something afterwards");
    let later: Vec<Entry> =
        year.iter().map(|entry| Entry { period: "2026-07-01..2027-01-01".into(), ..entry.clone() }).collect();
    assert_eq!(verdict(&whole(&later), &[half]), None, "no day is shared");
}

#[test]
fn shops_of_one_holding_count_once_in_a_difference() {
    let place = grid(&["a"]);
    let first = release("first", &place, &firms("a", 0, 10, "2026"));
    let mut chain = firms("a", 0, 10, "2026");
    for shop in 0..3 {
        chain.push(Entry { holding: "chain".into(), value: 900 + shop, ..chain[0].clone() });
    }
    assert_eq!(verdict(&release("second", &place, &chain), &[first]), Some("too few firms"));
}

#[test]
fn nested_regions_are_compared_across_classifications() {
    // The old table shows a region of 10 firms; the new one cuts it into 6 and, elsewhere, all but one of the rest.
    let old = release("old", &grid(&["region"]), &firms("region", 0, 10, "2026"));
    let parts = [firms("north", 0, 6, "2026"), firms("south", 6, 9, "2026")].concat();
    let north = release("north", &grid(&["north"]), &firms("north", 0, 6, "2026"));
    let new = Release::every_cell("new", "receipts", &grid(&["north", "south"]), &parts).expect("a release");
    assert_eq!(verdict(&north, std::slice::from_ref(&old)), None, "ten less six leaves four");
    assert_eq!(verdict(&new, &[old]), Some("too few firms"));
}

/// No two cells differ in few firms, but the old region less both new parts is one firm.
#[test]
fn what_several_cells_leave_over_is_seen() {
    let old = release("old", &grid(&["region"]), &firms("region", 0, 13, "2026"));
    let north = release("north", &grid(&["north"]), &firms("north", 0, 6, "2026"));
    let south = release("south", &grid(&["south"]), &firms("south", 6, 12, "2026"));
    assert_eq!(verdict(&north, std::slice::from_ref(&old)), None);
    assert_eq!(verdict(&south, std::slice::from_ref(&old)), None);
    assert_eq!(verdict(&south, &[old.clone(), north.clone()]), Some("too few firms"));
    assert_eq!(verdict(&old, &[south, north]), Some("too few firms"), "in any order");
}

#[test]
fn cells_known_from_before_are_found_by_their_contributions() {
    let both = grid(&["a", "b"]);
    let entries = [firms("a", 0, 5, "2026"), firms("b", 5, 10, "2026")].concat();
    let first = release("first", &both, &entries);
    let renamed = grid(&["x", "b"]);
    let again = [firms("x", 0, 5, "2026"), firms("b", 5, 9, "2026")].concat();
    let second = Release::every_cell("second", "receipts", &renamed, &again).expect("a release");
    assert_eq!(second.knows([&first]), BTreeSet::from([vec!["x".to_owned()]]));
}

#[test]
fn a_log_is_read_back_as_it_was_written_and_checked() {
    let place = grid(&["a"]);
    let first = release("first", &place, &firms("a", 0, 10, "2026"));
    let text = serde_json::to_string(&first).expect("serialisable");
    assert_eq!(serde_json::from_str::<Release>(&text).expect("the same"), first);
    let broken = text.replace("[0,1000]", "[99,1000]");
    assert!(broken != text && serde_json::from_str::<Release>(&broken).is_err());
    assert!(!format!("{first:?}").contains("1000"), "Debug shows no figure");
}

#[test]
fn grids_refuse_what_is_no_table() {
    let tree = |pairs: &[(&str, &str)]| Dimension::tree("d", "all", pairs.iter().copied());
    assert!(tree(&[("a", "b"), ("b", "a")]).is_err(), "a ring");
    assert!(tree(&[("a", "all"), ("a", "all")]).is_err(), "twice");
    assert!(tree(&[("a", "nowhere")]).is_err());
    assert!(tree(&[("all", "all")]).is_err());
    let entry = |category: &str, value: i64| Entry {
        categories: vec![category.to_owned()],
        holding: "x".to_owned(),
        period: "2026".to_owned(),
        value,
    };
    let grid = Grid::new(vec![tree(&[("a", "all"), ("b", "a")]).expect("a tree")]).expect("a grid");
    let table = |category: &str| grid.table(&[entry(category, 1)], &BTreeSet::new());
    assert!(table("b").is_ok());
    assert!(matches!(table("a"), Err(DisclosureError::NoCategory { .. })), "not a lowest category");
    assert!(Grid::new(vec![]).is_err());
    let wide: Vec<String> = (0..100).map(|i| format!("x{i}")).collect();
    let flat = |name: &str, labels: &[String]| {
        Dimension::flat(name, "total", labels.iter().map(String::as_str)).expect("distinct labels")
    };
    assert!(matches!(Grid::new(vec![flat("a", &wide), flat("b", &wide)]), Err(DisclosureError::TooManyCells { .. })));
    let huge = grid.table(&[entry("b", i64::MAX)], &BTreeSet::new());
    assert!(matches!(huge, Err(DisclosureError::TooLarge { .. })));
    let unbalanced = Table::new(vec![Cell::public(vec!["a".into()], 1)], vec![Relation::sum(0, [])]);
    assert!(matches!(unbalanced, Err(DisclosureError::Unbalanced { .. })));
}
