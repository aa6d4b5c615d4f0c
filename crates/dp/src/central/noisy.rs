//! A table of noisy numbers by group: what counts and sums have in common.
//!
//! Remembers how many independent draws of noise every number of a group holds, so that sums of groups have
//! the variance they really have. Not here: what the numbers mean.

use super::noise::Noise;
use crate::Error;

/// Noisy numbers, `columns` of them per group.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NoisyTable {
    columns: usize,
    raw: Vec<i64>,
    /// Independent draws of noise in each number of a group.
    draws: Vec<u32>,
    noise: Noise,
}

impl NoisyTable {
    /// Numbers that got one draw each.
    pub(crate) fn new(raw: Vec<i64>, columns: usize, noise: Noise) -> Self {
        let draws = vec![1; raw.len() / columns.max(1)];
        Self { columns, raw, draws, noise }
    }

    /// The numbers of a group; `None` beyond the last group.
    pub(crate) fn raw(&self, group: usize) -> Option<&[i64]> {
        let start = group.checked_mul(self.columns)?;
        self.raw.get(start..start.checked_add(self.columns)?)
    }

    pub(crate) const fn columns(&self) -> usize {
        self.columns
    }

    pub(crate) fn groups(&self) -> usize {
        self.draws.len()
    }

    /// The noise of one draw.
    pub(crate) const fn noise(&self) -> &Noise {
        &self.noise
    }

    /// The variance of each number of a group; zero beyond the last group.
    pub(crate) fn variance(&self, group: usize) -> f64 {
        self.noise.variance() * f64::from(self.draws(group))
    }

    pub(crate) fn draws(&self, group: usize) -> u32 {
        self.draws.get(group).copied().unwrap_or(0)
    }

    /// Adds groups up by parent.
    pub(crate) fn rolled_up(&self, parent_of: &[usize], parents: usize) -> Result<Self, Error> {
        let complete = parent_of.len() == self.groups() && parent_of.iter().all(|parent| *parent < parents);
        if !complete {
            return Err(Error::NoParent { groups: self.groups(), parents });
        }
        let (mut raw, mut draws) = (vec![0i64; parents * self.columns], vec![0u32; parents]);
        for ((parent, leaf), leaf_draws) in parent_of.iter().zip(self.raw.chunks(self.columns)).zip(&self.draws) {
            let places = raw.iter_mut().skip(parent * self.columns).take(self.columns);
            for (sum, value) in places.zip(leaf) {
                *sum = sum.checked_add(*value).ok_or(Error::Overflow)?;
            }
            if let Some(count) = draws.get_mut(*parent) {
                *count = count.saturating_add(*leaf_draws);
            }
        }
        Ok(Self { columns: self.columns, raw, draws, noise: self.noise.clone() })
    }
}
