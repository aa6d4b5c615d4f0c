//! Two engines that must agree: every test that loads and extracts then holds for both, and for each against the other.

use guildhall_data::{
    Answer, CheckedFile, ColumnSpec, DataFusionEngine, Engine, Error, Query, SkipCounts, SqliteEngine, Storage, Value,
};

/// SQLite and DataFusion with the same rows.
pub(crate) struct Twin {
    sqlite: SqliteEngine,
    fusion: DataFusionEngine,
}

impl Twin {
    pub(crate) fn new() -> Self {
        let sqlite = SqliteEngine::new(Storage::Memory).expect("memory");
        Self { sqlite, fusion: DataFusionEngine::new() }
    }
}

type Rows = Result<Vec<Vec<String>>, Error>;

fn all(engine: &dyn Engine, query: &Query) -> Rows {
    let mut rows = Vec::new();
    engine.select(query, &mut |row| {
        rows.push(row.iter().map(|answer| format!("{answer:?}")).collect());
        Ok(())
    })?;
    Ok(rows)
}

impl Engine for Twin {
    fn create(&mut self, columns: &[ColumnSpec]) -> Result<(), Error> {
        self.sqlite.create(columns)?;
        self.fusion.create(columns)
    }

    fn insert(&mut self, row: &[Value<'_>]) -> Result<(), Error> {
        self.sqlite.insert(row)?;
        self.fusion.insert(row)
    }

    fn seal(&mut self) -> Result<(), Error> {
        self.sqlite.seal()?;
        self.fusion.seal()
    }

    fn select(&self, query: &Query, each: &mut dyn FnMut(&[Answer<'_>]) -> Result<(), Error>) -> Result<(), Error> {
        match (all(&self.sqlite, query), all(&self.fusion, query)) {
            (Ok(sqlite), Ok(fusion)) => assert_eq!(sqlite, fusion, "{}", query.sql()),
            (Err(Error::Overflow), Err(Error::Overflow)) => {}
            // SQLite shows the overflow of a product as a floating-point answer.
            (Ok(sqlite), Err(Error::Overflow)) => {
                assert!(sqlite.iter().flatten().any(|answer| answer.starts_with("Real")), "{}", query.sql());
            }
            (sqlite, fusion) => panic!("{}: {sqlite:?} and {fusion:?}", query.sql()),
        }
        self.sqlite.select(query, each)
    }
}

/// DataFusion, with a note of how the rows came.
pub(crate) struct Recorder {
    pub(crate) inner: DataFusionEngine,
    pub(crate) rows: usize,
    pub(crate) files: usize,
}

impl Recorder {
    pub(crate) fn new() -> Self {
        Self { inner: DataFusionEngine::new(), rows: 0, files: 0 }
    }
}

impl Engine for Recorder {
    fn create(&mut self, columns: &[ColumnSpec]) -> Result<(), Error> {
        self.inner.create(columns)
    }

    fn insert(&mut self, row: &[Value<'_>]) -> Result<(), Error> {
        self.rows += 1;
        self.inner.insert(row)
    }

    fn seal(&mut self) -> Result<(), Error> {
        self.inner.seal()
    }

    fn select(&self, query: &Query, each: &mut dyn FnMut(&[Answer<'_>]) -> Result<(), Error>) -> Result<(), Error> {
        self.inner.select(query, each)
    }

    fn attaches(&self) -> bool {
        true
    }

    fn attach(&mut self, file: &CheckedFile<'_>) -> Result<SkipCounts, Error> {
        self.files += 1;
        self.inner.attach(file)
    }
}
