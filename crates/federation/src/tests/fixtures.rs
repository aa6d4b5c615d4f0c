//! A consortium and its members, small and deterministic in their figures.

use crate::charter::{Charter, Party};
use crate::local::{Consortium, Draft, Event, Faults, LocalMember, Outcome, play};
use crate::manifest::{PlannedCell, UnsafeCells};
use crate::{FederationError, statement};
use guildhall_kpi::{Cell, Direction, Edges, Figure, Histogram, Kpi, KpiVector, Opening, Rational, Schema, Step};
use guildhall_ledger::{MemoryRecords, SigningIdentity};

pub(super) fn identity(name: &str) -> SigningIdentity {
    let seed = guildhall_mpc::digest("test identity", &[name.as_bytes()]);
    SigningIdentity::from_secret(name, &seed).expect("a plain name")
}

fn party(name: &str) -> Party {
    let key = identity(name).verifier().to_string();
    Party { name: name.to_owned(), operator: name.to_owned(), key }
}

pub(super) fn charter(k: u8, t: u8, u: u8) -> Charter {
    Charter {
        study: "test".to_owned(),
        title: "A test".to_owned(),
        organiser: party("organiser"),
        coordinator: party("coordinator"),
        trustees: (1..=k).map(|n| party(&format!("trustee-{n}"))).collect(),
        threshold: t,
        quorum: u,
        least_members: 5,
        colluding: 0,
        budget: Rational::new(20, 1).expect("twenty"),
        budget_rho: None,
        exact_histograms: false,
        concentration: Vec::new(),
    }
}

pub(super) fn consortium(charter: &Charter) -> Consortium<MemoryRecords> {
    let trustees = charter.trustees.iter().map(|p| (identity(&p.name), MemoryRecords::default())).collect();
    Consortium { charter: statement::encode(charter), coordinator: identity("coordinator"), trustees }
}

pub(super) fn schema() -> Schema {
    let kpi = |id: &str, low, high, edges: &[i64]| Kpi {
        id: id.to_owned(),
        label: id.to_owned(),
        unit: "EUR".to_owned(),
        direction: Direction::Higher,
        resolution: Step::ONE,
        low,
        high,
        edges: Edges::new(edges.to_vec()),
    };
    let noisy = Some(Histogram { opening: Opening::Noisy { epsilon: Rational::new(1, 1).expect("one") } });
    Schema {
        kpis: vec![kpi("sales", 0, 999, &[0, 10, 100, 300, 1000]), kpi("margin", -50, 49, &[-50, 50])],
        figures: vec![
            Figure { kpi: 0, period: "2026-01".to_owned(), histogram: noisy, sum: None, squares: None },
            Figure { kpi: 1, period: "2026-01".to_owned(), histogram: None, sum: None, squares: None },
        ],
    }
}

/// Figures of member `i`: sales `7 i`, margin `i - 20` for every member but each tenth.
pub(super) fn figures(i: u32) -> Vec<Option<i64>> {
    vec![Some(i64::from(i) * 7 % 1000), (i % 10 != 9).then(|| i64::from(i % 60) - 20)]
}

pub(super) fn member(i: u32) -> LocalMember {
    LocalMember {
        id: format!("m{i:03}"),
        entity: format!("entity {i}"),
        attributes: vec![("town".to_owned(), ["north", "south"][usize::from(i.is_multiple_of(3))].to_owned())],
        identity: identity(&format!("m{i:03}")),
        figures: KpiVector::new(&schema(), figures(i)).expect("in range"),
        corrected_from: None,
    }
}

pub(super) fn draft() -> Draft {
    let cell = |cell, histograms| PlannedCell { cell, histograms };
    Draft {
        round: 1,
        previous: None,
        window: "2026-01".to_owned(),
        schema: schema(),
        cells: vec![
            cell(Cell::all(), true),
            cell(Cell::of("town", "north"), false),
            cell(Cell::of("town", "south"), true),
        ],
        unsafe_cells: UnsafeCells::Refuse,
        customers: None,
        now: 1_000,
    }
}

pub(super) fn play_with(
    k: u8,
    t: u8,
    u: u8,
    members: Vec<LocalMember>,
    faults: &Faults,
) -> (Result<Outcome, FederationError>, Vec<Event>) {
    let events = std::sync::Mutex::new(Vec::new());
    let observer = |event| events.lock().expect("not poisoned").push(event);
    let outcome = play(consortium(&charter(k, t, u)), draft(), members, faults, &observer);
    (outcome, events.into_inner().expect("not poisoned"))
}
