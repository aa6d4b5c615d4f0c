//! A run with all roles in one process, over the messages that would travel.

use super::failure;
use super::plan::Plan;
use crate::Failure;
use crate::ui::Ui;
use guildhall_pseudonym::overlap::{
    Comparer, Enrolled, Outgoing, OverlapError, Passing, Recipient, Regions, Terms, UnverifiedComparerKey,
    UnverifiedEnrolment,
};
use indicatif::{ProgressBar, ProgressDrawTarget};

/// The name of the comparing party, which no member may have.
const COMPARER: &str = "comparing party";

/// A run whose terms are agreed on.
pub(super) struct Run {
    pub(super) terms: Terms,
    members: Vec<Enrolled>,
    comparer: Comparer,
}

impl Run {
    /// Draws the comparing party's key and agrees on the terms.
    ///
    /// # Errors
    /// If a set is too small, or there is no randomness.
    pub(super) fn agree(plan: &Plan, members: Vec<Enrolled>) -> Result<Self, Failure> {
        let agreed = || -> Result<Self, OverlapError> {
            let comparer = Comparer::new(COMPARER)?;
            let key = UnverifiedComparerKey::decode(&comparer.key().encode())?.verify(COMPARER)?;
            let read = |(member, name): (&Enrolled, &String)| {
                UnverifiedEnrolment::decode(&member.enrolment().encode())?.verify(name)
            };
            let enrolments = members.iter().zip(&plan.members).map(read).collect::<Result<_, _>>()?;
            let terms = Terms::agree(&plan.purpose, plan.least, enrolments, key)?;
            Ok(Self { terms, members, comparer })
        };
        agreed().map_err(|error| failure(&error))
    }

    /// Sends every set through every member and counts.
    ///
    /// # Errors
    /// If a party did not keep to the protocol, or there is no randomness.
    pub(super) fn play(self, ui: &Ui) -> Result<Regions, Failure> {
        let target = if ui.shows_progress() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let steps = self.members.len() * (self.members.len() + 1);
        let bar = ProgressBar::with_draw_target(Some(steps as u64), target).with_message("sets pass members");
        let counted = self.carry(&bar).map_err(|error| failure(&error));
        bar.finish_and_clear();
        counted
    }

    fn carry(self, bar: &ProgressBar) -> Result<Regions, OverlapError> {
        let mut comparing = self.comparer.begin(self.terms.clone())?;
        let begin = |member: Enrolled| {
            bar.inc(1);
            member.begin(self.terms.clone())
        };
        let begun: Vec<(Passing, Outgoing)> = self.members.into_iter().map(begin).collect::<Result<_, _>>()?;
        let names: Vec<String> = self.terms.members().iter().map(|member| member.name().to_owned()).collect();
        let (mut members, first): (Vec<Passing>, Vec<Outgoing>) = begun.into_iter().unzip();
        let mut waiting: Vec<(usize, Outgoing)> = first.into_iter().enumerate().collect();
        while let Some((from, Outgoing { to, message })) = waiting.pop() {
            let sender = names.get(from).map_or("", String::as_str);
            match to {
                Recipient::Comparer => comparing.receive(sender, &message)?,
                Recipient::Member(place) => {
                    let member = members.get_mut(place).ok_or(OverlapError::NotEnrolled)?;
                    waiting.push((place, member.pass(sender, &message)?));
                }
            }
            bar.inc(1);
        }
        comparing.count()
    }
}
