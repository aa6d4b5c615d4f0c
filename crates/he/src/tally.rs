//! What an evaluator says it added up, and what may be opened.
//!
//! An evaluator holds no secret, but whoever opens what it sends opens what it chose: one respondent's answer instead of the
//! sum, for example. A tally is therefore computed again from the uploads by everybody who opens it, and only a [`Tally`] can
//! be opened. The one way round is [`UnverifiedTally::trusting_the_evaluator`]; a joint key's poll must allow it.
//!
//! Assumption: who opens has the same uploads, and knows by a roster whose they are.

use crate::HeError;
use crate::evaluate::Evaluation;
use crate::frame::{Binding, Cursor, FileKind, Frame, UnverifiedFrame, malformed};
use crate::keys::{poly_len, unpack_poly};
use crate::poll::{Mode, Plan, Poll};
use sha2::{Digest, Sha256};

/// Bytes of the counts and the digest at the front of a tally.
const COUNTS: usize = 24 + 32;

/// A tally as its evaluator signed it, of this poll and key; nobody has computed it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnverifiedTally {
    /// Names the file: SHA-256 of what the evaluator signed.
    pub id: [u8; 32],
    /// Names what it says: the same for every evaluator who adds the same uploads. A release is counted by it.
    pub release: [u8; 32],
    /// Who evaluated.
    pub evaluator: [u8; 32],
    /// Answers the uploads declare.
    pub answers: u64,
    /// Ciphertexts that were added.
    pub ciphertexts: u64,
    /// Uploads that were added.
    pub uploads: u64,
    /// Digest of the set of uploads.
    pub inputs: [u8; 32],
    pub(crate) binding: Binding,
    pub(crate) outputs: Vec<Folded>,
}

/// One folded output: an LWE ciphertext.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Folded {
    pub(crate) mask: Vec<u64>,
    pub(crate) body: Vec<u64>,
}

/// A tally that may be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    said: UnverifiedTally,
    grounds: Grounds,
}

/// Why a tally is taken for the sum of the uploads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grounds {
    /// It was computed again from the uploads.
    Recomputed,
    /// The evaluator is trusted: it may have chosen what is opened.
    EvaluatorTrusted,
}

impl Grounds {
    /// The word for programs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Recomputed => "recomputed",
            Self::EvaluatorTrusted => "evaluator-trusted",
        }
    }
}

impl UnverifiedTally {
    /// Reads what [`Evaluation::finish`] wrote, as the tally of this poll under this key.
    ///
    /// # Errors
    /// [`HeError::Malformed`], [`HeError::NotAuthentic`], [`HeError::Mismatch`], [`HeError::TooMany`].
    pub fn decode(bytes: &[u8], poll: &Poll, plan: &Plan, key: &Binding) -> Result<Self, HeError> {
        let frame = UnverifiedFrame::decode(bytes, FileKind::Tally)?.verify()?.expect("the tally", key)?;
        let tally = Self::parse(&frame, plan).ok_or_else(|| malformed(FileKind::Tally, "its content does not fit"))?;
        let within =
            |what, found, most| if found > most { Err(HeError::TooMany { what, found, most }) } else { Ok(()) };
        within("answers", tally.answers, poll.most_answers)?;
        within("uploads", tally.uploads, poll.most_uploads)?;
        within("ciphertexts", tally.ciphertexts, plan.most_ciphertexts)?;
        Ok(tally)
    }

    fn parse(frame: &Frame, plan: &Plan) -> Option<Self> {
        let ring = plan.set.ring();
        let (mask, body) = (poly_len(&ring, ring.n()), poly_len(&ring, 1));
        let outputs = plan.layout.outputs.len();
        if frame.body.len() != COUNTS + outputs * (mask + body) {
            return None;
        }
        let mut rest = Cursor(&frame.body);
        let [answers, ciphertexts, uploads] = [rest.number()?, rest.number()?, rest.number()?];
        let inputs = rest.array()?;
        let folded = |rest: &mut Cursor<'_>| {
            let mask = unpack_poly(&ring, ring.n(), rest.bytes(mask)?)?;
            Some(Folded { mask, body: unpack_poly(&ring, 1, rest.bytes(body)?)? })
        };
        let outputs = (0..outputs).map(|_| folded(&mut rest)).collect::<Option<_>>()?;
        let Frame { binding, signer: evaluator, id, .. } = *frame;
        let release = release(&binding, &frame.body);
        Some(Self { id, release, evaluator, answers, ciphertexts, uploads, inputs, binding, outputs })
    }

    /// Compares it with what the same uploads add up to.
    ///
    /// # Errors
    /// [`HeError::NotTheSum`] if it does not follow from these uploads; [`HeError::TooFew`] if there are none.
    pub fn recomputed(self, own: Evaluation<'_>) -> Result<Tally, HeError> {
        let (binding, uploads) = (*own.binding(), own.counts().2);
        if self.release == release(&binding, &own.folded()?) {
            return Ok(Tally { said: self, grounds: Grounds::Recomputed });
        }
        Err(HeError::NotTheSum { said: self.uploads, found: uploads })
    }

    /// Takes the evaluator's word.
    ///
    /// # Security
    /// Whoever evaluates chooses what is opened: a single answer, or whatever leaks most about the key.
    ///
    /// # Errors
    /// [`HeError::TrustRefused`] for a joint key whose poll does not allow it.
    pub fn trusting_the_evaluator(self, poll: &Poll) -> Result<Tally, HeError> {
        allowed(poll, Grounds::EvaluatorTrusted)?;
        Ok(Tally { said: self, grounds: Grounds::EvaluatorTrusted })
    }
}

impl Tally {
    /// What it says.
    pub const fn said(&self) -> &UnverifiedTally {
        &self.said
    }

    /// Why it is believed.
    pub const fn grounds(&self) -> Grounds {
        self.grounds
    }
}

/// Whether a poll's key may be used on these grounds.
///
/// # Errors
/// [`HeError::TrustRefused`].
pub(crate) fn allowed(poll: &Poll, grounds: Grounds) -> Result<(), HeError> {
    match (&poll.mode, grounds) {
        (Mode::Quorum(parties), Grounds::EvaluatorTrusted) if !parties.may_trust_evaluator => {
            Err(HeError::TrustRefused)
        }
        _ => Ok(()),
    }
}

/// Names what a tally says under a key.
fn release(binding: &Binding, body: &[u8]) -> [u8; 32] {
    let hash = Sha256::new_with_prefix(b"guildhall-he/v1/release\0");
    hash.chain_update(binding.poll).chain_update(binding.key).chain_update(body).finalize().into()
}

#[cfg(test)]
impl UnverifiedTally {
    /// As if it had been computed again.
    pub(crate) fn believed_for_tests(&self) -> Tally {
        Tally { said: self.clone(), grounds: Grounds::Recomputed }
    }
}
