//! Reading files of every kind into an engine.

use crate::codes;
use crate::engine::Engine;
use crate::import::Import;
use crate::problem::Error;
use crate::sink::Sink;
use crate::spec::{Limits, TableSpec};
use crate::text::{Fault, Halt};
use crate::{delimited, workbook};
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{BufReader, Cursor, Read};
use std::path::{Path, PathBuf};

/// A file to read.
#[derive(Clone, Debug)]
pub enum Input {
    /// A file on disk.
    Path(PathBuf),
    /// A file in memory; the name tells its kind.
    Bytes {
        /// Its name, e.g. `sales.csv.gz`.
        name: String,
        /// Its content.
        bytes: Vec<u8>,
    },
}

impl Input {
    /// Whether its name is that of a Parquet file.
    pub fn is_parquet(&self) -> bool {
        let name = match self {
            Self::Path(path) => path.as_os_str().to_string_lossy(),
            Self::Bytes { name, .. } => name.into(),
        };
        name.to_ascii_lowercase().ends_with(".parquet")
    }
}

impl From<&Path> for Input {
    fn from(path: &Path) -> Self {
        Self::Path(path.to_owned())
    }
}

impl From<PathBuf> for Input {
    fn from(path: PathBuf) -> Self {
        Self::Path(path)
    }
}

/// Reads files, one after another, into the table `data` of an empty engine.
///
/// Either every row is typed as the study describes it or skipped by a rule of the study and counted, or the load
/// fails; it then reads on to the end to count what else is wrong.
///
/// # Errors
/// [`Error::Study`] if the description is not usable, [`Error::Data`] with the first ten problems of the files and a
/// count of the others, [`Error::Engine`] if the engine fails.
pub fn load(spec: &TableSpec, inputs: &[Input], limits: &Limits, engine: &mut dyn Engine) -> Result<Import, Error> {
    spec.check()?;
    let mut sink = Sink::new(spec, limits, engine)?;
    if inputs.is_empty() {
        sink.begin("data");
        sink.fail(Fault::new(codes::UNREADABLE, None, "no file was given", "name at least one file"));
    }
    for input in inputs {
        let (name, opened) = open(input);
        sink.begin(&name);
        let outcome = match opened {
            Ok(_) if input.is_parquet() => parquet(&mut sink, input),
            Ok(bytes) => read(&mut sink, &name, bytes),
            Err(fault) => Err(fault.into()),
        };
        match outcome {
            Ok(Some(fingerprint)) => sink.end(fingerprint),
            Ok(None) => sink.abandon(),
            Err(Halt::Fault(fault)) => sink.fail(fault),
            Err(Halt::Engine(error)) => return Err(error),
        }
    }
    sink.finish()
}

/// Length and fingerprint of a file, nothing if its rows were not read, or what stopped it.
pub(crate) type Outcome = Result<Option<(u64, u64)>, Halt>;

fn open(input: &Input) -> (String, Result<Box<dyn Read + '_>, Fault>) {
    match input {
        Input::Bytes { name, bytes } => (name.clone(), Ok(Box::new(Cursor::new(bytes)))),
        Input::Path(path) => {
            let name =
                path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned());
            let opened = regular(path)
                .and_then(|()| File::open(path))
                .map(|file| Box::new(BufReader::with_capacity(256 << 10, file)) as Box<dyn Read>);
            let fault = |error: std::io::Error| {
                let message = format!("{} cannot be opened: {error}", path.display());
                Fault::new(codes::UNREADABLE, None, message, "check the path and that you may read it")
            };
            (name, opened.map_err(fault))
        }
    }
}

/// Refuses folders, and pipes and devices, which opening may wait for without end.
fn regular(path: &Path) -> std::io::Result<()> {
    let meta = std::fs::metadata(path)?;
    match () {
        () if meta.is_file() => Ok(()),
        () if meta.is_dir() => Err(std::io::Error::other("it is a folder")),
        () => Err(std::io::Error::other("it is a pipe, a socket or a device, and not a file")),
    }
}

#[cfg(feature = "datafusion")]
fn parquet(sink: &mut Sink<'_>, input: &Input) -> Outcome {
    crate::columnar::read(sink, input)
}

#[cfg(not(feature = "datafusion"))]
fn parquet(_: &mut Sink<'_>, _: &Input) -> Outcome {
    let remedy = "export it as .csv, or build the program with `--features datafusion`";
    Err(Fault::new(codes::PARQUET, None, "Parquet files need the feature `datafusion`", remedy).into())
}

/// Chooses the reader by the name, and refuses content that plainly is something else.
fn read(sink: &mut Sink<'_>, name: &str, mut bytes: Box<dyn Read + '_>) -> Outcome {
    let lower = name.to_ascii_lowercase();
    let mut magic = Vec::new();
    bytes.by_ref().take(8).read_to_end(&mut magic).map_err(|error| Fault::from_io(error, false))?;
    let zipped = magic.starts_with(b"PK\x03\x04");
    let ole = magic.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]);
    let gzip = magic.starts_with(&[0x1f, 0x8b]);
    let bytes = Cursor::new(magic).chain(bytes);
    let text = [".csv", ".tsv", ".txt"].iter().any(|end| lower.trim_end_matches(".gz").ends_with(end));
    let kind = |message: &str, remedy: &str| Err(Fault::new(codes::FILE_KIND, None, message, remedy).into());
    if ole {
        return kind("this is an old .xls or a password-protected workbook", "save it as .xlsx without a password");
    }
    match (lower.ends_with(".xlsx"), text) {
        (true, _) if zipped => workbook::read(sink, bytes),
        (true, _) => kind("the file is called .xlsx and is no workbook", "rename it, or save it as .xlsx"),
        (_, true) if zipped => {
            kind("the file is a workbook or archive, not text", "rename it to .xlsx, or export it as .csv")
        }
        (_, true) if gzip => delimited::read(sink, MultiGzDecoder::new(bytes), true),
        (_, true) if lower.ends_with(".gz") => kind("the file is called .gz and is not compressed", "rename it"),
        (_, true) => delimited::read(sink, bytes, false),
        _ => kind(
            "the name tells no kind of file that can be read",
            "give .csv, .tsv, .txt (also .gz), .xlsx or .parquet",
        ),
    }
}
