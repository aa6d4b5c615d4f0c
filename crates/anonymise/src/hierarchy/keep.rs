//! First characters, for postal codes and the like.

use super::ANY;
use crate::{Column, Error};

/// For each level, the label of each value: its first characters, and a mark where something was cut.
pub(super) fn labels(column: &Column, keep: &[u32]) -> Result<Vec<Vec<String>>, Error> {
    for pair in keep.windows(2) {
        if pair[1] >= pair[0] {
            let value = f64::from(pair[1]);
            return Err(Error::Parameter {
                what: "a number of characters",
                value,
                want: "fewer at each level, such as 4, 2, 0",
            });
        }
    }
    Ok(keep.iter().map(|keep| column.values().iter().map(|value| cut(value, *keep)).collect()).collect())
}

fn cut(value: &str, keep: u32) -> String {
    let end = value.char_indices().nth(keep as usize).map(|(at, _)| at);
    end.map_or_else(|| value.to_owned(), |end| format!("{}{ANY}", value.get(..end).unwrap_or_default()))
}
