//! Workbooks: binary numbers, dates as numbers, merged cells, hidden sheets, formula errors.

use crate::support::{DATE, bytes, column, decimal, first_problem, nullable, table, try_load};
use guildhall_data::{
    Every, Extraction, Input, Kind, KpiQuery, Outside, PeriodSpec, SkipRule, SkipTest, TableSpec, extract,
};
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook, Worksheet};

fn spec() -> TableSpec {
    table(vec![
        column("member", Kind::Text),
        column("day", DATE),
        column("amount", decimal(2)),
        nullable("paid", Kind::Bool),
    ])
}

/// Header at row 1, three clean rows below; `change` pollutes them.
fn sheet(change: impl Fn(&mut Worksheet) -> Result<(), rust_xlsxwriter::XlsxError>) -> Input {
    let mut book = Workbook::new();
    fill(book.add_worksheet()).and_then(change).expect("in memory");
    bytes("till.xlsx", book.save_to_buffer().expect("in memory"))
}

fn fill(sheet: &mut Worksheet) -> Result<&mut Worksheet, rust_xlsxwriter::XlsxError> {
    let date = Format::new().set_num_format("yyyy-mm-dd");
    for (index, name) in ["member", "day", "amount", "paid"].iter().enumerate() {
        sheet.write(0, index as u16, *name)?;
    }
    for (row, (member, day, amount)) in [("a", 1, 12.5), ("b", 2, 0.1 + 0.2), ("a", 28, -7.07)].into_iter().enumerate()
    {
        let row = row as u32 + 1;
        sheet.write(row, 0, member)?;
        sheet.write_with_format(row, 1, &ExcelDateTime::from_ymd(2017, 2, day)?, &date)?;
        sheet.write(row, 2, amount)?;
        sheet.write(row, 3, row != 2)?;
    }
    Ok(sheet)
}

fn figures(input: &Input) -> Vec<(String, Option<i64>)> {
    let (engine, _) = try_load(&spec(), std::slice::from_ref(input)).expect("loads");
    let kpi =
        KpiQuery { id: "k".into(), sql: "sum(amount)".into(), low: -10_000, high: 10_000, outside: Outside::Refuse };
    let period = PeriodSpec { column: "day".into(), every: Every::Month, from: None, to: None };
    let extraction =
        Extraction { member: "member".into(), name: None, attributes: vec![], period: Some(period), kpis: vec![kpi] };
    let extracted = extract(&engine, &spec(), &extraction).expect("extracts");
    assert_eq!(extracted.periods, ["2017-02"]);
    extracted.members.iter().map(|m| (m.id.clone(), m.expose_figures()[0])).collect()
}

#[test]
fn a_clean_workbook_gives_exact_cents() {
    let want = [("a".to_owned(), Some(543)), ("b".to_owned(), Some(30))];
    assert_eq!(figures(&sheet(|_| Ok(()))), want);
    let text_amount = sheet(|s| s.write(1, 2, "12.50").map(|_| ()));
    assert_eq!(figures(&text_amount), want, "text that is a number is read as in a text file");
    let formula = sheet(|s| s.write(2, 2, Formula::new("=0.1+0.2").set_result("0.3")).map(|_| ()));
    assert_eq!(figures(&formula), want);
    let beside = sheet(|s| {
        s.write(0, 4, "note")?.write(1, 4, "x")?;
        Ok(())
    });
    assert_eq!(figures(&beside), want);
}

#[test]
fn polluted_workbooks_are_refused_where_they_are_wrong() {
    type Change = fn(&mut Worksheet) -> Result<(), rust_xlsxwriter::XlsxError>;
    let cases: [(&str, Change, u64, Option<&str>); 14] = [
        ("D038", |s| s.write(2, 1, 42768).map(|_| ()), 3, Some("day")),
        ("D038", |s| s.write(2, 2, true).map(|_| ()), 3, Some("amount")),
        ("D033", |s| s.write(2, 2, 0.125).map(|_| ()), 3, Some("amount")),
        ("D038", |s| s.write(2, 2, 1e15).map(|_| ()), 3, Some("amount")),
        ("D039", |s| s.write(2, 2, Formula::new("=1/0").set_result("#DIV/0!")).map(|_| ()), 3, Some("amount")),
        ("D030", |s| s.write_blank(2, 2, &Format::new()).map(|_| ()), 3, Some("amount")),
        ("D032", |s| s.write(2, 2, "12,50").map(|_| ()), 3, Some("amount")),
        ("D038", |s| s.write(2, 0, 0.5).map(|_| ()), 3, Some("member")),
        ("D014", |s| s.write(2, 6, "aside").map(|_| ()), 3, None),
        ("D013", |s| s.write(7, 0, "second table").map(|_| ()), 7, None),
        ("D017", |s| s.write(4, 0, "Total").and_then(|s| s.write(4, 2, 5.73)).map(|_| ()), 5, None),
        ("D021", |s| s.write(0, 3, "amount").map(|_| ()), 1, Some("amount")),
        ("D020", |s| s.write(0, 2, "Amount").map(|_| ()), 1, Some("amount")),
        ("D041", |s| s.merge_range(1, 0, 2, 0, "a", &Format::new()).map(|_| ()), 2, None),
    ];
    for (index, (code, change, row, column)) in cases.into_iter().enumerate() {
        let problem = first_problem(try_load(&spec(), &[sheet(change)]));
        assert_eq!(
            (problem.code, problem.row, problem.column.as_deref()),
            (code, Some(row), column),
            "{index}: {problem}"
        );
    }
}

#[test]
fn sheets_are_named_or_alone() {
    let two = |hide: bool| {
        let mut book = Workbook::new();
        fill(book.add_worksheet()).expect("in memory");
        let other = book.add_worksheet().set_name("Old figures").expect("a name");
        fill(other).expect("in memory").set_hidden(hide);
        bytes("till.xlsx", book.save_to_buffer().expect("in memory"))
    };
    assert_eq!(first_problem(try_load(&spec(), &[two(false)])).code, "D040");
    let named = |name: &str| TableSpec { sheet: Some(name.into()), ..spec() };
    let (_, import) = try_load(&named("Old figures"), &[two(false)]).expect("named");
    assert_eq!(import.files[0].sheet.as_deref(), Some("Old figures"));
    assert_eq!(first_problem(try_load(&named("Older"), &[two(false)])).code, "D040");
    let (_, import) = try_load(&spec(), &[two(true)]).expect("the only visible one");
    assert_eq!(import.files[0].sheet.as_deref(), Some("Sheet1"));
}

#[test]
fn preambles_totals_and_hidden_rows() {
    let mut book = Workbook::new();
    let page = book.add_worksheet();
    page.write(0, 0, "Till report")
        .expect("in memory")
        .merge_range(0, 0, 0, 3, "Till report", &Format::new())
        .expect("merges");
    for (column, name) in ["member", "amount"].iter().enumerate() {
        page.write(3, column as u16 + 1, *name).expect("in memory");
    }
    for (row, (member, amount)) in [(1001, 5.0), (1002, 6.25)].into_iter().enumerate() {
        page.write(row as u32 + 4, 1, member).expect("in memory").write(row as u32 + 4, 2, amount).expect("in memory");
    }
    page.write(6, 1, "Total")
        .expect("in memory")
        .write(6, 2, 11.25)
        .expect("in memory")
        .set_row_hidden(4)
        .expect("hides");
    let input = bytes("till.xlsx", book.save_to_buffer().expect("in memory"));
    let total = SkipRule { test: SkipTest::When("member = 'Total'".into()), reason: "row of totals".into() };
    let mut small = TableSpec { skip: vec![total], ..crate::support::small() };
    assert_eq!(first_problem(try_load(&small, std::slice::from_ref(&input))).code, "D020");
    small.format.preamble = 3;
    let (_, import) = try_load(&small, &[input]).expect("loads");
    assert_eq!((import.rows_read, import.rows_kept, import.notes.len()), (3, 2, 1), "{import:?}");
}

/// The reader behind panics on this one where debug checks are on; the load must not.
#[test]
fn a_workbook_that_contradicts_itself_is_refused_or_read() {
    let Input::Bytes { bytes: whole, .. } = sheet(|_| Ok(())) else { return };
    let mut parts = crate::fuzz::parts(&whole);
    let mut changed = 0;
    for (_, content) in &mut parts {
        let text = String::from_utf8_lossy(content).replace("ref=\"A1:D4\"", "ref=\"D4:A1\"");
        changed += u32::from(text.as_bytes() != content.as_slice());
        *content = text.into_bytes();
    }
    assert_eq!(changed, 1, "the sheet states its dimension");
    match try_load(&spec(), &[bytes("till.xlsx", crate::fuzz::zipped(&parts))]) {
        Ok((_, import)) => assert_eq!(import.rows_kept, 3),
        Err(error) => assert_eq!(error.problems().map(|p| p.first[0].code), Some("D042")),
    }
}

#[test]
fn damaged_workbooks_are_refused() {
    let Input::Bytes { bytes: whole, .. } = sheet(|_| Ok(())) else { return };
    for cut in [10, whole.len() / 2, whole.len() - 1] {
        let problem = first_problem(try_load(&spec(), &[bytes("till.xlsx", &whole[..cut])]));
        assert!(["D007", "D042"].contains(&problem.code), "{problem}");
    }
    let mut accepted = 0;
    for at in (0..whole.len()).step_by(3) {
        let mut broken = whole.clone();
        broken[at] ^= 0x55;
        accepted += u32::from(guildhall_data::decode(&broken).is_ok());
        if let Ok((engine, import)) = try_load(&spec(), &[bytes("till.xlsx", &broken)]) {
            drop(engine);
            assert_eq!(import.rows_kept, 3, "a flipped byte at {at} lost a row");
        }
    }
    assert_eq!(accepted, 0, "decode wants other columns");
}
