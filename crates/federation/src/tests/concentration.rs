//! Concentration rules of the charter: what the totals do not prove safe is withheld from totals and benchmark.

use super::fixtures::{charter, consortium, draft, identity, schema};
use crate::FederationError;
use crate::charter::Charter;
use crate::local::{Draft, Faults, LocalMember, Outcome, play};
use crate::manifest::{Customers, PlannedCell};
use crate::transcript::{Files, verify};
use guildhall_dp::disclosure::Concentration;
use guildhall_kpi::{
    Cell, Edges, FigureTotals, Hidden, KpiVector, Noise, NoisySum, Outcome as Shown, PrivacyUnit, Rational, Schema,
};

fn rational(text: &str) -> Rational {
    text.parse().expect("a rational")
}

/// p = 15: a sum of 2.15 times the range proves that no member is too much of it.
fn agreed() -> Charter {
    Charter { concentration: vec![Concentration::Percent { p: rational("15") }], ..charter(5, 3, 4) }
}

/// One KPI from 0 to `high`, without histogram.
fn one_kpi(high: i64) -> Schema {
    let mut schema = schema();
    schema.kpis.truncate(1);
    schema.figures.truncate(1);
    (schema.kpis[0].high, schema.kpis[0].edges) = (high, Edges::single(0, high));
    schema.figures[0].histogram = None;
    schema
}

fn towns(schema: Schema, names: &[&str]) -> Draft {
    let cell = |cell, histograms| PlannedCell { cell, histograms };
    let named = names.iter().map(|name| cell(Cell::of("town", name), false));
    let cells = std::iter::once(cell(Cell::all(), true)).chain(named).collect();
    Draft { schema, cells, ..draft() }
}

/// Members with their towns, entities and figures.
fn members(schema: &Schema, all: &[(&str, &str, i64)]) -> Vec<LocalMember> {
    let member = |(i, (town, entity, value)): (usize, &(&str, &str, i64))| LocalMember {
        id: format!("m{i:03}"),
        entity: if entity.is_empty() { format!("entity {i}") } else { (*entity).to_owned() },
        attributes: vec![
            ("town".to_owned(), (*town).to_owned()),
            ("region".to_owned(), town.chars().take(1).collect()),
        ],
        identity: identity(&format!("m{i:03}")),
        figures: KpiVector::new(schema, vec![Some(*value)]).expect("in range"),
        corrected_from: None,
    };
    all.iter().enumerate().map(member).collect()
}

fn played(charter: &Charter, draft: Draft, all: &[(&str, &str, i64)]) -> Result<Outcome, FederationError> {
    let members = members(&draft.schema, all);
    play(consortium(charter), draft, members, &Faults::default(), &|_| ())
}

/// What became of the only figure, cell by cell; none where it is shown.
fn hidden(outcome: &Outcome) -> Vec<Option<Hidden>> {
    let of = |figure: &FigureTotals| match figure {
        FigureTotals::Opened(_) => None,
        FigureTotals::Hidden(why) => Some(why.clone()),
    };
    outcome.opened.totals.cells.iter().map(|cell| of(&cell.figures[0])).collect()
}

fn group(town: &'static str, size: usize, value: i64) -> Vec<(&'static str, &'static str, i64)> {
    vec![(town, "", value); size]
}

/// The south's 1,911 could be two members' 999 and little else; with it the north is withheld, or both less the other
/// would give it away. Without rules everything is shown; the published round verifies, and its totals hold nothing else.
#[test]
fn a_total_that_one_member_may_be_most_of_is_withheld_with_what_would_reveal_it() {
    let all = [group("north", 10, 400), group("south", 7, 273)].concat();
    let draft = || towns(one_kpi(999), &["north", "south"]);
    let shown = played(&charter(5, 3, 4), draft(), &all).expect("a round");
    assert_eq!(hidden(&shown), [None, None, None]);
    let outcome = played(&agreed(), draft(), &all).expect("a round");
    assert_eq!(hidden(&outcome), [None, Some(Hidden::WouldReveal), Some(Hidden::MayBeDominated)]);
    let rows: Vec<bool> = outcome.benchmark.rows.iter().map(|row| matches!(row.outcome, Shown::Shown(_))).collect();
    assert_eq!(rows, [true, false, false]);
    let files = outcome.publish(Files::new()).expect("signed");
    verify(&files, None).map(|_| ()).expect("an untouched transcript verifies");
    let totals = String::from_utf8(files["totals.json"].clone()).expect("text");
    assert!(totals.contains("5911") && !totals.contains("1911") && !totals.contains("4000"), "{totals}");
}

/// Two withheld towns are together what is left of all members: 2,000, which could be two members again.
#[test]
fn what_is_left_of_a_total_keeps_the_rules_too() {
    let draft = || towns(one_kpi(999), &["a", "b", "c", "d"]);
    let of = |small: i64| [group("a", 5, small), group("b", 5, 200), group("c", 6, 500), group("d", 8, 500)].concat();
    let outcome = played(&agreed(), draft(), &of(200)).expect("a round");
    let (few, left) = (Some(Hidden::MayBeDominated), Some(Hidden::WouldReveal));
    assert_eq!(hidden(&outcome), [None, few.clone(), few.clone(), left, None]);
    // With 1,125 more both together are safe, although neither is by itself: nothing else need go.
    let outcome = played(&agreed(), draft(), &of(425)).expect("a round");
    assert_eq!(hidden(&outcome), [None, few.clone(), few, None, None]);
}

/// All members less region a less one town is the other town of region b, although no cell by itself leaves it over.
#[test]
fn a_withheld_total_does_not_follow_from_cells_of_several_kinds() {
    let mut draft = towns(one_kpi(999), &["b1", "b2"]);
    draft.cells.insert(1, PlannedCell { cell: Cell::of("region", "a"), histograms: false });
    let all = [group("a1", 6, 500), group("b1", 6, 500), group("b2", 5, 200)].concat();
    let outcome = played(&agreed(), draft, &all).expect("a round");
    assert_eq!(hidden(&outcome), [None, Some(Hidden::WouldReveal), None, Some(Hidden::MayBeDominated)]);
}

/// Members of one legal entity are one contributor: three of them may hold three times the range.
#[test]
fn members_of_one_entity_count_as_one_contributor() {
    let draft = || towns(one_kpi(999), &[]);
    let apart = group("a", 10, 400);
    let mut together = apart.clone();
    together[..3].iter_mut().for_each(|member| member.1 = "one holding");
    assert_eq!(hidden(&played(&agreed(), draft(), &apart).expect("a round")), [None]);
    assert_eq!(hidden(&played(&agreed(), draft(), &together).expect("a round")), [Some(Hidden::MayBeDominated)]);
}

/// The rules hold for what lies below the noise, not for what it may have made of a sum. Noise that made 24,000 of
/// 4,000 would be ten deviations of it.
#[test]
fn a_noisy_total_is_judged_by_its_lower_end() {
    let mut draft = towns(one_kpi(999), &[]);
    let noise = Noise::Laplace { epsilon: rational("1/10") };
    draft.schema.figures[0].sum = Some(NoisySum { unit: PrivacyUnit::Customer, bound: 100, noise });
    draft.customers = Some(Customers { epsilon: Rational::ZERO, enforced: false, most_periods: None });
    let outcome = played(&agreed(), draft, &group("a", 10, 400)).expect("a round");
    assert_eq!(hidden(&outcome), [Some(Hidden::MayBeDominated)]);
}

/// 60 from forty members of 1 and 2 is less than 2.15 times 30, but squares of about 100 are few enough; noise on them
/// beyond six deviations (once in 10^4 rounds) would let the test fail.
#[test]
fn squares_prove_what_the_range_does_not() {
    let all = [group("a", 20, 1), group("a", 20, 2)].concat();
    let draft = towns(one_kpi(30), &[]);
    assert_eq!(hidden(&played(&agreed(), draft, &all).expect("a round")), [Some(Hidden::MayBeDominated)]);
    let mut draft = towns(one_kpi(30), &[]);
    draft.schema.figures[0].squares = Some(rational("20"));
    assert_eq!(hidden(&played(&agreed(), draft, &all).expect("a round")), [None]);
    // Two members of 30 and nothing else: the squares say so through any noise.
    let mut draft = towns(one_kpi(30), &[]);
    draft.schema.figures[0].squares = Some(rational("20"));
    let large = [group("a", 20, 0), group("a", 2, 30)].concat();
    assert_eq!(hidden(&played(&agreed(), draft, &large).expect("a round")), [Some(Hidden::MayBeDominated)]);
}

/// Whoever reads the manifest, member or trustee, refuses rules that cannot be applied.
#[test]
fn rules_that_cannot_be_applied_are_refused() {
    let refused = |charter: &Charter, draft: Draft| {
        let all = group("a", 10, 400);
        played(charter, draft, &all).map(|_| ()).expect_err("refused").to_string()
    };
    let bad =
        Charter { concentration: vec![Concentration::Dominance { n: 2, k: rational("100") }], ..charter(5, 3, 4) };
    let said = refused(&bad, towns(one_kpi(999), &[]));
    assert!(said.contains("k of dominance"), "{said}");
    let mut negative = towns(one_kpi(999), &[]);
    (negative.schema.kpis[0].low, negative.schema.kpis[0].edges) = (-1, Edges::single(-1, 999));
    let said = refused(&agreed(), negative);
    assert!(said.contains("may be below zero"), "{said}");
    let many = Charter { concentration: vec![Concentration::Percent { p: rational("15") }; 9], ..charter(5, 3, 4) };
    assert!(refused(&many, towns(one_kpi(999), &[])).contains("at most 8"));
}
