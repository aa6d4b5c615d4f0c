use super::*;
use crate::{Loss, Rho};
use guildhall_kpi::{Direction, Edges, Figure, Histogram, Kpi, NoisySum, Opening, Rational, SchemaError, Step};
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
    Figure { kpi, period: period.to_owned(), histogram, sum: None, squares: squares.map(rational) }
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
    let laplace = |epsilon| Noise::Laplace { epsilon: rational(epsilon) };
    let expected = vec![
        ColumnGroup { figure: 0, columns: histogram, noise: laplace("1/2") },
        ColumnGroup { figure: 0, columns: Columns::Squares { span: 1000 }, noise: laplace("1/3") },
        ColumnGroup { figure: 2, columns: histogram, noise: laplace("1/4") },
    ];
    assert_eq!(groups, expected);
    assert_eq!(groups.iter().map(ColumnGroup::sensitivity).collect::<Vec<_>>(), [2, 1_000_000, 2]);
    let SharePlan::Laplace(plan) = groups[0].plan(3).expect("samplable") else { panic!("a pure epsilon") };
    assert_eq!((plan.scale().to_string(), plan.bound()), ("4".to_owned(), 29 * 4 + 2));
    assert!(matches!(groups[1].plan(3), Err(Error::ScaleTooLarge { sensitivity: 1_000_000, .. })));
}

fn cells(histograms: u32, sums: u32) -> Cells {
    Cells { histograms, sums }
}

fn member_cost(schema: &Schema, cells: Cells) -> Result<RoundCost, Error> {
    round_cost(schema, PrivacyUnit::Member, cells, None)
}

#[test]
fn round_cost_adds_up_over_figures_and_cells() {
    let cost = member_cost(&schema(), cells(2, 5)).expect("valid");
    assert_eq!(cost.epsilon, rational("13/6"));
    assert_eq!(cost.coordinates, 2 * (3 + 1 + 3));
    assert_eq!(cost.delta_bits, 36);
    let periods: Vec<_> = cost.periods.iter().map(|(p, c)| (p.as_str(), c.pure.epsilon(), c.coordinates)).collect();
    let expected = [("2017-01", Ok(rational("5/3")), 8), ("2017-03", Ok(rational("1/2")), 6)];
    assert_eq!(periods, expected);
    assert_eq!(cost.loss().epsilon(), Ok(cost.epsilon));
    assert_eq!(cost.loss().delta_bits(), cost.delta_bits);
    // Nothing of this protects customers in particular.
    let customers = round_cost(&schema(), PrivacyUnit::Customer, cells(2, 5), None).expect("valid");
    assert_eq!((customers.epsilon, customers.periods.len()), (Rational::ZERO, 0));
}

#[test]
fn exact_rounds_cost_nothing_and_say_so() {
    let exact = Schema { figures: vec![figure(1, "2017-01", None, None)], ..schema() };
    for (schema, cells) in [(exact, cells(3, 3)), (schema(), cells(0, 3))] {
        let cost = member_cost(&schema, cells).expect("valid");
        assert_eq!((cost.epsilon, cost.delta_bits), (Rational::ZERO, Loss::NO_DELTA_BITS));
        assert!(cost.periods.is_empty());
    }
}

#[test]
fn refuses_what_it_cannot_price() {
    let empty = Schema { figures: vec![], ..schema() };
    assert!(matches!(member_cost(&empty, cells(1, 1)), Err(Error::Schema(_))));
    let fine: Vec<String> = [4_294_967_291u64, 4_294_967_279, 4_294_967_231].iter().map(|p| format!("1/{p}")).collect();
    let figures = fine.iter().enumerate().map(|(i, e)| figure(0, &format!("{i}"), noisy(e), None)).collect();
    assert_eq!(member_cost(&Schema { figures, ..schema() }, cells(1, 1)), Err(Error::TooFine));
}

/// Twelve months of one KPI whose sums protect customers up to 500 steps, and a histogram that protects members.
fn customer_schema(noise: Noise) -> Schema {
    let sum = Some(NoisySum { unit: PrivacyUnit::Customer, bound: 500, noise });
    let of = |month: u32| Figure {
        sum,
        ..figure(0, &format!("2017-{month:02}"), if month == 12 { noisy("1") } else { None }, None)
    };
    Schema { kpis: vec![kpi("receipts", vec![0, 10, 100, 10_001])], figures: (1..=12).map(of).collect() }
}

fn customer_cost(schema: &Schema, most: Option<u32>) -> Result<RoundCost, Error> {
    round_cost(schema, PrivacyUnit::Customer, cells(1, 2), most)
}

#[test]
fn customers_and_members_are_charged_apart() {
    let laplace = customer_schema(Noise::Laplace { epsilon: rational("1/8") });
    let customers = customer_cost(&laplace, None).expect("valid");
    assert_eq!((customers.epsilon, customers.coordinates), (rational("3"), 24));
    assert_eq!(customers.rho, Rho::none());
    assert_eq!(member_cost(&laplace, cells(1, 2)).expect("valid").epsilon, rational("1"));
    // A customer that counts in three periods at most touches six of the 24 sums.
    let capped = customer_cost(&laplace, Some(3)).expect("valid");
    assert_eq!((capped.epsilon, capped.coordinates), (rational("3/4"), 6));
}

/// Known answer: 24 sums at rho 0.00065 are rho 0.0156; converted at 2^-24 they cost less than a third of what
/// the same noise would if every sum were converted on its own.
#[test]
fn gaussian_losses_are_converted_once_over_all_sums() {
    let schema = customer_schema(Noise::Gaussian { rho: rational("0.00065") });
    let cost = customer_cost(&schema, None).expect("valid");
    assert_eq!(cost.rho, Rho::of(rational("0.0156")));
    let whole = Rho::of(rational("0.0156")).to_approx(CONVERSION_DELTA_BITS).expect("small");
    assert_eq!(Ok(cost.epsilon), whole.epsilon());
    assert!(cost.epsilon > rational("0.88") && cost.epsilon < rational("0.9"), "{}", cost.epsilon);
    let apart: f64 = cost.periods.values().map(|p| p.loss().and_then(|l| l.epsilon()).expect("small").to_f64()).sum();
    assert!(apart > 3.0 * cost.epsilon.to_f64(), "{apart}");
    // The bounded shares add 24 coordinates of 2^-40 to the conversion's 2^-24.
    assert_eq!(cost.delta_bits, 23);
    let month = cost.periods.values().next().expect("twelve");
    let rho = month.gaussian_loss().expect("small").map(|(_, rho)| rho);
    assert_eq!((rho, month.pure_loss()), (Some(Rho::of(rational("0.0013"))), Loss::none()));
    let huge = customer_schema(Noise::Gaussian { rho: rational("1") });
    assert!(matches!(customer_cost(&huge, None), Err(Error::EpsilonTooLarge { limit: 32, .. })));
}

/// However an epsilon is divided, the sums together cost no more, and hardly less.
#[test]
fn an_epsilon_divided_over_sums_is_kept() {
    for (epsilon, law) in [("1", Law::Laplace), ("1/3", Law::Laplace), ("1", Law::Gaussian), ("0.5", Law::Gaussian)] {
        let noise = even_noise(rational(epsilon), 24, law).expect("writable");
        let cost = customer_cost(&customer_schema(noise), None).expect("valid");
        assert!(cost.epsilon <= rational(epsilon), "{law:?}: {}", cost.epsilon);
        assert!(cost.epsilon.to_f64() > rational(epsilon).to_f64() * 0.999, "{law:?}: {}", cost.epsilon);
    }
    assert!(even_noise(Rational::ZERO, 24, Law::Laplace).is_err());
    assert!(even_noise(rational("1"), u64::MAX, Law::Gaussian).is_err());
}

#[test]
fn few_narrow_sums_get_laplace_noise_and_others_gaussian() {
    let law = |sums, bound| suitable_law(rational("1"), sums, bound, 3);
    assert_eq!((law(8, 100), law(9, 100), law(2, 50_000)), (Law::Laplace, Law::Gaussian, Law::Gaussian));
}

#[test]
fn an_exact_sum_beside_noisy_ones_is_refused() {
    let good = customer_schema(Noise::Laplace { epsilon: rational("1/8") });
    assert!(column_groups(&good).is_ok());
    let sum = good.figures[0].sum.expect("noisy");
    let changed = |change: &dyn Fn(&mut Figure)| {
        let mut schema = good.clone();
        change(&mut schema.figures[3]);
        column_groups(&schema)
    };
    let exact_beside = Err(Error::Schema(SchemaError::ExactBesideNoise { index: 3 }));
    assert_eq!(changed(&|figure| figure.sum = None), exact_beside);
    assert_eq!(changed(&|figure| figure.sum = Some(NoisySum { unit: PrivacyUnit::Member, ..sum })), exact_beside);
    let by_consent = Some(Histogram { opening: Opening::ExactByConsent });
    assert_eq!(changed(&|figure| figure.histogram = by_consent), exact_beside);
    let broken = Err(Error::Schema(SchemaError::NoisySum { index: 3 }));
    assert_eq!(changed(&|figure| figure.sum = Some(NoisySum { bound: 0, ..sum })), broken);
    let free = Noise::Gaussian { rho: Rational::ZERO };
    assert_eq!(changed(&|figure| figure.sum = Some(NoisySum { noise: free, ..sum })), broken);
    // A member's bound is the whole range: a smaller one would be noise for less than what a member can change.
    let mut members = good.clone();
    members.figures.iter_mut().for_each(|f| f.sum = Some(NoisySum { unit: PrivacyUnit::Member, bound: 10_000, ..sum }));
    assert!(column_groups(&members).is_ok());
    members.figures[3].sum = Some(NoisySum { unit: PrivacyUnit::Member, bound: 9_999, ..sum });
    assert_eq!(column_groups(&members), broken);
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
