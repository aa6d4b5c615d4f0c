//! One web shop's half million rows: in the clear equal to the known answers.

use crate::support::*;
use guildhall_data::{Input, SqliteEngine, TableSpec};
use guildhall_trust::{Choice, Cohorts, Spec, Split, UnitSpec, measure};

pub(crate) fn shop() -> Option<(TableSpec, SqliteEngine)> {
    let path = shared("online_retail/online_retail.csv.gz")?;
    let table = table(
        r#"columns = [
            { name = "InvoiceNo", kind = "text" }, { name = "Quantity", kind = "integer" },
            { name = "InvoiceDate", kind = { date = {} } },
            { name = "UnitPrice", kind = { decimal = { decimals = 3 } } },
            { name = "CustomerID", kind = "text", empty = "null" }, { name = "Country", kind = "text" } ]
        skip = [
            { when = "InvoiceNo like 'C%'", reason = "cancelled" }, { when = "CustomerID is null", reason = "nobody" },
            { when = "Quantity <= 0", reason = "quantity" }, { when = "UnitPrice <= 0", reason = "price" } ]"#,
    );
    let engine = engine(&table, Input::Path(path));
    Some((table, engine))
}

fn whole(table: &TableSpec) -> Spec {
    let active = |name| with(with(metric(name, &[("active", "InvoiceDate")]), "days", "90"), "reference", "2011-12-10");
    let value = with(with(metric("lifetime-value", &[("value", "Quantity * UnitPrice")]), "clip", "5000"), "step", "5");
    let days = metric("repeat-purchase-rate", &[("order", "substr(InvoiceDate, 1, 10)")]);
    Spec {
        window: window("InvoiceDate", "2010-12-01", "2011-12-10"),
        metrics: vec![
            metric("repeat-purchase-rate", &[("order", "InvoiceNo")]),
            id(days, "by-day"),
            active("churn-rate"),
            active("retention-rate"),
            quantiles(value, &[25, 50, 75]),
        ],
        ..customer(spec(table.clone()), "CustomerID")
    }
}

#[test]
fn equals_the_known_answers_in_the_clear() {
    let Some((table, engine)) = shop() else { return };
    let clear = measure(&engine, &whole(&table)).expect("measures");
    let all = |id: &str| value(&clear, id, "all customers", "2010-12-01 to before 2011-12-10");
    let (n, repeat) = all("repeat-purchase-rate");
    assert_eq!(n, 4_338);
    close(repeat, 65.583_218, 1e-6);
    close(all("by-day").1, 64.315_353, 1e-6);
    close(all("churn-rate").1, 33.402_49, 1e-5);
    close(all("churn-rate").1 + all("retention-rate").1, 100.0, 1e-9);
    close(all("lifetime-value-mean").1, 2_054.266_46, 1e-5);
    close(all("lifetime-value-p25").1, 307.415, 1e-6);
    close(all("lifetime-value-p50").1, 674.485, 1e-6);
    close(all("lifetime-value-p75").1, 1_661.74, 1e-6);
    by_country(&table, &engine);
    cohorts(&table, &engine);
}

/// A customer with purchases in two countries counts in both, as in the known answers.
fn by_country(table: &TableSpec, engine: &SqliteEngine) {
    let known = [
        ("Australia", 9, 138_521.31),
        ("Bahrain", 2, 548.40),
        ("EIRE", 3, 265_545.90),
        ("France", 87, 209_024.05),
        ("Germany", 94, 228_867.14),
        ("Netherlands", 9, 285_446.34),
        ("Spain", 30, 61_577.11),
        ("Saudi Arabia", 1, 145.92),
        ("United Kingdom", 3_920, 7_308_391.554),
    ];
    let names: Vec<&str> = known.iter().map(|(name, ..)| *name).collect();
    let value_spec = with(metric("lifetime-value", &[("value", "Quantity * UnitPrice")]), "clip", "5000");
    let base = customer(spec(table.clone()), "CustomerID");
    let spec = Spec {
        unit: UnitSpec { groups: Some(2), ..base.unit.clone() },
        segments: segments("Country", &names, Choice::Each),
        metrics: vec![split(value_spec, Split::Segments)],
        ..base
    };
    let clear = measure(engine, &spec).expect("measures");
    for (name, customers, spend) in known {
        let (n, mean) = value(&clear, "lifetime-value-mean", name, "all rows");
        assert_eq!(n, customers, "{name}");
        close(mean * n as f64, spend, 0.01);
    }
    assert!(clear.rows.iter().all(|row| row.group != 0), "groups that overlap have no total");
}

fn cohorts(table: &TableSpec, engine: &SqliteEngine) {
    let month1 = [
        ("2010-12", 885, 0.366_102),
        ("2011-01", 417, 0.220_624),
        ("2011-02", 380, 0.186_842),
        ("2011-03", 452, 0.150_442),
        ("2011-04", 300, 0.213_333),
        ("2011-05", 284, 0.190_141),
        ("2011-06", 242, 0.173_554),
        ("2011-07", 188, 0.180_851),
        ("2011-08", 169, 0.207_101),
        ("2011-09", 299, 0.234_114),
        ("2011-10", 358, 0.240_223),
        ("2011-11", 323, 0.111_455),
    ];
    let december = [
        (1, 0.366_102),
        (2, 0.323_164),
        (3, 0.384_181),
        (4, 0.362_712),
        (5, 0.397_74),
        (6, 0.362_712),
        (7, 0.349_153),
        (8, 0.353_672),
        (9, 0.395_48),
        (10, 0.374_011),
        (11, 0.502_825),
        (12, 0.265_537),
    ];
    let spec = Spec {
        window: window("InvoiceDate", "2010-12-01", "2011-12-10"),
        cohorts: Some(Cohorts { ages: (1..=12).collect() }),
        metrics: vec![split(metric("retention-rate", &[("active", "InvoiceDate")]), Split::Cohorts)],
        ..customer(spec(table.clone()), "CustomerID")
    };
    let clear = measure(engine, &spec).expect("measures");
    for (month, size, rate) in month1 {
        let (n, value) = value(&clear, "retention-rate", &format!("first in {month}"), "1 month later");
        assert_eq!(n, size, "{month}");
        close(value / 100.0, rate, 1e-6);
    }
    for (age, rate) in december {
        let period = if age == 1 { "1 month later".to_owned() } else { format!("{age} months later") };
        close(value(&clear, "retention-rate", "first in 2010-12", &period).1 / 100.0, rate, 1e-6);
    }
    assert_eq!(value(&clear, "retention-rate", "first in 2011-12", "1 month later").0, 0, "not observed");
}
