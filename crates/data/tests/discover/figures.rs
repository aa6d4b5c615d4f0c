//! Figures in columns are no telephone numbers and no identity numbers.

use guildhall_data::discover::{Hints, Kind, Role, ScanOptions, find, list, scan};
use std::fmt::Write;
use std::path::{Path, PathBuf};

fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/cdnow").join(name);
    if !path.exists() {
        println!("skipped: {name} is not beside the project (../shared/data)");
        return None;
    }
    Some(path)
}

/// Kinds that are at least possible in any column of a file.
fn kinds(path: &Path) -> Vec<Kind> {
    let scan = scan(&list(&[path.to_owned()]).expect("there"), &ScanOptions::default(), &mut |_| {}).expect("no query");
    scan.columns().filter_map(|(_, _, column)| Some(column.leading()?.kind)).collect()
}

#[test]
fn purchases_of_a_shop_hold_customer_numbers_and_nothing_else() {
    let Some(path) = shared("CDNOW_master.txt") else { return };
    assert_eq!(kinds(&path), [Kind::PersonNumber]);
    let text = std::fs::read_to_string(path).expect("text");
    let found = find(&text, Hints::default());
    assert_eq!(found.len(), 0, "{:?}", found.first());
}

#[test]
fn a_sample_without_headers_holds_nothing_that_is_known() {
    let Some(path) = shared("CDNOW_sample.txt") else { return };
    assert_eq!(kinds(&path), []);
    assert_eq!(find(&std::fs::read_to_string(path).expect("text"), Hints::default()).len(), 0);
}

/// Rows as such exports have them: numbers of customers with leading zeros, days, counts, amounts, set apart by one
/// space or several.
#[test]
fn rows_of_figures_are_no_telephone_numbers() {
    for gap in [" ", "  ", "\t"] {
        let mut text = String::new();
        for n in 0..4_000u32 {
            let (month, day, cents) = (1 + n % 12, 1 + n % 28, n * 7 % 100);
            let _ = writeln!(text, "{n:05}{gap}1997{month:02}{day:02}{gap}{}{gap}{}.{cents:02}", n % 9, n * 13 % 400);
        }
        let found = find(&text, Hints::default());
        let first = found.first().map(|finding| (finding.kind, &text[finding.start..finding.end]));
        assert_eq!(found.len(), 0, "{gap:?}: {first:?}");
    }
}

#[test]
fn a_table_set_apart_by_spaces_has_columns() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("export.txt");
    let rows: String =
        (0..40).map(|n| format!(" {:05}  1997{:02}11  {}   {n}.99\n", 7 + n, 1 + n % 12, n % 3)).collect();
    std::fs::write(&path, format!(" customer_id  date  count  value\n{rows}")).expect("writable");
    let scan = scan(&[path], &ScanOptions::default(), &mut |_| {}).expect("no query");
    let table = &scan.files[0].tables[0];
    let columns: Vec<(&str, Role)> = table.columns.iter().map(|column| (column.name.as_str(), column.role)).collect();
    assert_eq!(columns[0], ("customer_id", Role::Identifier));
    assert_eq!((columns[2].0, columns[3].0, table.rows), ("count", "value", 40));
}

/// Shares, months and pieces of programs beside words that speak of telephones.
#[test]
fn what_programs_and_tables_of_figures_write_is_nothing() {
    for text in [
        "telephone | 0.989 / 0.963 |",
        "mobile customers in 2017-05, 100 / 110 of them",
        "call self.store(FF1::new(x), tick.at) in rule.test",
        "CALL SELF.STORE(FF1::NEW(X), TICK.AT) IN RULE.TEST",
        "call profile::<ff1::Key>() and fax::Sent::at(1)",
        "numero 125-142 di pp. 125-142",
    ] {
        let found = find(text, Hints::default());
        assert_eq!(found.len(), 0, "{text}: {found:?}");
    }
}
