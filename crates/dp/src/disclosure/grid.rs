//! Tables of one to three dimensions, each flat or a hierarchy, with all their totals.
//!
//! Every combination of one category per dimension, totals included, is a cell; for every category with
//! sub-categories and every combination in the other dimensions there is one relation.
//!
//! A cell without any contribution is a public zero: it is shown, and nothing is hidden behind it.

use super::{Cell, Contributors, DisclosureError, MAX_CELLS, Relation, Table};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A classification: a tree of categories under one total.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dimension {
    name: String,
    /// Labels; number 0 is the total.
    labels: Vec<String>,
    parent: Vec<usize>,
    children: Vec<Vec<usize>>,
}

impl Dimension {
    /// Categories side by side under a total.
    ///
    /// # Errors
    /// [`DisclosureError::NoTree`] if a label is there twice.
    pub fn flat<'a>(
        name: &str,
        total: &str,
        categories: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, DisclosureError> {
        Self::tree(name, total, categories.into_iter().map(|category| (category, total)))
    }

    /// Categories with the category above each; the uppermost stand under the total. Order is kept.
    ///
    /// # Errors
    /// [`DisclosureError::NoTree`] if a label is there twice, is missing above another, or is its own ancestor.
    pub fn tree<'a>(
        name: &str,
        total: &str,
        above: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, DisclosureError> {
        let pairs: Vec<(&str, &str)> = above.into_iter().collect();
        let wrong = |category: &str| DisclosureError::NoTree { dimension: name.into(), category: category.into() };
        let mut index = BTreeMap::from([(total, 0usize)]);
        for (number, (category, _)) in pairs.iter().enumerate() {
            if index.insert(category, number + 1).is_some() {
                return Err(wrong(category));
            }
        }
        let mut dimension = Self {
            name: name.to_owned(),
            labels: std::iter::once(total).chain(pairs.iter().map(|pair| pair.0)).map(str::to_owned).collect(),
            parent: vec![0],
            children: vec![Vec::new(); pairs.len() + 1],
        };
        for (number, (_, above)) in pairs.iter().enumerate() {
            let parent = *index.get(above).ok_or_else(|| wrong(above))?;
            dimension.parent.push(parent);
            dimension.children[parent].push(number + 1);
        }
        match (1..dimension.labels.len()).find(|node| dimension.path(*node).last() != Some(&0)) {
            Some(node) => Err(wrong(&dimension.labels[node])),
            None => Ok(dimension),
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The labels of its categories, the total first.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// A category and everything above it; cut where it would go round.
    fn path(&self, node: usize) -> Vec<usize> {
        let mut path = vec![node];
        let mut at = node;
        while at != 0 && path.len() <= self.labels.len() {
            at = self.parent[at];
            path.push(at);
        }
        path
    }

    fn leaf(&self, category: &str) -> Result<usize, DisclosureError> {
        let found = self.labels.iter().position(|label| label == category);
        found
            .filter(|node| self.children[*node].is_empty())
            .ok_or_else(|| DisclosureError::NoCategory { dimension: self.name.clone(), category: category.to_owned() })
    }
}

/// One contribution, e.g. the receipts of one bar in one month.
///
/// # Privacy
/// Holds a figure: no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// One lowest category per dimension.
    pub categories: Vec<String>,
    /// Company or holding; contributions of one are summed.
    pub holding: String,
    /// The data window the figure belongs to, e.g. `2017-05`.
    pub period: String,
    /// In minor units or steps.
    pub value: i64,
}

/// The dimensions of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    dimensions: Vec<Dimension>,
}

impl Grid {
    /// One to three dimensions.
    ///
    /// # Errors
    /// [`DisclosureError::Dimensions`], [`DisclosureError::TooManyCells`].
    pub fn new(dimensions: Vec<Dimension>) -> Result<Self, DisclosureError> {
        let found = dimensions.len();
        if !(1..=3).contains(&found) {
            return Err(DisclosureError::Dimensions { found });
        }
        let cells = dimensions.iter().fold(1usize, |product, d| product.saturating_mul(d.labels.len()));
        if cells > MAX_CELLS {
            return Err(DisclosureError::TooManyCells { cells, limit: MAX_CELLS });
        }
        Ok(Self { dimensions })
    }

    /// The dimensions.
    pub fn dimensions(&self) -> &[Dimension] {
        &self.dimensions
    }

    /// The numbers of all cells that an entry counts in.
    ///
    /// # Errors
    /// [`DisclosureError::Dimensions`], [`DisclosureError::NoCategory`].
    pub fn cells_of(&self, entry: &Entry) -> Result<Vec<usize>, DisclosureError> {
        if entry.categories.len() != self.dimensions.len() {
            return Err(DisclosureError::Dimensions { found: entry.categories.len() });
        }
        let mut cells = vec![0];
        for (dimension, category) in self.dimensions.iter().zip(&entry.categories) {
            let path = dimension.path(dimension.leaf(category)?);
            let size = dimension.labels.len();
            cells = cells.iter().flat_map(|cell| path.iter().map(move |node| cell * size + node)).collect();
        }
        Ok(cells)
    }

    /// The table of these contributions; `waived` are holdings that agreed to be recognisable.
    ///
    /// # Errors
    /// [`DisclosureError::Dimensions`], [`DisclosureError::NoCategory`], [`DisclosureError::TooLarge`].
    pub fn table(&self, entries: &[Entry], waived: &BTreeSet<String>) -> Result<Table, DisclosureError> {
        let names = self.names();
        let mut sums: Vec<BTreeMap<Arc<str>, i128>> = vec![BTreeMap::new(); names.len()];
        let mut negative = vec![false; names.len()];
        for entry in entries {
            let holding: Arc<str> = Arc::from(entry.holding.as_str());
            for cell in self.cells_of(entry)? {
                negative[cell] |= entry.value < 0;
                *sums[cell].entry(holding.clone()).or_default() += i128::from(entry.value);
            }
        }
        let any_negative = negative.contains(&true);
        let mut cells = Vec::with_capacity(names.len());
        for ((name, sums), negative) in names.into_iter().zip(sums).zip(negative) {
            let too_large = || DisclosureError::TooLarge { cell: name.join(" / ") };
            let contributors = Contributors::from_sums(sums, negative, waived).ok_or_else(too_large)?;
            let cell = Cell::new(name, contributors);
            // Once one amount may be below zero, nobody knows of any other that it is not.
            cells.push(if any_negative { cell.within(super::Bounds::NONE) } else { cell });
        }
        Table::new(cells, self.relations())
    }

    /// The labels of a cell by its number.
    pub fn name_of(&self, cell: usize) -> Vec<String> {
        let mut rest = cell;
        let mut labels = Vec::with_capacity(self.dimensions.len());
        for dimension in self.dimensions.iter().rev() {
            let size = dimension.labels.len();
            labels.extend(dimension.labels.get(rest % size).cloned());
            rest /= size;
        }
        labels.reverse();
        labels
    }

    fn names(&self) -> Vec<Vec<String>> {
        self.dimensions.iter().fold(vec![Vec::new()], |names, dimension| {
            let extended = |name: &Vec<String>, label: &String| name.iter().chain([label]).cloned().collect();
            names.iter().flat_map(|name| dimension.labels.iter().map(move |label| extended(name, label))).collect()
        })
    }

    fn relations(&self) -> Vec<Relation> {
        let mut relations = Vec::new();
        for (number, dimension) in self.dimensions.iter().enumerate() {
            let size = |d: &Dimension| d.labels.len();
            let before: usize = self.dimensions.iter().take(number).map(size).product();
            let after: usize = self.dimensions.iter().skip(number + 1).map(size).product();
            let parents = dimension.children.iter().enumerate().filter(|(_, children)| !children.is_empty());
            for (parent, children) in parents {
                for outer in 0..before {
                    for inner in 0..after {
                        let cell = |node: usize| (outer * size(dimension) + node) * after + inner;
                        relations.push(Relation::sum(cell(parent), children.iter().map(|child| cell(*child))));
                    }
                }
            }
        }
        relations
    }
}
