//! `row_number() OVER (PARTITION BY ... ORDER BY ...)`, the one window of the portable SQL.
//!
//! The order must be total within a partition: rows that are equal in all keys are numbered in any order, on every
//! engine. Hence a window without ORDER BY is refused. NULL sorts first, as in SQLite. Not here: frames, named windows,
//! other functions, windows beside aggregates.

use super::expression::{Scope, unknown};
use super::failed;
use crate::problem::Error;
use datafusion::arrow::datatypes::DataType;
use datafusion::functions_window::expr_fn::row_number;
use datafusion::logical_expr::{Expr, ExprFunctionExt, SortExpr, cast};
use sqlparser::ast::{self, FunctionArguments, OrderByExpr, OrderBySort, WindowSpec, WindowType};

/// The number of a row within its partition, if that is what the expression asks for.
pub(super) fn numbered(expr: &ast::Expr, scope: &mut Scope<'_>) -> Result<Option<Expr>, Error> {
    let ast::Expr::Function(function) = expr else { return Ok(None) };
    let Some(WindowType::WindowSpec(window)) = &function.over else { return Ok(None) };
    let bare = matches!(&function.args, FunctionArguments::List(list) if list.to_string().is_empty());
    let extra = function.filter.is_some() || function.null_treatment.is_some() || !function.within_group.is_empty();
    if !function.name.to_string().eq_ignore_ascii_case("row_number") || !bare || extra || !plain(window) {
        return Err(unknown(function));
    }
    let partition: Result<Vec<Expr>, Error> = window.partition_by.iter().map(|key| scope.expression(key)).collect();
    let order: Result<Vec<SortExpr>, Error> = window.order_by.iter().map(|key| sort(key, scope)).collect();
    let call = row_number().partition_by(partition?).order_by(order?).build().map_err(failed("preparing a query"))?;
    Ok(Some(cast(call, DataType::Int64)))
}

/// Whether a window has an order and nothing that is not understood here.
fn plain(window: &WindowSpec) -> bool {
    window.window_name.is_none() && window.window_frame.is_none() && !window.order_by.is_empty()
}

/// A key of an order that is an expression over the columns.
fn sort(key: &OrderByExpr, scope: &mut Scope<'_>) -> Result<SortExpr, Error> {
    let ascending = ascending(key)?;
    Ok(scope.expression(&key.expr)?.sort(ascending, key.options.nulls_first.unwrap_or(ascending)))
}

/// Whether a key sorts upwards.
pub(super) fn ascending(key: &OrderByExpr) -> Result<bool, Error> {
    match key.options.sort {
        None | Some(OrderBySort::Asc) => Ok(true),
        Some(OrderBySort::Desc) => Ok(false),
        Some(_) => Err(unknown(key)),
    }
}
