//! Counts of shared customers over real data, exactly, against known answers. Skipped, with a reason, without the data.

use guildhall_pseudonym::Rules;
use guildhall_pseudonym::overlap::{
    Comparer, CustomerSet, Enrolled, FigureKind, LEAST_SET, Outgoing, Passing, Recipient, SetSalt, Terms, figures,
};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const MONTHS: [&str; 3] = ["2011-09", "2011-10", "2011-11"];

/// Customers by month, or why there are none.
fn months() -> Option<BTreeMap<&'static str, BTreeSet<String>>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/online_retail/online_retail.csv.gz");
    let Ok(file) = std::fs::File::open(&path) else {
        println!("skipped: the online retail data are not there");
        return None;
    };
    let mut months: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for row in csv::Reader::from_reader(flate2::read::GzDecoder::new(file)).records() {
        let row = row.expect("a row");
        let month = MONTHS.into_iter().find(|month| row[4].starts_with(month)).filter(|_| !row[6].is_empty());
        if let Some(month) = month {
            months.entry(month).or_default().insert(row[6].to_owned());
        }
    }
    Some(months)
}

/// Numbers counted with Python's sets.
#[test]
fn customers_of_three_months_are_counted_exactly() {
    let Some(months) = months() else { return };
    let enrol = |(month, customers): (&&str, &BTreeSet<String>)| {
        let ids = customers.iter().map(|id| Rules::Plain.apply(id).expect("an identifier"));
        Enrolled::new(month, CustomerSet::new(ids), &SetSalt::draw().expect("a salt"), "returning").expect("enrolled")
    };
    let enrolled: Vec<Enrolled> = months.iter().map(enrol).collect();
    let comparer = Comparer::new("chamber").expect("a key");
    let enrolments = enrolled.iter().map(|member| member.enrolment().clone()).collect();
    let terms = Terms::agree("returning", LEAST_SET, enrolments, comparer.key().clone()).expect("terms");
    let mut comparing = comparer.begin(terms.clone()).expect("begun");
    let begun = enrolled.into_iter().map(|member| member.begin(terms.clone()).expect("begun"));
    let (mut members, waiting): (Vec<Passing>, Vec<Outgoing>) = begun.unzip();
    let names: Vec<&str> = months.keys().copied().collect();
    let mut waiting: Vec<(usize, Outgoing)> = waiting.into_iter().enumerate().collect();
    while let Some((from, Outgoing { to, message })) = waiting.pop() {
        match to {
            Recipient::Member(place) => {
                waiting.push((place, members[place].pass(names[from], &message).expect("passed")));
            }
            Recipient::Comparer => comparing.receive(names[from], &message).expect("received"),
        }
    }
    let regions = comparing.count().expect("counted");
    assert_eq!(regions.expose_counts(), [426, 562, 173, 697, 324, 311, 379]);
    let value = |kind| -> Vec<u64> {
        let of_kind = figures(3).into_iter().filter(|figure| figure.kind() == kind);
        let sum = |figure: guildhall_pseudonym::overlap::Figure| {
            let counts = regions.expose_counts().iter().enumerate();
            counts.filter(|(region, _)| figure.counts(*region)).map(|(_, count)| count).sum()
        };
        of_kind.map(sum).collect()
    };
    assert_eq!(value(FigureKind::Size), [1_302, 1_425, 1_711]);
    assert_eq!(value(FigureKind::Pair), [552, 703, 690]);
    assert_eq!((value(FigureKind::Triple), value(FigureKind::Reach)), (vec![379], vec![2_872]));
}
