//! One way to replace a batch of cells, whatever the method.

use super::{AesSiv, DateShift, Ff1, KeyedHash, MAX_VALUE_BYTES, Method, OwnError, Tokens};

/// A cell of a column, and the cell of the same row that names its subject where the method needs one.
#[derive(Clone, Copy)]
pub struct Cell<'a> {
    /// The value.
    pub value: &'a str,
    /// The subject; only [`DateShift`] asks for it.
    pub subject: Option<&'a str>,
}

/// Why a batch was refused, and at which cell; it does not contain the value.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct CellError {
    /// Which cell of the batch, counted from 0.
    pub index: usize,
    /// Why.
    pub error: OwnError,
}

/// The replacement of one column.
pub enum Replacer {
    /// Deterministic encryption.
    AesSiv(AesSiv),
    /// Encryption that keeps length and alphabet.
    Ff1(Ff1),
    /// Moved dates.
    DateShift(DateShift),
    /// Random tokens.
    Token(Tokens),
    /// A keyed hash of a single owner.
    KeyedHash(KeyedHash),
}

impl Replacer {
    /// The method.
    pub const fn method(&self) -> Method {
        match self {
            Self::AesSiv(_) => Method::AesSiv,
            Self::Ff1(_) => Method::Ff1,
            Self::DateShift(_) => Method::DateShift,
            Self::Token(_) => Method::Token,
            Self::KeyedHash(_) => Method::KeyedHash,
        }
    }

    /// Whether a cell can be replaced; nothing is drawn, remembered or changed. An empty cell always can.
    ///
    /// # Errors
    /// What is wrong with the cell.
    pub fn check(&mut self, cell: Cell<'_>) -> Result<(), OwnError> {
        match self {
            Self::Token(_) if cell.value.len() > MAX_VALUE_BYTES => {
                Err(OwnError::TooLong { found: cell.value.len(), limit: MAX_VALUE_BYTES })
            }
            Self::Token(_) => Ok(()),
            _ => self.replace(cell).map(drop),
        }
    }

    /// The replacements of a batch of cells, in their order. An empty cell is a missing value and stays empty.
    ///
    /// # Errors
    /// The first cell that cannot be replaced; nothing of the batch is returned then.
    pub fn replace_all(&mut self, cells: &[Cell<'_>]) -> Result<Vec<String>, CellError> {
        if let Self::Token(tokens) = self {
            return of_tokens(tokens, cells);
        }
        let each = |(index, cell)| self.replace(cell).map_err(|error| CellError { index, error });
        cells.iter().copied().enumerate().map(each).collect()
    }

    fn replace(&mut self, cell: Cell<'_>) -> Result<String, OwnError> {
        if cell.value.is_empty() {
            return Ok(String::new());
        }
        match self {
            Self::AesSiv(method) => method.replace(cell.value),
            Self::Ff1(method) => method.replace(cell.value),
            Self::DateShift(method) => method.replace(cell.value, cell.subject.unwrap_or_default()),
            Self::KeyedHash(method) => method.replace(cell.value),
            Self::Token(tokens) => tokens.replace_all(&[cell.value]).map(|mut tokens| tokens.remove(0)),
        }
    }
}

/// All tokens of a batch in one transaction.
fn of_tokens(tokens: &mut Tokens, cells: &[Cell<'_>]) -> Result<Vec<String>, CellError> {
    let values: Vec<&str> = cells.iter().map(|cell| cell.value).filter(|value| !value.is_empty()).collect();
    let long = |cell: &Cell<'_>| cell.value.len() > MAX_VALUE_BYTES;
    let index = cells.iter().position(long).unwrap_or_default();
    let mut made = tokens.replace_all(&values).map_err(|error| CellError { index, error })?.into_iter();
    let each = |cell: &Cell<'_>| if cell.value.is_empty() { String::new() } else { made.next().unwrap_or_default() };
    Ok(cells.iter().map(each).collect())
}
