//! A web shop's invoice lines with countries as members: cancellations, missing customers, prices in thousandths.
use crate::support::{DATE, column, decimal, json, nullable, shared, steps, table, try_load};
use guildhall_data::{Extraction, Input, Kind, KpiQuery, Outside, SkipRule, SkipTest, TableSpec, extract};

const RULES: [(&str, &str); 4] = [
    ("InvoiceNo like 'C%'", "cancelled invoices"),
    ("CustomerID is null", "missing customer"),
    ("Quantity <= 0", "quantity not positive"),
    ("UnitPrice <= 0", "price not positive"),
];

fn spec() -> TableSpec {
    let rule = |(when, reason): (&str, &str)| SkipRule { test: SkipTest::When(when.into()), reason: reason.into() };
    let columns = vec![
        column("InvoiceNo", Kind::Text),
        column("Quantity", Kind::Integer),
        column("InvoiceDate", DATE),
        column("UnitPrice", decimal(3)),
        nullable("CustomerID", Kind::Integer),
        column("Country", Kind::Text),
    ];
    TableSpec { skip: RULES.map(rule).to_vec(), ..table(columns) }
}

#[test]
fn clean_revenue_per_country() {
    let (Some(file), Some(answers)) =
        (shared("online_retail/online_retail.csv.gz"), shared("known_answers/known_answers.json"))
    else {
        return;
    };
    let answers = json(answers)["online_retail"].take();
    let known = |key: &str| answers[key].as_u64().expect("a count");
    let (engine, import) = try_load(&spec(), &[Input::from(file)]).expect("loads");
    assert_eq!((import.rows_read, import.rows_kept), (known("rows"), 397_884));
    let matching: Vec<u64> = import.skipped.iter().map(|s| s.matching).collect();
    let want = ["cancel_rows", "rows_without_customer", "qty_le0_rows", "price_le0_rows"].map(known);
    assert_eq!(matching, want);
    assert_eq!(import.skipped[0].rows, known("cancel_rows"), "the first rule takes all it matches");
    assert_eq!(import.skipped.iter().map(|s| s.rows).sum::<u64>(), known("rows") - 397_884);
    assert_eq!(import.ignored_columns, ["StockCode", "Description"]);

    let kpi = |id: &str, sql: &str| KpiQuery {
        id: id.into(),
        sql: sql.into(),
        low: 0,
        high: 1 << 40,
        outside: Outside::Refuse,
    };
    let extraction = Extraction {
        member: "Country".into(),
        name: None,
        attributes: vec![],
        period: None,
        kpis: vec![
            kpi("revenue", "sum(Quantity * UnitPrice)"),
            kpi("customers", "count(distinct CustomerID)"),
            kpi("invoices", "count(distinct InvoiceNo)"),
        ],
    };
    let extracted = extract(&engine, &spec(), &extraction).expect("extracts");
    let clean = &answers["clean"];
    let by_country = clean["by_country"].as_object().expect("countries");
    assert_eq!(extracted.members.len(), by_country.len());
    for member in &extracted.members {
        let [Some(revenue), Some(customers), Some(_)] = member.expose_figures() else { panic!("three figures") };
        let answer = &by_country[&member.id];
        assert_eq!(
            (Some(*customers), (*revenue + 5) / 10),
            (answer[0].as_i64(), steps(&answer[1], 2)),
            "{}",
            member.id
        );
    }
    let total = |index: usize| extracted.members.iter().filter_map(|m| m.expose_figures()[index]).sum::<i64>();
    assert_eq!((total(0), total(0)), (8_911_407_904, steps(&clean["revenue"], 3)));
    assert_eq!(total(2), clean["invoices"].as_i64().expect("a count"));
}

#[test]
fn without_the_rules_the_load_tells_what_is_wrong() {
    let Some(file) = shared("online_retail/online_retail.csv.gz") else { return };
    let mut strict = TableSpec { skip: vec![], ..spec() };
    strict.columns[4] = column("CustomerID", Kind::Integer);
    let error = try_load(&strict, &[Input::from(file)]).map(|_| ()).expect_err("customers are missing");
    let problems = error.problems().expect("typed");
    assert_eq!((problems.total, problems.first.len()), (135_080, 10));
    let first = &problems.first[0];
    assert_eq!((first.code, first.row, first.column.as_deref()), ("D030", Some(624), Some("CustomerID")));
    assert_eq!((problems.more.len(), problems.more[0].count), (1, 135_070));
}
