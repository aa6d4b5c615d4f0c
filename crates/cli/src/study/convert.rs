//! Turns a study into what the other crates take; the only place that knows both sides.

use super::model::{DataSet, Edges, Kpi, Policy, Privacy, Study, Windows};
use super::period::WHOLE;
use guildhall_data::{Attribute, CustomerBounds, Extraction, KpiQuery, MemberFigures, Take};
use guildhall_dp::Cells;
use guildhall_dp::disclosure::Rules;
use guildhall_federation::manifest::Customers;
use guildhall_kpi as kpi;

impl Study {
    /// The labels of the periods, in order.
    pub fn periods(&self) -> Vec<String> {
        self.period.as_ref().map_or_else(|| vec![WHOLE.to_owned()], super::Period::labels)
    }

    /// What a member's vector holds: KPI by KPI, each over all periods.
    pub fn schema(&self) -> kpi::Schema {
        schema(&self.kpis, &self.periods(), self.privacy.as_ref())
    }

    /// The largest number of cells that contain one member: one per kind of cell.
    pub fn cells_per_member(&self) -> Cells {
        cells_per_member(&self.policy)
    }

    /// What customers of members are promised; its epsilon is for the manifest to state.
    pub fn customers(&self) -> Option<Customers> {
        let privacy = self.privacy.as_ref().filter(|privacy| privacy.unit == kpi::PrivacyUnit::Customer)?;
        let (enforced, most_periods) = (privacy.customer.is_some(), privacy.most_periods);
        Some(Customers { epsilon: kpi::Rational::ZERO, enforced, most_periods })
    }

    /// The data window in words.
    pub fn window(&self) -> String {
        self.period.as_ref().map_or_else(|| WHOLE.to_owned(), super::Period::window)
    }

    /// The data set as members' ledgers name it: the study's own name and budget, period by period, where it names none.
    pub fn data_set(&self) -> DataSet {
        let own = || DataSet { id: self.id.clone(), limit: self.policy.budget, windows: Windows::Periods };
        self.data_set.clone().unwrap_or_else(own)
    }

    /// Whether the study names the data set its members' rows belong to.
    pub const fn names_data_set(&self) -> bool {
        self.data_set.is_some()
    }

    /// The days of a period, as ledgers write windows.
    pub fn days_of(&self, period: &str) -> String {
        self.period.as_ref().map_or_else(|| WHOLE.to_owned(), |of| of.days(period))
    }

    /// The charter's concentration rules with the coalition it provides for; none where it has none.
    pub fn rules(&self) -> Option<Rules> {
        let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        let policy = &self.policy;
        let rules = Rules::new(small(policy.least_members + policy.colluding))
            .and_then(|rules| rules.coalition(small(policy.colluding.max(1))));
        let rules = rules.and_then(|rules| policy.concentration.iter().try_fold(rules, |rules, one| rules.with(*one)));
        rules.ok().filter(|_| !policy.concentration.is_empty())
    }

    /// What is computed from the rows of every member.
    pub fn extraction(&self) -> Extraction {
        let entity = self.member.entity.iter().map(|column| Attribute {
            attribute: ENTITY.to_owned(),
            column: column.clone(),
            take: Take::Only,
        });
        Extraction {
            member: self.member.column.clone(),
            name: self.member.name.clone(),
            attributes: self.member.segments.iter().cloned().chain(entity).collect(),
            period: self.period.as_ref().map(super::Period::spec),
            kpis: self.kpis.iter().map(query).collect(),
        }
    }

    /// What one customer may add, where a column identifies customers and members' software is to keep the bound.
    pub fn customer_bounds(&self) -> Option<CustomerBounds> {
        let privacy = self.privacy.as_ref()?;
        Some(CustomerBounds {
            column: privacy.customer.clone()?,
            bounds: self.kpis.iter().map(|kpi| bound(kpi, privacy.unit)).collect(),
            most_periods: privacy.most_periods,
        })
    }

    /// The legal entity behind a member: its own column where the study names one, else the member itself.
    pub fn entity_of(&self, member: &mut MemberFigures) -> String {
        let position = member.attributes.iter().position(|(attribute, _)| attribute == ENTITY);
        position.map_or_else(|| member.id.clone(), |at| member.attributes.remove(at).1)
    }
}

/// Under which name the entity's column is extracted; no attribute of a study can be called so.
const ENTITY: &str = "legal entity";

fn query(kpi: &Kpi) -> KpiQuery {
    let Kpi { id, sql, low, high, outside, .. } = kpi.clone();
    KpiQuery { id, sql, low, high, outside }
}

/// One cell per kind of cell contains a member; histograms are opened in those that `quartiles_for` names.
pub(super) fn cells_per_member(policy: &Policy) -> Cells {
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Cells { histograms: count(policy.quartiles_for.len()), sums: count(policy.cells.len() + 1) }
}

/// The schema of KPIs over periods, KPI by KPI.
pub(super) fn schema(kpis: &[Kpi], periods: &[String], privacy: Option<&Privacy>) -> kpi::Schema {
    let figures = kpis.iter().enumerate().flat_map(|(index, kpi)| {
        periods.iter().map(move |period| kpi::Figure {
            kpi: index,
            period: period.clone(),
            histogram: opening(kpi, period).map(|opening| kpi::Histogram { opening }),
            sum: privacy.map(|privacy| kpi::NoisySum {
                unit: privacy.unit,
                bound: bound(kpi, privacy.unit),
                noise: privacy.noise,
            }),
            squares: None,
        })
    });
    kpi::Schema { figures: figures.collect(), kpis: kpis.iter().map(line).collect() }
}

/// Most that one unit changes a sum: a customer its bound, a member the whole range.
pub(super) fn bound(kpi: &Kpi, unit: kpi::PrivacyUnit) -> u64 {
    match unit {
        kpi::PrivacyUnit::Customer => kpi.customer_bound.unwrap_or(0),
        kpi::PrivacyUnit::Member => kpi.high.abs_diff(kpi.low),
    }
}

fn line(kpi: &Kpi) -> kpi::Kpi {
    kpi::Kpi {
        id: kpi.id.clone(),
        label: kpi.label.clone(),
        unit: kpi.unit.clone(),
        direction: kpi.direction,
        resolution: kpi.resolution,
        low: kpi.low,
        high: kpi.high,
        edges: edges(kpi),
    }
}

/// The edges as every party computes them; a single bin where no histogram is opened.
pub(super) fn edges(kpi: &Kpi) -> kpi::Edges {
    match kpi.histogram.as_ref().map(|histogram| &histogram.edges) {
        None => kpi::Edges::single(kpi.low, kpi.high),
        Some(Edges::LogSpaced { first, bins }) => kpi::Edges::log_spaced(kpi.low, *first, kpi.high, usize::from(*bins)),
        Some(Edges::Listed(inner)) => {
            let ends = std::iter::once(kpi.low).chain(inner.iter().copied());
            kpi::Edges::new(ends.chain([kpi.high + 1]).collect())
        }
    }
}

fn opening(kpi: &Kpi, period: &str) -> Option<kpi::Opening> {
    let histogram = kpi.histogram.as_ref().filter(|h| h.periods.iter().any(|wanted| wanted == period))?;
    Some(histogram.epsilon.map_or(kpi::Opening::ExactByConsent, |epsilon| kpi::Opening::Noisy { epsilon }))
}
