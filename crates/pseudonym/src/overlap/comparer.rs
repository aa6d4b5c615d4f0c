//! Steps 1 and 4 of the comparing party, without any input or output.
//!
//! # Privacy
//! It learns how many customers every combination of members has, exactly, and nothing that names or links one. It must
//! not be a member, nor tell a member what it sees: together they could ask about single customers.

use super::points::{self, RunScalar};
use super::terms::{checked_name, nonce};
use super::{ComparerKey, OverlapError, Regions, Terms, UnverifiedPass};

/// A comparing party that has drawn the key of one run.
pub struct Comparer {
    secret: RunScalar,
    key: ComparerKey,
}

impl Comparer {
    /// Draws the key of one run, under the name by which the members' channels know this party.
    ///
    /// # Errors
    /// If the name cannot be used, or the operating system gives no randomness.
    pub fn new(name: &str) -> Result<Self, OverlapError> {
        checked_name(name)?;
        let secret = RunScalar::draw()?;
        let key = ComparerKey { name: name.to_owned(), key: secret.public().compress(), nonce: nonce()? };
        Ok(Self { secret, key })
    }

    /// The message to everybody.
    pub const fn key(&self) -> &ComparerKey {
        &self.key
    }

    /// Waits for the sets of a run.
    ///
    /// # Errors
    /// If the terms do not contain this party's key.
    pub fn begin(self, terms: Terms) -> Result<Comparing, OverlapError> {
        if *terms.comparer() != self.key {
            return Err(OverlapError::NotEnrolled);
        }
        let sets = vec![None; terms.members().len()];
        Ok(Comparing { secret: self.secret, terms, sets })
    }
}

/// A comparing party that collects sets which have passed all members.
pub struct Comparing {
    secret: RunScalar,
    terms: Terms,
    sets: Vec<Option<Vec<[u8; 32]>>>,
}

impl Comparing {
    /// Takes a set and decrypts it; `sender` is whom the channel names.
    ///
    /// # Errors
    /// If it is not a whole set of this run that has passed everybody, came from another than the last member, came
    /// before, or has a customer twice.
    pub fn receive(&mut self, sender: &str, message: &[u8]) -> Result<(), OverlapError> {
        let pass = UnverifiedPass::decode(message)?.verify(&self.terms)?;
        let (owner, hops) = (pass.route.owner, pass.route.hops);
        let name = || self.terms.member(owner).map(|member| member.name.clone()).unwrap_or_default();
        if usize::from(hops) != self.terms.members().len() {
            return Err(OverlapError::WrongPlace { owner: name(), hops });
        }
        if matches!(self.sets.get(usize::from(owner)), Some(Some(_))) {
            return Err(OverlapError::SeenBefore { owner: name() });
        }
        self.terms.check_sender(pass.route, sender)?;
        let points = points::decrypted(&pass.points, &self.secret);
        // The identity, which alone is encoded by zeros, is what an empty ciphertext opens to.
        if points.first() == Some(&[0; 32]) || !points.is_sorted_by(|a, b| a < b) {
            return Err(OverlapError::Repeated { owner: name() });
        }
        self.sets.iter_mut().skip(owner.into()).take(1).for_each(|set| *set = Some(points.clone()));
        Ok(())
    }

    /// Step 4: counts customers by the members that have them.
    ///
    /// # Errors
    /// If a set has not arrived.
    pub fn count(self) -> Result<Regions, OverlapError> {
        let missing = self.sets.iter().zip(self.terms.members()).find(|(set, _)| set.is_none());
        if let Some((_, member)) = missing {
            return Err(OverlapError::Missing { owner: member.name.clone() });
        }
        let sets: Vec<Vec<[u8; 32]>> = self.sets.into_iter().flatten().collect();
        Ok(Regions::of(&sets))
    }
}
