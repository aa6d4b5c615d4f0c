//! Counts and sums per group of the whole table, for releases in which every row is a unit of its own.
//!
//! The engine does all of the work on the rows; what comes back has the size of the answer. Not here: periods,
//! members (see [`crate::extract()`]) and units with several rows (see [`crate::units()`]).

use crate::engine::Query;
use crate::sql::{Checked, RowKind};

impl Query {
    /// Figures per combination of keys, sorted by the keys; without keys, over the whole table.
    ///
    /// The answer's fields are the keys, truth as 1 and 0, and then the figures. Keys come from
    /// [`crate::check_row`], figures from [`crate::check_sql`], both over the table that is loaded.
    ///
    /// ```
    /// use guildhall_data::{Query, TableSpec, check_row, check_sql};
    ///
    /// let spec: TableSpec = toml::from_str(
    ///     r#"columns = [{ name = "segment", kind = "text" }, { name = "cents", kind = "integer" }]"#,
    /// )?;
    /// let query = Query::grouped(&[check_row(&spec, "segment")?], &[check_sql(&spec, "sum(cents)")?]);
    /// assert_eq!(query.sql(), r#"SELECT "segment", sum("cents") FROM data GROUP BY 1 ORDER BY 1"#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn grouped(keys: &[(Checked, RowKind)], figures: &[Checked]) -> Self {
        let key = |(checked, kind): &(Checked, RowKind)| match kind {
            RowKind::Truth => format!("(CASE WHEN {0} THEN 1 WHEN NOT {0} THEN 0 END)", checked.sql()),
            _ => checked.sql().to_owned(),
        };
        let fields: Vec<String> = keys.iter().map(key).chain(figures.iter().map(|f| f.sql().to_owned())).collect();
        let places: Vec<String> = (1..=keys.len()).map(|place| place.to_string()).collect();
        let order = match places.join(", ") {
            places if places.is_empty() => String::new(),
            places => format!(" GROUP BY {places} ORDER BY {places}"),
        };
        let sql = format!("SELECT {} FROM data{order}", fields.join(", "));
        Self { sql, params: Vec::new(), width: fields.len() }
    }
}
