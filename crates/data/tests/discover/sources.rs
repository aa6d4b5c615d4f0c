//! Every kind of file is read, and what cannot be read is counted.

use guildhall_data::discover::{Kind, Likelihood, Role, Scan, ScanOptions, list, scan};
use std::fs;
use std::io::Write;
use std::path::Path;

fn scanned(folder: &Path, passages: Option<usize>) -> Scan {
    let files = list(&[folder.to_owned()]).expect("a folder");
    scan(&files, &ScanOptions { sql: None, passages }, &mut |_| {}).expect("no query")
}

/// The kinds that are at least possible in a file, by column.
fn kinds(scan: &Scan, name: &str) -> Vec<(String, Kind)> {
    let file = scan.files.iter().find(|file| file.name.ends_with(name)).unwrap_or_else(|| panic!("{name}: {scan:?}"));
    let columns = file.tables.iter().flat_map(|table| &table.columns);
    columns.filter_map(|column| Some((column.name.clone(), column.leading()?.kind))).collect()
}

#[test]
fn every_format_gives_the_same_kinds() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).expect("writable");
    let rows = [
        ("a@example.org", "+44 20 7946 0958"),
        ("b@example.org", "+44 20 7946 0959"),
        ("c@example.org", "+44 161 496 0000"),
    ];
    let lines = |mark: &str| rows.map(|(mail, phone)| format!("{mail}{mark}{phone}\n")).concat();
    write("comma.csv", format!("mail,phone\n{}", lines(",")).as_bytes());
    write("semicolon.csv", format!("mail;phone\n{}", lines(";")).as_bytes());
    write("tab.tsv", format!("mail\tphone\n{}", lines("\t")).as_bytes());
    write("unnamed", format!("mail|phone\n{}", lines("|")).as_bytes());
    let utf16: Vec<u8> =
        format!("\u{feff}mail,phone\n{}", lines(",")).encode_utf16().flat_map(u16::to_le_bytes).collect();
    write("utf16.csv", &utf16);
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(format!("mail,phone\n{}", lines(",")).as_bytes()).expect("packed");
    write("packed.csv.gz", &gz.finish().expect("packed"));
    let objects = rows.map(|(mail, phone)| format!("{{\"mail\": \"{mail}\", \"phone\": \"{phone}\"}}"));
    write("array.json", format!("[{}]", objects.join(",")).as_bytes());
    write("lines.jsonl", objects.join("\n").as_bytes());
    let values = rows.map(|(mail, phone)| format!("('{mail}', '{phone}')")).join(",\n");
    write("mysql.sql", format!("-- dump\nCREATE TABLE `t` (`mail` text, `phone` varchar(20), PRIMARY KEY (`mail`));\nINSERT INTO `t` VALUES {values};\n").as_bytes());
    write("postgres.sql", format!("COPY public.t (mail, phone) FROM stdin;\n{}\\.\n", lines("\t")).as_bytes());
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_row(0, 0, ["mail", "phone"]).expect("written");
    for (at, (mail, phone)) in rows.iter().enumerate() {
        sheet.write_row(at as u32 + 1, 0, [*mail, *phone]).expect("written");
    }
    book.save(folder.path().join("book.xlsx")).expect("written");
    let database = rusqlite::Connection::open(folder.path().join("shop.sqlite")).expect("writable");
    database.execute_batch("CREATE TABLE t (mail, phone)").expect("made");
    for row in rows {
        database.execute("INSERT INTO t VALUES (?, ?)", [row.0, row.1]).expect("written");
    }
    drop(database);
    let scan = scanned(folder.path(), None);
    assert!(scan.failed.is_empty(), "{:?}", scan.failed);
    let expected = [("mail".to_owned(), Kind::Email), ("phone".to_owned(), Kind::Phone)];
    for name in [
        "comma.csv",
        "semicolon.csv",
        "tab.tsv",
        "unnamed",
        "utf16.csv",
        "packed.csv.gz",
        "array.json",
        "lines.jsonl",
        "mysql.sql",
        "postgres.sql",
        "book.xlsx",
        "shop.sqlite",
    ] {
        assert_eq!(kinds(&scan, name), expected, "{name}");
    }
}

#[test]
fn binaries_are_counted_and_hidden_files_left_out() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("picture.png"), [0x89, b'P', b'N', b'G', 0, 0, 0, 1]).expect("writable");
    fs::write(folder.path().join("empty.csv"), "").expect("writable");
    fs::write(folder.path().join("set.zip"), b"PK\x03\x04rest").expect("writable");
    fs::write(folder.path().join(".hidden"), "a@example.org").expect("writable");
    fs::create_dir(folder.path().join("inner")).expect("writable");
    fs::write(folder.path().join("inner/note.txt"), "write to a@example.org").expect("writable");
    let scan = scanned(folder.path(), None);
    let reasons: Vec<&str> = scan.skipped.iter().map(|skipped| skipped.reason).collect();
    assert_eq!(reasons, ["empty", "no text (binary)", "an archive, not opened"]);
    assert_eq!(kinds(&scan, "note.txt"), [("text".to_owned(), Kind::Email)]);
    assert_eq!(scan.files[0].tables[0].columns[0].role, Role::FreeText);
}

#[test]
fn passages_are_told_by_line_and_character() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("note.txt"), "Grüße\nan jö@example.org, ja\n").expect("writable");
    fs::write(folder.path().join("t.csv"), "note,n\nx,1\n é a@example.org,2\n").expect("writable");
    let scan = scanned(folder.path(), Some(10));
    let passage = &scan.files[0].passages[0];
    assert_eq!((passage.row, passage.start, passage.end, passage.kind), (2, 3, 17, Kind::Email));
    let passage = &scan.files[1].passages[0];
    assert_eq!((passage.column.as_str(), passage.row, passage.start, passage.end), ("note", 2, 3, 16));
}

#[test]
fn a_text_longer_than_a_block_is_seen_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let line = "nothing to see in this line at all, only words\n";
    let mut text = line.repeat(20_000);
    text.push_str("a@example.org\n");
    text.push_str(&line.repeat(20_000));
    fs::write(folder.path().join("long.log"), &text).expect("writable");
    let scan = scanned(folder.path(), Some(10));
    let passages = &scan.files[0].passages;
    assert_eq!(passages.len(), 1);
    assert_eq!((passages[0].row, passages[0].start), (20_001, 0));
    assert_eq!(scan.files[0].tables[0].rows, 40_001);
}

#[test]
fn quasi_identifiers_of_adult_are_found_and_ranked() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/adult_arx/adult.csv");
    if !path.exists() {
        println!("skipped: {} is not there", path.display());
        return;
    }
    let scan = scan(&[path], &ScanOptions::default(), &mut |_| {}).expect("no query");
    let table = &scan.files[0].tables[0];
    let roles: Vec<(&str, Role)> = table.columns.iter().map(|column| (column.name.as_str(), column.role)).collect();
    let quasi = ["sex", "age", "marital-status", "education", "native-country", "workclass", "occupation"];
    for (name, role) in roles {
        let expected = match name {
            name if quasi.contains(&name) => Role::QuasiIdentifier,
            _ => Role::Sensitive,
        };
        assert_eq!(role, expected, "{name}");
    }
    assert_eq!(table.singling_out.rows, 30_162);
    assert_eq!(table.singling_out.steps[0].column, "age");
    assert!(table.singling_out.share > 0.3, "{:?}", table.singling_out);
    let race = table.columns.iter().find(|column| column.name == "race").and_then(|column| column.leading());
    assert!(race.is_some_and(|holding| holding.kind == Kind::Ethnicity && holding.likelihood >= Likelihood::Likely));
}
