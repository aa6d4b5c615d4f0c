//! SQLite databases: every table of a file, and the answer to one query over files.

use super::Sink;
use crate::codes;
use crate::discover::table::shown;
use crate::text::Fault;
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, params_from_iter};
use std::path::Path;

/// Rows between two reports of progress.
const STEP: u64 = 4096;

/// Reads every table of a database into a sink.
pub(super) fn read(path: &Path, sink: &mut dyn Sink) -> Result<(), Fault> {
    let connection = open(path)?;
    let names = tables(&connection)?;
    for name in names {
        query(&connection, &format!("SELECT * FROM {}", quoted(&name)), &name, sink)?;
    }
    Ok(())
}

fn open(path: &Path) -> Result<Connection, Fault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|error| damaged(&error))?;
    guard(&connection)?;
    Ok(connection)
}

/// A damaged or hostile database must not make the program run code of its own or hold much.
fn guard(connection: &Connection) -> Result<(), Fault> {
    let limit = |limit, value| connection.set_limit(limit, value).map_err(|error| damaged(&error));
    limit(Limit::SQLITE_LIMIT_LENGTH, 64 << 20)?;
    limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    connection
        .execute_batch("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;")
        .map_err(|error| damaged(&error))
}

fn tables(connection: &Connection) -> Result<Vec<String>, Fault> {
    let sql =
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
    let mut statement = connection.prepare(sql).map_err(|error| damaged(&error))?;
    let names = statement.query_map([], |row| row.get(0)).map_err(|error| damaged(&error))?;
    names.collect::<Result<_, _>>().map_err(|error| damaged(&error))
}

/// Gives the rows of a query to a sink.
fn query(connection: &Connection, sql: &str, name: &str, sink: &mut dyn Sink) -> Result<(), Fault> {
    let mut statement = connection.prepare(sql).map_err(|error| refused(&error))?;
    if !statement.readonly() {
        return Err(Fault::new(codes::QUERY, None, "the query would change something", "write one SELECT"));
    }
    let headers: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let width = headers.len();
    let table = sink.table(name, &headers)?;
    let mut rows = statement.query([]).map_err(|error| refused(&error))?;
    let mut cells: Vec<String> = vec![String::new(); width];
    let (mut count, mut bytes) = (0, 0);
    while let Some(row) = rows.next().map_err(|error| damaged(&error))? {
        for (place, cell) in cells.iter_mut().enumerate() {
            cell.clear();
            fill(cell, row.get_ref(place).map_err(|error| damaged(&error))?);
            bytes += cell.len() as u64;
        }
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        sink.row(table, &cells)?;
        count += 1;
        if count % STEP == 0 {
            sink.progress(std::mem::take(&mut bytes));
        }
    }
    sink.progress(bytes);
    Ok(())
}

fn fill(cell: &mut String, value: ValueRef<'_>) {
    match value {
        ValueRef::Null => {}
        ValueRef::Integer(number) => cell.push_str(&number.to_string()),
        ValueRef::Real(number) => cell.push_str(&number.to_string()),
        ValueRef::Text(text) => cell.push_str(&String::from_utf8_lossy(text)),
        // Bytes that are text are looked through; pictures and the like are not.
        ValueRef::Blob(bytes) => cell.push_str(str::from_utf8(bytes).unwrap_or_default()),
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A fault of the file: the message of the engine names tables, never rows.
fn damaged(error: &rusqlite::Error) -> Fault {
    let message = format!("the database cannot be read ({})", shown(&error.to_string()));
    Fault::new(codes::DATABASE, None, message, "close the program that uses it, or restore a copy")
}

/// A fault of the query; what it quotes is shown without personal data.
fn refused(error: &rusqlite::Error) -> Fault {
    let text = error.to_string();
    let text = text.split(" in SELECT").next().unwrap_or_default();
    let message = format!("the query cannot be run ({})", shown(text));
    Fault::new(codes::QUERY, None, message, "check names of tables and columns; a file is a table named like it")
}

/// Files loaded into a database of their own, for a query over them.
pub(crate) struct Loaded {
    connection: Connection,
    tables: Vec<(String, usize)>,
    /// What the next table is called if it has no name.
    file: String,
}

impl Loaded {
    /// An empty database in a temporary file that SQLite removes.
    pub(crate) fn new() -> Result<Self, Fault> {
        let connection = Connection::open("").map_err(|error| damaged(&error))?;
        guard(&connection)?;
        connection
            .execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN")
            .map_err(|error| damaged(&error))?;
        Ok(Self { connection, tables: Vec::new(), file: String::new() })
    }

    /// Loads a file: its tables take their names, or that of the file without its ending.
    pub(crate) fn load(&mut self, path: &Path) -> Result<super::Opened, Fault> {
        self.file = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        super::read(path, self)
    }

    /// Gives the answer of a query to a sink.
    pub(crate) fn query(&self, sql: &str, sink: &mut dyn Sink) -> Result<(), Fault> {
        self.connection.execute_batch("COMMIT; PRAGMA query_only = ON").map_err(|error| damaged(&error))?;
        query(&self.connection, sql, "query", sink)
    }
}

impl Sink for Loaded {
    fn table(&mut self, name: &str, headers: &[String]) -> Result<usize, Fault> {
        let name = if name.is_empty() { self.file.clone() } else { name.to_owned() };
        if let Some(place) = self.tables.iter().position(|(known, _)| *known == name) {
            return Ok(place);
        }
        let mut columns: Vec<String> = Vec::new();
        for (place, header) in headers.iter().enumerate() {
            let known = columns.iter().any(|column| column.eq_ignore_ascii_case(&quoted(header)));
            columns.push(quoted(&if known || header.is_empty() {
                format!("column {}", place + 1)
            } else {
                header.clone()
            }));
        }
        let sql = format!("CREATE TABLE {} ({})", quoted(&name), columns.join(", "));
        self.connection.execute_batch(&sql).map_err(|error| refused(&error))?;
        self.tables.push((name, headers.len()));
        Ok(self.tables.len() - 1)
    }

    fn row(&mut self, table: usize, cells: &[&str]) -> Result<(), Fault> {
        let Some((name, width)) = self.tables.get(table) else { return Ok(()) };
        let marks = vec!["?"; *width].join(",");
        let sql = format!("INSERT INTO {} VALUES ({marks})", quoted(name));
        let cells = (0..*width).map(|place| cells.get(place).filter(|cell| !cell.is_empty()));
        let mut statement = self.connection.prepare_cached(&sql).map_err(|error| damaged(&error))?;
        statement.execute(params_from_iter(cells)).map(drop).map_err(|error| damaged(&error))
    }

    fn text(&mut self, block: &str, _line: u64) -> Result<(), Fault> {
        let table = self.table("", &["line".to_owned()])?;
        block.lines().try_for_each(|line| self.row(table, &[line]))
    }

    fn progress(&mut self, _bytes: u64) {}
}
