//! Sums with noise that protects customers: drawn, opened, priced, charged apart from what members lose.

use super::fixtures::{charter, consortium, draft, identity, member};
use super::harness::{World, certify, disks};
use super::noise::noise_of;
use crate::local::{Draft, Faults, Outcome, play};
use crate::manifest::{Customers, Manifest};
use crate::plan::Plan;
use crate::transcript::{Files, Publication, name, verify};
use crate::{FederationError, Refused, statement};
use guildhall_dp::SharePlan;
use guildhall_kpi::{Cell, FigureTotals, Noise, NoisySum, Outcome as Shown, PrivacyUnit, Rational};
use guildhall_ledger::BudgetLedger;

const BOUND: u64 = 100;

fn rational(text: &str) -> Rational {
    text.parse().expect("a rational")
}

fn gaussian() -> Noise {
    Noise::Gaussian { rho: rational("0.001") }
}

/// The draft of the other tests with noise on every sum; the declared bound is 100 per customer.
pub(super) fn customer_draft(noise: Noise) -> Draft {
    let mut draft = draft();
    let sum = Some(NoisySum { unit: PrivacyUnit::Customer, bound: BOUND, noise });
    draft.schema.figures.iter_mut().for_each(|figure| figure.sum = sum);
    draft.customers = Some(Customers { epsilon: Rational::ZERO, enforced: false, most_periods: None });
    draft
}

/// Forty periods of one KPI in seven cells: 280 independent draws per trustee.
fn many_sums() -> Draft {
    let mut draft = customer_draft(gaussian());
    let first = draft.schema.figures[0].clone();
    draft.schema.figures = (0..40)
        .map(|i| {
            let mut f = first.clone();
            f.period = format!("p{i:02}");
            f.histogram = None;
            f
        })
        .collect();
    let streets = (0..6).map(|s| Cell::of("street", &s.to_string()));
    let cell = |cell| crate::manifest::PlannedCell { cell, histograms: false };
    draft.cells = std::iter::once(Cell::all()).chain(streets).map(cell).collect();
    draft
}

fn played(noise: Noise) -> Outcome {
    let members = (0..40).map(member).collect();
    play(consortium(&charter(5, 3, 4)), customer_draft(noise), members, &Faults::default(), &|_| ()).expect("a round")
}

fn clear(figure: usize, cell: usize) -> i64 {
    let inside = |i: &u32| match cell {
        1 => !i.is_multiple_of(3),
        2 => i.is_multiple_of(3),
        _ => true,
    };
    (0..40).filter(inside).filter_map(|i| super::fixtures::figures(i)[figure]).sum()
}

/// Counts stay exact, sums carry noise of the stated width, and the benchmark shows an interval that holds the truth.
#[test]
fn sums_are_opened_with_the_stated_noise_and_an_interval() {
    for noise in [gaussian(), Noise::Laplace { epsilon: rational("1/2") }] {
        let outcome = played(noise);
        let mut noisy = 0;
        for (cell, totals) in outcome.opened.totals.cells.iter().enumerate() {
            for (figure, total) in totals.figures.iter().enumerate() {
                let FigureTotals::Opened(opened) = total else { panic!("cell {cell} is hidden") };
                let deviation = opened.deviation.expect("noisy") as i64;
                let off = opened.sum - clear(figure, cell);
                // Beyond eight deviations less than once in 10^5 Laplace rounds of this size, never a Gaussian one.
                assert!(off.abs() <= 8 * deviation, "{noise:?}, cell {cell}: {off} of {deviation}");
                noisy += usize::from(off != 0);
            }
        }
        assert!(noisy >= 4, "six sums, hardly any of them without noise");
        let spending = &outcome.benchmark.spending;
        assert!(spending.unit.contains("declared, not enforced"), "{}", spending.unit);
        assert_eq!(
            spending.customers.as_ref().expect("protected").bounds,
            ["sales: at most 100 EUR per period", "margin: at most 100 EUR per period"]
        );
        for row in &outcome.benchmark.rows {
            let Shown::Shown(statistics) = &row.outcome else { panic!("hidden") };
            let noisy = statistics.noisy.expect("an interval");
            assert!(noisy.sum.low < noisy.sum.value && noisy.sum.value < noisy.sum.high);
            assert_eq!(noisy.mean.value, statistics.mean);
        }
        let files = outcome.publish(Files::new()).expect("signed");
        verify(&files, None).map(|_| ()).expect("an untouched transcript verifies");
    }
}

/// The figure a histogram gives its quartiles to must not borrow what the noisy sum no longer tells exactly.
#[test]
fn quartiles_do_not_lean_on_a_noisy_sum() {
    let outcome = played(Noise::Gaussian { rho: rational("0.0000001") });
    let Shown::Shown(statistics) = &outcome.benchmark.rows[0].outcome else { panic!("hidden") };
    let noisy = statistics.noisy.expect("an interval");
    assert!(noisy.mean.high - noisy.mean.low > 1_000.0, "noise beyond the range: {noisy:?}");
    let median = statistics.p50.expect("a histogram");
    assert!((0.0..1_000.0).contains(&median.value), "{median:?}");
}

/// Must hold: without the shares of any f_p = 2 of the four, the noise on each sum still has the full variance; without
/// a further one it has half of it. 280 draws: a chi-square variable of 280 degrees leaves 0.62 to 1.5 of its mean less
/// than once in 10^6 (Laurent and Massart, 2000); the discrete draws are lighter-tailed than Gaussian ones.
#[test]
fn noise_less_any_two_shares_has_the_full_variance() {
    let mut world = World::new(30, many_sums());
    let all: Vec<_> = (0..30).map(|i| world.honest_with(i, 1, vec![Some(i64::from(i)); 40])).collect();
    world.log(&all);
    world.log_noise();
    world.deliver(|_, _| ());
    let counted: Vec<_> = world.proposal().noise.iter().map(|n| n.id).collect();
    let shares: Vec<Vec<i128>> = counted.iter().map(|id| noise_of(&world, *id.as_bytes())).collect();
    let SharePlan::Gaussian(plan) = world.plan().blocks()[0].plan else { panic!("many coordinates") };
    assert_eq!((shares.len(), shares[0].len(), plan.honest()), (4, 280, 2));
    let full = plan.sum_variance(2);
    // rho of one sum is bound^2 / (2 variance), but for the little that sums of discrete Gaussians cost.
    assert!((BOUND as f64).powi(2) / (2.0 * full) <= 0.001, "{full}");
    let variance = |which: &[usize]| {
        let sums = (0..280).map(|i| which.iter().map(|w| shares[*w][i]).sum::<i128>() as f64);
        sums.map(|sum| sum * sum).sum::<f64>() / 280.0
    };
    for a in 0..4 {
        for b in a + 1..4 {
            let found = variance(&[a, b]) / full;
            assert!((0.62..1.5).contains(&found), "shares {a} and {b}: {found}");
        }
        assert!(variance(&[a]) / full < 0.8, "one share alone must be told from the full noise");
    }
    let stated = world.plan().blocks().iter().map(|block| block.plan.sum_deviation(4)).max().expect("noisy");
    assert!((stated as f64 - (2.0 * full).sqrt()).abs() <= 1.0);
}

/// Must hold: a set with one noise share too few is proposed by nobody and signed by nobody.
#[test]
fn one_share_too_few_aborts_the_round() {
    let mut world = World::new(20, customer_draft(gaussian()));
    let all: Vec<_> = (0..20).map(|i| world.honest(i, 1)).collect();
    world.log(&all);
    let noise: Vec<_> =
        world.trustees.iter_mut().take(3).filter_map(|t| t.contribute_noise().expect("drawn")).collect();
    world.log(&noise);
    world.deliver(|_, _| ());
    let refused = world.propose().map(|_| ()).expect_err("three of four shares");
    assert!(matches!(refused, FederationError::TooFewTrustees { have: 3, need: 4, .. }), "{refused}");
    let hostile = world.hostile_set();
    assert_eq!(hostile.noise.len(), 3);
    let plan = world.plan_again();
    let signing = world.sign(&statement::encode(&hostile));
    assert!(signing.signatures.is_empty() && signing.refusals.len() == 5);
    let exactly = |refused: &Refused| refused.to_string().contains("exactly u noise contributions");
    assert!(signing.refusals.values().all(exactly), "{:?}", signing.refusals);
    assert!(certify(plan, &statement::encode(&hostile), &signing.signatures).is_err());
}

/// Every party prices the manifest itself: what is misstated is refused before anything is sent.
#[test]
fn a_manifest_that_misstates_the_price_is_refused() {
    let refused = |edit: &dyn Fn(&mut Manifest)| {
        let charter = charter(5, 3, 4);
        let world = World::over(charter.clone(), 0..20, customer_draft(gaussian()), disks(5), |_| ());
        let mut manifest = world.plan().manifest.clone();
        assert!(Plan::new(charter.clone(), manifest.clone(), world.plan().id).is_ok());
        edit(&mut manifest);
        let said = Plan::new(charter, manifest, world.plan().id).err();
        said.map(|error| error.to_string()).unwrap_or_default()
    };
    let customers = |manifest: &mut Manifest| manifest.customers.expect("protected");
    let lower = refused(&|m| m.customers = Some(Customers { epsilon: rational("0.01"), ..customers(m) }));
    assert!(lower.contains("it states epsilon 1/100 for customers"), "{lower}");
    let silent = refused(&|m| m.customers = None);
    assert!(silent.contains("exactly where noise on sums protects them"), "{silent}");
    // A larger bound or loss than priced, a cell more, an exact sum beside noisy ones.
    let sum = |m: &mut Manifest, change: &dyn Fn(&mut NoisySum)| {
        m.schema.figures.iter_mut().filter_map(|figure| figure.sum.as_mut()).for_each(change);
    };
    let wide = refused(&|m| sum(m, &|sum| sum.noise = Noise::Gaussian { rho: rational("0.002") }));
    assert!(wide.contains("the sums cost them"), "{wide}");
    let exact = refused(&|m| m.schema.figures[1].sum = None);
    assert!(exact.contains("every sum must"), "{exact}");
    let capped = refused(&|m| m.customers = Some(Customers { most_periods: Some(0), ..customers(m) }));
    assert!(!capped.is_empty());
}

/// Two accounts of the same period: what costs members, and what costs customers besides.
#[test]
fn members_and_customers_are_charged_apart() {
    let stores = disks(5);
    let mut world = World::over(charter(5, 3, 4), 0..20, customer_draft(gaussian()), stores.clone(), |_| ());
    world.log_all();
    world.deliver(|_, _| ());
    let costs = world.plan().costs().clone();
    world.finish();
    let ledger = BudgetLedger::open(&stores[0]).expect("readable");
    let charged: Vec<(&str, &str)> = ledger.accounts().map(|(subject, window, _)| (subject, window)).collect();
    assert_eq!(charged, [("test", "2026-01"), ("test/customers", "2026-01")]);
    let (members, customers) = (ledger.spent("test", "2026-01"), ledger.spent("test/customers", "2026-01"));
    // One histogram at epsilon 1 in two cells of a member; two sums at rho 0.001 in two cells of its customers.
    assert_eq!(members.epsilon_parts(), Some((2, 1)));
    let cost = costs.customers.expect("protected");
    assert_eq!(cost.rho.rational(), Ok(rational("0.004")));
    assert_eq!(customers.rho(), cost.rho.value());
    let epsilon = customers.epsilon_parts().and_then(|(n, d)| Rational::new(n, d));
    assert_eq!(epsilon, Some(cost.epsilon));
}

/// The second round finds the budget of customers exhausted, although members have room left.
#[test]
fn customers_have_a_budget_of_their_own() {
    let small = |budget: &str| {
        let mut charter = charter(5, 3, 4);
        charter.budget = rational(budget);
        let mut draft = customer_draft(Noise::Laplace { epsilon: rational("1/2") });
        draft.schema.figures.iter_mut().for_each(|figure| figure.histogram = None);
        let mut world = World::over(charter, 0..20, draft, disks(5), |_| ());
        world.log_all();
        world.deliver(|_, _| ());
        assert_eq!(world.plan().manifest.epsilon, Rational::ZERO);
        let set = world.propose().expect("a set");
        world.sign(&set)
    };
    // Two sums at 1/2 in two cells.
    assert_eq!(small("2").signatures.len(), 5);
    let refused = small("1.9");
    assert!(refused.signatures.is_empty());
    let said: Vec<String> = refused.refusals.values().map(ToString::to_string).collect();
    assert!(said.iter().all(|text| text.contains("(customers)") && text.contains("2 is asked")), "{said:?}");
}

/// Counted in rho, Gaussian noise adds up in rho: a round that the epsilon it means alone would not pay for twice.
#[test]
fn a_budget_in_rho_adds_up_in_rho_and_states_its_epsilon() {
    let signed = |rho: &str| {
        let ceiling = guildhall_dp::Ceiling::of_rho(rational(rho)).expect("small");
        let agreed =
            crate::charter::Charter { budget: ceiling.epsilon(), budget_rho: ceiling.rho(), ..charter(5, 3, 4) };
        let mut draft = customer_draft(gaussian());
        draft.schema.figures.iter_mut().for_each(|figure| figure.histogram = None);
        let mut world = World::over(agreed, 0..20, draft, disks(5), |_| ());
        world.log_all();
        world.deliver(|_, _| ());
        let set = world.propose().expect("a set");
        let signed = world.sign(&set);
        let said: Vec<String> = signed.refusals.values().map(ToString::to_string).collect();
        (signed.signatures.len(), said)
    };
    // Two sums at rho 0.001 in two cells.
    assert_eq!(signed("0.004"), (5, vec![]));
    let (none, said) = signed("0.0039");
    assert_eq!(none, 0);
    assert!(said.iter().all(|text| text.contains("rho 0 is spent") && text.contains("1/250 is asked")), "{said:?}");
    // Pure losses count half their square: two sums at 1/2 in two cells are epsilon 2.
    let pure = |rho: &str| {
        let ceiling = guildhall_dp::Ceiling::of_rho(rational(rho)).expect("small");
        let agreed =
            crate::charter::Charter { budget: ceiling.epsilon(), budget_rho: ceiling.rho(), ..charter(5, 3, 4) };
        let mut draft = customer_draft(Noise::Laplace { epsilon: rational("1/2") });
        draft.schema.figures.iter_mut().for_each(|figure| figure.histogram = None);
        let mut world = World::over(agreed, 0..20, draft, disks(5), |_| ());
        world.log_all();
        world.deliver(|_, _| ());
        let set = world.propose().expect("a set");
        world.sign(&set).signatures.len()
    };
    assert_eq!((pure("2"), pure("1.9")), (5, 0));
    let misstated = crate::charter::Charter { budget_rho: Some(rational("1/8")), ..charter(5, 3, 4) };
    assert!(misstated.check().is_err(), "20 is not what rho 1/8 means");
}

/// What members lose, their customers lose too: both accounts count against the customers' limit.
#[test]
fn a_customers_limit_counts_what_members_lost() {
    let signed = |budget: &str| {
        let mut charter = charter(5, 3, 4);
        charter.budget = rational(budget);
        let draft = customer_draft(Noise::Laplace { epsilon: rational("1/2") });
        let mut world = World::over(charter, 0..20, draft, disks(5), |_| ());
        world.log_all();
        world.deliver(|_, _| ());
        let set = world.propose().expect("a set");
        world.sign(&set).signatures.len()
    };
    assert_eq!((signed("4"), signed("3.9")), (5, 0));
}

/// Noise may protect members instead: wider by the range, charged to them, and their customers need no account.
#[test]
fn sums_may_protect_members() {
    let mut draft = customer_draft(gaussian());
    draft.customers = None;
    for figure in &mut draft.schema.figures {
        let range = draft.schema.kpis[figure.kpi].high.abs_diff(draft.schema.kpis[figure.kpi].low);
        figure.sum = Some(NoisySum { unit: PrivacyUnit::Member, bound: range, noise: gaussian() });
    }
    let outcome =
        play(consortium(&charter(5, 3, 4)), draft, (0..40).map(member).collect(), &Faults::default(), &|_| ());
    let outcome = outcome.expect("a round");
    let costs = outcome.plan.costs();
    assert!(costs.customers.is_none() && outcome.benchmark.spending.customers.is_none());
    assert_eq!(costs.members.rho.rational(), Ok(rational("0.004")));
    assert!(costs.members.epsilon > rational("2"), "histograms and sums: {}", costs.members.epsilon);
    assert!(outcome.benchmark.spending.exact.contains("every sum carries noise"));
    let deviation = |outcome: &Outcome| match &outcome.opened.totals.cells[0].figures[0] {
        FigureTotals::Opened(opened) => opened.deviation.expect("noisy"),
        FigureTotals::Hidden(_) => panic!("hidden"),
    };
    // A range of 999 against a bound of 100.
    assert!(deviation(&outcome) > 9 * deviation(&played(gaussian())));
    let files = outcome.publish(Files::new()).expect("signed");
    verify(&files, None).map(|_| ()).expect("an untouched transcript verifies");
}

/// What customers spent, as the coordinator publishes it, can be neither less than the round nor left out.
#[test]
fn a_stated_spending_of_customers_that_cannot_be_right_is_found() {
    let files = played(gaussian()).publish(Files::new()).expect("signed");
    let published = |edit: &dyn Fn(&mut Publication)| {
        let mut files = files.clone();
        let mut publication: Publication = statement::decode(&files[name::PUBLICATION]).expect("canonical");
        edit(&mut publication);
        let bytes = statement::encode(&publication);
        let note = statement::sign::<Publication>(&bytes, &identity("coordinator")).expect("a plain name");
        files.insert(name::PUBLICATION.to_owned(), bytes);
        files.insert(name::PUBLICATION_NOTE.to_owned(), note.encode().into_bytes());
        verify(&files, None).err().map(|error| error.to_string()).unwrap_or_default()
    };
    assert_eq!(published(&|_| ()), "");
    for impossible in [None, Some(rational("0.01")), Some(rational("21"))] {
        let said = published(&|publication| publication.customers_epsilon = impossible);
        assert!(said.starts_with("publication.json"), "{impossible:?}: {said}");
    }
}
