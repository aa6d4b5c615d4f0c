//! Opening: agreeing sum shares become totals, totals become a benchmark (step 6).

mod spending;

use crate::accounts::WindowSpent;
use crate::charter::Charter;
use crate::plan::Plan;
use crate::set::{Opening, Presence, SetStatement};
use crate::statement::{self, Statement};
use crate::trustee::SumShareStatement;
use crate::{FederationError, Id, concentration};
use guildhall_kpi::{Benchmark, CellTotals, FigureTotals, Hidden, Opened, Provenance, Totals};
use guildhall_ledger::VerifierKey;
use guildhall_mpc::{Field128, SumShare, centred, open_sums};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;

/// Where each opened figure of each cell stands in a sum share.
pub struct Columns {
    figures: Vec<OpenedFigure>,
    total: usize,
}

/// One opened figure of one cell.
pub struct OpenedFigure {
    /// Index of the cell.
    pub cell: usize,
    /// Index of the figure.
    pub figure: usize,
    /// Its columns within a contribution's output.
    pub columns: Range<usize>,
    /// Where they start in a sum share.
    pub at: usize,
}

impl Columns {
    /// The layout of a set's sum shares.
    pub fn of(plan: &Plan, set: &SetStatement) -> Self {
        let mut figures = Vec::new();
        let mut total = 0;
        for (cell, row) in set.openings.iter().enumerate() {
            for (figure, _) in row.iter().enumerate().filter(|(_, opening)| **opening == Opening::Open) {
                let columns = plan.columns(cell, figure);
                let at = total;
                total += columns.len();
                figures.push(OpenedFigure { cell, figure, columns, at });
            }
        }
        Self { figures, total }
    }

    /// Columns in all.
    pub const fn total(&self) -> usize {
        self.total
    }

    /// The opened figures in order.
    pub fn figures(&self) -> &[OpenedFigure] {
        &self.figures
    }
}

/// Totals and who stands behind them, as published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenedRound {
    /// Hash of the certified set.
    pub set: Id,
    /// The totals.
    pub totals: Totals,
    /// Numbers of the trustees whose sum shares agree.
    pub agreeing: Vec<u8>,
    /// Numbers of the trustees whose share disagrees, assuming at most `u - t` wrong ones.
    pub dissenting: Vec<u8>,
    /// Numbers of the trustees that sent none.
    pub silent: Vec<u8>,
}

impl Statement for OpenedRound {
    const TAG: &'static str = "guildhall/totals/v1";
    const NAME: &'static str = "the totals";
    const LIMIT: usize = 64 << 20;
}

/// Reads a signed sum share for a set.
///
/// # Errors
/// If it is not signed by its trustee or belongs to another set.
pub fn read_share(
    charter: &Charter,
    columns: usize,
    set: &Id,
    bytes: &[u8],
    note: &[u8],
) -> Result<(u8, SumShare), FederationError> {
    let rule = |rule: &str| FederationError::Rule { what: SumShareStatement::NAME, rule: rule.to_owned() };
    let said: SumShareStatement = statement::decode(bytes)?;
    let index = usize::from(said.trustee).checked_sub(1);
    let party = index.and_then(|i| charter.trustees.get(i)).ok_or_else(|| rule("its trustee is unknown"))?;
    let key: VerifierKey = party.verifier()?;
    statement::verify::<SumShareStatement>(bytes, note, &[key], 1)?;
    if said.set != *set {
        return Err(rule("it belongs to another set"));
    }
    let decoded = hex::decode(&said.share).ok().and_then(|bytes| SumShare::decode(&bytes, columns));
    Ok((said.trustee, decoded.ok_or_else(|| rule("it is not one field element per opened column"))?))
}

/// Opens a certified set from its sum shares, and withholds what the charter's concentration rules do not allow.
///
/// # Errors
/// If fewer than `u` shares agree in every coordinate of every cell.
pub fn open(
    plan: &Plan,
    set: &SetStatement,
    set_id: Id,
    shares: &BTreeMap<u8, SumShare>,
) -> Result<OpenedRound, FederationError> {
    let opened = open_sums(plan.threshold(), shares)?;
    let columns = Columns::of(plan, set);
    let mut by_place: BTreeMap<(usize, usize), &[Field128]> = BTreeMap::new();
    for figure in columns.figures() {
        let values = opened.values.get(figure.at..figure.at + figure.columns.len()).unwrap_or_default();
        by_place.insert((figure.cell, figure.figure), values);
    }
    let presence = Presence::of(plan, &set.members);
    let mut cells = Vec::with_capacity(set.openings.len());
    for (cell, (planned, row)) in plan.manifest.cells.iter().zip(&set.openings).enumerate() {
        let decode = |(figure, opening): (usize, &Opening)| match by_place.get(&(cell, figure)) {
            Some(values) => {
                let opened = decode_figure(plan, cell, figure, values)?;
                check_figure(plan, figure, &opened, presence.members(cell, figure).len())?;
                Ok(FigureTotals::Opened(opened))
            }
            None => Ok(FigureTotals::Hidden(reason(plan, *opening))),
        };
        let figures = row.iter().enumerate().map(decode).collect::<Result<_, FederationError>>()?;
        cells.push(CellTotals { cell: planned.cell.clone(), figures });
    }
    concentration::withhold(plan, &presence, &mut cells);
    let cost = plan.cost();
    let totals = Totals { cells, epsilon: cost.epsilon()?, delta_bits: cost.delta_bits() };
    let silent = plan.threshold().trustees().filter(|j| !shares.contains_key(j)).collect();
    Ok(OpenedRound { set: set_id, totals, agreeing: opened.agreeing, dissenting: opened.dissenting, silent })
}

const fn reason(plan: &Plan, opening: Opening) -> Hidden {
    match opening {
        Opening::WouldSingleOut => Hidden::WouldSingleOut,
        Opening::Open | Opening::TooFew => Hidden::TooFew { fewer_than: plan.charter.smallest_cell() },
    }
}

/// Columns become integers: the low end is added back per member, noise offsets are taken off.
fn decode_figure(plan: &Plan, cell: usize, figure: usize, values: &[Field128]) -> Result<Opened, FederationError> {
    let broken = || FederationError::Rule { what: "the totals", rule: "a sum is out of range".to_owned() };
    let schema = &plan.manifest.schema;
    let low = schema.kpi_of(figure).map_or(0, |kpi| kpi.low);
    let mut numbers: Vec<i128> = values.iter().map(|v| centred(*v)).collect::<Option<_>>().ok_or_else(broken)?;
    let start = plan.form().columns(figure).start;
    for block in plan.blocks().iter().filter(|b| b.cell == cell && b.figure == figure) {
        let offset = i128::from(block.plan.bound()) * i128::from(plan.charter.quorum);
        let within = block.columns.start - start..block.columns.end - start;
        for n in numbers.get_mut(within).unwrap_or_default() {
            *n = n.checked_sub(offset).ok_or_else(broken)?;
        }
    }
    let (count, sum, rest) = match numbers.as_slice() {
        [count, sum, rest @ ..] => (*count, *sum, rest),
        _ => return Err(broken()),
    };
    let opens_bins = schema.bins(figure).min(rest.len());
    let (bins, squares) = rest.split_at(opens_bins);
    let bins = bins.iter().map(|b| i64::try_from(*b)).collect::<Result<_, _>>().map_err(|_| broken())?;
    let count = u64::try_from(count).map_err(|_| broken())?;
    let lows = i128::from(count) * i128::from(low);
    Ok(Opened {
        count,
        deviation: deviation(plan, cell, figure),
        sum: sum.checked_add(lows).and_then(|sum| i64::try_from(sum).ok()).ok_or_else(broken)?,
        bins,
        squares: squares.first().map(ToString::to_string),
    })
}

/// The deviation of the noise on a sum, as every party derives it from the manifest.
fn deviation(plan: &Plan, cell: usize, figure: usize) -> Option<u64> {
    let sum = plan.form().columns(figure).start + 1;
    let block = plan.blocks().iter().find(|b| b.cell == cell && b.figure == figure && b.columns.start == sum)?;
    Some(block.plan.sum_deviation(u32::from(plan.charter.quorum)))
}

/// What must hold of every right total, whoever backs it: the certified presence, the range, the bins.
fn check_figure(plan: &Plan, figure: usize, opened: &Opened, present: usize) -> Result<(), FederationError> {
    let schema = &plan.manifest.schema;
    let (Some(kpi), Some(of)) = (schema.kpi_of(figure), schema.figures.get(figure)) else { return Ok(()) };
    let (n, sum) = (i128::from(opened.count), i128::from(opened.sum));
    // A noisy sum may lie anywhere.
    let in_range = opened.deviation.is_some() || (n * i128::from(kpi.low) <= sum && sum <= n * i128::from(kpi.high));
    let exact_bins = of.histogram.is_some() && of.epsilon().is_none() && !opened.bins.is_empty();
    let bins_add_up = !exact_bins || opened.bins.iter().map(|b| i128::from(*b)).sum::<i128>() == n;
    if opened.count == present as u64 && in_range && bins_add_up {
        return Ok(());
    }
    let rule = format!("{}: the opened sums contradict the certified set", plan.figure_name(figure));
    Err(FederationError::Rule { what: "the totals", rule })
}

/// Derives the benchmark: a pure function of what is public.
pub fn benchmark(plan: &Plan, set: &SetStatement, opened: &OpenedRound, spent: WindowSpent) -> Benchmark {
    let charter = &plan.charter;
    let names = |numbers: &[u8]| numbers.iter().map(|n| charter.trustee_name(*n).to_owned()).collect();
    let provenance = Provenance {
        title: charter.title.clone(),
        study: charter.study.clone(),
        round: plan.manifest.round,
        window: plan.manifest.window.clone(),
        charter: plan.manifest.charter.to_string(),
        manifest: plan.id.to_string(),
        set: opened.set.to_string(),
        trustees: charter.trustees.iter().map(|party| party.operator.clone()).collect(),
        threshold: charter.threshold,
        quorum: charter.quorum,
        agreeing: names(&opened.agreeing),
        dissenting: names(&opened.dissenting),
        silent: names(&opened.silent),
        invited: plan.manifest.roster.len() as u64,
        counted: set.members.len() as u64,
        least_members: charter.smallest_cell(),
    };
    let spending = spending::of(plan, opened, spent);
    Benchmark::from_totals(&plan.manifest.schema, &opened.totals, provenance, spending)
}
