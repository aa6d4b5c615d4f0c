//! Reads a trust specification, section by section, noting every mistake.

use super::places::Places;
use crate::Failure;
use crate::Problem;
use crate::study::read::{ceiling, data, parse_file, sub};
use crate::study::section::{Section, Value, exact_text, text_of, wrong_type};
use crate::study::source::{Source, did_you_mean};
use guildhall_data::Every;
use guildhall_dp::Ceiling;
use guildhall_kpi::Rational;
use guildhall_trust::metric::Form;
use guildhall_trust::metric::{self, Metric};
use guildhall_trust::{
    Choice, Cohorts, Fixed, Keys, MetricSpec, NoiseChoice, Parameter, Segments, Spec, Split, UnitKind, UnitSpec, Window,
};
use std::collections::BTreeMap;
use std::path::Path;

const CHOICES: [(&str, Choice); 2] = [("first", Choice::First), ("last", Choice::Last)];
const GROUP_CHOICES: [(&str, Choice); 3] = [("first", Choice::First), ("last", Choice::Last), ("each", Choice::Each)];
const NOISES: [(&str, NoiseChoice); 3] =
    [("smaller", NoiseChoice::Smaller), ("laplace", NoiseChoice::Laplace), ("gaussian", NoiseChoice::Gaussian)];
const LENGTHS: [(&str, Every); 3] = [("month", Every::Month), ("quarter", Every::Quarter), ("year", Every::Year)];
const SPLITS: [(&str, Split); 5] = [
    ("none", Split::All),
    ("segments", Split::Segments),
    ("periods", Split::Periods),
    ("segments-and-periods", Split::SegmentsAndPeriods),
    ("cohorts", Split::Cohorts),
];
/// Keys every metric has, whatever it is.
const OWN_KEYS: [&str; 6] = ["name", "id", "label", "take", "weight", "split"];

/// Checks the text of a specification; `path` is only used to say where a mistake is.
///
/// # Errors
/// Every mistake, with line, column and remedy.
pub(crate) fn spec(path: &Path, text: &str) -> Result<Spec, Failure> {
    parse_file(path, text, whole)
}

fn whole(source: &mut Source<'_>, mut root: Section<'_>) -> Option<Spec> {
    let header = sub(source, &mut root, "release", "[release]").and_then(|section| header(source, section));
    let limit = sub(source, &mut root, "budget", "[budget]").and_then(|section| limit(source, section));
    let unit = sub(source, &mut root, "unit", "[unit]").and_then(|section| unit(source, section));
    let table = sub(source, &mut root, "data", "[data]").map(|section| data::read(source, section));
    let window = root.section(source, "window", "[window]").map(|section| window(source, section));
    let segments = root.section(source, "segments", "[segments]").map(|section| segments(source, section));
    let cohorts = root.section(source, "cohorts", "[cohorts]").map(|section| cohorts(source, section));
    if !root.has("metric") {
        root.missing(source, "metric", "a section [[metric]] with name = \"nps\" and its columns");
    }
    let sections = root.sections(source, "metric", "[[metric]]");
    let metrics: Vec<MetricSpec> = sections.into_iter().filter_map(|section| one(source, section)).collect();
    let places = Places::of(&mut root);
    root.finish(source);
    if source.count() > 0 {
        return None;
    }
    let Header { id, title, data_set, epsilon, delta_bits, noise } = header?;
    let (window, periods) = window.map_or((None, None), |(window, every)| (window, every));
    let segments = segments.flatten();
    let spec = Spec {
        id,
        title,
        data_set,
        epsilon,
        limit: limit?,
        delta_bits,
        noise,
        unit: unit?,
        table: table?,
        window,
        segments,
        periods,
        cohorts: cohorts.flatten(),
        metrics,
    };
    let mistakes = spec.check();
    mistakes.iter().for_each(|mistake| places.note(source, mistake));
    mistakes.is_empty().then_some(spec)
}

/// `[release]`.
struct Header {
    id: String,
    title: String,
    data_set: String,
    epsilon: Rational,
    delta_bits: Option<u32>,
    noise: NoiseChoice,
}

fn header(source: &mut Source<'_>, mut section: Section<'_>) -> Option<Header> {
    let id = section.required(source, "id", "id = \"spring-survey\"");
    let title = section.required(source, "title", "title = \"What our customers say\"");
    let title = title.filter(|title| section.readable(source, "title", title));
    let data_set = section.required(source, "data_set", "data_set = \"survey\": whose budget it is charged to");
    let epsilon = section.exact(source, "epsilon", "a number such as 1, \"0.5\" or \"1/3\"");
    if !section.has("epsilon") {
        section.missing(source, "epsilon", "epsilon = \"1\": what this release may cost in privacy");
    }
    let delta_bits = section.whole(source, "delta_bits", 20..61).and_then(|bits| u32::try_from(bits).ok());
    let noise = section.choice(source, "noise", &NOISES).unwrap_or_default();
    section.finish(source);
    Some(Header { id: id?, title: title?, data_set: data_set?, epsilon: epsilon?, delta_bits, noise })
}

/// `[budget]`.
fn limit(source: &mut Source<'_>, mut section: Section<'_>) -> Option<Ceiling> {
    let limit = ceiling(source, &mut section, "limit", "limit_rho");
    if !section.has("limit") && !section.has("limit_rho") {
        section.missing(source, "limit", "limit = \"3\": the most epsilon that may ever be spent on this data set");
    }
    section.finish(source);
    limit
}

/// `[unit]`: whose presence is hidden.
fn unit(source: &mut Source<'_>, mut section: Section<'_>) -> Option<UnitSpec> {
    let kinds = [("row", 0), ("customer", 1), ("member", 2)];
    let kind = section.choice(source, "kind", &kinds);
    if !section.has("kind") {
        section.missing(source, "kind", "kind = \"customer\" (or \"row\", \"member\"): whose presence is hidden");
    }
    let column = match kind {
        None | Some(0) => section.text(source, "column"),
        Some(_) => section.required(source, "column", "column = \"customer_id\""),
    };
    if kind == Some(0) && column.is_some() {
        let problem = Problem::new("S0308", "a unit \"row\" has no column: every row is somebody");
        source.mistake(&section.span_of("column"), problem.remedy("leave it out, or write kind = \"customer\""));
    }
    let groups = section.whole(source, "periods", 1..1201).and_then(|groups| u32::try_from(groups).ok());
    section.finish(source);
    let kind = match (kind?, column) {
        (0, _) => UnitKind::Row,
        (1, Some(column)) => UnitKind::Customer { column },
        (_, Some(column)) => UnitKind::Member { column },
        (_, None) => return None,
    };
    Some(UnitSpec { kind, groups })
}

/// `[window]`: the rows that count, and the periods in it.
fn window(source: &mut Source<'_>, mut section: Section<'_>) -> (Option<Window>, Option<Every>) {
    let column = section.required(source, "column", "column = \"date\"");
    let from = section.text(source, "from");
    let until = section.text(source, "until");
    let every = section.choice(source, "every", &LENGTHS);
    section.finish(source);
    (column.map(|column| Window { column, from, until }), every)
}

/// `[segments]`: the groups that are compared.
fn segments(source: &mut Source<'_>, mut section: Section<'_>) -> Option<Segments> {
    let column = section.required(source, "column", "column = \"country\"");
    let values =
        section.texts(source, "values").map(|texts| texts.into_iter().map(toml::Spanned::into_inner).collect());
    let unknown = section.flag(source, "unknown").unwrap_or_default();
    let other = section.text(source, "other").unwrap_or_else(|| "other".to_owned());
    let take = section.choice(source, "take", &GROUP_CHOICES).unwrap_or_default();
    let weight = section.whole(source, "weight", 1..1001).and_then(|weight| u32::try_from(weight).ok());
    let span = section.span();
    section.finish(source);
    let keys = match (values, unknown) {
        (Some(values), false) => Keys::Declared { values, other },
        (None, true) => Keys::Unknown { other, weight: weight.unwrap_or(1) },
        _ => {
            let problem = Problem::new("S0103", "[segments] has either `values` or `unknown = true`");
            let remedy = "write values = [\"north\", \"south\"] where the groups are known without the data";
            source.mistake(&span, problem.remedy(remedy));
            return None;
        }
    };
    Some(Segments { column: column?, keys, take })
}

/// `[cohorts]`.
fn cohorts(source: &mut Source<'_>, mut section: Section<'_>) -> Option<Cohorts> {
    let ages = section.value("ages").and_then(|value| {
        let whole = |item: &Value<'_>| exact_text(item)?.parse().ok().filter(|age| (1..=120).contains(age));
        let ages: Option<Vec<u32>> = value.get_ref().as_array().and_then(|items| items.iter().map(whole).collect());
        if ages.is_none() {
            wrong_type(source, "ages", value, "a list of months such as [1, 2, 3]");
        }
        ages
    });
    if !section.has("ages") {
        section.missing(source, "ages", "ages = [1, 2, 3]: the months after the first that are shown");
    }
    section.finish(source);
    Some(Cohorts { ages: ages? })
}

/// `[[metric]]`: a named metric, its columns by meaning, its parameters.
fn one(source: &mut Source<'_>, mut section: Section<'_>) -> Option<MetricSpec> {
    let name = section.required(source, "name", "name = \"nps\"; `docs/metrics.md` lists all of them")?;
    section.rename(format!("metric {name:?}"));
    let Some(known) = metric::find(&name) else {
        let names: Vec<&str> = metric::ALL.iter().map(|metric| metric.name).collect();
        let problem = Problem::new("T0102", format!("there is no metric called {name:?}"));
        source.mistake(&section.span_of("name"), problem.remedy(did_you_mean(&name, &names)));
        return None;
    };
    let id = section.text(source, "id");
    let label = section.text(source, "label").filter(|label| section.readable(source, "label", label));
    let take = section.choice(source, "take", &CHOICES).unwrap_or_default();
    let weight = section.whole(source, "weight", 1..1001).and_then(|weight| u32::try_from(weight).ok()).unwrap_or(1);
    let split = section.choice(source, "split", &SPLITS).unwrap_or_default();
    let (columns, parameters) = meanings(source, &section, known);
    Some(MetricSpec { name, id, label, columns, parameters, take, weight, split })
}

type Columns = BTreeMap<String, String>;
type Parameters = BTreeMap<String, Parameter>;

/// Every key that is not one of all metrics is a meaning or a parameter of this one.
fn meanings(source: &mut Source<'_>, section: &Section<'_>, metric: &Metric) -> (Columns, Parameters) {
    let (mut columns, mut parameters) = (Columns::new(), Parameters::new());
    for (key, value) in section.entries().filter(|(key, _)| !OWN_KEYS.contains(key)) {
        if let Some(info) = metric.parameter(key) {
            let read = parameter(source, key, value, info.holds);
            parameters.extend(read.map(|parameter| (key.to_owned(), parameter)));
        } else if metric.meaning(key).is_some() {
            columns.extend(text_of(source, key, value).map(|column| (key.to_owned(), column)));
        } else if let Some(items) = value.get_ref().as_table().filter(|_| metric.meaning(&format!("{key}.x")).is_some())
        {
            for (item, column) in items.iter() {
                let name = format!("{key}.{}", item.get_ref());
                columns.extend(text_of(source, &name, column).map(|column| (name.clone(), column)));
            }
        } else {
            let problem = Problem::new("S0102", format!("metric {:?} has no key {key:?}", metric.name));
            source.mistake(&value.span(), problem.remedy(did_you_mean(key, &keys_of(metric))));
        }
    }
    (columns, parameters)
}

/// The keys a metric takes.
fn keys_of(metric: &Metric) -> Vec<&'static str> {
    let meanings = metric.needs.iter().copied().flatten().map(|meaning| meaning.name);
    let parameters = metric.parameters.iter().map(|parameter| parameter.name);
    let mut keys: Vec<&str> = meanings.chain(parameters).chain(OWN_KEYS).collect();
    keys.dedup();
    keys
}

/// A number, a text, a list of numbers, or weights by item.
fn parameter(source: &mut Source<'_>, key: &str, value: &Value<'_>, holds: Form) -> Option<Parameter> {
    if holds == Form::Weights && value.get_ref().as_table().is_none() {
        wrong_type(
            source,
            key,
            value,
            &format!("{key} = {{ quality = 3, service = 1 }}, one whole weight for every item"),
        );
        return None;
    }
    let number = |value: &Value<'_>| exact_text(value)?.parse::<Fixed>().ok();
    if let Some(text) = value.get_ref().as_str() {
        let fixed = text.parse::<Fixed>().ok();
        return Some(fixed.map_or_else(|| Parameter::Text(text.to_owned()), Parameter::Number));
    }
    let read = match (value.get_ref().as_array(), value.get_ref().as_table()) {
        (Some(items), _) => items.iter().map(number).collect::<Option<_>>().map(Parameter::Numbers),
        (_, Some(table)) => {
            let weight = |value: &Value<'_>| exact_text(value)?.parse::<u32>().ok();
            let each = table.iter().map(|(item, value)| Some((item.get_ref().to_string(), weight(value)?)));
            each.collect::<Option<_>>().map(Parameter::Weights)
        }
        _ => number(value).map(Parameter::Number),
    };
    if read.is_none() {
        wrong_type(source, key, value, "a number, a text, a list of numbers, or { item = weight }");
    }
    read
}
