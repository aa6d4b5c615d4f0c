//! `guildhall pseudonym apply`: a file's columns, replaced as its policy says, row by row in constant memory.

mod columns;
mod joint;
mod output;
mod table;

use super::failure;
use crate::data_policy::DataPolicy;
use crate::ui::Ui;
use crate::{Failure, Place, Problem};
use clap::Args;
use columns::Column;
use guildhall_pseudonym::{Domain, MemberName, Purpose};
use joint::Joint;
pub(super) use output::check_free;
use output::{Summary, progress};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use table::Table;

/// Rows that are replaced together; as many evaluations as one request may hold.
const BATCH: usize = guildhall_pseudonym::oprf::MAX_BATCH;
/// Rows that a preview shows.
const SHOWN: usize = 5;

/// Replaces the identifiers of a file as its policy says, and writes another file.
///
/// Every column of the file must stand in the policy: identifiers without a method are left out, free text is refused
/// unless it is removed, other columns stay. What comes out is pseudonymous and not anonymous: whoever can reverse it,
/// or knows enough of the other columns, still has personal data before them.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  guildhall pseudonym apply customers.csv --policy policy.toml --dry-run
  guildhall pseudonym apply customers.csv --policy policy.toml --state crm.state --member shop --out safe.csv")]
pub(crate) struct Apply {
    /// The file: CSV (also .gz) in UTF-8 with a header; the separator is found by itself
    file: PathBuf,
    /// The data policy: what each column holds and how it is replaced
    #[arg(long)]
    policy: PathBuf,
    /// Where to write the result; a new file
    #[arg(long, required_unless_present = "dry_run")]
    out: Option<PathBuf>,
    /// The folder of the trustees, for joint pseudonyms
    #[arg(long)]
    state: Option<PathBuf>,
    /// The member that asks, for joint pseudonyms
    #[arg(long)]
    member: Option<String>,
    /// The epoch; the newest one unless given
    #[arg(long)]
    epoch: Option<u32>,
    /// Which trustees are asked, by number; all in order unless given
    #[arg(long, value_delimiter = ',')]
    ask: Vec<u8>,
    /// Also write a capsule per customer, with which enough people and trustees can resolve the pseudonym
    #[arg(long, requires = "purpose")]
    capsules: Option<PathBuf>,
    /// The only purpose for which capsules may be opened
    #[arg(long, requires = "capsules")]
    purpose: Option<String>,
    /// Leave cells empty that hold no valid identifier, and count them, instead of stopping
    #[arg(long)]
    blank_invalid: bool,
    /// Show what would be replaced, and write, ask and count nothing
    #[arg(long, short = 'n')]
    dry_run: bool,
}

impl Apply {
    pub(super) fn run(self, ui: &Ui) -> Result<(), Failure> {
        let policy = DataPolicy::read(&self.policy)?;
        let mut table = Table::open(&self.file)?;
        let mut columns = columns::plan(&policy, &self.policy, &self.file, table.headers())?;
        if self.dry_run {
            return self.preview(ui, &columns, &mut table);
        }
        let out = self.out.as_deref().unwrap_or(Path::new(""));
        check_free(out)?;
        let mut joint = self.open_domains(&columns)?;
        let written = self.replace(ui, &mut table, &mut columns, &mut joint, out);
        // Capsules of pseudonyms that nobody gets would only be a risk.
        let summary = written.inspect_err(|_| joint.values_mut().for_each(Joint::discard_capsules))?;
        self.report(ui, &summary, &columns, joint, out)
    }

    fn preview(&self, ui: &Ui, columns: &[Column], table: &mut Table) -> Result<(), Failure> {
        let mut rows = Vec::new();
        while rows.len() < SHOWN {
            let Some((_, row)) = table.next()? else { break };
            rows.push(row);
        }
        if ui.json() {
            return ui.out(&output::json(&self.file, columns, None));
        }
        ui.out(&output::preview(columns, &rows))?;
        ui.note("nothing was written, asked or counted");
        Ok(())
    }

    /// The domains that columns name, each with its trustees.
    fn open_domains(&self, columns: &[Column]) -> Result<BTreeMap<Domain, Joint>, Failure> {
        let mut domains = BTreeMap::new();
        let needed = columns::domains(columns);
        if needed.is_empty() {
            return if self.capsules.is_some() { Err(without("--capsules needs a joint column")) } else { Ok(domains) };
        }
        let state = self.state.as_deref().ok_or_else(|| without("joint pseudonyms need --state FOLDER"))?;
        let member = self.member.as_deref().ok_or_else(|| without("joint pseudonyms need --member NAME"))?;
        let member: MemberName = member.parse().map_err(|error| failure::name(&error))?;
        let purpose = self.purpose.as_deref().map(str::parse::<Purpose>).transpose();
        let purpose = purpose.map_err(|error| failure::name(&error))?;
        if self.capsules.is_some() && needed.len() > 1 {
            return Err(without("--capsules takes one domain at a time"));
        }
        let state = super::state::State::open(state)?;
        for domain in needed {
            let mut joint = Joint::open(&state, &domain, &member, self.epoch, &self.ask)?;
            joint.check_kinds(columns, &self.policy)?;
            if let Some((path, purpose)) = self.capsules.as_deref().zip(purpose.clone()) {
                joint.seal_into(path, purpose)?;
            }
            domains.insert(domain, joint);
        }
        Ok(domains)
    }

    fn replace(
        &self,
        ui: &Ui,
        table: &mut Table,
        columns: &mut [Column],
        joint: &mut BTreeMap<Domain, Joint>,
        out: &Path,
    ) -> Result<Summary, Failure> {
        let mut writer = output::Writer::create(out, columns)?;
        let bar = progress(ui, table.bytes());
        let mut summary = Summary::default();
        loop {
            let (lines, rows) = table.batch(BATCH)?;
            if rows.is_empty() {
                break;
            }
            let mut done: Vec<Option<Vec<String>>> = Vec::with_capacity(columns.len());
            for (index, column) in columns.iter_mut().enumerate() {
                let place = columns::Cells { file: &self.file, lines: &lines, rows: &rows, index };
                done.push(column.replace(&place, joint, self.blank_invalid)?);
            }
            writer.write(columns, &rows, &done)?;
            summary.rows += rows.len() as u64;
            bar.set_position(table.position().min(table.bytes()));
        }
        bar.finish_and_clear();
        joint.values_mut().try_for_each(Joint::finish_capsules)?;
        writer.finish()?;
        Ok(summary)
    }

    fn report(
        &self,
        ui: &Ui,
        summary: &Summary,
        columns: &[Column],
        joint: BTreeMap<Domain, Joint>,
        out: &Path,
    ) -> Result<(), Failure> {
        let told =
            output::Told { rows: summary.rows, joint: joint.values().map(Joint::account).collect::<Result<_, _>>()? };
        for account in &told.joint {
            if !account.bad.is_empty() {
                ui.note(&format!(
                    "trustees {:?} gave invalid answers, which were not used: tell the others",
                    account.bad
                ));
            }
        }
        ui.note(&format!("wrote {} rows to {}", told.rows, out.display()));
        ui.note("the result is pseudonymous, not anonymous: for whoever can reverse it, it stays personal data");
        if ui.json() {
            return ui.out(&output::json(&self.file, columns, Some(&told)));
        }
        ui.out(&output::summary(columns, &told))
    }
}

fn without(message: &str) -> Failure {
    Problem::new("U0001", message).remedy("see guildhall pseudonym apply --help").into()
}

/// A problem at a line and column of the file. The cell's text is never part of it.
fn at(problem: Problem, file: &Path, line: u64, column: &str) -> Problem {
    let mut place = Place::file(file);
    place.line = Some(line);
    place.column = Some(column.to_owned());
    problem.at(place)
}
