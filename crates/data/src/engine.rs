//! The seam between member data and the engine that holds it, with embedded SQLite as the first one.
//!
//! An engine takes typed rows into one table called `data` and answers grouped aggregates. It is only ever given SQL
//! that [`crate::check_sql`] understood and rewrote. SQLite guards itself besides: a STRICT table, values bound, and
//! once the rows are in, an authorizer that allows nothing but reading that table.
//!
//! # Security
//! The engine holds the member's rows in the clear, in this process; nothing wipes its pages.

use crate::codes;
use crate::problem::{Error, Flaw};
use crate::spec::{ColumnSpec, Kind};
use crate::sql::quote_name;
use crate::value::Value;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql, config::DbConfig};

/// One field of an answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Answer<'a> {
    /// No value.
    Null,
    /// A whole number.
    Integer(i64),
    /// A floating-point number, which no figure may be.
    Real(f64),
    /// Text.
    Text(&'a str),
}

/// A grouped aggregate over the table `data`, in the portable part of SQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    pub(crate) sql: String,
    pub(crate) params: Vec<String>,
    pub(crate) width: usize,
}

impl Query {
    /// The statement; parameters are written `?1`, `?2`.
    pub fn sql(&self) -> &str {
        &self.sql
    }

    /// The parameters, all text.
    pub fn params(&self) -> &[String] {
        &self.params
    }

    /// Fields per row of the answer.
    pub const fn width(&self) -> usize {
        self.width
    }
}

/// What an engine must be able to do. Identical figures on every engine are a law, not a wish.
pub trait Engine {
    /// Creates the empty table `data`.
    ///
    /// # Errors
    /// If it exists or the engine fails.
    fn create(&mut self, columns: &[ColumnSpec]) -> Result<(), Error>;

    /// Hears where the next row stands, as a person counts lines: for an engine that may have something to say about it.
    fn at(&mut self, _file: &str, _line: u64) {}

    /// Adds one row, in the order of the columns.
    ///
    /// # Errors
    /// If the row does not fit the table or the engine fails.
    fn insert(&mut self, row: &[Value<'_>]) -> Result<(), Error>;

    /// Ends loading; from here on the table is read only.
    ///
    /// # Errors
    /// If the engine fails.
    fn seal(&mut self) -> Result<(), Error>;

    /// Runs a query and hands over its rows one by one.
    ///
    /// # Errors
    /// [`Error::Overflow`] where a sum leaves 64 bits; what `each` returns; [`Error::Engine`] otherwise.
    fn select(&self, query: &Query, each: &mut dyn FnMut(&[Answer<'_>]) -> Result<(), Error>) -> Result<(), Error>;

    /// Whether it reads clean Parquet files where they lie, see [`Engine::attach`].
    #[cfg(feature = "datafusion")]
    fn attaches(&self) -> bool {
        false
    }

    /// Makes a Parquet file part of the table without taking its rows one by one.
    ///
    /// # Errors
    /// If the engine cannot, or the file changed since it was checked.
    #[cfg(feature = "datafusion")]
    fn attach(&mut self, _file: &crate::CheckedFile<'_>) -> Result<crate::SkipCounts, Error> {
        Err(Error::Engine { doing: "reading a Parquet file", message: "this engine takes rows only".to_owned() })
    }
}

/// Where SQLite keeps its pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Storage {
    /// In memory, sorting included.
    #[default]
    Memory,
    /// In a temporary file that has no name and vanishes with the process, for tables larger than memory.
    Temporary,
}

/// SQLite inside this process.
pub struct SqliteEngine {
    connection: Connection,
    insert: String,
    sealed: bool,
}

impl SqliteEngine {
    /// Opens an empty database.
    ///
    /// # Errors
    /// If memory or the temporary file cannot be had.
    pub fn new(storage: Storage) -> Result<Self, Error> {
        let opened = match storage {
            Storage::Memory => Connection::open_in_memory(),
            Storage::Temporary => Connection::open(""),
        };
        let connection = opened.map_err(failed("opening"))?;
        harden(&connection).map_err(failed("opening"))?;
        let sorting = if storage == Storage::Memory { "MEMORY" } else { "FILE" };
        connection.pragma_update(None, "temp_store", sorting).map_err(failed("opening"))?;
        Ok(Self { connection, insert: String::new(), sealed: false })
    }
}

/// Settings that hold for every connection of this crate.
pub(crate) fn harden(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, 64 << 20)?;
    connection.execute_batch(
        "PRAGMA trusted_schema = OFF; PRAGMA case_sensitive_like = ON; PRAGMA journal_mode = OFF; \
         PRAGMA synchronous = OFF;",
    )
}

/// From here on only SELECT, over the table `data`, with the functions a study may use.
pub(crate) fn lock(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "query_only", true)?;
    connection.authorizer(Some(|context: AuthContext<'_>| authorize(&context)))
}

fn authorize(context: &AuthContext<'_>) -> Authorization {
    const FUNCTIONS: &[&str] = &[
        "sum",
        "count",
        "min",
        "max",
        "abs",
        "coalesce",
        "nullif",
        "length",
        "substr",
        "like",
        "ifnull",
        "row_number",
    ];
    let allowed = match context.action {
        AuthAction::Select => true,
        AuthAction::Read { table_name, .. } => {
            table_name == "data" && context.database_name.is_none_or(|d| d == "main")
        }
        AuthAction::Function { function_name } => FUNCTIONS.contains(&function_name.to_ascii_lowercase().as_str()),
        _ => false,
    };
    if allowed { Authorization::Allow } else { Authorization::Deny }
}

impl Engine for SqliteEngine {
    fn create(&mut self, columns: &[ColumnSpec]) -> Result<(), Error> {
        let kind = |column: &ColumnSpec| match column.kind {
            Kind::Text | Kind::Date { .. } => "TEXT",
            Kind::Integer | Kind::Decimal { .. } | Kind::Bool => "INTEGER",
        };
        let list: Vec<String> = columns.iter().map(|c| format!("{} {}", quote_name(&c.name), kind(c))).collect();
        let places: Vec<String> = (1..=columns.len()).map(|n| format!("?{n}")).collect();
        self.insert = format!("INSERT INTO data VALUES ({})", places.join(", "));
        let sql = format!("CREATE TABLE data ({}) STRICT; BEGIN", list.join(", "));
        self.connection.execute_batch(&sql).map_err(failed("creating the table"))
    }

    fn insert(&mut self, row: &[Value<'_>]) -> Result<(), Error> {
        let mut statement = self.connection.prepare_cached(&self.insert).map_err(failed("adding a row"))?;
        statement.execute(rusqlite::params_from_iter(row)).map_err(failed("adding a row"))?;
        Ok(())
    }

    fn seal(&mut self) -> Result<(), Error> {
        if self.sealed {
            return Ok(());
        }
        self.connection.execute_batch("COMMIT").map_err(failed("ending the load"))?;
        lock(&mut self.connection).map_err(failed("ending the load"))?;
        self.sealed = true;
        Ok(())
    }

    fn select(&self, query: &Query, each: &mut dyn FnMut(&[Answer<'_>]) -> Result<(), Error>) -> Result<(), Error> {
        let mut statement = self.connection.prepare(&query.sql).map_err(failed("preparing a query"))?;
        let mut rows = statement.query(rusqlite::params_from_iter(&query.params)).map_err(failed("running a query"))?;
        while let Some(row) = rows.next().map_err(failed("running a query"))? {
            let mut answers = Vec::with_capacity(query.width);
            for index in 0..query.width {
                answers.push(answer(row.get_ref(index).map_err(failed("reading an answer"))?)?);
            }
            each(&answers)?;
        }
        Ok(())
    }
}

fn answer(value: ValueRef<'_>) -> Result<Answer<'_>, Error> {
    match value {
        ValueRef::Null => Ok(Answer::Null),
        ValueRef::Integer(number) => Ok(Answer::Integer(number)),
        ValueRef::Real(number) => Ok(Answer::Real(number)),
        ValueRef::Text(bytes) => {
            std::str::from_utf8(bytes).map(Answer::Text).map_err(|_| unexpected("text that is not UTF-8"))
        }
        ValueRef::Blob(_) => Err(unexpected("bytes where a value was wanted")),
    }
}

fn unexpected(message: &str) -> Error {
    Error::Engine { doing: "reading an answer", message: message.to_owned() }
}

/// Translates a failure of SQLite; only the overflow of a sum is the data's own fault.
pub(crate) fn failed(doing: &'static str) -> impl Fn(rusqlite::Error) -> Error {
    move |error| {
        let message = error.to_string();
        if message.contains("integer overflow") { Error::Overflow } else { Error::Engine { doing, message } }
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

/// The problem behind [`Error::Overflow`].
pub(crate) fn overflow(what: &str) -> Flaw {
    Flaw::new(
        codes::OVERFLOW,
        format!("{what} does not fit into 64 bits"),
        "use a coarser unit, or divide before summing",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn engine() -> SqliteEngine {
        let mut engine = SqliteEngine::new(Storage::Memory).expect("memory");
        let column = |name: &str, kind| ColumnSpec { name: name.into(), kind, empty: Default::default() };
        engine.create(&[column("member", Kind::Text), column("odd \"name", Kind::Integer)]).expect("created");
        engine.insert(&[Value::Text("a".into()), Value::Integer(i64::MAX)]).expect("row");
        engine.insert(&[Value::Text("a'; --".into()), Value::Integer(1)]).expect("row");
        assert!(engine.insert(&[Value::Integer(1), Value::Text("x".into())]).is_err(), "STRICT refuses other types");
        engine.seal().expect("sealed");
        engine
    }

    fn run(engine: &SqliteEngine, sql: &str) -> Result<Vec<String>, Error> {
        let mut rows = Vec::new();
        let query = Query { sql: sql.to_owned(), params: vec![], width: 1 };
        engine.select(&query, &mut |row| {
            rows.push(format!("{:?}", row[0]));
            Ok(())
        })?;
        Ok(rows)
    }

    #[test]
    fn the_second_guard_holds_without_the_first() {
        let engine = engine();
        assert_eq!(run(&engine, "SELECT count(*) FROM data").expect("allowed"), ["Integer(2)"]);
        assert_eq!(run(&engine, "SELECT count(*) FROM data WHERE member LIKE 'A%'").expect("allowed"), ["Integer(0)"]);
        let hostile = [
            "SELECT name FROM sqlite_master",
            "SELECT 1 FROM pragma_table_info('data')",
            "ATTACH 'x.db' AS x",
            "PRAGMA table_info(data)",
            "DELETE FROM data",
            "UPDATE data SET member = 'x'",
            "INSERT INTO data VALUES ('x', 1)",
            "CREATE TABLE x (y)",
            "DROP TABLE data",
            "SELECT load_extension('x')",
            "SELECT randomblob(9)",
            "SELECT hex(member) FROM data",
            "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT n FROM r",
            "SELECT \"no such column\" FROM data",
            "VACUUM INTO 'x.db'",
        ];
        for sql in hostile {
            assert!(run(&engine, sql).is_err(), "{sql}");
        }
    }

    #[test]
    fn overflow_is_an_error_of_its_own() {
        let outcome = run(&engine(), "SELECT sum(\"odd \"\"name\") FROM data");
        assert!(matches!(outcome, Err(Error::Overflow)), "{outcome:?}");
        let real = run(&engine(), "SELECT max(\"odd \"\"name\" * 2) FROM data").expect("runs");
        assert!(real[0].starts_with("Real"), "a product beyond 64 bits turns up as a real: {real:?}");
    }
}
