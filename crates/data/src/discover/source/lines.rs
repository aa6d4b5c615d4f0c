//! Running text: blocks that end with a line, so that a word and its number stay together.

use super::Sink;
use crate::text::Fault;
use std::io::Read;

/// Size of a block.
const BLOCK: usize = 256 << 10;

/// Reads text into a sink.
pub(super) fn read(mut text: impl Read, sink: &mut dyn Sink) -> Result<(), Fault> {
    let mut buffer = vec![0u8; BLOCK];
    let mut held = 0;
    let mut line = 1;
    loop {
        let got = text.read(&mut buffer[held..]).map_err(|error| Fault::from_io(error, false))?;
        sink.progress(got as u64);
        let filled = held + got;
        if got > 0 && filled < buffer.len() {
            held = filled;
            continue;
        }
        if filled == 0 {
            return Ok(());
        }
        let cut = if got == 0 { filled } else { cut(&buffer[..filled]) };
        let block = String::from_utf8_lossy(&buffer[..cut]);
        sink.text(&block, line)?;
        line += buffer[..cut].iter().filter(|byte| **byte == b'\n').count() as u64;
        buffer.copy_within(cut..filled, 0);
        held = filled - cut;
        if got == 0 {
            return Ok(());
        }
    }
}

/// Where a block ends: after its last line, else its last space, else between two characters.
fn cut(block: &[u8]) -> usize {
    let last = |wanted: u8| block.iter().rposition(|byte| *byte == wanted).map(|at| at + 1);
    last(b'\n').or_else(|| last(b' ')).unwrap_or_else(|| {
        (1..=block.len())
            .rev()
            .find(|at| block.get(*at).is_none_or(|byte| byte & 0xc0 != 0x80) && *at < block.len())
            .unwrap_or(block.len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_end_with_lines() {
        assert_eq!(cut(b"ab\ncd"), 3);
        assert_eq!(cut(b"ab cd"), 3);
        assert_eq!(cut("aé".as_bytes()), 1);
    }
}
