//! Finds personal data in text and in tables, and says how likely it is and why.
//!
//! [`find`] looks through running text. [`scan`] looks through files, folders and databases: cells go by once, in
//! bounded memory, and leave counts, a sample of distinct values and a sample of rows; the verdict on each column comes
//! from its header, its values and its statistics together. What comes out names places and kinds and never a value.
//!
//! Assumption: words and forms of six languages (en, de, fr, es, it, nl) and of the countries listed in `check/`.
//! Not here: names and places in running text, pictures, sound; deciding what to do about it (`guildhall scan --policy`
//! proposes, people decide).
//!
//! # Privacy
//! Values are held in memory while a file is read, and nothing that leaves this module holds one: see `mask.rs`.

mod check;
mod dictionary;
mod kind;
mod likelihood;
mod mask;
mod profile;
mod scan;
mod scanner;
mod single_out;
mod source;
mod table;
mod verdict;

pub use check::date::DateOrder;
pub use kind::{Kind, Role, Sensitivity};
pub use likelihood::Likelihood;
pub use scan::{Scan, ScanOptions, ScannedFile, SkippedFile, list, scan, shown_path};
pub use scanner::{Finding, Hints, find};
pub use single_out::{AloneSinglesOut, SinglingOut, Step};
pub use table::{Headers, Passage, Table};
pub use verdict::{Column, Holding};
