//! `guildhall risk`: how easily people in a table are singled out, and what becomes known of them.

use super::anonymise::{
    check_targets, data_fits, levels_of, refused, refused_by, report_of, rows, rule, sensitive_reports, write_new,
};
use crate::data_policy::{ColumnPolicy, DataPolicy, Role};
use crate::ui::Ui;
use crate::{Failure, Problem};
use clap::Args;
use guildhall_anonymise::{Classes, Hierarchy, NodeReport, Table, Task, explore};
use guildhall_report::{RiskReport, risk_html, risk_json, risk_text};
use std::path::{Path, PathBuf};

/// Combinations of levels in the picture of utility against risk.
const DRAWN: usize = 1_500;
/// Columns of a terminal the tables are laid out for.
const WIDTH: u16 = 100;

/// Shows how easily people in a table are singled out.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  guildhall risk people.csv --quasi age,zip,sex --sensitive illness
  guildhall risk people.csv --policy policy.toml --html risk.html
  guildhall risk people.csv --quasi age,zip --json

With a policy that gives levels, the page also shows utility against risk over all combinations of levels.")]
pub(crate) struct Risk {
    /// The rows: CSV (also .gz) or XLSX
    file: PathBuf,
    /// Columns that others may know of a person, separated by commas
    #[arg(long, value_delimiter = ',', required_unless_present = "policy", conflicts_with = "policy")]
    quasi: Vec<String>,
    /// Columns that nobody should learn, separated by commas
    #[arg(long, value_delimiter = ',', conflicts_with = "policy")]
    sensitive: Vec<String>,
    /// The data policy, instead of --quasi and --sensitive
    #[arg(long)]
    policy: Option<PathBuf>,
    /// Also write the report as a page; a new file
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

impl Risk {
    pub(super) fn run(self, ui: &Ui) -> Result<(), Failure> {
        let policy = self.policy.as_deref().map(DataPolicy::read).transpose()?;
        if let Some(html) = &self.html {
            let inputs: Vec<&Path> = [&self.file].into_iter().chain(&self.policy).map(PathBuf::as_path).collect();
            check_targets(&[html], &inputs)?;
        }
        let (quasi, sensitive) = self.columns(policy.as_ref())?;
        let columns: Vec<String> = quasi.iter().chain(&sensitive).cloned().collect();
        let loaded = rows::read(&self.file, &columns)?;
        ui.note(&format!("{} rows read", loaded.import.rows_read));
        let report = self.report(&loaded.table, policy.as_ref(), &quasi, &sensitive)?;
        if let Some(html) = &self.html {
            write_new(html, risk_html(&report).as_bytes())?;
            ui.note(&format!("wrote {}", html.display()));
        }
        ui.out(&if ui.json() { risk_json(&report) } else { risk_text(&report, WIDTH) })
    }

    /// The quasi-identifiers and the sensitive columns.
    fn columns(&self, policy: Option<&DataPolicy>) -> Result<(Vec<String>, Vec<String>), Failure> {
        let named = |role: Role| -> Vec<String> {
            policy.map_or_else(Vec::new, |policy| policy.of_role(role).map(|column| column.name.clone()).collect())
        };
        let (quasi, sensitive) = match policy {
            Some(_) => (named(Role::QuasiIdentifier), named(Role::Sensitive)),
            None => (self.quasi.clone(), self.sensitive.clone()),
        };
        if let (true, Some(path)) = (quasi.is_empty(), &self.policy) {
            let message = "no column of the policy is a quasi-identifier".to_owned();
            return Err(data_fits(message, "write role = \"quasi-identifier\" for one", path).into());
        }
        if quasi.iter().chain(&sensitive).any(|name| name.trim().is_empty()) {
            let problem = Problem::new("U0001", "an empty name of a column is given in --quasi or --sensitive");
            return Err(problem.remedy("name columns of the file, such as --quasi age,zip").into());
        }
        let mut seen = std::collections::BTreeSet::new();
        if let Some(twice) = quasi.iter().chain(&sensitive).find(|column| !seen.insert(column.as_str())) {
            let problem = Problem::new("U0001", format!("column {twice:?} is named twice"));
            return Err(problem.remedy("name each column once, in --quasi or in --sensitive").into());
        }
        Ok((quasi, sensitive))
    }

    fn report(
        &self,
        table: &Table,
        policy: Option<&DataPolicy>,
        quasi: &[String],
        sensitive: &[String],
    ) -> Result<RiskReport, Failure> {
        let refuse = |error| refused(&error, &self.file);
        let classes = Classes::of(table, quasi).map_err(refuse)?;
        let trees = self.trees(table, policy, sensitive)?;
        let columns = sensitive.iter().zip(&trees).map(|(name, tree)| (name.as_str(), tree.as_ref()));
        let figures = sensitive_reports(table, &classes, columns).map_err(refuse)?;
        let lattice = match policy {
            Some(policy) => self.lattice(table, policy, &sensitive.iter().zip(&trees).collect::<Vec<_>>())?,
            None => Vec::new(),
        };
        let quasi: Vec<&str> = quasi.iter().map(String::as_str).collect();
        Ok(report_of(&self.file, &quasi, &classes.risk(), figures, None, lattice))
    }

    fn trees(
        &self,
        table: &Table,
        policy: Option<&DataPolicy>,
        sensitive: &[String],
    ) -> Result<Vec<Option<Hierarchy>>, Failure> {
        let tree = |name: &String| {
            let described = policy.and_then(|policy| Some((policy, policy.column(name)?)));
            let Some((policy, column)) = described.filter(|(_, column)| column.hierarchy.is_some()) else {
                return Ok(None);
            };
            let values = table.column(name).map_err(|error| refused(&error, &self.file))?;
            levels_of(policy, column, values, &self.file).map(Some)
        };
        sensitive.iter().map(tree).collect()
    }

    /// All combinations of levels, for the picture; none where no column has levels.
    fn lattice(
        &self,
        table: &Table,
        policy: &DataPolicy,
        sensitive: &[(&String, &Option<Hierarchy>)],
    ) -> Result<Vec<NodeReport>, Failure> {
        let columns: Vec<&ColumnPolicy> = policy.of_role(Role::QuasiIdentifier).collect();
        if columns.iter().all(|column| column.hierarchy.is_none()) {
            return Ok(Vec::new());
        }
        let policy_file = self.policy.as_deref().unwrap_or(&self.file);
        let refuse = |error| refused_by(&error, policy_file, &self.file);
        let levels =
            |column: &&ColumnPolicy| levels_of(policy, column, table.column(&column.name).map_err(refuse)?, &self.file);
        let trees: Vec<Hierarchy> = columns.iter().map(levels).collect::<Result<_, Failure>>()?;
        let quasi: Vec<(&str, &Hierarchy)> = columns.iter().map(|column| column.name.as_str()).zip(&trees).collect();
        let (k, share) = policy.anonymise.as_ref().map_or((1, 0.0), |a| (u64::from(a.k), a.suppression.to_f64()));
        let allowed = (share * table.rows() as f64) as u64;
        let mut task = Task::new(table, &quasi, k, allowed).map_err(refuse)?;
        for model in policy.anonymise.iter().flat_map(|section| &section.models) {
            let tree = sensitive.iter().find(|(name, _)| **name == model.column).and_then(|(_, tree)| tree.as_ref());
            let rules = model.limits.iter().map(|limit| rule(*limit)).collect();
            task = task.sensitive(table, &model.column, rules, tree).map_err(refuse)?;
        }
        explore(&task, DRAWN).map_err(refuse)
    }
}
