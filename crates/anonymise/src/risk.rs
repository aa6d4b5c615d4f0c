//! The risk of being singled out, under the three attackers of the field.
//!
//! Source: El Emam, Guide to the De-Identification of Personal Health Information (2013), as ARX computes them. The
//! prosecutor knows that a person is in the table; the journalist knows a population of which the table is a sample;
//! the marketer wants as many persons as possible.
//!
//! Assumption: all members of a class are equally likely to be the person looked for.

use std::collections::BTreeMap;

/// The risk of being singled out, from the sizes of the classes.
#[derive(Clone, Debug, PartialEq)]
pub struct Risk {
    /// Rows.
    pub rows: u64,
    /// Classes.
    pub classes: u64,
    /// Rows of the smallest class.
    pub smallest: u64,
    /// Rows of the largest class.
    pub largest: u64,
    /// Rows that are alone in their class.
    pub unique_rows: u64,
    /// For each size of a class, how many classes have it.
    pub sizes: BTreeMap<u64, u64>,
}

impl Risk {
    pub(crate) fn of(sizes: impl Iterator<Item = u64>) -> Self {
        let mut counted: BTreeMap<u64, u64> = BTreeMap::new();
        sizes.for_each(|size| *counted.entry(size).or_default() += 1);
        Self {
            rows: counted.iter().map(|(size, classes)| size * classes).sum(),
            classes: counted.values().sum(),
            smallest: counted.keys().next().copied().unwrap_or_default(),
            largest: counted.keys().next_back().copied().unwrap_or_default(),
            unique_rows: counted.get(&1).copied().unwrap_or_default(),
            sizes: counted,
        }
    }

    /// The prosecutor's chance against the person easiest to find: one over the smallest class.
    pub fn highest(&self) -> f64 {
        1.0 / self.smallest as f64
    }

    /// The average of everybody's risk, which is also the share of persons a marketer finds: classes over rows.
    pub fn average(&self) -> f64 {
        self.classes as f64 / self.rows as f64
    }

    /// The share of rows that are alone in their class.
    pub fn unique_share(&self) -> f64 {
        self.unique_rows as f64 / self.rows as f64
    }

    /// Rows per class, on average.
    pub fn average_class(&self) -> f64 {
        self.rows as f64 / self.classes as f64
    }

    /// The share of rows whose risk exceeds a threshold.
    pub fn share_above(&self, threshold: f64) -> f64 {
        let above = self.sizes.iter().filter(|(size, _)| 1.0 / **size as f64 > threshold);
        above.map(|(size, classes)| size * classes).sum::<u64>() as f64 / self.rows as f64
    }

    /// For each risk from high to low, the share of rows whose risk is at least that.
    pub fn by_record(&self) -> Vec<(f64, f64)> {
        let mut rows = 0;
        let step = |(size, classes): (&u64, &u64)| {
            rows += size * classes;
            (1.0 / *size as f64, rows as f64 / self.rows as f64)
        };
        self.sizes.iter().map(step).collect()
    }
}

/// The journalist's and the marketer's risk against a known population.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PopulationRisk {
    /// The fewest people of the population behind a row.
    pub smallest: u64,
    /// The journalist's chance against the person easiest to find: one over that.
    pub highest: f64,
    /// The share of rows a marketer links correctly.
    pub average: f64,
    /// The lowest and the highest chance that somebody of the population is in the table.
    pub presence: (f64, f64),
}

impl PopulationRisk {
    /// From pairs of (rows, people) for each class of the population.
    pub(crate) fn of(classes: impl Iterator<Item = (u64, u64)>) -> Option<Self> {
        let (mut rows, mut linked) = (0u64, 0.0);
        let mut found = Self { smallest: u64::MAX, highest: 0.0, average: 0.0, presence: (1.0, 0.0) };
        for (sample, people) in classes {
            if people == 0 {
                return None;
            }
            let presence = sample as f64 / people as f64;
            found.presence = (found.presence.0.min(presence), found.presence.1.max(presence));
            if sample > 0 {
                rows += sample;
                linked += presence;
                found.smallest = found.smallest.min(people);
            }
        }
        found.highest = 1.0 / found.smallest as f64;
        found.average = linked / rows as f64;
        (rows > 0).then_some(found)
    }
}
