//! Equivalence classes: rows that share all quasi-identifiers, and what holds of their sensitive values.

use crate::group::{Digit, Grouping, group};
use crate::rule::{Class, Whole};
use crate::spread::Spread;
use crate::{Error, Hierarchy, Risk, Table};

/// The classes of a table under some quasi-identifiers.
#[derive(Clone, Debug)]
pub struct Classes {
    grouping: Grouping,
    sizes: Vec<u64>,
}

impl Classes {
    /// Groups the rows of a table by the named columns.
    ///
    /// # Errors
    /// If a column is not there.
    pub fn of<S: AsRef<str>>(table: &Table, quasi: &[S]) -> Result<Self, Error> {
        let columns = table.select(quasi)?;
        let maps: Vec<Vec<u32>> = columns.iter().map(|column| (0..column.values().len() as u32).collect()).collect();
        let digits: Vec<Digit<'_>> = columns
            .iter()
            .zip(&maps)
            .map(|(column, map)| Digit { codes: column.codes(), map, groups: map.len() })
            .collect();
        let rows: Vec<u32> = (0..table.rows() as u32).collect();
        let grouping = group(&rows, &digits);
        let sizes = grouping.sums(|_| 1);
        Ok(Self { grouping, sizes })
    }

    /// The number of rows of each class.
    pub fn sizes(&self) -> &[u64] {
        &self.sizes
    }

    /// The class of a row.
    pub fn class_of(&self, row: usize) -> Option<usize> {
        self.grouping.of.get(row).map(|class| *class as usize)
    }

    /// The size of the smallest class: the table is k-anonymous for every k up to it.
    pub fn k(&self) -> u64 {
        self.sizes.iter().copied().min().unwrap_or_default()
    }

    /// What the sizes alone say about the risk of being singled out.
    pub fn risk(&self) -> Risk {
        Risk::of(self.sizes.iter().copied())
    }

    /// What holds of a sensitive column in every class.
    ///
    /// The ordered distance is given where all values are numbers, the hierarchical one where there is a hierarchy.
    ///
    /// # Errors
    /// If the column is not there.
    pub fn sensitive(&self, table: &Table, column: &str, tree: Option<&Hierarchy>) -> Result<SensitiveFigures, Error> {
        let column = table.column(column)?;
        let mut whole = Whole::of(column, table.rows());
        if column.numbers().is_ok() {
            whole = whole.ordered(column)?;
        }
        if let Some(tree) = tree {
            whole = whole.in_tree(tree);
        }
        let spread = Spread::of(&self.grouping, column.codes());
        let classes = self.sizes.iter().enumerate().map(|(at, size)| Class { values: spread.class(at), size: *size });
        Ok(SensitiveFigures::of(column.name(), classes, &whole))
    }
}

/// What every class of a table keeps of one sensitive column: the worst class decides each figure.
#[derive(Clone, Debug, PartialEq)]
pub struct SensitiveFigures {
    /// The column.
    pub column: String,
    /// Distinct l-diversity: the fewest different values.
    pub distinct_l: u64,
    /// Entropy l-diversity, as the real number that it is.
    pub entropy_l: f64,
    /// For each l from 2 to `distinct_l`: recursive (c, l)-diversity holds for every c above this.
    pub recursive_c: Vec<(u32, f64)>,
    /// t-closeness, every two values equally far.
    pub equal_t: f64,
    /// t-closeness with values ordered as numbers.
    pub ordered_t: Option<f64>,
    /// t-closeness with values in a hierarchy.
    pub hierarchical_t: Option<f64>,
    /// The largest share of one value.
    pub alpha: f64,
    /// Basic beta-likeness.
    pub basic_beta: f64,
    /// Enhanced beta-likeness: the largest of the gains, each cut at the negative logarithm of the value's share.
    pub enhanced_beta: f64,
    /// delta-disclosure, over the values that occur in a class.
    pub delta: f64,
    /// Rows in classes where everybody has the same value.
    pub exposed_rows: u64,
}

/// Most values of `l` for which the recursive figure is given.
const MOST_RECURSIVE: u32 = 100;

impl SensitiveFigures {
    fn of<'c>(column: &str, classes: impl Iterator<Item = Class<'c>>, whole: &Whole) -> Self {
        let mut worst = Self {
            column: column.to_owned(),
            distinct_l: u64::MAX,
            entropy_l: f64::INFINITY,
            recursive_c: Vec::new(),
            equal_t: 0.0,
            ordered_t: whole.has_order().then_some(0.0),
            hierarchical_t: whole.has_tree().then_some(0.0),
            alpha: 0.0,
            basic_beta: 0.0,
            enhanced_beta: 0.0,
            delta: 0.0,
            exposed_rows: 0,
        };
        let classes: Vec<Class<'c>> = classes.collect();
        classes.iter().for_each(|class| worst.take(class, whole));
        let most = u32::try_from(worst.distinct_l).unwrap_or(u32::MAX).min(MOST_RECURSIVE);
        worst.recursive_c = (2..=most).filter_map(|l| Some((l, recursive_c(&classes, l)?))).collect();
        worst
    }

    fn take(&mut self, class: &Class<'_>, whole: &Whole) {
        self.distinct_l = self.distinct_l.min(class.values.len() as u64);
        self.entropy_l = self.entropy_l.min(class.entropy_l());
        self.equal_t = self.equal_t.max(class.equal_t(whole));
        self.ordered_t = self.ordered_t.map(|t| t.max(class.ordered_t(whole)));
        self.hierarchical_t = self.hierarchical_t.map(|t| t.max(class.hierarchical_t(whole)));
        self.alpha = self.alpha.max(class.alpha());
        self.basic_beta = self.basic_beta.max(class.beta(whole));
        self.enhanced_beta = self.enhanced_beta.max(class.enhanced_beta(whole));
        self.delta = self.delta.max(class.delta(whole));
        self.exposed_rows += if class.values.len() == 1 { class.size } else { 0 };
    }
}

fn recursive_c(classes: &[Class<'_>], l: u32) -> Option<f64> {
    let ratio = |class: &Class<'_>| class.recursive(l).map(|(most, tail)| most as f64 / tail as f64);
    classes.iter().map(ratio).try_fold(0.0, |worst: f64, ratio| Some(worst.max(ratio?)))
}
