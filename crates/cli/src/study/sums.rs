//! What noise on sums does to a mean: the same epsilon spent on customers and on members, side by side.
//!
//! Exact up to the law of the noise: its deviation follows from the manifest, no data and no simulation enter. Assumption,
//! for percentages only: the mean over members is a hundredth of the KPI's range.

use super::convert::bound;
use super::model::{Kpi, Study};
use guildhall_dp::{ColumnGroup, Columns, Verdict, even_noise, suitable_law};
use guildhall_kpi::{Noise, PrivacyUnit};

/// Predicted errors of one KPI's mean over all members, in one period.
#[derive(Clone, Debug, PartialEq)]
pub struct SumErrors {
    /// Id of the KPI.
    pub kpi: String,
    /// Unit of the KPI.
    pub unit: String,
    /// With noise that protects customers; none where no customer's bound is known.
    pub customers: Option<MeanError>,
    /// With noise that protects members; none where shares that wide cannot be drawn.
    pub members: Option<MeanError>,
}

/// The error noise brings to a mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanError {
    /// Mean absolute error in the unit.
    pub absolute: f64,
    /// The same in percent of a mean of a hundredth of the range.
    pub percent: f64,
}

/// Mean absolute value of a Gaussian variable over its deviation; that of Laplace noise is a little smaller.
const MEAN_ABSOLUTE: f64 = 0.798;
/// Errors of a mean up to these percentages are useful, and rough.
const USEFUL: f64 = 3.0;
const ROUGH: f64 = 10.0;

impl MeanError {
    /// What to think of it.
    pub fn verdict(self) -> Verdict {
        match self.percent {
            percent if percent <= USEFUL => Verdict::Useful,
            percent if percent <= ROUGH => Verdict::Rough,
            _ => Verdict::Useless,
        }
    }
}

impl Study {
    /// Errors of noisy sums under both units, KPI by KPI; empty where sums are exact.
    pub fn sum_errors(&self) -> Vec<SumErrors> {
        let errors = |kpi: &Kpi| SumErrors {
            kpi: kpi.id.clone(),
            unit: kpi.unit.clone(),
            customers: kpi.customer_bound.and_then(|_| self.mean_error(kpi, PrivacyUnit::Customer)),
            members: self.mean_error(kpi, PrivacyUnit::Member),
        };
        if self.privacy.is_none() { Vec::new() } else { self.kpis.iter().map(errors).collect() }
    }

    /// The error of a mean if the study's epsilon were spent on this unit.
    fn mean_error(&self, kpi: &Kpi, unit: PrivacyUnit) -> Option<MeanError> {
        let (privacy, threshold) = (self.privacy.as_ref()?, self.trustees.threshold);
        let (bound, honest) = (bound(kpi, unit), u32::from(threshold.honest_noise()));
        let noise = if unit == privacy.unit { privacy.noise } else { self.other_noise(bound, honest)? };
        let group = ColumnGroup { figure: 0, columns: Columns::Sum { unit, bound }, noise };
        let deviation = group.plan(honest).ok()?.sum_deviation(threshold.u().into());
        let range = kpi.resolution.to_f64(kpi.high.abs_diff(kpi.low) as f64);
        let absolute = MEAN_ABSOLUTE * kpi.resolution.to_f64(deviation as f64) / self.expected_members.max(1) as f64;
        Some(MeanError { absolute, percent: 100.0 * absolute / (range / 100.0) })
    }

    /// The noise of the unit that the study does not protect, over all periods: a cap on periods is for customers only.
    fn other_noise(&self, bound: u64, honest: u32) -> Option<Noise> {
        let privacy = self.privacy.as_ref()?;
        let sums = (self.kpis.len() * self.periods().len()) as u64 * u64::from(self.cells_per_member().sums);
        even_noise(privacy.epsilon, sums, suitable_law(privacy.epsilon, sums, bound, honest)).ok()
    }
}
