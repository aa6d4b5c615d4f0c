//! Levels of each kind, and every mistake of a file.

use super::*;
use crate::Table;
use crate::error::HierarchyFlaw;
use proptest::prelude::*;

fn column(values: &[&str]) -> Column {
    let table = Table::of(&["c"], values.iter().map(|value| [*value])).expect("a table");
    table.columns()[0].clone()
}

fn labels(hierarchy: &Hierarchy, level: usize, count: u32) -> Vec<&str> {
    (0..count).map(|code| hierarchy.label(level, code)).collect()
}

#[test]
fn intervals_are_exact_and_nest() {
    let ages = column(&["7", "20", "24", "25", "-1", ""]);
    let widths = [Width::new(5, 1).expect("a width"), Width::new(20, 1).expect("a width")];
    let hierarchy = Hierarchy::from_widths(&ages, &widths).expect("numbers");
    assert_eq!(labels(&hierarchy, 1, 6), ["5 to 9", "20 to 24", "20 to 24", "25 to 29", "-5 to -1", ""]);
    assert_eq!(labels(&hierarchy, 2, 6), ["0 to 19", "20 to 39", "20 to 39", "20 to 39", "-20 to -1", ""]);
    assert_eq!(labels(&hierarchy, 3, 6), ["*"; 6]);
    // 0.3 / 0.1 is 2.999... in floating point; here it is 3.
    let tenths = column(&["0.3", "0.30", "0.29"]);
    let hierarchy = Hierarchy::from_widths(&tenths, &[Width::new(1, 10).expect("a width")]).expect("numbers");
    assert_eq!(labels(&hierarchy, 1, 3), ["0.3 to below 0.4", "0.3 to below 0.4", "0.2 to below 0.3"]);
    assert!(Hierarchy::from_widths(&ages, &[widths[0], Width::new(12, 1).expect("a width")]).is_err());
    let wrong = Hierarchy::from_widths(&column(&["1", "x"]), &widths).expect_err("not a number");
    assert!(wrong.to_string().starts_with("column \"c\", row 2: a value like \"a\" is not a number"), "{wrong}");
}

#[test]
fn characters_and_dates() {
    let codes = column(&["78701", "78702", "787", "ÄÖ1"]);
    let hierarchy = Hierarchy::from_keep(&codes, &[3, 1]).expect("falling");
    assert_eq!(labels(&hierarchy, 1, 4), ["787*", "787*", "787", "ÄÖ1"]);
    assert_eq!(labels(&hierarchy, 2, 4), ["7*", "7*", "7*", "Ä*"]);
    assert!(Hierarchy::from_keep(&codes, &[2, 3]).is_err());
    let days = column(&["2017-05-31", "2017-06", "2017-05-31 18:30:00", ""]);
    let hierarchy =
        Hierarchy::from_dates(&days, DateOrder::Ymd, &[DateLevel::Month, DateLevel::Quarter, DateLevel::Decade]);
    let hierarchy = hierarchy.expect("dates");
    assert_eq!(labels(&hierarchy, 1, 4), ["2017-05", "2017-06", "2017-05", ""]);
    assert_eq!(labels(&hierarchy, 2, 4), ["2017-Q2", "2017-Q2", "2017-Q2", ""]);
    assert_eq!(labels(&hierarchy, 3, 4), ["2010s", "2010s", "2010s", ""]);
    for bad in ["31.05.2017", "2017-13-01", "2017-05-32", "2017-05-31x", "20170531", "2017-5-1", "ä017-05"] {
        assert!(Hierarchy::from_dates(&column(&[bad]), DateOrder::Ymd, &[DateLevel::Year]).is_err(), "{bad}");
    }
}

#[test]
fn days_are_read_in_the_order_that_was_declared() {
    let days = column(&["04.03.1988", "4/3/1988", "04-03-1988 10:00", ""]);
    let months = |order| {
        let hierarchy = Hierarchy::from_dates(&days, order, &[DateLevel::Month]).expect("dates");
        labels(&hierarchy, 1, 4)[0].to_owned()
    };
    assert_eq!((months(DateOrder::Dmy).as_str(), months(DateOrder::Mdy).as_str()), ("1988-03", "1988-04"));
    for (order, bad) in [
        (DateOrder::Dmy, "1988-03-04"),
        (DateOrder::Dmy, "03/15/1988"),
        (DateOrder::Dmy, "15.08.88"),
        (DateOrder::Dmy, "15.08/1988"),
        (DateOrder::Dmy, "15.08.1988.1"),
        (DateOrder::Dmy, "0.1.1988"),
        (DateOrder::Mdy, "15/08/1988"),
        (DateOrder::Mdy, "+1/08/1988"),
        (DateOrder::Ymd, "15.08.1988"),
        (DateOrder::Ymd, "1988-08/15"),
    ] {
        assert!(Hierarchy::from_dates(&column(&[bad]), order, &[DateLevel::Year]).is_err(), "{order:?} {bad}");
    }
    let slashes = column(&["1988/08/15", "1988.08.15"]);
    assert!(Hierarchy::from_dates(&slashes, DateOrder::Ymd, &[DateLevel::Year]).is_ok());
}

#[test]
fn files_are_read_as_arx_writes_them() {
    let column = column(&["b", "a"]);
    for text in ["a;ab;*\nb;ab;*\nc;c;*\n", "a,ab,*\r\nb,ab,*\r\nc,c,*", "\u{feff}a;\"ab\";*\nb;ab;*\nc;c;*"] {
        let hierarchy = Hierarchy::from_file(&column, text.as_bytes()).expect("a hierarchy");
        assert_eq!((hierarchy.levels(), hierarchy.domain()), (3, 3));
        assert_eq!(labels(&hierarchy, 1, 2), ["ab", "ab"]);
        assert_eq!(hierarchy.at(1).share, [2.0 / 3.0]);
        assert_eq!(hierarchy.at(2).share, [1.0]);
    }
}

#[test]
fn every_mistake_of_a_file_is_told_with_its_line() {
    let column = column(&["a", "b"]);
    let flaw = |text: &str| match Hierarchy::from_file(&column, text.as_bytes()) {
        Err(Error::HierarchyLine { line, flaw, .. }) => (line, *flaw),
        other => panic!("{text:?}: {other:?}"),
    };
    assert_eq!(flaw(""), (1, HierarchyFlaw::Empty));
    assert_eq!(flaw("a\nb\n"), (1, HierarchyFlaw::Narrow));
    assert_eq!(flaw("a;x;*\nb;*\n"), (2, HierarchyFlaw::Ragged { found: 2, expected: 3 }));
    assert_eq!(flaw("a;x;*\nb;x;*\na;x;*\n"), (3, HierarchyFlaw::Twice { other: 1 }));
    let split = HierarchyFlaw::Split { column: 3, other: 1 };
    assert_eq!(flaw("a;x;y\nb;x;z\n"), (2, split));
    let bytes = b"a;x\nb;\xff\n";
    let broken = Hierarchy::from_file(&column, bytes).expect_err("not text");
    let Error::HierarchyLine { line: 2, flaw, .. } = broken else { panic!("{broken:?}") };
    assert_eq!(*flaw, HierarchyFlaw::NotText);
    let lacks = Hierarchy::from_file(&column, b"a;*\n").expect_err("b is missing");
    assert_eq!(lacks, Error::HierarchyLacks { column: "c".to_owned(), missing: 1, row: 2 });
}

/// Files of levels hold the values of people's rows: an error names line and column, in words and in Rust alike.
#[test]
fn no_mistake_of_a_file_quotes_a_value() {
    let column = column(&["canary-a", "canary-b"]);
    let files = [
        "",
        "canary-a\n",
        "canary-a;canary-x;*\ncanary-b;*\n",
        "canary-a;canary-x;*\ncanary-b;canary-x;*\ncanary-a;canary-x;*\n",
        "canary-a;canary-x;canary-y\ncanary-b;canary-x;canary-z\n",
        "canary-a;*\n",
    ];
    for text in files {
        let error = Hierarchy::from_file(&column, text.as_bytes()).expect_err("a mistake");
        assert!(!format!("{error} {error:?}").contains("canary"), "{error} {error:?}");
    }
    let error = column.numbers().expect_err("no numbers");
    assert!(!format!("{error} {error:?}").contains("canary"), "{error} {error:?}");
}

proptest! {
    #[test]
    fn every_level_is_a_coarsening_of_the_one_before(
        values in prop::collection::btree_set("-?[0-9]{1,4}(\\.[0-9]{1,2})?", 1..30),
        steps in prop::collection::vec(2u64..5, 0..4),
        keep in prop::collection::btree_set(0u32..6, 1..4),
    ) {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let column = column(&values);
        let mut width = 1;
        let widths: Vec<Width> = steps.iter().map(|step| { width *= step; Width::new(width, 4).expect("above zero") }).collect();
        let keep: Vec<u32> = keep.into_iter().rev().collect();
        let by_width = Hierarchy::from_widths(&column, &widths).expect("numbers");
        for hierarchy in [by_width, Hierarchy::from_keep(&column, &keep).expect("falling")] {
            for level in 1..hierarchy.levels() {
                let (fine, coarse) = (hierarchy.at(level - 1), hierarchy.at(level));
                for a in 0..values.len() {
                    for b in 0..values.len() {
                        prop_assert!(fine.of[a] != fine.of[b] || coarse.of[a] == coarse.of[b]);
                    }
                }
            }
        }
    }
}
