//! `[privacy]`: noise on every sum, whom it protects, and what one customer may add.

use super::data::known;
use super::edges::steps;
use crate::Problem;
use crate::study::convert::bound as bound_of;
use crate::study::model::{Kpi, Privacy};
use crate::study::section::Section;
use crate::study::source::Source;
use guildhall_data::{ColumnSpec, Kind};
use guildhall_dp::{Law, even_noise, suitable_law};
use guildhall_kpi::{PrivacyUnit, Rational, Step};
use std::ops::Range;

const UNITS: [(&str, PrivacyUnit); 2] = [("member", PrivacyUnit::Member), ("customer", PrivacyUnit::Customer)];
const LAWS: [(&str, Option<Law>); 3] =
    [("auto", None), ("laplace", Some(Law::Laplace)), ("gaussian", Some(Law::Gaussian))];

/// What a study wants, before it is known how many sums one unit touches.
pub(super) struct Wish {
    unit: PrivacyUnit,
    customer: Option<String>,
    most_periods: Option<u32>,
    epsilon: Rational,
    law: Option<Law>,
    span: Range<usize>,
}

/// Reads the section; without it sums are exact.
pub(super) fn read(source: &mut Source<'_>, mut section: Section<'_>, columns: &[ColumnSpec]) -> Option<Wish> {
    let before = source.count();
    if !section.has("unit") {
        section.missing(source, "unit", "unit = \"customer\" or unit = \"member\": whom the noise on sums protects");
    }
    let unit = section.choice(source, "unit", &UNITS);
    let customer = section.text(source, "customer");
    if let Some(column) = &customer {
        let declared = known(source, &section, "customer", column, columns);
        if declared.is_some_and(|column| !matches!(column.kind, Kind::Text | Kind::Integer)) {
            let problem = Problem::new("S0207", "a customer is identified by a text or a whole number");
            source.mistake(&section.span_of("customer"), problem.remedy("declare the column as \"text\""));
        }
    }
    let most_periods = section.whole(source, "customer_periods", 1..121).and_then(|n| u32::try_from(n).ok());
    for key in ["customer", "customer_periods"] {
        if unit == Some(PrivacyUnit::Member) && section.has(key) {
            let problem = Problem::new("S0315", format!("{key} has no effect where noise protects members"));
            source.mistake(&section.span_of(key), problem.remedy("write unit = \"customer\", or leave it out"));
        }
    }
    let epsilon = match section.value("epsilon") {
        None => Rational::new(1, 1),
        Some(_) => section.exact(source, "epsilon", "a number above 0, e.g. 1, 0.5 or \"1/3\""),
    };
    let law = section.choice(source, "noise", &LAWS).flatten();
    let span = section.span_of("epsilon");
    section.finish(source);
    let (unit, epsilon) = (unit?, epsilon?);
    (source.count() == before).then_some(Wish { unit, customer, most_periods, epsilon, law, span })
}

/// A KPI's `customer_bound` in steps: required where noise protects customers, a mistake elsewhere.
pub(super) fn bound(
    source: &mut Source<'_>,
    section: &mut Section<'_>,
    resolution: Option<Step>,
    sql: Option<&str>,
    wish: Option<&Wish>,
) -> Option<u64> {
    let wish = wish.filter(|wish| wish.unit == PrivacyUnit::Customer);
    let (value, name) = (section.value("customer_bound"), section.name().to_owned());
    let problem = match (value, wish) {
        (None, None) => return None,
        (None, Some(_)) => Problem::new("S0314", format!("{name} has no customer_bound"))
            .why("noise that hides a customer must be as wide as the most one customer can add")
            .remedy("add customer_bound = 500: the most one customer adds in one period, in the unit"),
        (Some(_), None) => Problem::new("S0314", format!("{name}: customer_bound has no effect"))
            .remedy("add [privacy] with unit = \"customer\", or leave it out"),
        (Some(value), Some(wish)) => {
            let steps = steps(source, "customer_bound", value, resolution?)?;
            match u64::try_from(steps).ok().filter(|steps| *steps > 0) {
                None => Problem::new("S0314", format!("{name}: customer_bound must be above zero"))
                    .remedy("write the most one customer adds in one period, in the unit"),
                Some(_) if wish.customer.is_some() && !sql.is_none_or(adds_up) => not_additive(&name),
                bound => return bound,
            }
        }
    };
    source.mistake(&section.span_of("customer_bound"), problem);
    None
}

/// Where members' software bounds every customer, the figure must be the sum of what customers add.
fn not_additive(name: &str) -> Problem {
    Problem::new("S0314", format!("{name}: what customers add to it cannot be bounded one by one"))
        .why("only a single sum(...) or count(...) over all rows is the sum of the same over each customer's rows")
        .remedy("compare the sum and the count as two KPIs instead of their ratio, or leave `customer` out")
}

/// Whether an aggregate is one `sum(...)` or `count(...)`, hence the sum of itself over groups of rows.
fn adds_up(sql: &str) -> bool {
    let sql = sql.trim().to_ascii_lowercase();
    let Some(inner) = ["sum", "count"].iter().find_map(|name| sql.strip_prefix(name)) else { return false };
    let inner = inner.trim_start();
    let mut depth = 0usize;
    let mut quoted = None;
    for (at, character) in inner.char_indices() {
        match (quoted, character) {
            (Some(mark), character) if mark == character => quoted = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quoted = Some(character),
            (None, '(') => depth += 1,
            (None, ')') if depth == 1 => return at + 1 == inner.len(),
            (None, ')') => depth = depth.saturating_sub(1),
            (None, _) if depth == 0 => return false,
            (None, _) => {}
        }
    }
    false
}

impl Wish {
    /// Divides the epsilon over the sums one unit touches and finds the law of their noise.
    pub(super) fn resolve(
        &self,
        source: &mut Source<'_>,
        kpis: &[Kpi],
        periods: usize,
        cells: u32,
        honest: Option<u8>,
    ) -> Option<Privacy> {
        let periods = self.most_periods.map_or(periods, |most| periods.min(usize::try_from(most).unwrap_or(periods)));
        let sums = (kpis.len() as u64).saturating_mul(periods as u64).saturating_mul(cells.into());
        let widest = kpis.iter().map(|kpi| bound_of(kpi, self.unit)).max().unwrap_or(1);
        let honest = u32::from(honest.unwrap_or(1));
        let law = self.law.unwrap_or_else(|| suitable_law(self.epsilon, sums, widest, honest));
        match even_noise(self.epsilon, sums, law) {
            Ok(noise) => {
                let (unit, customer) = (self.unit, self.customer.clone());
                Some(Privacy { unit, customer, most_periods: self.most_periods, epsilon: self.epsilon, noise, sums })
            }
            Err(error) => {
                let problem = Problem::new("S0315", format!("the epsilon cannot be divided over {sums} sums: {error}"));
                source.mistake(&self.span, problem.remedy("write epsilon = 1"));
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::adds_up;

    #[test]
    fn only_one_sum_or_count_adds_up() {
        for good in [
            "sum(a)",
            " SUM( a * (b + 1) ) ",
            "count(*)",
            "count(distinct \"in)voice\")",
            "sum(case when a = ')' then 1 else 0 end)",
        ] {
            assert!(adds_up(good), "{good}");
        }
        for bad in [
            "sum(a) / count(*)",
            "max(a)",
            "sum(a) + 1",
            "100 * sum(a)",
            "sum(a",
            "summary(a)",
            "sum",
            "count",
            "avg(a)",
        ] {
            assert!(!adds_up(bad), "{bad}");
        }
    }
}
