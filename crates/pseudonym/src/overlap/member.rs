//! Steps 1 to 3 of a member, without any input or output: messages come in and go out as bytes.

use super::points::{self, RunScalar};
use super::terms::{checked_name, nonce};
use super::wire::encode_pass;
use super::{CustomerSet, Enrolment, OverlapError, SetSalt, Terms, UnverifiedPass};

/// How far a set has come: whose it is, and how many members it has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) owner: u8,
    pub(super) hops: u8,
}

impl Route {
    /// Where a set goes that has come so far: around the ring of members, then to the comparing party.
    fn next(self, members: usize) -> Recipient {
        match usize::from(self.hops) < members {
            true => Recipient::Member((usize::from(self.owner) + usize::from(self.hops)) % members),
            false => Recipient::Comparer,
        }
    }
}

/// Who gets a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// The member at this place in the terms.
    Member(usize),
    /// The comparing party.
    Comparer,
}

/// A message to be sent.
pub struct Outgoing {
    /// To whom.
    pub to: Recipient,
    /// The bytes.
    pub message: Vec<u8>,
}

/// A member that has committed itself to its set and waits for the terms.
pub struct Enrolled {
    set: CustomerSet,
    purpose: String,
    enrolment: Enrolment,
}

impl Enrolled {
    /// Commits a member to its set for a purpose. The enrolment is sent to everybody.
    ///
    /// # Errors
    /// If the set is too small or too large, a text cannot be used, or there is no randomness.
    pub fn new(name: &str, set: CustomerSet, salt: &SetSalt, purpose: &str) -> Result<Self, OverlapError> {
        checked_name(name)?;
        let size = set.checked_size(name)?;
        let commitment = salt.commit(&set, purpose)?;
        let enrolment = Enrolment { name: name.to_owned(), size, commitment, nonce: nonce()? };
        Ok(Self { set, purpose: purpose.to_owned(), enrolment })
    }

    /// The message to everybody.
    pub const fn enrolment(&self) -> &Enrolment {
        &self.enrolment
    }

    /// Step 2: sends the own set on its way.
    ///
    /// # Errors
    /// If the terms are for another purpose or do not contain this member's enrolment, or there is no randomness.
    pub fn begin(self, terms: Terms) -> Result<(Passing, Outgoing), OverlapError> {
        let place = terms.members().iter().position(|member| *member == self.enrolment);
        let place = place.filter(|_| terms.purpose() == self.purpose).ok_or(OverlapError::NotEnrolled)?;
        let scalar = RunScalar::draw()?;
        let key = terms.comparer().point()?;
        let entries = points::encrypted(self.set.frames(), terms.digest(), &scalar, &key)?;
        let mut passed = vec![false; terms.members().len()];
        passed.iter_mut().skip(place).take(1).for_each(|own| *own = true);
        // A run has at most `MAX_MEMBERS` members.
        let route = Route { owner: u8::try_from(place).unwrap_or(u8::MAX), hops: 1 };
        let passing = Passing { place, terms, scalar: Some(scalar), passed };
        let outgoing = passing.outgoing(route, &entries);
        Ok((passing, outgoing))
    }
}

/// A member that passes the others' sets on, each once.
///
/// # Security
/// The scalar is wiped with the last set. No set is passed twice, so that nobody can have chosen points multiplied.
pub struct Passing {
    place: usize,
    terms: Terms,
    scalar: Option<RunScalar>,
    passed: Vec<bool>,
}

impl Passing {
    /// Step 3: multiplies a set and sends it on; `sender` is whom the channel names.
    ///
    /// # Errors
    /// If the message is not a set of this run that belongs here now, or comes from another than the member before.
    /// Nothing has changed then.
    pub fn pass(&mut self, sender: &str, message: &[u8]) -> Result<Outgoing, OverlapError> {
        let unverified = UnverifiedPass::decode(message)?;
        let owner = unverified.owner();
        let name = self.terms.member(owner).map(|member| member.name.clone()).unwrap_or_default();
        if self.passed.get(usize::from(owner)) == Some(&true) {
            return Err(OverlapError::SeenBefore { owner: name });
        }
        let pass = unverified.verify(&self.terms)?;
        let (members, Route { hops, .. }) = (self.terms.members().len(), pass.route);
        if pass.route.next(members) != Recipient::Member(self.place) {
            return Err(OverlapError::WrongPlace { owner: name, hops });
        }
        self.terms.check_sender(pass.route, sender)?;
        let Some(scalar) = &self.scalar else { return Err(OverlapError::SeenBefore { owner: name }) };
        let entries = points::multiplied(&pass.points, scalar);
        let outgoing = self.outgoing(Route { owner, hops: hops + 1 }, &entries);
        self.passed.iter_mut().skip(owner.into()).take(1).for_each(|passed| *passed = true);
        if self.is_done() {
            self.scalar = None;
        }
        Ok(outgoing)
    }

    /// Whether all sets have passed and the scalar is gone.
    pub fn is_done(&self) -> bool {
        self.passed.iter().all(|passed| *passed)
    }

    #[cfg(test)]
    pub(super) fn scalar(&self) -> Option<&curve25519_dalek::Scalar> {
        self.scalar.as_ref().map(RunScalar::known)
    }

    fn outgoing(&self, route: Route, entries: &[[u8; points::CIPHERTEXT_BYTES]]) -> Outgoing {
        let message = encode_pass(self.terms.digest(), route, entries);
        Outgoing { to: route.next(self.terms.members().len()), message }
    }
}
