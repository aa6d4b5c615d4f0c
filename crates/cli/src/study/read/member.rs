//! `[member]`: which columns say who a member is.

use super::data::known;
use crate::Problem;
use crate::study::model::Member;
use crate::study::section::Section;
use crate::study::source::Source;
use guildhall_data::{Attribute, ColumnSpec, Kind, Take};

pub(super) fn read(source: &mut Source<'_>, mut section: Section<'_>, columns: &[ColumnSpec]) -> Option<Member> {
    let column = section.required(source, "column", "column = \"permit\"");
    let name = section.text(source, "name");
    let entity = section.text(source, "entity");
    for (key, value) in [("column", &column), ("name", &name), ("entity", &entity)] {
        let declared = value.as_ref().and_then(|value| known(source, &section, key, value, columns));
        let names_nobody = |column: &ColumnSpec| !matches!(column.kind, Kind::Text | Kind::Integer);
        if declared.is_some_and(names_nobody) {
            let problem = Problem::new("S0207", "a member is identified by a text or a whole number");
            source.mistake(&section.span_of(key), problem.remedy("declare the column as \"text\""));
        }
    }
    let mut segments: Vec<Attribute> = Vec::new();
    for item in section.sections(source, "segments", "{ attribute = \"zip\", column = \"zip\" }") {
        let span = item.span();
        let Some(segment) = segment(source, item, columns) else { continue };
        if segments.iter().any(|other| other.attribute == segment.attribute) {
            let problem = Problem::new("S0205", format!("the attribute {:?} is defined twice", segment.attribute));
            source.mistake(&span, problem.remedy("give each attribute its own name"));
        }
        segments.push(segment);
    }
    section.finish(source);
    Some(Member { column: column?, name, entity, segments })
}

fn segment(source: &mut Source<'_>, mut section: Section<'_>, columns: &[ColumnSpec]) -> Option<Attribute> {
    let attribute = section.required(source, "attribute", "attribute = \"zip\"");
    let attribute = attribute.filter(|attribute| section.readable(source, "attribute", attribute));
    let column = section.text(source, "column").or_else(|| attribute.clone());
    let take = section.choice(source, "take", &[("first", Take::First), ("only", Take::Only)]).unwrap_or(Take::Only);
    if let Some(column) = &column {
        known(source, &section, if section.has("column") { "column" } else { "attribute" }, column, columns);
    }
    if attribute.as_deref() == Some("all") {
        let problem = Problem::new("S0205", "an attribute cannot be called \"all\"");
        source.mistake(
            &section.span_of("attribute"),
            problem.why("\"all\" names the cell of every member").remedy("choose another name"),
        );
    }
    section.finish(source);
    Some(Attribute { attribute: attribute?, column: column?, take })
}
