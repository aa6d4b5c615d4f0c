//! The poll file: what is asked, of whom, and from which columns. Format: `docs/he.md`.

pub(super) mod yes;

use super::At;
use crate::study::read::{data, parse_file, sub};
use crate::study::section::{Section, text_of};
use crate::study::source::Source;
use crate::study::text_of_file;
use crate::{Failure, Problem};
use guildhall_data::{ColumnSpec, TableSpec};
use guildhall_he::{Flood, Kind, Metric, Mode, Packing, Parties, Plan, Poll, Share};
use std::path::Path;
use yes::Yes;

/// Longest poll file that is read.
const LONGEST: u64 = 1 << 20;

/// A poll and where its answers stand in a table.
pub(super) struct PollFile {
    pub(super) poll: Poll,
    pub(super) plan: Plan,
    pub(super) table: TableSpec,
    /// The column of the group.
    pub(super) group: Option<usize>,
    /// Columns of every metric, and what means yes.
    pub(super) columns: Vec<Columns>,
}

/// Where a metric's answers stand.
pub(super) struct Columns {
    pub(super) at: Vec<usize>,
    /// Of a share.
    pub(super) yes: Option<Yes>,
}

impl PollFile {
    /// Reads and checks a poll file.
    ///
    /// # Errors
    /// Every mistake in it, with line, column and remedy; or why the file cannot be read.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let (poll, table, group, columns) = parse_file(path, &text_of_file(path, LONGEST)?, whole)?;
        let plan = poll.plan().at(path)?;
        Ok(Self { poll, plan, table, group, columns })
    }
}

type Parsed = (Poll, TableSpec, Option<usize>, Vec<Columns>);

fn whole(source: &mut Source<'_>, mut root: Section<'_>) -> Option<Parsed> {
    let table = sub(source, &mut root, "data", "[data]").map(|section| data::read(source, section));
    let known = table.as_ref().map(|table| table.columns.as_slice()).unwrap_or_default();
    let at = |source: &mut Source<'_>, section: &Section<'_>, key: &str, name: &str| {
        data::known(source, section, key, name, known)?;
        known.iter().position(|column| column.name == name)
    };
    let column = |at: usize| known.get(at);
    let quorum = root.section(source, "quorum", "[quorum]").map(|section| parties(source, section));
    let header = sub(source, &mut root, "poll", "[poll]").and_then(|section| header(source, section));
    let groups = root.section(source, "groups", "[groups]").and_then(|mut section| {
        let column = section.required(source, "column", "column = \"contract\"")?;
        let place = at(source, &section, "column", &column);
        let values = texts(source, &mut section, "values", "values = [\"monthly\", \"yearly\"]");
        section.finish(source);
        Some((place?, values?))
    });
    if !root.has("metric") {
        root.missing(source, "metric", "a section [[metric]] with name = \"nps\", kind = \"nps\", column = \"score\"");
    }
    let sections = root.sections(source, "metric", "[[metric]]");
    let metrics: Vec<Option<(Metric, Columns)>> =
        sections.into_iter().map(|section| metric(source, section, &at, &column)).collect();
    let place = root.span_of("poll");
    root.finish(source);
    let Header { id, keys, most_answers, most_uploads, packing } = header?;
    let mode = match (keys, quorum) {
        (Keys::Owner, None) => Mode::Owner,
        (Keys::Respondents, None) => Mode::Respondents,
        (Keys::Quorum, Some(parties)) => Mode::Quorum(parties?),
        _ => {
            let problem = Problem::new("S0641", "keys = \"quorum\" and a section [quorum] go together");
            source.mistake(&place, problem.remedy("write both, or neither"));
            return None;
        }
    };
    if source.count() > 0 {
        return None;
    }
    let (group, groups) = groups.map_or((None, vec![]), |(at, values)| (Some(at), values));
    let (metrics, columns): (Vec<_>, Vec<_>) = metrics.into_iter().collect::<Option<Vec<_>>>()?.into_iter().unzip();
    let table = table?;
    let reading = reading(&table, group, &columns);
    Some((Poll { id, mode, most_answers, most_uploads, packing, groups, metrics, reading }, table, group, columns))
}

/// Everything of the file that fixes how a cell becomes an answer, for the digest.
fn reading(table: &TableSpec, group: Option<usize>, columns: &[Columns]) -> Vec<String> {
    let json = |value: serde_json::Value| value.to_string();
    let metrics = columns.iter().map(|one| json(serde_json::json!({ "columns": one.at, "yes": one.yes })));
    [json(serde_json::json!(table)), json(serde_json::json!({ "group": group }))].into_iter().chain(metrics).collect()
}

#[derive(Clone, Copy)]
enum Keys {
    Owner,
    Respondents,
    Quorum,
}

struct Header {
    id: String,
    keys: Keys,
    most_answers: u64,
    most_uploads: u64,
    packing: Packing,
}

fn header(source: &mut Source<'_>, mut section: Section<'_>) -> Option<Header> {
    let id = section.required(source, "id", "id = \"spring-2026\"");
    let id = id.filter(|id| section.readable(source, "id", id));
    let words = [("owner", Keys::Owner), ("respondents", Keys::Respondents), ("quorum", Keys::Quorum)];
    let keys = section.choice(source, "keys", &words);
    if !section.has("keys") {
        section.missing(source, "keys", "keys = \"respondents\" (or \"owner\", \"quorum\"): who encrypts and opens");
    }
    let mut most = |key, example| {
        if !section.has(key) {
            section.missing(source, key, example);
        }
        section.whole(source, key, 1..(1 << 32) + 1)
    };
    let most_answers = most("most_answers", "most_answers = 20000: no more are ever added up");
    let most_uploads = most("most_uploads", "most_uploads = 20000: no more uploads than this");
    let packing = section.choice(source, "packing", &[("one", Packing::One), ("full", Packing::Full)]);
    let packing = packing.unwrap_or(if matches!(keys, Some(Keys::Respondents)) { Packing::One } else { Packing::Full });
    section.finish(source);
    Some(Header { id: id?, keys: keys?, most_answers: most_answers?, most_uploads: most_uploads?, packing })
}

fn parties(source: &mut Source<'_>, mut section: Section<'_>) -> Option<Parties> {
    for (key, example) in [("parties", "parties = 5"), ("threshold", "threshold = 3: how many of them open")] {
        if !section.has(key) {
            section.missing(source, key, example);
        }
    }
    let count = section.whole(source, "parties", 2..11);
    let threshold = section.whole(source, "threshold", 2..11);
    let beacon =
        section.required(source, "beacon", "beacon = \"lottery draw of 2026-11-21: 3 9 17\": chosen by nobody");
    let words = [("40", Flood::Forty), ("64", Flood::SixtyFour), ("64-worst-case", Flood::SixtyFourWorstCase)];
    let flood = section.choice(source, "distance", &words).unwrap_or(Flood::Forty);
    let may_trust_evaluator = section.flag(source, "may_trust_evaluator").unwrap_or(false);
    section.finish(source);
    let (count, threshold) = (u8::try_from(count?).ok()?, u8::try_from(threshold?).ok()?);
    Some(Parties { count, threshold, flood, beacon: beacon?, may_trust_evaluator })
}

#[derive(Clone, Copy)]
enum Named {
    Nps,
    Csat,
    Ces,
    Rate(Share),
    Sum,
    TrustIndex,
    Histogram,
}

const KINDS: [(&str, Named); 10] = [
    ("nps", Named::Nps),
    ("csat", Named::Csat),
    ("ces", Named::Ces),
    ("churn", Named::Rate(Share::Churn)),
    ("retention", Named::Rate(Share::Retention)),
    ("repeat-purchase", Named::Rate(Share::RepeatPurchase)),
    ("share", Named::Rate(Share::Other)),
    ("sum", Named::Sum),
    ("trust-index", Named::TrustIndex),
    ("histogram", Named::Histogram),
];

fn metric<'k>(
    source: &mut Source<'_>,
    mut section: Section<'_>,
    at: &dyn Fn(&mut Source<'_>, &Section<'_>, &str, &str) -> Option<usize>,
    column: &dyn Fn(usize) -> Option<&'k ColumnSpec>,
) -> Option<(Metric, Columns)> {
    let name = section.required(source, "name", "name = \"nps\"");
    let name = name.filter(|name| section.readable(source, "name", name));
    if !section.has("kind") {
        section.missing(source, "kind", "kind = \"nps\"");
    }
    let named = section.choice(source, "kind", &KINDS);
    let optional = section.flag(source, "optional").unwrap_or(false);
    let names = match named {
        Some(Named::TrustIndex) => texts(source, &mut section, "columns", "columns = [\"q1\", \"q2\"]"),
        _ => section.required(source, "column", "column = \"score\"").map(|column| vec![column]),
    };
    let key = if matches!(named, Some(Named::TrustIndex)) { "columns" } else { "column" };
    let places: Vec<Option<usize>> = names?.iter().map(|name| at(source, &section, key, name)).collect();
    let yes = match named {
        Some(Named::Rate(_)) => match places.first().copied().flatten().and_then(column) {
            Some(column) => Some(yes::read(source, &mut section, column)),
            None => (section.value("yes"), section.value("no")).0.and(None),
        },
        _ => Some(None),
    };
    let kind = named.and_then(|named| kind(source, &mut section, named, places.len()));
    section.finish(source);
    let columns = Columns { at: places.into_iter().collect::<Option<_>>()?, yes: yes? };
    Some((Metric { name: name?, kind: kind?, optional }, columns))
}

fn kind(source: &mut Source<'_>, section: &mut Section<'_>, named: Named, items: usize) -> Option<Kind> {
    let number = |source: &mut Source<'_>, section: &mut Section<'_>, key: &'static str| {
        if !section.has(key) {
            section.missing(source, key, &format!("{key} = 1: a whole number (cents where the column has cents)"));
        }
        section.exact::<i64>(source, key, "a whole number")
    };
    if let Named::Nps = named {
        return Some(Kind::Nps);
    }
    if let Named::Rate(share) = named {
        return Some(Kind::Rate(share));
    }
    if let Named::Histogram = named {
        return Some(Kind::Histogram { bins: texts(source, section, "bins", "bins = [\"shop\", \"web\"]")? });
    }
    let (low, high) = (number(source, section, "low"), number(source, section, "high"));
    match named {
        Named::Csat => {
            let satisfied = number(source, section, "satisfied");
            Some(Kind::Csat { low: low?, high: high?, satisfied: satisfied? })
        }
        Named::Ces => Some(Kind::Ces { low: low?, high: high? }),
        Named::TrustIndex => {
            let weights = weights(source, section, items)?;
            Some(Kind::TrustIndex { low: low?, high: high?, weights })
        }
        _ => Some(Kind::Sum { low: low?, high: high? }),
    }
}

/// One whole weight per column; all 1 if absent.
fn weights(source: &mut Source<'_>, section: &mut Section<'_>, items: usize) -> Option<Vec<i64>> {
    let Some(value) = section.value("weights") else { return Some(vec![1; items]) };
    let list = value.get_ref().as_array().map(|list| {
        let number = |item: &crate::study::section::Value<'_>| {
            item.get_ref().as_integer().filter(|i| i.radix() == 10).and_then(|i| i.as_str().parse().ok())
        };
        list.iter().filter_map(number).collect::<Vec<i64>>()
    });
    let list = list.filter(|list| list.len() == items);
    if list.is_none() {
        let problem = Problem::new("S0641", "weights must be one whole number per column");
        source.mistake(&value.span(), problem.remedy("weights = [3, 1, 2]"));
    }
    list
}

/// A list of texts that must be there.
fn texts(source: &mut Source<'_>, section: &mut Section<'_>, key: &'static str, example: &str) -> Option<Vec<String>> {
    let Some(value) = section.value(key) else {
        section.missing(source, key, example);
        return None;
    };
    let list = value
        .get_ref()
        .as_array()
        .map(|list| list.iter().filter_map(|item| text_of(source, key, item)).collect::<Vec<String>>());
    let list = list.filter(|list| !list.is_empty());
    if list.is_none() {
        let problem = Problem::new("S0641", format!("{key} must be a list of texts"));
        source.mistake(&value.span(), problem.remedy(example.to_owned()));
    }
    list.filter(|list| list.iter().all(|text| section.readable(source, key, text)))
}
