//! The chain over records.

use super::account::{Account, overlap};
use super::{BudgetError, Charge, Entry, Limit, Spent, UnverifiedEntry};
use crate::{Hash, RecordError, Records};
use std::collections::BTreeMap;

const PREFIX: &str = "budget/entry/";
/// How often another process may come first before the caller is asked to try again.
const ATTEMPTS: u32 = 10_000;

/// The verified chain of charges of one store, and the sums that follow from it.
#[derive(Clone, Debug, Default)]
pub struct BudgetLedger {
    entries: Vec<Entry>,
    by_id: BTreeMap<String, usize>,
    accounts: Accounts,
}

/// Accounts by subject and window.
type Accounts = BTreeMap<(String, String), Account>;

impl BudgetLedger {
    /// What the keys of all its records start with.
    pub const PREFIX: &str = PREFIX;

    /// Reads and verifies the whole chain.
    ///
    /// # Errors
    /// Those of [`UnverifiedEntry`], [`BudgetError::Exceeded`] and [`BudgetError::Conflict`] where an entry should
    /// never have been granted, [`BudgetError::Records`].
    pub fn open(records: &dyn Records) -> Result<Self, BudgetError> {
        let mut ledger = Self::default();
        for (key, bytes) in records.list(PREFIX)? {
            let entry = UnverifiedEntry::decode(&bytes)?.verify(ledger.length(), ledger.head())?;
            if key != key_of(entry.index()) {
                return Err(BudgetError::Gap { expected: ledger.length(), found: entry.index() });
            }
            ledger.add(entry)?;
        }
        Ok(ledger)
    }

    /// Reads the chain again from the records and checks that it continues what is known here.
    ///
    /// # Errors
    /// Those of [`Self::open`]; [`BudgetError::Gap`] or [`BudgetError::Broken`] if it was cut or replaced.
    pub fn verify_chain(&self, records: &dyn Records) -> Result<(), BudgetError> {
        let fresh = Self::open(records)?;
        let known = self.length();
        match fresh.head_at(known) {
            None => Err(BudgetError::Gap { expected: known, found: fresh.length() }),
            Some(computed) if computed != self.head() => {
                Err(BudgetError::Broken { index: known, claimed: self.head(), computed })
            }
            Some(_) => Ok(()),
        }
    }

    /// Charges, durably before it returns; the same charge again changes nothing.
    ///
    /// Returns what its subject has spent on its window, this charge included.
    ///
    /// # Errors
    /// [`BudgetError::Exceeded`], [`BudgetError::Conflict`], those of a bad charge, [`BudgetError::Records`].
    pub fn charge(&mut self, records: &mut dyn Records, charge: Charge, limit: &Limit) -> Result<Spent, BudgetError> {
        let (subject, window) = charge.account();
        self.charge_all(records, &[charge], limit)?;
        Ok(self.spent(&subject, &window))
    }

    /// Charges as [`Self::charge`], but only if no charge of the same subject has an id that begins with `family`.
    ///
    /// Decided anew whenever another process came first, so that of several that race one charges.
    ///
    /// # Errors
    /// [`BudgetError::Taken`] if one has; those of [`Self::charge`].
    pub fn charge_first(
        &mut self,
        records: &mut dyn Records,
        charge: Charge,
        limit: &Limit,
        family: &str,
    ) -> Result<Spent, BudgetError> {
        let (subject, window) = charge.account();
        self.append(records, &[charge], limit, |ledger| ledger.has_none_of(&subject, family))?;
        Ok(self.spent(&subject, &window))
    }

    /// Whether a charge would be granted after what is known here; nothing is charged.
    ///
    /// # Errors
    /// As [`Self::charge`], the records aside.
    pub fn check(&self, charge: &Charge, limit: &Limit) -> Result<(), BudgetError> {
        self.plan(std::slice::from_ref(charge), limit).map(|_| ())
    }

    /// Whether several charges would be granted together; nothing is charged.
    ///
    /// # Errors
    /// As [`Self::check`], for the first charge that fails.
    pub fn check_all(&self, charges: &[Charge], limit: &Limit) -> Result<(), BudgetError> {
        self.plan(charges, limit).map(|_| ())
    }

    /// Charges several subjects or windows: all of them, or on any error none.
    ///
    /// # Errors
    /// As [`Self::charge`], for the first charge that fails.
    pub fn charge_all(
        &mut self,
        records: &mut dyn Records,
        charges: &[Charge],
        limit: &Limit,
    ) -> Result<(), BudgetError> {
        self.append(records, charges, limit, |_| Ok(()))
    }

    /// Appends charges to the newest chain, if `allowed` says so of that chain.
    fn append(
        &mut self,
        records: &mut dyn Records,
        charges: &[Charge],
        limit: &Limit,
        allowed: impl Fn(&Self) -> Result<(), BudgetError>,
    ) -> Result<(), BudgetError> {
        for _ in 0..ATTEMPTS {
            self.catch_up(records)?;
            allowed(self)?;
            let mut next = self.plan(charges, limit)?;
            let batch: Vec<_> = next.iter().map(|entry| (key_of(entry.index()), entry.as_bytes().to_vec())).collect();
            match records.record_all(&batch) {
                Ok(_) => return next.drain(..).try_for_each(|entry| self.add(entry)),
                // Another process took the place in the chain: look at what it charged, then decide again.
                Err(RecordError::Conflict { .. }) => {}
                Err(other) => return Err(other.into()),
            }
        }
        Err(BudgetError::Busy)
    }

    /// Refuses where a charge of the subject has an id that begins with `family`.
    ///
    /// # Errors
    /// [`BudgetError::Taken`].
    pub fn has_none_of(&self, subject: &str, family: &str) -> Result<(), BudgetError> {
        let taken = |charge: &Charge| charge.subject == subject && charge.id.starts_with(family);
        match self.entries.iter().map(Entry::charge).any(taken) {
            true => Err(BudgetError::Taken { family: family.to_owned() }),
            false => Ok(()),
        }
    }

    /// The sum of a subject's charges to a data window.
    pub fn spent(&self, subject: &str, window: &str) -> Spent {
        self.account(subject, window).map(|account| account.spent().clone()).unwrap_or_default()
    }

    /// The budget of a subject over a data window; `None` before its first charge.
    pub fn account(&self, subject: &str, window: &str) -> Option<&Account> {
        self.accounts.get(&(subject.to_owned(), window.to_owned()))
    }

    /// Every account with its subject and window, sorted.
    pub fn accounts(&self) -> impl Iterator<Item = (&str, &str, &Account)> {
        self.accounts.iter().map(|((subject, window), account)| (subject.as_str(), window.as_str(), account))
    }

    /// All entries, oldest first.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Number of entries.
    pub fn length(&self) -> u64 {
        self.entries.len() as u64
    }

    /// Hash of the newest entry; zeros while there is none. Log it, so that a cut can be shown.
    pub fn head(&self) -> Hash {
        self.entries.last().map_or(Entry::ORIGIN, Entry::hash)
    }

    /// The head when the chain had this length; `None` if it is shorter.
    pub fn head_at(&self, length: u64) -> Option<Hash> {
        let Some(last) = length.checked_sub(1) else { return Some(Entry::ORIGIN) };
        self.entries.get(usize::try_from(last).ok()?).map(Entry::hash)
    }

    /// Reads what other processes have added, to a chain that still ends in what is known here.
    fn catch_up(&mut self, records: &dyn Records) -> Result<(), BudgetError> {
        if let Some(last) = self.entries.last() {
            let stored = records.get(&key_of(last.index()))?;
            if stored.as_deref() != Some(last.as_bytes()) {
                return Err(BudgetError::Gap { expected: self.length(), found: last.index() });
            }
        }
        while let Some(bytes) = records.get(&key_of(self.length()))? {
            let entry = UnverifiedEntry::decode(&bytes)?.verify(self.length(), self.head())?;
            self.add(entry)?;
        }
        Ok(())
    }

    /// The entries to append, as if each were granted after the one before.
    fn plan(&self, charges: &[Charge], limit: &Limit) -> Result<Vec<Entry>, BudgetError> {
        limit.check()?;
        let mut accounts = self.accounts.clone();
        let mut fresh: BTreeMap<&str, &Charge> = BTreeMap::new();
        let mut next: Vec<Entry> = Vec::new();
        for charge in charges {
            charge.check()?;
            let known = self.by_id.get(&charge.id).and_then(|at| self.entries.get(*at)).map(Entry::charge);
            match known.or_else(|| fresh.get(charge.id.as_str()).copied()) {
                Some(same) if same == charge => continue,
                Some(_) => return Err(BudgetError::Conflict { id: charge.id.clone() }),
                None => fresh.insert(&charge.id, charge),
            };
            grant(&mut accounts, charge, limit)?;
            let previous = next.last().map_or(self.head(), Entry::hash);
            next.push(Entry::new(self.length() + next.len() as u64, previous, charge.clone(), *limit)?);
        }
        Ok(next)
    }

    fn add(&mut self, entry: Entry) -> Result<(), BudgetError> {
        let charge = entry.charge();
        if self.by_id.contains_key(&charge.id) {
            return Err(BudgetError::Conflict { id: charge.id.clone() });
        }
        grant(&mut self.accounts, charge, &entry.limit())?;
        self.by_id.insert(charge.id.clone(), self.entries.len());
        self.entries.push(entry);
        Ok(())
    }
}

/// Adds a charge to its account, if the limit allows it and no other window of the subject shares its data.
fn grant(accounts: &mut Accounts, charge: &Charge, limit: &Limit) -> Result<(), BudgetError> {
    let key = charge.account();
    let of_subject = accounts.range((key.0.clone(), String::new())..).take_while(|((subject, _), _)| *subject == key.0);
    let other = of_subject.map(|((_, window), _)| window).find(|window| **window != key.1 && overlap(window, &key.1));
    if let Some(other) = other {
        let (subject, window, other) = (key.0, key.1, other.clone());
        return Err(BudgetError::Overlap { subject, window, other });
    }
    let granted = Account::grant(accounts.get(&key), charge, limit)?;
    accounts.insert(key, granted);
    Ok(())
}

/// Twenty digits hold every `u64`, so that keys sort as numbers.
fn key_of(index: u64) -> String {
    format!("{PREFIX}{index:020}")
}
