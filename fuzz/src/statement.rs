//! Every public statement: what decodes is canonical, and checks made on it do not panic.

use crate::world::rounds;
use guildhall_federation::charter::Charter;
use guildhall_federation::manifest::Manifest;
use guildhall_federation::opening::OpenedRound;
use guildhall_federation::plan::Plan;
use guildhall_federation::set::{self, SetStatement};
use guildhall_federation::statement::{Statement, decode, encode, id_of};
use guildhall_federation::transcript::{Publication, PublishedLog, name};
use guildhall_federation::trustee::{AbandonStatement, ClosingStatement, SumShareStatement};

fn canonical<T: Statement>(bytes: &[u8]) -> Option<T> {
    let statement: T = decode(bytes).ok()?;
    assert_eq!(encode(&statement), bytes, "{}", T::NAME);
    Some(statement)
}

fn seeds(file: &str) -> Vec<Vec<u8>> {
    rounds().iter().map(|files| files[file].clone()).collect()
}

pub(crate) fn plan() -> &'static Plan {
    static PLAN: std::sync::OnceLock<Plan> = std::sync::OnceLock::new();
    PLAN.get_or_init(|| {
        let bytes = &rounds()[1][name::MANIFEST];
        let manifest = Manifest::read(&crate::world::charter(), bytes).expect("a valid manifest");
        Plan::new(crate::world::charter(), manifest, id_of::<Manifest>(bytes)).expect("sound")
    })
}

/// A charter, and all its rules.
pub fn charter(bytes: &[u8]) {
    if let Some(charter) = canonical::<Charter>(bytes) {
        let _ = (charter.check(), charter.smallest_cell(), charter.trustee_name(bytes.len() as u8));
        let _ = Charter::open(bytes, &Charter::fingerprint(bytes));
    }
}

/// Charters of the rounds.
pub fn charter_seeds() -> Vec<Vec<u8>> {
    seeds(name::CHARTER)
}

/// A manifest, all its rules, and what follows from it.
pub fn manifest(bytes: &[u8]) {
    if canonical::<Manifest>(bytes).is_none() {
        return;
    }
    let charter = crate::world::charter();
    if let Ok(manifest) = Manifest::read(&charter, bytes) {
        let _ = Plan::new(charter, manifest, id_of::<Manifest>(bytes)).map(|plan| plan.member_shape().body_len());
    }
}

/// Manifests of the rounds.
pub fn manifest_seeds() -> Vec<Vec<u8>> {
    seeds(name::MANIFEST)
}

/// A set, its rules, the audit, and the columns it opens.
pub fn set(bytes: &[u8]) {
    let Some(set) = canonical::<SetStatement>(bytes) else { return };
    if set::check_form(plan(), &set).is_ok() {
        let _ = set::check_openings(plan(), &set, &set::opened_cells(plan(), &set));
        let _ = guildhall_federation::opening::Columns::of(plan(), &set).total();
    }
}

/// Sets of the rounds; their manifest is not the plan's, so the seeds are brought to it.
pub fn set_seeds() -> Vec<Vec<u8>> {
    let adapt = |bytes: Vec<u8>| {
        let mut set: SetStatement = decode(&bytes).expect("canonical");
        set.manifest = plan().id;
        encode(&set)
    };
    seeds(name::SET).into_iter().map(adapt).collect()
}

/// A sum share.
pub fn sum_share(bytes: &[u8]) {
    if canonical::<SumShareStatement>(bytes).is_none() {
        return;
    }
    let id = guildhall_federation::Id::new([0; 32]);
    let _ = guildhall_federation::opening::read_share(&crate::world::charter(), 5, &id, bytes, bytes);
}

/// Sum shares of the rounds.
pub fn sum_share_seeds() -> Vec<Vec<u8>> {
    [seeds(&name::share(1)), seeds(&name::share(3))].concat()
}

/// A closing statement.
pub fn closing(bytes: &[u8]) {
    canonical::<ClosingStatement>(bytes);
}

/// Closing statements of the rounds.
pub fn closing_seeds() -> Vec<Vec<u8>> {
    seeds(&name::closing(2))
}

/// The statement that a round was abandoned.
pub fn abandoned(bytes: &[u8]) {
    canonical::<AbandonStatement>(bytes);
}

/// Two such statements.
pub fn abandoned_seeds() -> Vec<Vec<u8>> {
    [1, u32::MAX].map(|round| encode(&AbandonStatement { study: "fuzz".to_owned(), round })).into()
}

/// Totals, and the benchmark that follows from any totals.
pub fn totals(bytes: &[u8]) {
    canonical::<OpenedRound>(bytes);
}

/// Totals of the rounds.
pub fn totals_seeds() -> Vec<Vec<u8>> {
    seeds(name::TOTALS)
}

/// A published log.
pub fn log(bytes: &[u8]) {
    canonical::<PublishedLog>(bytes);
}

/// Logs of the rounds.
pub fn log_seeds() -> Vec<Vec<u8>> {
    seeds(name::LOG)
}

/// A publication.
pub fn publication(bytes: &[u8]) {
    canonical::<Publication>(bytes);
}

/// Publications of the rounds.
pub fn publication_seeds() -> Vec<Vec<u8>> {
    seeds(name::PUBLICATION)
}
