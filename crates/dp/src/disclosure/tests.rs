//! What the public interface cannot reach: a solver that lies, and proofs that do not hold.

use super::audit::certify;
use super::goals::Goals;
use super::suppress::Proofs;
use super::witness::exact;
use super::*;
use std::collections::BTreeSet;

/// A row of three cells and their total; the first is one firm's.
fn row() -> Table {
    let grid = Grid::new(vec![Dimension::flat("place", "all", ["a", "b", "c"]).expect("distinct")]).expect("a grid");
    let firms = [("a", "x", 100), ("b", "u", 40), ("b", "v", 30), ("b", "w", 30), ("c", "k", 50), ("c", "l", 50)];
    let entry = |(place, holding, value): (&str, &str, i64)| Entry {
        categories: vec![place.to_owned()],
        holding: holding.to_owned(),
        period: "2026".to_owned(),
        value,
    };
    grid.table(&firms.map(entry), &BTreeSet::new()).expect("a table")
}

fn rules() -> Rules {
    let p = "10".parse().expect("a rational");
    Rules::new(2).and_then(|rules| rules.with(Concentration::Percent { p })).expect("valid")
}

#[test]
fn a_proposal_is_believed_only_where_it_adds_up_exactly() {
    let table = row();
    let proves = |proposal: &[(usize, f64)], by: i128| {
        exact(&table, proposal, 1, by).is_some_and(|w| w.proves(&table, 1, by, |cell| cell == 1 || cell == 2))
    };
    assert!(proves(&[(1, 1.0), (2, -1.0)], 10));
    assert!(proves(&[(1, 1.0), (2, -1.0 + 3e-8)], 10), "rounding errors of a solver are mended");
    assert!(proves(&[(1, 1.0), (2, -0.7)], 10), "what follows from the target is recomputed, not believed");
    assert!(!proves(&[(1, 1.0)], 10), "nothing else moves: the total would change");
    assert!(!proves(&[(1, 1.0), (3, -1.0)], 10), "that cell is shown");
    assert!(!proves(&[(1, 1.0), (2, -1.0)], 101), "the partner has only 100 to give");
    assert!(!proves(&[(1, -1.0), (2, 1.0)], -101), "the cell itself has only 100");
    assert!(proves(&[(1, -1.0), (2, 1.0)], -100));
}

#[test]
fn large_figures_are_proved_to_the_last_step() {
    // Three cells tied by three relations, beyond what a double holds: 2^60 and an odd remainder.
    let cell = |name: &str, value: i64| {
        let firms = Contributors::new([(name, value)], &BTreeSet::new()).expect("62 bits");
        Cell::new(vec![name.to_owned()], firms)
    };
    let big = (1 << 59) + 1;
    let cells = vec![cell("a", big), cell("b", big), cell("c", 2 * big)];
    let table = Table::new(cells, vec![Relation::sum(2, [0, 1])]).expect("balanced");
    let by = i128::from(big) / 10 + 1;
    let witness = exact(&table, &[(0, 1.0), (1, -0.999_999_99)], 0, by).expect("exact");
    assert!(witness.proves(&table, 0, by, |cell| cell < 2));
    assert!(!witness.proves(&table, 0, by + 1, |cell| cell < 2));
}

#[test]
fn nothing_is_certified_without_a_proof_for_every_goal() {
    let table = row();
    let goals = Goals::new(&table, &rules()).expect("few coalitions");
    let hidden = [false, true, true, false];
    let everybody = goals.all.iter().filter(|goal| goal.attacker == 0).count();
    assert_eq!((goals.all.len(), everybody), (6, 4), "two unsafe cells, up and down; firm x attacks the other one");
    let none = certify(&table, &goals, &hidden, &Proofs::new());
    assert!(matches!(none, Err(DisclosureError::Exposed { .. })));
}

#[test]
fn a_proof_for_one_pattern_does_not_serve_another() {
    let table = row();
    let rules = Rules::new(2).expect("valid");
    let goals = Goals::new(&table, &rules).expect("few coalitions");
    let mut proofs = Proofs::new();
    for goal in &goals.all {
        let witness = exact(&table, &[(1, goal.by.signum() as f64), (2, -goal.by.signum() as f64)], 1, goal.by);
        proofs.insert(*goal, witness.expect("exact"));
    }
    assert!(certify(&table, &goals, &[false, true, true, false], &proofs).is_ok());
    for wrong in [[false, true, false, true], [true, true, false, false], [false, false, true, false], [false; 4]] {
        assert!(certify(&table, &goals, &wrong, &proofs).is_err(), "{wrong:?}");
    }
}
