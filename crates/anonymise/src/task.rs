//! What is to be anonymised, and which rules the result must keep.

use crate::group::{Digit, group};
use crate::rule::{Class, Rule, Whole};
use crate::spread::Spread;
use crate::{Column, Error, Hierarchy, PopulationRisk, Table};

/// Rules on a population from which the table is a sample.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum PopulationRule {
    /// So many people of the population at least behind each row.
    KMap(u64),
    /// The chance that somebody of the population is in the table lies between these.
    Presence {
        /// The lowest chance.
        low: f64,
        /// The highest chance.
        high: f64,
    },
}

/// A sensitive column with its rules.
#[derive(Clone, Debug)]
pub(crate) struct Sensitive<'t> {
    pub(crate) column: &'t Column,
    pub(crate) rules: Vec<Rule>,
    pub(crate) whole: Whole,
}

/// A table, the levels of its quasi-identifiers, and the rules.
///
/// Where the table is a sample of a population, the people of the population are rows behind those of the table: the
/// first `rows` rows are anonymised, the others only counted.
#[derive(Clone, Debug)]
pub struct Task<'t> {
    pub(crate) quasi: Vec<(&'t Column, &'t Hierarchy)>,
    pub(crate) rows: usize,
    pub(crate) people: usize,
    pub(crate) k: u64,
    pub(crate) allowed: u64,
    pub(crate) sensitive: Vec<Sensitive<'t>>,
    pub(crate) population: Vec<PopulationRule>,
}

impl<'t> Task<'t> {
    /// A table whose classes must have `k` rows, of which `allowed` may be left out.
    ///
    /// # Errors
    /// If there is no quasi-identifier, or `k` is zero.
    pub fn new(table: &'t Table, quasi: &[(&str, &'t Hierarchy)], k: u64, allowed: u64) -> Result<Self, Error> {
        if k == 0 {
            return Err(Error::Parameter { what: "k", value: 0.0, want: "1 or more" });
        }
        if quasi.is_empty() {
            return Err(Error::Parameter { what: "the number of quasi-identifiers", value: 0.0, want: "1 or more" });
        }
        let rows = table.rows();
        let column = |(name, hierarchy): &(&str, &'t Hierarchy)| Ok((table.column(name)?, *hierarchy));
        let quasi = quasi.iter().map(column).collect::<Result<_, Error>>()?;
        Ok(Self { quasi, rows, people: 0, k, allowed, sensitive: Vec::new(), population: Vec::new() })
    }

    /// Adds rules on a sensitive column; a tree is needed for [`Rule::HierarchicalT`] only.
    ///
    /// # Errors
    /// If a rule cannot be used, or the values of an ordered rule are not numbers.
    pub fn sensitive(
        mut self,
        table: &'t Table,
        column: &str,
        rules: Vec<Rule>,
        tree: Option<&Hierarchy>,
    ) -> Result<Self, Error> {
        let column = table.column(column)?;
        let rules: Vec<Rule> = rules.into_iter().map(Rule::check).collect::<Result<_, _>>()?;
        let mut whole = Whole::of(column, self.rows);
        if rules.iter().any(|rule| matches!(rule, Rule::OrderedT(_))) {
            whole = whole.ordered(column)?;
        }
        if let Some(tree) = tree {
            whole = whole.in_tree(tree);
        }
        if rules.iter().any(|rule| matches!(rule, Rule::HierarchicalT(_))) && !whole.has_tree() {
            let want = "a hierarchy for the sensitive column";
            return Err(Error::Parameter { what: "hierarchical t", value: f64::NAN, want });
        }
        self.sensitive.push(Sensitive { column, rules, whole });
        Ok(self)
    }

    /// States that the rows of the table from `rows` on are the population, and adds rules on it.
    ///
    /// # Errors
    /// If there is nobody, or a rule cannot be used.
    pub fn population(mut self, rows: usize, rules: Vec<PopulationRule>) -> Result<Self, Error> {
        let all = self.rows;
        if rows == 0 || rows >= all {
            let want = "at least one row of data and one of the population";
            return Err(Error::Parameter { what: "the number of rows", value: rows as f64, want });
        }
        for rule in &rules {
            let (value, sound) = match rule {
                PopulationRule::KMap(k) => (*k as f64, *k >= 2),
                PopulationRule::Presence { low, high } => (*low, 0.0 <= *low && low <= high && *high <= 1.0),
            };
            if !sound {
                let want = "k from 2, or 0 <= low <= high <= 1";
                return Err(Error::Parameter { what: "a rule on the population", value, want });
            }
        }
        (self.rows, self.people, self.population) = (rows, all - rows, rules);
        Ok(self)
    }

    /// The names of the quasi-identifiers.
    pub fn names(&self) -> impl Iterator<Item = &'t str> {
        self.quasi.iter().map(|(column, _)| column.name())
    }

    /// How many levels each quasi-identifier has.
    pub fn heights(&self) -> Vec<usize> {
        self.quasi.iter().map(|(_, hierarchy)| hierarchy.levels()).collect()
    }

    /// The journalist's and the marketer's risk at these levels, where there is a population.
    ///
    /// # Errors
    /// If rows have no counterpart in the population.
    pub fn population_risk(&self, levels: &[usize]) -> Result<Option<PopulationRisk>, Error> {
        if self.people == 0 {
            return Ok(None);
        }
        let (classes, _) = self.finest().coarser(&self.digits(levels));
        let pairs = || classes.sizes.iter().copied().zip(classes.people.iter().copied());
        let lost: u64 = pairs().filter(|(rows, people)| rows > people).map(|(rows, people)| rows - people).sum();
        if lost > 0 {
            return Err(Error::NotOfPopulation { rows: lost });
        }
        Ok(PopulationRisk::of(pairs()))
    }

    /// Whether every rule that a node keeps is kept by all coarser nodes.
    pub(crate) fn is_monotone(&self) -> bool {
        let merging = |rule: &Rule| match self.allowed {
            0 => rule.survives_merging(),
            _ => rule.survives_any_merging(),
        };
        let presence = |rule: &PopulationRule| matches!(rule, PopulationRule::KMap(_)) || self.allowed == 0;
        self.sensitive.iter().flat_map(|sensitive| &sensitive.rules).all(merging)
            && self.population.iter().all(presence)
    }

    /// The classes at level 0, which all others are made of.
    pub(crate) fn finest(&self) -> Partition {
        let rows: Vec<u32> = (0..(self.rows + self.people) as u32).collect();
        let grouping = group(&rows, &self.digits(&vec![0; self.quasi.len()]));
        let sizes = grouping.sums(|row| u64::from(row < self.rows));
        let people = if self.people == 0 { Vec::new() } else { grouping.sums(|row| u64::from(row >= self.rows)) };
        let spreads = self.sensitive.iter().map(|sensitive| {
            let codes = sensitive.column.codes();
            let mut data = grouping.clone();
            data.of.truncate(self.rows);
            Spread::of(&data, codes)
        });
        Partition { spreads: spreads.collect(), first: grouping.first, sizes, people }
    }

    pub(crate) fn digits(&self, node: &[usize]) -> Vec<Digit<'t>> {
        let digit = |((column, hierarchy), level): (&(&'t Column, &'t Hierarchy), &usize)| {
            let level = hierarchy.at(*level);
            Digit { codes: column.codes(), map: &level.of, groups: level.labels.len() }
        };
        self.quasi.iter().zip(node).map(digit).collect()
    }
}

/// Classes, each with a row that stands for it, its size, its people and its sensitive values.
#[derive(Clone, Debug, Default)]
pub(crate) struct Partition {
    pub(crate) first: Vec<u32>,
    pub(crate) sizes: Vec<u64>,
    /// Empty where there is no population.
    pub(crate) people: Vec<u64>,
    pub(crate) spreads: Vec<Spread>,
}

/// What became of the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// All are kept if so many rows are left out.
    Kept { suppressed: u64 },
    /// Broken by this node; a finer one may keep them.
    Broken,
    /// Broken by this node and by every finer one.
    BrokenBelow,
}

impl Partition {
    /// The classes of a coarser node, without their sensitive values.
    pub(crate) fn coarser(&self, digits: &[Digit<'_>]) -> (Self, crate::group::Grouping) {
        let grouping = group(&self.first, digits);
        let first = grouping.first.iter().map(|old| self.first[*old as usize]).collect();
        let sizes = grouping.sums(|old| self.sizes[old]);
        let people = if self.people.is_empty() { Vec::new() } else { grouping.sums(|old| self.people[old]) };
        (Self { first, sizes, people, spreads: Vec::new() }, grouping)
    }

    /// Rows in classes that are too small, which coarser nodes only make fewer.
    pub(crate) fn small_rows(&self, task: &Task<'_>) -> u64 {
        self.sizes.iter().filter(|size| **size < task.k).sum()
    }

    /// Whether a class keeps everything.
    pub(crate) fn keeps(&self, class: usize, task: &Task<'_>) -> bool {
        let size = self.sizes[class];
        let people = self.people.get(class).copied().unwrap_or_default();
        let known = |rule: &PopulationRule| match rule {
            PopulationRule::KMap(k) => people >= *k,
            PopulationRule::Presence { low, high } => {
                let presence = size as f64 / people.max(1) as f64;
                people > 0 && (*low..=*high).contains(&presence)
            }
        };
        size >= task.k
            && task.population.iter().all(known)
            && task.sensitive.iter().zip(&self.spreads).all(|(sensitive, spread)| {
                let class = Class { values: spread.class(class), size };
                sensitive.rules.iter().all(|rule| rule.holds(&class, &sensitive.whole))
            })
    }

    /// Whether people of whom no row tells are given away by that: a lowest chance above zero cannot be kept then.
    fn absent_people(&self, task: &Task<'_>) -> bool {
        let low = |rule: &PopulationRule| matches!(rule, PopulationRule::Presence { low, .. } if *low > 0.0);
        task.population.iter().any(low) && self.sizes.contains(&0)
    }

    /// Rows of the classes that do not keep everything.
    pub(crate) fn verdict(&self, task: &Task<'_>) -> Verdict {
        if self.absent_people(task) {
            return Verdict::BrokenBelow;
        }
        let mut suppressed = 0;
        for class in 0..self.sizes.len() {
            if self.sizes[class] > 0 && !self.keeps(class, task) {
                suppressed += self.sizes[class];
                if suppressed > task.allowed {
                    break;
                }
            }
        }
        match suppressed {
            suppressed if suppressed <= task.allowed && suppressed < task.rows as u64 => Verdict::Kept { suppressed },
            _ if task.is_monotone() => Verdict::BrokenBelow,
            _ => Verdict::Broken,
        }
    }
}
