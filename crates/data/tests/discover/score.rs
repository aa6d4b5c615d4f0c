//! Precision and recall of the scanner against marked texts.

use guildhall_data::discover::{Finding, Hints, Kind, find};
use std::collections::BTreeMap;

/// A text and what it holds, as byte ranges.
pub(crate) struct Marked {
    pub(crate) text: String,
    pub(crate) spans: Vec<(Kind, usize, usize)>,
}

/// How often the scanner is right about one kind.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Score {
    pub(crate) gold: usize,
    pub(crate) found: usize,
    pub(crate) right: usize,
    pub(crate) recalled: usize,
}

impl Score {
    pub(crate) fn precision(self) -> f64 {
        ratio(self.right, self.found)
    }

    pub(crate) fn recall(self) -> f64 {
        ratio(self.recalled, self.gold)
    }
}

fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

/// Scores by overlap: a finding is right if it overlaps a mark of its kind, a mark is recalled if a finding overlaps it.
pub(crate) fn score(texts: &[Marked]) -> BTreeMap<Kind, Score> {
    let mut scores: BTreeMap<Kind, Score> = BTreeMap::new();
    for marked in texts {
        let found = find(&marked.text, Hints::default());
        let verbose = std::env::var_os("DISCOVER_VERBOSE").is_some();
        for (kind, start, end) in &marked.spans {
            let score = scores.entry(*kind).or_default();
            score.gold += 1;
            let hit = found.iter().any(|f| f.kind == *kind && overlaps(f, *start, *end));
            score.recalled += usize::from(hit);
            if !hit && verbose {
                println!("missed {kind:?}: {:?} in {:?}", &marked.text[*start..*end], marked.text);
            }
        }
        for finding in &found {
            let score = scores.entry(finding.kind).or_default();
            score.found += 1;
            let hit = marked.spans.iter().any(|(kind, s, e)| *kind == finding.kind && overlaps(finding, *s, *e));
            score.right += usize::from(hit);
            if !hit && verbose {
                println!(
                    "wrong {:?}: {:?} in {:?}",
                    finding.kind,
                    &marked.text[finding.start..finding.end],
                    marked.text
                );
            }
        }
    }
    scores
}

fn overlaps(finding: &Finding, start: usize, end: usize) -> bool {
    finding.start < end && start < finding.end
}

/// The least precision and recall that is asked of each kind.
pub(crate) const TARGETS: [(Kind, f64, f64); 7] = [
    (Kind::Email, 0.99, 0.99),
    (Kind::Card, 0.98, 0.99),
    (Kind::Iban, 1.0, 1.0),
    (Kind::Phone, 0.80, 0.85),
    (Kind::Ip, 0.95, 0.99),
    (Kind::Url, 0.98, 0.98),
    (Kind::Ssn, 0.95, 0.99),
];

/// Prints a table of scores and fails where one misses its target.
pub(crate) fn judge(name: &str, scores: &BTreeMap<Kind, Score>) {
    println!("{name}\n{:<14} {:>6} {:>6} {:>9} {:>7}", "kind", "marked", "found", "precision", "recall");
    let mut short = Vec::new();
    for (kind, precision, recall) in TARGETS {
        let score = scores.get(&kind).copied().unwrap_or_default();
        println!(
            "{:<14} {:>6} {:>6} {:>9.3} {:>7.3}",
            kind.key(),
            score.gold,
            score.found,
            score.precision(),
            score.recall()
        );
        if score.precision() < precision || score.recall() < recall {
            short.push(format!(
                "{}: {:.3}/{:.3}, asked {precision}/{recall}",
                kind.key(),
                score.precision(),
                score.recall()
            ));
        }
        assert!(score.gold > 0, "{name} marks no {}", kind.key());
    }
    assert!(short.is_empty(), "{name}: {short:?}");
}
