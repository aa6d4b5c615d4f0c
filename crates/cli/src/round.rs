//! From a study and files to a published round, as `run` and `demo` share it.

mod failure;
mod folder;
mod progress;

pub(crate) use failure::{data_failure, failure, record_code};
pub(crate) use folder::{check_free, parent, published_names, read_folder, reserve_folder, write_folder};
pub(crate) use progress::Progress;

use crate::consortium::Found;
use crate::study::Study;
use crate::{Failure, Problem};
use guildhall_data::{Import, Input, Limits, MemberFigures, engine_for, extract, extract_bounded, load};
use guildhall_federation::local::{Draft, Faults, LocalMember, Outcome, Rehearsal, play, rehearse};
use guildhall_federation::manifest::PlannedCell;
use guildhall_federation::transcript::Files;
use guildhall_kpi::{Benchmark, Cell, KpiVector};
use guildhall_ledger::Records;
use guildhall_report::{Document, ImportNotes};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Name of the import notes in a round's folder.
pub(crate) const IMPORT: &str = "import.json";
/// Name of the study file in a round's folder: how every member's figures were computed.
pub(crate) const STUDY: &str = "study.toml";
/// Name of the report in a round's folder.
pub(crate) const REPORT: &str = "report.html";

/// Members' figures as extracted from files, and the account of the load.
pub(crate) struct Prepared {
    /// One entry per member, sorted by identifier.
    pub(crate) members: Vec<MemberFigures>,
    /// What was read, skipped and limited.
    pub(crate) notes: ImportFile,
}

/// The account of a load as it is published beside the report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportFile {
    files: Vec<String>,
    /// None where sums carry noise: counts of rows would be exact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rows_read: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rows_kept: Option<u64>,
    skipped: Vec<(String, u64)>,
    clipped: u64,
    notes: Vec<String>,
}

/// Loads files and computes every member's figures.
///
/// # Errors
/// With file, row, column and remedy, if a row is not as the study says.
pub(crate) fn prepare(study: &Study, inputs: &[Input]) -> Result<Prepared, Failure> {
    let mut engine = engine_for(inputs).map_err(data_failure)?;
    let import = load(&study.data, inputs, &Limits::default(), engine.as_mut()).map_err(data_failure)?;
    let extracted = match study.customer_bounds() {
        Some(customers) => extract_bounded(engine.as_ref(), &study.data, &study.extraction(), &customers),
        None => extract(engine.as_ref(), &study.data, &study.extraction()),
    };
    let extracted = extracted.map_err(data_failure)?;
    let mut notes = ImportFile::of(&import);
    notes.clipped = extracted.members.iter().map(|member| member.clipped).sum();
    notes.notes.extend(extracted.notes);
    if extracted.rows_outside > 0 {
        notes.notes.push(format!("{} rows lie outside the data window and were not used", extracted.rows_outside));
    }
    Ok(Prepared { members: extracted.members, notes })
}

/// Refuses a KPI for which no member has any figure: its SQL yields nothing, and a round would only cost.
///
/// # Errors
/// With code R0307, naming every such KPI. Without any member there is nothing to say about KPIs.
pub(crate) fn check_figures(study: &Study, members: &[MemberFigures]) -> Result<(), Failure> {
    let mut seen = vec![members.is_empty(); study.kpis.len()];
    for (index, figure) in study.schema().figures.iter().enumerate() {
        let present = |member: &MemberFigures| member.expose_figures().get(index).is_some_and(Option::is_some);
        if let Some(seen) = seen.get_mut(figure.kpi).filter(|seen| !**seen) {
            *seen = members.iter().any(present);
        }
    }
    let empty = study.kpis.iter().zip(seen).filter(|(_, seen)| !seen);
    let problems = empty.map(|(kpi, _)| {
        Problem::new("R0307", format!("no member has a figure for KPI {:?}", kpi.id))
            .why(format!("{} yields nothing over the rows of every member and period", kpi.sql))
            .remedy("check its SQL and the columns it reads; dividing by zero yields nothing")
    });
    Failure::of(problems.collect()).map_or(Ok(()), Err)
}

/// A change to what one member sends, for the demonstration.
pub(crate) type FirstVersions = BTreeMap<usize, Vec<Option<i64>>>;

/// A round's draft and its members with their keys.
pub(crate) struct Assembled {
    draft: Draft,
    members: Vec<LocalMember>,
}

/// Asks the parties of a study what they would allow a round, and plays none.
///
/// # Errors
/// Those the round itself would end with.
pub(crate) fn rehearsed<R: Records>(found: Found<R>, assembled: &Assembled) -> Result<Rehearsal, Failure> {
    let Found { parties, _lock, .. } = found;
    rehearse(parties, assembled.draft.clone(), &assembled.members).map_err(|error| failure(&error))
}

/// Plays a round.
///
/// # Errors
/// If it cannot end, with the code that says why.
pub(crate) fn played(
    found: Found,
    assembled: Assembled,
    faults: &Faults,
    observer: guildhall_federation::local::Observer<'_>,
) -> Result<Outcome, Failure> {
    // The lock of the state folder stays with `found` until the round is played.
    let Found { parties, _lock, .. } = found;
    play(parties, assembled.draft, assembled.members, faults, observer).map_err(|error| failure(&error))
}

/// The draft of a study's next round, and its members with their keys.
///
/// # Errors
/// If a figure does not fit the study, or a key cannot be made.
pub(crate) fn assemble<R>(
    study: &Study,
    prepared: Vec<MemberFigures>,
    found: &Found<R>,
    first_versions: &FirstVersions,
) -> Result<Assembled, Failure> {
    let schema = study.schema();
    let cells = cells(study, &prepared);
    let mut members = Vec::with_capacity(prepared.len());
    for (index, mut figures) in prepared.into_iter().enumerate() {
        let entity = study.entity_of(&mut figures);
        let (id, attributes) = (figures.id.clone(), figures.attributes.clone());
        let first = first_versions.get(&index).cloned();
        let vector = |figures| KpiVector::new(&schema, figures);
        let corrected_from = first.map(vector).transpose().map_err(misfit)?;
        let identity = found.member_identity(&id)?;
        let figures = figures.into_vector(&schema).map_err(misfit)?;
        members.push(LocalMember { id, entity, attributes, identity, figures, corrected_from });
    }
    let draft = Draft {
        round: found.round,
        previous: found.previous,
        window: study.window(),
        schema,
        cells,
        unsafe_cells: study.policy.unsafe_cells,
        customers: study.customers(),
        now: now(),
    };
    Ok(Assembled { draft, members })
}

/// The cell of all members, and one per value of every attribute the policy names.
fn cells(study: &Study, members: &[MemberFigures]) -> Vec<PlannedCell> {
    let histograms = |name: &str| study.policy.quartiles_for.iter().any(|wanted| wanted == name);
    let mut cells = vec![PlannedCell { cell: Cell::all(), histograms: histograms("all") }];
    for attribute in study.policy.cells.iter() {
        let mut values: Vec<&str> = members
            .iter()
            .flat_map(|member| &member.attributes)
            .filter(|(name, _)| name == attribute)
            .map(|(_, value)| value.as_str())
            .collect();
        values.sort_unstable();
        values.dedup();
        let cell = |value: &&str| PlannedCell { cell: Cell::of(attribute, value), histograms: histograms(attribute) };
        cells.extend(values.iter().map(cell));
    }
    cells
}

/// Adds study, report and import notes to a round's transcript and signs the whole.
///
/// # Errors
/// If signing fails.
pub(crate) fn publish(outcome: Outcome, study: &str, notes: &ImportFile) -> Result<Files, Failure> {
    let report = render(&outcome.benchmark, Some(notes));
    let further = Files::from([
        (STUDY.to_owned(), study.as_bytes().to_vec()),
        (REPORT.to_owned(), report.into_bytes()),
        (IMPORT.to_owned(), notes.encode()),
    ]);
    outcome.publish(further).map_err(|error| failure(&error))
}

/// The report of a round: a pure function of its published files.
pub(crate) fn render(benchmark: &Benchmark, notes: Option<&ImportFile>) -> String {
    guildhall_report::html(&document(benchmark, notes))
}

/// What the report is made of.
pub(crate) fn document(benchmark: &Benchmark, notes: Option<&ImportFile>) -> Document {
    Document { import: notes.map(ImportFile::notes), ..Document::new(benchmark.clone()) }
}

impl ImportFile {
    pub(crate) fn of(import: &Import) -> Self {
        let mut notes = import.notes.clone();
        if !import.ignored_columns.is_empty() {
            notes.push(format!("columns not used: {}", import.ignored_columns.join(", ")));
        }
        Self {
            files: import.files.iter().map(|file| file.file.clone()).collect(),
            rows_read: Some(import.rows_read),
            rows_kept: Some(import.rows_kept),
            skipped: import.skipped.iter().map(|skipped| (skipped.reason.clone(), skipped.rows)).collect(),
            clipped: 0,
            notes,
        }
    }

    fn notes(&self) -> ImportNotes {
        ImportNotes {
            files: self.files.clone(),
            rows_read: self.rows_read,
            rows_kept: self.rows_kept,
            skipped: self.skipped.clone(),
            clipped: self.clipped,
            notes: self.notes.clone(),
        }
    }

    /// The account as it leaves this machine: where noise protects somebody, without any number of rows or figures.
    pub(crate) fn published(&self, study: &Study) -> Self {
        if study.privacy.is_none() {
            return self.clone();
        }
        let reasons = self.skipped.iter().map(|(reason, _)| format!("rows are left out where: {reason}"));
        let counts = "how many rows were read and left out stays with whoever read them: the sums carry noise, and such \
                      counts would be exact";
        Self { files: self.files.clone(), notes: reasons.chain([counts.to_owned()]).collect(), ..Self::default() }
    }

    /// Reads what [`Self::encode`] wrote; nothing is known of its truth.
    ///
    /// # Errors
    /// If it is not such an account.
    pub fn decode(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }

    /// Canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// What the loader and the extraction noticed and people should know.
    pub(crate) fn remarks(&self) -> &[String] {
        &self.notes
    }

    /// One line for people: what was read and what was left out.
    pub(crate) fn summary(&self) -> String {
        let count = |rows: Option<u64>| rows.map_or_else(|| "?".to_owned(), |rows| rows.to_string());
        let mut text = format!("{} rows read, {} used", count(self.rows_read), count(self.rows_kept));
        for (reason, rows) in &self.skipped {
            text.push_str(&format!("; {rows} skipped: {reason}"));
        }
        if self.clipped > 0 {
            text.push_str(&format!("; {} figures limited to the study's range", self.clipped));
        }
        text
    }
}

fn misfit(error: guildhall_kpi::VectorError) -> Failure {
    Problem::new("R0301", "a member's figures do not fit the study").why(error.to_string()).into()
}

/// The present second. A round played at once begins and ends in it.
fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |elapsed| elapsed.as_secs())
}
