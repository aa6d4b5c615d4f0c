//! Concentration rules, as a table's policy and a study's charter state them.

use crate::Problem;
use crate::study::model::Kpi;
use crate::study::section::Section;
use crate::study::source::Source;
use guildhall_dp::disclosure::{Concentration, Rules};
use guildhall_kpi::Rational;

/// `[disclosure]` of a study: the charter's concentration rules, applied to every total.
pub(super) fn read(source: &mut Source<'_>, mut section: Section<'_>, kpis: Option<&[Kpi]>) -> Vec<Concentration> {
    let before = source.count();
    let rules = concentration(source, &mut section);
    let span = section.span();
    if rules.is_empty() && source.count() == before {
        let problem = Problem::new("S0501", "[disclosure] states no rule");
        source
            .mistake(&span, problem.remedy("write p = 15 or dominance = { n = 2, k = 85 }, or leave the section out"));
    }
    let built = Rules::new(5).and_then(|built| rules.iter().try_fold(built, |built, rule| built.with(*rule)));
    if let Err(error) = built {
        let remedy = "mend [disclosure] as the message says";
        source.mistake(&span, Problem::new("S0501", error.to_string()).remedy(remedy));
    }
    if let Some(kpi) = kpis.unwrap_or_default().iter().find(|kpi| kpi.low < 0) {
        let problem =
            Problem::new("S0408", format!("KPI {:?} may be below zero, so no rule can say who is most of it", kpi.id))
                .why("concentration rules compare the largest figures with their sum")
                .remedy("write low = 0, move the KPI to a study without [disclosure], or leave the section out");
        source.mistake(&span, problem);
    }
    section.finish(source);
    rules
}

/// Every concentration rule of a section: `p`, `dominance = { n, k }`, `prior = { p, q }`.
pub(crate) fn concentration(source: &mut Source<'_>, section: &mut Section<'_>) -> Vec<Concentration> {
    let mut rules = Vec::new();
    rules.extend(percentage(source, section, "p").map(|p| Concentration::Percent { p }));
    if let Some(mut inner) = section.section(source, "dominance", "dominance = { n = 2, k = 85 }") {
        let n = inner.whole(source, "n", 1..1_001).and_then(|n| u32::try_from(n).ok());
        let k = percentage(source, &mut inner, "k");
        rules.extend(both(source, &inner, n, k, "n and k").map(|(n, k)| Concentration::Dominance { n, k }));
        inner.finish(source);
    }
    if let Some(mut inner) = section.section(source, "prior", "prior = { p = 20, q = 50 }") {
        let (p, q) = (percentage(source, &mut inner, "p"), percentage(source, &mut inner, "q"));
        rules.extend(both(source, &inner, p, q, "p and q").map(|(p, q)| Concentration::PriorPosterior { p, q }));
        inner.finish(source);
    }
    rules
}

fn both<A, B>(source: &mut Source<'_>, inner: &Section<'_>, a: Option<A>, b: Option<B>, keys: &str) -> Option<(A, B)> {
    let pair = a.zip(b);
    if pair.is_none() && source.count() == 0 {
        inner.missing(source, keys, &format!("numbers {keys}"));
    }
    pair
}

/// A percentage, never through a float.
pub(crate) fn percentage(source: &mut Source<'_>, section: &mut Section<'_>, key: &'static str) -> Option<Rational> {
    section.exact(source, key, "a percentage such as 15, 12.5 or \"100/3\"")
}
