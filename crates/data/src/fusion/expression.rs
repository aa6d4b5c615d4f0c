//! Expressions of the portable SQL as DataFusion's, with SQLite's meaning.
//!
//! What is not listed here is refused, so that a statement either means the same on both engines or does not run.
//! A condition behind `FILTER` becomes a CASE inside the aggregate: rows it leaves out are then not computed, as in
//! SQLite, and cannot overflow.

use super::functions::Function;
use super::sum::checked_sum;
use crate::problem::Error;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Column, ScalarValue};
use datafusion::functions::core::expr_fn::coalesce;
use datafusion::functions_aggregate::expr_fn::{count, count_distinct, max, min};
use datafusion::logical_expr::expr::{Between, InList, Like};
use datafusion::logical_expr::{BinaryExpr, Case, Expr, Operator, cast, lit};
use sqlparser::ast::{
    self, BinaryOperator, CaseWhen, CastKind, DuplicateTreatment, FunctionArg, FunctionArgExpr, FunctionArguments,
    UnaryOperator, Value,
};

/// What an expression may refer to.
pub(super) struct Scope<'a> {
    /// Names of the columns below.
    pub(super) columns: &'a [String],
    /// Parameters `?1`, `?2`.
    pub(super) params: &'a [String],
    /// Keys of the grouping, as written, with the columns that hold them; nothing outside of a grouping.
    pub(super) keys: Vec<(ast::Expr, String)>,
    /// Aggregates met so far, each becoming a column; nothing where aggregates cannot stand.
    pub(super) aggregates: Option<Vec<Expr>>,
}

type Outcome = Result<Expr, Error>;

/// The failure of a statement that this engine does not understand.
pub(super) fn unknown(what: &dyn std::fmt::Display) -> Error {
    Error::Engine { doing: "preparing a query", message: format!("{what} is not part of the portable SQL") }
}

/// A column by its exact name.
pub(super) fn named(name: &str) -> Expr {
    Expr::Column(Column::new_unqualified(name))
}

/// The column that holds the n-th aggregate.
pub(super) fn aggregate_name(index: usize) -> String {
    format!("aggregate {index}")
}

/// Written out, since DataFusion's own takes two NULLs for text.
fn null_if(first: Expr, second: Expr) -> Expr {
    let null = Box::new(lit(ScalarValue::Null));
    let same = Box::new(first.clone().eq(second));
    Expr::Case(Case::new(None, vec![(same, null)], Some(Box::new(first))))
}

/// Whether a value is in a list, written out unless all of the list is literal.
///
/// DataFusion takes an item for constant if it gives one value over an empty table, as a CASE with a NULL in it does.
fn one_of(value: Expr, list: Vec<Expr>, negated: bool) -> Option<Expr> {
    if list.iter().all(|item| matches!(item, Expr::Literal(..))) {
        return Some(Expr::InList(InList::new(Box::new(value), list, negated)));
    }
    let found = list.into_iter().map(|item| value.clone().eq(item)).reduce(Expr::or)?;
    Some(if negated { Expr::Not(Box::new(found)) } else { found })
}

impl Scope<'_> {
    pub(super) fn expression(&mut self, expr: &ast::Expr) -> Outcome {
        if let Some((_, name)) = self.keys.iter().find(|(key, _)| key == expr) {
            return Ok(named(name));
        }
        match expr {
            ast::Expr::Identifier(ident) => self.column(&ident.value),
            ast::Expr::CompoundIdentifier(parts) => match parts.as_slice() {
                [_, column] => self.column(&column.value),
                _ => Err(unknown(expr)),
            },
            ast::Expr::Value(value) => self.literal(&value.value),
            ast::Expr::Nested(inner) => self.expression(inner),
            ast::Expr::UnaryOp { op, expr: inner } => self.unary(*op, inner),
            ast::Expr::BinaryOp { left, op, right } => self.binary(left, op, right),
            ast::Expr::IsNull(inner) => Ok(self.expression(inner)?.is_null()),
            ast::Expr::IsNotNull(inner) => Ok(self.expression(inner)?.is_not_null()),
            ast::Expr::InList { expr: inner, list, negated } => {
                one_of(self.expression(inner)?, self.all(list)?, *negated).ok_or_else(|| unknown(expr))
            }
            ast::Expr::Between { expr: inner, negated, low, high } => {
                let (inner, low, high) = (self.expression(inner)?, self.expression(low)?, self.expression(high)?);
                Ok(Expr::Between(Between::new(Box::new(inner), *negated, Box::new(low), Box::new(high))))
            }
            ast::Expr::Like { negated, any: false, expr: inner, pattern, escape_char: None } => {
                self.like(inner, pattern, *negated)
            }
            ast::Expr::Case { operand: None, conditions, else_result, .. } => {
                self.case(conditions, else_result.as_deref())
            }
            ast::Expr::Substring { expr: inner, substring_from: Some(from), substring_for, .. } => {
                let mut args = vec![self.expression(inner)?, self.expression(from)?];
                if let Some(length) = substring_for {
                    args.push(self.expression(length)?);
                }
                Ok(Function::Substring.call(args))
            }
            ast::Expr::Cast { kind: CastKind::Cast, expr: inner, data_type: ast::DataType::Text, .. } => {
                Ok(cast(self.expression(inner)?, DataType::Utf8View))
            }
            ast::Expr::Function(function) => self.function(function),
            other => Err(unknown(other)),
        }
    }

    fn all(&mut self, list: &[ast::Expr]) -> Result<Vec<Expr>, Error> {
        list.iter().map(|item| self.expression(item)).collect()
    }

    fn column(&self, name: &str) -> Outcome {
        if self.aggregates.is_some() && !self.keys.is_empty() {
            return Err(unknown(&format_args!("the column {name:?} outside of an aggregate")));
        }
        let exact = self.columns.iter().find(|column| *column == name);
        let loose = || self.columns.iter().find(|column| column.eq_ignore_ascii_case(name));
        exact.or_else(loose).map(|found| named(found)).ok_or_else(|| unknown(&format_args!("the column {name:?}")))
    }

    fn literal(&self, value: &Value) -> Outcome {
        match value {
            Value::Number(text, _) => text.parse::<i64>().map(lit).map_err(|_| unknown(value)),
            Value::SingleQuotedString(text) => Ok(lit(text.as_str())),
            Value::Boolean(truth) => Ok(lit(*truth)),
            Value::Null => Ok(lit(ScalarValue::Null)),
            Value::Placeholder(place) => {
                let index =
                    place.strip_prefix('?').and_then(|n| n.parse::<usize>().ok()).and_then(|n| n.checked_sub(1));
                let text = index.and_then(|index| self.params.get(index)).ok_or_else(|| unknown(value))?;
                Ok(lit(text.as_str()))
            }
            other => Err(unknown(other)),
        }
    }

    fn unary(&mut self, op: UnaryOperator, inner: &ast::Expr) -> Outcome {
        let value = self.expression(inner)?;
        match op {
            UnaryOperator::Minus => Ok(Function::Negate.call(vec![value])),
            UnaryOperator::Plus => Ok(value),
            UnaryOperator::Not => Ok(Expr::Not(Box::new(value))),
            other => Err(unknown(&other)),
        }
    }

    fn binary(&mut self, left: &ast::Expr, op: &BinaryOperator, right: &ast::Expr) -> Outcome {
        let (a, b) = (self.expression(left)?, self.expression(right)?);
        let checked = match op {
            BinaryOperator::Plus => Some(Function::Add),
            BinaryOperator::Minus => Some(Function::Subtract),
            BinaryOperator::Multiply => Some(Function::Multiply),
            BinaryOperator::Divide => Some(Function::Divide),
            _ => None,
        };
        if let Some(function) = checked {
            return Ok(function.call(vec![a, b]));
        }
        let op = match op {
            BinaryOperator::Eq => Operator::Eq,
            BinaryOperator::NotEq => Operator::NotEq,
            BinaryOperator::Lt => Operator::Lt,
            BinaryOperator::LtEq => Operator::LtEq,
            BinaryOperator::Gt => Operator::Gt,
            BinaryOperator::GtEq => Operator::GtEq,
            BinaryOperator::And => Operator::And,
            BinaryOperator::Or => Operator::Or,
            BinaryOperator::StringConcat => Operator::StringConcat,
            other => return Err(unknown(other)),
        };
        Ok(Expr::BinaryExpr(BinaryExpr::new(Box::new(a), op, Box::new(b))))
    }

    /// In SQLite no character escapes the wildcards; in Arrow a backslash does, so it is doubled.
    fn like(&mut self, inner: &ast::Expr, pattern: &ast::Expr, negated: bool) -> Outcome {
        let value = self.expression(inner)?;
        let ast::Expr::Value(ast::ValueWithSpan { value: Value::SingleQuotedString(text), .. }) = pattern else {
            return Err(unknown(&format_args!("the pattern {pattern}")));
        };
        let pattern = lit(text.replace('\\', "\\\\"));
        Ok(Expr::Like(Like::new(negated, Box::new(value), Box::new(pattern), None, false)))
    }

    fn case(&mut self, conditions: &[CaseWhen], otherwise: Option<&ast::Expr>) -> Outcome {
        let mut branches = Vec::with_capacity(conditions.len());
        for CaseWhen { condition, result } in conditions {
            branches.push((Box::new(self.expression(condition)?), Box::new(self.expression(result)?)));
        }
        let otherwise = otherwise.map(|value| self.expression(value).map(Box::new)).transpose()?;
        Ok(Expr::Case(Case::new(None, branches, otherwise)))
    }

    fn function(&mut self, function: &ast::Function) -> Outcome {
        let FunctionArguments::List(list) = &function.args else { return Err(unknown(function)) };
        if function.over.is_some() || function.null_treatment.is_some() || !list.clauses.is_empty() {
            return Err(unknown(function));
        }
        let distinct = list.duplicate_treatment == Some(DuplicateTreatment::Distinct);
        let name = function.name.to_string().to_ascii_lowercase();
        if matches!(name.as_str(), "sum" | "count" | "min" | "max") {
            return self.aggregate(function, &name, &list.args, distinct);
        }
        let mut args = Vec::with_capacity(list.args.len());
        for arg in &list.args {
            let FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) = arg else { return Err(unknown(function)) };
            args.push(self.expression(expr)?);
        }
        match (name.as_str(), args.len()) {
            _ if distinct || function.filter.is_some() => Err(unknown(function)),
            ("coalesce", 2..) | ("ifnull", 2) => Ok(coalesce(args)),
            ("nullif", 2) => {
                let (second, first) = (args.pop().unwrap_or_default(), args.pop().unwrap_or_default());
                Ok(null_if(first, second))
            }
            ("abs", 1) => Ok(Function::Absolute.call(args)),
            ("length", 1) => Ok(Function::Length.call(args)),
            ("substr", 2 | 3) => Ok(Function::Substring.call(args)),
            _ => Err(unknown(function)),
        }
    }

    fn aggregate(&mut self, function: &ast::Function, name: &str, args: &[FunctionArg], distinct: bool) -> Outcome {
        let Some(found) = self.aggregates.take() else { return Err(unknown(function)) };
        let keys = std::mem::take(&mut self.keys);
        let call = self.call(function, name, args, distinct);
        (self.keys, self.aggregates) = (keys, Some(found));
        let (call, found) = (call?, self.aggregates.get_or_insert_default());
        let index = found.iter().position(|known| *known == call).unwrap_or_else(|| {
            found.push(call);
            found.len() - 1
        });
        Ok(named(&aggregate_name(index)))
    }

    /// The aggregate itself, over the columns below the grouping.
    fn call(&mut self, function: &ast::Function, name: &str, args: &[FunctionArg], distinct: bool) -> Outcome {
        let [FunctionArg::Unnamed(arg)] = args else { return Err(unknown(function)) };
        let value = match arg {
            FunctionArgExpr::Wildcard if name == "count" && !distinct => lit(1i64),
            FunctionArgExpr::Expr(expr) => self.expression(expr)?,
            _ => return Err(unknown(function)),
        };
        let value = match &function.filter {
            None => value,
            Some(condition) => {
                let condition = Box::new(self.expression(condition)?);
                Expr::Case(Case::new(None, vec![(condition, Box::new(value))], None))
            }
        };
        match (name, distinct) {
            ("sum", false) => Ok(checked_sum().call(vec![value])),
            ("count", false) => Ok(count(value)),
            ("count", true) => Ok(count_distinct(value)),
            ("min", false) => Ok(min(value)),
            ("max", false) => Ok(max(value)),
            _ => Err(unknown(function)),
        }
    }
}
