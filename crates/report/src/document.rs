//! What a report is made of.

use guildhall_kpi::{Benchmark, Place};

/// Everything one report shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// The published benchmark.
    pub benchmark: Benchmark,
    /// What happened while the data were read, where the data were read on this machine.
    pub import: Option<ImportNotes>,
    /// The reader's own figures, in the reader's own copy only.
    pub own: Option<Own>,
}

impl Document {
    /// A report of the published benchmark alone.
    pub const fn new(benchmark: Benchmark) -> Self {
        Self { benchmark, import: None, own: None }
    }
}

/// What was read, skipped and limited on import, so that nothing is left out silently.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportNotes {
    /// Names of the files read.
    pub files: Vec<String>,
    /// Rows found; none where their number is not for publication.
    pub rows_read: Option<u64>,
    /// Rows that entered a figure; none where their number is not for publication.
    pub rows_kept: Option<u64>,
    /// Rows left out, by reason.
    pub skipped: Vec<(String, u64)>,
    /// Figures limited to the range the study allows.
    pub clipped: u64,
    /// Further remarks.
    pub notes: Vec<String>,
}

/// A member's own figures.
///
/// # Privacy
/// A document with this must not be passed on.
#[derive(Clone, Debug, PartialEq)]
pub struct Own {
    /// The member's name for itself.
    pub label: String,
    /// The member's place per row of the benchmark it has a figure for.
    pub places: Vec<Place>,
}
