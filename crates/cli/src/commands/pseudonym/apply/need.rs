//! How many evaluations a file needs, found in the first pass, so that a file that does not fit the quota costs none.

use super::joint::REMEMBERED;
use crate::Failure;
use guildhall_mpc::digest;
use guildhall_pseudonym::Identifier;
use std::collections::HashSet;
use zeroize::Zeroizing;

/// Counts what one domain will be asked, request by request, as the second pass will ask it.
pub(super) struct Need {
    /// Makes what is remembered meaningless outside this run.
    salt: Zeroizing<[u8; 32]>,
    known: HashSet<[u8; 32]>,
    requests: Vec<u32>,
}

impl Need {
    /// Nothing is needed yet.
    pub(super) fn new() -> Result<Self, Failure> {
        let mut salt = Zeroizing::new([0; 32]);
        crate::consortium::fill_random(salt.as_mut_slice())?;
        Ok(Self { salt, known: HashSet::new(), requests: Vec::new() })
    }

    /// Begins the cells that one column has in a batch of rows.
    pub(super) fn begin(&mut self) {
        if self.known.len() > REMEMBERED {
            self.known.clear();
        }
        if self.requests.last() != Some(&0) {
            self.requests.push(0);
        }
    }

    /// Takes an identifier in.
    pub(super) fn add(&mut self, domain: &str, identifier: &Identifier) {
        let key = digest("remembered", &[self.salt.as_slice(), &identifier.frame(domain)]);
        if self.known.insert(key)
            && let Some(request) = self.requests.last_mut()
        {
            *request += 1;
        }
    }

    /// How many evaluations there are.
    pub(super) fn evaluations(&self) -> u64 {
        self.requests.iter().map(|request| u64::from(*request)).sum()
    }

    /// Whether enough of the trustees, asked in order, can answer every request with what each has left.
    pub(super) fn fits(&self, left: &[u32], enough: usize) -> bool {
        let mut left = left.to_vec();
        self.requests.iter().all(|request| {
            let can = left.iter_mut().filter(|left| **left >= *request).take(enough);
            can.map(|left| *left -= *request).count() == enough
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use guildhall_pseudonym::Rules;

    fn add(need: &mut Need, name: &str) {
        need.add("crm", &Rules::Plain.apply(name).expect("an id"));
    }

    #[test]
    fn a_customer_counts_once() {
        let mut need = Need::new().expect("random");
        need.begin();
        ["a", "b", " a", "c", "b"].iter().for_each(|name| add(&mut need, name));
        need.begin();
        ["c", "d"].iter().for_each(|name| add(&mut need, name));
        assert_eq!((need.evaluations(), &need.requests), (4, &vec![3, 1]));
    }

    #[test]
    fn what_fits_is_what_enough_trustees_can_answer_in_turn() {
        let mut need = Need::new().expect("random");
        need.requests = vec![50, 50];
        for (left, enough, fits) in [
            (&[100, 100, 0][..], 2, true),
            (&[99, 100, 100], 2, true),
            (&[50, 100, 50], 2, true),
            (&[50, 100, 49], 2, false),
            (&[100, 99], 2, false),
            (&[100, 100], 3, false),
        ] {
            assert_eq!(need.fits(left, enough), fits, "{left:?}");
        }
        assert!(Need::new().expect("random").fits(&[], 2));
    }
}
