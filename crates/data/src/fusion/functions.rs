//! The functions of the portable SQL whose meaning differs between engines, with SQLite's meaning.
//!
//! Arithmetic that stops instead of wrapping, division that gives NULL for a divisor of zero, `length` in characters,
//! and `substr` with SQLite's rules for positions before the first character (`func.c`, `substrFunc`).

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Datum, Int64Array, StringViewBuilder};
use datafusion::arrow::compute::kernels::{cmp, nullif::nullif, numeric};
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::arrow::error::ArrowError;
use datafusion::common::{Result, exec_datafusion_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::physical_expr_common::datum::apply;
use std::sync::Arc;

/// One of the functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Function {
    Add,
    Subtract,
    Multiply,
    Divide,
    Negate,
    Absolute,
    Length,
    Substring,
}

impl Function {
    /// A call of the function.
    pub(super) fn call(self, args: Vec<Expr>) -> Expr {
        ScalarUDF::from(Portable { function: self, signature: self.signature(args.len()) }).call(args)
    }

    fn signature(self, count: usize) -> Signature {
        let mut types = vec![DataType::Int64; count];
        if matches!(self, Self::Length | Self::Substring)
            && let Some(first) = types.first_mut()
        {
            *first = DataType::Utf8View;
        }
        Signature::exact(types, Volatility::Immutable)
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Portable {
    function: Function,
    signature: Signature,
}

impl ScalarUDFImpl for Portable {
    fn name(&self) -> &str {
        match self.function {
            Function::Add => "checked_add",
            Function::Subtract => "checked_subtract",
            Function::Multiply => "checked_multiply",
            Function::Divide => "checked_divide",
            Function::Negate => "checked_negate",
            Function::Absolute => "checked_abs",
            Function::Length => "characters",
            Function::Substring => "characters_from",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(if self.function == Function::Substring { DataType::Utf8View } else { DataType::Int64 })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        match (self.function, args.args.as_slice()) {
            (Function::Add, [a, b]) => apply(a, b, numeric::add),
            (Function::Subtract, [a, b]) => apply(a, b, numeric::sub),
            (Function::Multiply, [a, b]) => apply(a, b, numeric::mul),
            (Function::Divide, [a, b]) => apply(a, b, divide),
            (Function::Negate, [a]) => Ok(ColumnarValue::Array(numeric::neg(&a.to_array(args.number_rows)?)?)),
            (Function::Absolute, [a]) => Ok(ColumnarValue::Array(absolute(&a.to_array(args.number_rows)?)?)),
            (Function::Length, [text]) => Ok(ColumnarValue::Array(length(&text.to_array(args.number_rows)?))),
            (Function::Substring, _) => substrings(&args).map(ColumnarValue::Array),
            _ => Err(exec_datafusion_err!("{} takes another number of arguments", self.name())),
        }
    }
}

/// Cuts towards zero; NULL where the divisor is zero.
fn divide(a: &dyn Datum, b: &dyn Datum) -> std::result::Result<ArrayRef, ArrowError> {
    let (divisor, scalar) = b.get();
    let zero = cmp::eq(&divisor, &Int64Array::new_scalar(0))?;
    let divisor = nullif(divisor, &zero)?;
    if scalar {
        return numeric::div(a, &datafusion::arrow::array::Scalar::new(divisor));
    }
    numeric::div(a, &divisor)
}

fn absolute(array: &ArrayRef) -> std::result::Result<ArrayRef, ArrowError> {
    let overflow = || ArrowError::ArithmeticOverflow("abs".to_owned());
    let values = array.as_primitive::<Int64Type>();
    Ok(Arc::new(values.try_unary::<_, Int64Type, _>(|value| value.checked_abs().ok_or_else(overflow))?))
}

fn length(array: &ArrayRef) -> ArrayRef {
    let count = |text: &str| i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
    Arc::new(array.as_string_view().iter().map(|text| text.map(count)).collect::<Int64Array>())
}

fn substrings(args: &ScalarFunctionArgs) -> Result<ArrayRef> {
    let arrays: Result<Vec<ArrayRef>> = args.args.iter().map(|arg| arg.to_array(args.number_rows)).collect();
    let arrays = arrays?;
    let [texts, numbers @ ..] = arrays.as_slice() else { return Err(exec_datafusion_err!("substr needs arguments")) };
    let numbers: Vec<&Int64Array> = numbers.iter().map(|n| n.as_primitive::<Int64Type>()).collect();
    let mut out = StringViewBuilder::with_capacity(args.number_rows);
    for (row, text) in texts.as_string_view().iter().enumerate() {
        let known = text.filter(|_| numbers.iter().all(|n| n.is_valid(row)));
        out.append_option(known.map(|text| {
            let from = numbers.first().map_or(1, |n| n.value(row));
            substring(text, from, numbers.get(1).map(|n| n.value(row)))
        }));
    }
    Ok(Arc::new(out.finish()))
}

/// SQLite's `substr`: negative positions count from the end, negative lengths take what stands before.
fn substring(text: &str, from: i64, length: Option<i64>) -> &str {
    let (mut start, mut count) = (i128::from(from), length.map_or(i128::from(i64::MAX), i128::from));
    if start < 0 {
        start += text.chars().count() as i128;
        if start < 0 {
            count = if count < 0 { 0 } else { count + start };
            start = 0;
        }
    } else if start > 0 {
        start -= 1;
    } else if count > 0 {
        count -= 1;
    }
    if count < 0 {
        count = if count < -start { start } else { -count };
        start -= count;
    }
    let place = |nth: i128| {
        let nth = usize::try_from(nth).unwrap_or(usize::MAX);
        text.char_indices().nth(nth).map_or(text.len(), |(at, _)| at)
    };
    text.get(place(start)..place(start + count)).unwrap_or("")
}
