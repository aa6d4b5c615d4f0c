//! A release's rows, found by metric, group and period.

use crate::number::{Signs, Writer};
use crate::sanitise::mend;
use guildhall_kpi::{MetricLine, Release, ReleaseOutcome, ReleaseValue, Suppression};

/// One metric with its rows as a grid of groups by periods.
pub(super) struct MetricView<'a> {
    /// Index of the metric.
    pub(super) index: usize,
    /// The metric.
    pub(super) line: &'a MetricLine,
    /// The release it is part of.
    pub(super) release: &'a Release,
    /// Groups that have a row, in order.
    pub(super) groups: Vec<usize>,
    /// Periods that have a row, in order.
    pub(super) columns: Vec<usize>,
    grid: Vec<Vec<Option<&'a ReleaseOutcome>>>,
}

impl<'a> MetricView<'a> {
    /// One view per metric.
    pub(super) fn all(release: &'a Release) -> Vec<Self> {
        let mut grids = vec![vec![vec![None; release.periods.len()]; release.groups.len()]; release.metrics.len()];
        for row in &release.rows {
            let slot = grids.get_mut(row.metric).and_then(|grid| grid.get_mut(row.group)?.get_mut(row.period));
            if let Some(slot) = slot {
                *slot = Some(&row.outcome);
            }
        }
        let lines = release.metrics.iter().enumerate().zip(grids);
        lines.map(|((index, line), grid)| Self::of(release, index, line, grid)).collect()
    }

    fn of(
        release: &'a Release,
        index: usize,
        line: &'a MetricLine,
        grid: Vec<Vec<Option<&'a ReleaseOutcome>>>,
    ) -> Self {
        let any = |group: &usize| grid.get(*group).is_some_and(|row| row.iter().any(Option::is_some));
        let groups = (0..release.groups.len()).filter(any).collect();
        let used = |column: &usize| grid.iter().any(|row| row.get(*column).copied().flatten().is_some());
        let columns = (0..release.periods.len()).filter(used).collect();
        Self { index, line, release, groups, columns, grid }
    }

    /// The outcome of this group and period.
    pub(super) fn at(&self, group: usize, column: usize) -> Option<&'a ReleaseOutcome> {
        *self.grid.get(group)?.get(column)?
    }

    /// The value of this group and period, where it is shown.
    pub(super) fn shown(&self, group: usize, column: usize) -> Option<&'a ReleaseValue> {
        match self.at(group, column)? {
            ReleaseOutcome::Shown(value) => Some(value),
            ReleaseOutcome::Suppressed(_) => None,
        }
    }

    /// Why this group and period is suppressed, where it is.
    pub(super) fn suppressed(&self, group: usize, column: usize) -> Option<&'a Suppression> {
        match self.at(group, column)? {
            ReleaseOutcome::Shown(_) => None,
            ReleaseOutcome::Suppressed(why) => Some(why),
        }
    }

    /// The group of all units: the first that has a row.
    pub(super) fn all_units(&self) -> usize {
        self.groups.first().copied().unwrap_or(0)
    }

    /// Name of a group.
    pub(super) fn group(&self, group: usize) -> &'a str {
        self.release.groups.get(group).map_or("", String::as_str)
    }

    /// Name of a period, as the release has it.
    pub(super) fn period(&self, column: usize) -> &'a str {
        self.release.periods.get(column).map_or("", String::as_str)
    }

    /// Periods that are points in time or ages, without the one that stands for all of them.
    pub(super) fn times(&self) -> Vec<usize> {
        self.columns.iter().copied().filter(|column| self.columns.len() < 2 || !self.is_whole(*column)).collect()
    }

    /// Whether a period needs no name: it stands for all of them, or there is no other.
    pub(super) fn is_whole(&self, column: usize) -> bool {
        let label = self.period(column);
        self.release.periods.len() < 2 || label == self.release.window || is_whole(label)
    }

    /// Whether the periods are ages of a cohort rather than dates.
    pub(super) fn by_age(&self) -> bool {
        let times = self.times();
        !times.is_empty() && times.iter().all(|column| is_age(self.period(*column)))
    }

    /// The period the sentence speaks of: the one that stands for all of them, or else the latest shown.
    pub(super) fn headline(&self) -> Option<usize> {
        let group = self.all_units();
        let mut shown = self.columns.iter().copied().filter(|column| self.shown(group, *column).is_some());
        shown.clone().find(|column| self.is_whole(*column)).or_else(|| shown.next_back())
    }

    /// The period in which groups are compared: the sentence's if it shows several groups, or else the latest of
    /// those that show most. At a high age few cohorts are left, so that ages are judged by the most alone.
    pub(super) fn comparison(&self) -> Option<usize> {
        let count = |column: usize| self.groups.iter().filter(|group| self.shown(**group, column).is_some()).count();
        let most = self.columns.iter().map(|column| count(*column)).max().filter(|most| *most > 0)?;
        let headline =
            self.headline().filter(|column| count(*column) == most || (count(*column) > 1 && !self.by_age()));
        headline.or_else(|| self.columns.iter().rev().copied().find(|column| count(*column) == most))
    }

    /// Writes values of this metric.
    pub(super) fn writer(&self, signs: Signs) -> Writer<'a> {
        Writer::of(&self.line.unit, self.line.decimals, signs)
    }
}

/// `all`, `total`: the period that holds all others.
fn is_whole(label: &str) -> bool {
    let label = label.trim().to_lowercase();
    ["all", "total", "overall", "whole window", "whole period"].contains(&label.as_str()) || label.starts_with("all ")
}

/// `0`, `month 3`, `12 weeks`, `3 months later`: at most three digits and no sign between.
fn is_age(label: &str) -> bool {
    let digits = label.chars().filter(char::is_ascii_digit).count();
    let words = label.split_whitespace();
    (1..=3).contains(&digits)
        && words.clone().count() <= 3
        && words.clone().all(|word| {
            word.chars().all(|c| c.is_ascii_digit()) || word.chars().all(|c| c.is_alphabetic() && c.is_lowercase())
        })
}

/// The same release, every text in it safe to show.
pub(super) fn sanitised(release: &Release) -> Release {
    let mut release = release.clone();
    let r = &mut release;
    [&mut r.id, &mut r.title, &mut r.data_set, &mut r.window].into_iter().for_each(mend);
    [&mut r.groups, &mut r.periods, &mut r.notes].into_iter().flatten().for_each(mend);
    let p = &mut r.protection;
    [&mut p.unit, &mut p.neighbours, &mut p.noise, &mut p.ledger_entry].into_iter().for_each(mend);
    p.bounds.iter_mut().chain(&mut p.not_protected).for_each(mend);
    for m in &mut r.metrics {
        [&mut m.id, &mut m.metric, &mut m.label, &mut m.unit, &mut m.definition].into_iter().for_each(mend);
        m.caveat.iter_mut().for_each(mend);
    }
    for row in &mut r.rows {
        if let ReleaseOutcome::Suppressed(Suppression::Other { reason }) = &mut row.outcome {
            mend(reason);
        }
    }
    for q in &mut r.queries {
        [&mut q.id, &mut q.mechanism, &mut q.scale, &mut q.sensitivity].into_iter().for_each(mend);
        q.labels.iter_mut().for_each(mend);
    }
    release
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_told_from_dates() {
        for age in ["0", "12", "month 3", "4 weeks", "1 month later"] {
            assert!(is_age(age), "{age}");
        }
        for date in ["2011", "2011-03", "Q1 2011", "all", "May 2011", "", "Q1"] {
            assert!(!is_age(date), "{date}");
        }
        assert!(is_whole("All periods") && is_whole("all") && !is_whole("2011") && !is_whole("allowance"));
    }
}
