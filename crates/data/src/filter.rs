//! Skip rules, evaluated on each row before it is kept.
//!
//! A condition sees typed values, an empty field as NULL. A rule whose condition reads a malformed field does not
//! apply, so that a rule such as `customer is null` never swallows `customer = "12x"`.

use crate::engine::{failed, harden, lock};
use crate::problem::{Error, Flaw, Problems};
use crate::spec::{SkipTest, TableSpec};
use crate::sql::{self, quote_name};
use crate::value::Value;
use crate::{codes, engine};
use rusqlite::Connection;

enum Rule {
    /// Index of the answer, and the columns it reads.
    When(usize, Vec<usize>),
    Problem(usize),
}

/// The rules of a study, ready to run.
pub(crate) struct Filter {
    connection: Connection,
    statement: Option<String>,
    rules: Vec<Rule>,
}

/// A parsed row: values, or why there is none.
pub(crate) type Parsed<'a> = [Result<Value<'a>, Flaw>];

impl Filter {
    pub(crate) fn new(spec: &TableSpec) -> Result<Self, Error> {
        let mut connection = Connection::open_in_memory().map_err(failed("preparing skip rules"))?;
        harden(&connection).map_err(failed("preparing skip rules"))?;
        lock(&mut connection).map_err(failed("preparing skip rules"))?;
        let mut conditions = Vec::new();
        let mut rules = Vec::new();
        for rule in &spec.skip {
            match &rule.test {
                SkipTest::When(text) => {
                    let checked = sql::check_condition(spec, text)
                        .map_err(|m| Error::Study(m.flaw(text).at("study", None, None).into()))?;
                    rules.push(Rule::When(conditions.len(), checked.columns().to_vec()));
                    conditions.push(checked.sql().to_owned());
                }
                SkipTest::Problem(column) => rules.push(Rule::Problem(spec.position(column).unwrap_or(usize::MAX))),
            }
        }
        let statement = (!conditions.is_empty()).then(|| statement(spec, &conditions));
        Ok(Self { connection, statement, rules })
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Which rules apply to the row.
    pub(crate) fn apply(&self, row: &Parsed<'_>) -> Result<Vec<bool>, Error> {
        let answers = match &self.statement {
            Some(statement) => self.answers(statement, row)?,
            None => Vec::new(),
        };
        let sound = |column: &usize| match row.get(*column) {
            Some(Err(flaw)) => flaw.code == codes::EMPTY_FIELD,
            _ => true,
        };
        let applies = |rule: &Rule| match rule {
            Rule::When(index, reads) => reads.iter().all(sound) && answers.get(*index).copied().unwrap_or(false),
            Rule::Problem(column) => matches!(row.get(*column), Some(Err(_))),
        };
        Ok(self.rules.iter().map(applies).collect())
    }

    fn answers(&self, statement: &str, row: &Parsed<'_>) -> Result<Vec<bool>, Error> {
        const DOING: &str = "running a skip rule";
        let mut statement = self.connection.prepare_cached(statement).map_err(failed(DOING))?;
        let width = statement.column_count();
        let values = row.iter().map(|value| value.as_ref().unwrap_or(&Value::Null));
        let outcome = statement.query_row(rusqlite::params_from_iter(values), |answers| {
            (0..width).map(|index| answers.get::<_, Option<i64>>(index).map(|v| v.is_some_and(|v| v != 0))).collect()
        });
        outcome.map_err(|error| match failed(DOING)(error) {
            Error::Overflow => Error::Data(Problems::from(engine::overflow("a skip rule").at("study", None, None))),
            other => other,
        })
    }
}

fn statement(spec: &TableSpec, conditions: &[String]) -> String {
    let named = |(index, name): (usize, &str)| format!("?{} AS {}", index + 1, quote_name(name));
    let columns: Vec<String> = spec.columns.iter().map(|c| c.name.as_str()).enumerate().map(named).collect();
    format!("SELECT {} FROM (SELECT {}) AS data", conditions.join(", "), columns.join(", "))
}
