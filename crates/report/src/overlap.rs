//! Counts of shared customers as people and programs read them: one HTML page, text for a terminal, JSON.
//!
//! The chart follows UpSet plots (Lex et al., 2014): one line for each combination of members, dots for who is in it, a
//! bar for how many. Beside it stands a table with the same figures.
//!
//! Every output is a pure function of the [`Overlap`]. Not here: counting (`guildhall-pseudonym`), noise
//! (`guildhall-dp`), the ledger, writing files.

mod chart;
mod page;
mod text;

pub use page::overlap_html;
pub use text::overlap_text;

use crate::number::Signs;
use crate::sanitise::{mend, mended};
use guildhall_kpi::Rational;
use serde::Serialize;

/// The JSON Schema (draft 2020-12) every output of [`overlap_json`] follows.
pub const OVERLAP_SCHEMA: &str = include_str!("../schemas/overlap-v1.schema.json");

/// Published counts of customers that members share.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Overlap {
    /// Short name of the run.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// What the counts are for.
    pub purpose: String,
    /// Whose budget was charged.
    pub data_set: String,
    /// The hash of the run's terms.
    pub run: String,
    /// The members with the commitments to their sets.
    pub members: Vec<OverlapMember>,
    /// The figures: sizes, pairs, triples, reach.
    pub figures: Vec<OverlapFigure>,
    /// Figures below are not shown.
    pub show_from: u64,
    /// Smaller sets are refused.
    pub least_size: u32,
    /// How customers are protected, and at what cost.
    pub protection: OverlapProtection,
}

/// A member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OverlapMember {
    /// Its name.
    pub name: String,
    /// The commitment to its set, in hexadecimal, logged before the run.
    pub commitment: String,
}

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OverlapKind {
    /// Customers of one member.
    Size,
    /// Customers that two members share.
    Pair,
    /// Customers that three members share.
    Triple,
    /// Customers that any of the members has.
    Reach,
}

/// One figure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OverlapFigure {
    /// What it counts.
    pub kind: OverlapKind,
    /// Places of the members it is about, counted from 0.
    pub members: Vec<usize>,
    /// The figure; `None` where it is too small to be shown.
    pub shown: Option<OverlapCount>,
}

/// A noisy count and its 95 % range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct OverlapCount {
    /// The noisy count, not below zero.
    pub value: u64,
    /// Lower end of the range.
    pub low: u64,
    /// Upper end of the range.
    pub high: u64,
}

/// How customers are protected, and at what cost.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OverlapProtection {
    /// What is hidden, in words.
    pub hides: String,
    /// Epsilon of this run.
    pub epsilon: Rational,
    /// The noise, in words.
    pub noise: String,
    /// How much one customer changes, line by line.
    pub sensitivity: Vec<String>,
    /// Spent on the data set, this run included.
    pub spent: Rational,
    /// Most that may ever be spent.
    pub limit: Rational,
    /// Index of the charge in the ledger.
    pub ledger_index: u64,
    /// Hash of the charge in the ledger.
    pub ledger_entry: String,
    /// What each party learned before noise was added.
    pub learned: Vec<String>,
    /// What is not protected.
    pub not_protected: Vec<String>,
}

impl Overlap {
    /// The same, every text in it safe to show.
    fn sanitised(&self) -> Self {
        let mut overlap = self.clone();
        [&mut overlap.id, &mut overlap.title, &mut overlap.purpose, &mut overlap.data_set, &mut overlap.run]
            .into_iter()
            .for_each(mend);
        overlap.members.iter_mut().for_each(|member| {
            *member = OverlapMember { name: mended(&member.name), commitment: mended(&member.commitment) }
        });
        let protection = &mut overlap.protection;
        let texts = [&mut protection.sensitivity, &mut protection.learned, &mut protection.not_protected];
        texts.into_iter().flatten().for_each(mend);
        [&mut protection.hides, &mut protection.noise, &mut protection.ledger_entry].into_iter().for_each(mend);
        overlap
    }

    /// The names of a figure's members: `north and south`.
    fn names(&self, figure: &OverlapFigure) -> String {
        let names: Vec<&str> =
            figure.members.iter().filter_map(|place| self.members.get(*place)).map(|m| m.name.as_str()).collect();
        match (figure.kind, names.as_slice()) {
            (OverlapKind::Reach, _) => "any member".to_owned(),
            (_, [first @ .., last]) if !first.is_empty() => format!("{} and {last}", first.join(", ")),
            _ => names.join(", "),
        }
    }

    /// The figure in words: `about 1,210 (1,180 to 1,240)`.
    fn words(&self, figure: &OverlapFigure, signs: Signs) -> String {
        match figure.shown {
            Some(OverlapCount { value, low, high }) => {
                format!("about {} ({} to {})", signs.count(value), signs.count(low), signs.count(high))
            }
            None => self.hidden(),
        }
    }

    /// Why a figure is not shown.
    fn hidden(&self) -> String {
        format!("too few customers (fewer than {})", self.show_from)
    }
}

/// Writes the counts as indented JSON with a final newline; the same counts give the same bytes.
pub fn overlap_json(overlap: &Overlap) -> String {
    #[derive(Serialize)]
    struct Marked<'a> {
        schema: &'static str,
        #[serde(flatten)]
        overlap: &'a Overlap,
    }
    let marked = Marked { schema: "guildhall/overlap/v1", overlap };
    let text = serde_json::to_string_pretty(&marked).expect("counts have text keys only and no failing part");
    text + "\n"
}
