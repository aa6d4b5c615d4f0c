//! What can go wrong in disclosure control, and how to mend it.

/// Why a table, a rule or a release was refused. Names cells and parameters' names, never a figure or a contributor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DisclosureError {
    /// A rule's parameter lies outside its range.
    #[error("the rule's {name} is outside its range; write {expected}")]
    Parameter {
        /// Which parameter.
        name: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// Contributions below zero, which the concentration rules cannot judge.
    #[error(
        "cell {cell:?} has contributions below zero, which dominance and p% rules cannot judge; publish gains and \
         losses apart, or state that cells with negative contributions are judged by their number of firms only"
    )]
    Negative {
        /// The cell.
        cell: String,
    },
    /// A sum beyond what is computed exactly.
    #[error("the total of cell {cell:?} lies beyond 2^61 steps; use a coarser unit")]
    TooLarge {
        /// The cell.
        cell: String,
    },
    /// Two cells have the same name.
    #[error("there are two cells {cell:?}; give every cell its own name")]
    Twice {
        /// The cell.
        cell: String,
    },
    /// A relation names a cell that is not there.
    #[error("relation {relation} names cell number {cell}, and the table has {cells}; number the cells from 0")]
    NoCell {
        /// Number of the relation.
        relation: usize,
        /// Number of the cell.
        cell: usize,
        /// Cells of the table.
        cells: usize,
    },
    /// A relation does not hold for the figures given.
    #[error("relation {relation}, the one of cell {cell:?}, does not hold; a total must be the sum of its parts")]
    Unbalanced {
        /// Number of the relation.
        relation: usize,
        /// Its first cell.
        cell: String,
    },
    /// A cell's value lies outside its own public bounds.
    #[error("the value of cell {cell:?} lies outside its public bounds; correct the bounds")]
    OutOfBounds {
        /// The cell.
        cell: String,
    },
    /// A category that the dimension does not have.
    #[error("dimension {dimension:?} has no category {category:?} at its lowest level; add it, or correct the data")]
    NoCategory {
        /// The dimension.
        dimension: String,
        /// The category.
        category: String,
    },
    /// A dimension whose categories do not form a tree.
    #[error("category {category:?} of dimension {dimension:?} is its own ancestor, is there twice, or is the total")]
    NoTree {
        /// The dimension.
        dimension: String,
        /// The category.
        category: String,
    },
    /// Not one to three dimensions, or an entry with another number of them.
    #[error("a table has 1 to 3 dimensions, and every contribution one category in each; {found} were given")]
    Dimensions {
        /// How many were given.
        found: usize,
    },
    /// More cells than are audited in reasonable time.
    #[error("the table would have {cells} cells, and at most {limit} are audited; use fewer categories or dimensions")]
    TooManyCells {
        /// Cells, totals included.
        cells: usize,
        /// The limit.
        limit: usize,
    },
    /// No pattern of hidden cells protects this one.
    #[error(
        "cell {cell:?} cannot be protected: too few other cells could be hidden with it; merge categories, or do not \
         publish this table"
    )]
    Unprotectable {
        /// The cell.
        cell: String,
    },
    /// A given pattern of hidden cells leaves this one open.
    #[error("cell {cell:?} can be worked out too closely from the cells shown; hide further cells")]
    Exposed {
        /// The cell.
        cell: String,
    },
    /// A release that, together with an earlier one, gives a few firms away.
    #[error(
        "cell {cell:?} cannot be published: compared with cell {other:?} of the earlier release {release:?} it tells \
         about {why}; publish the same groups as before, or wait for the next data window"
    )]
    Difference {
        /// The new cell.
        cell: String,
        /// The earlier cell.
        other: String,
        /// The earlier release.
        release: String,
        /// What the difference is, in words.
        why: &'static str,
    },
}
