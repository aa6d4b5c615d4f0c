//! The codes of every problem this crate reports, with what `guildhall explain` says about them.
//!
//! A code never changes its meaning. Not here: the problems themselves, see [`crate::Problem`].

/// One code and what stands behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeEntry {
    /// The code, e.g. `D010`.
    pub code: &'static str,
    /// What is wrong, in a few words.
    pub title: &'static str,
    /// Why the load stops instead of going on.
    pub why: &'static str,
}

macro_rules! codes {
    ($($name:ident = $code:literal, $title:literal, $why:literal;)*) => {
        $(
            // Some belong to files that only a feature reads.
            #[allow(dead_code)]
            pub(crate) const $name: &str = $code;
        )*
        /// Every code of this crate, in order.
        pub const CODES: &[CodeEntry] = &[$(CodeEntry { code: $code, title: $title, why: $why }),*];
    };
}

codes! {
    UNREADABLE = "D001", "file cannot be read", "The file is missing, locked, or the disk failed while it was read.";
    FILE_KIND = "D002", "unknown kind of file", "Only .csv, .tsv, .txt (also .gz), .xlsx and, with the feature `datafusion`, .parquet files are read; a guess could misread the rest.";
    EMPTY_FILE = "D003", "file is empty", "A file without a header cannot be checked against the study.";
    ENCODING = "D004", "wrong text encoding", "Letters read in the wrong encoding become other letters, and one member can become two.";
    CONTROL = "D005", "control character in the text", "Invisible characters (NUL and others) come from damaged or binary files.";
    TOO_LARGE = "D006", "too large", "A limit keeps a damaged or hostile file from filling the machine.";
    ARCHIVE = "D007", "damaged archive", "The compressed file ends early or fails its checksum, so rows may be missing.";
    TWICE = "D008", "same file twice", "Its rows would be counted twice.";
    NO_ROWS = "D009", "no rows", "A header without rows is usually an export that failed.";
    STRAY_QUOTE = "D010", "stray quotation mark", "A quotation mark in the middle of a field makes readers disagree on where the field ends.";
    OPEN_QUOTE = "D011", "quotation mark never closed", "Everything after the mark would be swallowed into one field.";
    BARE_RETURN = "D012", "carriage return without line feed", "Some programs see a new line there and some do not.";
    BLANK_LINE = "D013", "blank line between rows", "It often separates two tables, or the table from its footer.";
    RAGGED = "D014", "wrong number of fields", "Fields would be taken for those of a neighbouring column.";
    LINE_BREAK = "D015", "line break inside a field", "One wrong quotation mark hides whole rows inside a field in just this way.";
    HEADER_AGAIN = "D016", "header repeated among the rows", "Files were pasted together, or the file holds two tables.";
    TOTAL_ROW = "D017", "row of totals", "It would be counted as one more row, and double the sums.";
    EMPTY_ROW = "D018", "empty row", "A row without any value would still be counted.";
    DELIMITER = "D019", "delimiter unclear", "More than one delimiter fits the header.";
    MISSING_COLUMN = "D020", "column missing", "A column is needed that the file does not have; lines above the header are skipped with `preamble` in a study.";
    DUPLICATE_COLUMN = "D021", "column twice in the header", "It is unclear which of the two is meant.";
    EMPTY_FIELD = "D030", "empty field", "The study says that this column is never empty.";
    NOT_WHOLE = "D031", "not a whole number", "The study says that this column holds whole numbers.";
    NOT_DECIMAL = "D032", "not a number", "The study says that this column holds numbers.";
    DECIMALS = "D033", "too many decimals", "Dropping them would change the figures.";
    NUMBER_RANGE = "D034", "number too large", "The number does not fit into 64 bits at the decimals of its column.";
    NOT_DATE = "D035", "not a date", "The study says that this column holds dates of one form.";
    NOT_BOOL = "D036", "not yes or no", "The study says that this column holds yes or no.";
    CELL_KIND = "D038", "wrong kind of cell", "The cell holds another kind of value than the study expects, e.g. a number for a date.";
    FORMULA = "D039", "formula error", "The cell shows an error such as #REF! or #DIV/0!.";
    SHEET = "D040", "sheet unclear", "The workbook has several sheets, or not the one that the study names.";
    MERGED = "D041", "merged cells", "A merged cell has one value for several rows or columns; the others read as empty.";
    WORKBOOK = "D042", "workbook cannot be read", "The file is damaged, encrypted, or not an .xlsx workbook.";
    PARQUET = "D043", "Parquet file cannot be read", "The file is damaged, encrypted, not Parquet, or this program was built without the feature `datafusion`.";
    COLUMN_TYPE = "D044", "wrong type of column", "The file says that the column holds another kind of value than the study expects, and converting it would be a guess.";
    JSON = "D045", "JSON cannot be read", "The file ends early or its syntax is wrong, so that part of it would go unseen.";
    DATABASE = "D046", "database cannot be read", "The file is damaged, locked by another program, or not a database of SQLite.";
    QUERY = "D047", "query cannot be run", "Only one SELECT over the files that were named is run.";
    SPEC = "D050", "table description is not usable", "The study contradicts itself before any file is read.";
    SQL_SYNTAX = "D051", "SQL cannot be read", "The text is not one SQL expression.";
    SQL_COLUMN = "D052", "unknown column in SQL", "The expression names a column that the study does not describe.";
    SQL_TYPE = "D053", "SQL mixes kinds of values", "Engines convert such values silently, and differently.";
    SQL_SHAPE = "D054", "SQL aggregates wrongly", "A KPI is one figure per member and period, so every column must stand inside sum, count, min or max.";
    SQL_REFUSED = "D055", "SQL uses what is not allowed", "Only a small portable part of SQL gives the same figures on every engine.";
    NOT_INTEGER = "D060", "KPI is not a whole number", "Figures are whole numbers of steps; a fraction means that a product left the 64-bit range.";
    OVERFLOW = "D061", "KPI too large", "The sum does not fit into 64 bits.";
    OUTSIDE = "D062", "figure outside the KPI's range", "The range is agreed and public; a figure outside it is usually a wrong unit.";
    ATTRIBUTE_CHANGES = "D063", "attribute of a member changes", "The study says that it is constant.";
    ATTRIBUTE_TIE = "D064", "attribute of a member unclear", "The member has two values on its first day.";
    MEMBER_TWINS = "D065", "two members differ only in spaces", "They are usually one member, whose figures would be split.";
    WINDOW = "D066", "periods not usable", "The window cuts a period, ends before it starts, or spans too many periods.";
    NO_MEMBERS = "D067", "no rows in the window", "No member has a row in the periods of the study.";
}

/// What stands behind a code; `None` for codes of other crates.
pub fn explain(code: &str) -> Option<&'static CodeEntry> {
    CODES.iter().find(|entry| entry.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_sorted() {
        assert!(CODES.windows(2).all(|pair| pair[0].code < pair[1].code));
        assert_eq!(explain("D010").map(|entry| entry.title), Some("stray quotation mark"));
        assert_eq!(explain("E999"), None);
    }
}
