//! The risk report: JSON of its schema, a page without script and with a table beside every picture, plain text.

use guildhall_report::{
    Above, ClassSize, NodePoint, RISK_SCHEMA, RecursiveL, RiskReport, SensitiveReport, risk_html, risk_json, risk_text,
};

fn report() -> RiskReport {
    let node = |level: usize, keeps| NodePoint {
        levels: vec![level, 0],
        loss: level as f64 / 3.0,
        highest_risk: 1.0 / (level + 1) as f64,
        average_risk: 0.5 / (level + 1) as f64,
        keeps,
    };
    RiskReport {
        file: "people <script>\u{202e}.csv".to_owned(),
        quasi: vec!["age".to_owned(), "zip".to_owned()],
        rows: 16,
        classes: 5,
        k: 1,
        largest_class: 10,
        average_class: 3.2,
        unique_rows: 3,
        unique_share: 3.0 / 16.0,
        highest_risk: 1.0,
        average_risk: 5.0 / 16.0,
        above: vec![Above { risk: 0.2, share: 6.0 / 16.0 }],
        class_sizes: vec![
            ClassSize { size: 1, classes: 3 },
            ClassSize { size: 3, classes: 1 },
            ClassSize { size: 10, classes: 1 },
        ],
        population: None,
        sensitive: vec![SensitiveReport {
            column: "illness".to_owned(),
            distinct_l: 1,
            entropy_l: 1.0,
            recursive: vec![RecursiveL { l: 2, c: 1.5 }],
            equal_t: 0.5,
            ordered_t: None,
            hierarchical_t: Some(0.25),
            alpha: 1.0,
            basic_beta: 1.5,
            enhanced_beta: 1.0,
            delta: 0.9,
            exposed_rows: 10,
        }],
        lattice: vec![node(0, false), node(1, false), node(2, true), node(3, true)],
    }
}

#[test]
fn the_json_fits_its_closed_schema() {
    let schema: serde_json::Value = serde_json::from_str(RISK_SCHEMA).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let mut value: serde_json::Value = serde_json::from_str(&risk_json(&report())).expect("JSON");
    let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    value["surprise"] = 1.into();
    assert!(!validator.is_valid(&value));
}

#[test]
fn the_page_has_no_script_and_a_text_for_every_picture() {
    let page = risk_html(&report());
    for bad in ["<script", "http://", "https://", "src=", "url(", "\u{202e}", "onload"] {
        assert!(!page.contains(bad), "{bad}");
    }
    assert_eq!(page, risk_html(&report()), "the same report gives the same bytes");
    let pictures = page.matches("role=\"img\"").count();
    assert_eq!((pictures, page.matches("<title id=").count(), page.matches("<desc id=").count()), (3, 3, 3));
    assert_eq!(page.matches("<circle class=\"keeps\" cx").count(), 2);
    assert!(page.contains("is not differential privacy"));
    assert!(page.contains("<strong>l = 1:</strong> 10 rows"));
    let mut bare = report();
    bare.lattice.clear();
    assert_eq!(risk_html(&bare).matches("role=\"img\"").count(), 2, "no picture of nothing");
}

#[test]
fn the_text_says_what_the_page_says() {
    let text = risk_text(&report(), 80);
    for part in ["k-anonymity is not differential privacy", "certain: alone", "18.75 %", "l = 1", "people <script>"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains('\u{202e}'));
}
