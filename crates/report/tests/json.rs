//! The JSON follows the shipped schema, and the schema admits nothing else.

mod support {
    #[allow(dead_code, reason = "every test uses a part of it")]
    pub(crate) mod made_up;
}

use guildhall_kpi::Benchmark;
use guildhall_report::{BENCHMARK_SCHEMA, json};
use serde_json::{Value, json as value};
use support::made_up::{self, Wish};

fn validator() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(BENCHMARK_SCHEMA).expect("the schema is JSON");
    jsonschema::meta::validate(&schema).expect("the schema is a JSON Schema");
    jsonschema::validator_for(&schema).expect("the schema compiles")
}

fn sample() -> Value {
    serde_json::from_str(&json(&made_up::benchmark(Wish::SAMPLE))).expect("our own JSON")
}

#[test]
fn real_output_validates_and_reads_back() {
    let benchmark = made_up::benchmark(Wish::SAMPLE);
    let text = json(&benchmark);
    assert!(text.ends_with("}\n") && text == json(&benchmark));
    assert_eq!(serde_json::from_str::<Benchmark>(&text).expect("reads back"), benchmark);
    let errors: Vec<String> = validator().iter_errors(&sample()).map(|e| e.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
}

#[test]
fn a_planted_field_fails_at_every_level() {
    let validator = validator();
    let shown = |v: &Value| {
        v["rows"].as_array().and_then(|rows| rows.iter().position(|r| r["outcome"]["shown"]["p50"].is_object()))
    };
    let row = shown(&sample()).expect("a shown row with quartiles");
    let statistics = format!("/rows/{row}/outcome/shown");
    for path in [
        "",
        "/provenance",
        "/spending",
        "/kpis/0",
        "/cells/0",
        "/rows/0",
        "/rows/0/outcome",
        &statistics,
        &format!("{statistics}/p50"),
    ] {
        let mut planted = sample();
        planted.pointer_mut(path).expect("exists")["minimum"] = value!(1);
        assert!(!validator.is_valid(&planted), "{path} admits a further field");
    }
}

#[test]
fn missing_and_wrong_values_fail() {
    let validator = validator();
    for (path, wrong) in [
        ("/schema", value!("guildhall/benchmark/v2")),
        ("/spending/epsilon", value!("0.5")),
        ("/spending/epsilon", value!(1.5)),
        ("/kpis/0/direction", value!("up")),
        ("/rows/0/kpi", value!(-1)),
        ("/rows/0/outcome/shown/sum", value!(12.5)),
        ("/rows/0/outcome", value!({ "hidden": { "why": "secret" } })),
        ("/rows/0/outcome", value!({})),
    ] {
        let mut planted = sample();
        *planted.pointer_mut(path).unwrap_or_else(|| panic!("{path}")) = wrong;
        assert!(!validator.is_valid(&planted), "{path}");
    }
    let mut without = sample();
    without["provenance"].as_object_mut().expect("an object").remove("counted");
    assert!(!validator.is_valid(&without));
}
