//! One bounded entry for fuzzing: any bytes, as any kind of file, under a fixed description.

use crate::engine::{SqliteEngine, Storage};
use crate::extract::{Extraction, KpiQuery, Outside, extract};
use crate::import::Import;
use crate::load::{Input, load};
use crate::period::{Every, PeriodSpec};
use crate::problem::Error;
use crate::spec::{ColumnSpec, DateForm, Empty, Excess, Format, Kind, Limits, SkipRule, SkipTest, TableSpec};

/// Reads bytes as the file they look like (workbook, compressed or plain text) and extracts from it.
///
/// The columns are `member` (text), `day` (date), `amount` (two decimals), `count` (whole, may be empty) and `paid`.
///
/// # Errors
/// As [`load()`] and [`extract()`].
pub fn decode(bytes: &[u8]) -> Result<Import, Error> {
    let name = match bytes {
        [b'P', b'K', 3, 4, ..] => "fuzz.xlsx",
        [0x1f, 0x8b, ..] => "fuzz.csv.gz",
        _ => "fuzz.csv",
    };
    let spec = spec();
    let input = Input::Bytes { name: name.to_owned(), bytes: bytes.to_vec() };
    let limits = Limits { rows: 10_000, columns: 100, field: 4 << 10, text_bytes: 1 << 20, workbook_bytes: 4 << 20 };
    let mut engine = SqliteEngine::new(Storage::Memory)?;
    let import = load(&spec, &[input], &limits, &mut engine)?;
    extract(&engine, &spec, &extraction())?;
    Ok(import)
}

fn spec() -> TableSpec {
    let column = |name: &str, kind| ColumnSpec { name: name.to_owned(), kind, empty: Empty::Refuse };
    let skip = SkipRule { test: SkipTest::When("member like 'x%' or count < 0".to_owned()), reason: "test".to_owned() };
    TableSpec {
        columns: vec![
            column("member", Kind::Text),
            column("day", Kind::Date { form: DateForm::Iso }),
            column("amount", Kind::Decimal { decimals: 2, excess: Excess::Refuse }),
            ColumnSpec { empty: Empty::Null, ..column("count", Kind::Integer) },
            column("paid", Kind::Bool),
        ],
        format: Format { line_breaks: true, ..Format::default() },
        sheet: None,
        skip: vec![skip],
    }
}

fn extraction() -> Extraction {
    let sql = "sum(amount * coalesce(count, 1)) filter (where paid)".to_owned();
    let kpi = KpiQuery { id: "total".to_owned(), sql, low: -(1 << 40), high: 1 << 40, outside: Outside::Clip };
    Extraction {
        member: "member".to_owned(),
        name: None,
        attributes: Vec::new(),
        period: Some(PeriodSpec { column: "day".to_owned(), every: Every::Month, from: None, to: None }),
        kpis: vec![kpi],
    }
}
