//! Which engine a set of files gets.

use crate::engine::{Engine, SqliteEngine, Storage};
use crate::load::Input;
use crate::problem::Error;

/// The engine for these files: DataFusion where one of them is Parquet and the feature is on, SQLite otherwise.
///
/// SQLite keeps its pages in a temporary file that has no name, so that tables may be larger than memory. Both give
/// the same figures.
///
/// # Errors
/// If the engine cannot be opened.
pub fn engine_for(inputs: &[Input]) -> Result<Box<dyn Engine>, Error> {
    #[cfg(feature = "datafusion")]
    if inputs.iter().any(Input::is_parquet) {
        return Ok(Box::new(crate::DataFusionEngine::new()));
    }
    #[cfg(not(feature = "datafusion"))]
    let _ = inputs;
    Ok(Box::new(SqliteEngine::new(Storage::Temporary)?))
}
