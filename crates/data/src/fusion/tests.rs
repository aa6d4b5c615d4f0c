//! The law between engines: the same SQL gives the same answers, and what overflows is an error on both.

mod tallies;

use super::DataFusionEngine;
use crate::engine::{Answer, Engine, Query, SqliteEngine, Storage};
use crate::problem::Error;
use crate::spec::{ColumnSpec, DateForm, Empty, Excess, Format, Kind, TableSpec};
use crate::sql::{check_condition, check_sql};
use crate::value::Value;
use proptest::prelude::*;

fn spec() -> TableSpec {
    let column = |name: &str, kind| ColumnSpec { name: name.into(), kind, empty: Empty::Null };
    TableSpec {
        columns: vec![
            column("member", Kind::Text),
            column("amount", Kind::Decimal { decimals: 2, excess: Excess::Refuse }),
            column("odd \"name", Kind::Integer),
            column("n", Kind::Integer),
            column("day", Kind::Date { form: DateForm::Iso }),
            column("paid", Kind::Bool),
        ],
        format: Format::default(),
        sheet: None,
        skip: vec![],
    }
}

type Row = (Option<&'static str>, Option<i64>, Option<i64>, Option<i64>, Option<&'static str>, Option<bool>);

const ROWS: &[Row] = &[
    (Some("Café 1"), Some(1_250), Some(7), Some(-3), Some("2017-01-31"), Some(true)),
    (Some("Café 1"), Some(-5), Some(0), Some(2), Some("2017-01-31 18:30:00"), Some(false)),
    (Some("café 1"), None, Some(-7), Some(10), Some("2017-02-01"), None),
    (Some("100% \\_x"), Some(0), None, Some(-10), None, Some(true)),
    (Some("O'Neil 😀 z"), Some(99), Some(3), None, Some("2018-12-31"), Some(true)),
    (Some("C"), Some(1), Some(1), Some(1), Some("2017-01-01"), Some(false)),
    (None, Some(-99), Some(2), Some(0), Some("2017-12-01"), Some(false)),
    (Some("A\nB"), Some(17), Some(5), Some(4), Some("2017-03-01"), None),
];

struct Both {
    sqlite: SqliteEngine,
    fusion: DataFusionEngine,
}

fn both(rows: &[Row]) -> Both {
    let mut sqlite = SqliteEngine::new(Storage::Memory).expect("memory");
    let mut fusion = DataFusionEngine::new();
    for engine in [&mut sqlite as &mut dyn Engine, &mut fusion] {
        engine.create(&spec().columns).expect("created");
        for (member, amount, odd, n, day, paid) in rows {
            let text = |value: &Option<&'static str>| value.map_or(Value::Null, |text| Value::Text(text.into()));
            let whole = |value: &Option<i64>| value.map_or(Value::Null, Value::Integer);
            let row = [text(member), whole(amount), whole(odd), whole(n), text(day), whole(&paid.map(i64::from))];
            engine.insert(&row).expect("fits");
        }
        engine.seal().expect("sealed");
    }
    Both { sqlite, fusion }
}

fn ask(engine: &dyn Engine, query: &Query) -> Result<Vec<Vec<String>>, Error> {
    let mut rows = Vec::new();
    engine.select(query, &mut |row| {
        rows.push(row.iter().map(|answer| format!("{answer:?}")).collect());
        Ok(())
    })?;
    Ok(rows)
}

fn query(sql: String, width: usize) -> Query {
    let params = if sql.contains('?') { vec!["2017-01-31".into(), "2018".into()] } else { vec![] };
    Query { sql, params, width }
}

impl Both {
    fn same(&self, sql: &str, width: usize) -> Vec<Vec<String>> {
        let query = query(sql.to_owned(), width);
        let first = ask(&self.sqlite, &query).unwrap_or_else(|error| panic!("SQLite, {sql}: {error}"));
        let second = ask(&self.fusion, &query).unwrap_or_else(|error| panic!("DataFusion, {sql}: {error}"));
        assert_eq!(first, second, "{sql}");
        first
    }
}

#[test]
fn statements_mean_the_same() {
    let both = both(ROWS);
    let statements = [
        ("SELECT count(*) FROM data", 1),
        ("SELECT min(\"day\"), max(\"day\"), min(\"member\"), max(\"member\") FROM data", 4),
        (
            "SELECT \"member\", substr(\"day\", 1, 7), sum(\"amount\"), count(*) FROM data GROUP BY 1, 2 ORDER BY 1, 2",
            4,
        ),
        ("SELECT \"member\", 'all', sum(\"amount\") FROM data GROUP BY 1, 2 ORDER BY 1, 2", 3),
        ("SELECT \"member\", 'all', NULL, sum(\"n\") FROM data GROUP BY 1, 2, 3 ORDER BY 1, 2, 3", 4),
        (
            "SELECT \"member\", \"member\", min(\"day\") FROM data WHERE \"day\" >= ?1 AND \"day\" < ?2 GROUP BY 1, 2 ORDER BY 1, 2",
            3,
        ),
        ("SELECT \"paid\", count(*), count(\"amount\") FROM data GROUP BY 1 ORDER BY 1", 3),
        ("SELECT \"paid\", count(*) FROM data GROUP BY \"paid\" ORDER BY 1 DESC", 2),
        ("SELECT sum(\"amount\"), min(\"n\"), max(\"n\"), count(DISTINCT \"member\") FROM data WHERE \"n\" > 1000", 4),
        ("SELECT \"odd \"\"name\", max(\"n\") FROM data WHERE \"n\" > 1000 GROUP BY 1", 2),
        ("SELECT count(DISTINCT \"paid\"), count(DISTINCT substr(\"day\", 1, 10)) FROM data", 2),
        (
            "SELECT m, sum(s) FROM (SELECT \"member\" AS m, \"day\", max(\"amount\") AS s FROM data GROUP BY 1, 2) AS x GROUP BY m ORDER BY m",
            2,
        ),
        (
            "SELECT max(t) FROM (SELECT \"member\" AS u, max(\"day\" || '\t' || CAST(\"n\" AS TEXT)) AS t FROM data GROUP BY 1)",
            1,
        ),
        ("SELECT sum(\"n\") FROM data HAVING count(*) > 100", 1),
        ("SELECT \"member\", sum(\"n\") FROM data GROUP BY 1 HAVING sum(\"n\") > 0 ORDER BY 1 LIMIT 2", 2),
        ("SELECT DISTINCT \"paid\" FROM data ORDER BY 1", 1),
    ];
    for (sql, width) in statements {
        both.same(sql, width);
    }
    assert_eq!(both.same("SELECT count(*), sum(\"n\") FROM data", 2), [["Integer(8)", "Integer(4)"]]);
}

#[test]
fn rows_are_numbered_the_same() {
    let both = both(ROWS);
    for (order, partition) in [("", ""), (" DESC", ""), ("", "\"paid\""), (" DESC", "\"paid\"")] {
        // "amount" is NULL once and otherwise tells the rows apart.
        let partition = if partition.is_empty() { String::new() } else { format!("PARTITION BY {partition} ") };
        let rows = format!("SELECT *, row_number() OVER ({partition}ORDER BY \"amount\"{order}) AS r FROM data");
        both.same(&format!("SELECT * FROM ({rows}) AS numbered ORDER BY amount"), 7);
        both.same(
            &format!("SELECT paid, sum(amount), sum(r) FROM ({rows}) AS x WHERE r <= 2 GROUP BY 1 ORDER BY 1"),
            3,
        );
    }
    let first = "SELECT *, row_number() OVER (ORDER BY \"amount\") AS r FROM data";
    let first = both.same(&format!("SELECT member, r FROM ({first}) AS x WHERE r = 1"), 2);
    assert_eq!(first, [["Text(\"café 1\")", "Integer(1)"]], "NULL is first");
}

#[test]
fn statements_of_other_shapes_are_refused() {
    let both = both(ROWS);
    for sql in [
        "SELECT data.* FROM data",
        "SELECT *, count(*) FROM data",
        "SELECT * FROM data GROUP BY 1",
        "SELECT row_number() OVER (PARTITION BY \"member\") FROM data",
        "SELECT row_number() OVER (ORDER BY \"n\" ROWS CURRENT ROW) FROM data",
        "SELECT row_number(), \"n\" FROM data",
        "SELECT rank() OVER (ORDER BY \"n\") FROM data",
        "SELECT row_number() OVER (ORDER BY \"n\"), count(*) FROM data",
        "SELECT \"n\" FROM data WHERE row_number() OVER (ORDER BY \"n\") = 1",
        "SELECT \"n\" FROM other",
        "SELECT a.\"n\" FROM data AS a, data AS b",
        "SELECT avg(\"n\") FROM data",
        "SELECT sum(\"n\") OVER () FROM data",
        "SELECT \"no such\" FROM data",
        "SELECT \"member\", sum(\"n\"), \"amount\" FROM data GROUP BY 1",
        "SELECT 1 UNION SELECT 2",
        "DELETE FROM data",
        "SELECT count(*) FROM data; SELECT 1",
        "SELECT sum(\"member\") FROM data",
        "SELECT read_parquet('x')",
    ] {
        let outcome = ask(&both.fusion, &query(sql.to_owned(), 1));
        assert!(matches!(outcome, Err(Error::Engine { .. })), "{sql}: {outcome:?}");
    }
}

/// Values of a condition or text over single rows, through a grouping by all of the row.
fn each_row(both: &Both, expression: &str) {
    let sql = format!("SELECT \"member\", \"day\", {expression} FROM data GROUP BY 1, 2, 3 ORDER BY 1, 2, 3");
    both.same(&sql, 3);
}

#[test]
fn null_division_text_and_dates_mean_the_same() {
    let both = both(ROWS);
    let conditions = [
        "member like 'C%'",
        "member like 'c%'",
        "member like 'Caf_ 1'",
        "member like '%\\_x'",
        "member like '100\\%%'",
        "member like '%'",
        "member like 'A_B'",
        "member not like '%o%'",
        "member = 'café 1'",
        "member in ('C', NULL)",
        "member not in ('C', NULL)",
        "n in (1, 2, n)",
        "n in (nullif(n, 2), 1)",
        "n not in (nullif(n, 2), 1)",
        "n not in (case when paid then n end, 10)",
        "n between -3 and 2",
        "n not between -3 and n",
        "paid and n > 0",
        "paid or n > 0",
        "not paid",
        "paid = true",
        "paid is null or paid <> false",
        "day > '2017-01-31'",
        "day >= '2017-01-31 18:30:00'",
        "day between '2017-01-01' and '2017-02-01'",
        "substr(day, 6, 2) = '01'",
        "length(member) > 3",
        "coalesce(member, 'nobody') < 'D'",
        "nullif(n, 1) is null",
        "case when paid then n > 0 when n is null then true end",
        "n / 0 is null",
        "n = NULL",
        "NULL",
        "true",
    ];
    for text in conditions {
        let checked = check_condition(&spec(), text);
        let sql = checked.map_or_else(|_| text.to_owned(), |checked| checked.sql().to_owned());
        each_row(&both, &format!("CASE WHEN {sql} THEN 1 WHEN NOT {sql} THEN 0 END"));
        both.same(&format!("SELECT count(*) FROM data WHERE {sql}"), 1);
    }
    for division in [
        "\"n\" / 2",
        "-\"n\" / 3",
        "\"n\" / -3",
        "\"amount\" / \"n\"",
        "7 / \"odd \"\"name\"",
        "\"n\" / NULL",
        "abs(\"n\") * -2 - \"n\"",
    ] {
        each_row(&both, division);
    }
}

#[test]
fn substr_is_sqlites() {
    let both = both(ROWS);
    for from in [
        "-9",
        "-8",
        "-7",
        "-2",
        "-1",
        "0",
        "1",
        "2",
        "5",
        "7",
        "8",
        "9",
        "NULL",
        "9223372036854775807",
        "(-9223372036854775807)",
    ] {
        each_row(&both, &format!("substr(\"member\", {from})"));
        for length in [
            "-9",
            "-2",
            "-1",
            "0",
            "1",
            "2",
            "7",
            "9",
            "NULL",
            "9223372036854775807",
            "\"n\"",
            "(-9223372036854775807)",
        ] {
            each_row(&both, &format!("substr(\"member\", {from}, {length})"));
        }
    }
    each_row(&both, "length(\"member\")");
    each_row(&both, "\"member\" || '-' || \"day\"");
}

#[test]
fn overflow_is_an_error_on_both() {
    let mut rows = ROWS.to_vec();
    rows.push((Some("big"), Some(i64::MAX), Some(i64::MIN), Some(-1), Some("2017-01-01"), Some(true)));
    rows.push((Some("big"), Some(i64::MAX), Some(i64::MIN), Some(-1), Some("2017-01-02"), Some(true)));
    let both = both(&rows);
    for text in [
        "sum(amount)",
        "sum(amount) filter (where paid)",
        "sum(\"odd \"\"name\")",
        "sum(-n * amount) / 4",
        "sum(case when paid then amount else 0 end)",
        "sum(abs(\"odd \"\"name\"))",
        "max(amount) * 2",
        "max(amount) + 0.01",
        "min(\"odd \"\"name\") - 1",
        "-min(\"odd \"\"name\")",
        "min(\"odd \"\"name\") / max(n / 10)",
        "sum(-\"odd \"\"name\")",
    ] {
        let checked = check_sql(&spec(), text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let query = query(format!("SELECT {} FROM data", checked.sql()), 1);
        let fusion = ask(&both.fusion, &query);
        if text.contains("/ max") {
            assert_eq!(fusion.ok(), ask(&both.sqlite, &query).ok(), "{text}");
            continue;
        }
        assert!(matches!(fusion, Err(Error::Overflow)), "{text}: {fusion:?}");
        let sqlite = ask(&both.sqlite, &query);
        let real = |rows: &Vec<Vec<String>>| rows[0][0].starts_with("Real");
        assert!(sqlite.as_ref().map_or_else(|error| matches!(error, Error::Overflow), real), "{text}: {sqlite:?}");
    }
    for fine in [
        "sum(case when amount > 1000000.00 then 1 else amount * 2 end)",
        "sum(amount * 2) filter (where amount < 1000000.00)",
        "count(*) filter (where amount > 1000000.00)",
        "max(amount) / 2 + min(\"odd \"\"name\") / 2",
        "max(amount)",
        "min(\"odd \"\"name\")",
    ] {
        let fine = fine.replace("then 1 else", "then 0.01 else");
        let checked = check_sql(&spec(), &fine)
            .or_else(|_| check_sql(&spec(), &fine.replace(" + min(\"odd \"\"name\") / 2", "")));
        let checked = checked.unwrap_or_else(|error| panic!("{fine}: {error}"));
        both.same(&format!("SELECT \"member\", {} FROM data GROUP BY 1 ORDER BY 1", checked.sql()), 2);
    }
}

#[test]
fn the_whole_may_fit_where_a_part_does_not() {
    let rows: Vec<Row> = [i64::MAX, i64::MAX, -i64::MAX, i64::MIN]
        .map(|amount| (Some("x"), Some(amount), None, None, None, None))
        .to_vec();
    let both = both(&rows);
    let query = query("SELECT sum(\"amount\") FROM data".to_owned(), 1);
    assert_eq!(ask(&both.fusion, &query).expect("fits"), [["Integer(-1)"]]);
    assert!(matches!(ask(&both.sqlite, &query), Err(Error::Overflow)));
}

#[test]
fn rows_are_typed_and_the_table_is_made_once() {
    let mut engine = DataFusionEngine::new();
    let count = query("SELECT count(*) FROM data".to_owned(), 1);
    assert!(ask(&engine, &count).is_err(), "nothing is there");
    engine.create(&spec().columns[..2]).expect("created");
    assert!(engine.create(&spec().columns).is_err(), "it exists");
    assert!(engine.insert(&[Value::Integer(1), Value::Integer(1)]).is_err(), "a number is no text");
    assert!(engine.insert(&[Value::Null]).is_err(), "a column is missing");
    assert!(ask(&engine, &count).is_err(), "it is still loading");
    engine.seal().expect("sealed");
    assert!(engine.insert(&[Value::Null, Value::Null]).is_err(), "it is read only");
}

#[test]
fn an_answer_may_be_asked_for_inside_of_async_code() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().expect("threads");
    let rows = runtime.block_on(async {
        let both = both(ROWS);
        both.same("SELECT count(*) FROM data", 1)
    });
    assert_eq!(rows, [["Integer(8)"]]);
}

#[test]
fn what_each_returns_stops_the_query() {
    let both = both(ROWS);
    let mut seen = 0;
    let outcome = both.fusion.select(&query("SELECT \"n\" FROM data".to_owned(), 1), &mut |_: &[Answer<'_>]| {
        seen += 1;
        Err(Error::Overflow)
    });
    assert!(matches!(outcome, Err(Error::Overflow)) && seen == 1);
}

fn whole() -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        Just("amount".to_owned()),
        Just("n".to_owned()),
        Just("\"odd \"\"name\"".to_owned()),
        (-20i64..20).prop_map(|n| n.to_string()),
        (0i64..999).prop_map(|n| format!("{}.{:02}", n / 100, n % 100)),
        Just("NULL".to_owned()),
        Just("length(member)".to_owned()),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let pair = (inner.clone(), inner.clone());
        prop_oneof![
            (pair, prop_oneof![Just("+"), Just("-"), Just("*"), Just("/")])
                .prop_map(|((a, b), op)| format!("({a} {op} {b})")),
            inner.clone().prop_map(|a| format!("abs({a})")),
            inner.clone().prop_map(|a| format!("(-{a})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("coalesce({a}, {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("nullif({a}, {b})")),
            (condition(inner.clone()), inner.clone(), inner)
                .prop_map(|(c, a, b)| format!("case when {c} then {a} else {b} end")),
        ]
    })
    .boxed()
}

fn condition(whole: impl Strategy<Value = String> + Clone + 'static) -> impl Strategy<Value = String> {
    let compare = prop_oneof![Just("="), Just("<>"), Just("<"), Just("<="), Just(">"), Just(">=")];
    let leaf = prop_oneof![
        (whole.clone(), compare, whole.clone()).prop_map(|(a, op, b)| format!("({a} {op} {b})")),
        (whole.clone(), whole.clone(), whole.clone()).prop_map(|(a, b, c)| format!("({a} between {b} and {c})")),
        (whole.clone(), whole).prop_map(|(a, b)| format!("({a} in ({b}, 1, NULL))")),
        Just("paid".to_owned()),
        Just("(member is null)".to_owned()),
        prop_oneof![Just("C%"), Just("%1"), Just("_"), Just("%\\%"), Just("Caf_ %")]
            .prop_map(|p| format!("(member like '{p}')")),
        (-9i64..9, -9i64..9).prop_map(|(a, b)| format!("(substr(member, {a}, {b}) > 'B')")),
        Just("(day < '2017-02-01')".to_owned()),
    ];
    leaf.prop_recursive(2, 6, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} and {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} or {b})")),
            inner.prop_map(|a| format!("(not {a})")),
        ]
    })
}

fn aggregate() -> impl Strategy<Value = String> {
    let function = prop_oneof![Just("sum"), Just("min"), Just("max"), Just("count"), Just("count distinct")];
    (function, whole(), proptest::option::of(condition(whole()))).prop_map(|(function, value, filter)| {
        let filter = filter.map(|c| format!(" filter (where {c})")).unwrap_or_default();
        match function.split_once(' ') {
            Some((name, distinct)) => format!("{name}({distinct} {value}){filter}"),
            None => format!("{function}({value}){filter}"),
        }
    })
}

/// 60 cases, or what `PROPTEST_CASES` says: a hunt takes thousands, and the release profile.
fn cases() -> ProptestConfig {
    let asked = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { asked.cases } else { 60 };
    ProptestConfig { cases, max_shrink_iters: 200, ..asked }
}

proptest! {
    #![proptest_config(cases())]

    /// Whatever the checker lets through gives the same figures, or an error where a product leaves 64 bits.
    #[test]
    fn checked_expressions_mean_the_same(texts in proptest::collection::vec(aggregate(), 8)) {
        let both = both(ROWS);
        for text in texts {
            let Ok(checked) = check_sql(&spec(), &text) else { continue };
            let sql = format!("SELECT \"paid\", {} FROM data GROUP BY 1 ORDER BY 1", checked.sql());
            let query = query(sql, 2);
            let (first, second) = (ask(&both.sqlite, &query), ask(&both.fusion, &query));
            match (first, second) {
                (Ok(first), Ok(second)) => prop_assert_eq!(first, second, "{}", text),
                (first, Err(Error::Overflow)) => {
                    let big = first.as_ref().is_ok_and(|rows| rows.iter().flatten().any(|a| a.starts_with("Real")));
                    prop_assert!(big || first.is_err(), "{}: {:?}", text, first);
                }
                (first, second) => prop_assert!(false, "{}: {:?} and {:?}", text, first, second),
            }
        }
    }
}
