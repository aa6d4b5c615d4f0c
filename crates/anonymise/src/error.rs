//! What can be wrong with a table, a hierarchy, a rule, a search or an output.

/// Why something cannot be done, in plain words: what, where, how to mend it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A table without rows has no classes.
    #[error("the table has no rows; give one that has")]
    NoRows,
    /// More than the codes can count.
    #[error("the table has more than {most} {what}; split it")]
    TooLarge {
        /// What there are too many of.
        what: &'static str,
        /// How many are allowed.
        most: u64,
    },
    /// A row with another number of fields.
    #[error("row {row} has {found} fields, not {expected}; check the separators there")]
    Width {
        /// Row, counted from 1 without the header.
        row: u64,
        /// Fields it has.
        found: usize,
        /// Fields of the header.
        expected: usize,
    },
    /// A column that is not there.
    #[error("there is no column {name:?}; there are: {known}")]
    UnknownColumn {
        /// Its name.
        name: String,
        /// The columns there are.
        known: String,
    },
    /// Something is wrong with a file of levels.
    #[error("hierarchy of {column:?}, line {line}: {flaw}")]
    HierarchyLine {
        /// The column.
        column: String,
        /// Line, counted from 1.
        line: u64,
        /// What.
        flaw: Box<HierarchyFlaw>,
    },
    /// Values of the data that the hierarchy does not know.
    #[error(
        "hierarchy of {column:?}: it lacks {missing} of the column's values, the first of row {row} of the data; add a line for each"
    )]
    HierarchyLacks {
        /// The column.
        column: String,
        /// How many are missing.
        missing: usize,
        /// The first row of the data that has one, counted from 1 without the header.
        row: u64,
    },
    /// A value that cannot be made coarser as asked.
    #[error("column {column:?}, row {row}: a value like {form:?} is not {want}")]
    Value {
        /// The column.
        column: String,
        /// Row, counted from 1 without the header.
        row: u64,
        /// The form of the value: letters are `a`, digits `0`.
        form: String,
        /// What it should be, with an example.
        want: &'static str,
    },
    /// A parameter outside its range.
    #[error("{what} cannot be {value}; write {want}")]
    Parameter {
        /// Which.
        what: &'static str,
        /// What was given.
        value: f64,
        /// What is allowed.
        want: &'static str,
    },
    /// A rule this way of searching cannot keep.
    #[error("{rule} cannot be kept by {search}; {remedy}")]
    Unsupported {
        /// The rule.
        rule: &'static str,
        /// The search.
        search: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// Too many combinations of levels.
    #[error(
        "the hierarchies make {nodes} combinations of levels, more than {most}; use fewer levels or quasi-identifiers, or search = \"mondrian\""
    )]
    TooManyNodes {
        /// Combinations.
        nodes: u128,
        /// How many are searched at most.
        most: u64,
    },
    /// No combination of levels keeps the rules.
    #[error(
        "no combination of levels keeps every rule with at most {allowed} rows left out; allow more suppression, add a top level \"*\" to the hierarchies, or relax the rules"
    )]
    NoSolution {
        /// Rows that may be left out.
        allowed: u64,
    },
    /// Every row would be left out.
    #[error("every row would be left out, so nothing could be written; relax the rules")]
    NothingLeft,
    /// A population that is not one of the data.
    #[error(
        "{rows} rows have no counterpart in the population; it must hold at least as many people of each kind as the data"
    )]
    NotOfPopulation {
        /// Rows without one.
        rows: u64,
    },
    /// The written text breaks a promise.
    #[error("the written rows do not keep what was promised: {what}")]
    Broken {
        /// Which promise, with the value found.
        what: String,
    },
    /// The written text cannot be read back.
    #[error("the written rows cannot be read back: {what}")]
    Unreadable {
        /// Why.
        what: String,
    },
}

/// What is wrong with a line of a hierarchy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HierarchyFlaw {
    /// Nothing in the file.
    #[error("there is no line; write the value, then one column for each coarser level")]
    Empty,
    /// Too large to be one.
    #[error("the file is larger than {0} (bytes, lines or levels); a hierarchy has a line per value")]
    TooLarge(u64),
    /// Not text.
    #[error("it is not UTF-8 text or not separated values; export it again")]
    NotText,
    /// Only the value.
    #[error(
        "there is only one column; write the value, then one column for each coarser level, with `;` or `,` between"
    )]
    Narrow,
    /// More or fewer columns than the first line.
    #[error("it has {found} columns, the first line has {expected}; every line must have all levels")]
    Ragged {
        /// Columns it has.
        found: usize,
        /// Columns of the first line.
        expected: usize,
    },
    /// A value that had a line before.
    #[error("column 1: the value has a line already, line {other}; keep one of the two")]
    Twice {
        /// Where.
        other: u64,
    },
    /// Not a coarsening.
    #[error(
        "column {column}: it differs from line {other}, although the column before is the same; what is one group there must stay one"
    )]
    Split {
        /// The column of the file that splits a group, counted from 1.
        column: usize,
        /// Where the group became something else.
        other: u64,
    },
}

/// The form of a value, so that an error betrays none: letters are `a`, digits `0`, at most 24 characters.
pub(crate) fn shape(value: &str) -> String {
    let form = |c: char| match c {
        c if c.is_alphabetic() => 'a',
        c if c.is_numeric() => '0',
        c => c,
    };
    value.chars().take(24).map(form).collect()
}
