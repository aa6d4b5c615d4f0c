//! From the table to each member's figures.

mod customers;

pub use customers::{CustomerBounds, extract_bounded};

use crate::codes;
use crate::engine::{Answer, Engine, Query, overflow};
use crate::figures::MemberFigures;
use crate::period::{PeriodSpec, Window, day_of};
use crate::problem::{Error, Flaw, Problems};
use crate::roster;
use crate::spec::{Empty, Kind, TableSpec};
use crate::sql::{self, Checked, quote_name};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is computed for every member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extraction {
    /// The column that identifies the member; text or whole numbers, never empty.
    pub member: String,
    /// The column with the member's name.
    #[serde(default)]
    pub name: Option<String>,
    /// Attributes of the roster.
    #[serde(default)]
    pub attributes: Vec<Attribute>,
    /// The periods; where absent, all rows count as one.
    #[serde(default)]
    pub period: Option<PeriodSpec>,
    /// The KPIs.
    pub kpis: Vec<KpiQuery>,
}

/// A public attribute of members, taken from a column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attribute {
    /// Its name, e.g. `zip`.
    pub attribute: String,
    /// The column.
    pub column: String,
    /// Which of several values counts.
    pub take: Take,
}

/// Which of several values of an attribute counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Take {
    /// The one of the member's first date in the window.
    First,
    /// The only one: several stop the extraction.
    Only,
}

/// One KPI as SQL over the table `data`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KpiQuery {
    /// Its id.
    pub id: String,
    /// An aggregate whose result is a whole number of steps, see [`crate::check_sql`].
    pub sql: String,
    /// Smallest figure.
    pub low: i64,
    /// Largest figure.
    pub high: i64,
    /// What happens to a figure outside the range.
    #[serde(default)]
    pub outside: Outside,
}

/// What happens to a figure outside its KPI's range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outside {
    /// The extraction stops.
    #[default]
    Refuse,
    /// It becomes the end of the range, and is counted.
    Clip,
}

/// The members with their figures.
#[derive(Debug)]
pub struct Extracted {
    /// Sorted by identifier.
    pub members: Vec<MemberFigures>,
    /// The labels of the periods, in order.
    pub periods: Vec<String>,
    /// Rows of the table outside the window.
    pub rows_outside: u64,
    /// What a person should know although nothing is wrong.
    pub notes: Vec<String>,
}

/// The study's half of an extraction, checked.
pub(crate) struct Plan<'a> {
    pub(crate) extraction: &'a Extraction,
    pub(crate) window: Option<Window>,
    pub(crate) periods: Vec<String>,
    kpis: Vec<Checked>,
    customers: Option<&'a CustomerBounds>,
}

/// Checks an extraction against its table without any data.
///
/// # Errors
/// [`Error::Study`] with everything that is wrong.
pub fn check_extraction(spec: &TableSpec, extraction: &Extraction) -> Result<(), Error> {
    check(spec, extraction).map(|_| ())
}

fn check(spec: &TableSpec, extraction: &Extraction) -> Result<Vec<Checked>, Error> {
    let mut problems = Problems::default();
    check_keys(spec, extraction, &mut problems);
    if let Some(Err(flaw)) = extraction.period.as_ref().map(PeriodSpec::ends) {
        problems.push(flaw.at("study", None, None));
    }
    let checked = check_kpis(spec, extraction, &mut problems);
    if problems.is_empty() { Ok(checked) } else { Err(Error::Study(problems)) }
}

/// The columns an extraction names, with what each must hold.
fn check_keys(spec: &TableSpec, extraction: &Extraction, problems: &mut Problems) {
    type Fits = fn(Kind) -> bool;
    let label: Fits = |kind| matches!(kind, Kind::Text | Kind::Integer);
    let named: Fits = |kind| !matches!(kind, Kind::Decimal { .. });
    let date: Fits = |kind| matches!(kind, Kind::Date { .. });
    let mut keys = vec![(&extraction.member, "member", label, true)];
    keys.extend(extraction.name.iter().map(|name| (name, "name", label, false)));
    keys.extend(extraction.attributes.iter().map(|a| (&a.column, "attribute", named, false)));
    keys.extend(extraction.period.iter().map(|p| (&p.column, "period", date, true)));
    for (name, what, fits, never_empty) in keys {
        let (message, remedy) = match spec.position(name).and_then(|index| spec.columns.get(index)) {
            None => ("is not described", "describe it among the columns"),
            Some(column) if !fits(column.kind) => ("has a kind that does not fit", "change its kind"),
            Some(column) if never_empty && column.empty != Empty::Refuse => {
                ("may be empty", "set `empty = \"refuse\"`")
            }
            Some(_) => continue,
        };
        let flaw = Flaw::new(codes::SPEC, format!("the {what} column {message}"), remedy);
        problems.push(flaw.at("study", None, Some(name)));
    }
}

fn check_kpis(spec: &TableSpec, extraction: &Extraction, problems: &mut Problems) -> Vec<Checked> {
    let mut push = |flaw: Flaw| problems.push(flaw.at("study", None, None));
    let mut checked = Vec::with_capacity(extraction.kpis.len());
    for (index, kpi) in extraction.kpis.iter().enumerate() {
        match sql::check_sql(spec, &kpi.sql) {
            Ok(sql) => checked.push(sql),
            Err(mistake) => {
                let flaw = mistake.flaw(&kpi.sql);
                push(Flaw { message: format!("KPI {:?}: {}", kpi.id, flaw.message), ..flaw });
            }
        }
        let twin = extraction.kpis.iter().take(index).any(|other| other.id == kpi.id);
        if twin || kpi.low > kpi.high {
            let message = format!("KPI {:?} is there twice, or its range is empty", kpi.id);
            push(Flaw::new(codes::SPEC, message, "give it another id, or low <= high"));
        }
    }
    if extraction.kpis.is_empty() || extraction.kpis.len() > 200 {
        push(Flaw::new(codes::SPEC, "there is no KPI, or more than 200", "name at least one"));
    }
    checked
}

/// Computes every member's figures from a loaded engine.
///
/// # Errors
/// [`Error::Study`] if the extraction does not fit the table, [`Error::Data`] if a figure is not a whole number, too
/// large or outside its range, or if an attribute is unclear; each names the member, the KPI and the period, and no
/// figure. [`Error::Engine`] if the engine fails.
pub fn extract(engine: &dyn Engine, spec: &TableSpec, extraction: &Extraction) -> Result<Extracted, Error> {
    extract_checked(engine, extraction, check(spec, extraction)?, None)
}

/// The extraction itself, with or without a bound on every customer's part.
fn extract_checked(
    engine: &dyn Engine,
    extraction: &Extraction,
    kpis: Vec<Checked>,
    customers: Option<&CustomerBounds>,
) -> Result<Extracted, Error> {
    let mut plan = Plan { extraction, window: None, periods: vec!["all".to_owned()], kpis, customers };
    if let Some(period) = &extraction.period {
        let window = window(engine, period)?;
        plan.periods = period.labels(window).map_err(|flaw| data(flaw, Some(&period.column)))?;
        plan.window = Some(window);
    }
    if let Some(customers) = customers {
        customers.refuse_nameless(engine, &plan)?;
    }
    let mut problems = Problems::default();
    let mut members = figures(engine, &plan, &mut problems)?;
    if members.is_empty() {
        return Err(data(
            Flaw::new(codes::NO_MEMBERS, "no row lies in the window", "check `from`, `to` and the files"),
            None,
        ));
    }
    let mut notes = Vec::new();
    roster::complete(engine, &plan, &mut members, &mut problems, &mut notes)?;
    if !problems.is_empty() {
        return Err(Error::Data(problems));
    }
    let rows_outside = outside(engine, &plan)?;
    if rows_outside > 0 {
        notes.push(format!("{rows_outside} rows lie outside the window and count for nothing"));
    }
    Ok(Extracted { members: members.into_values().collect(), periods: plan.periods, rows_outside, notes })
}

pub(crate) fn data(flaw: Flaw, column: Option<&str>) -> Error {
    Error::Data(flaw.at("data", None, column).into())
}

impl Plan<'_> {
    /// ` WHERE ...` for the rows of the window, and its parameters.
    pub(crate) fn filter(&self) -> (String, Vec<String>) {
        match (&self.extraction.period, self.window) {
            (Some(period), Some(window)) => {
                let column = quote_name(&period.column);
                (
                    format!(" WHERE {column} >= ?1 AND {column} < ?2"),
                    vec![window.from.to_string(), window.until.to_string()],
                )
            }
            _ => (String::new(), Vec::new()),
        }
    }

    /// One row per member and period, with the KPIs of these indices.
    fn query(&self, kpis: &[usize]) -> Query {
        if let Some(customers) = self.customers {
            return customers.query(self, kpis);
        }
        let (filter, params) = self.filter();
        let member = quote_name(&self.extraction.member);
        let period = self.extraction.period.as_ref().map_or_else(|| "'all'".to_owned(), PeriodSpec::key);
        let of = |kpi: &usize| self.kpis.get(*kpi).map(|kpi| format!(", {}", kpi.sql()));
        let columns: String = kpis.iter().filter_map(of).collect();
        let sql = format!("SELECT {member}, {period}{columns} FROM data{filter} GROUP BY 1, 2 ORDER BY 1, 2");
        Query { sql, params, width: kpis.len() + 2 }
    }
}

/// The window: as the study names it, or from the first to the last row.
fn window(engine: &dyn Engine, period: &PeriodSpec) -> Result<Window, Error> {
    let (from, until) = period.ends().map_err(|flaw| Error::Study(flaw.at("study", None, None).into()))?;
    if let (Some(from), Some(until)) = (from, until) {
        return Ok(Window { from, until });
    }
    let column = quote_name(&period.column);
    let query = Query { sql: format!("SELECT min({column}), max({column}) FROM data"), params: vec![], width: 2 };
    let mut found = None;
    engine.select(&query, &mut |row| {
        if let [Answer::Text(first), Answer::Text(last)] = row {
            found = day_of(first).zip(day_of(last));
        }
        Ok(())
    })?;
    let empty = || data(Flaw::new(codes::NO_MEMBERS, "the table has no row", "check the files and skip rules"), None);
    let (first, last) = found.ok_or_else(empty)?;
    let start = period.every.start(first);
    let after = period.every.next(period.every.start(last)).or_else(|| last.next()).unwrap_or(last);
    let window = Window { from: from.unwrap_or(start), until: until.unwrap_or(after) };
    if window.from >= window.until { Err(empty()) } else { Ok(window) }
}

type Members = BTreeMap<String, MemberFigures>;

fn figures(engine: &dyn Engine, plan: &Plan<'_>, problems: &mut Problems) -> Result<Members, Error> {
    let mut members = Members::new();
    let kpis: Vec<usize> = (0..plan.kpis.len()).collect();
    let mut each = |row: &[Answer<'_>]| {
        take(plan, row, &mut members, problems);
        Ok(())
    };
    match engine.select(&plan.query(&kpis), &mut each) {
        Err(Error::Overflow) => Err(blame(engine, plan)),
        other => other.map(|()| members),
    }
}

/// Finds the KPI whose sum overflows by running each alone.
fn blame(engine: &dyn Engine, plan: &Plan<'_>) -> Error {
    let alone = |kpi: usize| engine.select(&plan.query(&[kpi]), &mut |_| Ok(()));
    let mut kpis = plan.extraction.kpis.iter().enumerate();
    let guilty = kpis.find(|(index, _)| matches!(alone(*index), Err(Error::Overflow)));
    guilty.map_or(Error::Overflow, |(_, kpi)| data(overflow(&format!("KPI {:?}", kpi.id)), None))
}

/// One row of the answer: a member, a period, and its figure for every KPI.
fn take(plan: &Plan<'_>, row: &[Answer<'_>], members: &mut Members, problems: &mut Problems) {
    let (Some(id), Some(Answer::Text(period))) = (row.first().and_then(label), row.get(1)) else { return };
    let only = (*period == "all").then_some(0);
    let Some(at) = only.or_else(|| plan.periods.iter().position(|p| p == period)) else { return };
    let width = plan.periods.len();
    let size = width * plan.extraction.kpis.len();
    let member = members.entry(id.clone()).or_insert_with(|| MemberFigures::new(&id, size));
    for (index, (kpi, answer)) in plan.extraction.kpis.iter().zip(row.iter().skip(2)).enumerate() {
        match figure(kpi, answer) {
            Ok((figure, clipped)) => {
                member.set(index * width + at, figure);
                member.clipped += u64::from(clipped);
            }
            Err(flaw) => {
                let message =
                    format!("member {id:?}, KPI {:?}, period {:?}: {}", kpi.id, plan.periods[at], flaw.message);
                problems.push(Flaw { message, ..flaw }.at("data", None, None));
            }
        }
    }
}

fn figure(kpi: &KpiQuery, answer: &Answer<'_>) -> Result<(Option<i64>, bool), Flaw> {
    match answer {
        Answer::Null => Ok((None, false)),
        Answer::Integer(value) if (kpi.low..=kpi.high).contains(value) => Ok((Some(*value), false)),
        Answer::Integer(value) if kpi.outside == Outside::Clip => Ok((Some((*value).clamp(kpi.low, kpi.high)), true)),
        Answer::Integer(_) => Err(Flaw::new(
            codes::OUTSIDE,
            format!("the figure lies outside {} to {} (in steps of the KPI's resolution)", kpi.low, kpi.high),
            "check the unit of these rows; if they are right, widen the range or name `outside = \"clip\"`",
        )),
        _ => Err(Flaw::new(
            codes::NOT_INTEGER,
            "the result is not a whole number: a product left the 64-bit range",
            "use a coarser unit, or divide before multiplying",
        )),
    }
}

/// A member's identifier or an attribute's value as text.
pub(crate) fn label(answer: &Answer<'_>) -> Option<String> {
    match answer {
        Answer::Text(text) => Some((*text).to_owned()),
        Answer::Integer(number) => Some(number.to_string()),
        _ => None,
    }
}

fn outside(engine: &dyn Engine, plan: &Plan<'_>) -> Result<u64, Error> {
    let (filter, params) = plan.filter();
    if filter.is_empty() {
        return Ok(0);
    }
    let mut counts = [0i64; 2];
    for (count, (sql, params)) in counts
        .iter_mut()
        .zip([("SELECT count(*) FROM data".to_owned(), vec![]), (format!("SELECT count(*) FROM data{filter}"), params)])
    {
        engine.select(&Query { sql, params, width: 1 }, &mut |row| {
            if let [Answer::Integer(n)] = row {
                *count = *n;
            }
            Ok(())
        })?;
    }
    Ok(u64::try_from(counts[0] - counts[1]).unwrap_or(0))
}
