//! `guildhall pseudonym apply`: a file's columns, replaced as its policy says, row by row in constant memory.

mod check;
mod columns;
mod joint;
mod need;
mod output;
mod table;

use super::domain::Agreement;
use super::failure;
use super::state::agreement_in;
use crate::data_policy::DataPolicy;
use crate::staged::{Whole, check_free};
use crate::ui::Ui;
use crate::{Failure, Place, Problem};
use clap::Args;
use columns::Column;
use guildhall_pseudonym::{Domain, MemberName, Purpose};
use joint::Joint;
use output::progress;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use table::Table;

/// Rows that are replaced together; as many evaluations as one request may hold.
const BATCH: usize = guildhall_pseudonym::oprf::MAX_BATCH;
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
    /// The file: CSV (also .gz) in UTF-8 with a header; the separator is found by itself. It is read twice, so no pipe
    file: PathBuf,
    /// The data policy: what each column holds and how it is replaced
    #[arg(long)]
    policy: PathBuf,
    /// Where to write the result; a new file, gzipped if its name ends in .gz
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
    /// Check every cell and show what would be replaced; write, ask and count nothing
    #[arg(long, short = 'n')]
    dry_run: bool,
}

impl Apply {
    pub(super) fn run(self, ui: &Ui) -> Result<(), Failure> {
        let policy = DataPolicy::read(&self.policy)?;
        let mut table = Table::open(&self.file)?;
        let mut columns = columns::plan(&policy, &self.policy, &self.file, table.headers())?;
        if self.dry_run {
            return self.preview(ui, &mut columns, &mut table);
        }
        let out = self.out.as_deref().unwrap_or(Path::new(""));
        check_free(out)?;
        let mut joint = self.open_domains(&columns)?;
        let spellings = joint.iter().map(|(domain, joint)| (domain.clone(), joint.local())).collect();
        let checked = check::check(ui, &self.file, &mut table, &mut columns, &spellings, self.blank_invalid)?;
        for (domain, joint) in &joint {
            checked.needs.get(domain).map_or(Ok(String::new()), |need| joint.check_room(need))?;
        }
        columns.iter_mut().for_each(|column| column.blanked = 0);
        let mut table = Table::open(&self.file)?;
        let rows = self.replace(ui, &mut table, &mut columns, &mut joint, out).map_err(super::counted)?;
        self.report(ui, rows, &columns, joint, out)
    }

    fn preview(&self, ui: &Ui, columns: &mut [Column], table: &mut Table) -> Result<(), Failure> {
        let spellings = self.spellings(columns)?;
        let checked = check::check(ui, &self.file, table, columns, &spellings, self.blank_invalid)?;
        self.preview_room(ui, columns, &checked)?;
        if ui.json() {
            return ui.out(&output::json(&self.file, columns, checked.rows, None));
        }
        ui.out(&output::preview(columns, &checked))?;
        if self.state.is_none() && !columns::domains(columns).is_empty() {
            ui.note(
                "without --state it is not known how a domain spells e-mail addresses; they were checked as they stand",
            );
        }
        ui.note("every cell was checked; nothing was written, asked or counted");
        Ok(())
    }

    /// Says what would be asked, and refuses what the trustees' counts leave no room for, as far as they were named.
    fn preview_room(&self, ui: &Ui, columns: &[Column], checked: &check::Checked) -> Result<(), Failure> {
        let joint =
            if self.state.is_some() && self.member.is_some() { self.open_trustees(columns)? } else { BTreeMap::new() };
        for (domain, need) in &checked.needs {
            match joint.get(domain) {
                Some(joint) => ui.note(&joint.check_room(need)?),
                None => ui.note(&format!(
                    "at most {} evaluations are needed in {domain}; with --state and --member it is also told whether the quota \
                     has room for them",
                    need.evaluations()
                )),
            }
        }
        Ok(())
    }

    /// How the domains of a preview spell e-mail addresses, if their trustees' folder was named.
    fn spellings(&self, columns: &[Column]) -> Result<columns::Spellings, Failure> {
        let Some(state) = self.state.as_deref() else { return Ok(BTreeMap::new()) };
        let spelling = |domain: Domain| {
            let agreement = Agreement::read(&agreement_in(state, &domain), &domain)?;
            columns::check_kinds(columns, &domain, agreement.local_part()?, &self.policy)?;
            Ok((domain, agreement.local_part()?))
        };
        columns::domains(columns).into_iter().map(spelling).collect()
    }

    /// The domains that columns name, each with its trustees.
    fn open_domains(&self, columns: &[Column]) -> Result<BTreeMap<Domain, Joint>, Failure> {
        let needed = columns::domains(columns);
        if self.capsules.is_some() && needed.len() != 1 {
            return Err(without("--capsules needs joint columns of one domain"));
        }
        let purpose = self.purpose.as_deref().map(failure::read_argument::<Purpose>).transpose()?;
        let mut domains = self.open_trustees(columns)?;
        for joint in domains.values_mut() {
            if let Some((path, purpose)) = self.capsules.as_deref().zip(purpose.clone()) {
                joint.seal_into(path, purpose)?;
            }
        }
        Ok(domains)
    }

    /// The same without capsules, for the look ahead.
    fn open_trustees(&self, columns: &[Column]) -> Result<BTreeMap<Domain, Joint>, Failure> {
        let (mut domains, needed) = (BTreeMap::new(), columns::domains(columns));
        if needed.is_empty() {
            return Ok(domains);
        }
        let state = self.state.as_deref().ok_or_else(|| without("joint pseudonyms need --state FOLDER"))?;
        let member = self.member.as_deref().ok_or_else(|| without("joint pseudonyms need --member NAME"))?;
        let member: MemberName = failure::read_argument(member)?;
        let state = super::state::State::open(state)?;
        for domain in needed {
            let joint = Joint::open(&state, &domain, &member, self.epoch, &self.ask)?;
            columns::check_kinds(columns, &domain, joint.local(), &self.policy)?;
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
    ) -> Result<u64, Failure> {
        let mut writer = output::Writer::create(out, columns)?;
        let bar = progress(ui, table.bytes(), "replacing");
        let mut replaced = 0;
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
            replaced += rows.len() as u64;
            bar.set_position(table.position().min(table.bytes()));
        }
        bar.finish_and_clear();
        let whole = writer.whole()?;
        for capsules in joint.values_mut().map(Joint::whole_capsules) {
            capsules?.map_or(Ok(()), Whole::place)?;
        }
        // Capsules of pseudonyms that nobody gets would only be a risk.
        whole.place().inspect_err(|_| self.capsules.iter().for_each(|path| drop(std::fs::remove_file(path))))?;
        Ok(replaced)
    }

    fn report(
        &self,
        ui: &Ui,
        rows: u64,
        columns: &[Column],
        joint: BTreeMap<Domain, Joint>,
        out: &Path,
    ) -> Result<(), Failure> {
        let told = output::Told { rows, joint: joint.values().map(Joint::account).collect::<Result<_, _>>()? };
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
            return ui.out(&output::json(&self.file, columns, rows, Some(&told)));
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
