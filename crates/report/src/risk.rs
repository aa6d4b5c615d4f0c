//! How easily people in a table are singled out, as people and programs read it: one HTML file, terminal text, JSON.
//!
//! The pictures are those of the ARX tool: risk by record, sizes of classes, and utility against risk over all
//! combinations of levels. Every output is a pure function of the [`RiskReport`].
//!
//! Not here: computing risks (`guildhall-anonymise`), writing files.

mod chart;
mod page;
mod sensitive;
mod text;

use serde::Serialize;

pub use text::risk_text;

/// The JSON Schema (draft 2020-12) every output of [`risk_json()`] follows.
pub const RISK_SCHEMA: &str = include_str!("../schemas/risk-v1.schema.json");

/// What every risk report says, in plain words.
pub const NOT_PRIVATE: &str = "k-anonymity is not differential privacy: it hides which row is a person's, not what is true of that person. \
     Where all rows of a class share a sensitive value, everybody in it is exposed, however large k is.";

/// How easily people in a table are singled out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RiskReport {
    /// The file.
    pub file: String,
    /// What others may know of a person.
    pub quasi: Vec<String>,
    /// Rows.
    pub rows: u64,
    /// Classes: groups of rows that share all quasi-identifiers.
    pub classes: u64,
    /// Rows of the smallest class.
    pub k: u64,
    /// Rows of the largest class.
    pub largest_class: u64,
    /// Rows per class, on average.
    pub average_class: f64,
    /// Rows that are alone in their class.
    pub unique_rows: u64,
    /// The same as a share.
    pub unique_share: f64,
    /// The prosecutor's chance against the person easiest to find.
    pub highest_risk: f64,
    /// The average of everybody's risk; the share of persons a marketer finds.
    pub average_risk: f64,
    /// Shares of rows above thresholds of risk.
    pub above: Vec<Above>,
    /// Classes by size, small ones first.
    pub class_sizes: Vec<ClassSize>,
    /// Against a known population, if there is one.
    pub population: Option<PopulationReport>,
    /// One entry for each sensitive column.
    pub sensitive: Vec<SensitiveReport>,
    /// Combinations of levels, for drawing utility against risk.
    pub lattice: Vec<NodePoint>,
}

/// The share of rows whose risk exceeds a threshold.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Above {
    /// The threshold.
    pub risk: f64,
    /// The share of rows.
    pub share: f64,
}

/// How many classes have one size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ClassSize {
    /// Rows of the class.
    pub size: u64,
    /// How many classes have it.
    pub classes: u64,
}

/// Risks against a population from which the table is a sample.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PopulationReport {
    /// The fewest people behind a row.
    pub smallest: u64,
    /// The journalist's chance against the person easiest to find.
    pub highest_risk: f64,
    /// The share of rows a marketer links correctly.
    pub average_risk: f64,
    /// The lowest chance that somebody of the population is in the table.
    pub presence_low: f64,
    /// The highest.
    pub presence_high: f64,
}

/// What every class keeps of a sensitive column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SensitiveReport {
    /// The column.
    pub column: String,
    /// The fewest different values in a class.
    pub distinct_l: u64,
    /// Entropy l-diversity, a real number.
    pub entropy_l: f64,
    /// For each l, recursive (c, l)-diversity holds for every c above this.
    pub recursive: Vec<RecursiveL>,
    /// t-closeness with equal distances.
    pub equal_t: f64,
    /// t-closeness with ordered numbers.
    pub ordered_t: Option<f64>,
    /// t-closeness in a hierarchy.
    pub hierarchical_t: Option<f64>,
    /// The largest share of one value in a class.
    pub alpha: f64,
    /// Basic beta-likeness.
    pub basic_beta: f64,
    /// Enhanced beta-likeness.
    pub enhanced_beta: f64,
    /// delta-disclosure.
    pub delta: f64,
    /// Rows in classes where everybody has the same value.
    pub exposed_rows: u64,
}

/// One pair of recursive (c, l)-diversity.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RecursiveL {
    /// l.
    pub l: u32,
    /// c must exceed this.
    pub c: f64,
}

/// One combination of levels.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NodePoint {
    /// The level of each quasi-identifier.
    pub levels: Vec<usize>,
    /// What is lost, from 0 (nothing) to 1 (everything).
    pub loss: f64,
    /// One over the smallest class.
    pub highest_risk: f64,
    /// Classes over rows.
    pub average_risk: f64,
    /// Whether the rules of the policy are kept.
    pub keeps: bool,
}

/// Renders a risk report as one HTML file without script or reference to anything outside.
///
/// The same report gives the same bytes.
pub fn risk_html(report: &RiskReport) -> String {
    page::render(report)
}

/// Writes a risk report as indented JSON with a final newline: `guildhall/risk/v1`.
pub fn risk_json(report: &RiskReport) -> String {
    #[derive(Serialize)]
    struct Whole<'a> {
        schema: &'static str,
        warning: &'static str,
        #[serde(flatten)]
        report: &'a RiskReport,
    }
    let whole = Whole { schema: "guildhall/risk/v1", warning: NOT_PRIVATE, report };
    let mut text = serde_json::to_string_pretty(&whole).expect("a report has text keys only and no failing part");
    text.push('\n');
    text
}

/// A band of risks: classes of these sizes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Band {
    /// What it says.
    pub(crate) label: String,
    /// Classes.
    pub(crate) classes: u64,
    /// Rows.
    pub(crate) rows: u64,
    /// Rows as a share.
    pub(crate) share: f64,
}

/// Sizes at which bands begin.
const EDGES: [u64; 10] = [1, 2, 3, 5, 10, 20, 50, 100, 1_000, u64::MAX];

impl RiskReport {
    /// The bands, high risks first.
    pub(crate) fn bands(&self) -> Vec<Band> {
        let band = |pair: &[u64]| {
            let within = || self.class_sizes.iter().filter(|class| (pair[0]..pair[1]).contains(&class.size));
            let label = match (pair[0], pair[1]) {
                (1, _) => "certain: alone".to_owned(),
                (low, u64::MAX) => format!("1 in {low} or less"),
                (low, end) if low + 1 == end => format!("1 in {low}"),
                (low, end) => format!("1 in {low} to {}", end - 1),
            };
            let rows: u64 = within().map(|class| class.size * class.classes).sum();
            let share = rows as f64 / self.rows.max(1) as f64;
            Band { label, classes: within().map(|class| class.classes).sum(), rows, share }
        };
        EDGES.windows(2).map(band).collect()
    }
}
