//! A metric's columns and parameters, looked up with a mistake for everything that does not fit.

use crate::Mistake;
use crate::metric::{Form, Holds, Meaning, Metric};
use crate::spec::{Choice, Fixed, MetricSpec, Parameter, Spec};
use guildhall_data::{Checked, RowKind, UnitField, UnitTake, check_row, first_day};
use std::collections::BTreeMap;

pub(super) struct Arguments<'a> {
    pub(super) spec: &'a Spec,
    pub(super) metric: &'static Metric,
    pub(super) asked: &'a MetricSpec,
    pub(super) path: String,
    pub(super) mistakes: &'a mut Vec<Mistake>,
}

impl Arguments<'_> {
    pub(super) fn mistake(&mut self, at: &str, message: impl Into<String>, remedy: impl Into<String>) {
        self.mistakes.push(Mistake::new(format!("{}: {at}", self.path), message, remedy));
    }

    /// Which response of a unit counts.
    pub(super) const fn take(&self) -> UnitTake {
        match self.asked.take {
            Choice::First => UnitTake::First,
            Choice::Last | Choice::Each => UnitTake::Last,
        }
    }

    /// Every name the spec gives must be one the metric knows, and one of its sets of meanings complete.
    pub(super) fn names(&mut self) {
        let (metric, asked) = (self.metric, self.asked);
        let meanings = || metric.needs.iter().copied().flatten();
        for key in asked.columns.keys().filter(|key| metric.meaning(key).is_none()) {
            let known: Vec<_> = meanings().map(|meaning| meaning.name).collect();
            let remedy = format!("it knows {}", known.join(", "));
            self.mistake(&format!("columns.{key}"), "the metric has no such meaning", remedy);
        }
        for (key, value) in &asked.parameters {
            self.parameter(key, value);
        }
        if !metric.needs.iter().any(|set| set.iter().all(|meaning| self.has(meaning.name))) {
            let sets: Vec<String> = metric.needs.iter().map(|set| listed(set)).collect();
            self.mistake("columns", "the metric lacks a column", format!("name {}", sets.join("; or ")));
        }
        for parameter in metric.parameters.iter().filter(|p| p.needed && !asked.parameters.contains_key(p.name)) {
            self.mistake(&format!("parameters.{}", parameter.name), "the parameter is missing", parameter.what);
        }
    }

    fn parameter(&mut self, key: &str, value: &Parameter) {
        let at = format!("parameters.{key}");
        match self.metric.parameter(key) {
            None => {
                let known: Vec<_> = self.metric.parameters.iter().map(|parameter| parameter.name).collect();
                let remedy =
                    if known.is_empty() { "it has none".to_owned() } else { format!("it knows {}", known.join(", ")) };
                self.mistake(&at, "the metric has no such parameter", remedy);
            }
            Some(info) if !fits(info.holds, value) => {
                let remedy = match info.holds {
                    Form::Weights => {
                        format!("write {key} = {{ quality = 3, service = 1 }}, with the names of your items")
                    }
                    _ => info.what.to_owned(),
                };
                self.mistake(&at, format!("the value does not fit; wanted is {}", form(info.holds)), remedy);
            }
            Some(_) => {}
        }
    }

    /// Whether the spec names a column for the meaning.
    pub(super) fn has(&self, meaning: &str) -> bool {
        let columns = &self.asked.columns;
        columns.contains_key(meaning) || (meaning.ends_with('.') && columns.keys().any(|key| key.starts_with(meaning)))
    }

    /// Checks the columns of a metric that is computed in the clear only.
    pub(super) fn clear_only(&mut self) {
        let keys: Vec<String> = self.asked.columns.keys().cloned().collect();
        for key in keys.iter().filter(|key| self.metric.meaning(key).is_some()) {
            self.column(key);
        }
    }

    /// The column of a meaning, of the kind it must hold.
    pub(super) fn column(&mut self, key: &str) -> Option<(Checked, RowKind)> {
        let holds = self.metric.meaning(key)?.holds;
        let text = self.asked.columns.get(key)?;
        let at = format!("columns.{key}");
        let (checked, kind) = match check_row(&self.spec.table, text) {
            Ok(found) => found,
            Err(mistake) => {
                let message = format!("{} (character {} of {text:?})", mistake.message, mistake.column);
                self.mistake(&at, message, mistake.remedy);
                return None;
            }
        };
        if !holds_kind(holds, kind) {
            let remedy = "name another column, change its kind, or write an expression such as churn = 'Yes'";
            self.mistake(&at, format!("{text:?} is not {}", holds.name()), remedy);
            return None;
        }
        if kind == RowKind::Number && checked.decimals().is_none() {
            let message = "the unit is unclear after multiplying or dividing by a power of ten";
            self.mistake(&at, message, "keep the column's own decimals");
            return None;
        }
        Some((checked, kind))
    }

    /// One field over one meaning.
    pub(super) fn field(&mut self, key: &str, take: UnitTake) -> Option<UnitField> {
        self.column(key).map(|part| UnitField { parts: vec![part], take })
    }

    /// Answers on a scale: the value that counts among those on it, and the number of those off it.
    ///
    /// An answer off the scale is no answer, so that it never hides an earlier or later one that is.
    pub(super) fn on_scale(&mut self, key: &str, low: i64, high: i64) -> Option<[UnitField; 2]> {
        let (checked, _) = self.column(key)?;
        let decimals = checked.decimals().unwrap_or(0);
        let text = self.asked.columns.get(key)?;
        let (low, high) = (written(low, decimals), written(high, decimals));
        let on = format!("CASE WHEN ({text}) >= {low} AND ({text}) <= {high} THEN ({text}) END");
        let off = format!("CASE WHEN ({text}) < {low} OR ({text}) > {high} THEN 1 END");
        let mut field = |text: &str, take: UnitTake| match check_row(&self.spec.table, text) {
            Ok(part) => Some(UnitField { parts: vec![part], take }),
            Err(mistake) => {
                self.mistakes.push(Mistake::new(
                    format!("{}: columns.{key}", self.path),
                    mistake.message,
                    "write a simpler expression",
                ));
                None
            }
        };
        let take = match self.asked.take {
            Choice::First => UnitTake::First,
            Choice::Last | Choice::Each => UnitTake::Last,
        };
        Some([field(&on, take)?, field(&off, UnitTake::Count)?])
    }

    /// A parameter as it is given, or its default.
    fn value(&self, name: &str) -> Option<Parameter> {
        let info = self.metric.parameter(name)?;
        if let Some(given) = self.asked.parameters.get(name) {
            return fits(info.holds, given).then(|| given.clone());
        }
        let text = info.default?;
        match info.holds {
            Form::Number | Form::Count => text.parse().ok().map(Parameter::Number),
            Form::Numbers => text.parse().ok().map(|number| Parameter::Numbers(vec![number])),
            _ => Some(Parameter::Text(text.to_owned())),
        }
    }

    /// A number as it was written.
    pub(super) fn fixed(&self, name: &str) -> Option<Fixed> {
        match self.value(name)? {
            Parameter::Number(number) => Some(number),
            _ => None,
        }
    }

    /// A number in steps of the given decimals.
    pub(super) fn number(&mut self, name: &str, decimals: u8) -> Option<i64> {
        let number = self.fixed(name)?;
        let steps = number.steps(decimals).filter(|steps| steps.unsigned_abs() <= 1 << 50);
        if steps.is_none() {
            let message = format!("{number} is too large, or finer than the {decimals} decimals of the column");
            self.mistake(&format!("parameters.{name}"), message, "write it with the column's decimals");
        }
        steps
    }

    /// Several numbers as they were written; none where the spec and the metric name none.
    pub(super) fn numbers(&self, name: &str) -> Vec<Fixed> {
        match self.value(name) {
            Some(Parameter::Numbers(numbers)) => numbers,
            _ => Vec::new(),
        }
    }

    /// A word or date.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        match self.value(name)? {
            Parameter::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Weights by item.
    pub(super) fn weights(&self, name: &str) -> Option<BTreeMap<String, u32>> {
        match self.value(name)? {
            Parameter::Weights(weights) => Some(weights),
            _ => None,
        }
    }
}

/// A number in steps as SQL writes it.
pub(super) fn written(steps: i64, decimals: u8) -> String {
    let (sign, digits) = (if steps < 0 { "-" } else { "" }, steps.unsigned_abs());
    match decimals {
        0 => format!("{sign}{digits}"),
        _ => {
            let unit = 10u64.pow(u32::from(decimals));
            format!("{sign}{}.{:0width$}", digits / unit, digits % unit, width = usize::from(decimals))
        }
    }
}

fn listed(set: &[Meaning]) -> String {
    set.iter().map(|meaning| format!("{} ({})", meaning.name, meaning.what)).collect::<Vec<_>>().join(" and ")
}

fn holds_kind(holds: Holds, kind: RowKind) -> bool {
    match holds {
        Holds::Any => true,
        Holds::Number => kind == RowKind::Number,
        Holds::Truth => kind == RowKind::Truth,
        Holds::Date => kind == RowKind::Date,
        Holds::Text => kind == RowKind::Text,
    }
}

fn fits(form: Form, value: &Parameter) -> bool {
    match (form, value) {
        (Form::Number, Parameter::Number(_)) | (Form::Weights, Parameter::Weights(_)) => true,
        (Form::Count, Parameter::Number(number)) => number.steps(0).is_some_and(|n| (1..=1_000_000).contains(&n)),
        (Form::Numbers, Parameter::Numbers(numbers)) => !numbers.is_empty(),
        (Form::Date, Parameter::Text(text)) => text.len() == 10 && first_day(text).is_some(),
        (Form::Word(words), Parameter::Text(text)) => words.is_empty() || words.contains(&text.as_str()),
        _ => false,
    }
}

fn form(form: Form) -> String {
    match form {
        Form::Number => "a number".to_owned(),
        Form::Count => "a whole number from 1 on".to_owned(),
        Form::Numbers => "a list of numbers".to_owned(),
        Form::Date => "a day such as 2011-12-10".to_owned(),
        Form::Word([]) => "a word".to_owned(),
        Form::Word(words) => format!("one of {}", words.join(", ")),
        Form::Weights => "a table of whole weights by item".to_owned(),
    }
}
