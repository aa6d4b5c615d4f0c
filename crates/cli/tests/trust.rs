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

/// Must hold: values of a release are those that were published, to the last digit.
#[test]
fn a_changed_value_is_found_out() {
    let sandbox = sandbox();
    publish(&sandbox, "trust.toml", &["--out", "spring"]).exits(0);
    let verify = ["budget", "verify", "shop.ledger", "--release", "spring/release.json"];
    let done = sandbox.guildhall(&verify);
    done.exits(0);
    assert!(done.stdout.contains("byte for byte what was published"), "{}", done.stdout);
    let path = sandbox.path("spring").join("release.json");
    let text = std::fs::read_to_string(&path).expect("written");
    let mut release = json(&text);
    let value = release["rows"][0]["outcome"]["shown"]["n"].as_i64().expect("shown");
    release["rows"][0]["outcome"]["shown"]["n"] = (value + 1).into();
    for changed in [release.to_string(), format!("{text} ")] {
        std::fs::write(&path, changed).expect("writable");
        let done = sandbox.guildhall(&verify);
        done.exits(7);
        assert!(done.stderr.contains("V0704") && done.stderr.contains("not what was published"), "{}", done.stderr);
    }
    let shown = sandbox.guildhall(&["budget", "show", "shop.ledger", "--json"]);
    let shown = json(&shown.stdout);
    valid("schemas/budget-show-v1.schema.json", &shown);
    assert_eq!(shown["charges"].as_array().map(Vec::len), Some(1), "a note of what was published is no charge");
    assert_eq!(shown["charges"][0]["published"].as_str().map(str::len), Some(64));
}

/// The page that people read and the table that spreadsheets read are those that were published, too.
#[test]
fn a_changed_page_or_table_is_found_out() {
    let sandbox = sandbox();
    publish(&sandbox, "trust.toml", &["--out", "spring"]).exits(0);
    let verify = || sandbox.guildhall(&["budget", "verify", "shop.ledger", "--release", "spring"]);
    for name in ["release.html", "release.csv"] {
        let path = sandbox.path("spring").join(name);
        let published = std::fs::read(&path).expect("written");
        let mut changed = published.clone();
        *changed.last_mut().expect("not empty") = 0xff;
        std::fs::write(&path, changed).expect("writable");
        let done = verify();
        done.exits(7);
        assert!(done.stderr.contains("V0704") && done.stderr.contains(name), "{}", done.stderr);
        std::fs::write(&path, &published).expect("writable");
        let done = verify();
        done.exits(0);
        assert!(done.stdout.contains(name) && !done.stdout.contains("not compared"), "{}", done.stdout);
        // Whoever has only the JSON is told so.
        std::fs::remove_file(&path).expect("there");
        let done = verify();
        done.exits(0);
        assert!(done.stdout.contains(&format!("not compared, for it is not beside it: {name}")), "{}", done.stdout);
        std::fs::write(&path, published).expect("writable");
    }
}

#[test]
fn an_empty_file_is_no_ledger_and_neither_is_a_log_of_releases() {
    let sandbox = sandbox();
    sandbox.write("shop.ledger", "");
    for done in [
        publish(&sandbox, "trust.toml", &["--out", "spring"]),
        publish(&sandbox, "trust.toml", &["--dry-run"]),
        sandbox.guildhall(&["budget", "verify", "shop.ledger"]),
    ] {
        done.exits(7);
        assert!(done.stderr.contains("V0703") && done.stderr.contains("the ledger is empty"), "{}", done.stderr);
    }
    assert!(!sandbox.path("spring").exists());
    std::fs::remove_file(sandbox.path("shop.ledger")).expect("there");
    let mut log = guildhall_ledger::SqliteRecords::open(sandbox.path("shop.ledger")).expect("a file");
    guildhall_ledger::Records::record_once(&mut log, "disclosure/release/00000000", b"{}").expect("recorded");
    drop(log);
    let done = publish(&sandbox, "trust.toml", &["--out", "spring"]);
    done.exits(7);
    assert!(done.stderr.contains("other records (disclosure)"), "{}", done.stderr);
}

/// Must hold: whoever loses the race for a folder has paid nothing.
#[test]
fn of_publishers_racing_for_one_folder_one_pays() {
    let sandbox = sandbox();
    let spec = SPEC.replace("limit = \"3/2\"", "limit = \"100\"");
    sandbox.write("trust.toml", &spec);
    for round in 0..4 {
        let (out, ledger) = (format!("out-{round}"), format!("{round}.ledger"));
        let start = || {
            std::process::Command::new(env!("CARGO_BIN_EXE_guildhall"))
                .args(["trust", "publish", "trust.toml", "--data", "survey.csv", "--ledger", &ledger, "--out", &out])
                .current_dir(sandbox.path(""))
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::piped())
                .spawn()
                .expect("starts")
        };
        let ends = [start(), start(), start()].map(|child| child.wait_with_output().expect("ends"));
        let codes = ends.each_ref().map(|end| end.status.code());
        let told = ends.each_ref().map(|end| String::from_utf8_lossy(&end.stderr).into_owned());
        assert_eq!(codes.iter().filter(|code| **code == Some(0)).count(), 1, "{codes:?} {told:?}");
        assert!(codes.iter().all(|code| matches!(code, Some(0 | 8))), "{codes:?} {told:?}");
        let shown = sandbox.guildhall(&["budget", "show", &ledger, "--json"]);
        assert_eq!(json(&shown.stdout)["charges"].as_array().map(Vec::len), Some(1), "{told:?}");
        let release = format!("{out}/release.json");
        sandbox.guildhall(&["budget", "verify", &ledger, "--release", &release]).exits(0);
    }
}

/// 60 months of 40 customers each: one customer counts in all of them.
fn monthly() -> Sandbox {
    let sandbox = Sandbox::new();
    let months = (0..60u32).map(|month| format!("{}-{:02}-05", 2020 + month / 12, month % 12 + 1));
    let line = |day: &str, n: u32| format!("c{n},{day},{},No\n", n % 11);
    let lines: String = months.map(|day| (0..40).map(|n| line(&day, n)).collect::<String>()).collect();
    sandbox.write("survey.csv", &format!("customer,day,score,gone\n{lines}"));
    let spec = SPEC
        .replace("epsilon = \"1\"", "epsilon = \"1\"\ndelta_bits = 40")
        .replace("until = \"2026-02\"", "until = \"2025-01\"\nevery = \"month\"")
        .replace("from = \"2026-01\"", "from = \"2020-01\"")
        .replace("left = \"gone = 'Yes'\"", "left = \"gone = 'Yes'\"\nsplit = \"periods\"")
        .replace("score = \"score\"", "score = \"score\"\nsplit = \"periods\"");
    sandbox.write("trust.toml", &spec);
    sandbox
}

#[test]
fn gaussian_noise_is_chosen_charged_in_epsilon_and_delta_and_verified() {
    let sandbox = monthly();
    let done = publish(&sandbox, "trust.toml", &["--out", "spring", "--json"]);
    done.exits(0);
    let release = json(&done.stdout);
    valid("../report/schemas/release-v1.schema.json", &release);
    let protection = &release["protection"];
    assert!(
        protection["noise"].as_str().is_some_and(|noise| noise.starts_with("discrete Gaussian noise: one customer"))
    );
    assert_eq!((&protection["epsilon"], &protection["delta_bits"]), (&"1".into(), &40.into()));
    let shown = json(&sandbox.guildhall(&["budget", "show", "shop.ledger", "--json"]).stdout);
    let amount = &shown["charges"][0]["amount"];
    assert_eq!((&amount["epsilon"], &amount["delta_bits"]), (&"1".into(), &40.into()));
    assert_eq!(amount["rho"], protection["rho"], "the ledger knows the native cost too");
    sandbox.guildhall(&["budget", "verify", "shop.ledger", "--release", "spring/release.json"]).exits(0);
    let page = std::fs::read_to_string(sandbox.path("spring").join("release.html")).expect("written");
    assert!(page.contains("<dt>Noise</dt><dd>discrete Gaussian noise: one customer counts in up to 120 groups"));
    publish(&sandbox, "trust.toml", &["--out", "summer", "--again"]).exits(6);
}

/// Gaussian releases add up in rho where the limit is in rho: two fit where their epsilons would not, and a third does not.
#[test]
fn a_limit_in_rho_adds_up_in_rho_and_says_what_it_means() {
    let sandbox = monthly();
    let spec = std::fs::read_to_string(sandbox.path("trust.toml")).expect("written");
    sandbox.write("trust.toml", &spec.replace("limit = \"3/2\"", "limit_rho = \"1/40\""));
    let fresh = publish(&sandbox, "trust.toml", &["--dry-run"]);
    fresh.exits(0);
    assert!(fresh.stdout.contains("nothing of rho 1/40 (as epsilon at most 1."), "{}", fresh.stdout);
    publish(&sandbox, "trust.toml", &["--out", "spring"]).exits(0);
    let done = publish(&sandbox, "trust.toml", &["--out", "summer", "--again", "--json"]);
    done.exits(0);
    let release = json(&done.stdout);
    valid("../report/schemas/release-v1.schema.json", &release);
    let notes = release["notes"].to_string();
    assert!(notes.contains("counted in rho") && notes.contains("of 1/40 spent") && notes.contains("2^-24"), "{notes}");
    let shown = json(&sandbox.guildhall(&["budget", "show", "shop.ledger", "--json"]).stdout);
    valid("schemas/budget-show-v1.schema.json", &shown);
    assert_eq!(
        (&shown["accounts"][0]["counts"], &shown["accounts"][0]["limit"]["rho"]),
        (&"rho".into(), &"1/40".into())
    );
    sandbox.guildhall(&["budget", "verify", "shop.ledger", "--release", "spring", "summer"]).exits(0);
    publish(&sandbox, "trust.toml", &["--out", "autumn", "--again"]).exits(6);
    // The measure is fixed by the first charge.
    sandbox.write("trust.toml", &spec);
    publish(&sandbox, "trust.toml", &["--out", "winter", "--again"]).exits(6);
    sandbox.write("trust.toml", &spec.replace("limit = \"3/2\"", "limit = \"3/2\"\nlimit_rho = \"1/40\""));
    let both = publish(&sandbox, "trust.toml", &["--out", "winter"]);
    both.exits(3);
    assert!(both.stderr.contains("limit and limit_rho exclude one another"), "{}", both.stderr);
}

#[test]
fn a_dry_run_warns_of_what_would_be_withheld_of_a_large_epsilon_and_of_ids_alike() {
    let sandbox = monthly();
    let done = publish(&sandbox, "trust.toml", &["--dry-run", "--json"]);
    done.exits(0);
    let plan = json(&done.stdout);
    valid("schemas/trust-dry-run-v1.schema.json", &plan);
    assert_eq!(
        (&plan["values"], &plan["withheld"], &plan["predicted"][0]["n"]),
        (&120.into(), &120.into(), &40.into())
    );
    assert!(plan["warnings"][0].as_str().is_some_and(|text| text.starts_with("all 120 values would be withheld")));
    let spec = std::fs::read_to_string(sandbox.path("trust.toml")).expect("written");
    let loud = spec.replace("epsilon = \"1\"", "epsilon = \"90\"").replace("limit = \"3/2\"", "limit = \"90\"");
    sandbox.write("trust.toml", &loud);
    let survey = std::fs::read_to_string(sandbox.path("survey.csv")).expect("written");
    sandbox.write("survey.csv", &format!("{survey}C1,2020-01-05,3,No\n"));
    let done = publish(&sandbox, "trust.toml", &["--dry-run"]);
    done.exits(0);
    assert!(done.stdout.contains("Warning: this release does not protect much of what"), "{}", done.stdout);
    assert!(done.stdout.contains("Warning: 2 customer ids differ from another one only in case"), "{}", done.stdout);
    assert!(!done.stdout.contains("would be withheld"), "{}", done.stdout);
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
    let other_column = renamed.replace("column = \"customer\"", "column = \"gone\"");
    refused(other_column.replace("epsilon = \"1\"", "epsilon = \"1/2\""), 6, "P0607");
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
