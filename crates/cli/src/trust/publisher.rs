//! Pays for a release from a ledger file: one durable charge for the whole of it, before any noise is drawn.

use crate::account::{LedgerFile, Published, State, exact};
use crate::member_ledgers::is_of_round;
use crate::{Failure, Problem};
use guildhall_dp::Loss;
use guildhall_dp::central::{Account, Price};
use guildhall_dp::{Measure, Rho};
use guildhall_kpi::{Protection, Rational};
use guildhall_ledger::{Charge, Limit, NO_DELTA};
use guildhall_trust::Spec;
use std::path::Path;

/// Delta of all releases of a data set together is at most `2^-20`.
pub(crate) const DELTA_LIMIT_BITS: u32 = 20;

/// The account of a data set, and the charge that was made to it.
pub(crate) struct Publisher<'a> {
    spec: &'a Spec,
    file: LedgerFile,
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
        Ok(Self { spec, file: LedgerFile::open(ledger)?, paid: None })
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
    /// # Errors
    /// With exit code 6.
    pub(crate) fn check_unit(&self) -> Result<(), Failure> {
        let (subject, prefix) = (self.subject(), format!("{}/", self.spec.data_set));
        // Rounds charge members and customers alike, so that neither is a second budget beside the other.
        let releases = self.file.ledger().entries().iter().map(guildhall_ledger::Entry::charge);
        let mut subjects = releases.filter(|charge| !is_of_round(charge)).map(|charge| charge.subject.as_str());
        let Some(other) = subjects.find(|other| other.starts_with(&prefix) && *other != subject) else { return Ok(()) };
        let message =
            format!("{:?} was charged as {other}, so its unit of privacy cannot become {subject}", self.spec.data_set);
        Err(Problem::new("P0607", message).remedy("keep the unit of the first release").into())
    }

    /// Refuses a release whose id was charged before.
    ///
    /// # Errors
    /// With exit code 8.
    pub(crate) fn check_new(&self) -> Result<(), Failure> {
        let prefix = format!("{}/", self.spec.id);
        let mut entries = self.file.ledger().entries().iter();
        let known =
            entries.any(|entry| entry.charge().id.starts_with(&prefix) && entry.charge().subject == self.subject());
        if !known {
            return Ok(());
        }
        let problem = Problem::new("R0803", format!("release {:?} was charged to this ledger before", self.spec.id));
        Err(problem.remedy("give it another id, or pay for it once more with --again").into())
    }

    /// What is left before this release, in words.
    pub(crate) fn words(&self) -> String {
        let account = self.file.ledger().account(&self.subject(), self.window());
        let fresh = || format!("epsilon 0 of {} spent", self.spec.limit);
        account.map_or_else(fresh, |account| State::of(account).words())
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
        Limit { epsilon: exact(self.spec.limit), delta_bits: DELTA_LIMIT_BITS, rho: None }
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
            id: format!("{}/{}", self.spec.id, nonce()?),
            subject: self.subject(),
            window: self.window().to_owned(),
            epsilon: exact(loss.epsilon()?),
            delta_bits: bits,
            rho,
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

    /// Notes in the ledger, without cost, what the charge was spent on: the digest of the release's JSON.
    ///
    /// # Errors
    /// If the ledger fails; the release must not be shown then.
    pub(crate) fn seal(&mut self, json: &[u8]) -> Result<(), Failure> {
        let Some(paid) = &self.paid else { return Ok(()) };
        let (note, limit) = (Published::of(&paid.charge, json), self.limit());
        self.file.charge(note, &limit).map(|_| ())
    }

    /// States in a release what was paid and what is left.
    ///
    /// # Errors
    /// If what was spent is too fine a fraction to be written.
    pub(crate) fn state(&self, protection: &mut Protection) -> Result<(), Failure> {
        let unwritable = || Failure::from(guildhall_dp::Error::TooFine);
        if let Some(Paid { index, entry, .. }) = &self.paid {
            (protection.ledger_index, protection.ledger_entry) = (*index, entry.clone());
        }
        let account = self.file.ledger().account(&self.subject(), self.window()).ok_or_else(unwritable)?;
        let spent = account.spent().epsilon_parts().and_then(|(num, den)| Rational::new(num, den));
        protection.spent = spent.ok_or_else(unwritable)?;
        let limit = account.limit().epsilon;
        protection.limit = Rational::new(limit.numerator(), limit.denominator()).ok_or_else(unwritable)?;
        Ok(())
    }
}

impl Account for Publisher<'_> {
    type Error = Failure;

    fn charge(&mut self, price: &Price) -> Result<(), Failure> {
        let (charge, limit) = (self.charge_of(price)?, self.limit());
        let entry = self.file.charge(charge, &limit)?;
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
