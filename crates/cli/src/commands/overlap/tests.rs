use super::account::Paid;
use super::figures::release;
use super::plan::Plan;
use super::run::Run;
use crate::ui::Ui;
use guildhall_pseudonym::overlap::{CustomerSet, Enrolled, Regions, SetSalt};
use guildhall_pseudonym::{LocalPart, Rules};
use std::path::Path;

const SHOPS: &str = include_str!("../../../../../examples/overlap/shops.toml");
const RETAIL: &str = include_str!("../../../../../examples/overlap/retail.toml");

fn plan(text: &str) -> Plan {
    Plan::parse(Path::new("overlap.toml"), text).unwrap_or_else(|failure| panic!("{failure}"))
}

fn mistakes(text: &str) -> Vec<(String, String)> {
    let failure = Plan::parse(Path::new("overlap.toml"), text).err().expect("a mistake");
    let line = |p: &crate::Problem| p.place.as_ref().map_or(0, |at| at.line.unwrap_or(0));
    failure.problems().iter().map(|p| (p.code.clone(), format!("{}: {}", line(p), p.message))).collect()
}

#[test]
fn the_examples_are_read() {
    let shops = plan(SHOPS);
    assert_eq!((shops.members.len(), shops.least, shops.show_from), (3, 100, 10));
    assert_eq!(shops.rules, Rules::Email(LocalPart::Lower));
    assert_eq!(plan(RETAIL).rules, Rules::Plain);
}

#[test]
fn mistakes_have_their_place() {
    let cases = [
        ("epsilon = \"1\"", "epsilon = nan", "S0104", "15: epsilon cannot be"),
        ("epsilon = \"1\"", "epsilon = \"0\"", "S0611", "epsilon is above 0"),
        ("epsilon = \"1\"", "epsilon = \"4\"", "S0611", "epsilon is above 0"),
        ("least_size = 100", "least_size = 19", "S0104", "17: least_size cannot be"),
        ("least_size = 100", "least_sise = 100", "S0102", "17: [overlap] has no key"),
        ("column = \"email\"", "column = \"mail\"", "S0204", ": column \"mail\" is not declared"),
        ("local_part = \"lower\"", "", "S0103", ": [customer] has no key \"local_part\""),
        ("kind = \"email\"", "kind = \"phone\"", "S0103", ": [customer] has no key \"region\""),
        ("kind = \"email\"", "", "S0103", ": [customer] has no key \"kind\""),
        ("name = \"south\"", "name = \"north\"", "S0611", ": two members are called"),
        ("purpose = \"decide", "prpose = \"decide", "S0103", ": [overlap] has no key \"purpose\""),
        ("data_set = \"shops\"", "data_set = \"The Shops\"", "S0201", ": data_set cannot be"),
    ];
    for (good, bad, code, message) in cases {
        assert!(SHOPS.contains(good), "{good}");
        let found = mistakes(&SHOPS.replacen(good, bad, 1));
        assert!(found.iter().any(|(c, m)| c == code && m.contains(message)), "{bad}: {found:?}");
    }
    let one = SHOPS.split("[[member]]").take(2).collect::<Vec<_>>().join("[[member]]");
    assert!(mistakes(&one).iter().any(|(code, message)| code == "S0611" && message.contains("1 members")));
}

fn regions(plan: &Plan, sizes: [u32; 3]) -> Regions {
    let set = |(place, size): (usize, u32)| {
        let ids = (0..size).map(|id| Rules::Plain.apply(&format!("{}", id + 7 * place as u32)).expect("an identifier"));
        let salt = SetSalt::kept([place as u8; 32]);
        Enrolled::new(&plan.members[place], CustomerSet::new(ids), &salt, &plan.purpose).expect("enrolled")
    };
    let members = sizes.into_iter().enumerate().map(set).collect();
    let run = Run::agree(plan, members).unwrap_or_else(|failure| panic!("{failure}"));
    run.play(&Ui::default()).unwrap_or_else(|failure| panic!("{failure}"))
}

/// Pearson's chi-square of 5,600 draws against discrete Laplace noise of scale 2 / epsilon = 2 over 15 cells, 14
/// degrees of freedom: above 54.6 once in a million runs of the test.
#[test]
fn the_noise_has_the_scale_that_whatever_a_customer_does_demands() {
    let mut plan = plan(SHOPS);
    plan.least = 20;
    let regions = regions(&plan, [30, 25, 40]);
    let exact: Vec<i64> = regions.expose_counts().iter().map(|count| *count as i64).collect();
    let mut seen = [0.0f64; 15];
    for _ in 0..800 {
        let mut paid = Paid::new(&plan).unwrap_or_else(|failure| panic!("{failure}"));
        let noisy = release(&plan, &regions, &mut paid).unwrap_or_else(|failure| panic!("{failure}"));
        for (region, exact) in exact.iter().enumerate() {
            let noise = noisy.raw(region).expect("a region")[0] - exact;
            seen[(noise.clamp(-7, 7) + 7) as usize] += 1.0;
        }
    }
    let base = (-0.5f64).exp();
    let share = |noise: i32| match noise.abs() {
        7 => base.powi(7) / (1.0 + base),
        noise => (1.0 - base) / (1.0 + base) * base.powi(noise),
    };
    let chi: f64 = (-7..=7)
        .zip(seen)
        .map(|(noise, seen)| (seen - 5_600.0 * share(noise)).powi(2) / (5_600.0 * share(noise)))
        .sum();
    assert!(chi < 54.6, "{chi}: {seen:?}");
}

#[test]
fn noise_is_drawn_once_for_a_charge_and_for_no_other_price() {
    let mut plan = plan(SHOPS);
    plan.least = 20;
    let regions = regions(&plan, [30, 25, 40]);
    let mut paid = Paid::new(&plan).unwrap_or_else(|failure| panic!("{failure}"));
    assert!(release(&plan, &regions, &mut paid).is_ok());
    assert!(release(&plan, &regions, &mut paid).is_err(), "a second draw was not paid for");
    let mut cheap = Paid::new(&plan).unwrap_or_else(|failure| panic!("{failure}"));
    plan.epsilon = "2".parse().expect("a rational");
    assert!(release(&plan, &regions, &mut cheap).is_err(), "more was asked for than paid");
}
