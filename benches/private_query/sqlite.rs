//! The default engine: rows in memory, one thread.

use crate::private::{spec, tell_all};
use crate::rows::{HIGH, SEGMENTS, label, rows};
use crate::turn::{best, tell};
use crate::{Outcome, STATISTICS};
use guildhall_data::{Engine, SqliteEngine, Storage, Value};
use rusqlite::Connection;

/// Turns of every query; one takes seconds.
const TURNS: usize = 4;

/// Through our code.
pub(crate) fn private() -> Outcome<()> {
    let labels: Vec<String> = (0..SEGMENTS).map(label).collect();
    let mut engine = SqliteEngine::new(Storage::Memory)?;
    engine.create(&spec().columns)?;
    for (segment, cents) in rows() {
        engine.insert(&[Value::Text(labels[segment].as_str().into()), Value::Integer(cents)])?;
    }
    engine.seal()?;
    tell_all(&engine, TURNS)
}

/// SQLite alone.
pub(crate) fn native() -> Outcome<()> {
    let labels: Vec<String> = (0..SEGMENTS).map(label).collect();
    let mut connection = Connection::open_in_memory()?;
    connection.execute_batch("PRAGMA temp_store = MEMORY; CREATE TABLE data (segment TEXT, cents INTEGER) STRICT")?;
    let transaction = connection.transaction()?;
    {
        let mut insert = transaction.prepare("INSERT INTO data VALUES (?1, ?2)")?;
        for (segment, cents) in rows() {
            insert.execute((labels[segment].as_str(), cents))?;
        }
    }
    transaction.commit()?;
    for statistic in STATISTICS {
        let figure = best(TURNS, || ask(&connection, statistic), |_| 0.0)?;
        tell("native", statistic, figure);
    }
    Ok(())
}

fn ask(connection: &Connection, statistic: &str) -> Outcome<Vec<(String, f64)>> {
    let clipped = format!("min(cents, {HIGH})");
    let sql = match statistic {
        "count" => "SELECT segment, count(*) FROM data GROUP BY 1".to_owned(),
        "sum" => format!("SELECT segment, sum({clipped}) FROM data GROUP BY 1"),
        "mean" => format!("SELECT segment, avg({clipped}) FROM data GROUP BY 1"),
        _ => "SELECT segment, cents FROM (SELECT segment, cents, row_number() OVER w AS place, \
              count(*) OVER (PARTITION BY segment) AS n FROM data WINDOW w AS (PARTITION BY segment ORDER BY cents)) \
              WHERE place = (n + 1) / 2"
            .to_owned(),
    };
    let mut statement = connection.prepare(&sql)?;
    let answers = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(answers.collect::<Result<_, _>>()?)
}
