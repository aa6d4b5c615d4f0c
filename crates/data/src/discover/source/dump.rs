//! SQL dumps: the rows of `INSERT` and of PostgreSQL's `COPY`, by table; everything else is looked through as text.
//!
//! A small reader of tokens, since dumps run to gigabytes and mix dialects: strings with doubled quotation marks or
//! backslashes, names in quotation marks, backticks or brackets. Not here: what a statement does.

use super::Sink;
use crate::text::Fault;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};

/// Longest statement held; what is longer is looked through as text.
const LONGEST: usize = 64 << 20;

/// Reads a dump into a sink.
pub(super) fn read(text: impl Read, sink: &mut dyn Sink) -> Result<(), Fault> {
    let mut dump = Dump { sink, columns: HashMap::new() };
    let mut reader = BufReader::with_capacity(256 << 10, text);
    let mut statement = String::new();
    let mut line = Vec::new();
    let (mut number, mut first) = (0, 1);
    loop {
        let got = next_line(&mut reader, &mut line, dump.sink)?;
        number += 1;
        if statement.is_empty() {
            first = number;
        }
        let shown = String::from_utf8_lossy(&line);
        if statement.is_empty() && shown.starts_with("--") {
            continue;
        }
        statement.push_str(&shown);
        if got == 0 || statement.len() > LONGEST || closed(&statement) {
            if let Some(copy) = Copy::of(&statement) {
                number += dump.copy(&copy, &mut reader)?;
            } else {
                dump.statement(&statement, first)?;
            }
            statement.clear();
        }
        if got == 0 {
            return Ok(());
        }
    }
}

/// Reads the next line, with its end; says how many bytes it has.
fn next_line(reader: &mut impl BufRead, line: &mut Vec<u8>, sink: &mut dyn Sink) -> Result<usize, Fault> {
    line.clear();
    let got = reader.take(LONGEST as u64).read_until(b'\n', line).map_err(|error| Fault::from_io(error, false))?;
    sink.progress(got as u64);
    Ok(got)
}

/// Whether a statement ends here: a semicolon at the end of the line, outside of strings.
fn closed(statement: &str) -> bool {
    statement.trim_end().ends_with(';') && {
        let mut tokens = Tokens { text: statement };
        let mut last = None;
        while let Some(token) = tokens.next() {
            last = Some(token);
        }
        matches!(last, Some(Token::Mark(';')))
    }
}

/// `COPY table (columns) FROM stdin;`
struct Copy {
    table: String,
    columns: Vec<String>,
}

impl Copy {
    fn of(statement: &str) -> Option<Self> {
        let head = statement.trim_start();
        if !head.get(..5)?.eq_ignore_ascii_case("copy ") || !head.to_ascii_lowercase().contains("from stdin") {
            return None;
        }
        let mut tokens = Tokens { text: head.get(5..)? };
        let table = table_name(&mut tokens)?;
        let columns = name_list(&mut tokens);
        Some(Self { table, columns })
    }
}

struct Dump<'s> {
    sink: &'s mut dyn Sink,
    /// Columns of the tables whose `CREATE TABLE` went by.
    columns: HashMap<String, Vec<String>>,
}

impl Dump<'_> {
    fn statement(&mut self, statement: &str, line: u64) -> Result<(), Fault> {
        let mut tokens = Tokens { text: statement };
        match tokens.next() {
            Some(token) if token.is_one_of(&["insert", "replace"]) => self.insert(&mut tokens),
            Some(token) if token.is_one_of(&["create"]) => {
                self.create(&mut tokens);
                Ok(())
            }
            None => Ok(()),
            _ => self.sink.text(statement, line),
        }
    }

    /// Remembers the names of columns of a `CREATE TABLE`.
    fn create(&mut self, tokens: &mut Tokens<'_>) {
        let mut token = tokens.next();
        while token.as_ref().is_some_and(|token| token.is_one_of(&["temporary", "temp", "unlogged"])) {
            token = tokens.next();
        }
        if !token.is_some_and(|token| token.is_one_of(&["table"])) {
            return;
        }
        let Some(table) = table_name(tokens) else { return };
        if matches!(tokens.next(), Some(Token::Mark('('))) {
            self.columns.insert(table, defined(tokens));
        }
    }

    fn insert(&mut self, tokens: &mut Tokens<'_>) -> Result<(), Fault> {
        let Some(table) = table_name(tokens) else { return Ok(()) };
        let mut columns = self.columns.get(&table).cloned().unwrap_or_default();
        let (mut row, mut inside, mut values) = (Vec::new(), false, false);
        let mut rows = Rows { table, opened: None };
        while let Some(token) = tokens.next() {
            match token {
                Token::Word(word) if !inside && word.eq_ignore_ascii_case("values") => values = true,
                Token::Mark('(') if !inside => (inside, row) = (true, vec![String::new()]),
                Token::Mark(')') if inside => {
                    inside = false;
                    if !values {
                        columns = std::mem::take(&mut row);
                        continue;
                    }
                    rows.put(&row, &columns, self.sink)?;
                }
                Token::Mark(',') if inside => row.push(String::new()),
                Token::Word(word) if inside && word.eq_ignore_ascii_case("null") => {}
                Token::Word(word) | Token::Text(word) if inside => {
                    if let Some(cell) = row.last_mut() {
                        cell.push_str(&word);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Reads the lines of a `COPY` to the line `\.`; says how many there were.
    fn copy(&mut self, copy: &Copy, reader: &mut impl BufRead) -> Result<u64, Fault> {
        let columns = if copy.columns.is_empty() {
            self.columns.get(&copy.table).cloned().unwrap_or_default()
        } else {
            copy.columns.clone()
        };
        let (mut line, mut lines) = (Vec::new(), 0);
        let mut rows = Rows { table: copy.table.clone(), opened: None };
        loop {
            let got = next_line(reader, &mut line, self.sink)?;
            lines += 1;
            let text = String::from_utf8_lossy(&line);
            let text = text.trim_end_matches(['\r', '\n']);
            if got == 0 || text == "\\." {
                return Ok(lines);
            }
            rows.put(&text.split('\t').map(unescaped).collect::<Vec<_>>(), &columns, self.sink)?;
        }
    }
}

/// Words that start a line of a `CREATE TABLE` which is no column.
const CONSTRAINTS: [&str; 9] =
    ["primary", "key", "unique", "constraint", "foreign", "check", "index", "fulltext", "spatial"];

/// The names of the columns that a `CREATE TABLE` defines, after its opening bracket.
fn defined(tokens: &mut Tokens<'_>) -> Vec<String> {
    let mut names = Vec::new();
    let (mut depth, mut fresh) = (1, true);
    while let Some(token) = tokens.next() {
        match token {
            Token::Mark('(') => depth += 1,
            Token::Mark(')') => depth -= 1,
            Token::Mark(',') if depth == 1 => fresh = true,
            Token::Word(word) | Token::Text(word) if fresh && depth == 1 => {
                fresh = false;
                if !CONSTRAINTS.iter().any(|known| word.eq_ignore_ascii_case(known)) {
                    names.push(word);
                }
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    names
}

/// The rows of one statement.
struct Rows {
    table: String,
    /// The table in the sink, from the first row on.
    opened: Option<usize>,
}

impl Rows {
    /// Gives a row to the sink; columns without a name are named by their place.
    fn put(&mut self, row: &[String], columns: &[String], sink: &mut dyn Sink) -> Result<(), Fault> {
        let opened = match self.opened {
            Some(opened) => opened,
            None => {
                let named =
                    |place: usize| columns.get(place).cloned().unwrap_or_else(|| format!("column {}", place + 1));
                let headers: Vec<String> = (0..columns.len().max(row.len())).map(named).collect();
                *self.opened.insert(sink.table(&self.table, &headers)?)
            }
        };
        sink.row(opened, &row.iter().map(String::as_str).collect::<Vec<_>>())
    }
}

fn unescaped(cell: &str) -> String {
    if cell == "\\N" {
        return String::new();
    }
    if cell.contains('\\') {
        cell.replace("\\t", "\t").replace("\\n", "\n").replace("\\\\", "\\")
    } else {
        cell.to_owned()
    }
}

/// The last part of the name of a table, after `INTO` and the like.
fn table_name(tokens: &mut Tokens<'_>) -> Option<String> {
    let mut name = None;
    loop {
        let rest = tokens.text;
        match tokens.next() {
            Some(token) if name.is_none() && token.is_one_of(&["into", "if", "not", "exists", "ignore", "only"]) => {}
            Some(Token::Word(word)) if name.is_some() && !word.starts_with('.') => {
                tokens.text = rest;
                return name;
            }
            Some(Token::Word(word) | Token::Text(word)) => {
                name = Some(word.rsplit('.').next().unwrap_or_default().to_owned())
            }
            Some(Token::Mark('.')) => {}
            _ => {
                tokens.text = rest;
                return name;
            }
        }
    }
}

fn name_list(tokens: &mut Tokens<'_>) -> Vec<String> {
    let mut names = Vec::new();
    if !matches!(tokens.next(), Some(Token::Mark('('))) {
        return names;
    }
    while let Some(token) = tokens.next() {
        match token {
            Token::Word(word) | Token::Text(word) => names.push(word),
            Token::Mark(',') => {}
            _ => break,
        }
    }
    names
}

enum Token {
    /// A name, a number, a keyword.
    Word(String),
    /// A string, or a name in quotation marks.
    Text(String),
    Mark(char),
}

impl Token {
    /// Whether it is one of these keywords.
    fn is_one_of(&self, words: &[&str]) -> bool {
        matches!(self, Self::Word(word) if words.iter().any(|known| word.eq_ignore_ascii_case(known)))
    }
}

struct Tokens<'t> {
    text: &'t str,
}

impl Tokens<'_> {
    fn next(&mut self) -> Option<Token> {
        self.text = self.text.trim_start();
        let first = self.text.chars().next()?;
        match first {
            '\'' | '"' | '`' => Some(Token::Text(self.string(first))),
            '[' => Some(Token::Text(self.string(']'))),
            c if c.is_alphanumeric() || matches!(c, '_' | '-' | '+' | '.' | '\\' | '@' | '$') => {
                let end = self
                    .text
                    .find(|c: char| {
                        !(c.is_alphanumeric() || matches!(c, '_' | '-' | '+' | '.' | '\\' | '@' | '$' | ':'))
                    })
                    .unwrap_or(self.text.len());
                let (word, rest) = self.text.split_at(end);
                self.text = rest;
                Some(Token::Word(word.to_owned()))
            }
            c => {
                self.text = &self.text[c.len_utf8()..];
                Some(Token::Mark(c))
            }
        }
    }

    /// A string up to its closing mark; doubled marks and backslashes stand for themselves.
    fn string(&mut self, close: char) -> String {
        let mut string = String::new();
        let mut chars = self.text.char_indices().skip(1).peekable();
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' if close == '\'' => string.extend(chars.next().map(|(_, escaped)| escaped)),
                c if c == close && chars.peek().is_some_and(|(_, next)| *next == close) => {
                    string.push(close);
                    chars.next();
                }
                c if c == close => {
                    self.text = &self.text[at + c.len_utf8()..];
                    return string;
                }
                c => string.push(c),
            }
        }
        self.text = "";
        string
    }
}
