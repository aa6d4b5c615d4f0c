//! The one place where control characters are taken out of what others wrote.
//!
//! Names and titles come from studies and data files of other people. A control character in them could rule the
//! reader's terminal (ESC), and one that turns the direction of writing could make a text read as another one
//! (Unicode Technical Report 36, section 2.6). Both become U+FFFD, visibly. Escaping for HTML is the template engine's.
//!
//! Not here: the JSON, which escapes control characters itself and must keep what was published.

use crate::Document;
use guildhall_kpi::{Benchmark, Outcome};

impl Document {
    /// The same document, every text in it safe to show.
    pub(crate) fn sanitised(&self) -> Self {
        let mut document = self.clone();
        benchmark(&mut document.benchmark);
        if let Some(notes) = &mut document.import {
            notes.files.iter_mut().chain(&mut notes.notes).for_each(mend);
            notes.skipped.iter_mut().for_each(|(reason, _)| mend(reason));
        }
        if let Some(own) = &mut document.own {
            mend(&mut own.label);
            own.places.iter_mut().for_each(|place| mend(&mut place.period));
        }
        document
    }
}

fn benchmark(benchmark: &mut Benchmark) {
    let p = &mut benchmark.provenance;
    let ids = [&mut p.study, &mut p.charter, &mut p.manifest, &mut p.set];
    [&mut p.title, &mut p.window].into_iter().chain(ids).for_each(mend);
    [&mut p.trustees, &mut p.agreeing, &mut p.dissenting, &mut p.silent].into_iter().flatten().for_each(mend);
    [&mut benchmark.spending.unit, &mut benchmark.spending.exact].into_iter().for_each(mend);
    benchmark.spending.customers.iter_mut().flat_map(|customers| &mut customers.bounds).for_each(mend);
    for kpi in &mut benchmark.kpis {
        [&mut kpi.id, &mut kpi.label, &mut kpi.unit].into_iter().for_each(mend);
    }
    benchmark.cells.iter_mut().for_each(|cell| mend(&mut cell.label));
    for row in &mut benchmark.rows {
        mend(&mut row.period);
        if let Outcome::Shown(statistics) = &mut row.outcome {
            mend(&mut statistics.sum);
        }
    }
}

/// The text, safe to show.
pub(crate) fn mended(text: &str) -> String {
    text.replace(unfit, "\u{fffd}")
}

/// Makes a text safe to show.
pub(crate) fn mend(text: &mut String) {
    if text.contains(unfit) {
        *text = text.replace(unfit, "\u{fffd}");
    }
}

/// Control characters, and those that turn the direction of writing.
fn unfit(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
