//! Known answers of the audit are in `tests/vectors/cells`; here is what files cannot say.

use super::*;

/// Members from half-open ranges of numbers.
fn set(ranges: &[(u32, u32)]) -> Members {
    ranges.iter().flat_map(|(from, to)| *from..*to).map(|m| m.to_string()).collect()
}

fn audit(cells: &[Members]) -> Option<Vec<String>> {
    singled_out(cells, 5, &|m: &str| leak(m))
}

fn leak(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

/// A = {0}+X+Y, B = Z+W, C = X+Z, D = Y+W: pairs look fine, A + B - C - D is member 0.
fn four_cells() -> Vec<Members> {
    let (x, y, z, w) = ((1, 7), (7, 13), (13, 19), (19, 25));
    vec![set(&[(0, 1), x, y]), set(&[z, w]), set(&[x, z]), set(&[y, w])]
}

#[test]
fn four_cells_that_pass_every_pairwise_check_single_out_member_0() {
    let cells = four_cells();
    for (i, a) in cells.iter().enumerate() {
        for b in cells.iter().skip(i + 1) {
            let (only_a, only_b) = (a.difference(b).count(), b.difference(a).count());
            assert!(a.len() >= 5 && only_a >= 5 && only_b >= 5, "the pairwise rule is satisfied");
        }
    }
    assert_eq!(audit(&cells), Some(vec!["0".to_owned()]));
    assert_eq!(audit(&cells[..3]), None, "any three of them are fine");
}

#[test]
fn a_hidden_small_part_next_to_its_total_is_singled_out() {
    let hidden_two = [set(&[(2, 12)]), set(&[(12, 30)]), set(&[(0, 30)])];
    assert_eq!(audit(&hidden_two), Some(vec!["0".to_owned(), "1".to_owned()]));
    let partition = [set(&[(0, 10)]), set(&[(10, 30)]), set(&[(0, 30)])];
    assert_eq!(audit(&partition), None);
}

#[test]
fn members_of_one_entity_count_once() {
    let cells = [set(&[(0, 6)])];
    assert_eq!(audit(&cells), None);
    assert!(singled_out(&cells, 5, &|m: &str| if m == "5" { "other" } else { "holding" }).is_some());
}

#[test]
fn too_many_candidates_fall_back_to_refusing() {
    // 40 atoms of one member each: sets of up to 4 exceed the limit.
    let mut cells: Vec<Members> = (0..40).map(|i| set(&[(i, i + 1), (40, 60)])).collect();
    cells.push(set(&[(0, 60)]));
    assert!(audit(&cells).is_some());
}

/// A group the cells reveal, by brute force: some combination of the rows is 1 on exactly a small group.
fn reveals(cells: &[Members], people: u32, smallest: usize) -> bool {
    let coefficients: Vec<i32> = vec![-2, -1, 0, 1, 2];
    let mut choice = vec![0usize; cells.len()];
    loop {
        let weight = |m: u32| -> i32 {
            let inside = |cell: &Members| i32::from(cell.contains(&m.to_string()));
            cells.iter().zip(&choice).map(|(cell, c)| coefficients[*c] * inside(cell)).sum()
        };
        let support = (0..people).filter(|m| weight(*m) != 0).count();
        if support > 0 && support < smallest {
            return true;
        }
        let Some(at) = choice.iter().position(|c| c + 1 < coefficients.len()) else { return false };
        choice[..at].fill(0);
        choice[at] += 1;
    }
}

proptest::proptest! {
    /// Against combinations with coefficients -2..=2, which for four cells are all that matter.
    #[test]
    fn agrees_with_brute_force(rows in proptest::collection::vec(0u16..1 << 12, 1..5), smallest in 1u64..6) {
        let cells: Vec<Members> = rows
            .iter()
            .map(|bits| (0..12u32).filter(|m| bits >> m & 1 == 1).map(|m| m.to_string()).collect())
            .collect();
        let found = singled_out(&cells, smallest, &|m: &str| leak(m)).is_some();
        proptest::prop_assert_eq!(found, reveals(&cells, 12, usize::try_from(smallest).expect("small")));
    }
}
