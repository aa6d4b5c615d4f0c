//! `guildhall pseudonym rotate`.

use super::domain::{Agreement, epoch, hexadecimal};
use super::setup::{new_epoch, now};
use super::state::State;
use super::{ceremony, failure};
use crate::Failure;
use crate::ui::Ui;
use clap::Args;
use guildhall_pseudonym::{Domain, KeyId};
use std::path::PathBuf;

const DAY: u64 = 86_400;

/// Begins a new epoch with new keys, under which every customer gets another pseudonym.
///
/// The old epoch stays in use for the days of the overlap, so that members can replace their files; then its shares are
/// destroyed with --finish, and nobody can make or resolve its pseudonyms ever again.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  guildhall pseudonym rotate crm --state crm.state --overlap-days 30
  guildhall pseudonym rotate crm --state crm.state --finish
  guildhall pseudonym rotate crm --state crm.state --renew-shares")]
pub(crate) struct Rotate {
    /// The domain
    domain: String,
    /// The folder of the trustees
    #[arg(long)]
    state: PathBuf,
    /// For how many days the old epoch stays in use
    #[arg(long, required_unless_present_any = ["renew_shares", "finish"], conflicts_with_all = ["renew_shares", "finish"])]
    overlap_days: Option<u16>,
    /// Keep the keys, and give every trustee a new share: shares stolen before are worth nothing then
    #[arg(long, conflicts_with = "finish")]
    renew_shares: bool,
    /// Destroy the shares of every epoch that is over
    #[arg(long)]
    finish: bool,
}

impl Rotate {
    pub(super) fn run(self, ui: &Ui) -> Result<(), Failure> {
        let domain: Domain = failure::read_argument(&self.domain)?;
        let state = State::open(&self.state)?;
        let mut agreement = Agreement::read(&state.agreement(&domain), &domain)?;
        if self.finish {
            finish(ui, &state, &mut agreement)?;
        } else if self.renew_shares {
            renew(ui, &state, &mut agreement)?;
        } else {
            begin(ui, &state, &mut agreement, u64::from(self.overlap_days.unwrap_or_default()))?;
        }
        if ui.json() { ui.out(&agreement.to_text()) } else { Ok(()) }
    }
}

fn begin(ui: &Ui, state: &State, agreement: &mut Agreement, days: u64) -> Result<(), Failure> {
    let now = now();
    let last = agreement.file.epochs.iter().map(|entry| entry.epoch).max().unwrap_or_default();
    let next = epoch(last.max(1))?.next().map_err(|error| failure::key(&error))?.number();
    let entry = new_epoch(state, agreement, next, now)?;
    let until = now.saturating_add(days * DAY);
    agreement.file.epochs.iter_mut().filter(|entry| entry.until.is_none()).for_each(|entry| entry.until = Some(until));
    agreement.file.epochs.push(entry);
    state.agree(agreement)?;
    ui.note(&format!("epoch {next} has begun; epoch {last} stays in use for {days} days"));
    ui.note("then: guildhall pseudonym rotate --finish, which destroys its shares for good");
    Ok(())
}

fn renew(ui: &Ui, state: &State, agreement: &mut Agreement) -> Result<(), Failure> {
    let domain = agreement.domain().clone();
    let (quorum, resolution) = (agreement.quorum(), agreement.resolution()?);
    let mut renewed = Vec::new();
    for entry in agreement.file.epochs.iter_mut().filter(|entry| !entry.destroyed) {
        let epoch = epoch(entry.epoch)?;
        let keys = ceremony::renew(state, &KeyId::pseudonyms(domain.clone(), epoch), quorum)?;
        entry.pseudonyms = hexadecimal(&keys.encode());
        renewed.push(keys);
        if let Some(quorum) = resolution.filter(|_| entry.resolution.is_some()) {
            let keys = ceremony::renew(state, &KeyId::resolution(domain.clone(), epoch), quorum)?;
            entry.resolution = Some(hexadecimal(&keys.encode()));
            renewed.push(keys);
        }
    }
    // Agreed before the old shares go: whatever stops this in between, no key is lost.
    state.agree(agreement)?;
    renewed.iter().try_for_each(|keys| ceremony::destroy_old(state, keys))?;
    ui.note(&format!("every trustee has new shares of {} keys; the old ones are destroyed", renewed.len()));
    Ok(())
}

fn finish(ui: &Ui, state: &State, agreement: &mut Agreement) -> Result<(), Failure> {
    let (domain, now) = (agreement.domain().clone(), now());
    let mut destroyed = std::collections::BTreeSet::new();
    for node in agreement.nodes() {
        let mut trustee = state.trustee(node, &domain)?;
        destroyed.extend(trustee.destroy_expired(&domain, now).map_err(|error| failure::evaluate(&error))?);
    }
    for entry in &mut agreement.file.epochs {
        entry.destroyed |= entry.until.is_some_and(|until| until <= now);
    }
    state.agree(agreement)?;
    let words: Vec<String> = destroyed.iter().map(ToString::to_string).collect();
    if words.is_empty() {
        ui.note("no epoch is over; nothing was destroyed");
    } else {
        ui.note(&format!(
            "destroyed every share of epoch {}: its pseudonyms can be neither made nor resolved",
            words.join(", ")
        ));
    }
    Ok(())
}
