//! What is written and printed: the rows, and what became of them.

use super::failure::refused;
use super::outcome::Outcome;
use super::plan::Plan;
use super::unwritable;
use crate::Failure;
use guildhall_anonymise::{
    Classes, Column, Compared, Hierarchy, NodeReport, PopulationRisk, Risk, SensitiveFigures, Table, Tally, Verified,
    explore,
};
use guildhall_report::{
    Above, ClassSize, NOT_PRIVATE, NodePoint, PopulationReport, RecursiveL, RiskReport, SensitiveReport, text_table,
};
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::Path;

/// Columns of a terminal the tables are laid out for.
const WIDTH: u16 = 100;
/// Combinations of levels in the picture of utility against risk.
const DRAWN: usize = 1_500;
/// Rows and groups shown in a preview.
const SHOWN: usize = 5;

/// The rows as separated values.
///
/// # Errors
/// If they cannot be written.
pub(super) fn csv(table: &Table, delimiter: u8) -> Result<Vec<u8>, Failure> {
    let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new());
    let write = |writer: &mut csv::Writer<Vec<u8>>| -> Result<(), csv::Error> {
        writer.write_record(table.columns().iter().map(Column::name))?;
        (0..table.rows())
            .try_for_each(|row| writer.write_record(table.columns().iter().map(|column| column.value(row))))
    };
    let failed = |why: String| unwritable(Path::new("the rows"), &why);
    write(&mut writer).map_err(|error| failed(error.to_string()))?;
    writer.into_inner().map_err(|error| failed(error.to_string()))
}

/// The risk report of a table.
pub(in crate::commands) fn report_of(
    file: &Path,
    quasi: &[&str],
    risk: &Risk,
    sensitive: Vec<SensitiveReport>,
    population: Option<PopulationRisk>,
    lattice: Vec<NodeReport>,
) -> RiskReport {
    let node = |node: NodeReport| NodePoint {
        levels: node.levels,
        loss: node.loss,
        highest_risk: node.highest_risk,
        average_risk: node.average_risk,
        keeps: node.keeps,
    };
    let population = population.map(|population| PopulationReport {
        smallest: population.smallest,
        highest_risk: population.highest,
        average_risk: population.average,
        presence_low: population.presence.0,
        presence_high: population.presence.1,
    });
    RiskReport {
        file: file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        quasi: quasi.iter().map(|name| (*name).to_owned()).collect(),
        rows: risk.rows,
        classes: risk.classes,
        k: risk.smallest,
        largest_class: risk.largest,
        average_class: risk.average_class(),
        unique_rows: risk.unique_rows,
        unique_share: risk.unique_share(),
        highest_risk: risk.highest(),
        average_risk: risk.average(),
        above: [0.5, 0.33, 0.2, 0.1, 0.05, 0.01].map(|at| Above { risk: at, share: risk.share_above(at) }).into(),
        class_sizes: risk.sizes.iter().map(|(size, classes)| ClassSize { size: *size, classes: *classes }).collect(),
        population,
        sensitive,
        lattice: lattice.into_iter().map(node).collect(),
    }
}

/// The figures of sensitive columns.
///
/// # Errors
/// If a column is not there.
pub(in crate::commands) fn sensitive_reports<'t>(
    table: &Table,
    classes: &Classes,
    columns: impl Iterator<Item = (&'t str, Option<&'t Hierarchy>)>,
) -> Result<Vec<SensitiveReport>, guildhall_anonymise::Error> {
    let report = |figures: SensitiveFigures| SensitiveReport {
        column: figures.column,
        distinct_l: figures.distinct_l,
        entropy_l: figures.entropy_l,
        recursive: figures.recursive_c.into_iter().map(|(l, c)| RecursiveL { l, c }).collect(),
        equal_t: figures.equal_t,
        ordered_t: figures.ordered_t,
        hierarchical_t: figures.hierarchical_t,
        alpha: figures.alpha,
        basic_beta: figures.basic_beta,
        enhanced_beta: figures.enhanced_beta,
        delta: figures.delta,
        exposed_rows: figures.exposed_rows,
    };
    columns.map(|(name, tree)| Ok(report(classes.sensitive(table, name, tree)?))).collect()
}

/// The risk report of the rows that are written, with all combinations of levels around them.
pub(super) fn report_of_release(plan: &Plan, outcome: &Outcome<'_>) -> Result<RiskReport, Failure> {
    let lattice = if outcome.solution.is_some() { explore(&outcome.task, DRAWN) } else { Ok(Vec::new()) };
    let lattice = lattice.map_err(|error| refused(&error, &plan.data))?;
    let sensitive = sensitive_of(plan, outcome)?;
    Ok(report_of(&plan.data, &plan.quasi(), &outcome.after.risk(), sensitive, outcome.population, lattice))
}

fn sensitive_of(plan: &Plan, outcome: &Outcome<'_>) -> Result<Vec<SensitiveReport>, Failure> {
    let columns = plan
        .policy
        .of_role(crate::data_policy::Role::Sensitive)
        .filter(|column| outcome.release.table().column(&column.name).is_ok());
    // A tree is over the codes of the input; the rows that are written have codes of their own.
    let columns = columns.map(|column| (column.name.as_str(), None));
    let made = sensitive_reports(outcome.release.table(), &outcome.after, columns);
    made.map_err(|error| refused(&error, &plan.data))
}

/// Everything there is to say about a run.
pub(super) struct Shown<'s> {
    pub(super) plan: &'s Plan,
    pub(super) outcome: &'s Outcome<'s>,
    pub(super) verified: &'s Verified,
    pub(super) written: Option<&'s Path>,
}

impl Shown<'_> {
    /// For people.
    pub(super) fn text(&self) -> Result<String, Failure> {
        let (plan, outcome) = (self.plan, self.outcome);
        let title = match self.written {
            Some(path) => format!("Anonymised: {}", path.display()),
            None => format!("Preview: {}", plan.data.display()),
        };
        let mut text = text_table(&title, &["column", "level", "of", "texts before", "after"], &self.columns(), WIDTH);
        text.push('\n');
        text.push_str(&text_table("", &["figure", "before", "after"], &self.figures(), WIDTH));
        for (column, by, compared) in &outcome.figures {
            text.push('\n');
            text.push_str(&compared_text(column, by.as_deref(), compared));
        }
        for report in sensitive_of(plan, outcome)? {
            let _ = writeln!(
                text,
                "\n{:?}: l = {} (entropy {:.3}), t = {:.4}{}, alpha = {:.4} in the worst class",
                report.column,
                report.distinct_l,
                report.entropy_l,
                report.equal_t,
                report.ordered_t.map_or_else(String::new, |t| format!(" (ordered {t:.4})")),
                report.alpha
            );
            if report.exposed_rows > 0 {
                let _ = writeln!(
                    text,
                    "{} rows are exposed: all rows of their class have the same value (l = 1).",
                    report.exposed_rows
                );
            }
        }
        if self.written.is_none() {
            text.push('\n');
            text.push_str(&self.first_rows());
        }
        let _ = writeln!(text, "\n{NOT_PRIVATE}");
        Ok(text)
    }

    fn columns(&self) -> Vec<Vec<String>> {
        let line = |(at, (name, tree)): (usize, &(String, Hierarchy))| {
            let level = self.outcome.levels().and_then(|levels| levels.get(at).copied());
            let texts = |table: &Table| table.column(name).map_or(0, |column| column.values().len());
            vec![
                name.clone(),
                level.map_or_else(|| "each class its own".to_owned(), |level| level.to_string()),
                (tree.levels() - 1).to_string(),
                texts(&self.plan.table).to_string(),
                texts(self.outcome.release.table()).to_string(),
            ]
        };
        let kept = self.plan.table.columns().iter().filter(|column| !self.plan.quasi().contains(&column.name()));
        let kept = kept.map(|column| vec![column.name().to_owned(), "as it is".to_owned()]);
        let gone = self.plan.removed.iter().map(|(column, _)| vec![column.clone(), "left out".to_owned()]);
        self.plan.levels.iter().enumerate().map(line).chain(kept).chain(gone).collect()
    }

    fn figures(&self) -> Vec<Vec<String>> {
        let (before, after) = (&self.outcome.before, self.outcome.after.risk());
        let percent = |value: f64| format!("{:.2} %", value * 100.0);
        let row = |name: &str, before: String, after: String| vec![name.to_owned(), before, after];
        let utility = &self.outcome.utility;
        let mut rows = vec![
            row("rows", before.rows.to_string(), after.rows.to_string()),
            row("left out", String::new(), self.outcome.release.suppressed().to_string()),
            row("smallest class (k)", before.smallest.to_string(), after.smallest.to_string()),
            row("rows alone in their class", before.unique_rows.to_string(), after.unique_rows.to_string()),
            row("alone if all columns were known", String::new(), self.outcome.alone.to_string()),
            row("highest risk (prosecutor)", percent(before.highest()), percent(after.highest())),
            row("average risk (marketer)", percent(before.average()), percent(after.average())),
            row("detail lost", percent(0.0), percent(utility.loss)),
            row("entropy lost", percent(0.0), percent(utility.entropy_share)),
            row("rows per class", format!("{:.2}", before.average_class()), format!("{:.2}", utility.average_class)),
            row("discernibility", String::new(), format!("{:.0}", utility.discernibility)),
        ];
        if let Some(population) = self.outcome.population {
            rows.push(row("fewest people behind a row", String::new(), population.smallest.to_string()));
            rows.push(row("highest risk (journalist)", String::new(), percent(population.highest)));
        }
        if let Some(solution) = &self.outcome.solution {
            let found = format!("{} of {}", solution.checked, solution.nodes);
            rows.push(row("combinations looked at", String::new(), found));
        }
        rows
    }

    fn first_rows(&self) -> String {
        let table = self.outcome.release.table();
        let names: Vec<&str> = table.columns().iter().map(Column::name).collect();
        let row = |row: usize| table.columns().iter().map(|column| column.value(row).to_owned()).collect();
        let step = (table.rows() / SHOWN).max(1);
        let rows: Vec<Vec<String>> = (0..table.rows()).step_by(step).take(SHOWN).map(row).collect();
        text_table("Some of the rows that would be written", &names, &rows, WIDTH)
    }

    /// For programs: `guildhall/anonymise/v1`.
    pub(super) fn json(&self) -> Result<String, Failure> {
        let (plan, outcome) = (self.plan, self.outcome);
        let utility = &outcome.utility;
        let column = |(at, (name, tree)): (usize, &(String, Hierarchy))| {
            let level = outcome.levels().and_then(|levels| levels.get(at).copied());
            json!({ "name": name, "level": level, "levels": tree.levels() })
        };
        let object = json!({
            "schema": "guildhall/anonymise/v1",
            "warning": NOT_PRIVATE,
            "written": self.written.map(|path| path.display().to_string()),
            "rows": outcome.before.rows,
            "written_rows": self.verified.rows,
            "left_out": outcome.release.suppressed(),
            "verified": { "classes": self.verified.classes, "k": self.verified.smallest },
            "search": plan.section.search.word(),
            "nodes": outcome.solution.as_ref().map(|solution| solution.nodes),
            "looked_at": outcome.solution.as_ref().map(|solution| solution.checked),
            "loss": { "name": plan.section.loss.word(), "value": outcome.solution.as_ref().map(|solution| solution.loss) },
            "quasi_identifiers": plan.levels.iter().enumerate().map(column).collect::<Vec<_>>(),
            "removed": plan.removed.iter().map(|(name, _)| name).collect::<Vec<_>>(),
            "alone_with_kept_columns": outcome.alone,
            "before": risk_json(&outcome.before),
            "after": risk_json(&outcome.after.risk()),
            "utility": {
                "loss": utility.loss, "discernibility": utility.discernibility,
                "average_class": utility.average_class, "precision": utility.precision,
                "entropy_bits": utility.entropy_bits, "entropy_share": utility.entropy_share,
            },
            "sensitive": sensitive_of(plan, outcome)?,
            "figures": outcome.figures.iter().map(|(column, by, compared)| {
                json!({ "column": column, "by": by, "groups": compared.iter().map(compared_json).collect::<Vec<_>>() })
            }).collect::<Vec<_>>(),
        });
        Ok(format!("{object}\n"))
    }
}

fn risk_json(risk: &Risk) -> Value {
    json!({ "k": risk.smallest, "classes": risk.classes, "unique_rows": risk.unique_rows,
        "highest_risk": risk.highest(), "average_risk": risk.average() })
}

fn compared_json(compared: &Compared) -> Value {
    let tally = |tally: &Tally| json!({ "count": tally.count, "sum": tally.sum, "mean": tally.mean() });
    json!({ "group": compared.group, "before": tally(&compared.before), "after": compared.after.as_ref().map(tally) })
}

fn compared_text(column: &str, by: Option<&str>, compared: &[Compared]) -> String {
    let tally = |tally: Option<&Tally>| match tally {
        None => ["no numbers".to_owned(), String::new(), String::new()],
        Some(tally) => {
            let mean = tally.mean().map_or_else(String::new, |mean| format!("{mean:.2}"));
            [tally.count.to_string(), format!("{:.2}", tally.sum), mean]
        }
    };
    let row = |compared: &Compared| {
        let group = compared.group.clone().unwrap_or_else(|| "all rows".to_owned());
        let (before, after) = (tally(Some(&compared.before)), tally(compared.after.as_ref()));
        [group].into_iter().chain(before).chain(after).collect()
    };
    let rows: Vec<Vec<String>> = compared.iter().take(4 * SHOWN).map(row).collect();
    let title = by.map_or_else(|| column.to_owned(), |by| format!("{column} by {by}"));
    let more = compared.len().saturating_sub(rows.len());
    let heads = ["group", "count before", "sum before", "mean before", "count after", "sum after", "mean after"];
    let mut text = text_table(&title, &heads, &rows, WIDTH);
    if more > 0 {
        let _ = writeln!(text, "... and {more} more groups (--json lists them)");
    }
    text
}
