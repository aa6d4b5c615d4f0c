//! What is asked, of whom, and how much at most: the declaration that keys, uploads and results are bound to.
//!
//! Everything that decides safety (parameter set, noise, room for sums) follows from the declaration, never from what is
//! sent. Two polls that differ in anything have different digests, so nothing made for one is accepted in the other.

mod digest;
mod fields;
mod plan;

pub use fields::{Field, Layout, Output, Part};
pub(crate) use plan::{ATTEMPTS, KEY_SLACK};
pub use plan::{Plan, RELEASES};

use crate::HeError;

/// Longest name of a poll, metric or group, in bytes.
const NAME: usize = 100;
/// Most metrics and most groups.
const MOST: usize = 256;
/// Most answers of a poll.
const MOST_ANSWERS: u64 = 1 << 32;
/// Largest magnitude of an answer and of a weight.
const LARGEST: i64 = 1 << 40;

/// A declared collection of encrypted answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Poll {
    /// Its name; use another for every wave.
    pub id: String,
    /// Who encrypts and who opens.
    pub mode: Mode,
    /// No more answers than this are ever added up.
    pub most_answers: u64,
    /// No more uploads than this.
    pub most_uploads: u64,
    /// How many answers share a ciphertext.
    pub packing: Packing,
    /// Every metric is computed once per group; empty for none.
    pub groups: Vec<String>,
    /// What is asked.
    pub metrics: Vec<Metric>,
    /// How the cells of a table become answers (columns, decimals, what counts as yes), as whoever reads the table writes
    /// it. Nothing here looks into it, but it is part of the digest: answers read in two ways do not add up.
    pub reading: Vec<String>,
}

/// Who encrypts and who opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// The business encrypts its own answers with its secret key and opens the sums.
    Owner,
    /// Respondents encrypt under the business's public key; the business opens the sums.
    Respondents,
    /// Encrypted under a key that parties made jointly; a quorum of them opens the sums.
    Quorum(Parties),
}

/// The parties that hold a joint key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parties {
    /// How many there are, at most 10.
    pub count: u8,
    /// How many open.
    pub threshold: u8,
    /// Statistical distance and noise bound.
    pub flood: Flood,
    /// Public randomness nobody chose, such as a published lottery draw, from which the common polynomial follows.
    pub beacon: String,
    /// Whether a party may open a tally that it has not computed again; better not.
    pub may_trust_evaluator: bool,
}

/// How well decryption shares hide the noise, over all openings of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flood {
    /// Distance 2^-40 from what the sum alone gives, for honest noise.
    Forty,
    /// Distance 2^-64, for honest noise.
    SixtyFour,
    /// Distance 2^-64 whatever noise within its range encryptors chose.
    SixtyFourWorstCase,
}

/// How many answers share a ciphertext.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// One: every respondent encrypts alone.
    One,
    /// As many as fit: one uploader encrypts many.
    Full,
}

/// One metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metric {
    /// Its name.
    pub name: String,
    /// What it computes.
    pub kind: Kind,
    /// Whether an answer may lack it.
    pub optional: bool,
}

/// What a metric computes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Net Promoter Score over 0 to 10.
    Nps,
    /// Share of scores that count as satisfied.
    Csat {
        /// Lowest score.
        low: i64,
        /// Highest score.
        high: i64,
        /// Lowest score that counts as satisfied.
        satisfied: i64,
    },
    /// Mean score of a scale, such as customer effort.
    Ces {
        /// Lowest score.
        low: i64,
        /// Highest score.
        high: i64,
    },
    /// Share of yes: churn, retention, repeat purchase.
    Rate(Share),
    /// Sum and mean of a whole number, such as lifetime value in cents.
    Sum {
        /// Lowest value.
        low: i64,
        /// Highest value.
        high: i64,
    },
    /// Brand Trust Index: items on one scale, with whole weights; only the weighted sum is opened.
    TrustIndex {
        /// Lowest score of an item.
        low: i64,
        /// Highest score of an item.
        high: i64,
        /// One weight per item.
        weights: Vec<i64>,
    },
    /// How many answers fall into each category; all counts are opened.
    Histogram {
        /// The categories.
        bins: Vec<String>,
    },
}

/// What a share of yes is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// Customers who left.
    Churn,
    /// Customers who stayed.
    Retention,
    /// Customers who bought again.
    RepeatPurchase,
    /// Anything else.
    Other,
}

/// One answer to one metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// None.
    Missing,
    /// A score or value.
    Number(i64),
    /// Yes or no.
    Yes(bool),
    /// A category, by its position.
    Bin(usize),
    /// Scores of all items, in order.
    Items(Vec<i64>),
}

/// One row: who it belongs to and what was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Position of the group; 0 without groups.
    pub group: usize,
    /// One answer per metric.
    pub answers: Vec<Answer>,
}

impl Poll {
    /// Checks the declaration and derives what follows from it.
    ///
    /// # Errors
    /// [`HeError::Poll`] with the first rule that is broken, [`HeError::TooLarge`].
    pub fn plan(&self) -> Result<Plan, HeError> {
        self.check()?;
        Plan::new(self)
    }

    fn check(&self) -> Result<(), HeError> {
        let names = || self.metrics.iter().map(|m| &m.name).chain(&self.groups).chain([&self.id]);
        let refuse = |what: String, remedy| Err(HeError::Poll { what, remedy });
        if let Some(name) = names().find(|name| name.is_empty() || name.len() > NAME) {
            return refuse(format!("the name {name:?} is empty or too long"), "use 1 to 100 bytes");
        }
        if self.metrics.is_empty() || self.metrics.len() > MOST || self.groups.len() > MOST {
            return refuse("there are no metrics, or too many".into(), "use 1 to 256 metrics and at most 256 groups");
        }
        for list in [self.metrics.iter().map(|m| &m.name).collect::<Vec<_>>(), self.groups.iter().collect()] {
            if let Some(name) = twice(&list) {
                return refuse(format!("the name {name:?} stands twice"), "name each metric and group once");
            }
        }
        if !(1..=MOST_ANSWERS).contains(&self.most_answers) || !(1..=MOST_ANSWERS).contains(&self.most_uploads) {
            return refuse("most_answers and most_uploads".into(), "declare 1 to 4,294,967,296 of each");
        }
        self.metrics.iter().try_for_each(check_metric)?;
        match &self.mode {
            Mode::Quorum(parties) => check_parties(parties),
            Mode::Owner | Mode::Respondents => Ok(()),
        }
    }
}

fn check_metric(metric: &Metric) -> Result<(), HeError> {
    let refuse = |what: &str, remedy| Err(HeError::Poll { what: format!("{}: {what}", metric.name), remedy });
    let scale = match &metric.kind {
        Kind::Nps | Kind::Rate(_) => return Ok(()),
        Kind::Histogram { bins } => {
            let named = bins.iter().all(|bin| !bin.is_empty() && bin.len() <= NAME);
            return if bins.is_empty() || !named || twice(&bins.iter().collect::<Vec<_>>()).is_some() {
                refuse("its categories are missing, unnamed or named twice", "name each category once")
            } else {
                Ok(())
            };
        }
        Kind::TrustIndex { weights, .. } if weights.is_empty() || weights.len() > MOST => {
            return refuse("there are no weights, or too many", "give one whole weight per item");
        }
        Kind::TrustIndex { low, high, weights } if weights.iter().all(|w| (1..=1000).contains(w)) => (*low, *high),
        Kind::TrustIndex { .. } => return refuse("a weight is out of range", "use whole weights from 1 to 1000"),
        Kind::Csat { low, high, satisfied } if !(low..=high).contains(&satisfied) => {
            return refuse("no score or every score counts as satisfied", "choose `satisfied` inside the scale");
        }
        Kind::Csat { low, high, .. } | Kind::Ces { low, high } | Kind::Sum { low, high } => (*low, *high),
    };
    if scale.0 >= scale.1 || scale.0 < -LARGEST || scale.1 > LARGEST {
        return refuse("its range is empty or too wide", "use low < high, at most 2^40 in magnitude");
    }
    Ok(())
}

fn check_parties(parties: &Parties) -> Result<(), HeError> {
    let Parties { count, threshold, beacon, .. } = parties;
    if !(2..=10).contains(count) || !(2..=*count).contains(threshold) {
        let what = format!("{threshold} of {count} parties");
        return Err(HeError::Poll { what, remedy: "use 2 to 10 parties and a threshold from 2 to their number" });
    }
    if beacon.is_empty() || beacon.len() > NAME {
        let what = "the public randomness is missing or too long".to_owned();
        return Err(HeError::Poll { what, remedy: "write down randomness nobody chose, such as a lottery draw" });
    }
    Ok(())
}

fn twice<'a>(names: &[&'a String]) -> Option<&'a String> {
    let mut seen = std::collections::BTreeSet::new();
    names.iter().find(|name| !seen.insert(**name)).copied()
}
