//! What follows from a manifest: circuits, columns, noise blocks and cost, computed once by everyone.

use crate::charter::Charter;
use crate::manifest::{Manifest, PlannedCell, RosterMember};
use crate::{FederationError, Id, concentration};
use guildhall_dp::disclosure::Rules;
use guildhall_dp::{Cells, ColumnGroup, Loss, RoundCost, SharePlan, column_groups, round_cost};
use guildhall_kpi::{Cell, PrivacyUnit};
use guildhall_mpc::circuit::{Form, FormLayout, NoiseForm, NoiseLayout};
use guildhall_mpc::{MINIMUM_SOUNDNESS_BITS, Round, Shape, Soundness, Threshold};
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
    costs: Costs,
    members: Vec<Vec<u32>>,
    identities: Vec<String>,
    rules: Option<Rules>,
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
    pub plan: SharePlan,
}

/// What a round costs in privacy: two accounts of the same data window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Costs {
    /// Loss of a member whose figures are all replaced.
    pub members: RoundCost,
    /// Loss of a member's customer by the sums; whatever costs members costs customers besides.
    pub customers: Option<RoundCost>,
}

impl Costs {
    /// The costs of a round as its manifest describes it.
    ///
    /// # Errors
    /// If the schema is invalid or a total cannot be written as a ratio of 64-bit integers.
    pub fn of(manifest: &Manifest) -> Result<Self, FederationError> {
        let members: Vec<Vec<u32>> = manifest.cells.iter().map(|p| manifest.members_of(&p.cell)).collect();
        Self::over(manifest, &members)
    }

    fn over(manifest: &Manifest, members: &[Vec<u32>]) -> Result<Self, FederationError> {
        let cells = most_cells(manifest, members);
        let cost = |unit, periods| round_cost(&manifest.schema, unit, cells, periods);
        let protects_customers = manifest.schema.unit_of_sums() == Some(PrivacyUnit::Customer);
        let periods = manifest.customers.and_then(|customers| customers.most_periods);
        let customers = protects_customers.then(|| cost(PrivacyUnit::Customer, periods)).transpose()?;
        Ok(Self { members: cost(PrivacyUnit::Member, None)?, customers })
    }
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
        let costs = Costs::over(&manifest, &members)?;
        let round = Round { manifest: *id.as_bytes(), threshold };
        let identities = manifest.roster.iter().map(identity).collect();
        let rules = concentration::rules(&charter, &manifest.schema)?;
        let plan = Self { charter, manifest, id, round, form, noise, blocks, costs, members, identities, rules };
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
        self.check_costs()
    }

    /// Every party prices the round itself: what the manifest states must be what it costs.
    fn check_costs(&self) -> Result<(), FederationError> {
        let (stated, epsilon) = (self.manifest.epsilon, self.costs.members.epsilon);
        if stated != epsilon {
            return Err(rule(format!("it states epsilon {stated}, but the round costs {epsilon}")));
        }
        match (self.manifest.customers, &self.costs.customers) {
            (None, None) => Ok(()),
            (Some(stated), Some(cost)) if stated.epsilon == cost.epsilon && stated.most_periods != Some(0) => Ok(()),
            (Some(stated), Some(cost)) => Err(rule(format!(
                "it states epsilon {} for customers, but the sums cost them {}",
                stated.epsilon, cost.epsilon
            ))),
            _ => Err(rule("it must say what customers are promised exactly where noise on sums protects them".into())),
        }
    }

    /// What must be proved of a total before it is shown; none where the charter has no concentration rule.
    pub const fn rules(&self) -> Option<&Rules> {
        self.rules.as_ref()
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
        self.costs.members.loss()
    }

    /// Privacy losses of a member and of a customer, by period too: what is charged.
    pub const fn costs(&self) -> &Costs {
        &self.costs
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

/// States in a drafted manifest what it costs, for members and, where it protects them, for customers.
///
/// # Errors
/// If the schema is invalid or the total cannot be written as a ratio of 64-bit integers.
pub fn priced(mut manifest: Manifest) -> Result<Manifest, FederationError> {
    let costs = Costs::of(&manifest)?;
    manifest.epsilon = costs.members.epsilon;
    if let (Some(stated), Some(cost)) = (&mut manifest.customers, costs.customers) {
        stated.epsilon = cost.epsilon;
    }
    Ok(manifest)
}

/// The most cells that contain one member: of all cells, and of those with histograms.
fn most_cells(manifest: &Manifest, members: &[Vec<u32>]) -> Cells {
    let most = |counts: &dyn Fn(&PlannedCell) -> bool| {
        let mut cells_of = vec![0u32; manifest.roster.len()];
        let counted = manifest.cells.iter().zip(members).filter(|(planned, _)| counts(planned));
        for member in counted.flat_map(|(_, members)| members).filter_map(|m| usize::try_from(*m).ok()) {
            if let Some(count) = cells_of.get_mut(member) {
                *count += 1;
            }
        }
        cells_of.into_iter().max().unwrap_or(0)
    };
    Cells { histograms: most(&|planned| planned.histograms), sums: most(&|_| true) }
}

fn blocks(manifest: &Manifest, form: &FormLayout, threshold: &Threshold) -> Result<Vec<Block>, FederationError> {
    let groups = column_groups(&manifest.schema)?;
    let honest = u32::from(threshold.honest_noise());
    let opened = |planned: &PlannedCell, group: &&ColumnGroup| planned.histograms || is_sum(group);
    let columns = |planned: &PlannedCell| -> usize {
        groups.iter().filter(|group| opened(planned, group)).map(|group| columns_of(form, group).len()).sum()
    };
    if manifest.cells.iter().map(columns).fold(0, usize::saturating_add) > MOST_NOISY_COLUMNS {
        return Err(rule(format!("a round opens at most {MOST_NOISY_COLUMNS} noisy columns over all its cells")));
    }
    let mut blocks = Vec::new();
    let mut position = 0;
    for (cell, planned) in manifest.cells.iter().enumerate() {
        for group in groups.iter().filter(|group| opened(planned, group)) {
            let columns = columns_of(form, group);
            let noise = position..position + columns.len();
            position = noise.end;
            blocks.push(Block { cell, figure: group.figure, columns, noise, plan: group.plan(honest)? });
        }
    }
    Ok(blocks)
}

/// Sums are opened in every cell, histograms and squares only where the manifest says so.
const fn is_sum(group: &ColumnGroup) -> bool {
    matches!(group.columns, guildhall_dp::Columns::Sum { .. })
}

/// Where a group's columns stand: after count and sum come the bins, then the square.
fn columns_of(form: &FormLayout, group: &ColumnGroup) -> Range<usize> {
    let all = form.columns(group.figure);
    let count = usize::try_from(group.columns.count()).unwrap_or(0);
    match group.columns {
        guildhall_dp::Columns::Sum { .. } => all.start + 1..all.start + 2,
        guildhall_dp::Columns::Histogram { .. } => all.start + 2..all.start + 2 + count,
        guildhall_dp::Columns::Squares { .. } => all.end - 1..all.end,
    }
}

fn rule(rule: String) -> FederationError {
    FederationError::Rule { what: "the manifest", rule }
}
