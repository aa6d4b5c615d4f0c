//! Figures of which every customer of a member adds at most a bound, whatever its rows say.
//!
//! Source: contribution bounding before aggregation (notes, section 3: one row per unit first, then clip). The figure
//! becomes the sum over the member's customers of the KPI over that customer's rows alone, limited to `-bound ..= bound`;
//! adding or removing a customer then changes it by at most the bound. A customer counts in its first periods only where
//! their number is limited. Both depend on that customer's own rows and on nothing else, neither on their order.
//!
//! Assumption: one customer is one value of the column within one member; whoever appears under two values is two.
//! Not here: which figures a member has at all, which is public; the KPI's own range, which is kept afterwards and only
//! narrows differences.

use super::{Extracted, Extraction, Plan, check, data, extract_checked};
use crate::codes;
use crate::engine::{Answer, Engine, Query};
use crate::period::PeriodSpec;
use crate::problem::{Error, Flaw, Problems};
use crate::spec::{Kind, TableSpec};
use crate::sql::quote_name;
use serde::{Deserialize, Serialize};

/// Who a member's customers are, and the most one of them may add.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomerBounds {
    /// The column that identifies a customer; text or whole numbers. Rows without one stop the extraction.
    pub column: String,
    /// Most that one customer adds to each KPI in one period, in steps; in the order of the KPIs.
    pub bounds: Vec<u64>,
    /// Most periods of the window in which one customer counts, its first ones; all where absent.
    #[serde(default)]
    pub most_periods: Option<u32>,
}

/// As [`super::extract`], with every customer's part of every figure bounded.
///
/// # Privacy
/// How many customers were limited is nowhere counted: that number would tell of them.
///
/// # Errors
/// Those of [`super::extract`]; [`Error::Study`] if the column or a bound does not fit, [`Error::Data`] if rows of the
/// window name no customer.
pub fn extract_bounded(
    engine: &dyn Engine,
    spec: &TableSpec,
    extraction: &Extraction,
    customers: &CustomerBounds,
) -> Result<Extracted, Error> {
    let kpis = check(spec, extraction)?;
    customers.check(spec, extraction)?;
    extract_checked(engine, extraction, kpis, Some(customers))
}

impl CustomerBounds {
    fn check(&self, spec: &TableSpec, extraction: &Extraction) -> Result<(), Error> {
        let column = spec.position(&self.column).and_then(|index| spec.columns.get(index));
        let (message, remedy) = match column {
            None => ("the customer column is not described", "describe it among the columns"),
            Some(column) if !matches!(column.kind, Kind::Text | Kind::Integer) => {
                ("the customer column has a kind that does not fit", "declare it as text")
            }
            _ if self.bounds.len() != extraction.kpis.len() => {
                ("there is not one bound per KPI", "name the most one customer adds to each KPI")
            }
            _ if self.bounds.iter().any(|bound| *bound == 0 || *bound > 1 << 56) || self.most_periods == Some(0) => {
                ("a customer's bound is zero or beyond 2^56", "name the most one customer adds, in steps")
            }
            _ => return Ok(()),
        };
        let mut problems = Problems::default();
        problems.push(Flaw::new(codes::SPEC, message, remedy).at("study", None, Some(&self.column)));
        Err(Error::Study(problems))
    }

    /// Refuses rows of the window that name no customer: nothing could bound them.
    pub(super) fn refuse_nameless(&self, engine: &dyn Engine, plan: &Plan<'_>) -> Result<(), Error> {
        let (filter, params) = plan.filter();
        let column = quote_name(&self.column);
        let joined = if filter.is_empty() { " WHERE" } else { " AND" };
        let sql = format!("SELECT count(*) FROM data{filter}{joined} {column} IS NULL");
        let mut nameless = 0;
        engine.select(&Query { sql, params, width: 1 }, &mut |row| {
            if let [Answer::Integer(rows)] = row {
                nameless = *rows;
            }
            Ok(())
        })?;
        if nameless == 0 {
            return Ok(());
        }
        let message = format!("{nameless} rows name no customer, so what it adds cannot be bounded");
        let remedy = format!("leave them out: [[data.skip]] with when = \"{} is null\" and a reason", self.column);
        Err(data(Flaw::new(codes::EMPTY_FIELD, message, remedy), Some(&self.column)))
    }

    /// One row per member and period: the KPIs with these indices, bounded customer by customer.
    pub(super) fn query(&self, plan: &Plan<'_>, kpis: &[usize]) -> Query {
        let (filter, params) = plan.filter();
        let (member, customer) = (quote_name(&plan.extraction.member), quote_name(&self.column));
        let period = plan.extraction.period.as_ref().map_or_else(|| "'all'".to_owned(), PeriodSpec::key);
        let inner: String =
            kpis.iter().filter_map(|k| Some(format!(", {} AS k{k}", plan.kpis.get(*k)?.sql()))).collect();
        let outer: String = kpis
            .iter()
            .filter_map(|k| {
                let bound = self.bounds.get(*k)?;
                Some(format!(
                    ", sum(CASE WHEN k{k} > {bound} THEN {bound} WHEN k{k} < -{bound} THEN -{bound} ELSE k{k} END)"
                ))
            })
            .collect();
        let each =
            format!("SELECT {member} AS m, {customer} AS c, {period} AS p{inner} FROM data{filter} GROUP BY 1, 2, 3");
        let (each, within) = match self.most_periods {
            None => (each, String::new()),
            Some(most) => (
                format!("SELECT *, row_number() OVER (PARTITION BY m, c ORDER BY p) AS r FROM ({each}) AS visits"),
                format!(" WHERE r <= {most}"),
            ),
        };
        let sql = format!("SELECT m, p{outer} FROM ({each}) AS parts{within} GROUP BY 1, 2 ORDER BY 1, 2");
        Query { sql, params, width: kpis.len() + 2 }
    }
}
