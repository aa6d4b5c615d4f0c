//! Tables as named cells and linear relations between them.
//!
//! Totals, hierarchies, linked tables that share cells and past periods are all the same thing here: equations
//! `sum of coefficient * cell = 0`. A grid of dimensions becomes one through [`super::Grid`].
//!
//! Source: SDC Handbook, section 4.3: secondary suppression must
//! know *all* linear relations. Assumption: it does; a relation nobody stated protects nobody.

use super::{Contributors, DisclosureError};
use std::collections::BTreeSet;
use std::fmt;

/// Most cells of a table, totals included.
pub const MAX_CELLS: usize = 6_000;

/// What everyone knows about a cell beforehand, in steps; `None` where nothing is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The least it can be.
    pub low: Option<i128>,
    /// The most it can be.
    pub high: Option<i128>,
}

impl Bounds {
    /// At least zero, the usual knowledge about amounts.
    pub const NOT_NEGATIVE: Self = Self { low: Some(0), high: None };
    /// Nothing is known.
    pub const NONE: Self = Self { low: None, high: None };
}

/// One cell.
///
/// # Privacy
/// Holds figures: `Debug` shows the name only.
#[derive(Clone, PartialEq, Eq)]
pub struct Cell {
    pub(super) name: Vec<String>,
    pub(super) value: i128,
    pub(super) contributors: Contributors,
    pub(super) bounds: Bounds,
    pub(super) known: bool,
}

impl Cell {
    /// A cell with its contributors; everyone knows that it is not negative, unless a contribution is.
    pub fn new(name: Vec<String>, contributors: Contributors) -> Self {
        let value = contributors.total();
        let bounds = if contributors.has_negative() { Bounds::NONE } else { Bounds::NOT_NEGATIVE };
        Self { name, value, contributors, bounds, known: false }
    }

    /// A cell that everyone knows already, such as one of an earlier release: it cannot be hidden any more.
    pub fn public(name: Vec<String>, value: i64) -> Self {
        Self {
            name,
            value: i128::from(value),
            contributors: Contributors::default(),
            bounds: Bounds::NONE,
            known: true,
        }
    }

    /// With other public bounds.
    pub const fn within(mut self, bounds: Bounds) -> Self {
        self.bounds = bounds;
        self
    }

    /// Marks the cell as published earlier with this very value.
    pub const fn published_before(mut self) -> Self {
        self.known = true;
        self
    }

    /// The labels that name it.
    pub fn name(&self) -> &[String] {
        &self.name
    }

    /// Its contributors.
    pub const fn contributors(&self) -> &Contributors {
        &self.contributors
    }

    /// Its value, in steps.
    pub const fn value(&self) -> i128 {
        self.value
    }

    /// Whether everyone knows it already.
    pub const fn is_public(&self) -> bool {
        self.known
    }

    /// The labels in one line.
    pub fn title(&self) -> String {
        self.name.join(" / ")
    }

    /// How far the value can move down and up within the bounds; `None` without a bound.
    pub(super) fn slack(&self) -> (Option<i128>, Option<i128>) {
        (self.bounds.low.map(|low| low - self.value), self.bounds.high.map(|high| high - self.value))
    }
}

impl fmt::Debug for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cell({})", self.title())
    }
}

/// A linear relation: the sum of coefficient times cell is zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation(pub(super) Vec<(usize, i64)>);

impl Relation {
    /// A relation with these coefficients, none beyond a million in size.
    pub fn new(terms: Vec<(usize, i64)>) -> Self {
        Self(terms)
    }

    /// A total is the sum of its parts; cells by number.
    pub fn sum(total: usize, parts: impl IntoIterator<Item = usize>) -> Self {
        Self(std::iter::once((total, -1)).chain(parts.into_iter().map(|part| (part, 1))).collect())
    }
}

/// Cells and every linear relation between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    pub(super) cells: Vec<Cell>,
    pub(super) relations: Vec<Relation>,
    /// For each cell, the relations it occurs in.
    pub(super) touching: Vec<Vec<usize>>,
}

impl Table {
    /// Cells and relations, checked against each other.
    ///
    /// # Errors
    /// [`DisclosureError::Twice`], [`DisclosureError::NoCell`], [`DisclosureError::Unbalanced`],
    /// [`DisclosureError::OutOfBounds`], [`DisclosureError::TooLarge`], [`DisclosureError::TooManyCells`].
    pub fn new(cells: Vec<Cell>, relations: Vec<Relation>) -> Result<Self, DisclosureError> {
        let found = cells.len().max(relations.len());
        if found > MAX_CELLS {
            return Err(DisclosureError::TooManyCells { cells: found, limit: MAX_CELLS });
        }
        let mut names = BTreeSet::new();
        for cell in &cells {
            let (low, high) = cell.slack();
            let error = match () {
                () if !names.insert(&cell.name) => DisclosureError::Twice { cell: cell.title() },
                () if cell.value.unsigned_abs() >= 1 << 61 => DisclosureError::TooLarge { cell: cell.title() },
                () if low.is_some_and(|low| low > 0) || high.is_some_and(|high| high < 0) => {
                    DisclosureError::OutOfBounds { cell: cell.title() }
                }
                () => continue,
            };
            return Err(error);
        }
        let mut touching = vec![Vec::new(); cells.len()];
        for (number, relation) in relations.iter().enumerate() {
            check(number, relation, &cells)?;
            for (cell, _) in &relation.0 {
                if let Some(list) = touching.get_mut(*cell).filter(|list| list.last() != Some(&number)) {
                    list.push(number);
                }
            }
        }
        Ok(Self { cells, relations, touching })
    }

    /// The cells, in the order given.
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// Number of relations.
    pub fn relations(&self) -> usize {
        self.relations.len()
    }

    /// Marks cells that everyone knows already: they cannot be hidden any more.
    pub fn mark_public(&mut self, known: impl Fn(&Cell) -> bool) {
        self.cells.iter_mut().for_each(|cell| cell.known |= known(cell));
    }
}

fn check(number: usize, relation: &Relation, cells: &[Cell]) -> Result<(), DisclosureError> {
    let mut sum = 0i128;
    for (index, factor) in &relation.0 {
        let no_cell = DisclosureError::NoCell { relation: number, cell: *index, cells: cells.len() };
        let cell = cells.get(*index).filter(|_| factor.unsigned_abs() <= 1_000_000).ok_or(no_cell)?;
        sum += cell.value * i128::from(*factor);
    }
    let first = || relation.0.first().and_then(|(index, _)| cells.get(*index)).map(Cell::title).unwrap_or_default();
    if sum == 0 { Ok(()) } else { Err(DisclosureError::Unbalanced { relation: number, cell: first() }) }
}
