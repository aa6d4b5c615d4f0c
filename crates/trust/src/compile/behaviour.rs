//! Metrics of what customers do: stay, buy again, spend, refer, consent, complain.

use super::arguments::written;
use super::survey::decimals;
use super::{Arguments, Part, PartLine};
use crate::question::{Output, Read, Rule};
use crate::spec::{Fixed, Split, UnitKind};
use guildhall_data::{RowKind, UnitField, UnitTake, day_number, first_day};

fn share(names: [&str; 2], of: usize) -> (Output, Vec<PartLine>) {
    let output = Output::Bins(names.iter().map(|name| (*name).to_owned()).collect());
    let read = Read::Share { of: vec![of], among: vec![0, 1] };
    let (addition, unit) = (String::new(), "%".to_owned());
    (output, vec![PartLine { suffix: "", addition, unit, decimals: 1, read, definition: None }])
}

/// The share of yes.
pub(super) fn truth(arguments: &mut Arguments<'_>, meaning: &str, take: UnitTake) -> Option<Vec<Part>> {
    let field = arguments.field(meaning, take)?;
    let (output, lines) = share(["no", "yes"], 1);
    Some(vec![Part { fields: vec![field], rule: Rule::Truth, output, lines }])
}

/// The share of recovered among those with an incident.
pub(super) fn recovery(arguments: &mut Arguments<'_>) -> Option<Vec<Part>> {
    let incident = arguments.field("incident", UnitTake::Greatest)?;
    let recovered = arguments.field("recovered", arguments.take())?;
    let (output, lines) = share(["not recovered", "recovered"], 1);
    Some(vec![Part { fields: vec![incident, recovered], rule: Rule::Given, output, lines }])
}

/// Churn and retention: one question, two readings.
pub(super) fn churn(arguments: &mut Arguments<'_>, left: bool) -> Option<Vec<Part>> {
    if arguments.asked.split == Split::Cohorts {
        return cohorts(arguments);
    }
    let (output, lines) = share(["stayed", "left"], usize::from(left));
    if arguments.has("left") {
        let field = arguments.field("left", arguments.take())?;
        return Some(vec![Part { fields: vec![field], rule: Rule::Truth, output, lines }]);
    }
    let field = arguments.field("active", UnitTake::Greatest)?;
    let reference = reference(arguments)?;
    let Some(days) = arguments.number("days", 0) else {
        let remedy = "say after how many days without a sign of life a customer is gone";
        arguments.mistake("parameters.days", "the number of days is missing", remedy);
        return None;
    };
    needs_unit(arguments)?;
    let rule = Rule::Before { day: reference - days };
    Some(vec![Part { fields: vec![field], rule, output, lines }])
}

/// The reference day: as given, or the end of the window.
fn reference(arguments: &mut Arguments<'_>) -> Option<i64> {
    let end = || arguments.spec.window.as_ref().and_then(|window| window.until.clone());
    let day = arguments.text("reference").or_else(end).and_then(|text| day_number(&first_day(&text)?));
    if day.is_none() {
        let remedy = "give reference, or the end of the window";
        arguments.mistake("parameters.reference", "there is no day to look back from", remedy);
    }
    day
}

fn cohorts(arguments: &mut Arguments<'_>) -> Option<Vec<Part>> {
    let (output, lines) = share(["not active", "active"], 1);
    let dates = arguments.spec.window.as_ref().map(|window| window.column.as_str());
    if arguments.asked.columns.get("active").map(String::as_str) != dates {
        arguments.mistake("columns.active", "cohorts follow the dates of the window", "name the window's column");
        return None;
    }
    needs_unit(arguments)?;
    Some(vec![Part { fields: vec![], rule: Rule::Active, output, lines }])
}

fn needs_unit(arguments: &mut Arguments<'_>) -> Option<()> {
    if arguments.spec.unit.kind == UnitKind::Row {
        let message = "the metric looks at several rows of a customer, and here every row is a unit";
        arguments.mistake("name", message, "set the unit to the customer's column");
        return None;
    }
    Some(())
}

/// The share that bought at least so many times.
pub(super) fn repeat(arguments: &mut Arguments<'_>) -> Option<Vec<Part>> {
    needs_unit(arguments)?;
    let least = arguments.number("times", 0)?;
    let (field, rule) = match arguments.text("count")?.as_str() {
        "rows" => (arguments.field("order", UnitTake::Count)?, Rule::Times { least }),
        "number" => {
            let field = arguments.field("order", UnitTake::Sum)?;
            if field.parts.iter().any(|(checked, kind)| *kind != RowKind::Number || checked.decimals() != Some(0)) {
                arguments.mistake(
                    "columns.order",
                    "it is not a whole number of purchases",
                    "count rows or distinct orders",
                );
                return None;
            }
            (field, Rule::Bands { low: 0, high: 1 << 40, cuts: vec![least] })
        }
        _ => (arguments.field("order", UnitTake::CountDistinct)?, Rule::Times { least }),
    };
    let (output, lines) = share(["fewer", "repeating"], 1);
    Some(vec![Part { fields: vec![field], rule, output, lines }])
}

/// Spend per customer times lifespan, with quantiles on demand.
pub(super) fn value(arguments: &mut Arguments<'_>) -> Option<Vec<Part>> {
    let field = arguments.field("value", UnitTake::Sum)?;
    let decimals = decimals(&field);
    let lifespan = arguments.fixed("lifespan").map_or(1.0, Fixed::to_f64);
    if lifespan <= 0.0 {
        let remedy = "give the number of windows a customer stays";
        arguments.mistake("parameters.lifespan", "the lifespan is not positive", remedy);
        return None;
    }
    let (low, high) = (arguments.number("floor", decimals)?, arguments.number("clip", decimals)?);
    let unit = arguments.text("currency").unwrap_or_else(|| "money".to_owned());
    let factor = lifespan / 10f64.powi(i32::from(decimals));
    let definition =
        arguments.fixed("lifespan").is_none_or(|n| n == Fixed::whole(1)).then(|| spent(arguments, low, decimals));
    let bounds = Bounds { low, high, decimals, factor, unit, definition };
    mean_and_quantiles(arguments, &field, &Rule::Value, &bounds)
}

/// What a value without a lifespan means: nothing is foretold, so that it is no lifetime's.
fn spent(arguments: &Arguments<'_>, low: i64, decimals: u8) -> String {
    let column = arguments.asked.columns.get("value").map_or("", String::as_str);
    let clip = arguments.fixed("clip").map(|clip| clip.to_string()).unwrap_or_default();
    let unit = arguments.spec.unit.kind.name();
    let sum = match (&arguments.spec.unit.kind, &arguments.spec.window) {
        (UnitKind::Row, _) => format!("{column} of one row"),
        (_, None) => format!("The sum of {column} over the rows of one {unit}"),
        (_, Some(_)) => format!("The sum of {column} over the rows of one {unit} in the window"),
    };
    format!("{sum}, counted as no less than {} and no more than {clip}.", written(low, decimals))
}

/// Days per complaint, one complaint per customer.
pub(super) fn complaints(arguments: &mut Arguments<'_>) -> Option<Vec<Part>> {
    let take = arguments.take();
    let (field, rule) = if arguments.has("days") {
        (arguments.field("days", take)?, Rule::Value)
    } else {
        let parts = vec![arguments.column("opened")?, arguments.column("closed")?];
        (UnitField { parts, take }, Rule::Days)
    };
    let decimals = if rule == Rule::Days { 0 } else { decimals(&field) };
    let high = arguments.number("clip", decimals)?;
    let factor = 1.0 / 10f64.powi(i32::from(decimals));
    let bounds = Bounds { low: 0, high, decimals, factor, unit: "days".to_owned(), definition: None };
    mean_and_quantiles(arguments, &field, &rule, &bounds)
}

struct Bounds {
    low: i64,
    high: i64,
    decimals: u8,
    factor: f64,
    unit: String,
    definition: Option<String>,
}

fn mean_and_quantiles(
    arguments: &mut Arguments<'_>,
    field: &UnitField,
    rule: &Rule,
    bounds: &Bounds,
) -> Option<Vec<Part>> {
    let Bounds { low, high, .. } = *bounds;
    if low >= high {
        let remedy = "choose it from policy, e.g. the most a good customer spends";
        arguments.mistake("parameters.clip", "the clip does not lie above the floor", remedy);
        return None;
    }
    let cap = arguments.fixed("cap");
    if cap.is_some_and(|cap| cap.steps(bounds.decimals).is_none_or(|cap| cap < high)) {
        let remedy = "give the most one customer can be worth, or leave it out";
        arguments.mistake("parameters.cap", "the cap lies below the clip or is too fine", remedy);
        return None;
    }
    let part = |output: Output, suffix: &'static str, addition: &str, read: Read| {
        let (addition, unit, definition) = (addition.to_owned(), bounds.unit.clone(), bounds.definition.clone());
        let line = PartLine { suffix, addition, unit, decimals: 2, read, definition };
        Part { fields: vec![field.clone()], rule: rule.clone(), output, lines: vec![line] }
    };
    let cap = cap.and_then(|cap| cap.steps(bounds.decimals));
    let read = Read::Mean { factor: bounds.factor, clips: true, cap };
    let mut parts = vec![part(Output::Sums { low, high }, "-mean", "mean", read)];
    for (percent, fraction, suffix) in fractions(arguments)? {
        let step = step(arguments, bounds)?;
        let label = if fraction == 500 { "median".to_owned() } else { format!("{percent} % lie below") };
        let output = Output::Quantile { low, high, step, fraction };
        parts.push(part(output, suffix, &label, Read::Quantile { factor: bounds.factor }));
    }
    Some(parts)
}

/// The quantiles that are offered, in thousandths, and what each adds to an id.
const QUANTILES: &[(i64, &str)] =
    &[(50, "-p5"), (100, "-p10"), (250, "-p25"), (500, "-p50"), (750, "-p75"), (900, "-p90"), (950, "-p95")];

/// The quantiles asked for: percent as written, thousandths, and what is added to the id.
fn fractions(arguments: &mut Arguments<'_>) -> Option<Vec<(Fixed, i64, &'static str)>> {
    let mut found = Vec::new();
    for percent in arguments.numbers("quantiles") {
        let thousandths = percent.steps(1);
        match QUANTILES.iter().find(|(fraction, _)| Some(*fraction) == thousandths) {
            Some((fraction, suffix)) => found.push((percent, *fraction, *suffix)),
            None => {
                let remedy = "choose among 5, 10, 25, 50, 75, 90 and 95";
                arguments.mistake("parameters.quantiles", format!("{percent} is not offered"), remedy);
                return None;
            }
        }
    }
    Some(found)
}

fn step(arguments: &mut Arguments<'_>, bounds: &Bounds) -> Option<i64> {
    let range = bounds.high - bounds.low;
    let step = match arguments.fixed("step") {
        Some(_) => arguments.number("step", bounds.decimals)?,
        None => (range / 1_000).max(1),
    };
    if step < 1 || range / step > 100_000 {
        let message = "the step is not positive, or makes more than 100,000 candidates";
        arguments.mistake("parameters.step", message, "choose a coarser step");
        return None;
    }
    Some(step)
}
