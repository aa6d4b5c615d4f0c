//! The grammar of RFC 4180, enforced on the bytes in front of the `csv` crate.
//!
//! The `csv` crate reads any bytes without complaint: `"$78.07"All-Weather Table` becomes one field and a quotation
//! mark in the wrong place swallows rows while the number of columns stays right. The gate passes on only text that
//! every reader splits alike. RFC 4180, section 2: quotation marks enclose whole fields and are doubled inside
//! (rules 5 and 7); rows end in CRLF or LF. Beyond it: no control characters, no blank line between rows, and no line
//! break inside a field unless the study allows it. Not here: the number of fields, see [`crate::load`].

use crate::codes;
use crate::text::Fault;
use std::io::{self, Read};

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the first byte of a row.
    Row,
    /// Before the first byte of a field.
    Field,
    Plain,
    Quoted,
    /// After a quotation mark inside a quoted field: its end, or half of a doubled mark.
    Closed,
}

/// Passes on text that keeps to the grammar, every row ending in a bare line feed, and stops with a [`Fault`] where it does not.
pub(crate) struct Gate<R> {
    inner: R,
    delimiter: u8,
    line_breaks: bool,
    longest: usize,
    state: State,
    /// A carriage return waits for its line feed.
    carriage: bool,
    line: u64,
    opened: u64,
    field: usize,
    length: usize,
    blank: Option<u64>,
    fault: Option<Fault>,
}

impl<R: Read> Gate<R> {
    /// `line` is the number of the first line that the reader yields.
    pub(crate) const fn new(inner: R, delimiter: u8, line_breaks: bool, longest: usize, line: u64) -> Self {
        let state = State::Row;
        Self {
            inner,
            delimiter,
            line_breaks,
            longest,
            state,
            carriage: false,
            line,
            opened: 0,
            field: 0,
            length: 0,
            blank: None,
            fault: None,
        }
    }

    pub(crate) const fn inner(&self) -> &R {
        &self.inner
    }

    fn fault(&self, code: &'static str, line: u64, message: impl Into<String>, remedy: &str) -> Fault {
        Fault { field: Some(self.field), ..Fault::new(code, Some(line), message, remedy) }
    }

    fn step(&mut self, byte: u8) -> Result<(), Fault> {
        if self.carriage && byte != b'\n' {
            let remedy = "save the file with line ends of Windows or Unix; remove hidden carriage returns";
            return Err(self.fault(codes::BARE_RETURN, self.line, "a carriage return without a line feed", remedy));
        }
        if (byte < 0x20 && !matches!(byte, b'\t' | b'\r' | b'\n')) || byte == 0x7f {
            let message = format!("the text holds the control character {byte:#04x}");
            let remedy = "export the file again as plain text (NUL bytes: it may be UTF-16, set `encoding`)";
            return Err(self.fault(codes::CONTROL, self.line, message, remedy));
        }
        match (self.state, byte) {
            (State::Quoted, b'\r' | b'\n') => self.line_inside(byte)?,
            (State::Quoted, b'"') => self.state = State::Closed,
            (State::Quoted, _) => self.count()?,
            (State::Closed, b'"') => {
                self.state = State::Quoted;
                self.count()?;
            }
            (_, b'\r') => self.carriage = true,
            (_, b'\n') => self.end_line(),
            (State::Row, _) => {
                self.begin_row()?;
                self.begin_field(byte)?;
            }
            (State::Field, _) => self.begin_field(byte)?,
            (State::Plain | State::Closed, byte) if byte == self.delimiter => self.next_field(),
            (State::Plain, b'"') => return Err(self.stray("a quotation mark inside a field without quotation marks")),
            (State::Plain, _) => self.count()?,
            (State::Closed, _) => return Err(self.stray("text after the closing quotation mark")),
        }
        Ok(())
    }

    fn begin_row(&mut self) -> Result<(), Fault> {
        match self.blank {
            Some(line) => {
                let remedy = "remove the blank line and what does not belong to the table";
                Err(Fault::new(codes::BLANK_LINE, Some(line), "a blank line stands between rows", remedy))
            }
            None => Ok(()),
        }
    }

    fn begin_field(&mut self, byte: u8) -> Result<(), Fault> {
        match byte {
            b'"' => {
                self.state = State::Quoted;
                self.opened = self.line;
            }
            byte if byte == self.delimiter => self.next_field(),
            _ => {
                self.state = State::Plain;
                self.count()?;
            }
        }
        Ok(())
    }

    const fn next_field(&mut self) {
        self.state = State::Field;
        self.field += 1;
        self.length = 0;
    }

    fn count(&mut self) -> Result<(), Fault> {
        self.length += 1;
        if self.length > self.longest {
            let message = format!("a field has more than {} bytes", self.longest);
            return Err(self.fault(
                codes::TOO_LARGE,
                self.line,
                message,
                "look for a missing quotation mark or delimiter",
            ));
        }
        Ok(())
    }

    fn end_line(&mut self) {
        self.carriage = false;
        if self.state == State::Row {
            self.blank.get_or_insert(self.line);
        }
        self.state = State::Row;
        self.field = 0;
        self.length = 0;
        self.line += 1;
    }

    fn line_inside(&mut self, byte: u8) -> Result<(), Fault> {
        if !self.line_breaks {
            let remedy = "close the quotation mark on this line; if line breaks belong there, set `line_breaks = true`";
            return Err(self.fault(codes::LINE_BREAK, self.line, "a line break inside a quoted field", remedy));
        }
        self.carriage = byte == b'\r';
        self.line += u64::from(byte == b'\n');
        self.count()
    }

    fn stray(&self, message: &str) -> Fault {
        let remedy = "enclose the whole field in quotation marks and double those inside it";
        self.fault(codes::STRAY_QUOTE, self.line, message, remedy)
    }

    fn end(&self) -> Result<(), Fault> {
        if self.state == State::Quoted {
            let message = "the quotation mark that opens here is never closed";
            return Err(self.fault(codes::OPEN_QUOTE, self.opened, message, "close the quotation mark"));
        }
        if self.carriage {
            let message = "the file ends in a carriage return without a line feed";
            return Err(self.fault(
                codes::BARE_RETURN,
                self.line,
                message,
                "save the file with line ends of Windows or Unix",
            ));
        }
        Ok(())
    }
}

impl<R: Read> Read for Gate<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone().io());
        }
        loop {
            let got = self.inner.read(buffer)?;
            if got == 0 {
                return self.end().map(|()| 0).map_err(Fault::io);
            }
            let passed = self.pass(buffer, got)?;
            if passed > 0 {
                return Ok(passed);
            }
        }
    }
}

impl<R: Read> Gate<R> {
    /// Checks the first `got` bytes and closes the gaps that carriage returns at row ends leave.
    ///
    /// The `csv` crate ends a row at the carriage return and counts the line feed to the next one, so that it would
    /// report every row one line too low.
    fn pass(&mut self, buffer: &mut [u8], got: usize) -> io::Result<usize> {
        let mut kept = 0;
        for index in 0..got {
            let byte = buffer[index];
            if let Err(fault) = self.step(byte) {
                self.fault = Some(fault.clone());
                return if kept == 0 { Err(fault.io()) } else { Ok(kept) };
            }
            if byte == b'\r' && self.state != State::Quoted {
                continue;
            }
            buffer[kept] = byte;
            kept += 1;
        }
        Ok(kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pass(text: &str, line_breaks: bool) -> Result<String, (&'static str, Option<u64>)> {
        let mut gate = Gate::new(text.as_bytes(), b',', line_breaks, 20, 1);
        let mut out = String::new();
        gate.read_to_string(&mut out).map(|_| out).map_err(|e| {
            let fault = Fault::from_io(e, false);
            (fault.code, fault.line)
        })
    }

    #[test]
    fn grammar() {
        let good = ["", "a,b\n1,2\n", "\"a\",\"b\"\n\"x \"\"y\"\"\",2\n", "a\n\"\"\n", "a,\n,\n", "a\n1\n\n\n"];
        for text in good {
            assert_eq!(pass(text, false).as_deref(), Ok(text), "{text:?}");
        }
        assert_eq!(pass("a,b\r\n\"1\"\r\n\r\n", false).as_deref(), Ok("a,b\n\"1\"\n\n"));
        let bad = [
            ("a,b\n\"1\"x,2\n", "D010", 2),
            ("a,b\n1\"x\",2\n", "D010", 2),
            ("a,b\n1, \"2\"\n", "D010", 2),
            ("a,b\n\"1\\\"\",2\n", "D015", 2),
            ("a,b\n1,\"2", "D011", 2),
            ("a,b\n1,\"2\n3,4\n", "D015", 2),
            ("a,b\r1,2\r", "D012", 1),
            ("a,b\n1,2\r", "D012", 2),
            ("a,b\n1\r,2\n", "D012", 2),
            ("a,b\n1,2\n\n3,4\n", "D013", 3),
            ("\na,b\n", "D013", 1),
            ("a,b\n1,\u{0}2\n", "D005", 2),
            ("a,b\n1,2\n\u{1a}", "D005", 3),
            ("a,b\n1,xxxxxxxxxxxxxxxxxxxxx\n", "D006", 2),
        ];
        for (text, code, line) in bad {
            assert_eq!(pass(text, false), Err((code, Some(line))), "{text:?}");
        }
        assert_eq!(pass("a,b\n\"1\r\n2\",3\n4,5\n", true).as_deref(), Ok("a,b\n\"1\r\n2\",3\n4,5\n"));
        assert_eq!(pass("a,b\n\"1\r2\",3\n", true), Err(("D012", Some(2))));
        assert_eq!(pass("a,b\n\"1\n2\n3,4\n", true), Err(("D011", Some(2))));
        assert_eq!(pass("a,b\n\"1\n2\"x,4\n", true), Err(("D010", Some(3))));
    }
}
