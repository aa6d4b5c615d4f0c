//! A limit in epsilon or in rho, under one of two keys.

use crate::Problem;
use crate::study::section::Section;
use crate::study::source::Source;
use guildhall_dp::Ceiling;
use guildhall_kpi::Rational;

/// Reads the limit; none where neither key is there, or what is there is a mistake.
pub(crate) fn ceiling(
    source: &mut Source<'_>,
    section: &mut Section<'_>,
    epsilon: &'static str,
    rho: &'static str,
) -> Option<Ceiling> {
    if section.has(epsilon) && section.has(rho) {
        let problem = Problem::new("S0104", format!("{epsilon} and {rho} exclude one another"));
        let remedy =
            format!("keep one: {epsilon} adds up epsilons, {rho} adds up rho, which many Gaussian releases use better");
        source.mistake(&section.span_of(rho), problem.remedy(remedy));
    }
    let limit = match section.has(rho) {
        false => Some(section.exact::<Rational>(source, epsilon, "a number above 0, such as 3 or \"1/2\"")?.into()),
        true => {
            let stated: Rational = section.exact(source, rho, "a number above 0, such as \"1/8\"")?;
            match Ceiling::of_rho(stated) {
                Ok(limit) => Some(limit),
                Err(error) => {
                    let problem = Problem::new("S0104", format!("{rho} cannot be {stated}: {error}"));
                    source.mistake(&section.span_of(rho), problem.remedy(format!("write {rho} = \"1/8\"")));
                    None
                }
            }
        }
    };
    limit.filter(|limit| {
        if limit.is_zero() {
            let key = if section.has(rho) { rho } else { epsilon };
            let problem = Problem::new("S0104", format!("{key} must be above zero"));
            source.mistake(&section.span_of(key), problem.remedy(format!("write {epsilon} = \"3\"")));
        }
        !limit.is_zero()
    })
}
