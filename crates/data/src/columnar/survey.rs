//! The first pass over a Parquet file: whether every row keeps every rule.
//!
//! It only ever answers yes where taking the rows one by one would have found nothing; any doubt is a no.

use super::{Reading, Table, in_order};
use crate::sink::Sink;
use crate::spec::{Empty, Format, Kind};
use crate::text::Halt;
use crate::totals;
use crate::value::{Cell, read};
use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::parquet::file::reader::ChunkReader;
use std::borrow::Cow;
use std::collections::HashSet;

/// Distinct texts that are remembered as sound, per column.
const REMEMBERED: usize = 10_000;

/// One column on its way through the file.
struct Watched {
    reading: Reading,
    sound: HashSet<String>,
}

/// How each column is read and the number of rows, if all of them are sound.
pub(super) fn survey<R: ChunkReader + 'static>(
    sink: &Sink<'_>,
    table: Table<R>,
    used: &[usize],
) -> Result<Option<(Vec<Reading>, u64)>, Halt> {
    let room = sink.limits.rows.saturating_sub(sink.import.rows_read);
    let reading = |column: &_| Reading { column: Clone::clone(column), plain: true };
    let watch = |column| Watched { reading: reading(column), sound: HashSet::new() };
    let mut columns: Vec<Watched> = sink.spec.columns.iter().map(watch).collect();
    let order = in_order(used);
    let places: Vec<usize> = used.iter().filter_map(|place| order.iter().position(|p| p == place)).collect();
    let (mut rows, mut sound) = (0u64, true);
    table.batches(used, &mut |batch| {
        rows += batch.num_rows() as u64;
        sound = sound && rows <= room;
        for (watched, place) in columns.iter_mut().zip(&places) {
            sound = sound && watched.sound(batch.column(*place), sink.limits.field);
        }
        let arrays: Vec<&ArrayRef> = places.iter().map(|place| batch.column(*place)).collect();
        sound = sound && !has_empty_row(&arrays, batch.num_rows());
        Ok(())
    })?;
    let readings = columns.into_iter().map(|watched| watched.reading).collect();
    Ok(sound.then_some((readings, rows)).filter(|(_, rows)| *rows > 0))
}

/// Whether a row is empty in every column; empty text counts as a doubt.
fn has_empty_row(arrays: &[&ArrayRef], rows: usize) -> bool {
    arrays.iter().all(|array| array.null_count() > 0) && (0..rows).any(|row| arrays.iter().all(|a| a.is_null(row)))
}

impl Watched {
    fn sound(&mut self, array: &ArrayRef, longest: usize) -> bool {
        let Ok(converted) = self.reading.convert(array) else { return false };
        if self.reading.column.empty == Empty::Refuse && converted.null_count() > 0 {
            return false;
        }
        match array.data_type() {
            DataType::Utf8 => self.texts(array.as_string::<i32>().iter(), &converted, longest),
            DataType::LargeUtf8 => self.texts(array.as_string::<i64>().iter(), &converted, longest),
            DataType::Utf8View => self.texts(array.as_string_view().iter(), &converted, longest),
            data => {
                let kept = matches!(
                    (self.reading.column.kind, data),
                    (Kind::Integer, DataType::Int64) | (Kind::Bool, DataType::Boolean)
                );
                self.reading.plain &= kept;
                true
            }
        }
    }

    fn texts<'a>(&mut self, texts: impl Iterator<Item = Option<&'a str>>, kept: &ArrayRef, longest: usize) -> bool {
        for (text, kept) in texts.zip(kept.as_string_view()) {
            self.reading.plain &= text == kept;
            let Some(text) = text.filter(|text| !self.sound.contains(*text)) else { continue };
            // An empty text may make an empty row.
            if text.is_empty() || text.len() > longest || totals::sign(text).is_some() {
                return false;
            }
            if read(&self.reading.column, &Cell::Text(Cow::Borrowed(text)), &Format::default()).is_err() {
                return false;
            }
            if self.sound.len() < REMEMBERED {
                self.sound.insert(text.to_owned());
            }
        }
        true
    }
}
