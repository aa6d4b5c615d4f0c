//! Statements of the portable SQL as DataFusion plans.
//!
//! `SELECT ... FROM data | (SELECT ...) [WHERE] [GROUP BY] [HAVING] [ORDER BY] [LIMIT]`, as [`crate::Query`] holds
//! them. NULL sorts first, as in SQLite. Not here: joins, WITH, UNION.

use super::expression::{Scope, aggregate_name, named, unknown};
use super::failed;
use super::window::{ascending, numbered};
use crate::problem::Error;
use datafusion::dataframe::DataFrame;
use datafusion::logical_expr::{Expr, SortExpr};
use sqlparser::ast::{
    self, Distinct, GroupByExpr, LimitClause, OrderByKind, Select, SelectItem, SetExpr, Statement, TableFactor, Value,
};
use sqlparser::dialect::SQLiteDialect;
use sqlparser::parser::Parser;

/// Deeper nesting than any checked expression has once it is written anew.
const DEEPEST: usize = 1_000;

/// Reads a statement.
pub(super) fn parse(sql: &str) -> Result<ast::Query, Error> {
    let wrong = |message: String| Error::Engine { doing: "preparing a query", message };
    let dialect = SQLiteDialect {};
    let parser = Parser::new(&dialect).with_recursion_limit(DEEPEST).try_with_sql(sql);
    let statements = parser.and_then(|mut parser| parser.parse_statements()).map_err(|e| wrong(e.to_string()))?;
    match <[Statement; 1]>::try_from(statements) {
        Ok([Statement::Query(query)]) => Ok(*query),
        _ => Err(wrong("one SELECT is wanted".to_owned())),
    }
}

/// Reads one condition.
pub(super) fn parse_condition(sql: &str) -> Result<ast::Expr, Error> {
    let dialect = SQLiteDialect {};
    let parser = Parser::new(&dialect).with_recursion_limit(DEEPEST).try_with_sql(sql);
    let wrong = |error: sqlparser::parser::ParserError| unknown(&error);
    parser.map_err(wrong)?.parse_expr().map_err(wrong)
}

/// A table with the names of its columns.
struct Relation {
    frame: DataFrame,
    columns: Vec<String>,
}

/// The plan of a statement over the table `data`.
pub(super) fn plan(query: &ast::Query, data: &DataFrame, params: &[String]) -> Result<DataFrame, Error> {
    Ok(relation(query, data, params)?.frame)
}

fn relation(query: &ast::Query, data: &DataFrame, params: &[String]) -> Result<Relation, Error> {
    let SetExpr::Select(select) = query.body.as_ref() else { return Err(unknown(&query.body)) };
    let odd = query.with.is_some() || query.fetch.is_some() || !query.locks.is_empty();
    if odd || !query.pipe_operators.is_empty() || !plain(select) {
        return Err(unknown(query));
    }
    let input = from(select, data, params)?;
    let mut stage = Stage::new(select, input, params)?;
    let Relation { mut frame, columns } = stage.project(select)?;
    if matches!(select.distinct, Some(Distinct::Distinct)) {
        frame = frame.distinct().map_err(failed("preparing a query"))?;
    }
    if let Some(order) = &query.order_by {
        let OrderByKind::Expressions(list) = &order.kind else { return Err(unknown(query)) };
        let keys: Result<Vec<SortExpr>, Error> = list.iter().map(|key| sort(key, &columns)).collect();
        frame = frame.sort(keys?).map_err(failed("preparing a query"))?;
    }
    if let Some(limit) = &query.limit_clause {
        frame = frame.limit(0, Some(limited(limit)?)).map_err(failed("preparing a query"))?;
    }
    Ok(Relation { frame, columns })
}

/// Whether a SELECT has only the clauses that are understood here.
fn plain(select: &Select) -> bool {
    let lists = select.lateral_views.is_empty()
        && select.connect_by.is_empty()
        && select.cluster_by.is_empty()
        && select.distribute_by.is_empty()
        && select.sort_by.is_empty()
        && select.named_window.is_empty();
    let options = select.top.is_none()
        && select.exclude.is_none()
        && select.into.is_none()
        && select.prewhere.is_none()
        && select.qualify.is_none()
        && select.value_table_mode.is_none();
    lists && options && matches!(select.distinct, None | Some(Distinct::Distinct))
}

fn from(select: &Select, data: &DataFrame, params: &[String]) -> Result<Relation, Error> {
    let [table] = select.from.as_slice() else { return Err(unknown(select)) };
    if !table.joins.is_empty() {
        return Err(unknown(table));
    }
    match &table.relation {
        TableFactor::Table { name, args: None, .. } if name.to_string().trim_matches('"') == "data" => {
            let columns = data.schema().fields().iter().map(|field| field.name().clone()).collect();
            Ok(Relation { frame: data.clone(), columns })
        }
        TableFactor::Derived { lateral: false, subquery, sample: None, .. } => relation(subquery, data, params),
        other => Err(unknown(other)),
    }
}

/// The columns of an answer.
#[derive(Default)]
struct Output {
    items: Vec<Expr>,
    names: Vec<String>,
}

impl Output {
    /// Adds a column; names are kept apart.
    fn push(&mut self, value: Expr, name: String) {
        let name = if self.names.contains(&name) { format!("output {}", self.names.len()) } else { name };
        self.items.push(value.alias(&name));
        self.names.push(name);
    }
}

/// A SELECT between its input and its output.
struct Stage<'a> {
    frame: DataFrame,
    columns: Vec<String>,
    keys: Vec<ast::Expr>,
    grouped: bool,
    params: &'a [String],
}

impl<'a> Stage<'a> {
    fn new(select: &Select, input: Relation, params: &'a [String]) -> Result<Self, Error> {
        let Relation { mut frame, columns } = input;
        let GroupByExpr::Expressions(list, modifiers) = &select.group_by else { return Err(unknown(select)) };
        if !modifiers.is_empty() {
            return Err(unknown(select));
        }
        let keys: Result<Vec<ast::Expr>, Error> = list.iter().map(|key| ordinal(key, select)).collect();
        let mut scope = Scope { columns: &columns, params, keys: vec![], aggregates: None };
        if let Some(condition) = &select.selection {
            let condition = scope.expression(condition)?;
            frame = frame.filter(condition).map_err(failed("preparing a query"))?;
        }
        let grouped = !list.is_empty() || select.having.is_some();
        Ok(Self { frame, columns, keys: keys?, grouped, params })
    }

    fn project(&mut self, select: &Select) -> Result<Relation, Error> {
        let keys = self.keys.iter().enumerate().map(|(index, key)| (key.clone(), format!("key {index}"))).collect();
        let mut scope = Scope { columns: &self.columns, params: self.params, keys, aggregates: Some(vec![]) };
        let mut rows = Scope { columns: &self.columns, params: self.params, keys: vec![], aggregates: None };
        let mut output = Output::default();
        let mut by_row = None;
        for (index, item) in select.projection.iter().enumerate() {
            if matches!(item, SelectItem::Wildcard(_)) && item.to_string() == "*" {
                self.columns.iter().for_each(|column| output.push(named(column), column.clone()));
                by_row = by_row.or(Some(item));
                continue;
            }
            let (expr, name) = item_of(item, index)?;
            let value = match numbered(expr, &mut rows)? {
                Some(number) => {
                    by_row = by_row.or(Some(item));
                    number
                }
                None => scope.expression(expr)?,
            };
            output.push(value, name);
        }
        let having = select.having.as_ref().map(|condition| scope.expression(condition)).transpose()?;
        let aggregates = scope.aggregates.take().unwrap_or_default();
        let mut frame = self.frame.clone();
        if self.grouped || !aggregates.is_empty() {
            if let Some(item) = by_row {
                return Err(unknown(&format_args!("{item} beside a grouping")));
            }
            frame = self.group(frame, aggregates)?;
        }
        if let Some(having) = having {
            frame = frame.filter(having).map_err(failed("preparing a query"))?;
        }
        let frame = frame.select(output.items).map_err(failed("preparing a query"))?;
        Ok(Relation { frame, columns: output.names })
    }

    fn group(&self, frame: DataFrame, aggregates: Vec<Expr>) -> Result<DataFrame, Error> {
        let mut scope = Scope { columns: &self.columns, params: self.params, keys: vec![], aggregates: None };
        let mut keys = Vec::with_capacity(self.keys.len());
        for (index, key) in self.keys.iter().enumerate() {
            keys.push(scope.expression(key)?.alias(format!("key {index}")));
        }
        let aggregates = aggregates.into_iter().enumerate().map(|(index, call)| call.alias(aggregate_name(index)));
        frame.aggregate(keys, aggregates.collect()).map_err(failed("preparing a query"))
    }
}

/// The expression of a key that is written as a position or as the name of an output column.
fn ordinal(key: &ast::Expr, select: &Select) -> Result<ast::Expr, Error> {
    let item = |index: usize| select.projection.get(index).ok_or_else(|| unknown(key)).and_then(|i| item_of(i, index));
    match key {
        ast::Expr::Value(ast::ValueWithSpan { value: Value::Number(text, _), .. }) => {
            let index = text.parse::<usize>().ok().and_then(|n| n.checked_sub(1)).ok_or_else(|| unknown(key))?;
            Ok(item(index)?.0.clone())
        }
        ast::Expr::Identifier(ident) => {
            let aliased = select.projection.iter().find_map(|item| match item {
                SelectItem::ExprWithAlias { expr, alias } if alias.value == ident.value => Some(expr),
                _ => None,
            });
            Ok(aliased.unwrap_or(key).clone())
        }
        other => Ok(other.clone()),
    }
}

/// An output column and its name.
fn item_of(item: &SelectItem, index: usize) -> Result<(&ast::Expr, String), Error> {
    match item {
        SelectItem::ExprWithAlias { expr, alias } => Ok((expr, alias.value.clone())),
        SelectItem::UnnamedExpr(expr @ ast::Expr::Identifier(ident)) => Ok((expr, ident.value.clone())),
        SelectItem::UnnamedExpr(expr) => Ok((expr, format!("output {index}"))),
        other => Err(unknown(other)),
    }
}

fn sort(key: &ast::OrderByExpr, columns: &[String]) -> Result<SortExpr, Error> {
    let ascending = ascending(key)?;
    let name = match &key.expr {
        ast::Expr::Value(ast::ValueWithSpan { value: Value::Number(text, _), .. }) => {
            text.parse::<usize>().ok().and_then(|n| n.checked_sub(1)).and_then(|n| columns.get(n))
        }
        ast::Expr::Identifier(ident) => columns.iter().find(|column| **column == ident.value),
        _ => None,
    };
    let name = name.ok_or_else(|| unknown(key))?;
    Ok(named(name).sort(ascending, key.options.nulls_first.unwrap_or(ascending)))
}

fn limited(limit: &LimitClause) -> Result<usize, Error> {
    match limit {
        LimitClause::LimitOffset {
            limit: Some(ast::Expr::Value(ast::ValueWithSpan { value: Value::Number(text, _), .. })),
            offset: None,
            ..
        } => text.parse().map_err(|_| unknown(limit)),
        other => Err(unknown(other)),
    }
}
