//! What happens to each column, decided by the policy alone.

use super::super::failure;
use super::at;
use super::joint::Joint;
use super::need::Need;
use crate::data_policy::{ColumnPolicy, DataPolicy, PseudonymMethod, Role};
use crate::{Failure, Place, Problem};
use csv::StringRecord;
use guildhall_pseudonym::own::{
    AesSiv, Alphabet, Cell, Context, DateShift, Ff1, KeyedHash, Method, OwnError, OwnKey, Replacer, Tokens, Vault,
};
use guildhall_pseudonym::{Domain, LocalPart, Region, Rules};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Most problems of one batch that are listed.
pub(super) const LISTED: usize = 100;

/// A column and what happens to it.
pub(super) struct Column {
    pub(super) name: String,
    pub(super) action: Action,
    pub(super) replaced: u64,
    pub(super) empty: u64,
    pub(super) blanked: u64,
}

/// What happens to a column.
pub(super) enum Action {
    /// It stays.
    Keep,
    /// It is left out, because the policy says so or gives an identifier no method.
    Remove,
    /// A joint pseudonym takes its place.
    Joint { domain: Domain, kind: Kind },
    /// A single owner's pseudonym takes its place.
    Own { replacer: Box<Replacer>, domain: String, subject: Option<usize> },
}

/// What a joint column holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Email,
    Phone(Region),
    Plain,
}

/// The cells of one column in a batch of rows.
pub(super) struct Cells<'r> {
    pub(super) file: &'r Path,
    pub(super) lines: &'r [u64],
    pub(super) rows: &'r [StringRecord],
    pub(super) index: usize,
}

/// A row whose cell holds nothing that can be replaced, and why; never the cell's text.
pub(super) type Wrong = (usize, String);

impl<'r> Cells<'r> {
    /// The texts, of this column or another.
    fn texts(&self, index: usize) -> impl Iterator<Item = &'r str> {
        self.rows.iter().map(move |row| row.get(index).unwrap_or_default())
    }

    fn problem(&self, row: usize, column: &str, message: &str) -> Problem {
        invalid(message, self.file, self.lines.get(row).copied().unwrap_or_default(), column)
    }
}

/// A cell that holds nothing that can be replaced.
pub(super) fn invalid(message: &str, file: &Path, line: u64, column: &str) -> Problem {
    let remedy = "mend the cell, or leave such cells empty with --blank-invalid";
    at(Problem::new("S0692", message).remedy(remedy), file, line, column)
}

/// Decides for every column of the file, or lists all that stands in the way.
pub(super) fn plan(
    policy: &DataPolicy,
    policy_path: &Path,
    file: &Path,
    headers: &[String],
) -> Result<Vec<Column>, Failure> {
    let (mut columns, mut problems) = (Vec::new(), Vec::new());
    for column in policy.columns.iter().filter(|column| !headers.contains(&column.name)) {
        let problem = Problem::new("S0691", format!("the file has no column {:?}", column.name));
        problems.push(problem.remedy("take it out of the policy, or name the right file").at(Place::file(policy_path)));
    }
    for name in headers {
        let decided = match policy.column(name) {
            None => Err(undecided(name, file)),
            Some(column) => action(policy, policy_path, column, headers),
        };
        match decided {
            Ok(action) => columns.push(Column { name: name.clone(), action, replaced: 0, empty: 0, blanked: 0 }),
            Err(failure) => problems.extend(failure.problems().to_vec()),
        }
    }
    Failure::of(problems).map_or(Ok(columns), Err)
}

fn undecided(name: &str, file: &Path) -> Failure {
    let problem = Problem::new("S0691", format!("the policy says nothing about column {name:?}"));
    let why = "a column on which nobody decided must not be passed on";
    problem.why(why).remedy("add it to the policy; `guildhall scan` proposes how").at(Place::file(file)).into()
}

fn action(policy: &DataPolicy, path: &Path, column: &ColumnPolicy, headers: &[String]) -> Result<Action, Failure> {
    let Some(method) = &column.pseudonym else {
        return match column.role {
            Role::Identifier => Ok(Action::Remove),
            Role::FreeText => {
                let problem = Problem::new(
                    "S0691",
                    format!("column {:?} is free text, in which anything may stand", column.name),
                );
                Err(problem.remedy("write pseudonym = { method = \"remove\" }").at(Place::file(path)).into())
            }
            Role::QuasiIdentifier | Role::Sensitive | Role::Other => Ok(Action::Keep),
        };
    };
    if let PseudonymMethod::Joint { domain, kind, region } = method {
        let domain = domain.parse().map_err(|error| failure::key(&error))?;
        return Ok(Action::Joint { domain, kind: self::kind(kind, region.as_deref(), &column.name, path)? });
    }
    own(policy, column, method, headers, path)
}

fn kind(kind: &str, region: Option<&str>, column: &str, path: &Path) -> Result<Kind, Failure> {
    let region = region.map(str::parse::<Region>).transpose().map_err(|error| failure::name(&error))?;
    match (kind, region) {
        ("email", _) => Ok(Kind::Email),
        ("phone", Some(region)) => Ok(Kind::Phone(region)),
        ("plain", _) => Ok(Kind::Plain),
        _ => {
            let problem = Problem::new("S0602", format!("column {column:?}: a joint pseudonym has no kind {kind:?}"));
            let remedy = "write kind = \"email\", \"phone\" with a region, or \"plain\" for any other identifier";
            Err(problem.remedy(remedy).at(Place::file(path)).into())
        }
    }
}

fn own(
    policy: &DataPolicy,
    column: &ColumnPolicy,
    method: &PseudonymMethod,
    headers: &[String],
    policy_path: &Path,
) -> Result<Action, Failure> {
    let failed = |error: OwnError| failure::own(&error, policy_path);
    let context = |domain: &str| Context::new(domain, &column.name).map_err(failed);
    let key = |path: &Path, method| {
        let path = policy.file(path);
        OwnKey::open(&path, method).map_err(|error| failure::own(&error, &path))
    };
    let mut subject = None;
    let (replacer, domain) = match method {
        PseudonymMethod::AesSiv { domain, key: path } => {
            let made = AesSiv::new(&key(path, Method::AesSiv)?, context(domain)?);
            (Replacer::AesSiv(made.map_err(failed)?), domain)
        }
        PseudonymMethod::KeyedHash { domain, key: path, spelling } => {
            let made = KeyedHash::new(&key(path, Method::KeyedHash)?, &context(domain)?, *spelling);
            (Replacer::KeyedHash(made.map_err(failed)?), domain)
        }
        PseudonymMethod::Ff1 { domain, key: path, alphabet } => {
            let alphabet = Alphabet::new(alphabet).map_err(failed)?;
            let made = Ff1::new(&key(path, Method::Ff1)?, &context(domain)?, alphabet);
            (Replacer::Ff1(made.map_err(failed)?), domain)
        }
        PseudonymMethod::DateShift { domain, key: path, days, subject: by, spelling } => {
            subject = Some(subject_of(by, headers, &column.name, policy_path)?);
            let made = DateShift::new(&key(path, Method::DateShift)?, &context(domain)?, *days, *spelling);
            (Replacer::DateShift(made.map_err(failed)?), domain)
        }
        PseudonymMethod::Token { domain, vault } => {
            let path = policy.file(vault);
            let vault = Vault::open(&path).map_err(|error| failure::own(&error, &path))?;
            (Replacer::Token(Tokens::new(vault, context(domain)?)), domain)
        }
        PseudonymMethod::Joint { .. } | PseudonymMethod::Remove => return Ok(Action::Remove),
    };
    Ok(Action::Own { replacer: Box::new(replacer), domain: domain.clone(), subject })
}

fn subject_of(name: &str, headers: &[String], column: &str, policy: &Path) -> Result<usize, Failure> {
    headers.iter().position(|header| header == name).ok_or_else(|| {
        let problem =
            Problem::new("S0602", format!("the dates of {column:?} move by {name:?}, which the file does not have"));
        problem.remedy("name the column of the file that says whose date it is").at(Place::file(policy)).into()
    })
}

/// The domains of joint columns.
pub(super) fn domains(columns: &[Column]) -> BTreeSet<Domain> {
    columns.iter().filter_map(Column::domain).cloned().collect()
}

/// Refuses e-mail addresses where nobody agreed how they are spelt.
pub(super) fn check_kinds(
    columns: &[Column],
    domain: &Domain,
    local: Option<LocalPart>,
    policy: &Path,
) -> Result<(), Failure> {
    let email =
        |column: &&Column| matches!(&column.action, Action::Joint { domain: of, kind: Kind::Email } if of == domain);
    let Some(column) = columns.iter().find(email).filter(|_| local.is_none()) else { return Ok(()) };
    let message = format!("column {:?}: the domain {domain} does not say how e-mail addresses are spelt", column.name);
    let remedy = "set the domain up with --email-local keep, lower or lower-untagged";
    Err(Problem::new("S0602", message).remedy(remedy).at(Place::file(policy)).into())
}

/// How the e-mail addresses of each domain are spelt, as far as it is known.
pub(super) type Spellings = BTreeMap<Domain, Option<LocalPart>>;

impl Kind {
    /// The rules for a column of this kind in a domain that spells e-mail addresses like this.
    pub(super) fn rules(self, local: Option<LocalPart>) -> Rules {
        match self {
            Self::Phone(region) => Rules::Phone(region),
            // Without a rule the text before the @ is checked as it stands; nothing is replaced then.
            Self::Email => Rules::Email(local.unwrap_or(LocalPart::Keep)),
            Self::Plain => Rules::Plain,
        }
    }
}

impl Column {
    /// The domain whose trustees are asked about the column.
    pub(super) const fn domain(&self) -> Option<&Domain> {
        match &self.action {
            Action::Joint { domain, .. } => Some(domain),
            _ => None,
        }
    }

    /// Says what is wrong with the cell of a row, or counts what will be asked; nothing is asked, drawn or remembered.
    pub(super) fn check(
        &mut self,
        row: &StringRecord,
        index: usize,
        spellings: &Spellings,
        need: Option<&mut Need>,
    ) -> Result<(), String> {
        let value = row.get(index).unwrap_or_default();
        match &mut self.action {
            Action::Keep | Action::Remove => Ok(()),
            Action::Joint { .. } if value.trim().is_empty() => Ok(()),
            Action::Joint { domain, kind } => {
                let rules = kind.rules(spellings.get(domain).copied().flatten());
                let identifier = rules.apply(value).map_err(|error| error.to_string())?;
                if let Some(need) = need {
                    need.add(domain.as_str(), &identifier);
                }
                Ok(())
            }
            Action::Own { replacer, subject, .. } => {
                let subject = subject.map(|index| row.get(index).unwrap_or_default());
                replacer.check(Cell { value, subject }).map_err(|error| error.to_string())
            }
        }
    }

    /// The new cells of the column; `None` where it stays as it is or is left out.
    pub(super) fn replace(
        &mut self,
        cells: &Cells<'_>,
        joint: &mut BTreeMap<Domain, Joint>,
        blank: bool,
    ) -> Result<Option<Vec<String>>, Failure> {
        let (done, wrong) = match &mut self.action {
            Action::Keep | Action::Remove => return Ok(None),
            Action::Joint { domain, kind } => {
                let Some(joint) = joint.get_mut(domain) else { return Ok(None) };
                joint.replace(&cells.texts(cells.index).collect::<Vec<_>>(), *kind)?
            }
            Action::Own { replacer, subject, .. } => owned(replacer, cells, *subject, &self.name)?,
        };
        let listed = wrong.iter().take(LISTED);
        let problems = listed.map(|(row, why)| cells.problem(*row, &self.name, why)).collect();
        if let Some(failure) = Failure::of(problems).filter(|_| !blank) {
            return Err(failure.of_total(wrong.len() as u64));
        }
        let (blanked, full) = (wrong.len() as u64, done.iter().filter(|cell| !cell.is_empty()).count() as u64);
        self.blanked += blanked;
        self.replaced += full;
        self.empty += done.len() as u64 - full - blanked;
        Ok(Some(done))
    }
}

/// The replacements of a single owner's method, empty for empty and invalid cells; and which are invalid.
fn owned(
    replacer: &mut Replacer,
    cells: &Cells<'_>,
    subject: Option<usize>,
    column: &str,
) -> Result<(Vec<String>, Vec<Wrong>), Failure> {
    let (mut batch, mut wrong) = (Vec::with_capacity(cells.rows.len()), Vec::new());
    for (index, row) in cells.rows.iter().enumerate() {
        let text = |column: usize| row.get(column).unwrap_or_default();
        let mut cell = Cell { value: text(cells.index), subject: subject.map(text) };
        if let Err(error) = replacer.check(cell) {
            wrong.push((index, error.to_string()));
            cell.value = "";
        }
        batch.push(cell);
    }
    let done = replacer.replace_all(&batch).map_err(|refused| {
        let problem = Problem::new("S0692", refused.error.to_string()).remedy("mend the cell, or the policy");
        Failure::from(at(problem, cells.file, cells.lines.get(refused.index).copied().unwrap_or_default(), column))
    })?;
    Ok((done, wrong))
}
