//! A protected table of sums as one HTML page: every cell with its value, or with the reason why it is hidden.
//!
//! The page is the table: nothing is drawn from it, since a picture would show nothing the table does not say. Hidden
//! cells have no value here either; the caller's types see to that (`guildhall_dp::disclosure::Protected`).
//!
//! The template engine escapes every text. Not here: deciding what is hidden, CSV and JSON.

use crate::sanitise::{mend, mended};
use askama::Template;

/// A table that may be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisclosureTable {
    /// Its name in the log of releases.
    pub id: String,
    /// What people read.
    pub title: String,
    /// Whose figures it is about.
    pub data_set: String,
    /// The columns by which figures are grouped.
    pub dimensions: Vec<String>,
    /// Headings of the figures: a sum, or numerator, denominator and ratio.
    pub figures: Vec<String>,
    /// One row per cell, totals included.
    pub rows: Vec<DisclosureRow>,
    /// Reasons with how many figures are hidden for each.
    pub reasons: Vec<(String, usize)>,
}

/// One row of a protected table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisclosureRow {
    /// One label per dimension.
    pub labels: Vec<String>,
    /// One cell per figure.
    pub cells: Vec<DisclosureCell>,
}

/// One figure of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DisclosureCell {
    /// Its value, as it is written.
    Shown(String),
    /// Why it is hidden.
    Hidden(String),
}

#[derive(Template)]
#[template(path = "disclosure.html", whitespace = "minimize")]
struct Page<'a> {
    table: &'a DisclosureTable,
    shown: usize,
    of: usize,
}

/// Renders a protected table; the same table gives the same bytes.
pub fn disclosure_html(table: &DisclosureTable) -> String {
    let table = sanitised(table);
    let cells = || table.rows.iter().flat_map(|row| &row.cells);
    let shown = cells().filter(|cell| matches!(cell, DisclosureCell::Shown(_))).count();
    let page = Page { shown, of: cells().count(), table: &table };
    page.render().expect("writing to a string does not fail and no template expression can")
}

fn sanitised(table: &DisclosureTable) -> DisclosureTable {
    let mut table = table.clone();
    [&mut table.id, &mut table.title, &mut table.data_set].into_iter().for_each(mend);
    table.dimensions.iter_mut().chain(&mut table.figures).for_each(mend);
    for row in &mut table.rows {
        row.labels.iter_mut().for_each(mend);
        for cell in &mut row.cells {
            match cell {
                DisclosureCell::Shown(text) | DisclosureCell::Hidden(text) => *text = mended(text),
            }
        }
    }
    table.reasons.iter_mut().for_each(|(reason, _)| mend(reason));
    table
}
