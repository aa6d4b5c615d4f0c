//! What a data policy says, after reading.

use guildhall_kpi::Rational;
use guildhall_pseudonym::own::Spelling;
use std::path::{Path, PathBuf};

/// A whole policy: every column of the file, and how rows are anonymised.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DataPolicy {
    /// The folder in which file names of the policy are looked up: where the policy itself lies.
    pub folder: PathBuf,
    /// The columns, in the order of the policy.
    pub columns: Vec<ColumnPolicy>,
    /// How rows are anonymised, if they are.
    pub anonymise: Option<AnonymisePolicy>,
}

impl DataPolicy {
    /// What is said about a column.
    pub fn column(&self, name: &str) -> Option<&ColumnPolicy> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The columns of one role, in the order of the policy.
    pub fn of_role(&self, role: Role) -> impl Iterator<Item = &ColumnPolicy> {
        self.columns.iter().filter(move |column| column.role == role)
    }

    /// A file named by the policy, as seen from where the program runs.
    pub fn file(&self, name: &Path) -> PathBuf {
        self.folder.join(name)
    }
}

/// One column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnPolicy {
    /// Its header.
    pub name: String,
    /// What it holds, in a word.
    pub holds: Option<String>,
    /// What it means for privacy.
    pub role: Role,
    /// How identifiers in it are replaced.
    pub pseudonym: Option<PseudonymMethod>,
    /// How its values are made coarser, or for a sensitive column which values are alike.
    pub hierarchy: Option<HierarchySource>,
}

/// What a column means for privacy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Names one person: replaced by a pseudonym or removed.
    Identifier,
    /// Known to others, and together with such columns singles people out.
    QuasiIdentifier,
    /// What nobody should learn about a person.
    Sensitive,
    /// Text in which anything may stand.
    FreeText,
    /// Nothing of these; kept as it is.
    Other,
}

impl Role {
    /// Every role under its word in the file.
    pub const WORDS: [(&'static str, Self); 5] = [
        ("identifier", Self::Identifier),
        ("quasi-identifier", Self::QuasiIdentifier),
        ("sensitive", Self::Sensitive),
        ("free-text", Self::FreeText),
        ("other", Self::Other),
    ];

    /// Its word in the file.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, role)| *role == self).map_or("other", |(word, _)| word)
    }
}

/// How an identifier is replaced; every method states its domain and its key, none has a default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PseudonymMethod {
    /// A joint pseudonym, made with the trustees of a domain.
    Joint {
        /// The domain.
        domain: String,
        /// What the column holds, which decides how a value is brought into one form.
        kind: String,
        /// The region of national telephone numbers.
        region: Option<String>,
    },
    /// Deterministic encryption with one key: reversible by whoever holds it.
    AesSiv {
        /// The domain.
        domain: String,
        /// The key file.
        key: PathBuf,
    },
    /// Encryption that keeps length and alphabet.
    Ff1 {
        /// The domain.
        domain: String,
        /// The key file.
        key: PathBuf,
        /// The characters a value is made of.
        alphabet: String,
    },
    /// Dates moved by a number of days that is the same for one subject.
    DateShift {
        /// The domain.
        domain: String,
        /// The key file.
        key: PathBuf,
        /// The most days a date moves, either way.
        days: u32,
        /// The column that names the subject.
        subject: String,
        /// Which text of that column's cell decides on the days.
        spelling: Spelling,
    },
    /// A random token, with a file that remembers which stands for what.
    Token {
        /// The domain.
        domain: String,
        /// The file of tokens.
        vault: PathBuf,
    },
    /// A keyed hash under one owner's key.
    KeyedHash {
        /// The domain.
        domain: String,
        /// The key file.
        key: PathBuf,
        /// Which text of a cell is hashed.
        spelling: Spelling,
    },
    /// The column is left out.
    Remove,
}

/// Where the coarser values of a column come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HierarchySource {
    /// A file in ARX's format: the value, then one column for each level.
    File(PathBuf),
    /// Intervals of these widths, each a multiple of the one before.
    Widths(Vec<Rational>),
    /// So many first characters, each fewer than before.
    Keep(Vec<u32>),
    /// Parts of a date, each coarser than the one before, with the order in which the days are written.
    Dates(Vec<DatePart>, DayOrder),
}

/// The order in which day, month and year of a date are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DayOrder {
    /// Year, month, day.
    #[default]
    Ymd,
    /// Day, month, year.
    Dmy,
    /// Month, day, year.
    Mdy,
}

impl DayOrder {
    /// Every order under its word in the file.
    pub const WORDS: [(&'static str, Self); 3] = [("ymd", Self::Ymd), ("dmy", Self::Dmy), ("mdy", Self::Mdy)];

    /// Its word in the file.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, order)| *order == self).map_or("ymd", |(word, _)| word)
    }
}

/// A part of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DatePart {
    /// Year and month.
    Month,
    /// Year and quarter.
    Quarter,
    /// The year.
    Year,
    /// Ten years.
    Decade,
}

impl DatePart {
    /// Every part under its word in the file.
    pub const WORDS: [(&'static str, Self); 4] =
        [("month", Self::Month), ("quarter", Self::Quarter), ("year", Self::Year), ("decade", Self::Decade)];

    /// Its word in the file.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, part)| *part == self).map_or("year", |(word, _)| word)
    }
}

/// `[anonymise]`: what the written rows must keep, and how they are found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnonymisePolicy {
    /// The fewest rows that share all quasi-identifiers.
    pub k: u32,
    /// The share of rows that may be left out.
    pub suppression: Rational,
    /// What is made as small as possible.
    pub loss: LossChoice,
    /// How rows are made coarser.
    pub search: SearchChoice,
    /// Fewest people of the population for each row, with the population's file.
    pub k_map: Option<PopulationPolicy>,
    /// How sure one may be that somebody of the population is among the rows.
    pub presence: Option<PresencePolicy>,
    /// Rules on sensitive columns.
    pub models: Vec<ModelPolicy>,
    /// Figures to compare before and after.
    pub figures: Vec<FigurePolicy>,
}

impl Default for AnonymisePolicy {
    fn default() -> Self {
        Self {
            k: 5,
            suppression: Rational::ZERO,
            loss: LossChoice::default(),
            search: SearchChoice::default(),
            k_map: None,
            presence: None,
            models: Vec::new(),
            figures: Vec::new(),
        }
    }
}

/// What is lost by coarser values, to be made small.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LossChoice {
    /// The share of values each written value may stand for.
    Loss,
    /// Pairs of rows that can no longer be told apart.
    Discernibility,
    /// Average size of a class over k.
    AverageClassSize,
    /// Bits a written value lacks, given how frequent values are.
    #[default]
    NonUniformEntropy,
}

impl LossChoice {
    /// Every choice under its word in the file.
    pub const WORDS: [(&'static str, Self); 4] = [
        ("loss", Self::Loss),
        ("discernibility", Self::Discernibility),
        ("average-class-size", Self::AverageClassSize),
        ("non-uniform-entropy", Self::NonUniformEntropy),
    ];

    /// Its word in the file.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, loss)| *loss == self).map_or("loss", |(word, _)| word)
    }
}

/// How rows are made coarser.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SearchChoice {
    /// One level for a whole column; the best combination is found.
    #[default]
    Lattice,
    /// Each group of rows as coarse as it needs; good, not best.
    Mondrian,
}

impl SearchChoice {
    /// Every choice under its word in the file.
    pub const WORDS: [(&'static str, Self); 2] = [("lattice", Self::Lattice), ("mondrian", Self::Mondrian)];

    /// Its word in the file.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, search)| *search == self).map_or("lattice", |(word, _)| word)
    }
}

/// The fewest people of a population behind each row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PopulationPolicy {
    /// The fewest.
    pub k: u32,
    /// The population's file, with the same quasi-identifiers.
    pub population: PathBuf,
}

/// Bounds on the probability that a person of a population is among the rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresencePolicy {
    /// The lowest.
    pub low: Rational,
    /// The highest.
    pub high: Rational,
    /// The population's file, with the same quasi-identifiers.
    pub population: PathBuf,
}

/// Rules on one sensitive column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelPolicy {
    /// The column.
    pub column: String,
    /// The rules; at least one.
    pub limits: Vec<ModelLimit>,
}

/// One rule on a sensitive column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelLimit {
    /// l-diversity.
    Diversity(DiversityLimit),
    /// t-closeness.
    Transport(TransportLimit),
    /// The largest share of one value in a class.
    Alpha(Rational),
    /// beta-likeness.
    Beta(BetaLimit),
    /// delta-disclosure.
    Delta(Rational),
}

/// How many sensitive values a class must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiversityLimit {
    /// Different ones.
    Distinct(u32),
    /// As many equally frequent ones would have the same entropy.
    Entropy(Rational),
    /// The most frequent is rarer than `c` times the sum from the `l`-th on.
    Recursive(Rational, u32),
}

/// How far the values of a class may be from those of all rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportLimit {
    /// Every two values are equally far.
    Equal(Rational),
    /// Values are ordered numbers.
    Ordered(Rational),
    /// Values lie in a hierarchy.
    Hierarchical(Rational),
}

/// How much more frequent a value may be in a class than in all rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BetaLimit {
    /// By this factor less one.
    Basic(Rational),
    /// By that, or by the logarithm of how rare it is, whichever is smaller.
    Enhanced(Rational),
}

/// A figure to compare before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FigurePolicy {
    /// The column of numbers.
    pub column: String,
    /// The column whose values make the groups; all rows together without one.
    pub by: Option<String>,
}
