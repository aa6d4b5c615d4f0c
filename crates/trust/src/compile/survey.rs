//! Metrics of what customers say: scores on scales, items of an index, texts.

use super::arguments::written;
use super::{Arguments, Part, PartLine};
use crate::question::{Output, Read, Rule};
use guildhall_data::UnitField;

/// Longest scale whose whole distribution is one query.
const LONGEST_SCALE: i64 = 20;

fn bins(names: &[&str]) -> Output {
    Output::Bins(names.iter().map(|name| (*name).to_owned()).collect())
}

fn line(suffix: &'static str, addition: &str, unit: &str, decimals: u8, read: Read) -> PartLine {
    PartLine { suffix, addition: addition.to_owned(), unit: unit.to_owned(), decimals, read, definition: None }
}

/// Promoters, passives and detractors: NPS and the advocacy ratio.
pub(super) fn recommendation(arguments: &mut Arguments<'_>) -> Option<Vec<Part>> {
    let decimals = decimals(&arguments.field("score", arguments.take())?);
    let (low, high) = (arguments.number("low", decimals)?, arguments.number("high", decimals)?);
    let promoter = arguments.number("promoter", decimals)?;
    let detractor = arguments.number("detractor", decimals)?;
    if detractor >= promoter || detractor < low || promoter > high {
        let message = "detractors do not lie below promoters, or one of them lies outside the scale";
        arguments.mistake("parameters", message, "set low <= detractor < promoter <= high");
        return None;
    }
    let fields = arguments.on_scale("score", low, high)?.to_vec();
    let rule = Rule::Bands { low, high, cuts: vec![detractor + 1, promoter] };
    let read = match arguments.metric.name {
        "nps" => line("", "", "points", 1, Read::Balance { plus: 2, minus: 0 }),
        _ => line("", "", "%", 1, Read::Share { of: vec![2], among: vec![0, 2] }),
    };
    let output = bins(&["detractor", "passive", "promoter"]);
    Some(vec![Part { fields, rule, output, lines: vec![read] }])
}

/// A score on a declared scale: share of high answers, mean, or both.
pub(super) fn scale(arguments: &mut Arguments<'_>, meaning: &str) -> Option<Vec<Part>> {
    let decimals = decimals(&arguments.field(meaning, arguments.take())?);
    let (low, high) = (arguments.number("low", decimals)?, arguments.number("high", decimals)?);
    let unit = 10i64.pow(u32::from(decimals));
    let top = match arguments.fixed("top") {
        Some(_) => arguments.number("top", decimals)?,
        None => high - unit,
    };
    if low >= high || top <= low || top > high {
        arguments.mistake(
            "parameters",
            "the scale is empty, or its high answers lie outside",
            "check low, top and high",
        );
        return None;
    }
    let fields = arguments.on_scale(meaning, low, high)?.to_vec();
    let label = format!("share of {} and above", written(top, decimals));
    match arguments.text("show")?.as_str() {
        "share" => {
            let read = line("", &label, "%", 1, Read::Share { of: vec![1], among: vec![0, 1] });
            let rule = Rule::Bands { low, high, cuts: vec![top] };
            Some(vec![Part { fields, rule, output: bins(&["below", "high"]), lines: vec![read] }])
        }
        "mean" => {
            // An answer outside the scale is no answer, so nothing is ever clipped.
            let read = Read::Mean { factor: 1.0 / unit as f64, clips: false, cap: None };
            let rule = Rule::Scale { low, high };
            let lines = vec![line("", "mean", "points", 2, read)];
            Some(vec![Part { fields, rule, output: Output::Sums { low, high }, lines }])
        }
        _ if decimals > 0 || high - low >= LONGEST_SCALE => {
            let message = "share and mean from one query need a short whole-numbered scale";
            let remedy = "set show = \"mean\" or \"share\", or use a whole-numbered scale of at most 20 answers";
            arguments.mistake("parameters.show", message, remedy);
            None
        }
        _ => Some(vec![whole_scale(fields, low, high, top, &label)]),
    }
}

/// One query over all answers of a short scale serves share and mean.
fn whole_scale(fields: Vec<UnitField>, low: i64, high: i64, top: i64, label: &str) -> Part {
    let names = (low..=high).map(|answer| answer.to_string()).collect();
    let at = |answer: i64| usize::try_from(answer - low).unwrap_or(0);
    let (among, of) = ((0..=at(high)).collect(), (at(top)..=at(high)).collect());
    let lines = vec![
        line("-top", label, "%", 1, Read::Share { of, among }),
        line("-mean", "mean", "points", 2, Read::ScaleMean { first: low }),
    ];
    let rule = Rule::Bands { low, high, cuts: (low + 1..=high).collect() };
    Part { fields, rule, output: Output::Bins(names), lines }
}

/// Declared items with declared weights, one score per customer.
pub(super) fn index(arguments: &mut Arguments<'_>) -> Option<Vec<Part>> {
    let keys: Vec<String> = arguments.asked.columns.keys().filter(|key| key.starts_with("item.")).cloned().collect();
    let given = arguments.weights("weights")?;
    let items: Vec<&str> = keys.iter().map(|key| key.trim_start_matches("item.")).collect();
    let matched = given.len() == items.len() && items.iter().all(|item| given.contains_key(*item));
    if !matched || given.values().any(|weight| !(1..=1_000).contains(weight)) {
        let message = "items and weights do not match, or a weight is not 1 to 1000";
        arguments.mistake("parameters.weights", message, "give every item one whole weight");
        return None;
    }
    let fields: Option<Vec<UnitField>> = keys.iter().map(|key| arguments.field(key, arguments.take())).collect();
    let fields = fields?;
    let decimals = fields.iter().map(decimals).max().unwrap_or(0);
    if fields.iter().any(|field| self::decimals(field) != decimals) {
        arguments.mistake("columns", "the items have different decimals", "give them the same kind");
        return None;
    }
    let (low, high) = (arguments.number("low", decimals)?, arguments.number("high", decimals)?);
    if low >= high || high - low > 1_000_000 {
        arguments.mistake("parameters", "the scale of the items is empty or very long", "set low below high");
        return None;
    }
    let weights: Vec<i64> = items.iter().filter_map(|item| given.get(*item)).map(|weight| i64::from(*weight)).collect();
    let top = weights.iter().sum::<i64>() * (high - low);
    let scored: Option<Vec<[UnitField; 2]>> = keys.iter().map(|key| arguments.on_scale(key, low, high)).collect();
    let (values, others): (Vec<UnitField>, Vec<UnitField>) = scored?.into_iter().map(<[UnitField; 2]>::into).unzip();
    let fields = values.into_iter().chain(others).collect();
    let read = Read::Mean { factor: 100.0 / top as f64, clips: false, cap: None };
    let (output, rule) = (Output::Sums { low: 0, high: top }, Rule::Weighted { low, high, weights });
    Some(vec![Part { fields, rule, output, lines: vec![line("", "", "of 100", 1, read)] }])
}

/// Shares of positive, neutral and negative texts from one query.
pub(super) fn sentiment(arguments: &mut Arguments<'_>) -> Option<Vec<Part>> {
    let field = arguments.field("text", arguments.take())?;
    let least = arguments.number("least", 3)?;
    if !(1..1_000).contains(&least) {
        arguments.mistake("parameters.least", "the threshold is not between 0 and 1", "leave it at 0.05");
        return None;
    }
    let share =
        |suffix, addition, bin| line(suffix, addition, "%", 1, Read::Share { of: vec![bin], among: vec![0, 1, 2] });
    let lines =
        vec![share("-positive", "positive", 2), share("-neutral", "neutral", 1), share("-negative", "negative", 0)];
    let output = bins(&["negative", "neutral", "positive"]);
    Some(vec![Part { fields: vec![field], rule: Rule::Sentiment { least }, output, lines }])
}

/// Decimals of a field's number.
pub(super) fn decimals(field: &UnitField) -> u8 {
    field.parts.first().and_then(|(checked, _)| checked.decimals()).unwrap_or(0)
}
