//! A column whose header may mean people: "Name", "Nom", "Kunde".
//!
//! Over products the same header stands. Three things speak for people (frequent names, the form of names, columns of
//! people beside it), two against them (words of things, columns of articles beside it); in doubt it is possible, which
//! is enough to leave the column out of what is published.

use super::{Case, Company, Likelihood};

impl Case<'_> {
    /// The level of a weak header for names.
    pub(super) fn weakly_named(&self) -> Likelihood {
        use Likelihood::*;
        let votes = self.votes;
        let (shaped, known, things) = (votes.share(votes.shaped), votes.share(votes.known), votes.share(votes.things));
        let people = self.company == Company::People;
        match () {
            () if things > 0.2 && things * 2.0 > known => Unlikely,
            () if self.fitting > 0 && self.at_least >= 0.5 => VeryLikely,
            () if self.fitting > 0 && self.at_least >= self.telling() => Likely,
            () if shaped < 0.6 => Unlikely,
            () if people || known >= 0.3 => Likely,
            () if self.company == Company::Things && known < 0.15 => Unlikely,
            () => Possible,
        }
    }

    /// What the form of the values says, for people.
    pub(super) fn written_as_names(&self) -> Vec<String> {
        let votes = self.votes;
        let mut said = Vec::new();
        if votes.shaped > 0 {
            said.push(format!("{} of {} are written as names are", votes.shaped, votes.looked_at));
        }
        if votes.things > 0 {
            said.push(format!("{} hold words of things or companies", votes.things));
        }
        match self.company {
            Company::People => said.push("other columns are of people".to_owned()),
            Company::Things => said.push("other columns are of articles".to_owned()),
            Company::Unknown => {}
        }
        said
    }
}
