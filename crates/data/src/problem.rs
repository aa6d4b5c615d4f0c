//! Problems: what is wrong, where, and how to mend it.

use serde::Serialize;
use std::fmt;

/// How many problems are kept in full; the rest is counted.
pub(crate) const SHOWN: usize = 10;

/// One thing that is wrong with a file, a study or a member's rows.
///
/// # Privacy
/// The message may quote a field of the file; it is meant for whoever owns the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Stable code, e.g. `D014`; see [`crate::explain`].
    pub code: &'static str,
    /// The file, or `study` for a mistake in the study itself.
    pub file: String,
    /// Line of a text file or row of a sheet as a person sees it, counted from 1.
    pub row: Option<u64>,
    /// The column.
    pub column: Option<String>,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub remedy: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}] {}", self.code, self.file)?;
        if let Some(row) = self.row {
            write!(f, ", row {row}")?;
        }
        if let Some(column) = &self.column {
            write!(f, ", column {column:?}")?;
        }
        write!(f, ": {}. Try: {}", self.message, self.remedy)
    }
}

/// Problems of one kind that are counted but not shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Group {
    /// The code they share.
    pub code: &'static str,
    /// The file they share.
    pub file: String,
    /// The column they share.
    pub column: Option<String>,
    /// How many.
    pub count: u64,
}

/// The first ten problems, and the others counted by kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Problems {
    /// The first ten.
    pub first: Vec<Problem>,
    /// The others.
    pub more: Vec<Group>,
    /// All of them.
    pub total: u64,
}

impl Problems {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }

    pub(crate) fn push(&mut self, problem: Problem) {
        self.total += 1;
        if self.first.len() < SHOWN {
            self.first.push(problem);
            return;
        }
        let Problem { code, file, column, .. } = problem;
        match self.more.iter_mut().find(|g| g.code == code && g.file == file && g.column == column) {
            Some(group) => group.count += 1,
            None => self.more.push(Group { code, file, column, count: 1 }),
        }
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        let mut problems = Self::default();
        problems.push(problem);
        problems
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.first.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{problem}")?;
        }
        for group in &self.more {
            let column = group.column.as_ref().map(|c| format!(", column {c:?}")).unwrap_or_default();
            write!(f, "\n[{}] {}{column}: {} more", group.code, group.file, group.count)?;
        }
        Ok(())
    }
}

/// What can go wrong between a file and a member's figures.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The files are not what the study says, or their figures do not fit.
    #[error("{0}")]
    Data(Problems),
    /// The study itself is wrong; no file is to blame.
    #[error("{0}")]
    Study(Problems),
    /// A sum left the 64-bit range.
    #[error("a sum does not fit into 64 bits; use a coarser unit")]
    Overflow,
    /// The embedded database failed, e.g. because the disk or memory is full.
    #[error("the database failed while {doing}: {message}; free memory or disk space and try again")]
    Engine {
        /// What it was doing.
        doing: &'static str,
        /// What it said.
        message: String,
    },
}

impl Error {
    /// The problems, where the error consists of them.
    pub const fn problems(&self) -> Option<&Problems> {
        match self {
            Self::Data(problems) | Self::Study(problems) => Some(problems),
            _ => None,
        }
    }
}

/// What is wrong with one field, before file, row and column are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Flaw {
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) remedy: String,
}

impl Flaw {
    pub(crate) fn new(code: &'static str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { code, message: message.into(), remedy: remedy.into() }
    }

    pub(crate) fn at(self, file: &str, row: Option<u64>, column: Option<&str>) -> Problem {
        Problem {
            code: self.code,
            file: file.to_owned(),
            row,
            column: column.map(str::to_owned),
            message: self.message,
            remedy: self.remedy,
        }
    }
}

/// The names closest to `wanted`, for "did you mean".
pub(crate) fn closest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let fold = |text: &str| text.trim().to_lowercase().replace(['_', '-', ' '], "");
    let target = fold(wanted);
    let scored = names.map(|name| (strsim::jaro_winkler(&target, &fold(name)), name));
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0));
    best.filter(|(score, _)| *score > 0.8).map(|(_, name)| name)
}

/// A field shortened for a message, with invisible characters made visible.
pub(crate) fn quoted(text: &str) -> String {
    let short: String = text.chars().take(40).collect();
    let dots = if short.len() < text.len() { "..." } else { "" };
    format!("\"{}{dots}\"", short.escape_debug())
}
