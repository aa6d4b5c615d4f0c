//! The marked texts of presidio-research, where they are at hand.

use crate::score::{Marked, judge, score};
use guildhall_data::discover::Kind;
use serde::Deserialize;
use std::path::Path;

#[derive(Deserialize)]
struct Text {
    full_text: String,
    spans: Vec<Span>,
}

#[derive(Deserialize)]
struct Span {
    entity_type: String,
    start_position: usize,
    end_position: usize,
}

fn kind(entity: &str) -> Option<Kind> {
    match entity {
        "EMAIL_ADDRESS" => Some(Kind::Email),
        "CREDIT_CARD" => Some(Kind::Card),
        "IBAN_CODE" => Some(Kind::Iban),
        "PHONE_NUMBER" => Some(Kind::Phone),
        "IP_ADDRESS" => Some(Kind::Ip),
        "DOMAIN_NAME" => Some(Kind::Url),
        "US_SSN" => Some(Kind::Ssn),
        _ => None,
    }
}

fn marked(text: Text) -> Marked {
    let offsets: Vec<usize> = text.full_text.char_indices().map(|(at, _)| at).chain([text.full_text.len()]).collect();
    let span = |span: Span| Some((kind(&span.entity_type)?, offsets[span.start_position], offsets[span.end_position]));
    Marked { spans: text.spans.into_iter().filter_map(span).collect(), text: text.full_text }
}

#[test]
fn presidio_research_meets_every_target() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/pii/synth_dataset_v2.json");
    let Ok(json) = std::fs::read_to_string(&path) else {
        println!("skipped: {} is not there", path.display());
        return;
    };
    let texts: Vec<Text> = serde_json::from_str(&json).expect("an array of marked texts");
    let texts: Vec<Marked> = texts.into_iter().map(marked).collect();
    assert_eq!(texts.len(), 1500);
    judge("presidio-research synth_dataset_v2", &score(&texts));
}
