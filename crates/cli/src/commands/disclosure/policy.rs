//! The policy file: which columns make the table, and which rules it must keep. Format: `docs/disclosure.md`.

use super::rows::Rows;
use crate::study::read::concentration::{concentration, percentage};
use crate::study::read::{data, parse_file, sub};
use crate::study::section::{Section, text_of};
use crate::study::source::Source;
use crate::study::text_of_file;
use crate::{Failure, Problem};
use guildhall_data::{ColumnSpec, Empty, Kind, TableSpec};
use guildhall_dp::disclosure::{Cost, Dimension, DisclosureError, Negatives, Rules};
use guildhall_kpi::Rational;
use std::collections::BTreeSet;
use std::path::Path;

/// Longest policy file that is read.
const LONGEST: u64 = 1 << 20;

/// A policy, read and checked.
pub(super) struct Policy {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) variable: String,
    /// The data set, which the log of its releases is bound to.
    pub(super) data_set: String,
    /// What is summed; of a ratio the numerator.
    pub(super) value: Amount,
    /// What a ratio divides by, protected like the numerator.
    pub(super) denominator: Option<Amount>,
    pub(super) holding: String,
    pub(super) period: Option<String>,
    pub(super) window: String,
    pub(super) dimensions: Vec<DimensionSpec>,
    pub(super) data: TableSpec,
    pub(super) rules: Rules,
    pub(super) cost: Cost,
    pub(super) waived: BTreeSet<String>,
}

/// A column of amounts.
#[derive(Clone)]
pub(super) struct Amount {
    pub(super) column: String,
    pub(super) decimals: u8,
}

/// One dimension of the table.
pub(super) struct DimensionSpec {
    pub(super) column: String,
    total: String,
    pub(super) cut: Cut,
    /// Category and the one above it; empty for a flat dimension.
    above: Vec<(String, String)>,
}

/// How much of a column's text is the category.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    Whole,
    /// The first so many characters of a date.
    Date(usize),
}

impl Cut {
    pub(super) fn of(self, text: &str) -> String {
        match self {
            Self::Whole => text.to_owned(),
            Self::Date(length) => text.chars().take(length).collect(),
        }
    }
}

impl Policy {
    /// Reads and checks a policy file.
    ///
    /// # Errors
    /// Every mistake in it, with line, column and remedy; or why the file cannot be read.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        Self::parse(path, &text_of_file(path, LONGEST)?)
    }

    /// Checks the text of a policy; `path` is only used to say where a mistake is.
    pub(super) fn parse(path: &Path, text: &str) -> Result<Self, Failure> {
        parse_file(path, text, whole)
    }

    /// The dimensions with the categories that occur.
    pub(super) fn dimensions(&self, rows: &Rows<'_>) -> Result<Vec<Dimension>, DisclosureError> {
        let one = |(number, spec): (usize, &DimensionSpec)| match spec.above.as_slice() {
            [] => Dimension::flat(&spec.column, &spec.total, rows.categories(number)),
            above => {
                let pairs = above.iter().map(|(category, parent)| (category.as_str(), parent.as_str()));
                Dimension::tree(&spec.column, &spec.total, pairs)
            }
        };
        self.dimensions.iter().enumerate().map(one).collect()
    }
}

fn whole(source: &mut Source<'_>, mut root: Section<'_>) -> Option<Policy> {
    let data = sub(source, &mut root, "data", "[data]").map(|section| data::read(source, section));
    let columns = data.as_ref().map(|data| data.columns.as_slice()).unwrap_or_default();
    let header = sub(source, &mut root, "table", "[table]").and_then(|section| header(source, section, columns));
    if !root.has("dimension") {
        root.missing(source, "dimension", "a section [[dimension]] with column = \"region\"");
    }
    let sections = root.sections(source, "dimension", "[[dimension]]");
    let dimensions: Vec<DimensionSpec> =
        sections.into_iter().filter_map(|section| dimension(source, section, columns)).collect();
    let rules = sub(source, &mut root, "rules", "[rules]").and_then(|section| rules(source, section));
    root.finish(source);
    if source.count() > 0 {
        return None;
    }
    let (header, (rules, cost, waived)) = (header?, rules?);
    let Header { id, title, data_set, variable, value, denominator, holding, period, window } = header;
    let value = amount_of(columns, &value)?;
    let denominator = match denominator {
        Some(name) => Some(amount_of(columns, &name)?),
        None => None,
    };
    let data = data?;
    Some(Policy {
        id,
        title,
        data_set,
        variable,
        value,
        denominator,
        holding,
        period,
        window,
        dimensions,
        data,
        rules,
        cost,
        waived,
    })
}

/// A column with the decimals of its steps.
fn amount_of(columns: &[ColumnSpec], name: &str) -> Option<Amount> {
    let spec = columns.iter().find(|column| column.name == name)?;
    let decimals = if let Kind::Decimal { decimals, .. } = spec.kind { decimals } else { 0 };
    Some(Amount { column: name.to_owned(), decimals })
}

struct Header {
    id: String,
    title: String,
    data_set: String,
    variable: String,
    value: String,
    denominator: Option<String>,
    holding: String,
    period: Option<String>,
    window: String,
}

fn header(source: &mut Source<'_>, mut section: Section<'_>, columns: &[ColumnSpec]) -> Option<Header> {
    let id = line(source, &mut section, "id", "id = \"receipts-2026\"");
    let title = line(source, &mut section, "title", "title = \"Receipts by region\"");
    let value = section.required(source, "value", "value = \"receipts\", the column that is summed");
    let value = value.filter(|name| column(source, &section, "value", name, columns, amount));
    let data_set = line(source, &mut section, "data_set", "data_set = \"town-shops\": whose releases the log holds");
    let denominator = section.text(source, "denominator");
    let denominator = denominator.filter(|name| {
        let other = value.as_ref() != Some(name);
        if !other {
            let problem = Problem::new("S0207", "a ratio of a column to itself says nothing");
            source.mistake(&section.span_of("denominator"), problem.remedy("name another column, or leave it out"));
        }
        other && column(source, &section, "denominator", name, columns, amount)
    });
    let contributor = section.required(source, "contributor", "contributor = \"shop\", the column that names it");
    let contributor = contributor.filter(|name| column(source, &section, "contributor", name, columns, label));
    let holding = section.text(source, "holding");
    let holding = holding.filter(|name| column(source, &section, "holding", name, columns, label));
    let period = section.text(source, "period");
    let period = period.filter(|name| column(source, &section, "period", name, columns, label));
    let variable = section.text(source, "variable").map(|text| text.trim().to_owned()).or_else(|| value.clone());
    // A blank more or less must not make another window of it, which no release is compared with.
    let window = section.text(source, "window").map(|text| text.trim().to_owned());
    if period.is_none() && window.is_none() {
        let example = "period = \"month\" (a column), or window = \"2026\": which figures of a firm these are";
        section.missing(source, "period", example);
    }
    section.finish(source);
    let holding = holding.or(contributor)?;
    Some(Header {
        id: id?,
        title: title?,
        data_set: data_set?,
        variable: variable?,
        value: value?,
        denominator,
        holding,
        period,
        window: window.unwrap_or_default(),
    })
}

/// A text that people will read, on one line.
fn line(source: &mut Source<'_>, section: &mut Section<'_>, key: &'static str, example: &str) -> Option<String> {
    let text = section.required(source, key, example)?;
    section.readable(source, key, &text).then_some(text)
}

const fn amount(spec: &ColumnSpec) -> bool {
    matches!(spec.kind, Kind::Integer | Kind::Decimal { .. })
}

fn label(spec: &ColumnSpec) -> bool {
    !matches!(spec.kind, Kind::Decimal { .. }) && spec.empty == Empty::Refuse
}

/// Whether a column is declared and of the right kind; notes a mistake if not.
fn column(
    source: &mut Source<'_>,
    section: &Section<'_>,
    key: &'static str,
    name: &str,
    columns: &[ColumnSpec],
    fits: fn(&ColumnSpec) -> bool,
) -> bool {
    let Some(spec) = data::known(source, section, key, name, columns) else { return false };
    if !fits(spec) {
        let remedy = "the value is an integer or decimal; every other column is a label that is never empty";
        let problem = Problem::new("S0207", format!("column {name:?} cannot be used as {key}"));
        source.mistake(&section.span_of(key), problem.remedy(remedy));
        return false;
    }
    true
}

fn dimension(source: &mut Source<'_>, mut section: Section<'_>, columns: &[ColumnSpec]) -> Option<DimensionSpec> {
    let name = section.required(source, "column", "column = \"region\"");
    let name = name.filter(|name| column(source, &section, "column", name, columns, label));
    let total = section.has("total").then(|| line(source, &mut section, "total", "")).flatten();
    let cut =
        section.choice(source, "every", &[("day", Cut::Date(10)), ("month", Cut::Date(7)), ("year", Cut::Date(4))]);
    let is_date = |spec: &&ColumnSpec| Some(&spec.name) == name.as_ref() && matches!(spec.kind, Kind::Date { .. });
    let date = columns.iter().find(is_date);
    if cut.is_some() && name.is_some() && date.is_none() {
        let problem = Problem::new("S0207", "every = ... is only for columns of dates");
        source.mistake(&section.span_of("every"), problem.remedy("leave it out"));
    }
    let default = if date.is_some() { Cut::Date(10) } else { Cut::Whole };
    let mut above = Vec::new();
    if let Some(tree) = section.section(source, "above", "above: category = the category above it") {
        for (category, parent) in tree.entries() {
            above.extend(text_of(source, category, parent).map(|parent| (category.to_owned(), parent)));
        }
    }
    section.finish(source);
    let total = total.unwrap_or_else(|| "total".to_owned());
    Some(DimensionSpec { column: name?, total, cut: cut.unwrap_or(default), above })
}

type Ruled = (Rules, Cost, BTreeSet<String>);

fn rules(source: &mut Source<'_>, mut section: Section<'_>) -> Option<Ruled> {
    if !section.has("frequency") {
        section.missing(source, "frequency", "frequency = 5: the least number of firms in a cell (offices use 3)");
    }
    let frequency = section.whole(source, "frequency", 2..1_000_001);
    let range = percentage(source, &mut section, "range");
    let coalition = section.whole(source, "coalition", 1..1_001).unwrap_or(1);
    let negative =
        section.choice(source, "negative", &[("refuse", Negatives::Refuse), ("frequency", Negatives::FrequencyOnly)]);
    let cost = section.choice(source, "hide_fewest", &[("value", Cost::Value), ("cells", Cost::Count)]);
    let waived = section.texts(source, "waivers").unwrap_or_default();
    let concentration = concentration(source, &mut section);
    let span = section.span();
    section.finish(source);
    let frequency = u32::try_from(frequency?).ok()?;
    let built = Rules::new(frequency)
        .and_then(|rules| rules.range(range.unwrap_or(Rational::ZERO)))
        .and_then(|rules| rules.coalition(u32::try_from(coalition).unwrap_or(u32::MAX)))
        .and_then(|rules| concentration.into_iter().try_fold(rules, Rules::with))
        .map(|rules| rules.negatives(negative.unwrap_or_default()));
    let waived = waived.into_iter().map(toml::Spanned::into_inner).collect();
    match built {
        Ok(rules) => Some((rules, cost.unwrap_or_default(), waived)),
        Err(error) => {
            source.mistake(&span, Problem::new("S0501", error.to_string()).remedy("mend [rules] as the message says"));
            None
        }
    }
}
