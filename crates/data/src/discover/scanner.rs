//! Finds personal data in running text.
//!
//! Two passes over the bytes: [`web`] stops at `@`, `://`, `.` and `:`, [`number`] at the first digit of a run; what
//! lies between is skipped at the speed of memory. Each stop looks at its surroundings only, so that the time is linear
//! in the length of the text. Words nearby decide where a number alone says too little ([`context`]).
//!
//! Not here: names and addresses in running text, which need a model of language; columns, see `column.rs`.

pub(crate) mod context;
mod edge;
mod form;
mod number;
mod run;
mod web;
mod word;

use super::{Kind, Likelihood};
use context::Topics;

/// Bytes of the shortest value that is found: `::1`.
const SHORTEST: usize = 3;

/// A passage of text that holds personal data.
///
/// # Privacy
/// It says where, never what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it is.
    pub kind: Kind,
    /// Its first byte.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
    /// How likely it is what it seems.
    pub likelihood: Likelihood,
}

/// What is known about a text before it is read, such as the header of the column it stands in.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hints(Topics);

impl Hints {
    /// What a header says about the values below it.
    pub fn of_header(header: &str) -> Self {
        Self(context::topics(header))
    }
}

/// Finds every passage of a text that holds personal data, in order and without overlaps.
///
/// ```
/// use guildhall_data::discover::{Hints, Kind, find};
///
/// let text = "Write to jo@example.org or call +44 20 7946 0958.";
/// let found: Vec<Kind> = find(text, Hints::default()).iter().map(|finding| finding.kind).collect();
/// assert_eq!(found, [Kind::Email, Kind::Phone]);
/// ```
pub fn find(text: &str, hints: Hints) -> Vec<Finding> {
    let mut found = Vec::new();
    find_into(text, hints, &mut found);
    found
}

/// As [`find`], into a list that is used again.
pub(crate) fn find_into(text: &str, hints: Hints, found: &mut Vec<Finding>) {
    found.clear();
    if text.len() < SHORTEST {
        return;
    }
    web::find(text, hints.0, found);
    settle(found);
    let covered = found.len();
    number::find(text, hints.0, found);
    if found.len() > covered {
        settle(found);
    }
}

/// Sorts findings and drops those that another one covers.
fn settle(found: &mut Vec<Finding>) {
    found.sort_unstable_by_key(|finding| (finding.start, std::cmp::Reverse(finding.end)));
    let mut end = 0;
    found.retain(|finding| {
        let keep = finding.start >= end;
        end = end.max(finding.end);
        keep
    });
}
