//! One small finished round, (3,2,3) with six members, as the material of seeds.

use guildhall_federation::charter::{Charter, Party};
use guildhall_federation::local::{Consortium, Draft, Faults, LocalMember, Outcome, play};
use guildhall_federation::manifest::{PlannedCell, UnsafeCells};
use guildhall_federation::statement;
use guildhall_federation::transcript::Files;
use guildhall_kpi::{Cell, Direction, Edges, Figure, Histogram, Kpi, KpiVector, Opening, Rational, Schema, Step};
use guildhall_ledger::{MemoryRecords, SigningIdentity};
use std::sync::OnceLock;

pub(crate) fn identity(name: &str) -> SigningIdentity {
    SigningIdentity::from_secret(name, &guildhall_mpc::digest("fuzz", &[name.as_bytes()])).expect("a plain name")
}

fn party(name: &str) -> Party {
    let key = identity(name).verifier().to_string();
    Party { name: name.to_owned(), operator: format!("{name} Ltd"), key }
}

/// Deriving eight keys costs more than most decoders: once per process.
pub(crate) fn charter() -> Charter {
    static CHARTER: OnceLock<Charter> = OnceLock::new();
    CHARTER.get_or_init(made_charter).clone()
}

fn made_charter() -> Charter {
    Charter {
        study: "fuzz".to_owned(),
        title: "A fuzzed study".to_owned(),
        organiser: party("organiser"),
        coordinator: party("coordinator"),
        trustees: (1..=3).map(|n| party(&format!("trustee-{n}"))).collect(),
        threshold: 2,
        quorum: 3,
        least_members: 5,
        colluding: 0,
        budget: Rational::new(20, 1).expect("twenty"),
        exact_histograms: false,
        concentration: Vec::new(),
        budget_rho: None,
    }
}

pub(crate) fn schema(noisy: bool) -> Schema {
    let epsilon = Rational::new(2, 1).expect("two");
    let kpi = Kpi {
        id: "sales".to_owned(),
        label: "Sales".to_owned(),
        unit: "EUR".to_owned(),
        direction: Direction::Higher,
        resolution: Step::ONE,
        low: -5,
        high: 94,
        edges: Edges::new(vec![-5, 5, 30, 95]),
    };
    let histogram = noisy.then_some(Histogram { opening: Opening::Noisy { epsilon } });
    let figure = Figure { kpi: 0, period: "2026-01".to_owned(), histogram, sum: None, squares: None };
    Schema { kpis: vec![kpi], figures: vec![figure] }
}

fn member(i: i64, noisy: bool) -> LocalMember {
    LocalMember {
        id: format!("m{i}"),
        entity: format!("entity {i}"),
        attributes: vec![("town".to_owned(), "north".to_owned())],
        identity: identity(&format!("m{i}")),
        figures: KpiVector::new(&schema(noisy), vec![Some(i * 10)]).expect("in range"),
        corrected_from: (i == 2).then(|| KpiVector::new(&schema(noisy), vec![None]).expect("absent")),
    }
}

fn outcome(noisy: bool) -> Outcome {
    let charter = charter();
    let trustees = charter.trustees.iter().map(|p| (identity(&p.name), MemoryRecords::default())).collect();
    let consortium =
        Consortium { charter: statement::encode(&charter), coordinator: identity("coordinator"), trustees };
    let draft = Draft {
        round: 1,
        previous: None,
        window: "2026-01".to_owned(),
        schema: schema(noisy),
        cells: vec![PlannedCell { cell: Cell::all(), histograms: noisy }],
        unsafe_cells: UnsafeCells::Refuse,
        customers: None,
        now: 1_000,
    };
    let members = (0..6).map(|i| member(i, noisy)).collect();
    play(consortium, draft, members, &Faults::default(), &|_| ()).expect("nothing goes wrong")
}

/// The transcript of an exact and of a noisy round.
pub(crate) fn rounds() -> &'static [Files; 2] {
    static ROUNDS: OnceLock<[Files; 2]> = OnceLock::new();
    ROUNDS.get_or_init(|| [false, true].map(|noisy| outcome(noisy).publish(Files::new()).expect("signed")))
}
