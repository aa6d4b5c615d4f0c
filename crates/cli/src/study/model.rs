//! The types of a study that was read without a mistake.

use super::Period;
use guildhall_data::{Attribute, Outside, TableSpec};
use guildhall_dp::Ceiling;
use guildhall_dp::disclosure::Concentration;
use guildhall_federation::manifest::UnsafeCells;
use guildhall_kpi::{Direction, Noise, PrivacyUnit, Rational, Step};
use guildhall_mpc::Threshold;

/// A study without mistakes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Study {
    /// Short name: letters, digits and hyphens.
    pub id: String,
    /// Name people read.
    pub title: String,
    /// Members expected to take part in a round.
    pub expected_members: u64,
    /// How rows fall into periods; none where the whole file is one period.
    pub period: Option<Period>,
    /// Who a member is.
    pub member: Member,
    /// What the files look like.
    pub data: TableSpec,
    /// What is compared.
    pub kpis: Vec<Kpi>,
    /// Who computes.
    pub trustees: Trustees,
    /// What may be published.
    pub policy: Policy,
    /// Noise on sums; none where they are opened exactly.
    pub privacy: Option<Privacy>,
    /// The data set that members' rows belong to, beyond this study; none where only this study uses them.
    pub data_set: Option<DataSet>,
}

/// A data set as members' ledgers name it, over all studies and releases of the same rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataSet {
    /// Its name, the same as in releases.
    pub id: String,
    /// Most that one unit may lose by all of them together, in one window.
    pub limit: Ceiling,
    /// The windows of its accounts.
    pub windows: Windows,
}

/// Over which windows losses add up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Windows {
    /// One account for all rows, as releases use it: the same customer may be in any period.
    All,
    /// One account per period.
    Periods,
}

/// Noise on every sum, and whom it protects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Privacy {
    /// Whom it protects.
    pub unit: PrivacyUnit,
    /// Column that identifies a member's customer; none where a customer's bound is only declared.
    pub customer: Option<String>,
    /// Most periods in which one customer counts.
    pub most_periods: Option<u32>,
    /// What one unit may lose in one round by all noisy sums together.
    pub epsilon: Rational,
    /// Noise of each sum: the epsilon divided evenly.
    pub noise: Noise,
    /// Sums that one unit touches: KPIs, periods and kinds of cells.
    pub sums: u64,
}

/// Which columns identify and describe a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Column that identifies the member.
    pub column: String,
    /// Column with its name.
    pub name: Option<String>,
    /// Column with the legal entity behind it, where one entity may be several members.
    pub entity: Option<String>,
    /// Public attributes by which members are grouped.
    pub segments: Vec<Attribute>,
}

/// A figure every member computes the same way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kpi {
    /// Short name: letters, digits and underscores.
    pub id: String,
    /// Name people read.
    pub label: String,
    /// SQL aggregate over the table `data` that yields whole steps of the resolution.
    pub sql: String,
    /// Unit.
    pub unit: String,
    /// Whether higher is better.
    pub direction: Direction,
    /// Size of one step.
    pub resolution: Step,
    /// Smallest value, in steps.
    pub low: i64,
    /// Largest value, in steps.
    pub high: i64,
    /// What happens to a value outside.
    pub outside: Outside,
    /// The histogram behind quartiles and standard deviation; none where neither is wanted.
    pub histogram: Option<Histogram>,
    /// Most that one customer adds in one period, in steps; where noise protects customers.
    pub customer_bound: Option<u64>,
}

/// A histogram that is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Histogram {
    /// Its edges.
    pub edges: Edges,
    /// Privacy loss per period and cell; none where it is exact by consent.
    pub epsilon: Option<Rational>,
    /// Labels of the periods it is opened for.
    pub periods: Vec<String>,
    /// Whether quartiles are wanted.
    pub quartiles: bool,
    /// Whether the standard deviation is wanted.
    pub sd: bool,
}

/// How the edges of a histogram are given, in steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edges {
    /// Log-spaced: `bins` bins, the first one up to `first`.
    LogSpaced {
        /// Upper edge of the first bin.
        first: i64,
        /// Number of bins.
        bins: u16,
    },
    /// As listed, strictly between the ends of the range.
    Listed(Vec<i64>),
}

/// Who computes, and how many of them it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trustees {
    /// Their names.
    pub names: Vec<String>,
    /// Trustees, shares to open, quorum: a safe triple.
    pub threshold: Threshold,
}

/// What may be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Least number of members a figure is shown for, colluders not counted.
    pub least_members: u64,
    /// Members that may collude.
    pub colluding: u64,
    /// Most a member may spend on one data window.
    pub budget: Ceiling,
    /// Attributes whose values are cells, besides the cell of all members.
    pub cells: Vec<String>,
    /// Kinds of cells whose histograms are opened: `all`, or attributes among `cells`.
    pub quartiles_for: Vec<String>,
    /// What happens where opening a cell would single members out.
    pub unsafe_cells: UnsafeCells,
    /// Whether the consortium's charter allows coarse exact histograms.
    pub exact_histograms: bool,
    /// What must be proved of every total before it is shown.
    pub concentration: Vec<Concentration>,
}
