//! The text form of a note: checks, signature lines, one encoding only.

use super::key::{KEY_ID_BYTES, check_name};
use super::{MAX_NOTE_BYTES, MAX_SIGNATURES, NoteError, SigningIdentity, VerifierKey, malformed};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeSet;

/// Most bytes of one signature with its key id; post-quantum ones are just below 5 kB.
const MAX_SIGNATURE_BYTES: usize = 8192;

/// One line `— name base64(key id || signature)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SignatureLine {
    pub(super) name: String,
    id: [u8; KEY_ID_BYTES],
    signature: Vec<u8>,
}

impl SignatureLine {
    pub(super) fn sign(text: &str, identity: &SigningIdentity) -> Self {
        let key = identity.verifier();
        let signature = identity.sign_text(text).to_vec();
        Self { name: key.name().to_owned(), id: key.id(), signature }
    }

    pub(super) fn is_by(&self, key: &VerifierKey) -> bool {
        self.name == key.name() && self.id == key.id()
    }

    pub(super) fn same_signer(&self, other: &Self) -> bool {
        self.name == other.name && self.id == other.id
    }

    pub(super) fn verify(&self, key: &VerifierKey, text: &str) -> Result<(), NoteError> {
        key.verify_text(text, &self.signature)
    }

    fn decode(line: &str) -> Result<Self, NoteError> {
        let rest = line.strip_prefix("— ").ok_or(malformed("note", "a signature line starts with an em dash"))?;
        let (name, encoded) =
            rest.split_once(' ').ok_or(malformed("note", "a signature line has a name and a value"))?;
        check_name(name)?;
        if encoded.len() > MAX_SIGNATURE_BYTES.div_ceil(3) * 4 {
            return Err(NoteError::TooLong { what: "signature", found: encoded.len(), limit: MAX_SIGNATURE_BYTES });
        }
        let bytes =
            STANDARD.decode(encoded).map_err(|_| malformed("note", "a signature is not base64 with padding"))?;
        match bytes.split_first_chunk() {
            Some((id, signature)) if !signature.is_empty() => {
                Ok(Self { name: name.to_owned(), id: *id, signature: signature.to_vec() })
            }
            _ => Err(malformed("note", "a signature is shorter than its key id")),
        }
    }

    fn encode(&self) -> String {
        let value = STANDARD.encode([self.id.as_slice(), &self.signature].concat());
        format!("— {} {value}\n", self.name)
    }
}

/// Checks the text of a note before it is signed.
pub(super) fn check(text: &str) -> Result<(), NoteError> {
    // Room for the signature lines is left by asking for half of the limit.
    let limit = MAX_NOTE_BYTES / 2;
    if text.len() > limit {
        return Err(NoteError::TooLong { what: "text of the note", found: text.len(), limit });
    }
    check_characters(text)?;
    if text.ends_with('\n') { Ok(()) } else { Err(malformed("note", "the text must end in a newline")) }
}

fn check_characters(text: &str) -> Result<(), NoteError> {
    if text.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
        return Err(malformed("note", "it has a control character other than a newline"));
    }
    Ok(())
}

pub(super) fn encode(text: &str, signatures: &[SignatureLine]) -> String {
    let lines: String = signatures.iter().map(SignatureLine::encode).collect();
    format!("{text}\n{lines}")
}

pub(super) fn decode(bytes: &[u8]) -> Result<(String, Vec<SignatureLine>), NoteError> {
    if bytes.len() > MAX_NOTE_BYTES {
        return Err(NoteError::TooLong { what: "note", found: bytes.len(), limit: MAX_NOTE_BYTES });
    }
    let note = str::from_utf8(bytes).map_err(|_| malformed("note", "it is not UTF-8"))?;
    check_characters(note)?;
    let split = note.rfind("\n\n").ok_or(malformed("note", "no empty line separates text and signatures"))?;
    let (text, rest) = note.split_at(split + 1);
    let lines = rest.strip_prefix('\n').and_then(|lines| lines.strip_suffix('\n'));
    let lines = lines.ok_or(malformed("note", "the last signature line must end in a newline"))?;
    if lines.split('\n').count() > MAX_SIGNATURES {
        return Err(malformed("note", "it has more than 64 signature lines"));
    }
    let signatures = lines.split('\n').map(SignatureLine::decode).collect::<Result<Vec<_>, _>>()?;
    let mut seen = BTreeSet::new();
    if let Some(twice) = signatures.iter().find(|line| !seen.insert((&line.name, line.id))) {
        return Err(NoteError::DuplicateSigner { name: twice.name.clone() });
    }
    // Every field read above has one spelling; this keeps it so whatever is changed there.
    if encode(text, &signatures) != note {
        return Err(malformed("note", "it is not written in the one canonical way"));
    }
    Ok((text.to_owned(), signatures))
}
