//! Counts of shared customers: the page is whole, still and escaped, the JSON follows the shipped schema.

use guildhall_kpi::Rational;
use guildhall_report::{
    OVERLAP_SCHEMA, Overlap, OverlapCount, OverlapFigure, OverlapKind, OverlapMember, OverlapProtection, overlap_html,
    overlap_json, overlap_text,
};
use serde_json::{Value, json};

fn sample() -> Overlap {
    let member = |name: &str| OverlapMember { name: name.to_owned(), commitment: "ab".repeat(32) };
    let figure = |kind, members: &[usize], value: Option<u64>| OverlapFigure {
        kind,
        members: members.to_vec(),
        shown: value.map(|value| OverlapCount { value, low: value - 7, high: value + 7 }),
    };
    let texts = |text: &str| vec![text.to_owned(), "a second line".to_owned()];
    Overlap {
        id: "spring".to_owned(),
        title: "Three shops".to_owned(),
        purpose: "a joint delivery round".to_owned(),
        data_set: "shops".to_owned(),
        run: "cd".repeat(32),
        members: ["north", "south", "east"].map(member).into(),
        figures: vec![
            figure(OverlapKind::Size, &[0], Some(1_000)),
            figure(OverlapKind::Pair, &[0, 1], Some(321)),
            figure(OverlapKind::Pair, &[0, 2], None),
            figure(OverlapKind::Triple, &[0, 1, 2], Some(12)),
            figure(OverlapKind::Reach, &[0, 1, 2], Some(2_468)),
        ],
        show_from: 10,
        least_size: 100,
        protection: OverlapProtection {
            hides: "whatever one customer does".to_owned(),
            epsilon: "1/2".parse().expect("a rational"),
            noise: "discrete Laplace".to_owned(),
            sensitivity: texts("two regions"),
            spent: Rational::new(1, 2).expect("a rational"),
            limit: Rational::new(3, 1).expect("a rational"),
            ledger_index: 4,
            ledger_entry: "ef".repeat(32),
            learned: texts("sizes"),
            not_protected: texts("who is a member"),
        },
    }
}

fn valid(value: &Value) -> bool {
    let schema: Value = serde_json::from_str(OVERLAP_SCHEMA).expect("the schema is JSON");
    jsonschema::meta::validate(&schema).expect("the schema is a JSON Schema");
    jsonschema::validator_for(&schema).expect("the schema compiles").is_valid(value)
}

#[test]
fn the_json_follows_the_schema_and_the_schema_admits_nothing_else() {
    let sound: Value = serde_json::from_str(&overlap_json(&sample())).expect("JSON");
    assert!(valid(&sound), "{sound:#}");
    assert_eq!(sound["figures"][2]["shown"], Value::Null);
    type Change = fn(&mut Value);
    let changes: [Change; 6] = [
        |value| value["exact"] = json!(3),
        |value| value["figures"][0]["shown"]["exact"] = json!(3),
        |value| value["figures"][0]["shown"]["value"] = json!(-3),
        |value| value["protection"]["epsilon"] = json!(0.5),
        |value| value["members"] = json!([]),
        |value| value["least_size"] = json!(1),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut bad = sound.clone();
        change(&mut bad);
        assert!(!valid(&bad), "change {number}");
    }
}

#[test]
fn the_page_is_still_and_has_a_table_beside_the_chart() {
    let page = overlap_html(&sample());
    assert!(page == overlap_html(&sample()));
    for forbidden in ["<script", "javascript:", "http:", "https:", "url(", "<link", "src=", " onload"] {
        assert!(!page.to_lowercase().contains(forbidden), "{forbidden}");
    }
    for needed in
        ["default-src 'none'", "<title id=\"o-t\"", "<desc id=\"o-d\"", "<table>", "role=\"img\"", "<caption>"]
    {
        assert!(page.contains(needed), "{needed}");
    }
    for needed in ["north, south and east", "2,468", "too few customers (fewer than 10)", "not</em> protected"] {
        assert!(page.contains(needed) || page.replace('\u{202f}', ",").contains(needed), "{needed}");
    }
    assert_eq!(page.matches("<circle").count(), 5 * 3);
    assert_eq!(page.matches("class=\"these\"").count(), 4, "a hidden figure has no bar");
}

#[test]
fn texts_of_others_are_escaped_and_control_characters_replaced() {
    let mut bad = sample();
    bad.members[0].name = "<b>\u{1b}[2J\u{202e}x".to_owned();
    bad.title = "</title><script>alert(1)</script>".to_owned();
    let (page, text) = (overlap_html(&bad), overlap_text(&bad, 100));
    assert!(!page.contains("<b>\u{1b}") && !page.contains("<script"));
    assert!(!text.contains(['\u{1b}', '\u{202e}']) && !page.contains(['\u{1b}', '\u{202e}']));
}

#[test]
fn the_text_names_members_ranges_and_what_is_hidden() {
    let text = overlap_text(&sample(), 100);
    for needed in ["north, south and east", "any member", "too few customers (fewer than 10)", "epsilon 1/2 of 3 spent"]
    {
        assert!(text.contains(needed), "{needed}: {text}");
    }
}
