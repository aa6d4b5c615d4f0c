use super::*;
use crate::spec::{ColumnSpec, DateForm, Empty, Excess, Format, Kind};
use proptest::prelude::*;

fn spec() -> TableSpec {
    let column = |name: &str, kind| ColumnSpec { name: name.into(), kind, empty: Empty::Null };
    TableSpec {
        columns: vec![
            column("member", Kind::Text),
            column("receipts", Kind::Decimal { decimals: 2, excess: Excess::Refuse }),
            column("Unit Price", Kind::Decimal { decimals: 3, excess: Excess::Refuse }),
            column("quantity", Kind::Integer),
            column("day", Kind::Date { form: DateForm::Iso }),
            column("paid", Kind::Bool),
        ],
        format: Format::default(),
        sheet: None,
        skip: vec![],
    }
}

#[test]
fn kpis_are_written_anew() {
    let cases = [
        ("sum(receipts)", "sum(\"receipts\")", Some(2)),
        ("SUM(Receipts) -- a comment", "sum(\"receipts\")", Some(2)),
        ("sum(quantity*\"Unit Price\")", "sum((\"quantity\" * \"Unit Price\"))", Some(3)),
        ("sum(quantity*receipts)/100", "(sum((\"quantity\" * \"receipts\")) / 100)", None),
        ("count(distinct member)", "count(DISTINCT \"member\")", Some(0)),
        ("count(*)", "count(*)", Some(0)),
        (
            "sum(case when paid then receipts else 0 end)",
            "sum((CASE WHEN \"paid\" THEN \"receipts\" ELSE 0 END))",
            Some(2),
        ),
        (
            "sum(receipts) filter (where day >= '2017-05-01')",
            "sum(\"receipts\") FILTER (WHERE (\"day\" >= '2017-05-01'))",
            Some(2),
        ),
        (
            "sum(case when receipts > 1.50 then 1 else 0 end)",
            "sum((CASE WHEN (\"receipts\" > 150) THEN 1 ELSE 0 END))",
            Some(0),
        ),
        ("sum(receipts) / count(distinct day)", "(sum(\"receipts\") / count(DISTINCT \"day\"))", Some(2)),
        ("coalesce(max(quantity), 0)", "coalesce(max(\"quantity\"), 0)", Some(0)),
        (
            "count(*) filter (where member like 'O''Neil%')",
            "count(*) FILTER (WHERE (\"member\" LIKE 'O''Neil%'))",
            Some(0),
        ),
        ("-sum(abs(quantity))", "(-sum(abs(\"quantity\")))", Some(0)),
        (
            "count(*) filter (where substr(member, 1, 1) = 'C')",
            "count(*) FILTER (WHERE (substr(\"member\", 1, 1) = 'C'))",
            Some(0),
        ),
    ];
    for (text, sql, decimals) in cases {
        let checked = check_sql(&spec(), text).expect(text);
        assert_eq!((checked.sql(), checked.decimals()), (sql, decimals), "{text}");
    }
}

#[test]
fn mistakes_are_found_with_their_place() {
    let cases = [
        ("", "D051", 1),
        ("sum(receipts", "D051", 1),
        ("sum(receipts))", "D051", 14),
        ("sum(receipts); drop table data", "D051", 14),
        ("sum(receipts) from data", "D051", 15),
        ("sum(receipts) as x", "D051", 15),
        ("sum(reciepts)", "D052", 5),
        ("sum('x') + sum(receipts)", "D053", 5),
        ("sum(member)", "D053", 5),
        ("sum(paid)", "D053", 5),
        ("sum(receipts + \"Unit Price\")", "D053", 5),
        ("sum(case when receipts > 1 then 1 else 0 end)", "D053", 15),
        ("count(*) filter (where day > 'May')", "D053", 24),
        ("count(*) filter (where day >= '2017-05')", "D053", 24),
        ("max(day)", "D053", 1),
        ("receipts", "D054", 1),
        ("sum(receipts) * quantity", "D054", 17),
        ("1", "D054", 1),
        ("sum(sum(receipts))", "D054", 5),
        ("max(quantity, 1)", "D054", 1),
        ("(select count(*) from data)", "D055", 1),
        ("sum(receipts) + (select count(*) from sqlite_master)", "D055", 1),
        ("exists (select 1)", "D055", 1),
        ("avg(receipts)", "D055", 1),
        ("round(sum(receipts))", "D055", 1),
        ("load_extension('x')", "D055", 1),
        ("sum(receipts) over ()", "D055", 1),
        ("sum(cast(member as integer))", "D055", 5),
        ("sum(quantity % 7)", "D055", 5),
        ("sum(receipts) || 'x'", "D055", 1),
        ("sum(?)", "D055", 5),
        ("sum(1e3)", "D051", 5),
        ("data.receipts", "D055", 1),
        ("sum(distinct receipts)", "D055", 1),
    ];
    for (text, code, column) in cases {
        let wrong = check_sql(&spec(), text).expect_err(text);
        let near = wrong.column == column || code == "D055" || text == "sum(receipts";
        assert!(wrong.code == code && near && !wrong.remedy.is_empty(), "{text}: {wrong}");
    }
    let near = check_sql(&spec(), "sum(reciepts)").expect_err("typo");
    assert_eq!(near.remedy, "did you mean \"receipts\"?");
}

#[test]
fn conditions_look_at_one_row() {
    let cases = [
        ("member like 'C%'", "(\"member\" LIKE 'C%')"),
        ("quantity <= 0 or quantity is null", "((\"quantity\" <= 0) OR (\"quantity\" IS NULL))"),
        ("paid", "\"paid\""),
        ("member in ('a', 'b') and not paid", "((\"member\" IN ('a', 'b')) AND (NOT \"paid\"))"),
        ("receipts between 0.00 and 9.99", "(\"receipts\" BETWEEN 0 AND 999)"),
    ];
    for (text, sql) in cases {
        assert_eq!(check_condition(&spec(), text).expect(text).sql(), sql);
    }
    for (text, code) in
        [("quantity", "D053"), ("count(*) > 1", "D054"), ("member = 5", "D053"), ("quantity > '5'", "D053")]
    {
        assert_eq!(check_condition(&spec(), text).expect_err(text).code, code, "{text}");
    }
}

#[test]
fn deep_and_long_texts_are_refused() {
    let deep = format!("{}quantity{}", "(".repeat(900), ")".repeat(900));
    assert!(check_sql(&spec(), &deep).is_err());
    let chain = vec!["count(*)"; 200].join("+");
    assert_eq!(check_sql(&spec(), &chain).expect_err("deep").code, "D051");
    let minus = format!("{}1", "- ".repeat(990));
    assert!(check_sql(&spec(), &minus).is_err());
}

proptest! {
    #[test]
    fn never_panics(text in "\\PC{0,60}", sqlish in "(sum|count|case when|receipts|quantity|\\(|\\)|,|'|\"|1|\\.|\\+|/| |end|then|;|--){0,20}") {
        let _ = check_sql(&spec(), &text);
        let _ = check_sql(&spec(), &sqlish);
        let _ = check_condition(&spec(), &sqlish);
    }
}

/// What `docs/study.md` advises against the loss of a division must be accepted, as written there.
#[test]
fn the_advice_on_division_can_be_followed() {
    for sql in [
        "10000 * sum(quantity) / sum(quantity)",
        "100 * sum(receipts) / count(distinct member)",
        "(2 * sum(quantity) + count(*)) / (2 * count(*))",
    ] {
        check_sql(&spec(), sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
}
