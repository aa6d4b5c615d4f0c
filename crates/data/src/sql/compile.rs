//! From the parser's tree to typed, rewritten SQL. What is not listed here is refused.

use super::SqlMistake;
use super::types::{Scale, Ty, Typed};
use crate::codes;
use crate::problem::closest;
use crate::spec::{Kind, TableSpec};
use sqlparser::ast::{
    BinaryOperator, CaseWhen, DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments,
    Ident, Spanned, UnaryOperator, Value, ValueWithSpan,
};
use std::collections::BTreeSet;

/// Deepest tree that is followed; chains such as `a + b + ...` are as deep as they are long.
const DEEPEST: usize = 80;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// A condition over one row.
    Row,
    /// An aggregate over the rows of a group.
    Aggregate,
}

pub(super) struct Compiler<'a> {
    spec: &'a TableSpec,
    mode: Mode,
    inside: bool,
    aggregates: usize,
    depth: usize,
    used: BTreeSet<usize>,
}

type Outcome = Result<Typed, SqlMistake>;

/// A mistake at the place of an expression.
fn mistake(at: &impl Spanned, code: &'static str, message: impl Into<String>, remedy: &str) -> SqlMistake {
    let start = at.span().start;
    let (line, column) = (start.line.max(1), start.column.max(1));
    SqlMistake { code, line, column, message: message.into(), remedy: remedy.to_owned() }
}

impl<'a> Compiler<'a> {
    pub(super) const fn new(spec: &'a TableSpec, mode: Mode) -> Self {
        Self { spec, mode, inside: false, aggregates: 0, depth: 0, used: BTreeSet::new() }
    }

    pub(super) fn used(&self) -> Vec<usize> {
        self.used.iter().copied().collect()
    }

    pub(super) fn finish(&self) -> Result<(), SqlMistake> {
        if self.mode == Mode::Aggregate && self.aggregates == 0 {
            let message = "the expression has no aggregate".to_owned();
            return Err(super::whole(codes::SQL_SHAPE, message, "use sum(...), count(...), min(...) or max(...)"));
        }
        Ok(())
    }

    pub(super) fn expression(&mut self, expr: &Expr) -> Outcome {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(mistake(
                expr,
                codes::SQL_SYNTAX,
                "the expression is nested too deeply",
                "split it into several KPIs",
            ));
        }
        let typed = self.node(expr);
        self.depth -= 1;
        typed
    }

    fn node(&mut self, expr: &Expr) -> Outcome {
        match expr {
            Expr::Identifier(ident) => self.column(expr, ident),
            Expr::Value(value) => literal(value),
            Expr::Nested(inner) => self.expression(inner),
            Expr::UnaryOp { op, expr: inner } => self.unary(expr, *op, inner),
            Expr::BinaryOp { left, op, right } => self.binary(expr, left, op, right),
            Expr::IsNull(inner) => Ok(bool_sql(format!("({} IS NULL)", self.expression(inner)?.sql))),
            Expr::IsNotNull(inner) => Ok(bool_sql(format!("({} IS NOT NULL)", self.expression(inner)?.sql))),
            Expr::InList { expr: inner, list, negated } => self.in_list(inner, list, *negated),
            Expr::Between { expr: inner, negated, low, high } => self.between(inner, low, high, *negated),
            Expr::Like { negated, any: false, expr: inner, pattern, escape_char: None } => {
                self.like(inner, pattern, *negated)
            }
            Expr::Case { operand: None, conditions, else_result, .. } => self.case(conditions, else_result.as_deref()),
            Expr::Substring { expr: inner, substring_from: Some(from), substring_for, special: true, .. } => {
                self.substring(inner, from, substring_for.as_deref())
            }
            Expr::Function(function) => self.function(function),
            other => Err(refused(other)),
        }
    }

    fn column(&mut self, at: &Expr, ident: &Ident) -> Outcome {
        let columns = &self.spec.columns;
        let exact = columns.iter().position(|c| c.name == ident.value);
        let loose =
            || columns.iter().position(|c| ident.quote_style.is_none() && c.name.eq_ignore_ascii_case(&ident.value));
        let Some((index, column)) = exact.or_else(loose).and_then(|i| columns.get(i).map(|c| (i, c))) else {
            let near = closest(&ident.value, columns.iter().map(|c| c.name.as_str()));
            let remedy =
                near.map_or_else(|| "describe the column in the study".to_owned(), |n| format!("did you mean {n:?}?"));
            return Err(mistake(at, codes::SQL_COLUMN, format!("there is no column {:?}", ident.value), &remedy));
        };
        if self.mode == Mode::Aggregate && !self.inside {
            let message = format!("the column {:?} stands outside an aggregate", column.name);
            return Err(mistake(at, codes::SQL_SHAPE, message, "put it inside sum, count, min or max"));
        }
        self.used.insert(index);
        let ty = match column.kind {
            Kind::Text => Ty::Text,
            Kind::Integer => Ty::Integer(Scale::Known(0)),
            Kind::Decimal { decimals, .. } => Ty::Integer(Scale::Known(decimals)),
            Kind::Date { .. } => Ty::Date,
            Kind::Bool => Ty::Bool,
        };
        Ok(Typed::new(quote_name(&column.name), ty))
    }

    fn unary(&mut self, whole: &Expr, op: UnaryOperator, inner: &Expr) -> Outcome {
        let typed = self.expression(inner)?;
        match (op, typed.ty) {
            (UnaryOperator::Minus, Ty::Integer(_)) => Ok(Typed::new(format!("(-{})", typed.sql), typed.ty)),
            (UnaryOperator::Plus, Ty::Integer(_)) => Ok(typed),
            (UnaryOperator::Not, Ty::Bool | Ty::Null) => Ok(bool_sql(format!("(NOT {})", typed.sql))),
            (_, ty) => Err(mixed(whole, &format!("{op} before {}", ty.name()))),
        }
    }

    fn binary(&mut self, whole: &Expr, left: &Expr, op: &BinaryOperator, right: &Expr) -> Outcome {
        let (a, b) = (self.expression(left)?, self.expression(right)?);
        let sql = format!("({} {op} {})", a.sql, b.sql);
        match op {
            BinaryOperator::Plus | BinaryOperator::Minus => {
                let ty = same_number(whole, &a, &b)?;
                Ok(Typed::new(sql, ty))
            }
            BinaryOperator::Multiply | BinaryOperator::Divide => {
                let (Ty::Integer(x), Ty::Integer(y)) = (a.ty, b.ty) else {
                    return Err(mixed(whole, &format!("{op} between {} and {}", a.ty.name(), b.ty.name())));
                };
                let scale = if *op == BinaryOperator::Multiply { x.times(y) } else { x.over(y) };
                let scale = if a.power_of_ten || b.power_of_ten { Scale::Unknown } else { scale };
                Ok(Typed::new(sql, Ty::Integer(scale)))
            }
            BinaryOperator::Eq
            | BinaryOperator::NotEq
            | BinaryOperator::Lt
            | BinaryOperator::LtEq
            | BinaryOperator::Gt
            | BinaryOperator::GtEq => {
                unify(whole, &a, &b)?;
                Ok(bool_sql(sql))
            }
            BinaryOperator::And | BinaryOperator::Or => match (a.ty, b.ty) {
                (Ty::Bool | Ty::Null, Ty::Bool | Ty::Null) => Ok(bool_sql(sql)),
                (x, y) => Err(mixed(whole, &format!("{op} between {} and {}", x.name(), y.name()))),
            },
            _ => Err(refused(whole)),
        }
    }

    fn in_list(&mut self, inner: &Expr, list: &[Expr], negated: bool) -> Outcome {
        let typed = self.expression(inner)?;
        if list.is_empty() {
            return Err(mistake(inner, codes::SQL_SYNTAX, "the list after IN is empty", "name at least one value"));
        }
        let mut items = Vec::with_capacity(list.len());
        for item in list {
            let value = self.expression(item)?;
            unify(item, &typed, &value)?;
            items.push(value.sql);
        }
        let not = if negated { "NOT " } else { "" };
        Ok(bool_sql(format!("({} {not}IN ({}))", typed.sql, items.join(", "))))
    }

    fn between(&mut self, inner: &Expr, low: &Expr, high: &Expr, negated: bool) -> Outcome {
        let (value, low_typed, high_typed) = (self.expression(inner)?, self.expression(low)?, self.expression(high)?);
        unify(low, &value, &low_typed)?;
        unify(high, &value, &high_typed)?;
        let not = if negated { "NOT " } else { "" };
        Ok(bool_sql(format!("({} {not}BETWEEN {} AND {})", value.sql, low_typed.sql, high_typed.sql)))
    }

    fn like(&mut self, inner: &Expr, pattern: &Expr, negated: bool) -> Outcome {
        let (value, wanted) = (self.expression(inner)?, self.expression(pattern)?);
        if value.ty != Ty::Text || !wanted.literal {
            return Err(mistake(
                inner,
                codes::SQL_TYPE,
                "LIKE needs text and a literal pattern",
                "write column LIKE 'C%'",
            ));
        }
        let not = if negated { "NOT " } else { "" };
        Ok(bool_sql(format!("({} {not}LIKE {})", value.sql, wanted.sql)))
    }

    fn case(&mut self, conditions: &[CaseWhen], otherwise: Option<&Expr>) -> Outcome {
        let mut sql = "CASE".to_owned();
        let mut result: Option<Typed> = None;
        for CaseWhen { condition, result: value } in conditions {
            let test = self.expression(condition)?;
            if !matches!(test.ty, Ty::Bool | Ty::Null) {
                return Err(mixed(condition, &format!("WHEN before {}", test.ty.name())));
            }
            let branch = self.expression(value)?;
            sql.push_str(&format!(" WHEN {} THEN {}", test.sql, branch.sql));
            result = Some(merge(value, result, branch)?);
        }
        if let Some(value) = otherwise {
            let branch = self.expression(value)?;
            sql.push_str(&format!(" ELSE {}", branch.sql));
            result = Some(merge(value, result, branch)?);
        }
        let ty = result.map_or(Ty::Null, |typed| typed.ty);
        Ok(Typed::new(format!("({sql} END)"), ty))
    }

    fn substring(&mut self, inner: &Expr, from: &Expr, length: Option<&Expr>) -> Outcome {
        let mut parts = vec![self.expression(inner)?];
        if !matches!(parts[0].ty, Ty::Text | Ty::Date) {
            return Err(mixed(inner, &format!("substr of {}", parts[0].ty.name())));
        }
        for part in std::iter::once(from).chain(length) {
            let typed = self.expression(part)?;
            if typed.ty != Ty::Integer(Scale::Known(0)) {
                return Err(mixed(part, "a position or length that is not a whole number"));
            }
            parts.push(typed);
        }
        let list: Vec<String> = parts.into_iter().map(|p| p.sql).collect();
        Ok(Typed::new(format!("substr({})", list.join(", ")), Ty::Text))
    }

    fn function(&mut self, function: &Function) -> Outcome {
        let plain = function.over.is_none()
            && function.null_treatment.is_none()
            && function.within_group.is_empty()
            && !function.uses_odbc_syntax
            && matches!(function.parameters, FunctionArguments::None);
        let FunctionArguments::List(list) = &function.args else { return Err(unknown_function(function)) };
        if !plain || !list.clauses.is_empty() {
            return Err(unknown_function(function));
        }
        let name = function.name.to_string().to_ascii_lowercase();
        let distinct = list.duplicate_treatment == Some(DuplicateTreatment::Distinct);
        match name.as_str() {
            "sum" | "count" | "min" | "max" => self.aggregate(function, &name, &list.args, distinct),
            "abs" | "coalesce" | "nullif" | "length" if !distinct && function.filter.is_none() => {
                self.scalar(function, &name, &list.args)
            }
            _ => Err(unknown_function(function)),
        }
    }

    fn aggregate(&mut self, function: &Function, name: &str, args: &[FunctionArg], distinct: bool) -> Outcome {
        if self.mode == Mode::Row || self.inside {
            let message = format!("{name} cannot stand here");
            let remedy = "skip rules look at one row; aggregates cannot contain aggregates";
            return Err(mistake(function, codes::SQL_SHAPE, message, remedy));
        }
        let [FunctionArg::Unnamed(arg)] = args else {
            let remedy = "give one; for the larger of two values write CASE WHEN a > b THEN a ELSE b END";
            return Err(mistake(function, codes::SQL_SHAPE, format!("{name} takes exactly one argument"), remedy));
        };
        self.aggregates += 1;
        self.inside = true;
        let inner = self.argument(function, name, arg, distinct);
        let filter = function.filter.as_deref().map(|f| self.expression(f).map(|typed| (f, typed))).transpose();
        self.inside = false;
        let (inner, filter) = (inner?, filter?);
        let mut sql = format!("{name}({}{})", if distinct { "DISTINCT " } else { "" }, inner.sql);
        if let Some((expr, typed)) = filter {
            if typed.ty != Ty::Bool {
                return Err(mixed(expr, &format!("FILTER with {}", typed.ty.name())));
            }
            sql.push_str(&format!(" FILTER (WHERE {})", typed.sql));
        }
        let ty = if name == "count" { Ty::Integer(Scale::Known(0)) } else { inner.ty };
        Ok(Typed::new(sql, ty))
    }

    fn argument(&mut self, function: &Function, name: &str, arg: &FunctionArgExpr, distinct: bool) -> Outcome {
        match arg {
            FunctionArgExpr::Wildcard if name == "count" && !distinct => Ok(Typed::new("*".to_owned(), Ty::Null)),
            FunctionArgExpr::Expr(expr) => {
                let typed = self.expression(expr)?;
                let fits = name == "count" || matches!(typed.ty, Ty::Integer(_));
                if !fits && (name == "sum" || typed.ty == Ty::Bool) {
                    let remedy = "to count what is true write sum(CASE WHEN ... THEN 1 ELSE 0 END)";
                    let message = format!("{name} of {}", typed.ty.name());
                    return Err(mistake(expr, codes::SQL_TYPE, message, remedy));
                }
                if distinct && name != "count" {
                    return Err(mistake(
                        function,
                        codes::SQL_REFUSED,
                        "DISTINCT goes with count only",
                        "drop DISTINCT",
                    ));
                }
                Ok(typed)
            }
            _ => Err(mistake(function, codes::SQL_SHAPE, format!("{name} cannot take this argument"), "name a column")),
        }
    }

    fn scalar(&mut self, function: &Function, name: &str, args: &[FunctionArg]) -> Outcome {
        let mut typed = Vec::with_capacity(args.len());
        for arg in args {
            let FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) = arg else { return Err(unknown_function(function)) };
            typed.push(self.expression(expr)?);
        }
        let list = typed.iter().map(|t| t.sql.as_str()).collect::<Vec<_>>().join(", ");
        let sql = format!("{name}({list})");
        let fits = match name {
            "coalesce" => typed.len() >= 2,
            "nullif" => typed.len() == 2,
            "abs" => typed.len() == 1 && matches!(typed[0].ty, Ty::Integer(_)),
            _ => typed.len() == 1 && typed[0].ty == Ty::Text,
        };
        if !fits {
            return Err(mistake(
                function,
                codes::SQL_TYPE,
                format!("{name} with these arguments"),
                "check their number and kind",
            ));
        }
        if name == "length" {
            return Ok(Typed::new(sql, Ty::Integer(Scale::Known(0))));
        }
        let mut result = None;
        for part in typed {
            result = Some(merge(function, result, part)?);
        }
        Ok(Typed::new(sql, result.map_or(Ty::Null, |t| t.ty)))
    }
}

fn bool_sql(sql: String) -> Typed {
    Typed::new(sql, Ty::Bool)
}

/// An identifier in double quotes.
pub(crate) fn quote_name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn literal(value: &ValueWithSpan) -> Outcome {
    match &value.value {
        Value::Number(text, false) => number(value, text),
        Value::SingleQuotedString(text) if !text.chars().any(char::is_control) => {
            let sql = format!("'{}'", text.replace('\'', "''"));
            Ok(Typed { literal: true, ..Typed::new(sql, Ty::Text) })
        }
        Value::Boolean(truth) => Ok(bool_sql(if *truth { "TRUE" } else { "FALSE" }.to_owned())),
        Value::Null => Ok(Typed::new("NULL".to_owned(), Ty::Null)),
        _ => Err(mistake(value, codes::SQL_REFUSED, "this kind of literal is not allowed", "use 12, 12.50 or 'text'")),
    }
}

/// A literal such as `1.50` is the whole number 150 at two decimals.
fn number(at: &ValueWithSpan, text: &str) -> Outcome {
    let bad =
        || mistake(at, codes::SQL_SYNTAX, format!("{text} is not a number the study can use"), "write 12 or 12.50");
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let decimals = u8::try_from(fraction.len()).ok().filter(|d| *d <= 9).ok_or_else(bad)?;
    let digits = format!("{whole}{fraction}");
    let plain =
        !whole.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) && (text.contains('.') == (decimals > 0));
    let value: i64 = if plain { digits.parse().map_err(|_| bad())? } else { return Err(bad()) };
    let scale = if value == 0 { Scale::Any } else { Scale::Known(decimals) };
    let sql = value.to_string();
    let power_of_ten = value >= 10 && sql.trim_end_matches('0') == "1";
    Ok(Typed { power_of_ten, ..Typed::new(sql, Ty::Integer(scale)) })
}

/// The type both have, or why they cannot be compared.
fn unify(at: &impl Spanned, a: &Typed, b: &Typed) -> Result<Ty, SqlMistake> {
    let date_literal = |t: &Typed| t.literal && is_date(&t.sql);
    match (a.ty, b.ty) {
        (Ty::Integer(_), Ty::Integer(_)) => same_number(at, a, b),
        (Ty::Null, ty) | (ty, Ty::Null) => Ok(ty),
        (Ty::Date, Ty::Text) if date_literal(b) => Ok(Ty::Date),
        (Ty::Text, Ty::Date) if date_literal(a) => Ok(Ty::Date),
        (x, y) if x == y => Ok(x),
        (Ty::Date, Ty::Text) | (Ty::Text, Ty::Date) => {
            Err(mistake(at, codes::SQL_TYPE, "a date is compared with text that is no date", "write '2017-05-31'"))
        }
        (x, y) => Err(mixed(at, &format!("{} with {}", x.name(), y.name()))),
    }
}

/// Whether a quoted literal is an ISO date, `'2017-05-31'`, perhaps with a time. Shorter ones would compare oddly.
fn is_date(sql: &str) -> bool {
    let text = sql.trim_matches('\'');
    (10..=19).contains(&text.len())
        && text.bytes().zip(b"dddd-dd-dd dd:dd:dd").all(|(b, want)| match want {
            b'd' => b.is_ascii_digit(),
            _ => b == *want,
        })
}

fn same_number(at: &impl Spanned, a: &Typed, b: &Typed) -> Result<Ty, SqlMistake> {
    let (Ty::Integer(x), Ty::Integer(y)) = (a.ty, b.ty) else {
        return Err(mixed(at, &format!("{} with {}", a.ty.name(), b.ty.name())));
    };
    x.unify(y).map(Ty::Integer).ok_or_else(|| {
        let decimals = |scale: Scale| scale.decimals().unwrap_or(0);
        let message = format!("a number with {} decimals meets one with {}", decimals(x), decimals(y));
        mistake(
            at,
            codes::SQL_TYPE,
            message,
            "write the same number of decimals, e.g. price > 1.50, or multiply the coarser one",
        )
    })
}

fn merge(at: &impl Spanned, first: Option<Typed>, second: Typed) -> Outcome {
    match first {
        None => Ok(second),
        Some(first) => unify(at, &first, &second).map(|ty| Typed::new(String::new(), ty)),
    }
}

fn mixed(at: &impl Spanned, what: &str) -> SqlMistake {
    mistake(at, codes::SQL_TYPE, format!("{what} is not allowed"), "compare and calculate like with like")
}

fn refused(at: &Expr) -> SqlMistake {
    let remedy = "use + - * /, comparisons, AND, OR, NOT, IN, BETWEEN, LIKE, IS NULL, CASE WHEN, \
        sum, count, min, max, abs, coalesce, nullif, length, substr";
    mistake(at, codes::SQL_REFUSED, "this part of SQL is not allowed in a study", remedy)
}

fn unknown_function(function: &Function) -> SqlMistake {
    let name = function.name.to_string().to_ascii_lowercase();
    let remedy = match name.as_str() {
        "avg" | "round" | "total" => "stay with whole numbers: (2 * sum(a) + count(*)) / (2 * count(*)) rounds a mean",
        _ => "use sum, count, min, max, abs, coalesce, nullif, length or substr",
    };
    mistake(function, codes::SQL_REFUSED, format!("the function {name} is not allowed in a study"), remedy)
}
