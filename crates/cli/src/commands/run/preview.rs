//! What `run --dry-run` says: what a round would compute and cost, as text or as `guildhall/dry-run/v1`.

use crate::round::{ImportFile, Prepared};
use crate::study::{Report, Study};
use crate::ui::Ui;
use crate::{Failure, Problem};
use guildhall_kpi::Rational;
use serde::Serialize;

/// A round that was not played. The account of the load stands beside it: files, rows, notes.
#[derive(Serialize)]
struct DryRun<'a> {
    schema: &'static str,
    ok: bool,
    study: &'a str,
    members: usize,
    figures: usize,
    histograms: usize,
    epsilon: Rational,
    delta_bits: u32,
    trustees: Trustees,
    #[serde(flatten)]
    import: &'a ImportFile,
}

#[derive(Serialize)]
struct Trustees {
    count: u8,
    threshold: u8,
    quorum: u8,
}

/// Says what would be computed; nothing is played, charged or written.
///
/// # Errors
/// With exit code 5 if there are too few members to open anything.
pub(super) fn show(ui: &Ui, study: &Study, prepared: &Prepared) -> Result<(), Failure> {
    let members = prepared.members.len();
    let smallest = study.policy.least_members + study.policy.colluding;
    if (members as u64) < smallest {
        let problem = Problem::new("R0502", format!("{members} members, but nothing is opened below {smallest}"));
        return Err(problem.remedy("check the member column, or bring more members").into());
    }
    let dry_run = DryRun::of(study, prepared)?;
    let text = if ui.json() { dry_run.json()? } else { dry_run.text() };
    ui.out(&text)
}

impl<'a> DryRun<'a> {
    fn of(study: &'a Study, prepared: &'a Prepared) -> Result<Self, Failure> {
        let (epsilon, delta_bits) = Report::of(study.clone())?.cost();
        let schema = study.schema();
        let threshold = study.trustees.threshold;
        Ok(Self {
            schema: "guildhall/dry-run/v1",
            ok: true,
            study: &study.id,
            members: prepared.members.len(),
            figures: schema.figures.len(),
            histograms: schema.figures.iter().filter(|figure| figure.histogram.is_some()).count(),
            epsilon,
            delta_bits,
            trustees: Trustees { count: threshold.k(), threshold: threshold.t(), quorum: threshold.u() },
            import: &prepared.notes,
        })
    }

    fn text(&self) -> String {
        let Self { members, figures, histograms, epsilon, trustees, .. } = self;
        let Trustees { count, threshold, quorum } = trustees;
        format!(
            "Would play a round over {members} members: {figures} figures each, {histograms} of them with histograms \
             (epsilon {epsilon}); {count} trustees, {threshold} can open, {quorum} must agree.\n\
             Nothing was played, charged or written.\n"
        )
    }

    fn json(&self) -> Result<String, Failure> {
        let text = serde_json::to_string(self)
            .map_err(|error| Problem::new("U0006", "the result cannot be written as JSON").why(error.to_string()))?;
        Ok(format!("{text}\n"))
    }
}
