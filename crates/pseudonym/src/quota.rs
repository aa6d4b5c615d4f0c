//! Quotas: how many evaluations a member gets per window, counted durably by each trustee by itself.
//!
//! What a member may ask it can use to guess: a quota of 10,000 a day leaves 116 days for the million most likely
//! values. The count is recorded before the answer is computed, so neither a crash nor a copy of the reply saves any.
//!
//! Assumption: the caller's clock. If it goes back, the latest window that was counted goes on, so that no quota is
//! given twice. A window that has begun goes on to its own end, also if the trustees agree on another length
//! meanwhile, so that no change gives the quota again.

use crate::key::Domain;
use crate::store::{Store, StoreError};
use crate::when::utc;
use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

/// Most requests that can be recorded in one window.
const MAX_REQUESTS: u32 = 99_999_999;
/// Evaluations used (4), end of the window (8), time of the request (8), its hash (32).
const RECORD_BYTES: usize = 4 + 8 + 8 + 32;

/// How much a member may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Evaluations per window.
    pub evaluations: NonZeroU32,
    /// Length of a window, in seconds.
    pub window: NonZeroU32,
}

/// What a member may still ask one trustee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Evaluations that are left in the window.
    pub left: u32,
    /// Evaluations per window.
    pub limit: u32,
    /// The first second after the window, since 1970.
    pub until: u64,
}

/// A member's name as the channel states it: 1 to 64 letters, digits, dots, hyphens or underscores.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct MemberName(String);

/// A text that is no member's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a member's name has 1 to 64 letters, digits, dots, hyphens or underscores")]
pub struct NotAName;

/// Why a request is not counted and not answered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QuotaError {
    /// It would exceed the quota.
    #[error(
        "{member} asked for {asked} evaluations in {domain}, but {left} of {limit} are left until {}; the refusal is \
         recorded",
        utc(*until)
    )]
    Exceeded {
        /// Who asked.
        member: MemberName,
        /// In which domain.
        domain: Domain,
        /// How many.
        asked: u32,
        /// How many are left.
        left: u32,
        /// How many there are in a window.
        limit: u32,
        /// When the next window begins.
        until: u64,
    },
    /// What was recorded makes no sense.
    #[error("the count recorded for {member} is damaged; nothing is answered until it is restored")]
    Damaged {
        /// Whose.
        member: MemberName,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl FromStr for MemberName {
    type Err = NotAName;

    fn from_str(text: &str) -> Result<Self, NotAName> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        if (1..=64).contains(&text.len()) && text.bytes().all(fits) { Ok(Self(text.to_owned())) } else { Err(NotAName) }
    }
}

impl MemberName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MemberName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What was counted so far in a window.
#[derive(Clone, Copy, Default)]
struct Count {
    /// Its first second.
    start: u64,
    /// The first second after it.
    end: u64,
    requests: u32,
    used: u32,
}

impl Count {
    /// What was counted in the window of a time: this one while it lasts or the clock is behind it, else a new one.
    fn at(self, now: u64, quota: Quota) -> Self {
        if now < self.end {
            return self;
        }
        let length = u64::from(quota.window.get());
        // A window of another grid may reach into the one that was counted last; keys go up with the start.
        let start = (now - now % length).max(self.end);
        Self { start, end: (now - now % length).saturating_add(length), requests: 0, used: 0 }
    }

    fn left(self, quota: Quota) -> u32 {
        quota.evaluations.get().saturating_sub(self.used)
    }
}

/// Counts evaluations durably, or refuses and records the refusal. Returns how many are left.
///
/// # Errors
/// [`QuotaError::Exceeded`], or if the store failed: then nothing may be answered.
pub(crate) fn charge(
    store: &mut impl Store,
    quota: Quota,
    domain: &Domain,
    member: &MemberName,
    asked: u32,
    request: &[u8; 32],
    now: u64,
) -> Result<u32, QuotaError> {
    // Another process may count at the same time: its record is then found, and this one is made after it.
    loop {
        let so_far = counted(store, domain, member)?.unwrap_or_default().at(now, quota);
        let (limit, left, until) = (quota.evaluations.get(), so_far.left(quota), so_far.end);
        if asked > left || so_far.requests >= MAX_REQUESTS {
            refuse(store, domain, member, &so_far, asked, now)?;
            let (member, domain) = (member.clone(), domain.clone());
            return Err(QuotaError::Exceeded { member, domain, asked, left, limit, until });
        }
        let used = so_far.used + asked;
        let key = format!("{}{:020}/{:08}", prefix(domain, member), so_far.start, so_far.requests + 1);
        let value = [&used.to_be_bytes()[..], &until.to_be_bytes(), &now.to_be_bytes(), request].concat();
        match store.record(&key, &value) {
            Ok(_) => return Ok(left - asked),
            Err(StoreError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// What a member has left at a time.
pub(crate) fn allowance(
    store: &impl Store,
    quota: Quota,
    domain: &Domain,
    member: &MemberName,
    now: u64,
) -> Result<Allowance, QuotaError> {
    let count = counted(store, domain, member)?.unwrap_or_default().at(now, quota);
    Ok(Allowance { left: count.left(quota), limit: quota.evaluations.get(), until: count.end })
}

fn prefix(domain: &Domain, member: &MemberName) -> String {
    format!("quota/{domain}/{member}/")
}

fn counted(store: &impl Store, domain: &Domain, member: &MemberName) -> Result<Option<Count>, QuotaError> {
    let prefix = prefix(domain, member);
    let Some((key, value)) = store.last(&prefix)? else { return Ok(None) };
    let damaged = || QuotaError::Damaged { member: member.clone() };
    let place = key.strip_prefix(&prefix).and_then(|rest| rest.split_once('/'));
    let (start, requests) = place.ok_or_else(damaged)?;
    let parsed = value.split_first_chunk().filter(|_| value.len() == RECORD_BYTES);
    let (used, rest) = parsed.ok_or_else(damaged)?;
    let end = rest.first_chunk().ok_or_else(damaged)?;
    let (used, end) = (u32::from_be_bytes(*used), u64::from_be_bytes(*end));
    match (start.parse(), requests.parse()) {
        (Ok(start), Ok(requests)) if start < end => Ok(Some(Count { start, end, requests, used })),
        _ => Err(damaged()),
    }
}

/// Records the first refusal of a window; more of them would only fill the disk of the trustee.
fn refuse(
    store: &mut impl Store,
    domain: &Domain,
    member: &MemberName,
    count: &Count,
    asked: u32,
    now: u64,
) -> Result<(), QuotaError> {
    let key = format!("refused/{domain}/{member}/{:020}", count.start);
    let value = format!("at {now}: asked for {asked}, {} used", count.used);
    match store.record(&key, value.as_bytes()) {
        Ok(_) | Err(StoreError::Conflict { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
