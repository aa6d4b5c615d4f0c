//! The public transcript of a finished round, and its offline verification by anyone (step 7).
//!
//! Every file is either a canonical statement, a signed note over one, or derived from them: one
//! flipped byte anywhere is found, and the error names the file.

use crate::accounts::WindowSpent;
use crate::charter::Charter;
use crate::manifest::Manifest;
use crate::opening::{self, Columns, OpenedRound};
use crate::plan::Plan;
use crate::set::{self, SetStatement};
use crate::statement::{self, Statement};
use crate::trustee::ClosingStatement;
use crate::{FederationError, Id};
use guildhall_dp::{CONVERSION_DELTA_BITS, RoundCost};
use guildhall_kpi::{Benchmark, Rational};
use guildhall_ledger::{Hash, Log, LogEntry, Policy, UnverifiedCheckpoint};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The files of a transcript by name, relative to its folder.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Names of the files.
pub mod name {
    /// The charter.
    pub const CHARTER: &str = "charter.json";
    /// The manifest.
    pub const MANIFEST: &str = "manifest.json";
    /// Signatures on the manifest.
    pub const MANIFEST_NOTE: &str = "manifest.note";
    /// The log: entries and checkpoints.
    pub const LOG: &str = "log.json";
    /// The certified set.
    pub const SET: &str = "set.json";
    /// The certificate: signatures on the set.
    pub const CERTIFICATE: &str = "certificate.note";
    /// Totals.
    pub const TOTALS: &str = "totals.json";
    /// The benchmark.
    pub const BENCHMARK: &str = "benchmark.json";
    /// What the coordinator published: a hash of every other file.
    pub const PUBLICATION: &str = "publication.json";
    /// The coordinator's signature on it.
    pub const PUBLICATION_NOTE: &str = "publication.note";

    /// A trustee's sum share.
    pub fn share(trustee: u8) -> String {
        format!("sum-share-{trustee}.json")
    }

    /// The signature on it.
    pub fn share_note(trustee: u8) -> String {
        format!("sum-share-{trustee}.note")
    }

    /// A trustee's closing statement.
    pub fn closing(trustee: u8) -> String {
        format!("closing-{trustee}.json")
    }

    /// The signature on it.
    pub fn closing_note(trustee: u8) -> String {
        format!("closing-{trustee}.note")
    }
}

/// The log as published: which batch an entry came with, but no times.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishedLog {
    /// Ids and sequence numbers, in log order.
    pub entries: Vec<(Id, u64)>,
    /// Signed checkpoints, oldest first; the last covers all entries.
    pub checkpoints: Vec<String>,
}

/// What the coordinator published, signed: no file can be swapped for another round's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publication {
    /// Identifier of the study.
    pub study: String,
    /// Number of the round.
    pub round: u32,
    /// Epsilon spent on the data window so far, this round included.
    pub window_epsilon: Rational,
    /// The same for members' customers, where noise on sums protects them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customers_epsilon: Option<Rational>,
    /// Hash of every other file.
    pub files: BTreeMap<String, Id>,
}

impl Statement for PublishedLog {
    const TAG: &'static str = "guildhall/log/v1";
    const NAME: &'static str = "the log";
    const LIMIT: usize = 64 << 20;
}

impl Statement for Publication {
    const TAG: &'static str = "guildhall/publication/v1";
    const NAME: &'static str = "the publication";
    const LIMIT: usize = 1 << 20;
}

impl Publication {
    /// Epsilon spent on the data window so far.
    pub const fn spent(&self) -> WindowSpent {
        WindowSpent { members: self.window_epsilon, customers: self.customers_epsilon }
    }

    /// Neither less than the round itself costs nor more than the charter allows.
    fn spending_is_possible(&self, plan: &Plan) -> bool {
        let limit = plan.charter.budget;
        let possible = |spent: Rational, asked: Rational| spent >= asked && (!plan.is_noisy() || spent <= limit);
        // Where losses add up in rho, what a round costs may mean less epsilon than its parts added up.
        let least = |cost: Option<&RoundCost>, stated: Rational| {
            let cost = cost.filter(|_| plan.charter.budget_rho.is_some());
            let rho = cost.and_then(|cost| cost.concentrated().ok()?.to_approx(CONVERSION_DELTA_BITS).ok());
            rho.and_then(|loss| loss.epsilon().ok()).map_or(stated, |epsilon| epsilon.min(stated))
        };
        let costs = plan.costs();
        let customers = match (self.customers_epsilon, plan.manifest.customers) {
            (Some(spent), Some(asked)) => possible(spent, least(costs.customers.as_ref(), asked.epsilon)),
            (spent, asked) => spent.is_none() && asked.is_none(),
        };
        possible(self.window_epsilon, least(Some(&costs.members), plan.manifest.epsilon)) && customers
    }
}

/// A round whose every statement holds.
pub struct VerifiedRound {
    /// The round.
    pub plan: Plan,
    /// The certified set.
    pub set: SetStatement,
    /// Totals and agreement.
    pub opened: OpenedRound,
    /// The benchmark, derived again.
    pub benchmark: Benchmark,
    /// Checks made, in order, in words.
    pub checks: Vec<String>,
}

/// What does not hold, and where.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {source}")]
pub struct VerifyError {
    /// The file.
    pub file: String,
    /// What is wrong.
    pub source: Box<FederationError>,
}

/// Hash of a file as a publication lists it.
pub fn file_id(bytes: &[u8]) -> Id {
    Id::new(guildhall_mpc::digest("file", &[bytes]))
}

/// Rechecks a finished round from its files alone; `pinned` is the charter fingerprint from elsewhere.
///
/// Without a pinned fingerprint the answer is only about the charter in the folder; callers must say so.
///
/// # Errors
/// The first file that does not hold, and why.
pub fn verify(files: &Files, pinned: Option<&Id>) -> Result<VerifiedRound, VerifyError> {
    Verifier { files, checks: Vec::new() }.run(pinned)
}

struct Verifier<'a> {
    files: &'a Files,
    checks: Vec<String>,
}

impl Verifier<'_> {
    fn run(mut self, pinned: Option<&Id>) -> Result<VerifiedRound, VerifyError> {
        let plan = self.plan(pinned)?;
        let publication = self.publication(&plan)?;
        let set = self.set(&plan)?;
        self.log(&plan, &set)?;
        let opened = self.opened(&plan, &set)?;
        self.closing(&plan)?;
        let benchmark = opening::benchmark(&plan, &set, &opened, publication.spent());
        self.benchmark(&benchmark)?;
        self.done(format!("all {} files are as the coordinator published them", publication.files.len()));
        Ok(VerifiedRound { plan, set, opened, benchmark, checks: self.checks })
    }

    fn done(&mut self, check: String) {
        self.checks.push(check);
    }

    fn file(&self, name: &str) -> Result<&[u8], VerifyError> {
        let missing = || fail(name, rule("the file is missing"));
        self.files.get(name).map(Vec::as_slice).ok_or_else(missing)
    }

    fn plan(&mut self, pinned: Option<&Id>) -> Result<Plan, VerifyError> {
        let bytes = self.file(name::CHARTER)?;
        let found = Charter::fingerprint(bytes);
        let charter = Charter::open(bytes, pinned.unwrap_or(&found)).map_err(at(name::CHARTER))?;
        let manifest = self.file(name::MANIFEST)?;
        let note = self.file(name::MANIFEST_NOTE)?;
        let id = statement::id_of::<Manifest>(manifest);
        // What the note says is checked against the manifest's bytes; read the manifest first so that an
        // altered manifest is named as such.
        let read = Manifest::read(&charter, manifest).map_err(at(name::MANIFEST))?;
        Manifest::open(&charter, manifest, note).map_err(at(name::MANIFEST_NOTE))?;
        let signers = note_signers(note);
        self.done(format!("charter {}", found.grouped()));
        self.done(format!("manifest of round {}, signed by {signers}", read.round));
        Plan::new(charter, read, id).map_err(at(name::MANIFEST))
    }

    fn publication(&mut self, plan: &Plan) -> Result<Publication, VerifyError> {
        let bytes = self.file(name::PUBLICATION)?;
        let note = self.file(name::PUBLICATION_NOTE)?;
        let publication: Publication = statement::decode(bytes).map_err(at(name::PUBLICATION))?;
        let key = plan.charter.coordinator.verifier().map_err(at(name::CHARTER))?;
        statement::verify::<Publication>(bytes, note, &[key], 1).map_err(at(name::PUBLICATION_NOTE))?;
        if publication.study != plan.manifest.study || publication.round != plan.manifest.round {
            return Err(fail(name::PUBLICATION, rule("it belongs to another round")));
        }
        if !publication.spending_is_possible(plan) {
            return Err(fail(name::PUBLICATION, rule("the epsilon it states for the data window cannot be right")));
        }
        for (file, id) in &publication.files {
            if file_id(self.file(file)?) != *id {
                return Err(fail(file, rule("it is not the file that was published: some byte was changed")));
            }
        }
        let unlisted = self
            .files
            .keys()
            .find(|f| !publication.files.contains_key(*f) && *f != name::PUBLICATION && *f != name::PUBLICATION_NOTE);
        match unlisted {
            Some(file) => Err(fail(file, rule("it was not published with this round; move it elsewhere"))),
            None => Ok(publication),
        }
    }

    fn set(&mut self, plan: &Plan) -> Result<SetStatement, VerifyError> {
        let bytes = self.file(name::SET)?;
        let set: SetStatement = statement::decode(bytes).map_err(at(name::SET))?;
        set::check_form(plan, &set).map_err(at(name::SET))?;
        let keys = plan.charter.trustee_keys().map_err(at(name::CHARTER))?;
        let note = self.file(name::CERTIFICATE)?;
        let need = usize::from(plan.charter.quorum);
        let signed = statement::verify::<SetStatement>(bytes, note, &keys, need).map_err(at(name::CERTIFICATE))?;
        let by = keys.iter().filter(|key| signed.is_signed_by(key)).count();
        self.done(format!("set of {} members, certified by {by} of {} trustees", set.members.len(), keys.len()));
        Ok(set)
    }

    fn log(&mut self, plan: &Plan, set: &SetStatement) -> Result<(), VerifyError> {
        let published: PublishedLog = statement::decode(self.file(name::LOG)?).map_err(at(name::LOG))?;
        let mut log = Log::new();
        for (id, sequence) in &published.entries {
            log.append(&LogEntry { id: Hash::new(*id.as_bytes()), sequence: *sequence }.leaf());
        }
        let keeper = plan.charter.coordinator.verifier().map_err(at(name::CHARTER))?;
        let policy = Policy::log_alone(keeper);
        for text in &published.checkpoints {
            let note = |source| fail(name::LOG, FederationError::Signature { what: "a checkpoint", source });
            let signed = UnverifiedCheckpoint::decode(text.as_bytes()).and_then(|c| c.verify(&policy)).map_err(note)?;
            let head = signed.checkpoint();
            if log.root_at(head.size()).ok() != Some(head.root()) {
                return Err(fail(
                    name::LOG,
                    rule("a signed checkpoint does not fit the entries: the log was rewritten"),
                ));
            }
        }
        if log.size() != set.log_size || log.root().as_bytes() != set.log_root.as_bytes() {
            return Err(fail(name::LOG, rule("it is not the log the certified set was taken from")));
        }
        let mut sequences: BTreeMap<Id, u64> = published.entries.iter().copied().collect();
        let counted =
            set.members.iter().map(|m| (m.id, m.sequence)).chain(set.noise.iter().map(|n| (n.id, n.sequence)));
        for (id, sequence) in counted {
            if sequences.remove(&id) != Some(u64::from(sequence)) {
                return Err(fail(name::SET, rule("it counts a contribution that is not in the log")));
            }
        }
        if !sequences.keys().eq(set.excluded.iter().map(|excluded| &excluded.id)) {
            return Err(fail(name::SET, rule("it does not account for every logged contribution exactly once")));
        }
        self.done(format!(
            "log of {} entries, {} checkpoints; every entry is counted or excluded with a reason",
            published.entries.len(),
            published.checkpoints.len()
        ));
        Ok(())
    }

    fn opened(&mut self, plan: &Plan, set: &SetStatement) -> Result<OpenedRound, VerifyError> {
        let set_id = statement::id_of::<SetStatement>(self.file(name::SET)?);
        let columns = Columns::of(plan, set).total();
        let mut shares = BTreeMap::new();
        for trustee in plan.threshold().trustees() {
            let file = name::share(trustee);
            let Some(bytes) = self.files.get(&file) else { continue };
            let note = self.file(&name::share_note(trustee))?;
            let (number, share) =
                opening::read_share(&plan.charter, columns, &set_id, bytes, note).map_err(at(&file))?;
            if number != trustee {
                return Err(fail(&file, rule("it is another trustee's share")));
            }
            shares.insert(trustee, share);
        }
        let opened = opening::open(plan, set, set_id, &shares).map_err(at(name::TOTALS))?;
        let published: OpenedRound = statement::decode(self.file(name::TOTALS)?).map_err(at(name::TOTALS))?;
        if published != opened {
            return Err(fail(name::TOTALS, rule("the totals do not follow from the sum shares")));
        }
        self.done(format!(
            "totals: {} of {} sum shares agree in every one of {columns} columns ({} needed)",
            opened.agreeing.len(),
            plan.charter.trustees.len(),
            plan.charter.quorum
        ));
        Ok(opened)
    }

    fn closing(&mut self, plan: &Plan) -> Result<(), VerifyError> {
        let mut closed = 0;
        for trustee in plan.threshold().trustees() {
            let file = name::closing(trustee);
            let Some(bytes) = self.files.get(&file) else { continue };
            let said: ClosingStatement = statement::decode(bytes).map_err(at(&file))?;
            let note = self.file(&name::closing_note(trustee))?;
            let index = usize::from(trustee) - 1;
            let keys = plan.charter.trustee_keys().map_err(at(name::CHARTER))?;
            let key = keys.get(index).cloned().into_iter().collect::<Vec<_>>();
            statement::verify::<ClosingStatement>(bytes, note, &key, 1).map_err(at(&name::closing_note(trustee)))?;
            if said.trustee != trustee || said.round != plan.manifest.round || said.study != plan.manifest.study {
                return Err(fail(&file, rule("it belongs to another trustee or round")));
            }
            closed += 1;
        }
        self.done(format!("{closed} trustees say they destroyed the round's keys"));
        Ok(())
    }

    fn benchmark(&mut self, derived: &Benchmark) -> Result<(), VerifyError> {
        let published = self.file(name::BENCHMARK)?;
        let mut bytes = serde_json::to_vec_pretty(derived).unwrap_or_default();
        bytes.push(b'\n');
        if published != bytes {
            return Err(fail(name::BENCHMARK, rule("its figures do not follow from the totals")));
        }
        self.done(format!("benchmark: all {} rows follow from the totals", derived.rows.len()));
        Ok(())
    }
}

fn note_signers(note: &[u8]) -> String {
    let text = String::from_utf8_lossy(note);
    let lines = text.lines().filter_map(|line| line.strip_prefix("\u{2014} "));
    lines.filter_map(|line| line.split(' ').next()).collect::<Vec<_>>().join(", ")
}

fn rule(rule: &str) -> FederationError {
    FederationError::Rule { what: "the transcript", rule: rule.to_owned() }
}

fn fail(file: &str, source: FederationError) -> VerifyError {
    VerifyError { file: file.to_owned(), source: Box::new(source) }
}

fn at(file: &str) -> impl Fn(FederationError) -> VerifyError + use<> {
    let file = file.to_owned();
    move |source| VerifyError { file: file.clone(), source: Box::new(source) }
}
