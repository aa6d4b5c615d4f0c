//! Names and attributes of members, and members that are probably one.

use crate::codes;
use crate::engine::{Answer, Engine, Query};
use crate::extract::{Attribute, Plan, Take, label};
use crate::figures::MemberFigures;
use crate::problem::{Error, Flaw, Problems, quoted};
use crate::sql::quote_name;
use std::collections::BTreeMap;

type Members = BTreeMap<String, MemberFigures>;

/// Fills in what the roster of a round shows.
pub(crate) fn complete(
    engine: &dyn Engine,
    plan: &Plan<'_>,
    members: &mut Members,
    problems: &mut Problems,
    notes: &mut Vec<String>,
) -> Result<(), Error> {
    if let Some(name) = &plan.extraction.name {
        rename(members, values(engine, plan, name, "max")?);
    }
    for attribute in &plan.extraction.attributes {
        let values = values(engine, plan, &attribute.column, "min")?;
        let without = describe(attribute, members, values, problems);
        if without > 0 {
            notes.push(format!("{without} members have no value for the attribute {:?}", attribute.attribute));
        }
    }
    twins(members, problems, notes, &plan.extraction.member);
    Ok(())
}

/// The latest name counts.
fn rename(members: &mut Members, values: Values) {
    for (id, mut found) in values {
        found.sort_by(|a, b| b.when.cmp(&a.when).then_with(|| a.text.cmp(&b.text)));
        if let (Some(member), Some(latest)) = (members.get_mut(&id), found.into_iter().next()) {
            member.name = latest.text;
        }
    }
}

/// Gives every member its value of an attribute; returns how many have none.
fn describe(attribute: &Attribute, members: &mut Members, mut values: Values, problems: &mut Problems) -> u64 {
    let mut without = 0;
    for (id, member) in members.iter_mut() {
        match choose(attribute, values.remove(id).unwrap_or_default()) {
            Ok(Some(value)) => member.attributes.push((attribute.attribute.clone(), value)),
            Ok(None) => without += 1,
            Err(flaw) => {
                let message = format!("member {id:?}, attribute {:?}: {}", attribute.attribute, flaw.message);
                problems.push(Flaw { message, ..flaw }.at("data", None, Some(&attribute.column)));
            }
        }
    }
    without
}

/// A value, and the first or last date it has.
struct Seen {
    text: String,
    when: String,
}

type Values = BTreeMap<String, Vec<Seen>>;

fn values(engine: &dyn Engine, plan: &Plan<'_>, column: &str, end: &str) -> Result<Values, Error> {
    let (filter, params) = plan.filter();
    let (member, column) = (quote_name(&plan.extraction.member), quote_name(column));
    let when = plan.extraction.period.as_ref();
    let when = when.map_or_else(|| "''".to_owned(), |p| format!("{end}({})", quote_name(&p.column)));
    let sql = format!("SELECT {member}, {column}, {when} FROM data{filter} GROUP BY 1, 2 ORDER BY 1, 2");
    let mut values = Values::new();
    engine.select(&Query { sql, params, width: 3 }, &mut |row| {
        if let [id, value, Answer::Text(when)] = row
            && let (Some(id), Some(text)) = (label(id), label(value))
        {
            values.entry(id).or_default().push(Seen { text, when: (*when).to_owned() });
        }
        Ok(())
    })?;
    Ok(values)
}

fn choose(attribute: &Attribute, mut found: Vec<Seen>) -> Result<Option<String>, Flaw> {
    found.sort_by(|a, b| a.when.cmp(&b.when));
    let both = |a: &Seen, b: &Seen| format!("{} and {}", quoted(&a.text), quoted(&b.text));
    match (attribute.take, found.as_slice()) {
        (Take::Only, [a, b, ..]) => Err(Flaw::new(
            codes::ATTRIBUTE_CHANGES,
            format!("it has the values {}", both(a, b)),
            "correct the rows, or name `take = \"first\"`",
        )),
        (Take::First, [a, b, ..]) if a.when == b.when => Err(Flaw::new(
            codes::ATTRIBUTE_TIE,
            format!("on the first date it has the values {}", both(a, b)),
            "correct the rows of that date",
        )),
        _ => Ok(found.into_iter().next().map(|seen| seen.text)),
    }
}

/// Members whose identifiers differ only in spaces are an error, those that differ only in case are noted.
fn twins(members: &Members, problems: &mut Problems, notes: &mut Vec<String>, column: &str) {
    let mut spaces: BTreeMap<String, &str> = BTreeMap::new();
    let mut cases: BTreeMap<String, &str> = BTreeMap::new();
    for id in members.keys() {
        let plain = id.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some(other) = spaces.insert(plain.clone(), id) {
            let message = format!("the members {} and {} differ only in spaces", quoted(other), quoted(id));
            let flaw = Flaw::new(codes::MEMBER_TWINS, message, "write the identifier the same way in every row");
            problems.push(flaw.at("data", None, Some(column)));
        } else if let Some(other) = cases.insert(plain.to_lowercase(), id)
            && notes.len() < 100
        {
            notes.push(format!("the members {} and {} differ only in case", quoted(other), quoted(id)));
        }
    }
}
