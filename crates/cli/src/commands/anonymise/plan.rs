//! From a policy and a file to a task: which columns are written, which levels they have, which rules are kept.

use super::failure::{data_fits, refused};
use super::outcome::Outcome;
use super::rows::{self, Rows};
use crate::data_policy::{
    AnonymisePolicy, BetaLimit, ColumnPolicy, DataPolicy, DatePart, DayOrder, DiversityLimit, HierarchySource,
    ModelLimit, PseudonymMethod, Role, SearchChoice, TransportLimit,
};
use crate::ui::Ui;
use crate::{Failure, Place, Problem};
use guildhall_anonymise::{
    Column, DateLevel, DateOrder, Demand, Hierarchy, PopulationRule, Rule, Table, TableBuilder, Task, Verified, Width,
    verify_population,
};
use guildhall_data::Import;
use guildhall_kpi::Rational;
use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Everything that is known before the search.
pub(super) struct Plan {
    pub(super) policy: DataPolicy,
    pub(super) section: AnonymisePolicy,
    pub(super) path: PathBuf,
    pub(super) data: PathBuf,
    import: Import,
    /// The rows, with the columns that are written.
    pub(super) table: Table,
    /// The quasi-identifiers of the rows, and of the people of the population behind them.
    joined: Option<Table>,
    /// The levels of each quasi-identifier.
    pub(super) levels: Vec<(String, Hierarchy)>,
    /// Trees of sensitive columns.
    trees: Vec<(String, Hierarchy)>,
    /// The columns that are left out, with the reason.
    pub(super) removed: Vec<(String, &'static str)>,
    keep_pseudonyms: bool,
}

impl Plan {
    pub(super) fn of(policy: DataPolicy, path: &Path, data: &Path, keep_pseudonyms: bool) -> Result<Self, Failure> {
        let Some(section) = policy.anonymise.clone() else {
            let problem = Problem::new("S0604", "the policy has no section [anonymise]");
            return Err(problem.remedy("add [anonymise] with k = 5").at(Place::file(path)).into());
        };
        let (written, removed) = sorted(&policy, path, keep_pseudonyms)?;
        let Rows { table, import } = rows::read(data, &written)?;
        described(&policy, &import, path)?;
        let joined = joined(&policy, &section, path, &table)?;
        let quasi = joined.as_ref().unwrap_or(&table);
        let levels = |column: &ColumnPolicy| {
            let of = quasi.column(&column.name).map_err(|error| refused(&error, data))?;
            Ok((column.name.clone(), levels_of(&policy, column, of, data)?))
        };
        let levels: Vec<(String, Hierarchy)> =
            policy.of_role(Role::QuasiIdentifier).map(levels).collect::<Result<_, Failure>>()?;
        let treed = policy.of_role(Role::Sensitive).filter(|column| column.hierarchy.is_some());
        let tree = |column: &ColumnPolicy| {
            let of = table.column(&column.name).map_err(|error| refused(&error, data))?;
            Ok((column.name.clone(), levels_of(&policy, column, of, data)?))
        };
        let trees = treed.map(tree).collect::<Result<_, Failure>>()?;
        let (path, data) = (path.to_owned(), data.to_owned());
        Ok(Self { section, path, data, import, table, joined, levels, trees, removed, keep_pseudonyms, policy })
    }

    /// What a person should know although nothing is wrong.
    pub(super) fn notes(&self, ui: &Ui) {
        ui.note(&format!("{} rows read", self.import.rows_read));
        self.import.notes.iter().for_each(|note| ui.note(&format!("note: {note}")));
        for (column, why) in &self.removed {
            ui.note(&format!("note: column {column:?} is left out: {why}"));
        }
        if self.keep_pseudonyms {
            ui.note(
                "note: columns with a pseudonym are kept as they are, unchecked; they still link rows of one person",
            );
        }
    }

    /// The delimiter of the input, in which the output is written too.
    pub(super) fn delimiter(&self) -> u8 {
        let sniffed = self.import.files.first().and_then(|file| file.delimiter);
        sniffed.and_then(|delimiter| u8::try_from(delimiter).ok()).unwrap_or(b',')
    }

    pub(super) fn columns(&self) -> Vec<&str> {
        self.table.columns().iter().map(Column::name).collect()
    }

    pub(super) fn quasi(&self) -> Vec<&str> {
        self.levels.iter().map(|(name, _)| name.as_str()).collect()
    }

    pub(super) fn tree(&self, column: &str) -> Option<&Hierarchy> {
        self.trees.iter().find(|(name, _)| name == column).map(|(_, tree)| tree)
    }

    /// Rows that may be left out: the share of all rows, rounded down.
    pub(super) fn allowed(&self) -> u64 {
        let share = self.section.suppression;
        let allowed = self.table.rows() as u128 * u128::from(share.numerator()) / u128::from(share.denominator());
        match self.section.search {
            SearchChoice::Lattice => u64::try_from(allowed).unwrap_or(u64::MAX),
            SearchChoice::Mondrian => 0,
        }
    }

    /// The table, its levels and its rules.
    pub(super) fn task(&self) -> Result<Task<'_>, Failure> {
        let made = || -> Result<Task<'_>, guildhall_anonymise::Error> {
            let quasi: Vec<(&str, &Hierarchy)> = self.levels.iter().map(|(name, tree)| (name.as_str(), tree)).collect();
            let table = self.joined.as_ref().unwrap_or(&self.table);
            let mut task = Task::new(table, &quasi, u64::from(self.section.k), self.allowed())?;
            if self.joined.is_some() {
                task = task.population(self.table.rows(), self.population_rules())?;
            }
            for model in &self.section.models {
                let rules = model.limits.iter().map(|limit| rule(*limit)).collect();
                task = task.sensitive(&self.table, &model.column, rules, self.tree(&model.column))?;
            }
            Ok(task)
        };
        made().map_err(|error| refused(&error, &self.path))
    }

    fn population_rules(&self) -> Vec<PopulationRule> {
        let map = self.section.k_map.iter().map(|map| PopulationRule::KMap(u64::from(map.k)));
        let presence = self.section.presence.iter();
        let presence = presence.map(|p| PopulationRule::Presence { low: p.low.to_f64(), high: p.high.to_f64() });
        map.chain(presence).collect()
    }

    /// Reads written rows back and checks every promise by other code.
    pub(super) fn verify(&self, written: impl Read, outcome: &Outcome<'_>) -> Result<Verified, Failure> {
        let rows = self.table.rows() as u64;
        let mut demand = Demand::new(&self.columns(), &self.quasi(), self.section.k.into(), rows, self.allowed());
        for model in &self.section.models {
            let rules: Vec<Rule> = model.limits.iter().map(|limit| rule(*limit)).collect();
            let column = self.table.column(&model.column).map_err(|error| refused(&error, &self.data))?;
            demand = demand.sensitive(column, &rules, self.tree(&model.column));
        }
        let refused = |error| refused(&error, &self.data);
        let verified = demand.verify(written, self.delimiter()).map_err(refused)?;
        if let (Some(joined), Some(levels)) = (&self.joined, outcome.levels()) {
            let person = |row: usize| {
                let text = |(level, (name, tree)): (&usize, &(String, Hierarchy))| {
                    let code = joined.column(name).ok()?.codes().get(row).copied()?;
                    Some(tree.label(*level, code).to_owned())
                };
                levels.iter().zip(&self.levels).filter_map(text).collect::<Vec<String>>()
            };
            let people: Vec<Vec<String>> = (self.table.rows()..joined.rows()).map(person).collect();
            verify_population(outcome.release.table(), &self.quasi(), &people, &self.population_rules())
                .map_err(refused)?;
        }
        Ok(verified)
    }
}

/// Names of columns to write, and of those left out with the reason.
type Sorted = (Vec<String>, Vec<(String, &'static str)>);

fn sorted(policy: &DataPolicy, path: &Path, keep_pseudonyms: bool) -> Result<Sorted, Failure> {
    let (mut written, mut removed, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    for column in &policy.columns {
        let replaced = column.pseudonym.as_ref().is_some_and(|method| *method != PseudonymMethod::Remove);
        let dropped = column.pseudonym == Some(PseudonymMethod::Remove);
        match column.role {
            _ if dropped => removed.push((column.name.clone(), "the policy removes it")),
            Role::Identifier if replaced && keep_pseudonyms => written.push(column.name.clone()),
            Role::Identifier if replaced => {
                removed.push((
                    column.name.clone(),
                    "it names people; --keep-pseudonyms keeps it where it holds pseudonyms",
                ));
            }
            Role::Identifier => removed.push((column.name.clone(), "it names people and has no pseudonym")),
            Role::FreeText => {
                let message = format!("free text cannot be anonymised, and column {:?} holds some", column.name);
                problems.push(data_fits(message, "add pseudonym = { method = \"remove\" }", path));
            }
            Role::QuasiIdentifier | Role::Sensitive | Role::Other => written.push(column.name.clone()),
        }
    }
    let ruled = policy.anonymise.iter().flat_map(|section| &section.models).map(|model| &model.column);
    for column in ruled.filter(|column| !written.contains(column)) {
        let message = format!("a rule is on column {column:?}, which is removed");
        problems.push(data_fits(message, "keep the column, or leave the rule out", path));
    }
    let quasi = policy.of_role(Role::QuasiIdentifier).filter(|column| !written.contains(&column.name));
    for column in quasi {
        let message = format!("column {:?} is a quasi-identifier and removed", column.name);
        problems.push(data_fits(message, "write role = \"identifier\" to remove it", path));
    }
    Failure::of(problems).map_or(Ok((written, removed)), Err)
}

/// Refuses columns of the file that the policy does not describe.
fn described(policy: &DataPolicy, import: &Import, path: &Path) -> Result<(), Failure> {
    let known: BTreeSet<&str> = policy.columns.iter().map(|column| column.name.as_str()).collect();
    let strangers = import.ignored_columns.iter().filter(|column| !known.contains(column.as_str()));
    let problem = |column: &String| {
        let message = format!("the policy does not describe column {column:?} of the data");
        data_fits(message, "add a [[column]] with its role; other keeps it as it is", path)
    };
    Failure::of(strangers.map(problem).collect()).map_or(Ok(()), Err)
}

/// The levels that a policy gives a column.
///
/// # Errors
/// If the file of levels cannot be read or used, or a value does not fit the levels.
pub(in crate::commands) fn levels_of(
    policy: &DataPolicy,
    column: &ColumnPolicy,
    values: &Column,
    data: &Path,
) -> Result<Hierarchy, Failure> {
    let (made, about) = match &column.hierarchy {
        None => return Ok(Hierarchy::all_or_nothing(values)),
        Some(HierarchySource::File(name)) => {
            let path = policy.file(name);
            let bytes = std::fs::read(&path).map_err(|error| {
                let problem = Problem::new("U0004", "the file of levels cannot be read").why(error.to_string());
                Failure::from(problem.remedy("check its name in the policy").at(Place::file(&path)))
            })?;
            (Hierarchy::from_file(values, &bytes), path)
        }
        Some(HierarchySource::Widths(widths)) => {
            let widths: Option<Vec<Width>> =
                widths.iter().map(|width| Width::new(width.numerator(), width.denominator())).collect();
            let too_large = "a width must be a fraction of numbers below 4294967296".to_owned();
            let widths = widths.ok_or_else(|| data_fits(too_large, "round the widths in the policy", data))?;
            (Hierarchy::from_widths(values, &widths), data.to_owned())
        }
        Some(HierarchySource::Keep(keep)) => (Hierarchy::from_keep(values, keep), data.to_owned()),
        Some(HierarchySource::Dates(parts, order)) => {
            let part = |part: &DatePart| match part {
                DatePart::Month => DateLevel::Month,
                DatePart::Quarter => DateLevel::Quarter,
                DatePart::Year => DateLevel::Year,
                DatePart::Decade => DateLevel::Decade,
            };
            let parts: Vec<DateLevel> = parts.iter().map(part).collect();
            let order = match order {
                DayOrder::Ymd => DateOrder::Ymd,
                DayOrder::Dmy => DateOrder::Dmy,
                DayOrder::Mdy => DateOrder::Mdy,
            };
            (Hierarchy::from_dates(values, order, &parts), data.to_owned())
        }
    };
    made.map_err(|error| refused(&error, &about))
}

/// The quasi-identifiers of the rows with those of the population behind them, where a rule needs one.
fn joined(
    policy: &DataPolicy,
    section: &AnonymisePolicy,
    path: &Path,
    table: &Table,
) -> Result<Option<Table>, Failure> {
    let files: BTreeSet<&PathBuf> = section
        .k_map
        .iter()
        .map(|map| &map.population)
        .chain(section.presence.iter().map(|presence| &presence.population))
        .collect();
    let mut files = files.into_iter();
    let Some(file) = files.next() else { return Ok(None) };
    if files.next().is_some() {
        let problem = Problem::new("S0604", "k_map and presence name two different populations");
        return Err(problem.remedy("name one file in both").at(Place::file(path)).into());
    }
    let names: Vec<String> = policy.of_role(Role::QuasiIdentifier).map(|column| column.name.clone()).collect();
    let people = rows::read(&policy.file(file), &names)?.table;
    let join = || {
        let mut builder = TableBuilder::new(names.iter().cloned());
        for part in [table, &people] {
            let columns = part.select(&names)?;
            for row in 0..part.rows() {
                builder.push(columns.iter().map(|column| column.value(row)))?;
            }
        }
        builder.build()
    };
    join().map(Some).map_err(|error| refused(&error, &policy.file(file)))
}

/// A rule of the policy as the search takes it.
pub(in crate::commands) fn rule(limit: ModelLimit) -> Rule {
    let number = Rational::to_f64;
    match limit {
        ModelLimit::Diversity(DiversityLimit::Distinct(l)) => Rule::DistinctL(l),
        ModelLimit::Diversity(DiversityLimit::Entropy(l)) => Rule::EntropyL(number(l)),
        ModelLimit::Diversity(DiversityLimit::Recursive(c, l)) => Rule::RecursiveL { c: number(c), l },
        ModelLimit::Transport(TransportLimit::Equal(t)) => Rule::EqualT(number(t)),
        ModelLimit::Transport(TransportLimit::Ordered(t)) => Rule::OrderedT(number(t)),
        ModelLimit::Transport(TransportLimit::Hierarchical(t)) => Rule::HierarchicalT(number(t)),
        ModelLimit::Alpha(alpha) => Rule::Alpha(number(alpha)),
        ModelLimit::Beta(BetaLimit::Basic(beta)) => Rule::Beta(number(beta)),
        ModelLimit::Beta(BetaLimit::Enhanced(beta)) => Rule::EnhancedBeta(number(beta)),
        ModelLimit::Delta(delta) => Rule::Delta(number(delta)),
    }
}
