//! What follows from a manifest: circuits, columns, noise blocks and cost, computed once by everyone.

use crate::charter::Charter;
use crate::manifest::{Manifest, RosterMember};
use crate::{FederationError, Id};
use guildhall_dp::{ColumnGroup, Loss, NoisePlan, column_groups, round_cost};
use guildhall_kpi::{Cell, Rational};
use guildhall_mpc::circuit::{Form, FormLayout, NoiseForm, NoiseLayout};
use guildhall_mpc::{MINIMUM_SOUNDNESS_BITS, Round, Shape, Soundness, Threshold};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

/// A checked manifest with everything the roles derive from it.
pub struct Plan {
    /// The charter.
    pub charter: Charter,
    /// The manifest.
    pub manifest: Manifest,
    /// Hash of the manifest.
    pub id: Id,
    round: Round,
    form: Arc<FormLayout>,
    noise: Arc<NoiseLayout>,
    blocks: Vec<Block>,
    cost: Loss,
    period_costs: BTreeMap<String, Loss>,
    members: Vec<Vec<u32>>,
    identities: Vec<String>,
}

/// Most columns opened with noise over all cells: bounds what a manifest can make its readers compute.
const MOST_NOISY_COLUMNS: usize = 1 << 20;

/// One noise block: the columns of one group in one cell. Its place in the list is its only name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Index of the cell.
    pub cell: usize,
    /// Index of the figure.
    pub figure: usize,
    /// Columns within the contribution's output.
    pub columns: Range<usize>,
    /// Columns within a noise contribution's output.
    pub noise: Range<usize>,
    /// How a trustee draws its share.
    pub plan: NoisePlan,
}

impl Plan {
    /// Derives and checks everything.
    ///
    /// # Errors
    /// If a proof would be too weak, a sum could wrap, noise cannot be drawn, or the manifest's cost is wrong.
    pub fn new(charter: Charter, manifest: Manifest, id: Id) -> Result<Self, FederationError> {
        let threshold = charter.threshold()?;
        let form = FormLayout::new(&manifest.schema);
        let members: Vec<Vec<u32>> = manifest.cells.iter().map(|p| manifest.members_of(&p.cell)).collect();
        let blocks = blocks(&manifest, &form, &threshold)?;
        let bounds = blocks.iter().flat_map(|b| std::iter::repeat_n(b.plan.bound(), b.columns.len())).collect();
        let noise = NoiseLayout::new(bounds);
        let period_costs = period_costs(&manifest, &members)?;
        let cost = period_costs.values().cloned().sum();
        let round = Round { manifest: *id.as_bytes(), threshold };
        let identities = manifest.roster.iter().map(identity).collect();
        let plan = Self { charter, manifest, id, round, form, noise, blocks, cost, period_costs, members, identities };
        plan.check()?;
        Ok(plan)
    }

    fn check(&self) -> Result<(), FederationError> {
        let mut proofs: Vec<Soundness> = vec![self.form.soundness()];
        if self.is_noisy() {
            proofs.push(self.noise.soundness());
        }
        if let Some(weak) = proofs.iter().map(Soundness::bits).find(|bits| *bits < MINIMUM_SOUNDNESS_BITS) {
            return Err(rule(format!(
                "a forged proof would cost only 2^{weak:.0} hashes; at least 2^{MINIMUM_SOUNDNESS_BITS:.0} are required: \
                 compare fewer figures or cells in one round"
            )));
        }
        let members = self.manifest.roster.len() as u128;
        let span = self.manifest.schema.kpis.iter().map(|kpi| u128::from(kpi.high.abs_diff(kpi.low))).max();
        let bound = self.noise.bounds().iter().max().copied().unwrap_or(0);
        let most = span.unwrap_or(0).pow(2).saturating_mul(members);
        let noise = 2 * u128::from(self.round.threshold.u()) * u128::from(bound);
        if most.saturating_add(noise) >= 1 << 126 {
            return Err(rule("a sum could exceed what the field holds: narrow a range".to_owned()));
        }
        let reach = |kpi: &guildhall_kpi::Kpi| u128::from(kpi.low.unsigned_abs().max(kpi.high.unsigned_abs()));
        let largest = self.manifest.schema.kpis.iter().map(reach).max().unwrap_or(0);
        if largest.saturating_mul(members) >= 1 << 62 {
            return Err(rule("a total could exceed 64 bits: narrow a range or coarsen a resolution".to_owned()));
        }
        let epsilon = self.cost.epsilon()?;
        if self.manifest.epsilon != epsilon {
            let stated = self.manifest.epsilon;
            return Err(rule(format!("it states epsilon {stated}, but the round costs {epsilon}")));
        }
        Ok(())
    }

    /// What contributions are bound to.
    pub const fn round(&self) -> &Round {
        &self.round
    }

    /// `(k, t, u)`.
    pub const fn threshold(&self) -> &Threshold {
        &self.round.threshold
    }

    /// Layout of members' contributions.
    pub const fn form(&self) -> &Arc<FormLayout> {
        &self.form
    }

    /// Layout of noise contributions.
    pub const fn noise(&self) -> &Arc<NoiseLayout> {
        &self.noise
    }

    /// All noise blocks, in order.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// Whether anything is opened with noise.
    pub fn is_noisy(&self) -> bool {
        !self.blocks.is_empty()
    }

    /// Privacy loss of one member in this round.
    pub const fn cost(&self) -> &Loss {
        &self.cost
    }

    /// The same, by the period of the figures: what is charged to each period's budget.
    pub const fn period_costs(&self) -> &BTreeMap<String, Loss> {
        &self.period_costs
    }

    /// Members of a cell, as indices into the roster.
    pub fn members(&self, cell: usize) -> &[u32] {
        self.members.get(cell).map(Vec::as_slice).unwrap_or_default()
    }

    /// What a roster's member is recognised by in later rounds: its key, whatever a later roster calls it.
    pub fn identity(&self, member: u32) -> Option<&str> {
        usize::try_from(member).ok().and_then(|index| self.identities.get(index)).map(String::as_str)
    }

    /// Identity, id and legal entity of every member.
    pub(crate) fn identified(&self) -> impl Iterator<Item = (&str, &RosterMember)> {
        self.identities.iter().map(String::as_str).zip(&self.manifest.roster)
    }

    /// The columns of the output that are opened for a figure of a cell: all, or only count and sum.
    pub fn columns(&self, cell: usize, figure: usize) -> Range<usize> {
        let all = self.form.columns(figure);
        let histograms = self.manifest.cells.get(cell).is_some_and(|planned| planned.histograms);
        if histograms { all } else { all.start..(all.start + 2).min(all.end) }
    }

    /// The circuit of a member's contribution with this presence.
    pub fn member_circuit(&self, presence: &[bool]) -> Option<Form> {
        Form::new(self.form.clone(), presence.to_vec())
    }

    /// The circuit of a noise contribution.
    pub fn noise_circuit(&self) -> NoiseForm {
        NoiseForm::new(self.noise.clone())
    }

    /// Lengths of a member's contribution.
    pub fn member_shape(&self) -> Shape {
        let figures = self.manifest.schema.figures.len();
        let presence = vec![false; figures];
        match self.member_circuit(&presence) {
            Some(circuit) => Shape::new(self.round.threshold, &circuit, figures),
            None => Shape::new(self.round.threshold, &self.noise_circuit(), 0),
        }
    }

    /// Lengths of a noise contribution.
    pub fn noise_shape(&self) -> Shape {
        Shape::new(self.round.threshold, &self.noise_circuit(), 0)
    }

    /// A figure's name for people and records: `kpi/period`.
    pub fn figure_name(&self, figure: usize) -> String {
        let schema = &self.manifest.schema;
        match (schema.kpi_of(figure), schema.figures.get(figure)) {
            (Some(kpi), Some(of)) => format!("{}/{}", kpi.id, of.period),
            _ => String::new(),
        }
    }

    /// The cells of the manifest.
    pub fn cells(&self) -> impl Iterator<Item = &Cell> {
        self.manifest.cells.iter().map(|planned| &planned.cell)
    }
}

/// Half of a hash of the member's key: a client contributes only where the roster holds exactly its key.
fn identity(member: &RosterMember) -> String {
    let hash = guildhall_mpc::digest("member", &[member.key.as_bytes()]);
    hex::encode(hash.first_chunk::<16>().copied().unwrap_or_default())
}

/// The epsilon a manifest must state, for whoever drafts it.
///
/// # Errors
/// If the schema is invalid or the total cannot be written as a ratio of 64-bit integers.
pub fn epsilon_of(manifest: &Manifest) -> Result<Rational, FederationError> {
    let members: Vec<Vec<u32>> = manifest.cells.iter().map(|p| manifest.members_of(&p.cell)).collect();
    let total: Loss = period_costs(manifest, &members)?.into_values().sum();
    Ok(total.epsilon()?)
}

/// Loss of a member that stands in the most cells with histograms, by period of its figures.
fn period_costs(manifest: &Manifest, members: &[Vec<u32>]) -> Result<BTreeMap<String, Loss>, FederationError> {
    let mut cells_of = vec![0u32; manifest.roster.len()];
    for (_, in_cell) in manifest.cells.iter().zip(members).filter(|(planned, _)| planned.histograms) {
        in_cell.iter().filter_map(|m| usize::try_from(*m).ok()).for_each(|m| {
            if let Some(count) = cells_of.get_mut(m) {
                *count += 1;
            }
        });
    }
    let mut costs = BTreeMap::new();
    let most = cells_of.into_iter().max().unwrap_or(0);
    if most == 0 {
        return Ok(costs);
    }
    for cost in round_cost(&manifest.schema, most)?.per_figure {
        let period = manifest.schema.figures.get(cost.figure).map(|figure| figure.period.clone()).unwrap_or_default();
        let so_far = costs.remove(&period).unwrap_or_else(Loss::none);
        costs.insert(period, so_far.and(&cost.loss()));
    }
    Ok(costs)
}

fn blocks(manifest: &Manifest, form: &FormLayout, threshold: &Threshold) -> Result<Vec<Block>, FederationError> {
    let groups = column_groups(&manifest.schema)?;
    let honest = u32::from(threshold.honest_noise());
    let per_cell: usize = groups.iter().map(|group| columns_of(form, group).len()).sum();
    let noisy_cells = manifest.cells.iter().filter(|planned| planned.histograms).count();
    if per_cell.saturating_mul(noisy_cells) > MOST_NOISY_COLUMNS {
        return Err(rule(format!("a round opens at most {MOST_NOISY_COLUMNS} noisy columns over all its cells")));
    }
    let mut blocks = Vec::new();
    let mut position = 0;
    for (cell, _) in manifest.cells.iter().enumerate().filter(|(_, planned)| planned.histograms) {
        for group in &groups {
            let columns = columns_of(form, group);
            let noise = position..position + columns.len();
            position = noise.end;
            blocks.push(Block { cell, figure: group.figure, columns, noise, plan: group.plan(honest)? });
        }
    }
    Ok(blocks)
}

/// Where a group's columns stand: after count and sum come the bins, then the square.
fn columns_of(form: &FormLayout, group: &ColumnGroup) -> Range<usize> {
    let all = form.columns(group.figure);
    let count = usize::try_from(group.columns.count()).unwrap_or(0);
    match group.columns {
        guildhall_dp::Columns::Histogram { .. } => all.start + 2..all.start + 2 + count,
        guildhall_dp::Columns::Squares { .. } => all.end - 1..all.end,
    }
}

fn rule(rule: String) -> FederationError {
    FederationError::Rule { what: "the manifest", rule }
}
