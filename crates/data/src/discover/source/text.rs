//! Bytes as UTF-8, whatever they were; what is no text in any encoding becomes U+FFFD and is looked through all the same.

use encoding_rs::{Decoder, Encoding, UTF_8, WINDOWS_1252};
use std::io::{self, Read};

const CHUNK: usize = 64 << 10;

/// The encoding of a file by its mark, or UTF-8 if its start is that, or the one of Western Windows.
pub(super) fn encoding(head: &[u8]) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(head) {
        return encoding;
    }
    match str::from_utf8(head) {
        Ok(_) => UTF_8,
        // The start may end inside a character.
        Err(error) if error.error_len().is_none() => UTF_8,
        Err(_) => WINDOWS_1252,
    }
}

/// The name of an encoding, in small letters.
pub(super) fn name(encoding: &'static Encoding) -> &'static str {
    match encoding.name() {
        "UTF-16LE" => "utf-16le",
        "UTF-16BE" => "utf-16be",
        _ => "windows-1252",
    }
}

/// Decodes what it reads.
pub(super) struct Decoded<R> {
    inner: R,
    decoder: Decoder,
    input: Vec<u8>,
    output: Vec<u8>,
    given: usize,
    ended: bool,
}

impl<R: Read> Decoded<R> {
    pub(super) fn new(inner: R, encoding: &'static Encoding) -> Self {
        let decoder = encoding.new_decoder_with_bom_removal();
        Self { inner, decoder, input: vec![0; CHUNK], output: Vec::new(), given: 0, ended: false }
    }

    fn fill(&mut self) -> io::Result<()> {
        let got = self.inner.read(&mut self.input)?;
        self.ended = got == 0;
        self.given = 0;
        let room = self.decoder.max_utf8_buffer_length(got).unwrap_or(3 * got + 16);
        self.output.resize(room, 0);
        let (_, _, written, _) = self.decoder.decode_to_utf8(&self.input[..got], &mut self.output, self.ended);
        self.output.truncate(written);
        Ok(())
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.output.len() {
            if self.ended {
                return Ok(0);
            }
            self.fill()?;
        }
        let count = buffer.len().min(self.output.len() - self.given);
        buffer[..count].copy_from_slice(&self.output[self.given..self.given + count]);
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8]) -> String {
        let mut text = String::new();
        Decoded::new(bytes, encoding(bytes)).read_to_string(&mut text).expect("UTF-8");
        text
    }

    #[test]
    fn encodings() {
        assert_eq!(decoded("Müller".as_bytes()), "Müller");
        assert_eq!(decoded(b"M\xfcller"), "Müller");
        assert_eq!(decoded(b"\xef\xbb\xbfa"), "a");
        assert_eq!(decoded(b"\xff\xfea\0b\0"), "ab");
        assert_eq!(decoded(b""), "");
    }
}
