//! An upload: many ciphertexts of one uploader, signed once, read in chunks.
//!
//! The signed frame holds the number of answers and ciphertexts and a BLAKE3 hash of every chunk, so that a stream of any
//! length is authenticated before it is parsed, with one chunk in memory. Chunks follow the frame.

use crate::HeError;
use crate::encrypt::{Encryptor, ciphertext_len};
use crate::frame::{Binding, Cursor, FileKind, Frame, Identity, UnverifiedFrame, malformed, seal};
use crate::poll::{Packing, Plan, Poll, Row};
use std::io::Read;

/// Ciphertexts in a chunk.
pub(crate) const CHUNK: usize = 16;
/// Bytes of the counts at the front of the body.
const COUNTS: usize = 16;

/// Collects one uploader's encrypted answers.
pub struct UploadBuilder<'p> {
    poll: &'p Poll,
    plan: &'p Plan,
    encryptor: Encryptor<'p>,
    binding: Binding,
    slots: Vec<i64>,
    filled: usize,
    answers: u64,
    ciphertexts: u64,
    payload: Vec<u8>,
}

impl<'p> UploadBuilder<'p> {
    /// For a poll and its plan, under this key.
    pub fn new(poll: &'p Poll, plan: &'p Plan, encryptor: Encryptor<'p>, binding: &Binding) -> Self {
        let slots = vec![0; plan.used_slots()];
        Self {
            poll,
            plan,
            encryptor,
            binding: *binding,
            slots,
            filled: 0,
            answers: 0,
            ciphertexts: 0,
            payload: Vec::new(),
        }
    }

    /// Encodes one row and encrypts as soon as a ciphertext is full.
    ///
    /// # Errors
    /// [`HeError::Answer`], [`HeError::TooMany`], [`HeError::NoRandomness`].
    pub fn push(&mut self, row: &Row) -> Result<(), HeError> {
        let most = self.poll.most_answers;
        if self.answers >= most {
            return Err(HeError::TooMany { what: "answers", found: self.answers + 1, most });
        }
        if self.poll.packing == Packing::One && self.answers > 0 {
            let (row, metric) = (self.answers + 1, "the row".to_owned());
            return Err(HeError::Answer { row, metric, what: "each encrypts alone here: one answer an upload".into() });
        }
        let per = self.plan.per_ciphertext;
        for (field, value) in self.poll.encode(&self.plan.layout, self.answers + 1, row)? {
            if let Some(slot) = self.slots.get_mut(field * per + self.filled) {
                *slot = value;
            }
        }
        self.answers += 1;
        self.filled += 1;
        if self.filled == per { self.flush() } else { Ok(()) }
    }

    /// Counts one answer but writes the slots as a dishonest client would.
    #[cfg(test)]
    pub(crate) fn push_raw(&mut self, slots: &[i64]) -> Result<(), HeError> {
        self.slots.iter_mut().zip(slots).for_each(|(slot, value)| *slot = *value);
        self.answers += 1;
        self.flush()
    }

    /// Answers so far.
    pub const fn answers(&self) -> u64 {
        self.answers
    }

    /// Signs and encodes the upload.
    ///
    /// # Errors
    /// [`HeError::NoRandomness`]; [`HeError::TooFew`] if it holds nothing.
    pub fn finish(mut self, identity: &Identity) -> Result<Vec<u8>, HeError> {
        if self.filled > 0 {
            self.flush()?;
        }
        if self.answers == 0 {
            return Err(HeError::TooFew { what: "answers", found: 0, needed: 1 });
        }
        let mut body = self.answers.to_le_bytes().to_vec();
        body.extend(self.ciphertexts.to_le_bytes());
        let chunk = CHUNK * self.encryptor.ciphertext_len();
        self.payload.chunks(chunk).for_each(|chunk| body.extend(chunk_hash(chunk)));
        let mut file = seal(identity, FileKind::Upload, &self.binding, &body);
        file.append(&mut self.payload);
        Ok(file)
    }

    fn flush(&mut self) -> Result<(), HeError> {
        self.encryptor.encrypt(&self.slots, &mut self.payload)?;
        self.slots.fill(0);
        self.filled = 0;
        self.ciphertexts += 1;
        Ok(())
    }
}

/// What an upload's frame says, signature checked; its ciphertexts follow in the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UploadHead {
    pub(crate) id: [u8; 32],
    pub(crate) uploader: [u8; 32],
    pub(crate) answers: u64,
    pub(crate) ciphertexts: u64,
    hashes: Vec<[u8; 32]>,
}

impl UploadHead {
    /// Reads and authenticates the frame, and checks its counts against the poll.
    ///
    /// # Errors
    /// [`HeError::Malformed`], [`HeError::NotAuthentic`], [`HeError::Mismatch`].
    pub(crate) fn read(from: &mut impl Read, plan: &Plan, binding: &Binding) -> Result<Self, HeError> {
        let frame = UnverifiedFrame::read(from)?.expect(FileKind::Upload)?;
        let head = Self::parse(&frame.verify()?.expect("the upload", binding)?)?;
        let per = plan.per_ciphertext as u64;
        if head.ciphertexts == head.answers.div_ceil(per.max(1)) { Ok(head) } else { Err(wrong()) }
    }

    fn parse(frame: &Frame) -> Result<Self, HeError> {
        let mut rest = Cursor(&frame.body);
        let (answers, ciphertexts) = rest.number().zip(rest.number()).ok_or_else(wrong)?;
        let hashes = ciphertexts.div_ceil(CHUNK as u64);
        let length = usize::try_from(hashes).ok().and_then(|n| n.checked_mul(32)?.checked_add(COUNTS));
        if answers == 0 || length != Some(frame.body.len()) {
            return Err(wrong());
        }
        let hashes = std::iter::from_fn(|| rest.array()).collect();
        Ok(Self { id: frame.id, uploader: frame.signer, answers, ciphertexts, hashes })
    }

    /// Reads the chunks, each authenticated before it is handed on with its number of ciphertexts.
    ///
    /// # Errors
    /// [`HeError::Malformed`], [`HeError::NotAuthentic`], or what `each` returns.
    pub(crate) fn chunks(
        &self,
        from: &mut impl Read,
        length: usize,
        mut each: impl FnMut(&[u8]) -> Result<(), HeError>,
    ) -> Result<(), HeError> {
        let mut left = self.ciphertexts as usize;
        let mut buffer = vec![0; length * CHUNK.min(left)];
        for hash in &self.hashes {
            let chunk = buffer.get_mut(..length * CHUNK.min(left)).unwrap_or_default();
            from.read_exact(chunk).map_err(|_| malformed(FileKind::Upload, "it is too short"))?;
            if chunk_hash(chunk) != *hash {
                return Err(HeError::NotAuthentic { what: "a part of the upload" });
            }
            each(chunk)?;
            left = left.saturating_sub(CHUNK);
        }
        Ok(())
    }
}

/// Checks a file by its own words: signatures, every part of an upload, and that nothing follows. Gives how many frames it
/// holds; only uploads may follow each other. Whose it is, and which poll it fits, is not asked.
///
/// # Errors
/// [`HeError::Malformed`], [`HeError::NotAuthentic`], [`HeError::WrongKind`].
pub fn check_file(bytes: &[u8]) -> Result<u64, HeError> {
    let (mut rest, mut frames) = (bytes, 0);
    loop {
        let frame = UnverifiedFrame::read(&mut rest)?;
        let (kind, binding) = (frame.kind(), *frame.binding());
        let frame = frame.verify()?;
        frames += 1;
        if kind != FileKind::Upload {
            let alone = rest.is_empty() && frames == 1;
            return if alone { Ok(frames) } else { Err(malformed(kind, "something else stands in the same file")) };
        }
        let ring = binding.set.ring();
        let used = usize::try_from(binding.slots).ok().filter(|used| *used <= ring.n()).ok_or_else(wrong)?;
        UploadHead::parse(&frame)?.chunks(&mut rest, ciphertext_len(&ring, used), |_| Ok(()))?;
        if rest.is_empty() {
            return Ok(frames);
        }
    }
}

fn wrong() -> HeError {
    malformed(FileKind::Upload, "its counts do not fit its length")
}

fn chunk_hash(chunk: &[u8]) -> [u8; 32] {
    blake3::hash(chunk).into()
}
