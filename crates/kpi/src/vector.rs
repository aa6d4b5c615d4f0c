//! A member's figures: the only secret this crate holds.

use crate::Schema;
use zeroize::Zeroize;

/// A member's figures in the order of [`Schema::figures`], each in steps, `None` where it has none.
///
/// # Security
/// The figures are the secret that everything else protects: no `Debug`, no `Clone`, no serialiser;
/// memory is wiped on drop. Read through [`KpiVector::expose_figures`].
pub struct KpiVector(Vec<Option<i64>>);

/// Why figures do not fit a schema. Carries no figure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VectorError {
    /// Wrong number of figures.
    #[error("{got} figures where the schema has {want}")]
    Length {
        /// Figures given.
        got: usize,
        /// Figures in the schema.
        want: usize,
    },
    /// A figure lies outside its KPI's range.
    #[error("KPI {kpi:?}, period {period:?}: the figure lies outside the range the study allows")]
    OutOfRange {
        /// Index of the figure.
        index: usize,
        /// The KPI's id.
        kpi: String,
        /// The period.
        period: String,
    },
}

impl KpiVector {
    /// Takes figures that fit the schema.
    ///
    /// # Errors
    /// If the count differs or a figure is outside its KPI's range; the values are wiped.
    pub fn new(schema: &Schema, mut figures: Vec<Option<i64>>) -> Result<Self, VectorError> {
        let verdict = fits(schema, &figures);
        if verdict.is_err() {
            figures.zeroize();
        }
        verdict.map(|()| Self(figures))
    }

    /// The figures themselves. Named so that every read can be found by searching for it.
    pub fn expose_figures(&self) -> &[Option<i64>] {
        &self.0
    }

    /// Which figures are present; public in every round that opens exact counts.
    pub fn presence(&self) -> Vec<bool> {
        self.0.iter().map(Option::is_some).collect()
    }
}

impl Drop for KpiVector {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

fn fits(schema: &Schema, figures: &[Option<i64>]) -> Result<(), VectorError> {
    if figures.len() != schema.figures.len() {
        return Err(VectorError::Length { got: figures.len(), want: schema.figures.len() });
    }
    for (index, (value, figure)) in figures.iter().zip(&schema.figures).enumerate() {
        let Some(kpi) = schema.kpi_of(index) else { continue };
        if value.is_some_and(|v| v < kpi.low || v > kpi.high) {
            return Err(VectorError::OutOfRange { index, kpi: kpi.id.clone(), period: figure.period.clone() });
        }
    }
    Ok(())
}
