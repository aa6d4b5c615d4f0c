//! `guildhall trust` and `guildhall budget` from outside: known answers of real data, exit codes, JSON of stated versions.

mod common;

use common::{Sandbox, json, shared_data};
use serde_json::Value;
use std::path::{Path, PathBuf};

fn example(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/trust").join(name).display().to_string()
}

fn valid(schema: &str, instance: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(schema);
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).expect("shipped")).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let errors: Vec<String> = validator.iter_errors(instance).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    let mut surprised = instance.clone();
    surprised["surprise"] = 1.into();
    assert!(!validator.is_valid(&surprised), "the schema must be closed");
}

/// 400 customers in two towns; every fourth has left.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    let line = |n: u32| {
        format!("c{n},2026-01-{:02},{},{}\n", n % 28 + 1, n % 11, if n.is_multiple_of(4) { "Yes" } else { "No" })
    };
    sandbox.write("survey.csv", &format!("customer,day,score,gone\n{}", (0..400).map(line).collect::<String>()));
    sandbox.write("trust.toml", SPEC);
    sandbox
}

fn publish(sandbox: &Sandbox, spec: &str, further: &[&str]) -> common::Done {
    let mut args = vec!["trust", "publish", spec, "--data", "survey.csv", "--ledger", "shop.ledger"];
    args.extend(further);
    sandbox.guildhall(&args)
}

#[test]
fn a_release_is_charged_published_and_found_in_the_ledger() {
    let sandbox = sandbox();
    let done = publish(&sandbox, "trust.toml", &["--out", "spring", "--json"]);
    done.exits(0);
    let release = json(&done.stdout);
    valid("../report/schemas/release-v1.schema.json", &release);
    assert_eq!((&release["protection"]["spent"], &release["protection"]["limit"]), (&"1".into(), &"3/2".into()));
    for name in ["release.html", "release.csv", "release.json"] {
        assert!(sandbox.path("spring").join(name).is_file(), "{name}");
    }
    let shown = sandbox.guildhall(&["budget", "show", "shop.ledger", "--json"]);
    shown.exits(0);
    let shown = json(&shown.stdout);
    valid("schemas/budget-show-v1.schema.json", &shown);
    assert_eq!((&shown["accounts"][0]["left"], &shown["charges"][0]["index"]), (&"1/2".into(), &0.into()));
    let verified =
        sandbox.guildhall(&["budget", "verify", "shop.ledger", "--release", "spring/release.json", "--json"]);
    verified.exits(0);
    valid("schemas/budget-verify-v1.schema.json", &json(&verified.stdout));
    assert!(sandbox.guildhall(&["budget", "show", "shop.ledger"]).stdout.contains("epsilon 1 of 3/2 spent, 1/2 left"));
}

#[test]
fn a_release_that_was_not_charged_is_found_out() {
    let sandbox = sandbox();
    publish(&sandbox, "trust.toml", &["--out", "spring"]).exits(0);
    let path = sandbox.path("spring").join("release.json");
    let mut release = json(&std::fs::read_to_string(&path).expect("written"));
    release["protection"]["epsilon"] = "1/2".into();
    std::fs::write(&path, release.to_string()).expect("writable");
    let verify = ["budget", "verify", "shop.ledger", "--release", "spring/release.json"];
    let done = sandbox.guildhall(&verify);
    done.exits(7);
    assert!(done.stderr.contains("V0704"), "{}", done.stderr);
    sandbox.guildhall(&["budget", "show", "absent.ledger"]).exits(1);
    assert!(!sandbox.path("absent.ledger").exists(), "looking creates nothing");
    sandbox.write("text.ledger", "not a database, however long this text may be: it only has to be longer than a page header, which is a hundred bytes");
    sandbox.guildhall(&["budget", "verify", "text.ledger"]).exits(7);
}

#[test]
fn a_dry_run_says_cost_and_error_and_charges_nothing() {
    let sandbox = sandbox();
    let done = publish(&sandbox, "trust.toml", &["--dry-run", "--json"]);
    done.exits(0);
    let plan = json(&done.stdout);
    valid("schemas/trust-dry-run-v1.schema.json", &plan);
    assert_eq!((&plan["cost"], &plan["units"]), (&"epsilon 1 per customer".into(), &400.into()));
    assert!(!sandbox.path("shop.ledger").exists());
    publish(&sandbox, "trust.toml", &["--out", "spring"]).exits(0);
    publish(&sandbox, "trust.toml", &["--dry-run"]).exits(6);
}

#[test]
fn limits_windows_and_ids_cannot_be_played_with() {
    let sandbox = sandbox();
    publish(&sandbox, "trust.toml", &["--out", "spring"]).exits(0);
    let refused = |spec: String, code: i32, id: &str| {
        sandbox.write("other.toml", &spec);
        let done = publish(&sandbox, "other.toml", &["--out", "other"]);
        done.exits(code);
        assert!(done.stderr.contains(id), "{}", done.stderr);
        assert!(!sandbox.path("other").exists());
    };
    let renamed = SPEC.replace("id = \"spring\"", "id = \"summer\"");
    refused(SPEC.to_owned(), 8, "R0803");
    refused(renamed.clone(), 6, "P0602");
    refused(renamed.replace("limit = \"3/2\"", "limit = \"9\""), 6, "P0605");
    refused(renamed.replace("until = \"2026-02\"", "until = \"2026-03\""), 6, "P0602");
    refused(
        renamed
            .replace("from = \"2026-01\"", "from = \"2025-01\"")
            .replace("until = \"2026-02\"", "until = \"2026-01\""),
        6,
        "P0602",
    );
    refused(renamed.replace("kind = \"customer\"", "kind = \"member\""), 6, "P0607");
    let half = renamed.replace("epsilon = \"1\"", "epsilon = \"1/2\"");
    sandbox.write("other.toml", &half);
    publish(&sandbox, "other.toml", &["--out", "other"]).exits(0);
    publish(&sandbox, "other.toml", &["--out", "again", "--again"]).exits(6);
}

#[test]
fn exact_figures_have_their_schema_and_are_right() {
    let sandbox = sandbox();
    let done = sandbox.guildhall(&["trust", "measure", "trust.toml", "--data", "survey.csv", "--json"]);
    done.exits(0);
    let clear = json(&done.stdout);
    valid("schemas/trust-measure-v1.schema.json", &clear);
    let churn = clear["metrics"].as_array().and_then(|all| all.iter().position(|m| m["metric"] == "churn-rate"));
    let rows = clear["rows"].as_array().expect("rows");
    let row = rows.iter().find(|row| row["metric"].as_u64() == churn.map(|at| at as u64)).expect("a row");
    assert_eq!((&row["n"], &row["value"]), (&400.into(), &25.0.into()));
}

#[test]
fn real_data_give_the_known_answers() {
    let cases: [(&str, &str, &str, u64, f64); 4] = [
        ("online_retail.toml", "online_retail/online_retail.csv.gz", "repeat-purchase-rate", 4_338, 65.583_218),
        ("online_retail.toml", "online_retail/online_retail.csv.gz", "churn-rate", 4_338, 33.402_49),
        ("telco_churn.toml", "telco_churn/wa_churn.csv", "churn-rate", 7_043, 100.0 * 1_869.0 / 7_043.0),
        (
            "cdnow.toml",
            "cdnow/cdnow_customers_summary_with_transactions.csv",
            "repeat-purchase-rate",
            2_357,
            100.0 * 946.0 / 2_357.0,
        ),
    ];
    for (spec, file, metric, n, value) in cases {
        let Some(data) = shared_data(file) else { continue };
        let clear = measured(spec, &data);
        let index = clear["metrics"].as_array().and_then(|all| all.iter().position(|m| m["metric"] == metric));
        let all =
            clear["rows"].as_array().expect("rows").iter().find(|row| {
                row["metric"].as_u64() == index.map(|at| at as u64) && row["group"] == 0 && row["period"] == 0
            });
        let all = all.expect("the row of all customers");
        assert_eq!(all["n"], n, "{spec} {metric}");
        assert!((all["value"].as_f64().expect("a value") - value).abs() < 1e-5, "{spec} {metric}: {all}");
    }
}

#[test]
fn models_of_a_music_shop_are_those_published() {
    let Some(data) = shared_data("cdnow/cdnow_customers_summary_with_transactions.csv") else { return };
    let clear = measured("cdnow.toml", &data);
    let value = |model: usize, name: &str| clear["models"][model]["values"][name].as_f64().expect("a value");
    let published = [
        ("r", 0.243, 5e-4),
        ("alpha", 4.414, 5e-4),
        ("a", 0.793, 5e-4),
        ("b", 2.426, 5e-4),
        ("log-likelihood", -9582.4, 0.05),
    ];
    for (name, known, within) in published {
        assert!((value(0, name) - known).abs() <= within, "{name}: {}", value(0, name));
    }
    for (name, known) in [("p", 6.25), ("q", 3.74), ("v", 15.44)] {
        assert!((value(1, name) - known).abs() <= 0.01, "{name}: {}", value(1, name));
    }
}

fn measured(spec: &str, data: &Path) -> Value {
    let sandbox = Sandbox::new();
    let file: PathBuf = data.to_owned();
    let done =
        sandbox.guildhall(&["trust", "measure", &example(spec), "--data", &file.display().to_string(), "--json"]);
    done.exits(0);
    json(&done.stdout)
}

const SPEC: &str = r#"
[release]
id = "spring"
title = "Spring survey"
data_set = "survey"
epsilon = "1"

[budget]
limit = "3/2"

[unit]
kind = "customer"
column = "customer"

[window]
column = "day"
from = "2026-01"
until = "2026-02"

[data.columns]
customer = "text"
day = "date"
score = "integer"
gone = "text"

[[metric]]
name = "nps"
score = "score"

[[metric]]
name = "churn-rate"
left = "gone = 'Yes'"
"#;
