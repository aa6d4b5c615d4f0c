//! Member data: strict loading of CSV and XLSX files, and the KPIs computed from them.
//!
//! A study describes its table ([`TableSpec`]); [`load()`] reads files into an [`Engine`] and either every row is typed
//! as described, or it is skipped by a rule the study names and counted, or the load stops with [`Problems`] that say
//! file, row, column and remedy. A malformed row never becomes a silently wrong figure. [`extract()`] then computes each
//! member's figures with portable SQL ([`check_sql`]) as checked whole numbers.
//!
//! The rules come from the pollution classes of the Pollock benchmark (Vitagliano et al., PVLDB 16(8), 2023), on which
//! the `csv` crate alone misreads one file in ten without an error; see [`gate`](self) in the source for the grammar.
//!
//! # Privacy
//! Everything here runs where the rows are. Figures leave only inside [`MemberFigures`], which shows them to nobody
//! who does not ask for them by name.
//!
//! Not here: Parquet and other engines, guesses about dirty files, networks.

mod codes;
mod date;
mod decode;
mod delimited;
mod engine;
mod extract;
mod figures;
mod filter;
mod gate;
mod import;
mod load;
mod number;
mod period;
mod problem;
mod roster;
mod sink;
mod spec;
mod sql;
mod text;
mod value;
mod workbook;

pub use codes::{CODES, CodeEntry, explain};
pub use decode::decode;
pub use engine::{Answer, Engine, Query, SqliteEngine, Storage};
pub use extract::{Attribute, Extracted, Extraction, KpiQuery, Outside, Take, check_extraction, extract};
pub use figures::MemberFigures;
pub use import::{FileImport, Import, Skipped};
pub use load::{Input, load};
pub use period::{Every, PeriodSpec};
pub use problem::{Error, Group, Problem, Problems};
pub use spec::{ColumnSpec, DateForm, Empty, Encoding, Excess, Format, Kind, Limits, SkipRule, SkipTest, TableSpec};
pub use sql::{Checked, SqlMistake, check_condition, check_sql};
pub use value::Value;
