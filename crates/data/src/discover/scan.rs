//! Looks through files, folders, databases and the answers of queries.

use super::profile::Profile;
use super::scanner::{self, Finding, Hints};
use super::single_out::SinglingOut;
use super::source::{self, Loaded, Opened, Sink};
use super::table::{Headers, Passage, Reading, Table, shown};
use super::verdict::{Column, Holding};
use super::{Kind, Likelihood, Role, Sensitivity, dictionary};
use crate::Problem;
use crate::text::Fault;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How to look.
#[derive(Clone, Debug, Default)]
pub struct ScanOptions {
    /// A query over the files, instead of the files themselves; each file is a table named like it.
    pub sql: Option<String>,
    /// How many passages to list by place, for each file; none if absent.
    pub passages: Option<usize>,
}

/// What was found, and where.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Scan {
    /// The files that were looked through, in order.
    pub files: Vec<ScannedFile>,
    /// Files that hold no text, by the reason they were left out.
    pub skipped: Vec<SkippedFile>,
    /// Files that could not be read to their end: nothing is known about them.
    #[serde(skip)]
    pub failed: Vec<Problem>,
    /// Bytes looked through.
    pub bytes: u64,
}

/// A file that was looked through.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScannedFile {
    /// Its path as it was given, or below the folder that was given.
    pub name: String,
    /// What kind of file it is.
    pub format: &'static str,
    /// The encoding of its text, where that is not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<&'static str>,
    /// Its size.
    pub bytes: u64,
    /// Its tables; running text is a table of one column.
    pub tables: Vec<Table>,
    /// Passages by place, if they were asked for.
    pub passages: Vec<Passage>,
}

/// A file that was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SkippedFile {
    /// Its path.
    pub name: String,
    /// Why.
    pub reason: &'static str,
    /// The code of the error that this is where the file was asked for by name.
    #[serde(skip)]
    pub code: &'static str,
}

/// A path as results and errors name it: what is personal data in it is replaced by its kind.
pub fn shown_path(path: &Path) -> String {
    shown(&path.to_string_lossy())
}

impl Scan {
    /// Every column with the file and the table it stands in.
    pub fn columns(&self) -> impl Iterator<Item = (&ScannedFile, &Table, &Column)> {
        self.files.iter().flat_map(|file| {
            file.tables.iter().flat_map(move |table| table.columns.iter().map(move |column| (file, table, column)))
        })
    }
}

/// The files that a list of files and folders stands for, in order; hidden ones and links inside folders are left out,
/// and so are pipes and devices in them.
///
/// # Errors
/// If a path does not exist, is a pipe or a device, or a folder cannot be read.
pub fn list(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Box<Problem>> {
    let mut files = Vec::new();
    for path in paths {
        let meta = std::fs::metadata(path)
            .map_err(|error| problem(&shown(&path.to_string_lossy()), source::unreadable(&error)))?;
        if meta.is_dir() {
            walk(path, &mut files)
                .map_err(|error| problem(&shown(&path.to_string_lossy()), source::unreadable(&error)))?;
        } else if meta.is_file() {
            files.push(path.clone());
        } else {
            return Err(problem(&shown(&path.to_string_lossy()), source::no_file()));
        }
    }
    Ok(files)
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let mut entries: Vec<_> = std::fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let kind = entry.file_type()?;
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        match () {
            () if hidden => {}
            () if kind.is_dir() => walk(&entry.path(), files)?,
            () if kind.is_file() => files.push(entry.path()),
            () => {}
        }
    }
    Ok(())
}

/// Looks through files; `progress` is told bytes as they are read.
///
/// A file that cannot be read to its end is listed in [`Scan::failed`], and the scan goes on.
///
/// # Errors
/// If a query cannot be run.
pub fn scan(files: &[PathBuf], options: &ScanOptions, progress: &mut dyn FnMut(u64)) -> Result<Scan, Box<Problem>> {
    match &options.sql {
        Some(sql) => answer(files, sql, options, progress),
        None => {
            let mut scan = Scan::default();
            files.iter().for_each(|file| look(file, options, progress, &mut scan));
            Ok(scan)
        }
    }
}

fn look(path: &Path, options: &ScanOptions, progress: &mut dyn FnMut(u64), scan: &mut Scan) {
    let name = shown(&path.to_string_lossy());
    let mut eyes = Eyes::new(options, progress);
    match source::read(path, &mut eyes) {
        Ok(Opened::Skipped(skip)) => scan.skipped.push(SkippedFile { name, reason: skip.words(), code: skip.code() }),
        Ok(Opened::Read(format, encoding)) => {
            let bytes = std::fs::metadata(path).map_or(0, |meta| meta.len());
            scan.bytes += bytes;
            let (tables, passages) = eyes.finish();
            scan.files.push(ScannedFile { name, format: format.words(), encoding, bytes, tables, passages });
        }
        Err(fault) => scan.failed.push(*problem(&name, fault)),
    }
}

fn answer(
    files: &[PathBuf],
    sql: &str,
    options: &ScanOptions,
    progress: &mut dyn FnMut(u64),
) -> Result<Scan, Box<Problem>> {
    let asked = |fault| problem("query", fault);
    let mut loaded = Loaded::new().map_err(asked)?;
    let mut scan = Scan::default();
    for path in files {
        let name = shown(&path.to_string_lossy());
        match loaded.load(path).map_err(|fault| problem(&name, fault))? {
            Opened::Skipped(skip) => scan.skipped.push(SkippedFile { name, reason: skip.words(), code: skip.code() }),
            Opened::Read(..) => {
                let bytes = std::fs::metadata(path).map_or(0, |meta| meta.len());
                progress(bytes);
                scan.bytes += bytes;
            }
        }
    }
    let mut eyes = Eyes::new(options, progress);
    loaded.query(sql, &mut eyes).map_err(asked)?;
    let (tables, passages) = eyes.finish();
    let (name, bytes) = ("query".to_owned(), scan.bytes);
    scan.files.push(ScannedFile { name, format: "query", encoding: None, bytes, tables, passages });
    Ok(scan)
}

fn problem(file: &str, fault: Fault) -> Box<Problem> {
    let Fault { code, line, message, remedy, .. } = fault;
    Box::new(Problem { code, file: file.to_owned(), row: line, column: None, message, remedy })
}

/// Looks at what a source yields.
struct Eyes<'p> {
    passages: Option<usize>,
    progress: &'p mut dyn FnMut(u64),
    tables: Vec<(String, Reading)>,
    text: Option<Text>,
}

impl<'p> Eyes<'p> {
    fn new(options: &ScanOptions, progress: &'p mut dyn FnMut(u64)) -> Self {
        Self { passages: options.passages, progress, tables: Vec::new(), text: None }
    }

    fn finish(self) -> (Vec<Table>, Vec<Passage>) {
        let (mut tables, mut passages) = (Vec::new(), Vec::new());
        for (_, reading) in self.tables {
            let (table, found) = reading.finish();
            tables.push(table);
            passages.extend(found);
        }
        if let Some(text) = self.text {
            tables.push(text.table());
            passages.extend(text.passages);
        }
        (tables, passages)
    }
}

impl Sink for Eyes<'_> {
    fn table(&mut self, name: &str, headers: &[String]) -> Result<usize, Fault> {
        if let Some(place) = self.tables.iter().position(|(known, _)| known == name) {
            return Ok(place);
        }
        self.tables.push((name.to_owned(), Reading::new(name, headers.to_vec(), self.passages)));
        Ok(self.tables.len() - 1)
    }

    fn headless(&mut self, table: usize) {
        if let Some((_, reading)) = self.tables.get_mut(table) {
            reading.headless();
        }
    }

    fn row(&mut self, table: usize, cells: &[&str]) -> Result<(), Fault> {
        if let Some((_, reading)) = self.tables.get_mut(table) {
            reading.row(cells.iter().copied());
        }
        Ok(())
    }

    fn text(&mut self, block: &str, line: u64) -> Result<(), Fault> {
        let text = self.text.get_or_insert_with(|| Text::new(self.passages));
        text.block(block, line);
        Ok(())
    }

    fn progress(&mut self, bytes: u64) {
        (self.progress)(bytes);
    }
}

/// Running text as it goes by.
struct Text {
    lines: u64,
    counts: BTreeMap<Kind, (u64, Likelihood)>,
    shapes: Profile,
    found: Vec<Finding>,
    passages: Vec<Passage>,
    most: usize,
}

impl Text {
    fn new(passages: Option<usize>) -> Self {
        Self {
            lines: 0,
            counts: BTreeMap::new(),
            shapes: Profile::new(String::new()),
            found: Vec::new(),
            passages: Vec::new(),
            most: passages.unwrap_or(0),
        }
    }

    fn block(&mut self, block: &str, line: u64) {
        self.lines += block.lines().count() as u64;
        scanner::find_into(block, Hints::default(), &mut self.found);
        for finding in &self.found {
            let (count, best) = self.counts.entry(finding.kind).or_insert((0, finding.likelihood));
            *count += 1;
            *best = (*best).max(finding.likelihood);
        }
        for kind in dictionary::special(block) {
            self.counts.entry(kind).or_insert((0, Likelihood::Possible)).0 += 1;
        }
        self.place(block, line);
    }

    /// Tells line and characters of what was found.
    fn place(&mut self, block: &str, line: u64) {
        let (mut at, mut row, mut start) = (0, line, 0);
        for finding in &self.found {
            if self.passages.len() >= self.most {
                return;
            }
            for (offset, _) in block[at..finding.start].match_indices('\n') {
                row += 1;
                start = at + offset + 1;
            }
            at = finding.start;
            let first = block[start..finding.start].chars().count();
            let length = block[finding.start..finding.end].chars().count();
            let (kind, likelihood) = (finding.kind, finding.likelihood);
            self.passages.push(Passage {
                column: String::new(),
                row,
                start: first,
                end: first + length,
                kind,
                likelihood,
            });
        }
    }

    fn table(&self) -> Table {
        let hold = |(kind, (count, best)): (&Kind, &(u64, Likelihood))| Holding {
            kind: *kind,
            likelihood: *best,
            looked_at: 0,
            fitting: 0,
            at_least: 0.0,
            cells: *count,
            evidence: vec![match kind.sensitivity() {
                Sensitivity::Special => "words for it stand in the text".to_owned(),
                _ => format!("found {count} {}", if *count == 1 { "time" } else { "times" }),
            }],
            fideslang: kind.fideslang(),
            dpv: kind.dpv(),
        };
        let mut holds: Vec<Holding> = self.counts.iter().map(hold).collect();
        holds.sort_by_key(|holding| std::cmp::Reverse((holding.likelihood, holding.kind.sensitivity(), holding.cells)));
        let column = Column {
            name: "text".to_owned(),
            cells: self.lines,
            empty: 0,
            distinct: 0,
            distinct_exact: false,
            shapes: self.shapes.shapes(),
            role: Role::FreeText,
            date_order: None,
            sensitivity: holds.iter().map(|holding| holding.kind.sensitivity()).max(),
            holds,
        };
        Table {
            name: String::new(),
            rows: self.lines,
            uneven_rows: 0,
            headers: Headers::Named,
            columns: vec![column],
            singling_out: SinglingOut::default(),
        }
    }
}
