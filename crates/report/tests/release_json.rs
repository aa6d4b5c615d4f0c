//! A release's JSON follows the shipped schema, and the schema admits nothing else.

mod support {
    #[allow(dead_code, reason = "every test uses a part of it")]
    pub(crate) mod releases;
}

use guildhall_kpi::Release;
use guildhall_report::{RELEASE_SCHEMA, release_json};
use serde_json::{Value, json as value};
use support::releases::{COHORTS, GROUPS, MONTHS, NOTHING, ONE, release};

fn validator() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(RELEASE_SCHEMA).expect("the schema is JSON");
    jsonschema::meta::validate(&schema).expect("the schema is a JSON Schema");
    jsonschema::validator_for(&schema).expect("the schema compiles")
}

/// A release with every kind of outcome and every optional part.
fn sample() -> Value {
    let mut made = release(GROUPS);
    made.protection.delta_bits = Some(40);
    made.protection.rho = Some("1/50".parse().expect("a rational"));
    made.queries[0].rho = made.protection.rho;
    serde_json::from_str(&release_json(&made).expect("sound")).expect("our own JSON")
}

#[test]
fn real_output_validates_and_reads_back() {
    let validator = validator();
    for wish in [ONE, GROUPS, MONTHS, COHORTS, NOTHING] {
        let made = release(wish);
        let text = release_json(&made).expect("sound");
        assert!(text.ends_with("}\n"));
        assert_eq!(serde_json::from_str::<Release>(&text).expect("reads back"), made);
        let errors: Vec<String> =
            validator.iter_errors(&serde_json::from_str(&text).expect("JSON")).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
    assert!(validator.is_valid(&sample()));
}

/// The first row with this outcome.
fn row(sample: &Value, pointer: &str) -> String {
    let rows = sample["rows"].as_array().expect("rows");
    let at = rows.iter().position(|row| row.pointer(pointer).is_some()).unwrap_or_else(|| panic!("{pointer}"));
    format!("/rows/{at}")
}

#[test]
fn a_planted_field_fails_at_every_level() {
    let (validator, sample) = (validator(), sample());
    let shown = row(&sample, "/outcome/shown");
    let few = row(&sample, "/outcome/suppressed/too-few");
    let other = row(&sample, "/outcome/suppressed/other");
    for path in [
        String::new(),
        "/protection".into(),
        "/metrics/0".into(),
        "/queries/0".into(),
        shown.clone(),
        format!("{shown}/outcome"),
        format!("{shown}/outcome/shown"),
        format!("{shown}/outcome/shown/base"),
        format!("{shown}/outcome/shown/population"),
        format!("{few}/outcome/suppressed"),
        format!("{few}/outcome/suppressed/too-few"),
        format!("{other}/outcome/suppressed/other"),
    ] {
        let mut planted = sample.clone();
        planted.pointer_mut(&path).unwrap_or_else(|| panic!("{path}"))["exact_n"] = value!(1);
        assert!(!validator.is_valid(&planted), "{path} admits a further field");
    }
}

#[test]
fn a_missing_field_fails_at_every_level() {
    let (validator, sample) = (validator(), sample());
    let shown = row(&sample, "/outcome/shown");
    for path in ["", "/protection", "/metrics/0", "/queries/0", &shown, &format!("{shown}/outcome/shown")] {
        let keys: Vec<String> =
            sample.pointer(path).and_then(Value::as_object).expect("an object").keys().cloned().collect();
        for key in keys {
            let mut without = sample.clone();
            without.pointer_mut(path).and_then(Value::as_object_mut).expect("an object").remove(&key);
            assert!(!validator.is_valid(&without), "{path} may lack {key}");
        }
    }
}

#[test]
fn wrong_values_fail() {
    let (validator, sample) = (validator(), sample());
    let shown = row(&sample, "/outcome/shown");
    for (path, wrong) in [
        ("/schema", value!("guildhall/release/v2")),
        ("/protection/unit", value!("customer-month")),
        ("/protection/epsilon", value!("0.5")),
        ("/protection/epsilon", value!(1)),
        ("/protection/spent", value!("-1")),
        ("/protection/delta_bits", value!(-1)),
        ("/protection/ledger_index", value!("7")),
        ("/metrics/0/direction", value!("up")),
        ("/queries/0/values/0", value!(0.5)),
        (&format!("{shown}/group"), value!(-1)),
        (&format!("{shown}/outcome"), value!({})),
        (&format!("{shown}/outcome"), value!({ "suppressed": "because" })),
        (&format!("{shown}/outcome/shown/n"), value!(1.5)),
        (&format!("{shown}/outcome/shown/base/low"), value!(null)),
    ] {
        let mut planted = sample.clone();
        *planted.pointer_mut(path).unwrap_or_else(|| panic!("{path}")) = wrong;
        assert!(!validator.is_valid(&planted), "{path}");
    }
}
