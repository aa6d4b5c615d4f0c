//! The plan file: who takes part, what names a customer, what the counts are for and may cost. Format: `docs/overlap.md`.

use crate::study::read::{data, parse_file, sub};
use crate::study::section::Section;
use crate::study::source::Source;
use crate::study::text_of_file;
use crate::{Failure, Problem};
use guildhall_data::TableSpec;
use guildhall_kpi::Rational;
use guildhall_pseudonym::overlap::{LEAST_MEMBERS, LEAST_SET, MAX_MEMBERS, MAX_NAME_BYTES, MAX_PURPOSE_BYTES};
use guildhall_pseudonym::{LocalPart, Region, Rules};
use std::path::Path;

/// Longest plan that is read.
const LONGEST: u64 = 1 << 20;

/// What names a customer.
#[derive(Clone, Copy)]
enum Kind {
    Email,
    Phone,
    Plain,
}

const KINDS: [(&str, Kind); 3] = [("email", Kind::Email), ("phone", Kind::Phone), ("plain", Kind::Plain)];
const LOCAL_PARTS: [(&str, LocalPart); 3] =
    [("keep", LocalPart::Keep), ("lower", LocalPart::Lower), ("lower-untagged", LocalPart::LowerUntagged)];

/// A plan, read and checked.
pub(super) struct Plan {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) purpose: String,
    pub(super) data_set: String,
    pub(super) epsilon: Rational,
    pub(super) limit: Rational,
    pub(super) least: u32,
    pub(super) show_from: u64,
    pub(super) table: TableSpec,
    pub(super) column: String,
    pub(super) rules: Rules,
    pub(super) members: Vec<String>,
}

impl Plan {
    /// Reads and checks a plan.
    ///
    /// # Errors
    /// Every mistake in it, with line, column and remedy; or why the file cannot be read.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        Self::parse(path, &text_of_file(path, LONGEST)?)
    }

    /// Checks the text of a plan; `path` is only used to say where a mistake is.
    ///
    /// # Errors
    /// Every mistake, with line, column and remedy.
    pub(super) fn parse(path: &Path, text: &str) -> Result<Self, Failure> {
        parse_file(path, text, whole)
    }
}

fn whole(source: &mut Source<'_>, mut root: Section<'_>) -> Option<Plan> {
    let header = sub(source, &mut root, "overlap", "[overlap]").and_then(|section| header(source, section));
    let limit = sub(source, &mut root, "budget", "[budget]").and_then(|section| limit(source, section));
    let table = sub(source, &mut root, "data", "[data]").map(|section| data::read(source, section));
    let customer = sub(source, &mut root, "customer", "[customer]");
    let customer = customer.and_then(|section| customer_of(source, section, table.as_ref()));
    let members = members(source, &mut root);
    let place = root.span_of("overlap");
    root.finish(source);
    let (header, limit, (column, rules)) = (header?, limit?, customer?);
    if header.epsilon.is_zero() || !within(header.epsilon, limit) {
        let problem = Problem::new("S0611", "epsilon is above 0 and at most the limit of the budget");
        source.mistake(&place, problem.remedy("lower epsilon in [overlap], or write the limit that was agreed on"));
    }
    let Header { id, title, purpose, data_set, epsilon, least, show_from } = header;
    let plan = Plan {
        id,
        title,
        purpose,
        data_set,
        epsilon,
        limit,
        least,
        show_from,
        table: table?,
        column,
        rules,
        members: members?,
    };
    (source.count() == 0).then_some(plan)
}

fn within(part: Rational, whole: Rational) -> bool {
    u128::from(part.numerator()) * u128::from(whole.denominator())
        <= u128::from(whole.numerator()) * u128::from(part.denominator())
}

/// `[overlap]`.
struct Header {
    id: String,
    title: String,
    purpose: String,
    data_set: String,
    epsilon: Rational,
    least: u32,
    show_from: u64,
}

fn header(source: &mut Source<'_>, mut section: Section<'_>) -> Option<Header> {
    let id = short(source, &mut section, "id", "id = \"spring\"");
    let data_set = short(source, &mut section, "data_set", "data_set = \"shops\": whose budget is charged");
    let title = section.required(source, "title", "title = \"Customers our shops share\"");
    let title = title.filter(|title| section.readable(source, "title", title));
    let purpose = section.required(source, "purpose", "purpose = \"decide on a joint delivery round\"");
    let purpose = purpose.filter(|purpose| fits(source, &section, "purpose", purpose, MAX_PURPOSE_BYTES));
    if !section.has("epsilon") {
        section.missing(source, "epsilon", "epsilon = \"1\": the privacy cost of this run");
    }
    let epsilon = section.exact(source, "epsilon", "a number such as 1, 0.5 or \"1/3\"");
    let least = section.whole(source, "least_size", u64::from(LEAST_SET)..1 << 22).unwrap_or(100);
    let show_from = section.whole(source, "show_from", 0..1 << 32).unwrap_or(10);
    section.finish(source);
    Some(Header {
        id: id?,
        title: title?,
        purpose: purpose?,
        data_set: data_set?,
        epsilon: epsilon?,
        least: u32::try_from(least).ok()?,
        show_from,
    })
}

/// A name of small letters, digits and hyphens.
fn short(source: &mut Source<'_>, section: &mut Section<'_>, key: &'static str, example: &str) -> Option<String> {
    let name = section.required(source, key, example)?;
    let plain = name.len() <= 60 && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !plain {
        let problem = Problem::new("S0201", format!("{key} cannot be {name:?}"));
        source.mistake(&section.span_of(key), problem.remedy("use small letters, digits and hyphens (at most 60)"));
    }
    plain.then_some(name)
}

/// Whether a text that people read is short enough.
fn fits(source: &mut Source<'_>, section: &Section<'_>, key: &str, text: &str, most: usize) -> bool {
    if text.len() > most {
        let problem = Problem::new("S0104", format!("{key} has more than {most} bytes")).remedy("write less");
        source.mistake(&section.span_of(key), problem);
        return false;
    }
    section.readable(source, key, text)
}

/// `[budget]`.
fn limit(source: &mut Source<'_>, mut section: Section<'_>) -> Option<Rational> {
    if !section.has("limit") {
        section.missing(source, "limit", "limit = \"3\": most that may ever be spent on the data set");
    }
    let limit = section.exact(source, "limit", "a number such as 3 or \"5/2\"");
    section.finish(source);
    limit
}

/// `[customer]`: the column and the one spelling of what stands in it.
fn customer_of(
    source: &mut Source<'_>,
    mut section: Section<'_>,
    table: Option<&TableSpec>,
) -> Option<(String, Rules)> {
    let column = section.required(source, "column", "column = \"customer\"");
    if let (Some(column), Some(table)) = (&column, table) {
        data::known(source, &section, "column", column, &table.columns)?;
    }
    if !section.has("kind") {
        section.missing(source, "kind", "kind = \"email\", \"phone\" or \"plain\"");
    }
    let rules = match section.choice(source, "kind", &KINDS)? {
        Kind::Plain => Some(Rules::Plain),
        Kind::Email => {
            if !section.has("local_part") {
                section.missing(source, "local_part", "local_part = \"lower\", \"lower-untagged\" or \"keep\"");
            }
            section.choice(source, "local_part", &LOCAL_PARTS).map(Rules::Email)
        }
        Kind::Phone => region(source, &mut section).map(Rules::Phone),
    };
    section.finish(source);
    Some((column?, rules?))
}

fn region(source: &mut Source<'_>, section: &mut Section<'_>) -> Option<Region> {
    let text = section.required(source, "region", "region = \"DE\": where numbers without a country code belong")?;
    text.parse()
        .map_err(|error: guildhall_pseudonym::CanonicalError| {
            let problem = Problem::new("S0105", error.to_string()).remedy("write two capital letters such as \"DE\"");
            source.mistake(&section.span_of("region"), problem);
        })
        .ok()
}

/// `[[member]]`.
fn members(source: &mut Source<'_>, root: &mut Section<'_>) -> Option<Vec<String>> {
    let sections = root.sections(source, "member", "[[member]]");
    let mut names: Vec<String> = Vec::new();
    for mut section in sections {
        let name = section.required(source, "name", "name = \"north\"");
        let name = name.filter(|name| fits(source, &section, "name", name, MAX_NAME_BYTES));
        if let Some(name) = name {
            if names.contains(&name) {
                let problem = Problem::new("S0611", format!("two members are called {name:?}"));
                source.mistake(&section.span_of("name"), problem.remedy("give each a name of its own"));
            }
            names.push(name);
        }
        section.finish(source);
    }
    if !(LEAST_MEMBERS..=MAX_MEMBERS).contains(&names.len()) {
        let problem = Problem::new("S0611", format!("{} members cannot be compared", names.len()));
        let remedy = format!("write {LEAST_MEMBERS} to {MAX_MEMBERS} sections [[member]] with name = \"north\"");
        source.mistake(&root.span_of("member"), problem.remedy(remedy));
        return None;
    }
    Some(names)
}
