//! What a comparison by TFHE costs, for `guildhall he bench`: the places and the median of five members.

use super::bench::Cost;
use cpu_time::ProcessTime;
use guildhall_he::compare::{CompareError, Evaluator, Figure, OpeningKey, Pads, Plan, Upload, Width};

/// Figures of 16 bits, two of them equal.
const FIGURES: [u64; 5] = [41_700, 980, 41_700, 65_535, 12_345];

/// Encrypts, compares and opens, and compares with the clear places and median; keys are made outside the clock.
pub(super) fn cost() -> Result<Cost, CompareError> {
    let members = FIGURES.len();
    let (width, median) = (Width::new(16)?, Plan::nearest_rank(members, 1, 2));
    let plan = Plan::new(members, width, [median])?;
    let key = OpeningKey::generate()?;
    let (public, evaluator) = (key.encryption_key()?, Evaluator::new(&key.evaluation_key()?)?);
    let start = ProcessTime::now();
    let sent = FIGURES.iter().map(|figure| Upload::encrypt(&public, &Figure::new(*figure, width)?));
    let (uploads, pads): (Vec<Upload>, Vec<Pads>) = sent.collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
    let each = |start: ProcessTime| start.elapsed().as_secs_f64() * 1e6 / members as f64;
    let client = each(start);
    let bytes = uploads.iter().map(|upload| upload.to_bytes().len()).sum::<usize>() as f64 / members as f64;
    let start = ProcessTime::now();
    let results = evaluator.evaluate(&plan, &uploads, |_| ())?;
    let server = each(start);
    let opened = results.open(&key)?;
    let mut sorted = FIGURES;
    sorted.sort_unstable();
    let mut right = opened.orders == [sorted[median]];
    for ((own, pads), masked) in FIGURES.iter().zip(&pads).zip(opened.places) {
        let place = pads.unmask(masked, members)?;
        right &= place.below == FIGURES.iter().filter(|other| *other < own).count();
    }
    if !right {
        return Err(CompareError::OutOfRange("a place or the median"));
    }
    let technique = "compared by TFHE, 5 members";
    Ok(Cost { technique, answers: members as u64, client, server, bytes, error: 0.0 })
}
