//! What `run --dry-run` says: what a round would compute and cost, as text or as `guildhall/dry-run/v1`.

use crate::consortium::{Found, Paid, found, imagined, is_founded};
use crate::member_ledgers::{MemberLedgers, Price, Standing};
use crate::round::{FirstVersions, ImportFile, Prepared, assemble, rehearsed};
use crate::study::{Report, Study};
use crate::ui::Ui;
use crate::{Failure, Problem};
use guildhall_data::MemberFigures;
use guildhall_federation::local::Rehearsal;
use guildhall_kpi::Rational;
use guildhall_ledger::Records;
use serde::Serialize;
use std::path::Path;

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
    allowed: Allowed,
    data_set: Standing,
    #[serde(flatten)]
    import: &'a ImportFile,
}

#[derive(Serialize)]
struct Trustees {
    count: u8,
    threshold: u8,
    quorum: u8,
}

/// What the trustees' stores allow: the budget of the round's periods, and totals after the cell audit.
#[derive(Serialize)]
struct Allowed {
    spent: Rational,
    budget: Rational,
    opened: usize,
    too_few: usize,
    would_single_out: usize,
}

impl From<Rehearsal> for Allowed {
    fn from(rehearsal: Rehearsal) -> Self {
        let Rehearsal { spent, limit, opened, too_few, would_single_out, .. } = rehearsal;
        Self { spent, budget: limit, opened, too_few, would_single_out }
    }
}

/// Says what would be computed and allowed; nothing is played, charged or written.
///
/// # Errors
/// As the round itself: exit code 5 for too few members, 6 for a spent budget or cells that single members out.
pub(super) fn show(
    ui: &Ui,
    study: &Study,
    prepared: Prepared,
    state: &Path,
    ledgers: &MemberLedgers<'_>,
) -> Result<(), Failure> {
    let members = prepared.members.len();
    enough_members(study, members)?;
    let Prepared { members: figures, notes } = prepared;
    let ids: Vec<String> = figures.iter().map(|member| member.id.clone()).collect();
    let price = Price::of(study)?;
    let (paid, rehearsal) = match is_founded(state) {
        true => asked(study, found(state, study)?, figures, state, &price)?,
        false => asked(study, imagined(study)?, figures, state, &price)?,
    };
    let standing = ledgers.check(&price, &paid, &ids)?;
    let dry_run = DryRun::of(study, members, rehearsal.into(), standing, &notes)?;
    let text = if ui.json() { dry_run.json()? } else { dry_run.text() };
    ui.out(&text)
}

/// What the parties would allow, and under which name the round would be charged.
fn asked<R: Records>(
    study: &Study,
    parties: Found<R>,
    figures: Vec<MemberFigures>,
    state: &Path,
    price: &Price,
) -> Result<(Paid, Rehearsal), Failure> {
    let paid = Paid::of(state, &study.id, &parties, &price.digest())?;
    let assembled = assemble(study, figures, &parties, &FirstVersions::new())?;
    Ok((paid, rehearsed(parties, &assembled)?))
}

/// Refuses a round of too few members before anything is asked or charged.
///
/// # Errors
/// With exit code 5.
pub(super) fn enough_members(study: &Study, members: usize) -> Result<(), Failure> {
    let smallest = study.policy.least_members + study.policy.colluding;
    if members as u64 >= smallest {
        return Ok(());
    }
    let problem = Problem::new("R0502", format!("{members} members, but nothing is opened below {smallest}"));
    Err(problem.remedy("check the member column, or bring more members").into())
}

impl Allowed {
    fn text(&self) -> String {
        let Self { spent, budget, opened, too_few, would_single_out } = self;
        format!(
            "The budget allows it: epsilon {spent} of {budget} is spent on these periods so far.\n\
             The cell audit allows it if all of them contribute: {opened} totals would be opened, {too_few} hidden for \
             too few members, {would_single_out} hidden because they would single members out.\n"
        )
    }
}

impl<'a> DryRun<'a> {
    fn of(
        study: &'a Study,
        members: usize,
        allowed: Allowed,
        data_set: Standing,
        import: &'a ImportFile,
    ) -> Result<Self, Failure> {
        let (epsilon, delta_bits) = Report::of(study.clone())?.cost();
        let schema = study.schema();
        let threshold = study.trustees.threshold;
        Ok(Self {
            schema: "guildhall/dry-run/v1",
            ok: true,
            study: &study.id,
            members,
            figures: schema.figures.len(),
            histograms: schema.figures.iter().filter(|figure| figure.histogram.is_some()).count(),
            epsilon,
            delta_bits,
            trustees: Trustees { count: threshold.k(), threshold: threshold.t(), quorum: threshold.u() },
            allowed,
            data_set,
            import,
        })
    }

    fn text(&self) -> String {
        let Self { members, figures, histograms, epsilon, trustees, allowed, data_set, .. } = self;
        let Trustees { count, threshold, quorum } = trustees;
        format!(
            "Would play a round over {members} members: {figures} figures each, {histograms} of them with histograms \
             (epsilon {epsilon}); {count} trustees, {threshold} can open, {quorum} must agree.\n\
             {}{}\
             Nothing was played, charged or written.\n",
            allowed.text(),
            data_set.text()
        )
    }

    fn json(&self) -> Result<String, Failure> {
        let text = serde_json::to_string(self)
            .map_err(|error| Problem::new("U0006", "the result cannot be written as JSON").why(error.to_string()))?;
        Ok(format!("{text}\n"))
    }
}
