//! Builders the tests share. Thanks to them each test names only what it is about.

use guildhall_data::{
    ColumnSpec, DateForm, Empty, Error, Excess, Format, Import, Input, Kind, Limits, Problem, TableSpec, load,
};
use std::path::PathBuf;

/// The engine under test; with the feature `datafusion`, both engines at once.
#[cfg(feature = "datafusion")]
pub(crate) type Tested = crate::twin::Twin;
#[cfg(not(feature = "datafusion"))]
pub(crate) type Tested = guildhall_data::SqliteEngine;

pub(crate) fn column(name: &str, kind: Kind) -> ColumnSpec {
    ColumnSpec { name: name.into(), kind, empty: Empty::Refuse }
}

pub(crate) fn nullable(name: &str, kind: Kind) -> ColumnSpec {
    ColumnSpec { empty: Empty::Null, ..column(name, kind) }
}

pub(crate) const fn decimal(decimals: u8) -> Kind {
    Kind::Decimal { decimals, excess: Excess::Refuse }
}

pub(crate) const DATE: Kind = Kind::Date { form: DateForm::Iso };

pub(crate) fn table(columns: Vec<ColumnSpec>) -> TableSpec {
    TableSpec { columns, format: Format::default(), sheet: None, skip: vec![] }
}

/// `member` text, `amount` with two decimals.
pub(crate) fn small() -> TableSpec {
    table(vec![column("member", Kind::Text), column("amount", decimal(2))])
}

#[cfg(feature = "datafusion")]
pub(crate) fn engine() -> Tested {
    Tested::new()
}

#[cfg(not(feature = "datafusion"))]
pub(crate) fn engine() -> Tested {
    Tested::new(guildhall_data::Storage::Memory).expect("memory")
}

pub(crate) fn bytes(name: &str, content: impl AsRef<[u8]>) -> Input {
    Input::Bytes { name: name.into(), bytes: content.as_ref().to_vec() }
}

pub(crate) fn try_load(spec: &TableSpec, inputs: &[Input]) -> Result<(Tested, Import), Error> {
    let mut engine = engine();
    let import = load(spec, inputs, &Limits::default(), &mut engine)?;
    Ok((engine, import))
}

/// The first problem of a load that must fail; every problem must say how to mend it.
pub(crate) fn first_problem(outcome: Result<(Tested, Import), Error>) -> Problem {
    let error = outcome.map(|(_, import)| format!("{import:?}")).expect_err("the load must fail");
    let problems = error.problems().expect("typed problems");
    for problem in &problems.first {
        assert!(!problem.message.is_empty() && problem.remedy.len() > 5 && !problem.file.is_empty(), "{problem}");
        assert!(guildhall_data::explain(problem.code).is_some(), "{problem}");
    }
    problems.first[0].clone()
}

/// A file of the shared data folder, or nothing and a printed reason.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(path);
    if file.is_file() {
        return Some(file);
    }
    eprintln!("skipped: ../shared/data/{path} is not here");
    None
}

/// A table of the test's own answers, read by a second, independent reader.
pub(crate) fn json(path: PathBuf) -> serde_json::Value {
    serde_json::from_reader(std::fs::File::open(path).expect("opens")).expect("is JSON")
}

/// Dollars as written in an answer file, in units of the `decimals`-th decimal.
pub(crate) fn steps(value: &serde_json::Value, decimals: i32) -> i64 {
    (value.as_f64().expect("a number") * 10f64.powi(decimals)).round() as i64
}
