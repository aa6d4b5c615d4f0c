//! Walks a TOML table key by key, noting every mistake instead of stopping at the first.
//!
//! Source: TOML 1.1 as parsed by the `toml` crate; this file only asks for keys and checks types.

use super::source::{Source, did_you_mean, disturbs};
use crate::Problem;
use std::ops::Range;
use std::str::FromStr;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value of the file.
pub(crate) type Value<'t> = Spanned<DeValue<'t>>;

/// One table of the file; remembers which keys were asked for, so that the others are unknown.
pub(crate) struct Section<'t> {
    name: String,
    span: Range<usize>,
    table: &'t DeTable<'t>,
    asked: Vec<&'static str>,
}

impl<'t> Section<'t> {
    /// A table under a name people recognise, e.g. `[trustees]`.
    pub(crate) fn new(name: impl Into<String>, span: Range<usize>, table: &'t DeTable<'t>) -> Self {
        Self { name: name.into(), span, table, asked: Vec::new() }
    }

    /// The name people recognise.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Gives the table a more telling name once one is known.
    pub(crate) fn rename(&mut self, name: String) {
        self.name = name;
    }

    /// Whether the key is there.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Where the table stands.
    pub(crate) fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// Where a key's value stands, or the table if it is absent.
    pub(crate) fn span_of(&self, key: &str) -> Range<usize> {
        self.table.get(key).map_or_else(|| self.span(), Spanned::span)
    }

    /// The value of a key.
    pub(crate) fn value(&mut self, key: &'static str) -> Option<&'t Value<'t>> {
        self.know(&[key]);
        self.table.get(key)
    }

    /// Takes keys as known, also where nobody gets to ask for them.
    pub(crate) fn know(&mut self, keys: &[&'static str]) {
        for key in keys {
            if !self.asked.contains(key) {
                self.asked.push(key);
            }
        }
    }

    /// All keys and values, each taken as known.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&'t str, &'t Value<'t>)> + use<'t> {
        let mut entries: Vec<_> = self.table.iter().map(|(key, value)| (key.get_ref().as_ref(), value)).collect();
        entries.sort_by_key(|(_, value)| value.span().start);
        entries.into_iter()
    }

    /// Notes that a key is missing, with an example of what to write.
    pub(crate) fn missing(&self, source: &mut Source<'_>, key: &str, example: &str) {
        let problem =
            Problem::new("S0103", format!("{} has no key {key:?}", self.name)).remedy(format!("add {example}"));
        source.mistake(&self.span, problem);
    }

    /// A text that must be there and not be empty.
    pub(crate) fn required(&mut self, source: &mut Source<'_>, key: &'static str, example: &str) -> Option<String> {
        if self.value(key).is_none() {
            self.missing(source, key, example);
            return None;
        }
        self.text(source, key)
    }

    /// A text, if there is one.
    pub(crate) fn text(&mut self, source: &mut Source<'_>, key: &'static str) -> Option<String> {
        let value = self.value(key)?;
        let text = text_of(source, key, value)?;
        if text.trim().is_empty() {
            source.mistake(&value.span(), Problem::new("S0104", format!("{key} is empty")).remedy("write a text"));
            return None;
        }
        Some(text)
    }

    /// Whether a text that people will read is one line without control characters; notes a mistake if not.
    pub(crate) fn readable(&self, source: &mut Source<'_>, key: &str, text: &str) -> bool {
        readable(source, key, text, &self.span_of(key))
    }

    /// A list of texts, if there is one; each with its place.
    pub(crate) fn texts(&mut self, source: &mut Source<'_>, key: &'static str) -> Option<Vec<Spanned<String>>> {
        let value = self.value(key)?;
        let Some(items) = value.get_ref().as_array() else {
            wrong_type(source, key, value, "a list of texts such as [\"a\", \"b\"]");
            return None;
        };
        Some(items.iter().filter_map(|v| Some(Spanned::new(v.span(), text_of(source, key, v)?))).collect())
    }

    /// A yes or no.
    pub(crate) fn flag(&mut self, source: &mut Source<'_>, key: &'static str) -> Option<bool> {
        let value = self.value(key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            wrong_type(source, key, value, "true or false");
        }
        flag
    }

    /// A whole number within bounds, if there is one.
    pub(crate) fn whole(&mut self, source: &mut Source<'_>, key: &'static str, bounds: Range<u64>) -> Option<u64> {
        let value = self.value(key)?;
        let number = value.get_ref().as_integer().filter(|i| i.radix() == 10).and_then(|i| i.as_str().parse().ok());
        let within = number.filter(|n| bounds.contains(n));
        if within.is_none() {
            let last = bounds.end - 1;
            wrong_type(source, key, value, &format!("a whole number from {} to {last}", bounds.start));
        }
        within
    }

    /// Something written as a number or as a text, never through a float: `1`, `0.5`, `"1/3"`.
    pub(crate) fn exact<T: FromStr>(&mut self, source: &mut Source<'_>, key: &'static str, like: &str) -> Option<T> {
        let value = self.value(key)?;
        let parsed = exact_text(value).and_then(|text| text.parse().ok());
        if parsed.is_none() {
            wrong_type(source, key, value, like);
        }
        parsed
    }

    /// One of a few words, if there is one.
    pub(crate) fn choice<T: Copy>(
        &mut self,
        source: &mut Source<'_>,
        key: &'static str,
        words: &[(&str, T)],
    ) -> Option<T> {
        let value = self.value(key)?;
        let text = text_of(source, key, value)?;
        choose(source, key, &Spanned::new(value.span(), text), words)
    }

    /// A table, if there is one.
    pub(crate) fn section(&mut self, source: &mut Source<'_>, key: &'static str, name: &str) -> Option<Self> {
        let value = self.value(key)?;
        as_section(source, key, value, name)
    }

    /// A list of tables such as `[[kpi]]`; none if absent.
    pub(crate) fn sections(&mut self, source: &mut Source<'_>, key: &'static str, name: &str) -> Vec<Self> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let Some(items) = value.get_ref().as_array() else {
            wrong_type(source, key, value, &format!("a list of tables, each starting with {name}"));
            return Vec::new();
        };
        items.iter().filter_map(|item| as_section(source, key, item, name)).collect()
    }

    /// Notes every key that nobody asked for.
    pub(crate) fn finish(self, source: &mut Source<'_>) {
        for (key, _) in self.table.iter().filter(|(key, _)| !self.asked.contains(&key.get_ref().as_ref())) {
            let problem = Problem::new("S0102", format!("{} has no key {:?}", self.name, key.get_ref()))
                .why("an unknown key would silently change nothing")
                .remedy(did_you_mean(key.get_ref(), &self.asked));
            source.mistake(&key.span(), problem);
        }
    }
}

/// A value as a table.
pub(crate) fn as_section<'t>(
    source: &mut Source<'_>,
    key: &str,
    value: &'t Value<'t>,
    name: &str,
) -> Option<Section<'t>> {
    let Some(table) = value.get_ref().as_table() else {
        wrong_type(source, key, value, &format!("a table: {name}"));
        return None;
    };
    Some(Section::new(name, value.span(), table))
}

/// The word's meaning, or a mistake that names the words there are.
pub(crate) fn choose<T: Copy>(
    source: &mut Source<'_>,
    key: &str,
    word: &Spanned<String>,
    words: &[(&str, T)],
) -> Option<T> {
    let found = words.iter().find(|(known, _)| known == word.get_ref()).map(|(_, meaning)| *meaning);
    if found.is_none() {
        let known: Vec<&str> = words.iter().map(|(known, _)| *known).collect();
        let problem = Problem::new("S0105", format!("{key} cannot be {:?}", word.get_ref()));
        source.mistake(&word.span(), problem.remedy(did_you_mean(word.get_ref(), &known)));
    }
    found
}

/// The text of a value, or a mistake.
pub(crate) fn text_of(source: &mut Source<'_>, key: &str, value: &Value<'_>) -> Option<String> {
    let text = value.get_ref().as_str().map(str::to_owned);
    if text.is_none() {
        wrong_type(source, key, value, "a text in quotes");
    }
    text
}

/// Whether a text that people will read is one line without control characters; notes a mistake if not.
///
/// # Security
/// Such texts reach terminals, reports and signed statements: an escape sequence could hide or forge what is shown,
/// and a change of writing direction could reorder it.
pub(crate) fn readable(source: &mut Source<'_>, key: &str, text: &str, span: &Range<usize>) -> bool {
    let Some(control) = text.chars().find(|c| disturbs(*c)) else { return true };
    let problem = Problem::new("S0104", format!("{key} holds the control character U+{:04X}", u32::from(control)))
        .why("it would disturb or forge what terminals and reports show")
        .remedy("leave it out; the text stands on one line");
    source.mistake(span, problem);
    false
}

/// A decimal number as it was written: a text, or a number outside quotes.
pub(crate) fn exact_text(value: &Value<'_>) -> Option<String> {
    match value.get_ref() {
        DeValue::String(text) => Some(text.trim().to_owned()),
        DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().to_owned()),
        DeValue::Float(number) => Some(number.as_str().to_owned()),
        _ => None,
    }
}

/// Notes that a value is not what the key takes.
pub(crate) fn wrong_type(source: &mut Source<'_>, key: &str, value: &Value<'_>, want: &str) {
    let kind = value.get_ref().type_str();
    let article = if kind.starts_with(['a', 'i']) { "an" } else { "a" };
    let got = exact_text(value).map_or_else(|| format!("{article} {kind}"), |text| format!("{text:?}"));
    let problem = Problem::new("S0104", format!("{key} cannot be {got}")).remedy(format!("write {want}"));
    source.mistake(&value.span(), problem);
}
