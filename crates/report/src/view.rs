//! A benchmark's rows, found by KPI, cell and period. Rows that refer to nothing are left out.

use crate::Own;
use guildhall_kpi::{Benchmark, CellLine, Hidden, KpiLine, Outcome, Place, Row, Statistics};

/// One KPI with its rows as a grid of cells by periods.
#[derive(Clone, Debug)]
pub(crate) struct KpiView<'a> {
    /// Index of the KPI.
    pub(crate) index: usize,
    /// The KPI.
    pub(crate) line: &'a KpiLine,
    /// Its periods, in the order of the rows.
    pub(crate) periods: Vec<&'a str>,
    cells: &'a [CellLine],
    grid: Vec<Vec<Option<&'a Row>>>,
}

impl<'a> KpiView<'a> {
    /// One view per KPI.
    pub(crate) fn all(benchmark: &'a Benchmark) -> Vec<Self> {
        let kpis = benchmark.kpis.iter().enumerate();
        kpis.map(|(index, line)| Self::of(benchmark, index, line)).collect()
    }

    fn of(benchmark: &'a Benchmark, index: usize, line: &'a KpiLine) -> Self {
        let rows = || benchmark.rows.iter().filter(|row| row.kpi == index && row.cell < benchmark.cells.len());
        let mut periods: Vec<&str> = Vec::new();
        for row in rows() {
            if !periods.contains(&row.period.as_str()) {
                periods.push(&row.period);
            }
        }
        let mut grid = vec![vec![None; periods.len()]; benchmark.cells.len()];
        for row in rows() {
            let column = periods.iter().position(|period| *period == row.period);
            let slot = column.and_then(|column| grid.get_mut(row.cell)?.get_mut(column));
            if let Some(slot) = slot {
                *slot = Some(row);
            }
        }
        Self { index, line, periods, cells: &benchmark.cells, grid }
    }

    /// The row of this cell and period.
    pub(crate) fn at(&self, cell: usize, period: &str) -> Option<&'a Row> {
        let column = self.periods.iter().position(|p| *p == period)?;
        self.row(cell, column)
    }

    /// The row of this cell in the period of this index.
    pub(crate) fn row(&self, cell: usize, column: usize) -> Option<&'a Row> {
        *self.grid.get(cell)?.get(column)?
    }

    /// The statistics of this cell in the period of this index, where they are shown.
    pub(crate) fn shown(&self, cell: usize, column: usize) -> Option<&'a Statistics> {
        match &self.row(cell, column)?.outcome {
            Outcome::Shown(statistics) => Some(statistics),
            Outcome::Hidden(_) => None,
        }
    }

    /// How many cells the benchmark has.
    pub(crate) const fn cells(&self) -> usize {
        self.cells.len()
    }

    /// Name of a cell.
    pub(crate) fn cell_label(&self, cell: usize) -> &'a str {
        self.cells.get(cell).map_or("", |line| line.label.as_str())
    }

    /// Every shown row.
    pub(crate) fn every_shown(&self) -> impl Iterator<Item = &'a Statistics> + '_ {
        self.grid.iter().flatten().flatten().filter_map(|row| match &row.outcome {
            Outcome::Shown(statistics) => Some(&**statistics),
            Outcome::Hidden(_) => None,
        })
    }

    /// The column the headline, the bar and the comparison of groups speak of: the latest period with
    /// quartiles of all members, or else the latest one shown.
    pub(crate) fn headline_column(&self) -> Option<usize> {
        let latest = |wanted: fn(&Statistics) -> bool| {
            (0..self.periods.len()).rev().find(|column| self.shown(0, *column).is_some_and(wanted))
        };
        latest(|s| s.p25.is_some() && s.p50.is_some() && s.p75.is_some()).or_else(|| latest(|_| true))
    }

    /// Period and statistics of all members the headline speaks of.
    pub(crate) fn headline(&self) -> Option<(&'a str, &'a Statistics)> {
        let column = self.headline_column()?;
        Some((*self.periods.get(column)?, self.shown(0, column)?))
    }

    /// Why all members are hidden, where they are.
    pub(crate) fn first_hidden(&self) -> Option<&'a Hidden> {
        (0..self.periods.len()).rev().find_map(|column| match &self.row(0, column)?.outcome {
            Outcome::Hidden(hidden) => Some(hidden),
            Outcome::Shown(_) => None,
        })
    }

    /// The own place in this cell and period.
    pub(crate) fn own<'o>(&self, own: Option<&'o Own>, cell: usize, column: usize) -> Option<&'o Place> {
        let period = self.periods.get(column)?;
        let mine = |place: &&Place| place.kpi == self.index && place.cell == cell && place.period == *period;
        own?.places.iter().find(mine)
    }

    /// The own place the headline speaks of: in the headline's period, or else the latest that compares.
    pub(crate) fn own_headline<'o>(&self, own: Option<&'o Own>, cell: usize) -> Option<&'o Place> {
        let compares = |column: usize| self.own(own, cell, column).filter(|place| place.against.is_some());
        let first = self.headline_column().and_then(compares);
        first.or_else(|| (0..self.periods.len()).rev().find_map(compares))
    }
}

/// Whether the noise drowns the quartiles: the median's interval holds the whole middle half.
pub(crate) fn drowned(s: &Statistics) -> bool {
    match (s.p25, s.p50, s.p75) {
        (Some(p25), Some(p50), Some(p75)) => p50.low <= p25.value && p75.value <= p50.high,
        _ => false,
    }
}
