//! What stands in the files never stands in what is said about them: planted values, and every output and error.

use guildhall_data::discover::{ScanOptions, list, scan};
use std::fs;
use std::path::{Path, PathBuf};

/// Values that must never be seen again, of every kind that is found, and parts of them.
const CANARIES: [&str; 16] = [
    "canary.jane@secret-host.example",
    "secret-host",
    "4556737586899855",
    "4556 7375 8689 9855",
    "GB33BUKB20201555555555",
    "203.0.113.77",
    "536-22-8765",
    "+44 20 7946 0991",
    "79460991",
    "Canaryson",
    "Wrenfield",
    "1971-07-23",
    "canarypassword",
    "leukaemia-canary",
    "RCCMNL83S18D969H",
    "https://canary.example/path",
];

fn files(folder: &Path) -> Vec<PathBuf> {
    let all = CANARIES.join(" | ");
    let row = CANARIES.map(|canary| format!("\"{canary}\"")).join(",");
    let write = |name: &str, content: &str| fs::write(folder.join(name), content).expect("writable");
    let header = (0..CANARIES.len()).map(|n| format!("h{n}")).collect::<Vec<_>>().join(",");
    write("table.csv", &format!("{header}\n{row}\n{row},\"{all}\"\n\"torn {all}\n{row}\"x,{all}\n"));
    write("headerless.csv", &format!("{row}\n{row}\n"));
    write(
        "keys.json",
        &format!("{{\"{}\": {{\"{}\": \"{}\"}}, \"list\": [\"{all}\"]}}", CANARIES[0], CANARIES[7], CANARIES[2]),
    );
    write("broken.json", &format!("[{{\"a\": \"{all}\"}}, {{\"b\": {all} }}]"));
    write("early.json", &format!("[{{\"a\": \"{all}\"}}, {{\"{}\": ", CANARIES[0]));
    write("lines.jsonl", &format!("{{\"a\": \"{all}\"}}\n{all}\n{{\"b\": {all}}}\n"));
    write("note.txt", &format!("Hello\n{all}\n"));
    write(
        "dump.sql",
        &format!(
            "CREATE TABLE \"{0}\" (a TEXT);\nINSERT INTO \"{0}\" VALUES ('{1}');\nINSERT INTO t VALUES ('{1}\n",
            CANARIES[0],
            all.replace('\'', "''")
        ),
    );
    write("broken.sqlite", &format!("SQLite format 3\0{all}"));
    write("broken.xlsx", &format!("PK\u{3}\u{4}{all}"));
    write("torn.csv.gz", "\u{1f}\u{8b}canary");
    list(&[folder.to_owned()]).expect("a folder")
}

fn check(what: &str, said: &str) {
    for canary in CANARIES {
        assert!(!said.contains(canary), "{what} says {canary}: {said}");
    }
}

#[test]
fn planted_values_are_in_no_report_and_no_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = files(folder.path());
    assert_eq!(files.len(), 11);
    let options = ScanOptions { sql: None, passages: Some(10_000) };
    let scanned = scan(&files, &options, &mut |_| {}).expect("no query");
    assert!(scanned.failed.len() >= 3, "{:?}", scanned.failed);
    assert!(scanned.files.iter().any(|file| !file.passages.is_empty()));
    check("the report", &serde_json::to_string(&scanned).expect("JSON"));
    check("the report in Rust", &format!("{scanned:?}"));
    for problem in &scanned.failed {
        check("an error", &format!("{problem} {problem:?}"));
    }
}

#[test]
fn planted_values_are_in_no_error_of_a_query() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("t.csv"), format!("mail,n\n{},1\n", CANARIES[0])).expect("writable");
    let files = list(&[folder.path().to_owned()]).expect("a folder");
    let ask = |sql: String| scan(&files, &ScanOptions { sql: Some(sql), passages: None }, &mut |_| {});
    let found = ask("SELECT mail FROM t".to_owned()).expect("a query");
    assert_eq!(found.files[0].tables[0].rows, 1);
    check("the answer", &format!("{found:?}"));
    for sql in [
        format!("SELECT \"{}\" FRO t", CANARIES[0]),
        format!("SELECT * FROM \"{}\"", CANARIES[0]),
        "SELECT json(mail) FROM t".to_owned(),
        "DELETE FROM t".to_owned(),
        "ATTACH 'x' AS y".to_owned(),
    ] {
        let problem = ask(sql.clone()).expect_err(&sql);
        check(&sql, &format!("{problem}"));
    }
}
