//! What the search found, and the rows that follow from it.

use super::failure::refused_by;
use super::plan::Plan;
use crate::Failure;
use crate::data_policy::{LossChoice, SearchChoice};
use guildhall_anonymise::{
    Classes, Compared, Loss, PopulationRisk, Release, Risk, Solution, Task, Utility, compare, mondrian, optimum,
};

/// The rows to write, how they were found, and what they lack.
pub(super) struct Outcome<'p> {
    pub(super) task: Task<'p>,
    /// The levels; none for local recoding.
    pub(super) solution: Option<Solution>,
    pub(super) release: Release,
    pub(super) utility: Utility,
    pub(super) before: Risk,
    pub(super) after: Classes,
    pub(super) population: Option<PopulationRisk>,
    /// Rows that would be alone if others knew every written column.
    pub(super) alone: u64,
    /// For each figure of the policy: its column, its groups, and what became of it.
    pub(super) figures: Vec<(String, Option<String>, Vec<Compared>)>,
}

impl<'p> Outcome<'p> {
    pub(super) fn of(plan: &'p Plan) -> Result<Self, Failure> {
        let task = plan.task()?;
        let made = || -> Result<Self, guildhall_anonymise::Error> {
            let columns = plan.columns();
            // Says at once where the rows are no sample of the population.
            task.population_risk(&vec![0; plan.levels.len()])?;
            let (solution, release) = match plan.section.search {
                SearchChoice::Lattice => {
                    let best = optimum(&task, loss(plan.section.loss))?;
                    let release = Release::at_levels(&plan.table, &task, &best.levels, &columns)?;
                    (Some(best), release)
                }
                SearchChoice::Mondrian => {
                    let parts = mondrian(&task)?;
                    (None, Release::of_parts(&plan.table, &task, &parts, &columns)?)
                }
            };
            let levels = solution.as_ref().map(|best| best.levels.as_slice());
            let utility = release.utility(&task, levels)?;
            let population = levels.map(|levels| task.population_risk(levels)).transpose()?.flatten();
            let figure = |figure: &crate::data_policy::FigurePolicy| {
                let by = figure.by.as_deref();
                let compared = compare(&plan.table, plan.table.rows(), &release, &figure.column, by)?;
                Ok((figure.column.clone(), figure.by.clone(), compared))
            };
            let figures = plan.section.figures.iter().map(figure).collect::<Result<_, guildhall_anonymise::Error>>()?;
            let before = Classes::of(&plan.table, &plan.quasi())?.risk();
            let after = release.classes()?;
            let alone = Classes::of(release.table(), &columns)?.risk().unique_rows;
            Ok(Self { task: task.clone(), solution, release, utility, before, after, population, alone, figures })
        };
        made().map_err(|error| refused_by(&error, &plan.path, &plan.data))
    }

    /// The level of each quasi-identifier, where one level was chosen for whole columns.
    pub(super) fn levels(&self) -> Option<&[usize]> {
        self.solution.as_ref().map(|solution| solution.levels.as_slice())
    }
}

pub(super) const fn loss(choice: LossChoice) -> Loss {
    match choice {
        LossChoice::Loss => Loss::Loss,
        LossChoice::Discernibility => Loss::Discernibility,
        LossChoice::AverageClassSize => Loss::AverageClassSize,
        LossChoice::NonUniformEntropy => Loss::NonUniformEntropy,
    }
}
