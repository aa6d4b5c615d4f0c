//! A member's figures as extracted: who it is in public, and what stays secret.

use guildhall_kpi::{KpiVector, Schema, VectorError};
use std::fmt;
use zeroize::Zeroize;

/// One member: its public entry in the roster, and its figures.
///
/// # Security
/// The figures are the secret of the member: no `Clone`, no serialiser, a `Debug` that leaves them out; memory is wiped
/// on drop. Read through [`MemberFigures::expose_figures`], or turn them into a [`KpiVector`].
pub struct MemberFigures {
    /// The member's identifier, as the files have it.
    pub id: String,
    /// Its name, the identifier where the study names no column.
    pub name: String,
    /// Its attributes in the order of the study; one without a value is absent.
    pub attributes: Vec<(String, String)>,
    /// Figures that were outside their KPI's range and were set to its end.
    pub clipped: u64,
    figures: Vec<Option<i64>>,
}

impl MemberFigures {
    pub(crate) fn new(id: &str, figures: usize) -> Self {
        let (id, name) = (id.to_owned(), id.to_owned());
        Self { id, name, attributes: Vec::new(), clipped: 0, figures: vec![None; figures] }
    }

    pub(crate) fn set(&mut self, index: usize, figure: Option<i64>) {
        if let Some(place) = self.figures.get_mut(index) {
            *place = figure;
        }
    }

    /// The figures, KPI by KPI and within each period by period; `None` where the member has none.
    ///
    /// Named so that every read can be found by searching for it.
    pub fn expose_figures(&self) -> &[Option<i64>] {
        &self.figures
    }

    /// Moves the figures into a vector under a schema.
    ///
    /// # Errors
    /// If they do not fit the schema; they are wiped then.
    pub fn into_vector(mut self, schema: &Schema) -> Result<KpiVector, VectorError> {
        KpiVector::new(schema, std::mem::take(&mut self.figures))
    }
}

impl Drop for MemberFigures {
    fn drop(&mut self) {
        self.figures.zeroize();
    }
}

impl fmt::Debug for MemberFigures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.figures.len();
        f.debug_struct("MemberFigures")
            .field("id", &self.id)
            .field("figures", &format_args!("[{count} redacted]"))
            .finish()
    }
}
