//! `[data_set]`: which data set the members' rows belong to, over all studies and releases.

use super::ceiling;
use crate::Problem;
use crate::study::model::{DataSet, Windows};
use crate::study::section::Section;
use crate::study::source::Source;

/// Reads the section.
pub(super) fn read(source: &mut Source<'_>, mut section: Section<'_>) -> Option<DataSet> {
    let id = section.required(source, "id", "id = \"shop-customers\": the name that releases of the same rows use");
    let id = id.filter(|id| {
        let plain = id.len() <= 60 && !id.contains(['/', '\\']) && !id.starts_with('.');
        if !plain {
            let problem = Problem::new("S0201", format!("{id:?} cannot be the id of a data set"));
            source.mistake(&section.span_of("id"), problem.remedy("use at most 60 letters, digits, hyphens; no slash"));
        }
        plain && section.readable(source, "id", id)
    });
    if !section.has("limit") && !section.has("limit_rho") {
        section.missing(source, "limit", "limit = \"3\": the most epsilon that may ever be spent on this data set");
    }
    let limit = ceiling(source, &mut section, "limit", "limit_rho");
    let windows = section.choice(source, "windows", &[("all", Windows::All), ("periods", Windows::Periods)]);
    section.finish(source);
    Some(DataSet { id: id?, limit: limit?, windows: windows.unwrap_or(Windows::All) })
}
