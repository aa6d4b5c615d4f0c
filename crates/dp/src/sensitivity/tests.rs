use super::*;
use guildhall_kpi::{Direction, Edges, Figure, Histogram, Kpi, Opening, Step};
use proptest::prelude::*;

fn rational(text: &str) -> Rational {
    text.parse().expect("a rational")
}

fn kpi(id: &str, edges: Vec<i64>) -> Kpi {
    let (low, high) = (edges[0], edges[edges.len() - 1] - 1);
    let (label, unit) = (id.to_owned(), "USD".to_owned());
    let edges = Edges::new(edges);
    Kpi { id: id.to_owned(), label, unit, direction: Direction::Higher, resolution: Step::ONE, low, high, edges }
}

fn figure(kpi: usize, period: &str, histogram: Option<Opening>, squares: Option<&str>) -> Figure {
    let histogram = histogram.map(|opening| Histogram { opening });
    Figure { kpi, period: period.to_owned(), histogram, squares: squares.map(rational) }
}

fn noisy(epsilon: &str) -> Option<Opening> {
    Some(Opening::Noisy { epsilon: rational(epsilon) })
}

/// Three bins, four figures: noisy histogram and squares, exact by consent, noisy, counts and sums only.
fn schema() -> Schema {
    let figures = vec![
        figure(0, "2017-01", noisy("1/2"), Some("1/3")),
        figure(0, "2017-02", Some(Opening::ExactByConsent), None),
        figure(0, "2017-03", noisy("0.25"), None),
        figure(1, "2017-01", None, None),
    ];
    Schema { kpis: vec![kpi("receipts", vec![0, 10, 100, 1001]), kpi("staff", vec![0, 50])], figures }
}

#[test]
fn groups_hold_what_is_opened_with_noise_and_nothing_else() {
    let groups = column_groups(&schema()).expect("valid");
    let histogram = Columns::Histogram { bins: 3 };
    let expected = vec![
        ColumnGroup { figure: 0, columns: histogram, epsilon: rational("1/2") },
        ColumnGroup { figure: 0, columns: Columns::Squares { span: 1000 }, epsilon: rational("1/3") },
        ColumnGroup { figure: 2, columns: histogram, epsilon: rational("1/4") },
    ];
    assert_eq!(groups, expected);
    assert_eq!(groups.iter().map(ColumnGroup::sensitivity).collect::<Vec<_>>(), [2, 1_000_000, 2]);
    let plan = groups[0].plan(3).expect("samplable");
    assert_eq!((plan.scale().to_string(), plan.bound()), ("4".to_owned(), 29 * 4 + 2));
    assert!(matches!(groups[1].plan(3), Err(Error::ScaleTooLarge { sensitivity: 1_000_000, .. })));
}

#[test]
fn round_cost_adds_up_over_figures_and_cells() {
    let cost = round_cost(&schema(), 2).expect("valid");
    assert_eq!(cost.epsilon, rational("13/6"));
    assert_eq!(cost.coordinates, 2 * (3 + 1 + 3));
    assert_eq!(cost.delta_bits, 36);
    let first = FigureCost { figure: 0, epsilon: rational("5/3"), coordinates: 8 };
    assert_eq!(cost.per_figure, vec![first, FigureCost { figure: 2, epsilon: rational("1/2"), coordinates: 6 }]);
    assert_eq!(cost.loss().epsilon(), Ok(cost.epsilon));
    assert_eq!(cost.loss().delta_bits(), cost.delta_bits);
}

#[test]
fn exact_rounds_cost_nothing_and_say_so() {
    let exact = Schema { figures: vec![figure(1, "2017-01", None, None)], ..schema() };
    let cost = round_cost(&exact, 3).expect("valid");
    assert_eq!((cost.epsilon, cost.delta_bits), (Rational::ZERO, Loss::NO_DELTA_BITS));
    assert!(cost.per_figure.is_empty());
}

#[test]
fn refuses_what_it_cannot_price() {
    assert_eq!(round_cost(&schema(), 0), Err(Error::NoCell));
    let empty = Schema { figures: vec![], ..schema() };
    assert!(matches!(round_cost(&empty, 1), Err(Error::Schema(_))));
    let fine: Vec<String> = [4_294_967_291u64, 4_294_967_279, 4_294_967_231].iter().map(|p| format!("1/{p}")).collect();
    let figures = fine.iter().enumerate().map(|(i, e)| figure(0, &format!("{i}"), noisy(e), None)).collect();
    assert_eq!(round_cost(&Schema { figures, ..schema() }, 1), Err(Error::TooFine));
}

/// What the totals of one cell hold for one figure: bins, then the sum of squares.
fn opened(edges: &Edges, low: i64, values: &[i64]) -> (Vec<i128>, i128) {
    let mut bins = vec![0i128; edges.bins()];
    for value in values {
        bins[edges.bin_of(*value).expect("in range")] += 1;
    }
    (bins, values.iter().map(|v| i128::from(v - low) * i128::from(v - low)).sum())
}

proptest! {
    /// The declared sensitivity holds for every replacement, and is attained at the ends of the range.
    #[test]
    fn replacing_one_member_changes_no_more_than_declared(
        cohort in prop::collection::vec(-20i64..=979, 1..30),
        replacement in -20i64..=979,
        which in any::<prop::sample::Index>(),
    ) {
        let kpi = kpi("receipts", vec![-20, 0, 7, 100, 980]);
        let schema = Schema { kpis: vec![kpi.clone()], figures: vec![figure(0, "x", noisy("1"), Some("1"))] };
        let groups = column_groups(&schema).expect("valid");
        let change = |before: &[i64], after: &[i64]| {
            let (old, new) = (opened(&kpi.edges, kpi.low, before), opened(&kpi.edges, kpi.low, after));
            let bins: u128 = old.0.iter().zip(&new.0).map(|(a, b)| a.abs_diff(*b)).sum();
            (bins, old.1.abs_diff(new.1))
        };
        let mut after = cohort.clone();
        after[which.index(cohort.len())] = replacement;
        let (bins, squares) = change(&cohort, &after);
        prop_assert!(bins <= groups[0].sensitivity() && squares <= groups[1].sensitivity());
        let (bins, squares) = change(&[kpi.low], &[kpi.high]);
        prop_assert_eq!((bins, squares), (groups[0].sensitivity(), groups[1].sensitivity()));
    }
}
