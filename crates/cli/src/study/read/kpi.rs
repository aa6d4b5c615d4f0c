//! `[[kpi]]`: the figures that are compared.

use super::edges::{self, Scale};
use super::privacy::{self, Wish};
use crate::Problem;
use crate::study::model::{Histogram, Kpi};
use crate::study::section::{Section, choose, text_of};
use crate::study::source::{Source, did_you_mean};
use guildhall_data::{Outside, TableSpec, check_sql};
use guildhall_dp::suggested_bins;
use guildhall_kpi::{Direction, Rational, Step};
use toml::Spanned;

/// What other sections say and KPIs refer to.
pub(super) struct Context<'c> {
    /// Members expected, where known.
    pub(super) expected: Option<u64>,
    /// Labels of the periods, where known.
    pub(super) periods: Option<Vec<String>>,
    /// The table, where it was understood.
    pub(super) data: Option<&'c TableSpec>,
    /// Whom noise on sums protects, where there is any.
    pub(super) wish: Option<&'c Wish>,
    /// Whether noise on sums may be wanted by something that was not understood.
    pub(super) misread: bool,
}

/// The statistics a study may ask for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Statistic {
    Mean,
    Quartiles,
    Sd,
}

const STATISTICS: [(&str, Statistic); 3] =
    [("mean", Statistic::Mean), ("quartiles", Statistic::Quartiles), ("sd", Statistic::Sd)];
const DIRECTIONS: [(&str, Direction); 3] =
    [("higher", Direction::Higher), ("lower", Direction::Lower), ("neither", Direction::Neither)];

pub(super) fn read_all(source: &mut Source<'_>, root: &mut Section<'_>, context: &Context<'_>) -> Option<Vec<Kpi>> {
    let sections = root.sections(source, "kpi", "[[kpi]]");
    if sections.is_empty() {
        let problem = Problem::new("S0310", "the study compares nothing: there is no [[kpi]]");
        source.mistake(&(0..0), problem.remedy("add [[kpi]] with id, label, sql, unit, low and high"));
    }
    let total = sections.len();
    let mut kpis: Vec<Kpi> = Vec::with_capacity(total);
    let mut ids: Vec<String> = Vec::with_capacity(total);
    for mut section in sections {
        if let Some(id) = id(source, &mut section, &ids) {
            ids.push(id.clone());
            section.rename(format!("KPI {id:?}"));
            kpis.extend(read(source, section, id, context));
        }
    }
    (total > 0 && kpis.len() == total).then_some(kpis)
}

fn id(source: &mut Source<'_>, section: &mut Section<'_>, taken: &[String]) -> Option<String> {
    let id = section.required(source, "id", "id = \"receipts\"")?;
    let plain = id.len() <= 40 && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    let span = section.span_of("id");
    if !plain || !id.starts_with(|c: char| c.is_ascii_lowercase()) {
        let problem = Problem::new("S0301", format!("{id:?} cannot be an id"));
        source.mistake(
            &span,
            problem.remedy("start with a small letter; go on with small letters, digits, _ (at most 40)"),
        );
    } else if taken.contains(&id) {
        let problem = Problem::new("S0301", format!("two KPIs are called {id:?}"));
        source.mistake(&span, problem.remedy("give each KPI its own id"));
    }
    Some(id)
}

fn read(source: &mut Source<'_>, mut section: Section<'_>, id: String, context: &Context<'_>) -> Option<Kpi> {
    let label = section.text(source, "label").unwrap_or_else(|| id.clone());
    section.readable(source, "label", &label);
    let sql = section.required(source, "sql", "sql = \"sum(receipts)\"");
    let unit = section.required(source, "unit", "unit = \"USD\"");
    let unit = unit.filter(|unit| section.readable(source, "unit", unit));
    let direction = section.choice(source, "direction", &DIRECTIONS).unwrap_or(Direction::Neither);
    let outside = section.choice(source, "outside", &[("refuse", Outside::Refuse), ("clip", Outside::Clip)]);
    let scale = scale(source, &mut section);
    if let (Some(scale), Some(expected)) = (scale, context.expected) {
        overflow(source, &section, scale, expected);
    }
    if let (Some(sql), Some(data)) = (&sql, context.data) {
        aggregate(source, &section, data, sql, scale.map(|scale| scale.resolution));
    }
    let histogram = histogram(source, &mut section, scale, context);
    let resolution = scale.map(|scale| scale.resolution);
    let customer_bound = if context.misread {
        section.know(&["customer_bound"]);
        None
    } else {
        privacy::bound(source, &mut section, resolution, sql.as_deref(), context.wish)
    };
    section.finish(source);
    let scale = scale?;
    Some(Kpi {
        id,
        label,
        sql: sql?,
        unit: unit?,
        direction,
        resolution: scale.resolution,
        low: scale.low,
        high: scale.high,
        outside: outside.unwrap_or(Outside::Refuse),
        histogram: histogram?,
        customer_bound,
    })
}

fn scale(source: &mut Source<'_>, section: &mut Section<'_>) -> Option<Scale> {
    let resolution = match section.value("resolution") {
        None => Some(Step::ONE),
        Some(_) => section.exact(source, "resolution", "the size of one step in the unit: \"0.01\", \"1\" or \"100\""),
    };
    let mut end = |key: &'static str, example: &str| {
        let Some(value) = section.value(key) else {
            section.missing(source, key, example);
            return None;
        };
        edges::steps(source, key, value, resolution?)
    };
    let low = end("low", "low = 0: the smallest value a member may have, in the unit");
    let high = end("high", "high = 2000000: the largest value a member may have, in the unit");
    let (resolution, low, high) = (resolution?, low?, high?);
    let limit = 1i64 << 56;
    if low < high && low > -limit && high < limit && high - low < 1 << 48 {
        return Some(Scale { resolution, low, high });
    }
    let problem = Problem::new("S0303", "`low` must lie below `high`, and the range must hold fewer than 2^48 steps")
        .remedy("choose the range from public knowledge, or a coarser resolution");
    source.mistake(&section.span_of("high"), problem);
    None
}

/// The SQL must be one aggregate, and its steps those of the resolution.
fn aggregate(source: &mut Source<'_>, section: &Section<'_>, data: &TableSpec, sql: &str, resolution: Option<Step>) {
    let span = section.span_of("sql");
    let checked = match check_sql(data, sql) {
        Ok(checked) => checked,
        Err(mistake) => return source.mistake(&span, super::sql_problem(&mistake, section.name())),
    };
    let steps = checked.decimals().map(|decimals| 1.0 / 10f64.powi(decimals.into()));
    let same = |decimals: u8, step: Step| step.mantissa() == 1 && step.decimals() == decimals;
    if let (Some(decimals), Some(step)) = (checked.decimals(), resolution)
        && !same(decimals, step)
    {
        let yields = steps.map_or_else(String::new, |steps| steps.to_string());
        let problem = Problem::new("S0313", format!("the SQL yields steps of {yields}, but the resolution is {step}"))
            .why("a decimal(2) column holds hundredths; figures would be wrong by a power of ten")
            .remedy(format!("write resolution = \"{yields}\", or multiply or divide in the SQL"));
        source.mistake(&span, problem);
    }
}

/// Sums are opened as 64-bit numbers; with many members of a wide range they could not be.
fn overflow(source: &mut Source<'_>, section: &Section<'_>, scale: Scale, expected: u64) {
    let largest = u128::from(scale.low.unsigned_abs().max(scale.high.unsigned_abs()));
    let worst = largest * u128::from(expected) * 2;
    if worst > i64::MAX as u128 {
        let problem = Problem::new("S0307", format!("the sum over twice {expected} members could exceed 64 bits"))
            .remedy("choose a coarser resolution, e.g. whole units instead of hundredths, or a smaller range");
        source.mistake(&section.span_of("high"), problem);
    }
}

/// The histogram behind quartiles and sd: `Some(None)` where neither is wanted, `None` after a mistake.
fn histogram(
    source: &mut Source<'_>,
    section: &mut Section<'_>,
    scale: Option<Scale>,
    context: &Context<'_>,
) -> Option<Option<Histogram>> {
    section.know(&["edges", "epsilon", "periods", "histogram"]);
    let wanted = statistics(source, section)?;
    let (quartiles, sd) = (wanted.contains(&Statistic::Quartiles), wanted.contains(&Statistic::Sd));
    if !quartiles && !sd {
        without_effect(source, section);
        return Some(None);
    }
    let exact = section.choice(source, "histogram", &[("noisy", false), ("exact-by-consent", true)]).unwrap_or(false);
    let epsilon = epsilon(source, section, exact);
    let periods = periods(source, section, context.periods.as_deref());
    let default_bins = default_bins(context.expected, epsilon.flatten());
    let edges = scale.and_then(|scale| edges::read(source, section, scale, default_bins));
    Some(Some(Histogram { edges: edges?, epsilon: epsilon?, periods: periods?, quartiles, sd }))
}

fn statistics(source: &mut Source<'_>, section: &mut Section<'_>) -> Option<Vec<Statistic>> {
    let Some(words) = section.texts(source, "statistics") else {
        // Absent means the default; something else than a list was noted as a mistake.
        return section.value("statistics").is_none().then(|| vec![Statistic::Mean]);
    };
    words.iter().map(|word| choose(source, "statistics", word, &STATISTICS)).collect()
}

/// Keys of a histogram where none is opened would silently do nothing.
fn without_effect(source: &mut Source<'_>, section: &mut Section<'_>) {
    for key in ["edges", "epsilon", "periods", "histogram"] {
        if section.value(key).is_some() {
            let problem =
                Problem::new("S0308", format!("{}: {key} has no effect without quartiles or sd", section.name()))
                    .why("count, sum and mean are opened exactly and need no histogram")
                    .remedy("leave it out, or write statistics = [\"mean\", \"quartiles\", \"sd\"]");
            source.mistake(&section.span_of(key), problem);
        }
    }
}

/// The epsilon of a noisy histogram (default 1); none for an exact one; outer none after a mistake.
#[expect(clippy::option_option, reason = "a mistake, an exact histogram and an epsilon are three things")]
fn epsilon(source: &mut Source<'_>, section: &mut Section<'_>, exact: bool) -> Option<Option<Rational>> {
    let Some(value) = section.value("epsilon") else {
        return Some(if exact { None } else { Rational::new(1, 1) });
    };
    let epsilon: Rational = section.exact(source, "epsilon", "a number above 0, e.g. 1, 0.5 or \"1/3\"")?;
    let problem = if exact {
        Problem::new("S0308", "epsilon has no effect on a histogram that is exact by consent").remedy("leave it out")
    } else if epsilon.is_zero() {
        Problem::new("S0309", "epsilon must be above zero").remedy("write epsilon = 1, or leave quartiles out")
    } else if epsilon > Rational::new(20, 1).unwrap_or(Rational::ZERO) {
        Problem::new("S0309", "an epsilon above 20 protects nobody").remedy("write epsilon = 1")
    } else {
        return Some(Some(epsilon));
    };
    source.mistake(&value.span(), problem);
    None
}

/// The periods a histogram is opened for: `"last"` (default), `"all"` or a list of labels.
fn periods(source: &mut Source<'_>, section: &mut Section<'_>, known: Option<&[String]>) -> Option<Vec<String>> {
    let known = known?;
    let last = || known.last().cloned().into_iter().collect();
    let Some(value) = section.value("periods") else { return Some(last()) };
    if value.get_ref().as_array().is_none() {
        let word = Spanned::new(value.span(), text_of(source, "periods", value)?);
        let all = choose(source, "periods", &word, &[("all", true), ("last", false)])?;
        return Some(if all { known.to_vec() } else { last() });
    }
    let labels: Vec<&str> = known.iter().map(String::as_str).collect();
    let mut wanted = Vec::new();
    for word in section.texts(source, "periods")? {
        if !labels.contains(&word.get_ref().as_str()) || wanted.contains(word.get_ref()) {
            let problem =
                Problem::new("S0311", format!("{:?} is not a period of the study, or is named twice", word.get_ref()));
            source.mistake(&word.span(), problem.remedy(did_you_mean(word.get_ref(), &labels)));
        }
        wanted.push(word.into_inner());
    }
    Some(wanted)
}

/// Bins that balance noise against coarseness.
fn default_bins(expected: Option<u64>, epsilon: Option<Rational>) -> u16 {
    let bins = suggested_bins(expected.unwrap_or(100), epsilon.unwrap_or(Rational::ZERO), 2);
    u16::try_from(bins).unwrap_or(u16::MAX)
}
