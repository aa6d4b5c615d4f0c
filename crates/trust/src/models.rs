//! Models of buying behaviour, fitted in the clear as references: BG/NBD and Gamma-Gamma.
//!
//! They are never released: a maximum-likelihood fit has no bound on what one customer does to it.

mod bg_nbd;
mod gamma_gamma;
mod simplex;

use crate::compile::Compiled;
use crate::measure::Model;
use crate::spec::{Fixed, MetricSpec, Parameter, Spec};
use crate::{Error, metric};
pub use bg_nbd::{BgNbd, Buyer};
pub use gamma_gamma::GammaGamma;
use guildhall_data::{
    Engine, UnitAnswer, UnitField, UnitQuery, UnitRow, UnitTake, UnitWindow, check_row, day_number, first_day, units,
};

/// Weeks per month of the discounted sum, as the package `lifetimes` counts them.
const WEEKS_PER_MONTH: f64 = 4.345;

/// A buyer, and the mean value of its repeat purchases.
type Spender = (Buyer, f64);

/// Fits every model the spec asks for.
pub(crate) fn fit(engine: &dyn Engine, spec: &Spec, compiled: &Compiled) -> Result<Vec<Model>, Error> {
    let asked = compiled.clear_only.iter().filter_map(|index| spec.metrics.get(*index));
    asked.map(|asked| one(engine, spec, asked)).collect()
}

fn one(engine: &dyn Engine, spec: &Spec, asked: &MetricSpec) -> Result<Model, Error> {
    let buyers = read(engine, spec, asked)?;
    let only: Vec<Buyer> = buyers.iter().map(|(buyer, _)| *buyer).collect();
    let model = BgNbd::fit(&only).ok_or(Error::Model { metric: "bg-nbd", why: "the likelihood has no maximum" })?;
    let values = match asked.name.as_str() {
        "gamma-gamma" => worth(asked, &model, &buyers)?,
        _ => expected(asked, &model, &only),
    };
    let label = asked.label.as_deref().or_else(|| metric::find(&asked.name).map(|m| m.title)).unwrap_or(&asked.name);
    Ok(Model { metric: asked.name.clone(), label: label.to_owned(), customers: only.len() as u64, values })
}

fn expected(asked: &MetricSpec, model: &BgNbd, buyers: &[Buyer]) -> Vec<(&'static str, f64)> {
    let horizon = number(asked, "horizon", 39.0);
    let purchases = buyers.iter().map(|buyer| model.expected(horizon, buyer)).sum();
    vec![
        ("r", model.r),
        ("alpha", model.alpha),
        ("a", model.a),
        ("b", model.b),
        ("log-likelihood", model.log_likelihood),
        ("expected purchases of all customers", purchases),
    ]
}

fn worth(asked: &MetricSpec, model: &BgNbd, buyers: &[Spender]) -> Result<Vec<(&'static str, f64)>, Error> {
    let spends: Vec<(f64, f64)> = buyers.iter().map(|(buyer, spend)| (buyer.frequency, *spend)).collect();
    let why = "no customer has repeat purchases of a positive value";
    let spend = GammaGamma::fit(&spends).ok_or(Error::Model { metric: "gamma-gamma", why })?;
    let (months, discount) = (number(asked, "months", 12.0), number(asked, "discount", 0.01));
    let worth = |(buyer, mean): &Spender| {
        let margin = spend.expected(buyer.frequency, *mean);
        let mut sum = 0.0;
        for month in 1..=months as u32 {
            let (end, start) = (f64::from(month) * WEEKS_PER_MONTH, f64::from(month - 1) * WEEKS_PER_MONTH);
            let purchases = model.expected(end, buyer) - model.expected(start, buyer);
            sum += margin * purchases / (1.0 + discount).powi(month as i32);
        }
        sum
    };
    let total: f64 = buyers.iter().map(worth).sum();
    let repeating: f64 = buyers.iter().filter(|(buyer, _)| buyer.frequency > 0.0).map(worth).sum();
    Ok(vec![
        ("p", spend.p),
        ("q", spend.q),
        ("v", spend.v),
        ("lifetime value of customers with repeat purchases", repeating),
        ("lifetime value of all customers", total),
        ("lifetime value per customer", total / buyers.len().max(1) as f64),
    ])
}

fn number(asked: &MetricSpec, name: &str, default: f64) -> f64 {
    match asked.parameters.get(name) {
        Some(Parameter::Number(number)) => Fixed::to_f64(*number),
        _ => default,
    }
}

/// Reads one buyer per unit, from a summary or from the dates of purchases.
fn read(engine: &dyn Engine, spec: &Spec, asked: &MetricSpec) -> Result<Vec<Spender>, Error> {
    let purchase = asked.columns.get("purchase");
    let texts: Vec<(String, UnitTake)> = match purchase {
        Some(date) => {
            let day = quoted(spec, date);
            let day = format!("substr({day}, 1, 10)");
            vec![(day.clone(), UnitTake::CountDistinct), (day.clone(), UnitTake::Least), (day, UnitTake::Greatest)]
        }
        None => {
            let keys = ["frequency", "recency", "age", "spend"];
            keys.iter().filter_map(|key| asked.columns.get(*key)).map(|text| (text.clone(), UnitTake::Sum)).collect()
        }
    };
    let mut fields = Vec::new();
    for (text, take) in texts {
        let part = check_row(&spec.table, &text).map_err(|mistake| {
            let path = format!("metric {:?}: columns", asked.name);
            Error::Spec(vec![crate::Mistake::new(path, mistake.message, mistake.remedy)])
        })?;
        fields.push(UnitField { parts: vec![part], take });
    }
    let end = end(spec, asked);
    if purchase.is_some() && end.is_none() {
        return Err(Error::Model { metric: "bg-nbd", why: "the end of observation is missing: set reference" });
    }
    let window = spec.window.clone().map(|w| UnitWindow { column: w.column, from: w.from, until: w.until });
    let unit = spec.unit.kind.column().map(str::to_owned);
    let query = UnitQuery { unit, window, every: None, key: None, fields };
    let mut buyers = Vec::new();
    units(engine, &query, &mut |row| {
        buyers.extend(if purchase.is_some() { dated(&row, end.unwrap_or(0)) } else { summary(&query, &row) });
        Ok(())
    })?;
    Ok(buyers)
}

fn quoted(spec: &Spec, text: &str) -> String {
    if spec.table.position(text).is_some() { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

/// The end of observation as a day's number.
fn end(spec: &Spec, asked: &MetricSpec) -> Option<i64> {
    let given = match asked.parameters.get("reference") {
        Some(Parameter::Text(text)) => Some(text.clone()),
        _ => spec.window.as_ref().and_then(|window| window.until.clone()),
    };
    given.and_then(|text| day_number(&first_day(&text)?))
}

/// A buyer from days: time is in weeks from the first purchase, several purchases of one day are one.
fn dated(row: &UnitRow, end: i64) -> Option<Spender> {
    let [UnitAnswer::Integer(days), UnitAnswer::Parts(first), UnitAnswer::Parts(last)] = row.fields.as_slice() else {
        return None;
    };
    let (first, last) = (day_number(first.first()?)?, day_number(last.first()?)?);
    let weeks = |days: i64| days as f64 / 7.0;
    let buyer = Buyer { frequency: (days - 1) as f64, recency: weeks(last - first), age: weeks(end - first) };
    Some((buyer, 0.0))
}

fn summary(query: &UnitQuery, row: &UnitRow) -> Option<Spender> {
    let number = |at: usize| {
        let decimals = query.fields.get(at)?.parts.first()?.0.decimals().unwrap_or(0);
        match row.fields.get(at)? {
            UnitAnswer::Integer(value) => Some(*value as f64 / 10f64.powi(i32::from(decimals))),
            _ => None,
        }
    };
    let buyer = Buyer { frequency: number(0)?, recency: number(1)?, age: number(2)? };
    Some((buyer, number(3).unwrap_or(0.0)))
}
