//! Member data: strict loading of CSV and XLSX files, and the KPIs computed from them.
//!
//! A study describes its table ([`TableSpec`]); [`load()`] reads files into an [`Engine`] and either every row is typed
//! as described, or it is skipped by a rule the study names and counted, or the load stops with [`Problems`] that say
//! file, row, column and remedy. A malformed row never becomes a silently wrong figure. [`extract()`] then computes each
//! member's figures with portable SQL ([`check_sql`]) as checked whole numbers.
//!
//! The rules come from the pollution classes of the Pollock benchmark (Vitagliano et al., PVLDB 16(8), 2023), on which
//! the `csv` crate alone misreads one file in ten without an error; `gate.rs` enforces the grammar in front of it.
//!
//! ```
//! use guildhall_data::{Extraction, Input, Limits, SqliteEngine, Storage, TableSpec, extract, load};
//!
//! let spec: TableSpec = toml::from_str(
//!     r#"columns = [{ name = "shop", kind = "text" }, { name = "sales", kind = { decimal = { decimals = 2 } } }]"#,
//! )?;
//! let wanted: Extraction = toml::from_str(
//!     r#"member = "shop"
//!        kpis = [{ id = "sales", sql = "sum(sales)", low = 0, high = 1000000 }]"#,
//! )?;
//! let file = Input::Bytes { name: "till.csv".into(), bytes: b"shop;sales\nNo 1;12.50\nNo 1;7.25\n".to_vec() };
//! let mut engine = SqliteEngine::new(Storage::Memory)?;
//! let import = load(&spec, &[file], &Limits::default(), &mut engine)?;
//! let extracted = extract(&engine, &spec, &wanted)?;
//! assert_eq!((import.rows_kept, extracted.members[0].expose_figures()), (2, [Some(1_975)].as_slice()));
//!
//! let torn = Input::Bytes { name: "till.csv".into(), bytes: b"shop;sales\nNo 1;12,50\n".to_vec() };
//! let mut engine = SqliteEngine::new(Storage::Memory)?;
//! let error = load(&spec, &[torn], &Limits::default(), &mut engine).map(|_| ()).unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     "[D032] till.csv, row 2, column \"sales\": \"12,50\" is not a number. \
//!      Try: set `decimal_comma` and `thousands` as the file has them",
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Privacy
//! Everything here runs where the rows are. Figures leave only inside [`MemberFigures`], which shows them to nobody
//! who does not ask for them by name.
//!
//! # Features
//! `datafusion` (off by default, since it takes minutes to build) adds `DataFusionEngine` for tens of millions of rows,
//! and Parquet files for every engine.
//!
//! Not here: guesses about dirty files, networks.

mod choose;
mod codes;
#[cfg(feature = "datafusion")]
mod columnar;
mod date;
mod decode;
mod delimited;
pub mod discover;
mod engine;
mod extract;
mod figures;
mod filter;
#[cfg(feature = "datafusion")]
mod fusion;
mod gate;
mod grouped;
mod import;
mod load;
mod number;
mod period;
mod problem;
mod roster;
mod sink;
mod spec;
mod sql;
mod tally;
mod text;
mod totals;
mod units;
mod value;
mod workbook;

pub use choose::engine_for;
pub use codes::{CODES, CodeEntry, explain};
#[cfg(feature = "datafusion")]
pub use columnar::{CheckedFile, SkipCounts};
pub use decode::decode;
pub use engine::{Answer, Engine, Query, SqliteEngine, Storage};
pub use extract::{
    Attribute, CustomerBounds, Extracted, Extraction, KpiQuery, Outside, Take, check_extraction, extract,
    extract_bounded,
};
pub use figures::MemberFigures;
#[cfg(feature = "datafusion")]
pub use fusion::DataFusionEngine;
pub use import::{FileImport, Import, Skipped};
pub use load::{Input, load};
pub use period::{Every, PeriodSpec};
pub use problem::{Error, Group, Problem, Problems};
pub use spec::{ColumnSpec, DateForm, Empty, Encoding, Excess, Format, Kind, Limits, SkipRule, SkipTest, TableSpec};
pub use sql::{Checked, RowKind, SqlMistake, check_condition, check_row, check_sql};
pub use tally::{Grain, Tally, TallyQuery, tallies};
pub use units::{
    UnitAnswer, UnitField, UnitQuery, UnitRow, UnitTake, UnitWindow, count_rows, day_number, first_day, month_number,
    period_labels, units,
};
pub use value::Value;
