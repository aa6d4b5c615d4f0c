//! A telephone company's churn: every row is one customer.

use crate::support::*;
use guildhall_data::{Input, SqliteEngine, TableSpec};
use guildhall_trust::{Choice, Spec, Split, measure};

pub(crate) fn telco() -> Option<(TableSpec, SqliteEngine)> {
    let path = shared("telco_churn/wa_churn.csv")?;
    let table = table(
        r#"columns = [
            { name = "churn", kind = "text" }, { name = "contract", kind = "text" },
            { name = "payment_method", kind = "text" }, { name = "tenure", kind = "integer" },
            { name = "monthly_charges", kind = { decimal = { decimals = 2 } } } ]"#,
    );
    let engine = engine(&table, Input::Path(path));
    Some((table, engine))
}

pub(crate) fn by(table: &TableSpec, column: &str, values: &[&str]) -> Spec {
    let churn = split(metric("churn-rate", &[("left", "churn = 'Yes'")]), Split::Segments);
    let charges = with(metric("lifetime-value", &[("value", "monthly_charges")]), "clip", "120");
    Spec {
        segments: segments(column, values, Choice::Last),
        metrics: vec![churn, quantiles(charges, &[50])],
        ..spec(table.clone())
    }
}

#[test]
fn churn_is_as_known_by_contract_and_payment() {
    let Some((table, engine)) = telco() else { return };
    let contract = [("Month-to-month", 3_875, 1_655), ("One year", 1_473, 166), ("Two year", 1_695, 48)];
    let payment = [
        ("Bank transfer (automatic)", 1_544, 258),
        ("Credit card (automatic)", 1_522, 232),
        ("Electronic check", 2_365, 1_071),
        ("Mailed check", 1_612, 308),
    ];
    for (column, known) in [("contract", &contract[..]), ("payment_method", &payment[..])] {
        let names: Vec<&str> = known.iter().map(|(name, ..)| *name).collect();
        let clear = measure(&engine, &by(&table, column, &names)).expect("measures");
        let check = |group: &str, customers: u64, left: u64| {
            let (n, rate) = value(&clear, "churn-rate", group, "all rows");
            assert_eq!(n, customers, "{group}");
            close(rate, 100.0 * left as f64 / customers as f64, 1e-9);
        };
        known.iter().for_each(|(name, customers, left)| check(name, *customers, *left));
        check("all rows", 7_043, 1_869);
        assert_eq!(value(&clear, "churn-rate", "other", "all rows").0, 0);
        close(value(&clear, "lifetime-value-mean", "all rows", "all rows").1, 64.761_692, 1e-6);
        close(value(&clear, "lifetime-value-p50", "all rows", "all rows").1, 70.35, 1e-9);
    }
}
