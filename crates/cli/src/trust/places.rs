//! Where in the file a mistake stands that only the whole specification shows.
//!
//! The rules of `guildhall-trust` know sections, metrics and keys, but no file; here their paths, such as
//! `metric 2 "nps": columns.score`, are followed through the tables as far as they go.

use crate::Problem;
use crate::study::section::{Section, Value};
use crate::study::source::Source;
use guildhall_trust::Mistake;
use std::ops::Range;

/// Keys that the rules call otherwise than the file.
const RENAMED: [(&str, &str, &str); 3] =
    [("unit", "groups", "periods"), ("segments", "keys", "values"), ("periods", "", "every")];

/// The tables of a file.
pub(super) struct Places<'t> {
    metrics: Vec<&'t Value<'t>>,
    sections: Vec<(&'static str, &'t Value<'t>)>,
}

impl<'t> Places<'t> {
    /// Remembers where every section stands.
    pub(super) fn of(root: &mut Section<'t>) -> Self {
        const SECTIONS: [&str; 7] = ["release", "budget", "unit", "data", "window", "segments", "cohorts"];
        let sections = SECTIONS.iter().filter_map(|name| Some((*name, root.value(name)?))).collect();
        let metrics = root.value("metric").and_then(|value| value.get_ref().as_array());
        Self { metrics: metrics.map_or_else(Vec::new, |items| items.iter().collect()), sections }
    }

    /// Notes a mistake at its key, or else at its section.
    pub(super) fn note(&self, source: &mut Source<'_>, mistake: &Mistake) {
        let Mistake { path, message, remedy } = mistake;
        let span = self.span(path).unwrap_or_default();
        source.mistake(&span, Problem::new("T0101", format!("{path}: {message}")).remedy(remedy.clone()));
    }

    fn span(&self, path: &str) -> Option<Range<usize>> {
        let (owner, key) = path.rsplit_once(": ").unwrap_or((path, ""));
        if let Some(metric) = owner.strip_prefix("metric ").or_else(|| path.strip_prefix("metric ")) {
            return self.metric(metric).map(|table| follow(table, key));
        }
        let section = |name: &str| self.sections.iter().find(|(known, _)| *known == name).map(|(_, table)| *table);
        if path == "metric" {
            return self.metrics.first().map(|table| table.span());
        }
        let (name, key) = match RENAMED.iter().find(|(name, from, _)| *name == owner && *from == key) {
            Some(("periods", _, to)) => ("window", *to),
            Some((name, _, to)) => (*name, *to),
            None => (owner, key),
        };
        section(name).map(|table| follow(table, key))
    }

    /// The metric of `2 "nps"`, or of `"nps"` by its id or else by its name, the last one of them.
    fn metric(&self, owner: &str) -> Option<&'t Value<'t>> {
        let number = owner.split(' ').next().and_then(|number| number.parse::<usize>().ok());
        if let Some(number) = number {
            return self.metrics.get(number.checked_sub(1)?).copied();
        }
        let id = owner.trim_matches('"');
        let text =
            |table: &Value<'t>, key: &str| table.get_ref().as_table()?.get(key)?.get_ref().as_str().map(str::to_owned);
        let called = |table: &&&Value<'t>| {
            text(table, "id").or_else(|| text(table, "name")).is_some_and(|name| id.starts_with(&name))
        };
        self.metrics.iter().rev().find(called).copied()
    }
}

/// Follows a path of keys as far as it goes; `columns.` and `parameters.` are no tables in the file.
fn follow(table: &Value<'_>, path: &str) -> Range<usize> {
    let mut at = table;
    let path = path.strip_prefix("parameters.").unwrap_or(path);
    let inline =
        path.strip_prefix("columns.").filter(|_| at.get_ref().as_table().is_some_and(|t| !t.contains_key("columns")));
    for key in inline.unwrap_or(path).split('.') {
        match at.get_ref().as_table().and_then(|table| table.get(key)) {
            Some(next) => at = next,
            None => break,
        }
    }
    at.span()
}
