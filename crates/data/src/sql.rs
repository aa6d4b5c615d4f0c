//! The small portable part of SQL in which a study writes its KPIs and skip rules.
//!
//! A text is parsed by `sqlparser`, typed against the columns of the study and written anew from its tree, so an
//! engine only ever runs what was understood here: one expression over the table `data`, integers and no floating
//! point, no subselect, no other table. Typing catches what engines convert silently and differently: text in sums,
//! cents added to thousandths, a column outside `sum`. Decimals are whole numbers of their last decimal: for a column
//! with two decimals `price > 1.50` means 150 cents and is written so; `price > 1` is refused as ambiguous.
//! Division cuts towards zero and gives NULL when dividing by zero. Not here: running it, see [`crate::Engine`].

mod compile;
mod types;

use crate::codes;
use crate::problem::Flaw;
use crate::spec::TableSpec;
pub(crate) use compile::quote_name;
use compile::{Compiler, Mode};
use sqlparser::dialect::SQLiteDialect;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Token;
use types::Ty;

/// Longest text of an expression, in bytes.
const LONGEST: usize = 2_000;
/// Deepest nesting the parser follows.
const DEEPEST: usize = 40;

/// An expression that was understood, as an engine runs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    sql: String,
    columns: Vec<usize>,
    decimals: Option<u8>,
}

impl Checked {
    /// The expression, written anew from its tree, with quoted column names.
    pub fn sql(&self) -> &str {
        &self.sql
    }

    /// Indices into [`TableSpec::columns`] of the columns it reads.
    pub fn columns(&self) -> &[usize] {
        &self.columns
    }

    /// Decimals that one step of the result stands for; `None` where a power of ten was multiplied or divided.
    pub const fn decimals(&self) -> Option<u8> {
        self.decimals
    }
}

/// What is wrong with an expression, and where in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("[{code}] SQL, line {line}, character {column}: {message}. Try: {remedy}")]
pub struct SqlMistake {
    /// Stable code, e.g. `D052`.
    pub code: &'static str,
    /// Line within the expression, counted from 1.
    pub line: u64,
    /// Character within that line, counted from 1.
    pub column: u64,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub remedy: String,
}

impl SqlMistake {
    pub(crate) fn flaw(self, sql: &str) -> Flaw {
        let message = format!("{} (line {}, character {} of {sql:?})", self.message, self.line, self.column);
        Flaw::new(self.code, message, self.remedy)
    }
}

/// Checks a KPI: an aggregate over the rows of one member and period whose result is a whole number.
///
/// # Errors
/// The first mistake, with its place and remedy.
pub fn check_sql(spec: &TableSpec, text: &str) -> Result<Checked, SqlMistake> {
    let (checked, ty) = compile(spec, text, Mode::Aggregate)?;
    match ty {
        Ty::Integer(scale) => Ok(Checked { decimals: scale.decimals(), ..checked }),
        other => {
            Err(whole(codes::SQL_TYPE, format!("the result is {}, not a number", other.name()), "sum or count it"))
        }
    }
}

/// Checks a condition over the columns of one row.
///
/// # Errors
/// The first mistake, with its place and remedy.
pub fn check_condition(spec: &TableSpec, text: &str) -> Result<Checked, SqlMistake> {
    let (checked, ty) = compile(spec, text, Mode::Row)?;
    match ty {
        Ty::Bool => Ok(checked),
        other => {
            let message = format!("the condition is {}, not true or false", other.name());
            Err(whole(codes::SQL_TYPE, message, "compare it with something, e.g. `quantity <= 0`"))
        }
    }
}

/// What an expression over one row gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// A whole number of steps of [`Checked::decimals`].
    Number,
    /// Text.
    Text,
    /// A date as ISO text.
    Date,
    /// True or false.
    Truth,
}

/// Checks an expression over the columns of one row that gives a value of any kind.
///
/// A text that is a column's name to the letter stands for that column, whatever characters it has.
///
/// # Errors
/// The first mistake, with its place and remedy.
pub fn check_row(spec: &TableSpec, text: &str) -> Result<(Checked, RowKind), SqlMistake> {
    let quoted = spec.position(text).map(|_| quote_name(text));
    let (checked, ty) = compile(spec, quoted.as_deref().unwrap_or(text), Mode::Row)?;
    match ty {
        Ty::Integer(scale) => Ok((Checked { decimals: scale.decimals(), ..checked }, RowKind::Number)),
        Ty::Text => Ok((checked, RowKind::Text)),
        Ty::Date => Ok((checked, RowKind::Date)),
        Ty::Bool => Ok((checked, RowKind::Truth)),
        Ty::Null => Err(whole(codes::SQL_TYPE, "the expression is always NULL".to_owned(), "name a column")),
    }
}

fn whole(code: &'static str, message: String, remedy: &str) -> SqlMistake {
    SqlMistake { code, line: 1, column: 1, message, remedy: remedy.to_owned() }
}

fn compile(spec: &TableSpec, text: &str, mode: Mode) -> Result<(Checked, Ty), SqlMistake> {
    if text.len() > LONGEST || text.trim().is_empty() {
        let message = format!("the expression is empty or longer than {LONGEST} bytes");
        return Err(whole(codes::SQL_SYNTAX, message, "write one expression such as sum(receipts)"));
    }
    let dialect = SQLiteDialect {};
    let parser = Parser::new(&dialect).with_recursion_limit(DEEPEST).try_with_sql(text);
    let mut parser = parser.map_err(|error| syntax(&error))?;
    let expression = parser.parse_expr().map_err(|error| syntax(&error))?;
    let next = parser.peek_token();
    if next.token != Token::EOF {
        let place = next.span.start;
        return Err(SqlMistake {
            code: codes::SQL_SYNTAX,
            line: place.line,
            column: place.column,
            message: format!("{} follows after the end of the expression", next.token),
            remedy: "write a single expression, without FROM, ; or AS".to_owned(),
        });
    }
    let mut compiler = Compiler::new(spec, mode);
    let typed = compiler.expression(&expression)?;
    compiler.finish()?;
    let checked = Checked { sql: typed.sql, columns: compiler.used(), decimals: None };
    Ok((checked, typed.ty))
}

/// Finds the place in the parser's message, which carries it only as text.
fn syntax(error: &ParserError) -> SqlMistake {
    let message = match error {
        ParserError::TokenizerError(message) | ParserError::ParserError(message) => message.clone(),
        ParserError::RecursionLimitExceeded => "the expression is nested too deeply".to_owned(),
    };
    let after = |mark: &str| {
        let rest = message.rsplit_once(mark)?.1;
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    };
    let (line, column) = (after("Line: ").unwrap_or(1), after("Column: ").unwrap_or(1));
    let text = message.split(" at Line:").next().unwrap_or(&message).to_owned();
    SqlMistake {
        code: codes::SQL_SYNTAX,
        line,
        column,
        message: text,
        remedy: "check brackets, quotes and commas".into(),
    }
}

#[cfg(test)]
mod tests;
