//! Polluted files: every one stops the load with file, row, column and remedy; none is silently different.

use crate::support::{DATE, bytes, column, decimal, engine, first_problem, nullable, small, table, try_load};
use flate2::{Compression, write::GzEncoder};
use guildhall_data::{
    Encoding, Error, Excess, Extraction, Format, Kind, KpiQuery, Limits, Outside, SkipRule, SkipTest, TableSpec,
    extract, load,
};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::io::Write;

/// Content, code, row, column.
type Case = (&'static str, &'static str, Option<u64>, Option<&'static str>);

/// Under `member` text and `amount` with two decimals. The clean file would be two members, 12.50 and 1234.00.
const CASES: &[Case] = &[
    // quotation marks
    ("member,amount\n\"a\"b,12.50\nc,1234.00\n", "D010", Some(2), Some("member")),
    ("member,amount\na,12.50\nc,\"1234\".00\n", "D010", Some(3), Some("amount")),
    ("member,amount\na,12\"50\nc,1234.00\n", "D010", Some(2), Some("amount")),
    ("member,amount\na, \"12.50\"\nc,1234.00\n", "D010", Some(2), Some("amount")),
    ("member,amount\n\"a\" ,12.50\nc,1234.00\n", "D010", Some(2), Some("member")),
    ("member,amount\n\"a,12.50\nc,1234.00\n", "D015", Some(2), Some("member")),
    ("member,amount\na,12.50\nc,\"1234.00", "D011", Some(3), Some("amount")),
    ("member,amount\n\"a\\\",\"12.50\nc,1234.00\n", "D015", Some(2), Some("amount")),
    ("member,amount\n\"a\n\",12.50\nc,1234.00\n", "D015", Some(2), Some("member")),
    ("member,amount\n'a','12.50'\nc,1234.00\n", "D032", Some(2), Some("amount")),
    // rows
    ("member,amount\na\nc,1234.00\n", "D014", Some(2), None),
    ("member,amount\na,12,50\nc,1234.00\n", "D014", Some(2), None),
    ("member,amount\na,12.50,\nc,1234.00,\n", "D014", Some(2), None),
    ("member,amount\na,12.50\n\nc,1234.00\n", "D013", Some(3), None),
    ("member,amount\n\na,12.50\nc,1234.00\n", "D013", Some(2), None),
    ("\nmember,amount\na,12.50\nc,1234.00\n", "D013", Some(1), None),
    ("member,amount\na,12.50\n   \nc,1234.00\n", "D014", Some(3), None),
    ("member,amount\na,12.50\n# exported by till 3\nc,1234.00\n", "D014", Some(3), None),
    ("member,amount\na,12.50\nc,1234.00\n,\n", "D018", Some(4), None),
    ("member,amount\na,12.50\nmember,amount\nc,1234.00\n", "D016", Some(3), None),
    ("member,amount\na,12.50\nc,1234.00\nTotal,1246.50\n", "D017", Some(4), None),
    ("member,amount,note\na,12.50,x\nc,1234.00,x\nGrand total:,1246.50,\n", "D017", Some(4), None),
    ("member,amount\na,12.50\nc,1234.00\nEnd of export\n", "D014", Some(4), None),
    // line ends and invisible characters
    ("member,amount\ra,12.50\rc,1234.00\r", "D012", Some(1), None),
    ("member,amount\na\r,12.50\nc,1234.00\n", "D012", Some(2), Some("member")),
    ("member,amount\na,12.50\rx\nc,1234.00\n", "D012", Some(2), Some("amount")),
    ("member,amount\na\0,12.50\nc,1234.00\n", "D005", Some(2), Some("member")),
    ("member,amount\na,12.50\nc,1234.00\n\u{1a}", "D005", Some(4), Some("member")),
    ("member,amount\na\u{200b},12.50\nc,1234.00\n", "D005", Some(2), Some("member")),
    ("member,amount\na\u{fffd},12.50\nc,1234.00\n", "D005", Some(2), Some("member")),
    ("member,amount\na\u{85}b,12.50\nc,1234.00\n", "D005", Some(2), Some("member")),
    ("member,amount\na,12.50\u{a0}\nc,1234.00\n", "D032", Some(2), Some("amount")),
    // header
    ("", "D003", None, None),
    ("\n\n\n", "D003", None, None),
    ("member,amount\n", "D009", None, None),
    ("member,amount", "D009", None, None),
    ("a,12.50\nc,1234.00\n", "D020", Some(1), Some("member")),
    ("Member,Amount\na,12.50\n", "D020", Some(1), Some("member")),
    ("member ,amount\na,12.50\n", "D020", Some(1), Some("member")),
    ("member,amount,amount\na,12.50,13\n", "D021", Some(1), Some("amount")),
    ("Sales 2017\nmember,amount\na,12.50\n", "D020", Some(1), Some("member")),
    ("member:amount\na:12.50\n", "D020", Some(1), Some("member")),
    ("sep=,\nmember,amount\na,12.50\n", "D020", Some(1), Some("member")),
    // fields
    ("member,amount\na,\nc,1234.00\n", "D030", Some(2), Some("amount")),
    ("member,amount\n,12.50\nc,1234.00\n", "D030", Some(2), Some("member")),
    ("member,amount\na,  \nc,1234.00\n", "D030", Some(2), Some("amount")),
    ("member,amount\na,n/a\nc,1234.00\n", "D032", Some(2), Some("amount")),
    ("member,amount\na,1e5\nc,1234.00\n", "D032", Some(2), Some("amount")),
    ("member,amount\na,\"$1,234\"\nc,1234.00\n", "D032", Some(2), Some("amount")),
    ("member,amount\na,\"1,234\"\nc,1234.00\n", "D032", Some(2), Some("amount")),
    ("member,amount\na,\"12,50\"\nc,1234.00\n", "D032", Some(2), Some("amount")),
    ("member,amount\na,'12.50\nc,1234.00\n", "D032", Some(2), Some("amount")),
    ("member,amount\na,(12.50)\nc,1234.00\n", "D032", Some(2), Some("amount")),
    ("member,amount\na,12.50-\nc,1234.00\n", "D032", Some(2), Some("amount")),
    ("member,amount\na,\u{2212}12.50\nc,1234.00\n", "D032", Some(2), Some("amount")),
    ("member,amount\na,12.50 USD\nc,1234.00\n", "D032", Some(2), Some("amount")),
    ("member,amount\na,12.5%\nc,1234.00\n", "D032", Some(2), Some("amount")),
    ("member,amount\na,=6.25*2\nc,1234.00\n", "D032", Some(2), Some("amount")),
    ("member,amount\na,12.505\nc,1234.00\n", "D033", Some(2), Some("amount")),
    ("member,amount\na,1.234\nc,1234.00\n", "D033", Some(2), Some("amount")),
    ("member,amount\na,99999999999999999999\nc,1234.00\n", "D034", Some(2), Some("amount")),
];

#[test]
fn every_polluted_file_is_refused_where_it_is_wrong() {
    for (content, code, row, column) in CASES {
        let problem = first_problem(try_load(&small(), &[bytes("till.csv", content)]));
        let got = (problem.code, problem.row, problem.column.as_deref(), problem.file.as_str());
        assert_eq!(got, (*code, *row, *column, "till.csv"), "{content:?}: {problem}");
    }
}

/// The planted bug: without the gate, the csv crate reads these without an error.
#[test]
fn the_csv_crate_alone_would_not_have_noticed() {
    let structural = ["D005", "D010", "D011", "D012", "D013", "D015"];
    let cases = CASES.iter().filter(|case| structural.contains(&case.1));
    let silent = cases.clone().filter(|(content, ..)| {
        let mut reader = csv::Reader::from_reader(content.as_bytes());
        reader.records().all(|record| record.is_ok())
    });
    let (silent, all) = (silent.count(), cases.count());
    assert!(silent >= 12, "{silent} of {all}: if the csv crate became strict, the gate may go");
}

#[test]
fn clean_variants_give_the_same_figures() {
    let comma = Format::default();
    let german = Format { decimal_comma: true, thousands: Some('.'), ..Format::default() };
    let latin = Format { encoding: Encoding::named("latin-1").expect("known"), ..Format::default() };
    let utf16 = Format { encoding: Encoding::named("utf-16le").expect("known"), ..Format::default() };
    let wide: Vec<u8> =
        "\u{feff}member\tamount\r\ncaf\u{e9}\t12.50\r\nc\t1234\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let files: Vec<(Format, Vec<u8>)> = vec![
        (comma.clone(), "member,amount\ncaf\u{e9},12.50\nc,1234.00\n".into()),
        (comma.clone(), "\u{feff}member,amount\r\ncaf\u{e9},12.5\r\nc,1234".into()),
        (comma.clone(), "\"amount\";\"x\";\"member\"\n\"12.50\";\"a;\"\"b\";caf\u{e9}\n1234;;\"c\"\n".into()),
        (comma.clone(), "member|amount|\ncaf\u{e9}| 12.50 |\nc|1234|\n\n\n".into()),
        (german.clone(), "member;amount\ncaf\u{e9};12,50\nc;1.234,00\n".into()),
        (german, "member,amount\ncaf\u{e9},\"12,5\"\nc,1234\n".into()),
        (latin, b"member,amount\ncaf\xe9,12.50\nc,1234.00\n".to_vec()),
        (utf16, wide),
        (Format { preamble: 2, ..comma.clone() }, "Sales \"2017\n,,,\nmember,amount\ncaf\u{e9},12.50\nc,1234\n".into()),
        (
            Format { line_breaks: true, ..comma },
            "member,note,amount\ncaf\u{e9},\"two\r\nlines\",12.50\nc,\"\n\n\",1234\n".into(),
        ),
    ];
    for (format, content) in files {
        let spec = TableSpec { format, ..small() };
        let shown = String::from_utf8_lossy(&content).into_owned();
        assert_eq!(
            totals(&spec, "x.csv", &content).as_deref(),
            Ok([("c", 123_400), ("caf\u{e9}", 1_250)].map(own).as_slice()),
            "{shown}"
        );
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(&content).expect("in memory");
        let packed = packed.finish().expect("in memory");
        assert_eq!(totals(&spec, "X.CSV.GZ", &packed).map(|t| t.len()), Ok(2));
        assert_eq!(totals(&spec, "x.csv.gz", &packed[..packed.len() - 9]), Err("D007"));
    }
}

fn own((member, figure): (&str, i64)) -> (String, i64) {
    (member.to_owned(), figure)
}

/// Members and their sums in cents, or the code of the first problem.
fn totals(spec: &TableSpec, name: &str, content: &[u8]) -> Result<Vec<(String, i64)>, &'static str> {
    let code = |error: Error| error.problems().map_or("", |p| p.first[0].code);
    let (engine, _) = try_load(spec, &[bytes(name, content)]).map_err(code)?;
    let extraction = Extraction {
        member: "member".into(),
        name: None,
        attributes: vec![],
        period: None,
        kpis: vec![KpiQuery {
            id: "k".into(),
            sql: "sum(amount)".into(),
            low: -(1 << 60),
            high: 1 << 60,
            outside: Outside::Refuse,
        }],
    };
    let extracted = extract(&engine, spec, &extraction).map_err(code)?;
    Ok(extracted.members.iter().map(|m| (m.id.clone(), m.expose_figures()[0].expect("present"))).collect())
}

#[test]
fn wrong_encodings_and_kinds_are_refused() {
    let latin = TableSpec {
        format: Format { encoding: Encoding::named("latin1").expect("known"), ..Format::default() },
        ..small()
    };
    type Refused<'a> = (&'a TableSpec, &'a str, &'a [u8], &'a str, Option<u64>);
    let refused: [Refused<'_>; 10] = [
        (&small(), "a.csv", b"member,amount\na,1\ncaf\xe9,12.50\n", "D004", Some(3)),
        (&small(), "a.csv", b"\xff\xfem\0e\0m\0", "D004", Some(1)),
        (&small(), "a.csv", b"m\0e\0m\0b\0e\0r\0,\0a\0\n\0", "D005", Some(1)),
        (&latin, "a.csv", "member,amount\ncaf\u{e9},12.50\n".as_bytes(), "D004", None),
        (&small(), "a.pdf", b"member,amount\na,1\n", "D002", None),
        (&small(), "a.csv", b"PK\x03\x04 a workbook", "D002", None),
        (&small(), "a.xlsx", b"member,amount\na,1\n", "D002", None),
        (&small(), "a.xlsx", b"PK\x03\x04 not a workbook", "D007", None),
        (&small(), "a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "D002", None),
        (&small(), "a.csv.gz", b"member,amount\na,1\n", "D002", None),
    ];
    for (spec, name, content, code, row) in refused {
        let problem = first_problem(try_load(spec, &[bytes(name, content)]));
        assert_eq!((problem.code, problem.row), (code, row), "{problem}");
    }
    let missing = guildhall_data::Input::from(std::path::PathBuf::from("/nowhere/till.csv"));
    assert_eq!(first_problem(try_load(&small(), &[missing])).code, "D001");
    assert_eq!(first_problem(try_load(&small(), &[])).code, "D001");
}

#[test]
fn dates_whole_numbers_and_booleans() {
    let spec = table(vec![column("day", DATE), column("n", Kind::Integer), column("paid", Kind::Bool)]);
    let refused = [
        ("2017-02-30,1,yes", "D035", "day"),
        ("31.01.2017,1,yes", "D035", "day"),
        ("42766,1,yes", "D035", "day"),
        ("2017-01-31,1.0,yes", "D033", "n"),
        ("2017-01-31,one,yes", "D031", "n"),
        ("2017-01-31,9223372036854775808,yes", "D034", "n"),
        ("2017-01-31,1,y", "D036", "paid"),
        ("2017-01-31,1,2", "D036", "paid"),
    ];
    for (row, code, column) in refused {
        let problem = first_problem(try_load(&spec, &[bytes("a.csv", format!("day,n,paid\n{row}\n"))]));
        assert_eq!((problem.code, problem.column.as_deref(), problem.row), (code, Some(column), Some(2)), "{problem}");
    }
    let good = "day,n,paid\n2017-01-31,-7,TRUE\n2017-01,0,no\n2017-01-31T10:00,1,1\n";
    assert!(try_load(&spec, &[bytes("a.csv", good)]).is_ok());
}

#[test]
fn ambiguous_delimiters_and_repeated_files_are_refused() {
    let one = table(vec![column("b", Kind::Text)]);
    assert_eq!(first_problem(try_load(&one, &[bytes("a.csv", "a,x;b;c,b,d\n1,2,3,4\n")])).code, "D019");
    let clean = bytes("a.csv", "member,amount\na,1\n");
    let again = bytes("b.csv", "member,amount\na,1\n");
    assert_eq!(first_problem(try_load(&small(), &[clean.clone(), again])).code, "D008");
    let other = bytes("b.tsv", "amount\tmember\n2\ta\n");
    let (_, import) = try_load(&small(), &[clean, other]).expect("two files of one study");
    assert_eq!((import.rows_kept, import.files.len(), import.files[1].delimiter), (2, 2, Some('\t')));
}

#[test]
fn limits_hold() {
    let content = "member,amount\naaaa,1\nb,2\nc,3\n";
    let base = Limits { rows: 3, columns: 2, field: 6, text_bytes: 29, workbook_bytes: 0 };
    let run = |limits: Limits| {
        let mut engine = engine();
        load(&small(), &[bytes("a.csv", content)], &limits, &mut engine).map(|i| i.rows_kept)
    };
    assert!(matches!(run(base), Ok(3)));
    let tight = [
        Limits { rows: 2, ..base },
        Limits { columns: 1, ..base },
        Limits { field: 5, ..base },
        Limits { text_bytes: 28, ..base },
    ];
    for limits in tight {
        let error = run(limits).expect_err("over the limit");
        assert_eq!(error.problems().map(|p| p.first[0].code), Some("D006"), "{limits:?}: {error}");
    }
}

#[test]
fn skip_rules_never_swallow_malformed_fields() {
    let skip = |test, reason: &str| SkipRule { test, reason: reason.into() };
    let missing = skip(SkipTest::When("amount is null".into()), "no amount");
    let spec = TableSpec { skip: vec![missing], ..small() };
    let (_, import) = try_load(&spec, &[bytes("a.csv", "member,amount\na,1\nb,\n")]).expect("skips the empty one");
    assert_eq!((import.rows_read, import.rows_kept, import.skipped[0].rows), (2, 1, 1));
    let problem = first_problem(try_load(&spec, &[bytes("a.csv", "member,amount\na,1\nb,1x\n")]));
    assert_eq!((problem.code, problem.row), ("D032", Some(3)), "malformed is not missing");

    let spec = TableSpec { skip: vec![skip(SkipTest::Problem("amount".into()), "unreadable amount")], ..small() };
    let (_, import) = try_load(&spec, &[bytes("a.csv", "member,amount\na,1\nb,1x\nc,\n")]).expect("named explicitly");
    assert_eq!(import.skipped[0].rows, 2);
    let problem = first_problem(try_load(&spec, &[bytes("a.csv", "member,amount\na,1\nb,1,2\n")]));
    assert_eq!(problem.code, "D014", "a misshapen row cannot be skipped");

    let total = skip(SkipTest::When("member = 'Total'".into()), "row of totals");
    let spec = TableSpec { skip: vec![total], ..small() };
    let (_, import) = try_load(&spec, &[bytes("a.csv", "member,amount\na,1\nTotal,1\n")]).expect("named explicitly");
    assert_eq!((import.rows_kept, import.skipped[0].rows), (1, 1));
}

#[test]
fn studies_are_checked_before_files() {
    let rule = |test| SkipRule { test, reason: "x".into() };
    let mut twice = small();
    twice.columns.push(column("Member", Kind::Text));
    let wrong = [
        (table(vec![]), "D050"),
        (twice, "D050"),
        (table(vec![column("a", decimal(10))]), "D050"),
        (TableSpec { format: Format { delimiter: Some('1'), ..Format::default() }, ..small() }, "D050"),
        (TableSpec { format: Format { thousands: Some('.'), ..Format::default() }, ..small() }, "D050"),
        (TableSpec { skip: vec![rule(SkipTest::Problem("x".into()))], ..small() }, "D050"),
        (TableSpec { skip: vec![rule(SkipTest::When("membr = 'a'".into()))], ..small() }, "D052"),
        (TableSpec { skip: vec![rule(SkipTest::When("amount".into()))], ..small() }, "D053"),
        (TableSpec { skip: vec![rule(SkipTest::When("1; delete".into()))], ..small() }, "D051"),
    ];
    for (spec, code) in wrong {
        let error = spec.check().expect_err(code);
        assert!(matches!(&error, Error::Study(problems) if problems.first[0].code == code), "{error}");
    }
}

#[test]
fn studies_are_written_in_toml() {
    let text = r#"
        sheet = "Sales"
        columns = [
            { name = "member", kind = "text" },
            { name = "amount", kind = { decimal = { decimals = 2, excess = "round" } }, empty = "null" },
            { name = "day", kind = { date = { form = "day-first" } } },
        ]
        format = { delimiter = ";", encoding = "latin-1", thousands = ".", decimal_comma = true }
        skip = [{ when = "amount is null", reason = "no amount" }, { problem = "day", reason = "no day" }]
    "#;
    let spec: TableSpec = toml::from_str(text).expect("reads");
    spec.check().expect("is usable");
    assert_eq!(spec.columns[1], nullable("amount", Kind::Decimal { decimals: 2, excess: Excess::Round }));
    assert_eq!(spec.skip[1].test, SkipTest::Problem("day".into()));
    let again: TableSpec = toml::from_str(&toml::to_string(&spec).expect("writes")).expect("reads back");
    assert_eq!(again, spec);
    for bad in [
        "columns = []\nrows = 3",
        "columns = []\nformat = { encoding = \"klingon\" }",
        "columns = []\nskip = [{ reason = \"x\" }]",
    ] {
        assert!(toml::from_str::<TableSpec>(bad).is_err(), "{bad}");
    }
}

/// A second, naive reader for files in which only whole fields may be quoted; sums by member, sorted.
fn naive(content: &str) -> Option<Vec<(String, i64)>> {
    let mut lines = content.trim_end_matches('\n').split('\n');
    let bare = |text: &str| text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(text).to_owned();
    let header: Vec<String> = lines.next()?.split(',').map(bare).collect();
    let (member, amount) = (header.iter().position(|h| h == "member")?, header.iter().position(|h| h == "amount")?);
    let mut sums = std::collections::BTreeMap::new();
    for line in lines {
        let fields: Vec<String> = line.split(',').map(bare).collect();
        let amount = fields.get(amount)?.trim();
        let (whole, fraction) = amount.split_once('.').unwrap_or((amount, ""));
        let cents: i64 = format!("{whole}{fraction:0<2}").parse().ok()?;
        *sums.entry(fields.get(member)?.clone()).or_insert(0) += cents;
        if fields.len() != header.len() {
            return None;
        }
    }
    Some(sums.into_iter().collect())
}

fn stored(content: &str) -> Option<Vec<(String, i64)>> {
    let (engine, _) = try_load(&small(), &[bytes("a.csv", content)]).ok()?;
    let kpis = vec![KpiQuery {
        id: "k".into(),
        sql: "sum(amount)".into(),
        low: i64::MIN,
        high: i64::MAX,
        outside: Outside::Refuse,
    }];
    let extraction = Extraction { member: "member".into(), name: None, attributes: vec![], period: None, kpis };
    let extracted = extract(&engine, &small(), &extraction).ok()?;
    Some(extracted.members.iter().map(|m| (m.id.clone(), m.expose_figures()[0].unwrap_or(0))).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    /// One or two random edits of a clean file: refused, or read exactly as the naive reader does.
    #[test]
    fn edited_files_are_refused_or_read_alike(
        edits in prop::collection::vec((0usize..60, prop::sample::select(vec!["\"", ",", "\n", ";", "", "7", "\r", "\"\"", " ", "."])), 1..3),
    ) {
        let mut content = "member,amount,note\na,12.50,x\nb,1234.00,y\nc,0.07,\nd,55.00,z\n".to_owned();
        for (at, with) in edits {
            let at = at % content.len();
            let end = if with.is_empty() { at + 1 } else { at };
            content.replace_range(at..end, with);
        }
        let Some(got) = stored(&content) else { return Ok(()) };
        let Some(want) = naive(&content) else {
            prop_assert!(content.contains('"'), "only quotation marks are beyond the naive reader: {content:?}");
            return Ok(());
        };
        prop_assert_eq!(got, want, "{:?}", content);
    }

    /// Whatever a correct writer writes is read back to the letter.
    #[test]
    fn well_written_files_are_read_back(rows in prop::collection::vec(("[ -~\u{e9}\u{4e2d}]{1,12}", -1_000_000i64..1_000_000), 1..20)) {
        let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
        writer.write_record(["member", "note", "amount"]).expect("in memory");
        for (index, (text, cents)) in rows.iter().enumerate() {
            let sign = if *cents < 0 { "-" } else { "" };
            let amount = format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100);
            writer.write_record([format!("m{index}"), text.clone(), amount]).expect("in memory");
        }
        let content = writer.into_inner().expect("in memory");
        let spec = table(vec![column("member", Kind::Text), column("note", Kind::Text), column("amount", decimal(2))]);
        let (engine, _) = try_load(&spec, &[bytes("a.csv", content)]).expect("loads");
        let found = extract_all(&engine, &spec);
        for (index, (text, cents)) in rows.iter().enumerate() {
            prop_assert_eq!(found.get(&format!("m{index}")), Some(&(text.clone(), *cents)));
        }
    }
}

/// The note and amount of every member, through an attribute and a KPI.
fn extract_all(engine: &dyn guildhall_data::Engine, spec: &TableSpec) -> BTreeMap<String, (String, i64)> {
    let attribute =
        guildhall_data::Attribute { attribute: "note".into(), column: "note".into(), take: guildhall_data::Take::Only };
    let kpis = vec![KpiQuery {
        id: "k".into(),
        sql: "max(amount)".into(),
        low: i64::MIN,
        high: i64::MAX,
        outside: Outside::Refuse,
    }];
    let extraction =
        Extraction { member: "member".into(), name: None, attributes: vec![attribute], period: None, kpis };
    let extracted = extract(engine, spec, &extraction).expect("extracts");
    let member = |m: &guildhall_data::MemberFigures| {
        (m.id.clone(), (m.attributes[0].1.clone(), m.expose_figures()[0].expect("a figure")))
    };
    extracted.members.iter().map(member).collect()
}

/// The planted bug: the csv crate counts the line feed of CRLF to the next row.
#[test]
fn windows_line_ends_change_no_line_number() {
    for (content, ..) in CASES.iter().filter(|(content, ..)| !content.contains('\r')) {
        for before in ["", "x,1.00\n", "x,1.00\ny,2.00\nz,3.00\n"] {
            let (head, rows) = content.split_once('\n').unwrap_or((content, ""));
            let unix = format!("{head}\n{before}{rows}");
            let place = |content: String| match try_load(&small(), &[bytes("till.csv", content)]) {
                Err(Error::Data(problems)) => {
                    problems.first.into_iter().map(|p| (p.code, p.row, p.column)).collect::<Vec<_>>()
                }
                Err(other) => panic!("{other}"),
                Ok(_) => vec![],
            };
            assert_eq!(place(unix.replace('\n', "\r\n")), place(unix.clone()), "{unix:?}");
        }
    }
}

#[test]
fn rows_of_totals_are_found_and_the_remedy_works() {
    let shop = table(vec![nullable("Date", DATE), nullable("Shop No", Kind::Text), nullable("amount", decimal(2))]);
    let load = |spec: &TableSpec, rows: &str| try_load(spec, &[bytes("a.csv", format!("Date,Shop No,amount\n{rows}"))]);
    for rows in [
        "2026-01-31,F00,1.00\n2026-01-31,Zwischensumme,1.00\n2026-01-31,F01,1.00\n",
        "2026-01-31,F00,1.00\n2026-01-31,SUMME F00,1.00\n2026-01-31,F01,1.00\n",
        "2026-01-31,F00,1.00\n2026-01-31,Alle Filialen,1.00\n",
        "2026-01-31,F00,1.00\n,Somme,1.00\n2026-01-31,F01,1.00\n",
        "2026-01-31,F00,1.00\nSumme,,1.00\n2026-01-31,F01,1.00\n",
        "2026-01-31,F00,1.00\nTotal,F00,1.00\n2026-01-31,F01,1.00\n",
    ] {
        let Err(Error::Data(problems)) = load(&shop, rows) else { panic!("{rows}") };
        assert_eq!((problems.total, problems.first[0].code, problems.first[0].row), (1, "D017", Some(3)), "{problems}");
        let remedy = &problems.first[0].remedy;
        let rule = &remedy[remedy.find("when =").or_else(|| remedy.find("problem =")).expect("a rule")..];
        let rule = rule.split(", which").next().unwrap_or(rule);
        let rule: SkipRule = toml::from_str(&format!("{rule}\nreason = \"totals\"")).expect("is TOML");
        let skipping = TableSpec { skip: vec![rule], ..shop.clone() };
        let (_, import) = load(&skipping, rows).unwrap_or_else(|error| panic!("{remedy}: {error}"));
        assert_eq!(import.skipped[0].rows, 1, "{remedy}");
    }
    let shops = "2026-01-31,Total,1.00\n2026-01-31,Total Wine,1.00\n2026-01-31,F01,1.00\n";
    assert!(load(&shop, shops).is_ok(), "a shop may be called so");
}

#[test]
fn the_hint_fits_what_is_wrong() {
    for (field, wanted) in [
        ("\"GEHEIM 987654,32 x\"", "without words or units"),
        ("1.5E+06", "scientific"),
        ("1e5", "scientific"),
        ("12.50 EUR", "without words or units"),
        ("\"12,50\"", "decimal_comma"),
        ("=6.25*2", "formula"),
        ("12.5%", "percent"),
    ] {
        let problem = first_problem(try_load(&small(), &[bytes("a.csv", format!("member,amount\na,{field}\n"))]));
        assert!(problem.code == "D032" && problem.remedy.contains(wanted), "{problem}");
    }
}
