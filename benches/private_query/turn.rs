//! One figure: the least CPU and wall time of several turns, and the memory of the process.

use crate::Outcome;
use cpu_time::ProcessTime;
use std::time::Instant;

/// What a worker found out about one statistic.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Figure {
    /// User and system time of all threads, seconds.
    pub(crate) cpu: f64,
    /// Seconds by the clock.
    pub(crate) wall: f64,
    /// Peak memory of the process so far, megabytes.
    pub(crate) memory: f64,
    /// Mean absolute error over the groups; 0 where nothing is private.
    pub(crate) error: f64,
}

impl Figure {
    /// The least time and the mean error of several.
    pub(crate) fn least(figures: &[Self]) -> Self {
        let least = |of: fn(&Self) -> f64| figures.iter().map(of).fold(f64::INFINITY, f64::min);
        let error = figures.iter().map(|figure| figure.error).sum::<f64>() / figures.len().max(1) as f64;
        Self { cpu: least(|f| f.cpu), wall: least(|f| f.wall), memory: peak(), error }
    }
}

/// Times a query; its answer goes to `judge`, which gives the error.
pub(crate) fn best<T>(
    turns: usize,
    mut query: impl FnMut() -> Outcome<T>,
    judge: impl Fn(&T) -> f64,
) -> Outcome<Figure> {
    let mut figure = Figure { cpu: f64::INFINITY, wall: f64::INFINITY, memory: 0.0, error: 0.0 };
    for _ in 0..turns {
        let (cpu, wall) = (ProcessTime::now(), Instant::now());
        let answer = query()?;
        figure.cpu = figure.cpu.min(cpu.elapsed().as_secs_f64());
        figure.wall = figure.wall.min(wall.elapsed().as_secs_f64());
        figure.error += judge(&answer) / turns as f64;
    }
    figure.memory = peak();
    Ok(figure)
}

/// Peak memory of this process in megabytes; 0 where the system does not say.
fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.trim().trim_end_matches(" kB").trim().parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

/// Tells the parent.
pub(crate) fn tell(what: &str, statistic: &str, figure: Figure) {
    let Figure { cpu, wall, memory, error } = figure;
    println!("{what} {statistic} {cpu} {wall} {memory} {error}");
}

/// Reads what a worker told.
pub(crate) fn told(line: &str) -> Option<((String, String), Figure)> {
    let words: Vec<&str> = line.split(' ').collect();
    let [what, statistic, numbers @ ..] = words.as_slice() else { return None };
    let numbers: Vec<f64> = numbers.iter().filter_map(|n| n.parse().ok()).collect();
    let [cpu, wall, memory, error] = *numbers.as_slice() else { return None };
    Some((((*what).to_owned(), (*statistic).to_owned()), Figure { cpu, wall, memory, error }))
}
