//! All roles of one round in one process, with the messages a network would carry.
//!
//! Used by `guildhall run`, by `guildhall demo` with [`Faults`] in front of the user's eyes, and by tests.

mod faults;
mod past;
mod rehearsal;
mod stages;

pub use faults::{Faults, Stage};
pub use rehearsal::{Rehearsal, rehearse};

use crate::accounts::WindowSpent;
use crate::charter::Charter;
use crate::manifest::{Customers, Manifest, PlannedCell, RosterMember, RoundKey, UnsafeCells};
use crate::member::{Floors, Invitation};
use crate::opening::{self, OpenedRound};
use crate::plan::{Plan, priced};
use crate::set::SetStatement;
use crate::statement;
use crate::transcript::{Files, Publication, file_id, name};
use crate::trustee::Trustee;
use crate::{FederationError, Id};
use guildhall_kpi::{Benchmark, KpiVector, Rational, Schema};
use guildhall_ledger::{Note, Records, SigningIdentity};
use stages::Stages;

/// The parties of a study with their secret keys: only one process that plays all roles holds these together.
pub struct Consortium<R> {
    /// Canonical bytes of the charter.
    pub charter: Vec<u8>,
    /// The coordinator's key.
    pub coordinator: SigningIdentity,
    /// The trustees' keys and durable stores, in order of their numbers.
    pub trustees: Vec<(SigningIdentity, R)>,
}

/// A member with its figures.
pub struct LocalMember {
    /// Identifier, the same in every round.
    pub id: String,
    /// Legal entity.
    pub entity: String,
    /// Public attributes.
    pub attributes: Vec<(String, String)>,
    /// The member's key.
    pub identity: SigningIdentity,
    /// Its figures.
    pub figures: KpiVector,
    /// What it sent first and then corrected, if it did.
    pub corrected_from: Option<KpiVector>,
}

/// What a round is about, before the trustees have made their keys.
#[derive(Clone)]
pub struct Draft {
    /// Number of the round.
    pub round: u32,
    /// Hash of the previous round's manifest.
    pub previous: Option<Id>,
    /// The data window.
    pub window: String,
    /// KPIs and figures.
    pub schema: Schema,
    /// The cells.
    pub cells: Vec<PlannedCell>,
    /// What to do with cells that would single members out.
    pub unsafe_cells: UnsafeCells,
    /// What customers are promised, where noise on sums protects them; its epsilon is computed.
    pub customers: Option<Customers>,
    /// The present time, Unix seconds; also the deadline of a round played at once.
    pub now: u64,
}

/// What happens while a round is played.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A stage begins, of so many pieces of work.
    Begins {
        /// What is done.
        what: &'static str,
        /// Pieces of work.
        of: u64,
    },
    /// Pieces of work are done.
    Advances(u64),
    /// The stage is over.
    Ends,
    /// A trustee stops answering.
    Stopped {
        /// Name of the trustee.
        trustee: String,
        /// Where it stopped.
        stage: Stage,
    },
    /// Seeds that got lost were replaced by other trustees.
    SeedsRecovered(u64),
    /// A contribution was refused by a trustee.
    Refused {
        /// The member, or the trustee whose noise it is.
        author: String,
        /// How many trustees refused it.
        by: usize,
        /// Why.
        why: String,
    },
    /// A member's earlier contribution was replaced by its correction.
    Corrected {
        /// The member.
        member: String,
    },
    /// A trustee's sum share does not agree with the others.
    Dissents {
        /// Name of the trustee.
        trustee: String,
    },
    /// A contribution is on its way: bytes that left the member's machine.
    Uploaded {
        /// Bytes of one contribution.
        bytes: usize,
    },
}

/// Receives events; called from several threads.
pub type Observer<'a> = &'a (dyn Fn(Event) + Sync);

/// A round that was opened.
pub struct Outcome {
    /// The round.
    pub plan: Plan,
    /// The certified set.
    pub set: SetStatement,
    /// Totals and agreement.
    pub opened: OpenedRound,
    /// The benchmark.
    pub benchmark: Benchmark,
    files: Files,
    window_epsilon: WindowSpent,
    coordinator: SigningIdentity,
}

impl Outcome {
    /// The transcript together with further files (report, import notes), all signed by the coordinator.
    ///
    /// # Errors
    /// If signing fails.
    pub fn publish(self, further: Files) -> Result<Files, FederationError> {
        let mut files = self.files;
        files.extend(further);
        let publication = Publication {
            study: self.plan.manifest.study.clone(),
            round: self.plan.manifest.round,
            window_epsilon: self.window_epsilon.members,
            customers_epsilon: self.window_epsilon.customers,
            files: files.iter().map(|(name, bytes)| (name.clone(), file_id(bytes))).collect(),
        };
        let bytes = statement::encode(&publication);
        let note = statement::sign::<Publication>(&bytes, &self.coordinator)?;
        files.insert(name::PUBLICATION.to_owned(), bytes);
        files.insert(name::PUBLICATION_NOTE.to_owned(), note.encode().into_bytes());
        Ok(files)
    }
}

/// Plays a whole round (`docs/protocol.md`, steps 0 to 6).
///
/// # Errors
/// If the round cannot end: too few trustees, too few members, or the policy forbids it.
pub fn play<R: Records + Send>(
    consortium: Consortium<R>,
    draft: Draft,
    members: Vec<LocalMember>,
    faults: &Faults,
    observer: Observer<'_>,
) -> Result<Outcome, FederationError> {
    let pinned = Charter::fingerprint(&consortium.charter);
    let charter = Charter::open(&consortium.charter, &pinned)?;
    let numbered = (1u8..).zip(consortium.trustees);
    let liars = faults.copies_of_liars(&charter, numbered)?;
    let mut trustees: Vec<Trustee<R>> = liars.trustees;
    past::settle(&charter, &mut trustees, draft.round)?;
    let (manifest, note) = sign_manifest(&charter, &consortium.coordinator, &mut trustees, draft, &members)?;
    let floors = Floors {
        threshold: charter.threshold,
        quorum: charter.quorum,
        least_members: charter.least_members,
        most_epsilon: charter.budget,
        budget: charter.ceiling()?,
    };
    let invitation = Invitation::open(&consortium.charter, &pinned, &manifest, note.encode().as_bytes(), &floors)?;
    let mut files = Files::new();
    files.insert(name::CHARTER.to_owned(), consortium.charter.clone());
    files.insert(name::MANIFEST.to_owned(), manifest.clone());
    files.insert(name::MANIFEST_NOTE.to_owned(), note.encode().into_bytes());
    let stages = Stages { charter, manifest, note, faults, observer, liars: liars.identities };
    let mut coordinator = stages.coordinator(consortium.coordinator)?;
    let names: Vec<String> = members.iter().map(|m| m.id.clone()).collect();
    stages.contribute(&mut coordinator, &invitation, members)?;
    let collecting = stages.collect(&mut coordinator, trustees, &names)?;
    let (signed, certificate) = stages.sign(&coordinator, collecting, &mut files)?;
    let window_epsilon = stages.window_epsilon(&signed, &coordinator)?;
    let (opened, set) = stages.open(&coordinator, signed, &certificate, &mut files)?;
    let (plan, identity) = coordinator.close();
    let benchmark = opening::benchmark(&plan, &set, &opened, window_epsilon);
    files.insert(name::TOTALS.to_owned(), statement::encode(&opened));
    let mut bytes = serde_json::to_vec_pretty(&benchmark).unwrap_or_default();
    bytes.push(b'\n');
    files.insert(name::BENCHMARK.to_owned(), bytes);
    Ok(Outcome { plan, set, opened, benchmark, files, window_epsilon, coordinator: identity })
}

/// Step 0: round keys, manifest, signatures of the coordinator and all trustees.
fn sign_manifest<R: Records>(
    charter: &Charter,
    coordinator: &SigningIdentity,
    trustees: &mut [Trustee<R>],
    draft: Draft,
    members: &[LocalMember],
) -> Result<(Vec<u8>, Note), FederationError> {
    let keys = trustees.iter_mut().map(|t| t.round_key(draft.round)).collect::<Result<_, _>>()?;
    let bytes = statement::encode(&manifest_of(charter, draft, roster_of(members), keys)?);
    let mut note = statement::sign::<Manifest>(&bytes, coordinator)?;
    for trustee in trustees {
        let signature = trustee.sign_manifest(&bytes)?;
        note.merge(&signature).map_err(|source| FederationError::Signature { what: "the manifest", source })?;
    }
    Ok((bytes, note))
}

/// Step 0.2: the manifest of a draft, with the cost that follows from it.
pub(crate) fn manifest_of(
    charter: &Charter,
    draft: Draft,
    roster: Vec<RosterMember>,
    keys: Vec<RoundKey>,
) -> Result<Manifest, FederationError> {
    let manifest = Manifest {
        study: charter.study.clone(),
        round: draft.round,
        charter: Charter::fingerprint(&statement::encode(charter)),
        previous: draft.previous,
        window: draft.window,
        schema: draft.schema,
        cells: draft.cells,
        unsafe_cells: draft.unsafe_cells,
        roster,
        keys,
        epsilon: Rational::ZERO,
        customers: draft.customers,
        deadline: draft.now,
    };
    priced(manifest)
}

fn roster_of(members: &[LocalMember]) -> Vec<RosterMember> {
    let entry = |m: &LocalMember| RosterMember {
        id: m.id.clone(),
        entity: m.entity.clone(),
        key: m.identity.verifier().to_string(),
        attributes: m.attributes.clone(),
    };
    members.iter().map(entry).collect()
}

/// Why a quorum did not sign, as the round's own error.
fn refusal_error(trustee: &str, refused: crate::Refused) -> FederationError {
    match refused {
        crate::Refused::Budget(error) => FederationError::Budget(error),
        crate::Refused::Records(error) => FederationError::Records(error),
        crate::Refused::Other(error) => error,
        other => FederationError::Policy(format!("{trustee} did not sign: {other}")),
    }
}
