//! `[period]`: which column holds the date, and which periods there are.

use super::data::known;
use crate::Problem;
use crate::study::Period;
use crate::study::period::{PeriodMistake, example};
use crate::study::section::Section;
use crate::study::source::Source;
use guildhall_data::{ColumnSpec, Every, Kind};

const LENGTHS: [(&str, Every); 4] =
    [("month", Every::Month), ("quarter", Every::Quarter), ("year", Every::Year), ("whole", Every::Whole)];

pub(super) fn read(source: &mut Source<'_>, mut section: Section<'_>, columns: &[ColumnSpec]) -> Option<Period> {
    let column = section.required(source, "column", "column = \"date\"");
    let every = section.choice(source, "every", &LENGTHS);
    if section.value("every").is_none() {
        section.missing(source, "every", "every = \"month\" (or \"quarter\", \"year\", \"whole\")");
    }
    let example = example(every.unwrap_or(Every::Month));
    let from = section.required(source, "from", &format!("from = \"{example}\""));
    let to = section.required(source, "to", &format!("to = \"{example}\""));
    let declared = column.as_ref().and_then(|column| known(source, &section, "column", column, columns));
    if declared.is_some_and(|column| !matches!(column.kind, Kind::Date { .. })) {
        let problem = Problem::new("S0207", "the column of the period must be of type \"date\"");
        source.mistake(&section.span_of("column"), problem.remedy("declare it as \"date\", or name another column"));
    }
    let period = match (column, every, &from, &to) {
        (Some(column), Some(every), Some(from), Some(to)) => Some((every, Period::new(column, every, from, to))),
        _ => None,
    };
    let read = match period {
        Some((every, Err(mistake))) => {
            unfit(source, &section, every, mistake);
            None
        }
        other => other.and_then(|(_, period)| period.ok()),
    };
    section.finish(source);
    read
}

fn unfit(source: &mut Source<'_>, section: &Section<'_>, every: Every, mistake: PeriodMistake) {
    let (key, message, remedy) = match mistake {
        PeriodMistake::From => ("from", "this is not such a period", format!("write from = \"{}\"", example(every))),
        PeriodMistake::To => ("to", "this is not such a period", format!("write to = \"{}\"", example(every))),
        PeriodMistake::Order => ("to", "the last period lies before the first", "swap `from` and `to`".to_owned()),
        PeriodMistake::TooMany => {
            ("to", "these are more than 120 periods", "choose longer or fewer periods".to_owned())
        }
    };
    source.mistake(&section.span_of(key), Problem::new("S0203", message).remedy(remedy));
}
