//! What anonymising reads beside rows: files of levels.

use guildhall_anonymise::{Hierarchy, Table};

/// A file of levels: whatever is wrong with it is told with its line, and each level is a coarsening of the one before.
pub fn hierarchy(bytes: &[u8]) {
    // A column of whatever values the file begins its lines with, so that levels are reached.
    let text = String::from_utf8_lossy(bytes);
    let values: Vec<&str> =
        text.lines().take(64).map(|line| line.split([';', ',']).next().unwrap_or_default()).collect();
    let Ok(table) = Table::of(&["c"], values.iter().map(|value| [*value])) else { return };
    let column = &table.columns()[0];
    let Ok(levels) = Hierarchy::from_file(column, bytes) else { return };
    for level in 1..levels.levels() {
        for a in 0..column.values().len() as u32 {
            for b in 0..a {
                let same = |level: usize| levels.label(level, a) == levels.label(level, b);
                assert!(level == 1 || !same(level - 1) || same(level), "level {level} splits a group");
            }
        }
    }
}

/// Files of levels.
pub fn hierarchy_seeds() -> Vec<Vec<u8>> {
    ["a;ab;*\nb;ab;*\nc;c;*\n", "1,0-4,0-9\r\n5,5-9,0-9\r\n", "\"a;b\";x;*\n", "a;x;y\nb;x;z\n"]
        .map(|text| text.as_bytes().to_vec())
        .into()
}
