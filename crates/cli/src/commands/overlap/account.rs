//! What a run writes into the ledger file: the members' salts, the commitments, the charge.
//!
//! Every run over a set for a purpose records the set's commitment, one attempt after the other. What is published is
//! recorded before anybody sees it, and then that it was put in place:
//!
//! | recorded for the last attempt | what it means | the next run over these sets |
//! |---|---|---|
//! | commitment only | it was stopped before noise was drawn or kept; nobody saw a count | a new attempt with new keys and a charge of its own |
//! | and the counts | it was stopped before they were put in place | puts those counts in place; no new noise, no charge |
//! | and that they were put in place | it ended | is refused |

use super::plan::Plan;
use crate::account::{LedgerFile, OVERLAP_PREFIX, State, exact};
use crate::trust::DELTA_LIMIT_BITS;
use crate::{Failure, Place, Problem, round};
use guildhall_dp::central::{Account, Mechanism, Price, Unit};
use guildhall_kpi::Rational;
use guildhall_ledger::{Charge, Limit, NO_DELTA};
use guildhall_pseudonym::overlap::{Enrolled, Enrolment, REGION_CHANGE, SetSalt, Terms};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::path::{Path, PathBuf};

/// The charge of a run, as the ledger holds it.
pub(super) struct Charged {
    pub(super) index: u64,
    pub(super) entry: String,
}

/// The budget of a plan's data set.
pub(super) struct Budget<'p> {
    plan: &'p Plan,
    path: PathBuf,
    file: LedgerFile,
}

impl<'p> Budget<'p> {
    /// Opens the ledger, or creates it.
    ///
    /// # Errors
    /// If it is no ledger, or does not verify; if others can read it, since it holds the members' salts.
    pub(super) fn open(plan: &'p Plan, path: &Path) -> Result<Self, Failure> {
        if path.exists() {
            crate::commands::check_private(path)?;
        }
        Ok(Self { plan, path: path.to_owned(), file: LedgerFile::open(path)? })
    }

    /// Whether the ledger would grant the cost now.
    ///
    /// # Errors
    /// Why it would not.
    pub(super) fn would_grant(&self) -> Result<(), Failure> {
        self.file.would_grant(&self.charge_of("dry-run"), &self.limit())
    }

    /// What is left, in words.
    pub(super) fn words(&self) -> String {
        let account = self.file.ledger().account(&self.subject(), "all");
        account.map_or_else(|| fresh(self.plan), |account| State::of(account).words())
    }

    /// What was spent, exactly.
    ///
    /// # Errors
    /// If the fraction is too fine to be written.
    pub(super) fn spent(&self) -> Result<Rational, Failure> {
        let parts = self.file.ledger().spent(&self.subject(), "all").epsilon_parts();
        let spent = parts.and_then(|(numerator, denominator)| Rational::new(numerator, denominator));
        spent.ok_or_else(|| guildhall_dp::Error::TooFine.into())
    }

    /// A member's salt, drawn at its first run and kept.
    ///
    /// # Errors
    /// If there is no randomness, or the file fails.
    pub(super) fn salt(&mut self, member: &str) -> Result<SetSalt, Failure> {
        let key = format!("{OVERLAP_PREFIX}salt/{}/{}", self.plan.data_set, hex(member.as_bytes()));
        let kept = |bytes: Vec<u8>| bytes.try_into().ok().map(SetSalt::kept);
        if let Some(bytes) = self.file.recorded(&key)? {
            return kept(bytes).ok_or_else(|| self.damaged());
        }
        let drawn = SetSalt::draw().map_err(|error| super::failure(&error))?;
        // Another process may have been faster; then what it recorded stands.
        if self.file.record_new(&[(key.clone(), drawn.expose_bytes().to_vec())])? {
            return Ok(drawn);
        }
        self.file.recorded(&key)?.and_then(kept).ok_or_else(|| self.damaged())
    }

    /// Keeps other runs away from the ledger until it is dropped.
    ///
    /// # Errors
    /// With exit code 75 while another run goes on.
    pub(super) fn alone(&self) -> Result<File, Failure> {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        let path = round::parent(&self.path).join(format!(".{name}.overlap-lock"));
        let lock = File::options().create(true).truncate(false).write(true).open(&path).map_err(|error| {
            let problem = Problem::new("U0005", "the ledger cannot be locked").why(error.to_string());
            problem.remedy("name a ledger in a folder that can be written").at(Place::file(&path))
        })?;
        lock.try_lock().map_err(|_| {
            let problem = Problem::new("R0753", "another run over shared customers is using the ledger");
            problem.remedy("wait until it is done").at(Place::file(&self.path))
        })?;
        Ok(lock)
    }

    /// What became of earlier runs over these sets for this purpose.
    ///
    /// # Errors
    /// With exit code 6 where counts over one of the sets were put in place, or belong to other members as well.
    pub(super) fn earlier(&self, enrolled: &[Enrolled]) -> Result<Earlier, Failure> {
        let mut found = Earlier::default();
        let mut runs = Vec::new();
        for member in enrolled.iter().map(Enrolled::enrolment) {
            let Some((attempt, run)) = self.last_attempt(member)? else { continue };
            let shown = self.file.recorded(&shown_key(&run))?.is_some();
            let kept = self.file.recorded(&counts_key(&run))?;
            if shown || (kept.is_some() && runs.first().is_some_and(|(known, _)| *known != run)) {
                return Err(self.again(member.name()));
            }
            found.attempts = found.attempts.max(attempt);
            found.charged |= self.is_charged(&run);
            runs.push((run, (member.name().to_owned(), kept)));
        }
        let Some((run, (name, Some(kept)))) = runs.first().cloned() else { return Ok(found) };
        let counts = Counts::decode(&kept).ok_or_else(|| self.damaged())?;
        if runs.iter().any(|(other, _)| *other != run) || counts.members != self.plan.members {
            return Err(self.again(&name));
        }
        found.kept = Some((run, counts));
        Ok(found)
    }

    /// The last run that recorded a set's commitment, and its number among them.
    fn last_attempt(&self, member: &Enrolment) -> Result<Option<(u32, String)>, Failure> {
        let mut last = None;
        for attempt in 1.. {
            let Some(value) = self.file.recorded(&commitment_key(member, attempt))? else { break };
            let text = String::from_utf8(value).map_err(|_| self.damaged())?;
            let run = text.split_once(' ').ok_or_else(|| self.damaged())?.1;
            last = Some((attempt, run.to_owned()));
        }
        Ok(last)
    }

    fn is_charged(&self, run: &str) -> bool {
        let of_run = |entry: &guildhall_ledger::Entry| entry.charge().id.ends_with(&format!("/{run}"));
        self.file.ledger().entries().iter().any(of_run)
    }

    /// Logs the commitments of a run, durably and before it begins, each behind the attempts there were.
    ///
    /// # Errors
    /// If one was logged meanwhile, or the file fails.
    pub(super) fn log(&mut self, terms: &Terms) -> Result<(), Failure> {
        let run = format!("{} {}", self.plan.id, terms.digest());
        let mut batch = Vec::new();
        for member in terms.members() {
            let attempt = self.last_attempt(member)?.map_or(1, |(attempt, _)| attempt + 1);
            batch.push((commitment_key(member, attempt), run.clone().into_bytes()));
        }
        if self.file.record_new(&batch)? { Ok(()) } else { Err(self.again("a member")) }
    }

    /// Keeps what is published, durably and before anybody sees it: whatever happens then, noise is not drawn again.
    ///
    /// # Errors
    /// If the file fails.
    pub(super) fn keep(&mut self, run: &str, counts: &Counts) -> Result<(), Failure> {
        let kept = self.file.record_new(&[(counts_key(run), counts.encode())])?;
        if kept { Ok(()) } else { Err(self.damaged()) }
    }

    /// Records that what was kept was put in place.
    ///
    /// # Errors
    /// If the file fails.
    pub(super) fn shown(&mut self, run: &str) -> Result<(), Failure> {
        self.file.record_new(&[(shown_key(run), b"put in place".to_vec())]).map(drop)
    }

    /// Charges the run, durably and before it begins.
    ///
    /// # Errors
    /// If the limit does not allow it, with exit code 6; if the file fails.
    pub(super) fn charge(&mut self, terms: &Terms) -> Result<Charged, Failure> {
        let (charge, limit) = (self.charge_of(&terms.digest().to_string()), self.limit());
        let entry = self.file.charge(charge, &limit)?;
        Ok(Charged { index: entry.index(), entry: entry.hash().to_string() })
    }

    /// The same as for other releases about the same customers, so that all of them add up.
    fn subject(&self) -> String {
        format!("{}/{}", self.plan.data_set, Unit::Customer)
    }

    fn limit(&self) -> Limit {
        Limit { epsilon: exact(self.plan.limit), delta_bits: DELTA_LIMIT_BITS, rho: None }
    }

    fn charge_of(&self, run: &str) -> Charge {
        Charge {
            id: format!("{}/{run}", self.plan.id),
            subject: self.subject(),
            window: "all".to_owned(),
            epsilon: exact(self.plan.epsilon),
            delta_bits: NO_DELTA,
            rho: None,
            column: None,
            purpose: self.plan.purpose.clone(),
        }
    }

    fn again(&self, member: &str) -> Failure {
        let message = format!("the set of {member:?} was compared for this purpose before");
        let problem = Problem::new("P0652", message).at(Place::file(&self.path));
        problem
            .why("comparing one set again and again lets the noise be averaged out, or single customers be asked about")
            .remedy(
                "use the counts that were published, or compare new sets; the members must be the same to finish a run",
            )
            .into()
    }

    fn damaged(&self) -> Failure {
        let problem = Problem::new("V0703", "the ledger holds a salt that is none").at(Place::file(&self.path));
        problem.remedy("restore the file from where it was last verified").into()
    }
}

/// The words for a budget nobody charged yet.
pub(super) fn fresh(plan: &Plan) -> String {
    format!("epsilon 0 of {} spent", plan.limit)
}

/// Noise that was paid for: [`Budget::charge`] came first.
///
/// The mechanism counts rows that are added or taken away. Whatever a customer does takes one row from a combination and
/// adds one to another, which is [`REGION_CHANGE`] such steps: each of them is drawn at that part of epsilon.
pub(super) struct Paid {
    share: Rational,
    used: bool,
}

impl Paid {
    /// The noise a plan pays for.
    ///
    /// # Errors
    /// If epsilon is too fine a fraction.
    pub(super) fn new(plan: &Plan) -> Result<Self, Failure> {
        Ok(Self { share: share(plan)?, used: false })
    }
}

/// Epsilon of one step.
pub(super) fn share(plan: &Plan) -> Result<Rational, Failure> {
    let parts = plan.epsilon.denominator().checked_mul(REGION_CHANGE);
    let share = parts.and_then(|denominator| Rational::new(plan.epsilon.numerator(), denominator));
    share.ok_or_else(|| guildhall_dp::Error::TooFine.into())
}

impl Account for Paid {
    type Error = Failure;

    fn charge(&mut self, price: &Price) -> Result<(), Failure> {
        let paid = Mechanism::Laplace { epsilon: self.share }.price(Unit::Row);
        if self.used || *price != paid {
            return Err(Problem::new("U0009", "noise was asked for that was not paid for").into());
        }
        self.used = true;
        Ok(())
    }
}

/// What earlier runs over some sets left.
#[derive(Default)]
pub(super) struct Earlier {
    /// How many there were.
    pub(super) attempts: u32,
    /// Whether the last one of a set was charged.
    pub(super) charged: bool,
    /// The run whose counts are kept and were not put in place, and they.
    pub(super) kept: Option<(String, Counts)>,
}

/// What is published of a run, as it is kept.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Counts {
    /// The members, in the order of the plan.
    pub(super) members: Vec<String>,
    /// The page.
    pub(super) html: String,
    /// The same for programs.
    pub(super) json: String,
    /// The same for a terminal.
    pub(super) text: String,
}

impl Counts {
    fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }
}

fn commitment_key(member: &Enrolment, attempt: u32) -> String {
    let first = format!("{OVERLAP_PREFIX}set/{}", hex(member.commitment().as_bytes()));
    if attempt == 1 { first } else { format!("{first}/{attempt}") }
}

fn counts_key(run: &str) -> String {
    format!("{OVERLAP_PREFIX}counts/{run}")
}

fn shown_key(run: &str) -> String {
    format!("{OVERLAP_PREFIX}shown/{run}")
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
