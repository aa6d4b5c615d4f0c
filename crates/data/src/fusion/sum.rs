//! A sum of whole numbers that cannot wrap: 128 bits inside, an error where the result leaves 64.
//!
//! DataFusion's own sum of 64-bit integers wraps silently. 128 bits hold the sum of 2^64 rows of any 64-bit numbers,
//! so the only check needed is the last one, and the order of rows and partitions does not matter.

use super::Overflow;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Decimal128Array, Int64Array};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::{DataType, Decimal128Type, Field, FieldRef, Int64Type};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, EmitTo, GroupsAccumulator, Signature, Volatility,
};
use std::sync::Arc;

/// Widest decimal; it only carries the 128 bits between partitions.
const STATE: DataType = DataType::Decimal128(38, 0);

/// The aggregate as DataFusion sees it.
pub(super) fn checked_sum() -> AggregateUDF {
    AggregateUDF::from(CheckedSum { signature: Signature::exact(vec![DataType::Int64], Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct CheckedSum {
    signature: Signature,
}

impl AggregateUDFImpl for CheckedSum {
    fn name(&self) -> &str {
        "checked_sum"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(format!("{}[sum]", args.name), STATE, true))])
    }

    fn accumulator(&self, _: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(One(None)))
    }

    fn groups_accumulator_supported(&self, _: AccumulatorArgs) -> bool {
        true
    }

    fn create_groups_accumulator(&self, _: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(Many { sums: Vec::new(), seen: Vec::new() }))
    }
}

fn narrow(sum: i128) -> Result<i64> {
    i64::try_from(sum).map_err(|_| Overflow.into())
}

/// The sum over a whole table; nothing before the first value.
#[derive(Debug)]
struct One(Option<i128>);

impl Accumulator for One {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let Some(values) = values.first().and_then(|v| v.as_primitive_opt::<Int64Type>()) else { return Ok(()) };
        if values.null_count() < values.len() {
            let sum: i128 = values.iter().flatten().map(i128::from).sum();
            self.0 = Some(self.0.unwrap_or(0) + sum);
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let Some(states) = states.first().and_then(|v| v.as_primitive_opt::<Decimal128Type>()) else { return Ok(()) };
        for sum in states.iter().flatten() {
            self.0 = Some(self.0.unwrap_or(0) + sum);
        }
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![ScalarValue::Decimal128(self.0, 38, 0)])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::Int64(self.0.map(narrow).transpose()?))
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }
}

/// The sums of many groups.
#[derive(Debug)]
struct Many {
    sums: Vec<i128>,
    /// Whether the group had any value.
    seen: Vec<bool>,
}

impl Many {
    fn grow(&mut self, total: usize) {
        self.sums.resize(total, 0);
        self.seen.resize(total, false);
    }

    fn add(&mut self, group: usize, value: i128) {
        if let (Some(sum), Some(seen)) = (self.sums.get_mut(group), self.seen.get_mut(group)) {
            *sum += value;
            *seen = true;
        }
    }

    fn take(&mut self, emit: EmitTo) -> (Vec<i128>, NullBuffer) {
        (emit.take_needed(&mut self.sums), emit.take_needed(&mut self.seen).into())
    }
}

/// Whether the filter keeps a row.
fn kept(filter: Option<&BooleanArray>, row: usize) -> bool {
    filter.is_none_or(|f| f.is_valid(row) && f.value(row))
}

impl GroupsAccumulator for Many {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        self.grow(total);
        let Some(values) = values.first().and_then(|v| v.as_primitive_opt::<Int64Type>()) else { return Ok(()) };
        if filter.is_none() && values.null_count() == 0 {
            for (group, value) in groups.iter().zip(values.values()) {
                self.add(*group, i128::from(*value));
            }
            return Ok(());
        }
        for (row, (group, value)) in groups.iter().zip(values).enumerate() {
            if let Some(value) = value.filter(|_| kept(filter, row)) {
                self.add(*group, i128::from(value));
            }
        }
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef], groups: &[usize], total: usize) -> Result<()> {
        self.grow(total);
        let Some(states) = states.first().and_then(|v| v.as_primitive_opt::<Decimal128Type>()) else { return Ok(()) };
        for (group, sum) in groups.iter().zip(states) {
            if let Some(sum) = sum {
                self.add(*group, sum);
            }
        }
        Ok(())
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let (sums, nulls) = self.take(emit);
        let narrowed: Result<Vec<i64>> = sums.into_iter().map(narrow).collect();
        Ok(Arc::new(Int64Array::new(narrowed?.into(), Some(nulls))))
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        let (sums, nulls) = self.take(emit);
        Ok(vec![Arc::new(Decimal128Array::new(sums.into(), Some(nulls)).with_data_type(STATE))])
    }

    fn convert_to_state(&self, values: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let Some(values) = values.first().and_then(|v| v.as_primitive_opt::<Int64Type>()) else { return Ok(vec![]) };
        let sums = values.iter().enumerate().map(|(row, v)| v.filter(|_| kept(filter, row)).map(i128::from));
        Ok(vec![Arc::new(sums.collect::<Decimal128Array>().with_data_type(STATE))])
    }

    fn size(&self) -> usize {
        self.sums.capacity() * size_of::<i128>() + self.seen.capacity()
    }
}
