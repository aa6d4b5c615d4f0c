//! What apply writes and says.

use super::super::failure;
use super::check::Checked;
use super::columns::{Action, Column, Kind};
use crate::Failure;
use crate::staged::{Staged, Whole};
use crate::ui::Ui;
use csv::StringRecord;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Characters of a cell that a preview shows.
const SHOWN: usize = 20;

/// What is told at the end.
pub(super) struct Told {
    pub(super) rows: u64,
    pub(super) joint: Vec<Account>,
}

/// What was asked in one domain.
pub(super) struct Account {
    pub(super) domain: String,
    pub(super) epoch: u32,
    pub(super) threshold: u8,
    pub(super) trustees: u8,
    pub(super) evaluations: u64,
    pub(super) left: u32,
    pub(super) bad: Vec<u8>,
}

/// The file being written; it appears under its name only when it is whole.
pub(super) struct Writer {
    path: PathBuf,
    writer: csv::Writer<Staged>,
}

impl Writer {
    pub(super) fn create(path: &Path, columns: &[Column]) -> Result<Self, Failure> {
        let mut writer = Self { path: path.to_owned(), writer: csv::Writer::from_writer(Staged::create(path)?) };
        let names = columns.iter().filter(|column| stays(column)).map(|column| column.name.as_str());
        writer.put(names)?;
        Ok(writer)
    }

    pub(super) fn write(
        &mut self,
        columns: &[Column],
        rows: &[StringRecord],
        done: &[Option<Vec<String>>],
    ) -> Result<(), Failure> {
        let mut fields = Vec::with_capacity(columns.len());
        for (index, row) in rows.iter().enumerate() {
            fields.clear();
            for (at, (_, new)) in columns.iter().zip(done).enumerate().filter(|(_, (column, _))| stays(column)) {
                fields.push(new.as_ref().map_or_else(|| row.get(at), |new| new.get(index).map(String::as_str)));
            }
            self.put(fields.iter().map(|field| field.unwrap_or_default()))?;
        }
        Ok(())
    }

    fn put<'f>(&mut self, fields: impl Iterator<Item = &'f str>) -> Result<(), Failure> {
        let written = self.writer.write_record(fields);
        written.map_err(|error| failure::file("U0005", &std::io::Error::other(error), &self.path))
    }

    /// Brings the file to the disk, not yet under its name.
    pub(super) fn whole(self) -> Result<Whole, Failure> {
        let staged = self.writer.into_inner();
        staged.map_err(|error| failure::file("U0005", &error.into_error(), &self.path))?.whole()
    }
}

const fn stays(column: &Column) -> bool {
    !matches!(column.action, Action::Remove)
}

/// A bar over the bytes of the file.
pub(super) fn progress(ui: &Ui, bytes: u64, doing: &'static str) -> ProgressBar {
    let target = if ui.shows_progress() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(bytes), target);
    let style = ProgressStyle::with_template("{msg:20} [{bar:30}] {bytes}/{total_bytes} {eta}");
    bar.set_style(style.unwrap_or(ProgressStyle::default_bar()).progress_chars("=> "));
    bar.set_message(doing);
    bar
}

/// What happens to a column, and what that risks, in words.
fn words(column: &Column) -> (String, &'static str) {
    match &column.action {
        Action::Keep => ("stays".to_owned(), "seen by whoever gets the file"),
        Action::Remove => ("left out".to_owned(), "gone"),
        Action::Joint { domain, kind } => {
            let kind = match kind {
                Kind::Email => "e-mail".to_owned(),
                Kind::Phone(region) => format!("phone, region {region}"),
                Kind::Plain => "plain id".to_owned(),
            };
            (format!("joint pseudonym in {domain} ({kind})"), "members can guess online, within their quotas")
        }
        Action::Own { replacer, domain, .. } => {
            let method = replacer.method();
            (format!("{method} in {domain}"), method.risk().label)
        }
    }
}

/// The preview: what happens to each column, and the first rows.
pub(super) fn preview(columns: &[Column], checked: &Checked) -> String {
    let mut text = String::from("column: what happens; what that risks\n");
    for column in columns {
        let (what, risk) = words(column);
        let _ = writeln!(text, "  {}: {what}; {risk}", column.name);
    }
    for column in columns.iter().filter(|column| column.blanked > 0) {
        let _ = writeln!(text, "  {}: {} cells are invalid and would be left empty", column.name, column.blanked);
    }
    let _ = writeln!(
        text,
        "\nall {} rows were checked; the first {} as they would leave this machine",
        checked.rows,
        checked.first.len()
    );
    for row in &checked.first {
        let cells = columns.iter().zip(row).filter(|(column, _)| stays(column));
        let cells: Vec<String> =
            cells.map(|(column, cell)| format!("{}={}", column.name, shown(column, cell))).collect();
        let _ = writeln!(text, "  {}", cells.join("  "));
    }
    text
}

fn shown(column: &Column, cell: &str) -> String {
    match &column.action {
        _ if cell.is_empty() => "(empty)".to_owned(),
        Action::Keep | Action::Remove => {
            let printable = cell.chars().map(|c| if c.is_control() { ' ' } else { c });
            let mut text: String = printable.take(SHOWN).collect();
            if cell.chars().count() > SHOWN {
                text.push_str("...");
            }
            text
        }
        Action::Joint { .. } => "(joint pseudonym)".to_owned(),
        Action::Own { replacer, .. } => format!("({})", replacer.method()),
    }
}

/// What was done, for people.
pub(super) fn summary(columns: &[Column], told: &Told) -> String {
    let mut text = format!("{} rows\n", told.rows);
    for column in columns {
        let (what, _) = words(column);
        let _ = write!(text, "  {}: {what}", column.name);
        if matches!(column.action, Action::Joint { .. } | Action::Own { .. }) {
            let _ = write!(text, "; {} replaced, {} empty", column.replaced, column.empty);
        }
        if column.blanked > 0 {
            let _ = write!(text, ", {} invalid and left empty", column.blanked);
        }
        text.push('\n');
    }
    for account in &told.joint {
        let Account { domain, epoch, threshold, trustees, evaluations, left, .. } = account;
        let _ = writeln!(
            text,
            "{domain}, epoch {epoch}: {evaluations} evaluations by {threshold} of {trustees} trustees; {left} left in \
             this window"
        );
    }
    text
}

/// The same for programs: `guildhall/pseudonym-apply/v1`.
pub(super) fn json(file: &Path, columns: &[Column], rows: u64, told: Option<&Told>) -> String {
    let column = |column: &Column| {
        let (what, risk) = words(column);
        let mut object = json!({ "name": column.name, "action": code(column), "what": what, "risk": risk });
        object["blanked"] = column.blanked.into();
        if told.is_some() {
            object["replaced"] = column.replaced.into();
            object["empty"] = column.empty.into();
        }
        object
    };
    let mut object = json!({
        "schema": "guildhall/pseudonym-apply/v1",
        "file": file.display().to_string(),
        "dry_run": told.is_none(),
        "rows": rows,
        "columns": columns.iter().map(column).collect::<Vec<_>>(),
    });
    if let Some(told) = told {
        object["joint"] = told.joint.iter().map(account).collect();
    }
    format!("{object:#}\n")
}

fn account(account: &Account) -> Value {
    json!({
        "domain": account.domain,
        "epoch": account.epoch,
        "threshold": account.threshold,
        "trustees": account.trustees,
        "evaluations": account.evaluations,
        "left": account.left,
        "invalid_answers_from": account.bad,
    })
}

fn code(column: &Column) -> &'static str {
    match &column.action {
        Action::Keep => "keep",
        Action::Remove => "remove",
        Action::Joint { .. } => "joint",
        Action::Own { replacer, .. } => replacer.method().name(),
    }
}
