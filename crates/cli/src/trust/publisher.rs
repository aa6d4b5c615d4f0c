//! Pays for a release from a ledger file: one durable charge for the whole of it, before any noise is drawn.

use crate::account::{DELTA_LIMIT_BITS, LedgerFile, Published, State, exact, limit_of};
use crate::member_ledgers::is_of_round;
use crate::{Failure, Problem};
use guildhall_dp::Loss;
use guildhall_dp::central::{Account, Price};
use guildhall_dp::{Measure, Rho};
use guildhall_federation::transcript::Files;
use guildhall_kpi::{Rational, Release};
use guildhall_ledger::{Charge, Limit, NO_DELTA};
use guildhall_trust::Spec;
use std::path::Path;

/// The account of a data set, and the charge that was made to it.
pub(crate) struct Publisher<'a> {
    spec: &'a Spec,
    file: LedgerFile,
    /// Whether an id that was charged before may be paid for once more.
    again: bool,
    paid: Option<Paid>,
}

/// A charge that was made, and its place in the ledger.
struct Paid {
    index: u64,
    entry: String,
    charge: Charge,
}

impl<'a> Publisher<'a> {
    /// Opens the ledger, or creates it.
    ///
    /// # Errors
    /// If it is no ledger, or does not verify.
    pub(crate) fn open(spec: &'a Spec, ledger: &Path) -> Result<Self, Failure> {
        Ok(Self { spec, file: LedgerFile::open(ledger)?, again: false, paid: None })
    }

    /// Lets an id be paid for that was charged before.
    pub(crate) fn again(self, again: bool) -> Self {
        Self { again, ..self }
    }

    /// The budget's owner in the ledger.
    pub(crate) fn subject(&self) -> String {
        format!("{}/{}", self.spec.data_set, self.spec.unit.kind.name())
    }

    /// The window in the ledger: everything, because the same customer may be in any window of a data set.
    pub(crate) const fn window(&self) -> &'static str {
        "all"
    }

    /// Refuses another unit than the one the data set was charged for: its budget would be a second one.
    ///
    /// Another column is another unit as well: one order for each id protects less of a customer than all of them.
    ///
    /// # Errors
    /// With exit code 6.
    pub(crate) fn check_unit(&self) -> Result<(), Failure> {
        let (subject, prefix) = (self.subject(), format!("{}/", self.spec.data_set));
        // Rounds charge members and customers alike, so that neither is a second budget beside the other.
        let charges = self.file.ledger().entries().iter().map(guildhall_ledger::Entry::charge);
        let releases: Vec<_> = charges.filter(|charge| !is_of_round(charge)).collect();
        let mut subjects = releases.iter().map(|charge| charge.subject.as_str());
        if let Some(other) = subjects.find(|other| other.starts_with(&prefix) && *other != subject) {
            return Err(self.other_unit(other, &subject));
        }
        let own = releases.iter().filter(|charge| charge.subject == subject);
        let column = self.spec.unit.kind.column();
        let mut columns = own.filter_map(|charge| charge.column.as_deref());
        match (columns.find(|other| Some(*other) != column), column) {
            (Some(other), Some(column)) => {
                Err(self.other_unit(&format!("column {other:?}"), &format!("column {column:?}")))
            }
            _ => Ok(()),
        }
    }

    fn other_unit(&self, was: &str, becomes: &str) -> Failure {
        let message =
            format!("{:?} was charged as {was}, so its unit of privacy cannot become {becomes}", self.spec.data_set);
        Problem::new("P0607", message).remedy("keep the unit and the column of the first release").into()
    }

    /// Refuses a release whose id was charged before, unless it may be paid for again.
    ///
    /// The charge itself refuses it once more: another publisher may make it in between.
    ///
    /// # Errors
    /// With exit code 8.
    pub(crate) fn check_new(&self) -> Result<(), Failure> {
        if self.again { Ok(()) } else { self.file.has_none_of(&self.subject(), &self.family()) }
    }

    /// What the ids of all charges of this release begin with.
    fn family(&self) -> String {
        format!("{}/", self.spec.id)
    }

    /// What is left before this release, in words.
    pub(crate) fn words(&self) -> String {
        let account = self.file.ledger().account(&self.subject(), self.window());
        account.map_or_else(|| nothing_spent(self.spec), |account| State::of(account).words())
    }

    /// Whether the ledger would grant a price now; nothing is charged.
    ///
    /// # Errors
    /// Why it would not.
    pub(crate) fn would_grant(&self, price: &Price) -> Result<(), Failure> {
        self.check_unit()?;
        self.file.would_grant(&self.charge_of(price)?, &self.limit())
    }

    fn limit(&self) -> Limit {
        limit_of(&self.spec.limit)
    }

    /// The charge of a price, under an id no other run can have.
    ///
    /// A cost in rho is charged as the epsilon and delta of the release that it was calibrated to.
    fn charge_of(&self, price: &Price) -> Result<Charge, Failure> {
        let delta = price.charge().delta().clone();
        let (loss, rho) = match price.charge().measure() {
            Measure::Epsilon(epsilon) => (Loss::exact(epsilon.clone(), delta)?, None),
            Measure::Rho(rho) => (self.converted(rho, delta)?, Some(exact(rho.rational()?))),
        };
        let bits = Some(loss.delta_bits()).filter(|bits| *bits < Loss::NO_DELTA_BITS).unwrap_or(NO_DELTA);
        Ok(Charge {
            id: format!("{}{}", self.family(), nonce()?),
            subject: self.subject(),
            window: self.window().to_owned(),
            epsilon: exact(loss.epsilon()?),
            delta_bits: bits,
            rho,
            column: self.spec.unit.kind.column().map(str::to_owned),
            purpose: self.spec.title.clone(),
        })
    }

    /// The epsilon and delta of the specification, if a rho stays within them.
    fn converted(&self, rho: &Rho, delta: num_rational::BigRational) -> Result<Loss, Failure> {
        let stated = self.spec.delta_bits.unwrap_or(DELTA_LIMIT_BITS);
        // Half of delta where something else of the release may fail as well.
        let bits = stated + u32::from(delta != num_rational::BigRational::from_integer(0.into()));
        let loss = rho.to_approx(bits)?.and(&Loss::exact(num_rational::BigRational::from_integer(0.into()), delta)?);
        let limit = Loss::of(self.spec.epsilon, 1, stated);
        if loss.within(&limit) { Ok(limit) } else { Err(guildhall_dp::Error::Calibration.into()) }
    }

    /// Notes in the ledger, without cost, what the charge was spent on: the digests of the release's files.
    ///
    /// # Errors
    /// If the ledger fails; the release must not be shown then.
    pub(crate) fn seal(&mut self, files: &Files) -> Result<(), Failure> {
        let Some(paid) = &self.paid else { return Ok(()) };
        let (note, limit) = (Published::of(&paid.charge, files), self.limit());
        self.file.charge(note, &limit).map(|_| ())
    }

    /// States in a release what was paid and what is left.
    ///
    /// # Errors
    /// If what was spent is too fine a fraction to be written.
    pub(crate) fn state(&self, release: &mut Release) -> Result<(), Failure> {
        let unwritable = || Failure::from(guildhall_dp::Error::TooFine);
        let protection = &mut release.protection;
        if let Some(Paid { index, entry, .. }) = &self.paid {
            (protection.ledger_index, protection.ledger_entry) = (*index, entry.clone());
        }
        let account = self.file.ledger().account(&self.subject(), self.window()).ok_or_else(unwritable)?;
        protection.spent = State::of(account).epsilon()?;
        let limit = account.limit().epsilon;
        protection.limit = Rational::new(limit.numerator(), limit.denominator()).ok_or_else(unwritable)?;
        if account.limit().rho.is_some() {
            let words = State::of(account).words();
            release
                .notes
                .push(format!("The budget of this data set is counted in rho: {words}, this release included."));
        }
        Ok(())
    }
}

/// What is said of a budget before its first charge.
pub(crate) fn nothing_spent(spec: &Spec) -> String {
    let measure = if spec.limit.rho().is_some() { "nothing" } else { "epsilon 0" };
    format!("{measure} of {} spent", spec.limit)
}

impl Account for Publisher<'_> {
    type Error = Failure;

    fn charge(&mut self, price: &Price) -> Result<(), Failure> {
        let (charge, limit) = (self.charge_of(price)?, self.limit());
        let family = self.family();
        let entry = match self.again {
            true => self.file.charge(charge, &limit)?,
            false => self.file.charge_first(charge, &limit, &family)?,
        };
        let (index, entry, charge) = (entry.index(), entry.hash().to_string(), entry.charge().clone());
        self.paid = Some(Paid { index, entry, charge });
        Ok(())
    }
}

/// 128 random bits, so that no two runs share a charge.
pub(crate) fn nonce() -> Result<String, Failure> {
    let mut bytes = [0u8; 16];
    let filled = rand::TryRng::try_fill_bytes(&mut rand::rngs::SysRng, &mut bytes);
    filled.map_err(|error| {
        let problem = Problem::new("K0403", "the operating system gives no randomness").why(error.to_string());
        Failure::from(problem.remedy("repeat the command"))
    })?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
