use super::spec;
use std::path::Path;

const GOOD: &str = r#"
[release]
id = "survey"
title = "Survey"
data_set = "survey"
epsilon = "1"

[budget]
limit = "3"

[unit]
kind = "customer"
column = "customer"

[data.columns]
customer = "text"
day = "date"
town = "text"
score = "integer"
quality = "integer"
honesty = "integer"

[window]
column = "day"
from = "2026-01"
until = "2026-04"
every = "month"

[segments]
column = "town"
values = ["north", "south"]

[[metric]]
name = "nps"
score = "score"
split = "segments-and-periods"

[[metric]]
name = "brand-trust-index"
item.quality = "quality"
item.honesty = "honesty"
weights = { quality = 2, honesty = 1 }
"#;

fn mistakes(text: &str) -> Vec<(String, String)> {
    let failure = spec(Path::new("trust.toml"), text).expect_err("a mistake");
    let problems = failure.problems().iter();
    problems
        .map(|p| (p.code.clone(), format!("{}: {}", p.place.as_ref().map_or(0, |at| at.line.unwrap_or(0)), p.message)))
        .collect()
}

#[test]
fn a_specification_is_read() {
    let spec = spec(Path::new("trust.toml"), GOOD).unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!((spec.metrics.len(), spec.metrics[1].columns.len(), spec.unit.kind.name()), (2, 2, "customer"));
    assert_eq!(spec.metrics[1].columns["item.honesty"], "honesty");
}

#[test]
fn the_template_has_no_mistake() {
    spec(Path::new("trust.toml"), super::TEMPLATE).unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn the_examples_are_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/trust");
    let mut seen = 0;
    for file in std::fs::read_dir(folder).expect("examples").flatten() {
        let text = std::fs::read_to_string(file.path()).expect("readable");
        spec(&file.path(), &text).unwrap_or_else(|failure| panic!("{failure}"));
        seen += 1;
    }
    assert!(seen >= 3);
}

#[test]
fn mistakes_have_their_place() {
    let cases = [
        ("name = \"nps\"", "name = \"npss\"", "T0102", "34: there is no metric called"),
        ("score = \"score\"", "scre = \"score\"", "S0102", "35: metric \"nps\" has no key \"scre\""),
        ("kind = \"customer\"", "kind = \"person\"", "S0105", "12: kind cannot be"),
        ("epsilon = \"1\"", "epsilon = \"nan\"", "S0104", "6: epsilon cannot be"),
        ("epsilon = \"1\"", "epsilon = -1", "S0104", "6: epsilon cannot be"),
        ("epsilon = \"1\"", "epsilon = inf", "S0104", "6: epsilon cannot be"),
        ("values = [\"north\", \"south\"]", "", "S0103", ": [segments] has either"),
        ("score = \"score\"", "score = \"scor\"", "T0101", "35: metric 1 \"nps\""),
        ("item.honesty = \"honesty\"", "item.honesty = \"honest\"", "T0101", "41: metric 2 \"brand-trust-index\""),
        ("quality = 2, honesty = 1", "quality = 0, honesty = 1", "T0101", "42: metric 2"),
        ("weights = { quality = 2, honesty = 1 }", "weights = [2, 1]", "S0104", "42: weights cannot be an array"),
        ("split = \"segments-and-periods\"", "split = \"cohorts\"", "T0101", "36: metric 1 \"nps\": split"),
        ("limit = \"3\"", "limit = \"1/2\"", "T0101", "6: release: epsilon"),
        ("column = \"customer\"", "column = \"customr\"", "T0101", "13: unit: column"),
        ("from = \"2026-01\"", "from = \"soon\"", "T0101", "25: window: from"),
        ("from = \"2026-01\"", "from = \"2026-01-15\"", "T0101", "27: periods"),
        ("id = \"survey\"", "id = \"A survey\"", "T0101", "3: release: id"),
        ("epsilon = \"1\"", "epsilon = \"1\"\nnoise = \"gaussian\"", "T0101", "7: release: noise"),
        ("epsilon = \"1\"", "epsilon = \"1\"\nnoise = \"normal\"", "S0105", "7: noise cannot be"),
    ];
    for (good, bad, code, message) in cases {
        let found = mistakes(&GOOD.replacen(good, bad, 1));
        assert!(found.iter().any(|(c, m)| c == code && m.contains(message)), "{bad}: {found:?}");
    }
}
