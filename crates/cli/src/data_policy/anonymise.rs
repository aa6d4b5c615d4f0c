//! `[anonymise]`: what the written rows must keep.

use super::model::{
    AnonymisePolicy, BetaLimit, ColumnPolicy, DiversityLimit, FigurePolicy, HierarchySource, LossChoice, ModelLimit,
    ModelPolicy, PopulationPolicy, PresencePolicy, Role, SearchChoice, TransportLimit,
};
use crate::Problem;
use crate::study::section::{Section, as_section, exact_text, wrong_type};
use crate::study::source::{Source, did_you_mean};
use guildhall_kpi::Rational;
use std::path::PathBuf;

/// Largest number of rows or values a rule may ask for.
const LARGEST: u64 = 1_000_000_000;

pub(super) fn read(
    source: &mut Source<'_>,
    mut section: Section<'_>,
    columns: &[ColumnPolicy],
) -> Option<AnonymisePolicy> {
    let before = source.count();
    if !section.has("k") {
        section.missing(source, "k", "k = 5: the fewest rows that share all quasi-identifiers");
    }
    let k = section.whole(source, "k", 1..LARGEST);
    let suppression = share(source, &mut section, "suppression", "a share of the rows such as \"4%\" or 0.04");
    let loss = section.choice(source, "loss", &LossChoice::WORDS).unwrap_or_default();
    let search = section.choice(source, "search", &SearchChoice::WORDS).unwrap_or_default();
    let k_map = section.section(source, "k_map", "k_map = { k = 5, population = \"people.csv\" }");
    let k_map = k_map.and_then(|inner| population(source, inner));
    let presence =
        section.section(source, "presence", "presence = { low = 0, high = 0.5, population = \"people.csv\" }");
    let presence = presence.and_then(|inner| bounds(source, inner));
    let models = section.sections(source, "model", "[[anonymise.model]]");
    let models: Vec<ModelPolicy> = models.into_iter().filter_map(|inner| model(source, inner, columns)).collect();
    let figures = section.sections(source, "figure", "[[anonymise.figure]]");
    let figures: Vec<FigurePolicy> = figures.into_iter().filter_map(|inner| figure(source, inner, columns)).collect();
    let quasi = columns.iter().any(|column| column.role == Role::QuasiIdentifier);
    if !quasi {
        let problem = Problem::new("S0604", "no column is a quasi-identifier, so there is nothing to make coarser")
            .remedy("write role = \"quasi-identifier\" for what others may know about a person");
        source.mistake(&section.span(), problem);
    }
    if k == Some(1) && models.is_empty() && k_map.is_none() && presence.is_none() {
        let problem = Problem::new("S0604", "k = 1 without any other rule protects nobody");
        source.mistake(&section.span_of("k"), problem.remedy("write k = 5"));
    }
    section.finish(source);
    if source.count() > before {
        return None;
    }
    let (k, suppression) = (u32::try_from(k?).ok()?, suppression.unwrap_or(Rational::ZERO));
    Some(AnonymisePolicy { k, suppression, loss, search, k_map, presence, models, figures })
}

/// A share from 0 to 1, written as such or in percent.
fn share(source: &mut Source<'_>, section: &mut Section<'_>, key: &'static str, want: &str) -> Option<Rational> {
    let value = section.value(key)?;
    let parsed = exact_text(value).and_then(|text| match text.strip_suffix('%') {
        Some(percent) => {
            let percent: Rational = percent.trim_end().parse().ok()?;
            Rational::new(percent.numerator(), percent.denominator().checked_mul(100)?)
        }
        None => text.parse().ok(),
    });
    let within = parsed.filter(|share| share.numerator() <= share.denominator());
    if within.is_none() {
        wrong_type(source, key, value, want);
    }
    within
}

fn population(source: &mut Source<'_>, mut section: Section<'_>) -> Option<PopulationPolicy> {
    if !section.has("k") {
        section.missing(source, "k", "k = 5");
    }
    let k = section.whole(source, "k", 2..LARGEST);
    let population = section.required(source, "population", "population = \"people.csv\"");
    section.finish(source);
    Some(PopulationPolicy { k: u32::try_from(k?).ok()?, population: PathBuf::from(population?) })
}

fn bounds(source: &mut Source<'_>, mut section: Section<'_>) -> Option<PresencePolicy> {
    let want = "a probability from 0 to 1";
    for key in ["low", "high"] {
        if !section.has(key) {
            section.missing(source, key, &format!("{key} = 0.5, {want}"));
        }
    }
    let (low, high) = (share(source, &mut section, "low", want), share(source, &mut section, "high", want));
    let population = section.required(source, "population", "population = \"people.csv\"");
    if low.zip(high).is_some_and(|(low, high)| low > high) {
        let problem = Problem::new("S0604", "low is above high").remedy("swap them");
        source.mistake(&section.span_of("low"), problem);
    }
    section.finish(source);
    Some(PresencePolicy { low: low?, high: high?, population: PathBuf::from(population?) })
}

fn model(source: &mut Source<'_>, mut section: Section<'_>, columns: &[ColumnPolicy]) -> Option<ModelPolicy> {
    let before = source.count();
    let name = section.required(source, "column", "column = \"diagnosis\", a sensitive column");
    let column = name.as_ref().and_then(|name| known(source, &section, "column", name, columns));
    if let Some(column) = column.filter(|column| column.role != Role::Sensitive) {
        let problem = Problem::new("S0604", format!("column {:?} is not sensitive", column.name))
            .remedy("write role = \"sensitive\" in its [[column]]");
        source.mistake(&section.span_of("column"), problem);
    }
    let mut limits = Vec::new();
    limits.extend(diversity(source, &mut section).map(ModelLimit::Diversity));
    limits.extend(transport(source, &mut section, column).map(ModelLimit::Transport));
    limits.extend(share(source, &mut section, "alpha", "a share such as 0.5 or \"50%\"").map(ModelLimit::Alpha));
    limits.extend(beta(source, &mut section).map(ModelLimit::Beta));
    limits.extend(section.exact(source, "delta", "a number above 0 such as 1.5").map(ModelLimit::Delta));
    let zero = |limit: &ModelLimit| matches!(limit, ModelLimit::Delta(x) | ModelLimit::Beta(BetaLimit::Basic(x) | BetaLimit::Enhanced(x)) if x.is_zero());
    if limits.iter().any(zero) {
        let problem = Problem::new("S0604", "beta and delta must be above 0").remedy("write for instance beta = 1");
        source.mistake(&section.span(), problem);
    }
    if limits.is_empty() && source.count() == before {
        let problem = Problem::new("S0604", "this rule asks for nothing");
        let remedy = "add l = { distinct = 3 }, t = { equal = 0.2 }, alpha = 0.5, beta = 1 or delta = 1.5";
        source.mistake(&section.span(), problem.remedy(remedy));
    }
    section.finish(source);
    (source.count() == before).then_some(ModelPolicy { column: name?, limits })
}

fn diversity(source: &mut Source<'_>, section: &mut Section<'_>) -> Option<DiversityLimit> {
    let mut inner = section.section(source, "l", "l = { distinct = 3 }")?;
    let mut found = Vec::new();
    if inner.has("distinct") {
        let distinct = inner.whole(source, "distinct", 2..LARGEST).and_then(|l| u32::try_from(l).ok());
        found.extend(distinct.map(DiversityLimit::Distinct));
    }
    if inner.has("entropy") {
        let entropy: Option<Rational> = inner.exact(source, "entropy", "a number above 1 such as 3 or 2.5");
        found.extend(entropy.filter(|l| above_one(source, &inner, *l)).map(DiversityLimit::Entropy));
    }
    if inner.has("recursive") {
        found.extend(recursive(source, &mut inner));
    }
    one_of(source, inner, found, &["distinct", "entropy", "recursive"])
}

fn above_one(source: &mut Source<'_>, inner: &Section<'_>, l: Rational) -> bool {
    let above = l.numerator() > l.denominator();
    if !above {
        let problem = Problem::new("S0604", "entropy must be above 1, or every class passes");
        source.mistake(&inner.span_of("entropy"), problem.remedy("write for instance 3"));
    }
    above
}

fn recursive(source: &mut Source<'_>, inner: &mut Section<'_>) -> Option<DiversityLimit> {
    let value = inner.value("recursive")?;
    let pair = value.get_ref().as_array().filter(|items| items.len() == 2).and_then(|items| {
        let c: Rational = exact_text(items.first()?)?.parse().ok()?;
        let l: u32 = exact_text(items.get(1)?)?.parse().ok()?;
        (!c.is_zero() && l >= 2).then_some((c, l))
    });
    if pair.is_none() {
        wrong_type(source, "recursive", value, "[c, l] such as [4, 3], with c above 0 and l from 2");
    }
    pair.map(|(c, l)| DiversityLimit::Recursive(c, l))
}

fn transport(
    source: &mut Source<'_>,
    section: &mut Section<'_>,
    column: Option<&ColumnPolicy>,
) -> Option<TransportLimit> {
    let mut inner = section.section(source, "t", "t = { equal = 0.2 }")?;
    let mut found = Vec::new();
    let want = "a distance from 0 to 1 such as 0.2";
    found.extend(share(source, &mut inner, "equal", want).map(TransportLimit::Equal));
    found.extend(share(source, &mut inner, "ordered", want).map(TransportLimit::Ordered));
    let hierarchical = share(source, &mut inner, "hierarchical", want);
    let file = |column: &ColumnPolicy| matches!(column.hierarchy, Some(HierarchySource::File(_)));
    if hierarchical.is_some() && column.is_some_and(|column| !file(column)) {
        let problem = Problem::new("S0604", "hierarchical closeness needs the hierarchy of the sensitive column");
        source.mistake(
            &inner.span_of("hierarchical"),
            problem.remedy("add hierarchy = { file = ... } to its [[column]]"),
        );
    }
    found.extend(hierarchical.map(TransportLimit::Hierarchical));
    one_of(source, inner, found, &["equal", "ordered", "hierarchical"])
}

fn beta(source: &mut Source<'_>, section: &mut Section<'_>) -> Option<BetaLimit> {
    let value = section.value("beta")?;
    if value.get_ref().as_table().is_none() {
        return section.exact(source, "beta", "a number above 0 such as 1, or { enhanced = 1 }").map(BetaLimit::Basic);
    }
    let mut inner = as_section(source, "beta", value, "beta = { enhanced = 1 }")?;
    let mut found = Vec::new();
    for (key, limit) in [("basic", BetaLimit::Basic as fn(Rational) -> BetaLimit), ("enhanced", BetaLimit::Enhanced)] {
        if inner.has(key) {
            found.extend(inner.exact(source, key, "a number above 0 such as 1").map(limit));
        }
    }
    one_of(source, inner, found, &["basic", "enhanced"])
}

/// The only one that was given; several or none is a mistake.
fn one_of<T>(source: &mut Source<'_>, inner: Section<'_>, found: Vec<T>, keys: &[&'static str]) -> Option<T> {
    let given = keys.iter().filter(|key| inner.has(key)).count();
    if given != 1 {
        let problem = Problem::new("S0604", format!("{} is given in exactly one way", inner.name()));
        source.mistake(&inner.span(), problem.remedy(format!("write one of {}", keys.join(", "))));
    }
    inner.finish(source);
    found.into_iter().next().filter(|_| given == 1)
}

fn figure(source: &mut Source<'_>, mut section: Section<'_>, columns: &[ColumnPolicy]) -> Option<FigurePolicy> {
    let column = section.required(source, "column", "column = \"revenue\", a column of numbers");
    let by = section.text(source, "by");
    for (key, name) in [("column", column.as_ref()), ("by", by.as_ref())] {
        name.and_then(|name| known(source, &section, key, name, columns));
    }
    section.finish(source);
    Some(FigurePolicy { column: column?, by })
}

fn known<'c>(
    source: &mut Source<'_>,
    section: &Section<'_>,
    key: &str,
    name: &str,
    columns: &'c [ColumnPolicy],
) -> Option<&'c ColumnPolicy> {
    let found = columns.iter().find(|column| column.name == name);
    if found.is_none() {
        let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        let problem = Problem::new("S0204", format!("column {name:?} is not described under [[column]]"));
        source.mistake(&section.span_of(key), problem.remedy(did_you_mean(name, &names)));
    }
    found
}
