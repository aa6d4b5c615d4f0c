//! The k-anonymity family: models, risks, an optimal search and local recoding.
//!
//! A [`Table`] is grouped into [`Classes`] of rows that share all quasi-identifiers. Their sizes give the [`Risk`] of
//! being singled out, their sensitive values the figures of l-diversity, t-closeness and their kin. A [`Task`] adds a
//! [`Hierarchy`] for each quasi-identifier and the rules to keep; [`optimum`] finds the best combination of levels,
//! [`mondrian`] a local recoding; [`Release`] holds the rows to write, and [`Demand::verify`] reads them back and checks
//! every rule again by other code.
//!
//! ```
//! use guildhall_anonymise::{Classes, Hierarchy, Loss, Release, Task, Table, Width, optimum};
//!
//! let rows = [["31", "flu"], ["33", "cold"], ["47", "flu"], ["48", "flu"], ["46", "cold"]];
//! let table = Table::of(&["age", "illness"], rows)?;
//! let ages = Hierarchy::from_widths(table.column("age")?, &[Width::new(10, 1).expect("above zero")])?;
//! let task = Task::new(&table, &[("age", &ages)], 2, 0)?;
//! let best = optimum(&task, Loss::NonUniformEntropy)?;
//! let release = Release::at_levels(&table, &task, &best.levels, &["age", "illness"])?;
//! assert_eq!(release.table().column("age")?.values(), ["30 to 39", "40 to 49"]);
//! assert_eq!(Classes::of(release.table(), &["age"])?.k(), 2);
//! # Ok::<(), guildhall_anonymise::Error>(())
//! ```
//!
//! # Privacy
//! None of these models is differential privacy. k-anonymity says nothing about what the rows of a class have in
//! common: where all of them share a sensitive value, everybody in it is exposed. Whoever knows more than the columns
//! named as quasi-identifiers, or holds a second release of the same people, may find out more.
//!
//! Not here: files and their formats, reports, noise.

mod classes;
mod error;
mod figures;
mod group;
mod hierarchy;
mod loss;
mod release;
mod risk;
mod rule;
mod search;
mod spread;
mod table;
mod task;
mod verify;

pub use classes::{Classes, SensitiveFigures};
pub use error::{Error, HierarchyFlaw};
pub use figures::{Compared, Tally, compare};
pub use hierarchy::{DateLevel, DateOrder, Hierarchy, Width};
pub use loss::Loss;
pub use release::{Release, Utility};
pub use risk::{PopulationRisk, Risk};
pub use rule::Rule;
pub use search::{MOST_NODES, NodeReport, Part, Solution, explore, mondrian, optimum};
pub use table::{Column, MOST_ROWS, Table, TableBuilder};
pub use task::{PopulationRule, Task};
pub use verify::{Demand, Verified, verify_population};
