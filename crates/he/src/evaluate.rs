//! The evaluator: checks uploads, adds them, folds the sums. It holds no secret.
//!
//! Everything is bounded by the poll: uploads, answers, ciphertexts, one upload per uploader, no mask twice. What is
//! computed follows from the uploads alone, so that whoever has them can compute the tally again and compare.

use crate::HeError;
use crate::fold::{Prefixes, fold_body};
use crate::frame::{Binding, FileKind, Identity, seal};
use crate::keys::{PublicKey, pack_poly};
use crate::poll::{Packing, Plan, Poll};
use crate::sum::Sum;
use crate::upload::UploadHead;
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashSet};
use std::io::Read;

/// Sums of uploads as they arrive.
pub struct Evaluation<'p> {
    poll: &'p Poll,
    plan: &'p Plan,
    binding: Binding,
    sum: Sum,
    roster: Option<&'p BTreeSet<[u8; 32]>>,
    uploaders: HashSet<[u8; 32]>,
    masks: HashSet<[u8; 16]>,
    ids: BTreeSet<[u8; 32]>,
    answers: u64,
    ciphertexts: u64,
}

/// What an upload brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    /// Answers it declares.
    pub answers: u64,
    /// Ciphertexts it holds.
    pub ciphertexts: u64,
    /// Who signed it.
    pub uploader: [u8; 32],
}

impl<'p> Evaluation<'p> {
    /// Of nothing yet. With a roster only uploaders on it are accepted.
    pub fn new(poll: &'p Poll, plan: &'p Plan, key: &PublicKey, roster: Option<&'p BTreeSet<[u8; 32]>>) -> Self {
        Self {
            poll,
            plan,
            binding: key.binding,
            sum: Sum::new(plan),
            roster,
            uploaders: HashSet::new(),
            masks: HashSet::new(),
            ids: BTreeSet::new(),
            answers: 0,
            ciphertexts: 0,
        }
    }

    /// Adds the next upload of a stream. If it is refused, the sums are as before.
    ///
    /// # Errors
    /// [`HeError::Malformed`], [`HeError::NotAuthentic`], [`HeError::Mismatch`], [`HeError::Twice`],
    /// [`HeError::NotOnRoster`], [`HeError::TooMany`].
    pub fn add(&mut self, from: &mut impl Read) -> Result<Accepted, HeError> {
        let head = UploadHead::read(from, self.plan, &self.binding)?;
        self.admit(&head)?;
        let mut sum = Sum::new(self.plan);
        let mut masks = HashSet::new();
        let length = sum.ciphertext_len();
        head.chunks(from, length, |chunk| {
            for ciphertext in chunk.chunks(length) {
                let mask = sum.add_packed(ciphertext)?;
                if self.masks.contains(&mask) || !masks.insert(mask) {
                    return Err(HeError::Twice { what: "a mask" });
                }
            }
            Ok(())
        })?;
        self.sum.merge(&mut sum);
        self.masks.extend(masks);
        self.uploaders.insert(head.uploader);
        self.ids.insert(head.id);
        self.answers += head.answers;
        self.ciphertexts += head.ciphertexts;
        Ok(Accepted { answers: head.answers, ciphertexts: head.ciphertexts, uploader: head.uploader })
    }

    /// Answers, ciphertexts and uploads so far.
    pub fn counts(&self) -> (u64, u64, u64) {
        (self.answers, self.ciphertexts, self.ids.len() as u64)
    }

    /// Folds the sums of every output and signs the tally.
    ///
    /// # Errors
    /// [`HeError::TooFew`] if nothing was added.
    pub fn finish(self, identity: &Identity) -> Result<Vec<u8>, HeError> {
        let (binding, body) = (self.binding, self.folded()?);
        Ok(seal(identity, FileKind::Tally, &binding, &body))
    }

    /// Counts, digest of the set of uploads, and the folded sums: what a tally says, whoever signs it.
    pub(crate) fn folded(mut self) -> Result<Vec<u8>, HeError> {
        if self.ids.is_empty() {
            return Err(HeError::TooFew { what: "uploads", found: 0, needed: 1 });
        }
        self.sum.reduce();
        let mut inputs = Sha256::new_with_prefix(b"guildhall-he/v1/inputs\0");
        self.ids.iter().for_each(|id| inputs.update(id));
        let mut body = Vec::new();
        for count in [self.answers, self.ciphertexts, self.ids.len() as u64] {
            body.extend(count.to_le_bytes());
        }
        body.extend(inputs.finalize());
        let ring = &*self.sum.ring;
        let prefixes = Prefixes::new(ring, &self.sum.mask);
        for output in &self.plan.layout.outputs {
            let runs = self.plan.ranges(output);
            let (mut mask, mut last) = (prefixes.fold(&runs), fold_body(ring, &self.sum.body, &runs));
            ring.reduce(&mut mask);
            ring.reduce(&mut last);
            pack_poly(ring, ring.n(), &mask, &mut body);
            pack_poly(ring, 1, &last, &mut body);
        }
        Ok(body)
    }

    pub(crate) const fn binding(&self) -> &Binding {
        &self.binding
    }

    fn admit(&self, head: &UploadHead) -> Result<(), HeError> {
        let within =
            |what, found, most| if found > most { Err(HeError::TooMany { what, found, most }) } else { Ok(()) };
        if self.roster.is_some_and(|roster| !roster.contains(&head.uploader)) {
            return Err(HeError::NotOnRoster { key: hex::encode(head.uploader) });
        }
        if self.uploaders.contains(&head.uploader) {
            return Err(HeError::Twice { what: "an upload of the same uploader" });
        }
        within("uploads", self.ids.len() as u64 + 1, self.poll.most_uploads)?;
        if self.poll.packing == Packing::One {
            within("answers in one upload", head.answers, 1)?;
        }
        within("answers", self.answers.saturating_add(head.answers), self.poll.most_answers)?;
        let ciphertexts = self.ciphertexts.saturating_add(head.ciphertexts);
        within("ciphertexts", ciphertexts, self.plan.most_ciphertexts)
    }
}
