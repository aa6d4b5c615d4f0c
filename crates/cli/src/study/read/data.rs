//! `[data]`, `[data.columns]` and `[[data.skip]]`: what the members' files look like.

use crate::Problem;
use crate::study::model::{Column, ColumnType, Data, Empty, Excess, Skip};
use crate::study::section::{Section, Value, choose, text_of, wrong_type};
use crate::study::source::{Source, did_you_mean};
use toml::Spanned;

/// What a column's type may look like.
const TYPES: &str = "\"text\", \"integer\", \"decimal(2)\", \"date\" or \"bool\"";

pub(super) fn read(source: &mut Source<'_>, mut section: Section<'_>) -> Data {
    let data = Data {
        delimiter: character(source, &mut section, "delimiter"),
        decimal_comma: section.flag(source, "decimal_comma").unwrap_or(false),
        thousands: character(source, &mut section, "thousands"),
        encoding: section.text(source, "encoding"),
        sheet: section.text(source, "sheet"),
        columns: columns(source, &mut section),
        skips: section.sections(source, "skip", "[[data.skip]]").into_iter().filter_map(|s| skip(source, s)).collect(),
    };
    section.finish(source);
    data
}

/// Checks that a column is declared; `key` is where its name stands.
pub(super) fn known(source: &mut Source<'_>, section: &Section<'_>, key: &str, column: &str, columns: &[Column]) {
    if columns.iter().any(|known| known.name == column) {
        return;
    }
    let names: Vec<&str> = columns.iter().map(|known| known.name.as_str()).collect();
    let problem = Problem::new("S0204", format!("column {column:?} is not declared under [data.columns]"))
        .remedy(format!("{}, or declare it: {column} = \"text\"", did_you_mean(column, &names)));
    source.mistake(&section.span_of(key), problem);
}

fn character(source: &mut Source<'_>, section: &mut Section<'_>, key: &'static str) -> Option<char> {
    let value = section.value(key)?;
    let text = text_of(source, key, value)?;
    let mut characters = text.chars();
    let only = characters.next().filter(|_| characters.next().is_none());
    if only.is_none() {
        wrong_type(source, key, value, "one character, e.g. \";\" or \"\\t\"");
    }
    only
}

fn columns(source: &mut Source<'_>, section: &mut Section<'_>) -> Vec<Column> {
    let Some(table) = section.section(source, "columns", "[data.columns]") else {
        section.missing(source, "columns", "[data.columns] with a line such as receipts = \"decimal(2)\"");
        return Vec::new();
    };
    let columns: Vec<Column> = table.entries().map(|(name, value)| column(source, name, value)).collect();
    if columns.is_empty() {
        table.missing(source, "receipts", "a line per column, e.g. receipts = \"decimal(2)\"");
    }
    columns
}

/// A column; one whose type is not understood counts as text, so that its name is known further on.
fn column(source: &mut Source<'_>, name: &str, value: &Value<'_>) -> Column {
    let unknown = Column { name: name.to_owned(), kind: ColumnType::Text, empty: Empty::Refuse };
    let Some(table) = value.get_ref().as_table() else {
        let kind =
            text_of(source, name, value).and_then(|text| kind(source, name, &Spanned::new(value.span(), text), None));
        return kind.map_or(unknown.clone(), |kind| Column { kind, ..unknown });
    };
    let mut section = Section::new(format!("column {name}"), value.span(), table);
    let empty = section.choice(source, "empty", &[("refuse", Empty::Refuse), ("null", Empty::Null)]);
    let excess = section.choice(source, "excess", &[("refuse", Excess::Refuse), ("round", Excess::Round)]);
    let decimals = section.whole(source, "decimals", 0..10).and_then(|d| u8::try_from(d).ok());
    let span = section.span_of("type");
    let text = section.required(source, "type", &format!("type = {TYPES}"));
    let kind = text.and_then(|text| kind(source, name, &Spanned::new(span, text), decimals));
    if excess.is_some() && !matches!(kind, None | Some(ColumnType::Decimal { .. })) {
        let problem = Problem::new("S0206", format!("column {name}: `excess` is only for decimals"));
        source.mistake(&section.span_of("excess"), problem.remedy("leave it out"));
    }
    section.finish(source);
    let kind = match kind {
        Some(ColumnType::Decimal { decimals, .. }) => {
            ColumnType::Decimal { decimals, excess: excess.unwrap_or(Excess::Refuse) }
        }
        other => other.unwrap_or(ColumnType::Text),
    };
    Column { kind, empty: empty.unwrap_or(Empty::Refuse), ..unknown }
}

/// The type, from `"decimal(2)"`, or from `"decimal"` and the number of decimals beside it.
fn kind(source: &mut Source<'_>, name: &str, text: &Spanned<String>, decimals: Option<u8>) -> Option<ColumnType> {
    let word = text.get_ref().replace(' ', "");
    let inside = word.strip_prefix("decimal(").and_then(|rest| rest.strip_suffix(')'));
    let written = inside.map(|digits| digits.parse::<u8>().ok().filter(|d| *d <= 9));
    let excess = Excess::Refuse;
    match (word.as_str(), written, decimals) {
        (_, Some(Some(decimals)), None) | ("decimal", None, Some(decimals)) => {
            Some(ColumnType::Decimal { decimals, excess })
        }
        ("decimal", None, None) | (_, Some(_), _) => {
            let problem = Problem::new("S0206", format!("column {name}: how many decimals does it have?"))
                .remedy("write \"decimal(2)\", with 0 to 9 decimals, once");
            source.mistake(&text.span(), problem);
            None
        }
        _ => {
            let words = [
                ("text", ColumnType::Text),
                ("integer", ColumnType::Integer),
                ("decimal(2)", ColumnType::Decimal { decimals: 2, excess }),
                ("date", ColumnType::Date),
                ("bool", ColumnType::Bool),
            ];
            let kind = choose(source, &format!("the type of column {name}"), text, &words);
            if kind.is_some() && decimals.is_some() {
                let problem = Problem::new("S0206", format!("column {name}: `decimals` is only for decimals"));
                source.mistake(&text.span(), problem.remedy("leave it out, or write type = \"decimal\""));
            }
            kind
        }
    }
}

fn skip(source: &mut Source<'_>, mut section: Section<'_>) -> Option<Skip> {
    let when = section.required(source, "when", "when = \"quantity <= 0\"");
    let reason = section.required(source, "reason", "reason = \"returns\" (the report prints it with a count)");
    section.finish(source);
    Some(Skip { when: when?, reason: reason? })
}
