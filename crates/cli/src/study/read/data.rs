//! `[data]`, `[data.columns]` and `[[data.skip]]`: what the members' files look like.

use crate::Problem;
use crate::study::section::{Section, Value, choose, text_of, wrong_type};
use crate::study::source::{Source, did_you_mean};
use guildhall_data::{
    ColumnSpec, DateForm, Empty, Encoding, Error, Excess, Format, Kind, SkipRule, SkipTest, TableSpec, check_condition,
};
use std::ops::Range;
use toml::Spanned;

const FORMS: [(&str, DateForm); 5] = [
    ("iso", DateForm::Iso),
    ("iso-local", DateForm::IsoLocal),
    ("day-first", DateForm::DayFirst),
    ("month-first", DateForm::MonthFirst),
    ("compact", DateForm::Compact),
];

pub(crate) fn read(source: &mut Source<'_>, mut section: Section<'_>) -> TableSpec {
    let before = source.count();
    let format = format(source, &mut section);
    let sheet = section.text(source, "sheet");
    let columns = columns(source, &mut section);
    let mut spec = TableSpec { columns, format, sheet, skip: Vec::new() };
    let skips = section.sections(source, "skip", "[[data.skip]]");
    let understood = source.count() == before;
    let rules: Vec<SkipRule> = skips.into_iter().filter_map(|s| skip(source, s, understood.then_some(&spec))).collect();
    spec.skip = rules;
    if source.count() == before {
        whole(source, &spec, &section.span());
    }
    section.finish(source);
    spec
}

/// Checks that a column is declared; `key` is where its name stands.
pub(crate) fn known<'s>(
    source: &mut Source<'_>,
    section: &Section<'_>,
    key: &str,
    column: &str,
    columns: &'s [ColumnSpec],
) -> Option<&'s ColumnSpec> {
    let found = columns.iter().find(|known| known.name == column);
    if found.is_none() {
        let names: Vec<&str> = columns.iter().map(|known| known.name.as_str()).collect();
        let problem = Problem::new("S0204", format!("column {column:?} is not declared under [data.columns]"))
            .remedy(format!("{}, or declare it: {column} = \"text\"", did_you_mean(column, &names)));
        source.mistake(&section.span_of(key), problem);
    }
    found
}

fn format(source: &mut Source<'_>, section: &mut Section<'_>) -> Format {
    let encoding = section.text(source, "encoding").map(|name| (Encoding::named(&name), name));
    if let Some((None, name)) = &encoding {
        let problem = Problem::new("S0206", format!("there is no encoding called {name:?}"));
        source.mistake(&section.span_of("encoding"), problem.remedy("write \"utf-8\" or \"windows-1252\""));
    }
    Format {
        delimiter: character(source, section, "delimiter"),
        decimal_comma: section.flag(source, "decimal_comma").unwrap_or(false),
        thousands: character(source, section, "thousands"),
        encoding: encoding.and_then(|(encoding, _)| encoding).unwrap_or_default(),
        line_breaks: section.flag(source, "line_breaks").unwrap_or(false),
        preamble: section.whole(source, "preamble", 0..1001).and_then(|n| u32::try_from(n).ok()).unwrap_or(0),
    }
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

fn columns(source: &mut Source<'_>, section: &mut Section<'_>) -> Vec<ColumnSpec> {
    let Some(table) = section.section(source, "columns", "[data.columns]") else {
        section.missing(source, "columns", "[data.columns] with a line such as receipts = \"decimal(2)\"");
        return Vec::new();
    };
    let columns: Vec<ColumnSpec> = table.entries().map(|(name, value)| column(source, name, value)).collect();
    if columns.is_empty() {
        table.missing(source, "receipts", "a line per column, e.g. receipts = \"decimal(2)\"");
    }
    columns
}

/// A column; one whose type is not understood counts as text, so that its name is known further on.
fn column(source: &mut Source<'_>, name: &str, value: &Value<'_>) -> ColumnSpec {
    let of = |kind: Option<Kind>, empty| ColumnSpec { name: name.to_owned(), kind: kind.unwrap_or(Kind::Text), empty };
    let Some(table) = value.get_ref().as_table() else {
        let word = text_of(source, name, value).map(|text| Spanned::new(value.span(), text));
        return of(word.and_then(|word| kind(source, name, &word, None)), Empty::Refuse);
    };
    let mut section = Section::new(format!("column {name}"), value.span(), table);
    let empty = section.choice(source, "empty", &[("refuse", Empty::Refuse), ("null", Empty::Null)]);
    let excess = section.choice(source, "excess", &[("refuse", Excess::Refuse), ("round", Excess::Round)]);
    let form = section.choice(source, "form", &FORMS);
    let decimals = section.whole(source, "decimals", 0..10).and_then(|d| u8::try_from(d).ok());
    let span = section.span_of("type");
    let text = section.required(source, "type", "type = \"decimal(2)\"");
    let mut kind = text.and_then(|text| kind(source, name, &Spanned::new(span, text), decimals));
    refine(source, &section, &mut kind, excess, form);
    section.finish(source);
    of(kind, empty.unwrap_or_default())
}

/// Adds what stands beside the type, where it belongs to that type.
fn refine(
    source: &mut Source<'_>,
    section: &Section<'_>,
    kind: &mut Option<Kind>,
    excess: Option<Excess>,
    form: Option<DateForm>,
) {
    let mut misplaced = |key: &str, of: &str| {
        let problem = Problem::new("S0206", format!("{}: {key:?} is only for {of}", section.name()));
        source.mistake(&section.span_of(key), problem.remedy("leave it out"));
    };
    match (kind.as_mut(), excess) {
        (Some(Kind::Decimal { excess: kept, .. }), Some(excess)) => *kept = excess,
        (Some(_), Some(_)) => misplaced("excess", "decimals"),
        _ => {}
    }
    match (kind.as_mut(), form) {
        (Some(Kind::Date { form: kept }), Some(form)) => *kept = form,
        (Some(_), Some(_)) => misplaced("form", "dates"),
        _ => {}
    }
}

/// The type, from `"decimal(2)"`, or from `"decimal"` and the number of decimals beside it.
fn kind(source: &mut Source<'_>, name: &str, text: &Spanned<String>, decimals: Option<u8>) -> Option<Kind> {
    let word = text.get_ref().replace(' ', "");
    let inside = word.strip_prefix("decimal(").and_then(|rest| rest.strip_suffix(')'));
    let written = inside.map(|digits| digits.parse::<u8>().ok().filter(|d| *d <= 9));
    let decimal = |decimals| Kind::Decimal { decimals, excess: Excess::Refuse };
    let (message, remedy) = match (word.as_str(), written, decimals) {
        (_, Some(Some(decimals)), None) | ("decimal", None, Some(decimals)) => return Some(decimal(decimals)),
        ("decimal", None, None) | (_, Some(_), _) => (
            format!("column {name}: how many decimals does it have?"),
            "write \"decimal(2)\", with 0 to 9 decimals, once",
        ),
        (_, None, Some(_)) => (format!("column {name}: \"decimals\" is only for decimals"), "leave it out"),
        (_, None, None) => {
            let date = Kind::Date { form: DateForm::Iso };
            let words = [
                ("text", Kind::Text),
                ("integer", Kind::Integer),
                ("decimal(2)", decimal(2)),
                ("date", date),
                ("bool", Kind::Bool),
            ];
            return choose(source, &format!("the type of column {name}"), text, &words);
        }
    };
    source.mistake(&text.span(), Problem::new("S0206", message).remedy(remedy));
    None
}

/// A rule for leaving rows out: a condition, or a column whose malformed fields are left out.
fn skip(source: &mut Source<'_>, mut section: Section<'_>, spec: Option<&TableSpec>) -> Option<SkipRule> {
    let when = section.text(source, "when");
    let problem = section.text(source, "problem");
    let reason = section.required(source, "reason", "reason = \"returns\" (the report prints it with a count)");
    let reason = reason.filter(|reason| section.readable(source, "reason", reason));
    let test = match (when, problem) {
        (Some(when), None) => {
            let checked = spec.map(|spec| check_condition(spec, &when));
            if let Some(Err(mistake)) = checked {
                source.mistake(&section.span_of("when"), super::sql_problem(&mistake, "the condition"));
            }
            Some(SkipTest::When(when))
        }
        (None, Some(column)) => {
            if let Some(spec) = spec {
                known(source, &section, "problem", &column, &spec.columns);
            }
            Some(SkipTest::Problem(column))
        }
        _ => {
            let problem = Problem::new("S0206", "a skip rule has either `when` or `problem`")
                .remedy("write when = \"quantity <= 0\" (SQL), or problem = \"column\" to leave out malformed fields");
            source.mistake(&section.span(), problem);
            None
        }
    };
    section.finish(source);
    Some(SkipRule { test: test?, reason: reason? })
}

/// What only the loader knows about a table description.
fn whole(source: &mut Source<'_>, spec: &TableSpec, span: &Range<usize>) {
    if let Err(Error::Study(problems) | Error::Data(problems)) = spec.check() {
        for problem in problems.first {
            let column = problem.column.map(|column| format!("column {column}: ")).unwrap_or_default();
            let message = format!("{column}{}", problem.message);
            source.mistake(span, Problem::new("S0206", message).remedy(problem.remedy));
        }
    }
}
