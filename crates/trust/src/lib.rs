//! Customer-trust metrics: named, computed in the clear for one's own eyes, or released with differential privacy.
//!
//! A [`Spec`] maps the columns of a table to the meanings that the metrics of [`metric::ALL`] need. Every customer's
//! rows become one bounded answer per metric and group first; only then is anything counted. Two estimators serve
//! nearly all metrics (docs/metrics.md): counts of disjoint answers, and complementary sums of bounded whole numbers.
//!
//! ```
//! let names: Vec<&str> = guildhall_trust::metric::ALL.iter().map(|metric| metric.name).collect();
//! assert!(names.contains(&"nps") && names.contains(&"repeat-purchase-rate"));
//! let nps = guildhall_trust::metric::find("nps").expect("named");
//! assert_eq!(nps.needs[0][0].name, "score");
//! ```
//!
//! Not here: reading files and SQL (`data`), noise and accounting (`dp`), the budget's ledger and the file format of a
//! spec (the program), drawing a release (`report`).

mod check;
mod compile;
mod error;
mod measure;
pub mod metric;
mod mistake;
pub mod models;
mod pass;
mod plan;
mod question;
mod sentiment;
mod spec;
mod spelling;
mod table;

pub use error::Error;
pub use measure::{Clear, ClearRow, Clipped, Model, measure};
pub use mistake::Mistake;
pub use plan::{Outlook, Plan, PlannedQuery, Predicted, plan};
pub use spec::{
    Choice, Cohorts, Fixed, Keys, MetricSpec, NoiseChoice, Parameter, Segments, Spec, Split, UnitKind, UnitSpec, Window,
};
pub use spelling::{spelled_alike, spelling_note};
