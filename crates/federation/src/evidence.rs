//! Proof of misbehaviour that anyone can check: what one party signed twice and may sign once.
//!
//! A wrong sum share or a bad box proves nothing by itself; these do. They rest on signatures only.
//!
//! Not here: what happens to whoever is convicted, and keeping the evidence.

use crate::charter::{Charter, Party};
use crate::coordinator::author_key;
use crate::member::CONTRIBUTION_TAG;
use crate::plan::Plan;
use crate::set::SetStatement;
use crate::statement::{self, Statement};
use crate::trustee::SumShareStatement;
use crate::{FederationError, Id};
use guildhall_mpc::{Author, Role, UnverifiedBody};

/// The public part of a contribution with its author's signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedBody {
    /// Bytes of the body.
    pub body: Vec<u8>,
    /// The author's signature over its id.
    pub signature: [u8; 64],
}

/// Two contributions of one author with one sequence number: neither counts, and both are signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// The one.
    pub first: SignedBody,
    /// The other.
    pub second: SignedBody,
}

impl Contradiction {
    /// Checks both signatures and that the two contradict each other; returns the author.
    ///
    /// # Errors
    /// If this proves nothing.
    pub fn verify(&self, plan: &Plan) -> Result<Author, FederationError> {
        let (author, first) = self.first.verify(plan)?;
        let (other, second) = self.second.verify(plan)?;
        if author != other || first == second {
            return Err(nothing("the evidence", "two contributions that do not contradict each other"));
        }
        Ok(author)
    }
}

impl SignedBody {
    fn verify(&self, plan: &Plan) -> Result<(Author, Id), FederationError> {
        let body = [(Role::Member, plan.member_shape()), (Role::Noise, plan.noise_shape())]
            .into_iter()
            .filter_map(|(role, shape)| Some((role, UnverifiedBody::decode(&self.body, plan.round(), &shape).ok()?)))
            .find(|(role, body)| body.claimed_author().role == *role);
        let (_, body) = body.ok_or_else(|| nothing("the evidence", "bytes that are no contribution of this round"))?;
        let author = body.claimed_author();
        author_key(plan, &author)?
            .verify_statement(CONTRIBUTION_TAG, &body.id(), &self.signature)
            .map_err(|source| FederationError::Signature { what: "the contribution", source })?;
        Ok((author, Id::new(body.id())))
    }
}

/// A statement that a trustee may make once, and for what.
pub trait Once: Statement {
    /// Two different statements with equal places contradict each other.
    fn place(&self) -> (String, u32, Option<Id>);
}

impl Once for SetStatement {
    fn place(&self) -> (String, u32, Option<Id>) {
        (self.study.clone(), self.round, None)
    }
}

impl Once for SumShareStatement {
    fn place(&self) -> (String, u32, Option<Id>) {
        (self.study.clone(), self.round, Some(self.set))
    }
}

/// Checks that trustee `number` signed two different statements where it may sign one; each is (bytes, note).
///
/// # Errors
/// If this proves nothing.
pub fn signed_twice<T: Once>(
    charter: &Charter,
    number: u8,
    first: (&[u8], &[u8]),
    second: (&[u8], &[u8]),
) -> Result<(), FederationError> {
    let party = usize::from(number).checked_sub(1).and_then(|index| charter.trustees.get(index));
    let key = party.map(Party::verifier).ok_or_else(|| nothing(T::NAME, "an unknown trustee"))??;
    let keys = [key];
    for (bytes, note) in [first, second] {
        statement::verify::<T>(bytes, note, &keys, 1)?;
    }
    let places = (statement::decode::<T>(first.0)?.place(), statement::decode::<T>(second.0)?.place());
    if first.0 == second.0 || places.0 != places.1 {
        return Err(nothing(T::NAME, "two statements that do not contradict each other"));
    }
    Ok(())
}

fn nothing(what: &'static str, shown: &str) -> FederationError {
    FederationError::Rule { what, rule: format!("it proves nothing: {shown}") }
}
