//! Bytes of a text file as checked UTF-8: limits, byte order marks, encodings.
//!
//! Decoding follows the WHATWG Encoding Standard through `encoding_rs`, without replacement: a byte that is not text
//! stops the load. A single-byte encoding accepts nearly everything, so a file that is plainly UTF-8 is refused there.

use crate::codes;
use crate::problem::Error;
use crate::spec::Encoding;
use encoding_rs::{Decoder, DecoderResult, UTF_8};
use std::hash::{DefaultHasher, Hasher};
use std::io::{self, Read};

/// What stops the reading of a text file; travels through `io::Error`.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Fault {
    pub(crate) code: &'static str,
    pub(crate) line: Option<u64>,
    /// Index of the field within its record.
    pub(crate) field: Option<usize>,
    pub(crate) message: String,
    pub(crate) remedy: String,
}

impl Fault {
    pub(crate) fn new(code: &'static str, line: Option<u64>, message: impl Into<String>, remedy: &str) -> Self {
        Self { code, line, field: None, message: message.into(), remedy: remedy.to_owned() }
    }

    pub(crate) fn io(self) -> io::Error {
        io::Error::other(self)
    }

    /// Recovers a fault from the error it travelled in.
    pub(crate) fn from_io(error: io::Error, compressed: bool) -> Self {
        let shown = error.to_string();
        if let Some(fault) = error.into_inner().and_then(|inner| inner.downcast::<Self>().ok()) {
            return *fault;
        }
        if compressed {
            let message = format!("the compressed file is damaged or incomplete ({shown})");
            return Self::new(codes::ARCHIVE, None, message, "copy or export the file again");
        }
        Self::new(codes::UNREADABLE, None, format!("the file cannot be read ({shown})"), "check the disk and the file")
    }
}

/// Why a file is not read on: because of the file, or because of the engine.
#[derive(Debug)]
pub(crate) enum Halt {
    Fault(Fault),
    Engine(Error),
}

impl From<Fault> for Halt {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        Self::Engine(error)
    }
}

/// Passes bytes on up to a limit and keeps a fingerprint of them.
pub(crate) struct Bounded<R> {
    inner: R,
    left: u64,
    limit: u64,
    hasher: DefaultHasher,
}

impl<R: Read> Bounded<R> {
    pub(crate) fn new(inner: R, limit: u64) -> Self {
        Self { inner, left: limit, limit, hasher: DefaultHasher::new() }
    }

    /// Length and fingerprint of what was read, to recognise a file given twice.
    pub(crate) fn fingerprint(&self) -> (u64, u64) {
        (self.limit - self.left, self.hasher.finish())
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(buffer)?;
        self.hasher.write(&buffer[..got]);
        self.left = self.left.checked_sub(got as u64).ok_or_else(|| {
            let message = format!("the file has more than {} bytes, uncompressed", self.limit);
            Fault::new(codes::TOO_LARGE, None, message, "split the file, or load fewer columns").io()
        })?;
        Ok(got)
    }
}

/// Decodes bytes to UTF-8.
pub(crate) struct Transcoder<R> {
    inner: R,
    encoding: Encoding,
    decoder: Decoder,
    /// Still valid as UTF-8, and whether it holds anything beyond ASCII; for single-byte encodings only.
    utf8: Option<(Decoder, bool)>,
    input: Vec<u8>,
    start: usize,
    ended: bool,
    done: bool,
    line: u64,
}

const CHUNK: usize = 64 << 10;

impl<R: Read> Transcoder<R> {
    /// Looks at the byte order mark, skips it, and decodes the rest as the study says.
    ///
    /// # Errors
    /// If the mark contradicts the study, or reading fails.
    pub(crate) fn new(mut inner: R, encoding: Encoding) -> io::Result<Self> {
        let mut input = Vec::with_capacity(CHUNK);
        inner.by_ref().take(4).read_to_end(&mut input)?;
        let mut start = 0;
        if let Some((marked, length)) = encoding_rs::Encoding::for_bom(&input) {
            if marked != encoding.0 {
                let name = marked.name();
                let message =
                    format!("the file starts with the mark of {name}, and is to be read as {}", encoding.0.name());
                let remedy = format!("save the file as UTF-8; a study can set `encoding = {:?}`", name.to_lowercase());
                return Err(Fault::new(codes::ENCODING, Some(1), message, &remedy).io());
            }
            start = length;
        }
        let utf8 = encoding.0.is_single_byte().then(|| (UTF_8.new_decoder_without_bom_handling(), false));
        let decoder = encoding.0.new_decoder_without_bom_handling();
        Ok(Self { inner, encoding, decoder, utf8, input, start, ended: false, done: false, line: 1 })
    }

    pub(crate) const fn inner(&self) -> &R {
        &self.inner
    }

    fn refill(&mut self) -> io::Result<()> {
        self.input.resize(CHUNK, 0);
        self.start = 0;
        let got = loop {
            match self.inner.read(&mut self.input) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.input.truncate(got);
        self.ended = got == 0;
        Ok(())
    }

    /// Keeps track of whether the bytes could be UTF-8 instead.
    fn probe(&mut self, from: usize, to: usize, last: bool) {
        let Some((decoder, beyond)) = &mut self.utf8 else { return };
        let bytes = &self.input[from..to];
        *beyond |= !bytes.is_ascii();
        let mut scratch = vec![0u8; bytes.len() + 8];
        let (result, ..) = decoder.decode_to_utf8_without_replacement(bytes, &mut scratch, last);
        if matches!(result, DecoderResult::Malformed(..)) {
            self.utf8 = None;
        }
    }

    fn finish(&mut self) -> io::Result<usize> {
        self.done = true;
        let probably_utf8 = self.utf8.take().is_some_and(|(_, beyond)| beyond);
        if !probably_utf8 {
            return Ok(0);
        }
        let message = format!("the file is UTF-8, the study says {}", self.encoding.0.name());
        Err(Fault::new(codes::ENCODING, None, message, "set `encoding = \"utf-8\"`").io())
    }

    fn malformed(&mut self) -> io::Error {
        self.done = true;
        let name = self.encoding.0.name();
        let remedy = if self.encoding.0 == UTF_8 {
            "save the file as UTF-8, or set `encoding = \"windows-1252\"` if it comes from an older Windows program"
        } else {
            "set the `encoding` that the file was saved with"
        };
        Fault::new(codes::ENCODING, Some(self.line), format!("a byte is not {name} text"), remedy).io()
    }
}

impl<R: Read> Read for Transcoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.len() < 16 {
            return Err(io::Error::other("the reading buffer is too small"));
        }
        loop {
            if self.done {
                return Ok(0);
            }
            if self.start == self.input.len() && !self.ended {
                self.refill()?;
            }
            let last = self.ended;
            let (result, read, written) =
                self.decoder.decode_to_utf8_without_replacement(&self.input[self.start..], buffer, last);
            let from = self.start;
            self.start += read;
            self.probe(from, self.start, last && self.start == self.input.len());
            self.line += buffer[..written].iter().filter(|b| **b == b'\n').count() as u64;
            match result {
                DecoderResult::Malformed(..) => return Err(self.malformed()),
                DecoderResult::InputEmpty if written == 0 && last => return self.finish(),
                _ if written > 0 => return Ok(written),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(bytes: &[u8], encoding: &str) -> Result<String, &'static str> {
        let encoding = Encoding::named(encoding).expect("known");
        let mut text = Vec::new();
        let mut transcoder = Transcoder::new(bytes, encoding).map_err(|e| Fault::from_io(e, false).code)?;
        let mut buffer = [0u8; 16];
        loop {
            let got = transcoder.read(&mut buffer).map_err(|e| Fault::from_io(e, false).code)?;
            if got == 0 {
                return Ok(String::from_utf8(text).expect("transcoder yields UTF-8"));
            }
            text.extend_from_slice(&buffer[..got]);
        }
    }

    #[test]
    fn encodings_are_strict() {
        assert_eq!(decode("\u{feff}a,\u{e9}\n".as_bytes(), "utf-8").as_deref(), Ok("a,\u{e9}\n"));
        assert_eq!(decode(b"caf\xe9,1\n", "utf-8"), Err("D004"));
        assert_eq!(decode(b"caf\xe9,1 \x80\n", "windows-1252").as_deref(), Ok("caf\u{e9},1 \u{20ac}\n"));
        assert_eq!(decode(b"caf\xe9,1\n", "latin-1").as_deref(), Ok("caf\u{e9},1\n"));
        assert_eq!(decode("caf\u{e9},1\n".as_bytes(), "windows-1252"), Err("D004"));
        assert_eq!(decode("\u{feff}caf\u{e9},1\n".as_bytes(), "windows-1252"), Err("D004"));
        assert_eq!(decode(b"cafe,1\n", "windows-1252").as_deref(), Ok("cafe,1\n"));
        assert_eq!(decode(b"\xff\xfea\0,\0", "utf-8"), Err("D004"));
        assert_eq!(decode(b"\xff\xfea\0,\0", "utf-16le").as_deref(), Ok("a,"));
        assert_eq!(decode(b"\xff\xfea\0,", "utf-16le"), Err("D004"));
        assert_eq!(decode(b"", "utf-8").as_deref(), Ok(""));
        assert_eq!(decode("x".repeat(200_001).as_bytes(), "utf-8").map(|t| t.len()), Ok(200_001));
        assert_eq!(decode("a\u{20ac}".as_bytes().split_last().expect("bytes").1, "utf-8"), Err("D004"));
    }
}
