//! Five levels of likelihood, and the statistics behind them.

use serde::Serialize;

/// How likely it is that a column, or a passage of text, holds a kind of personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Likelihood {
    /// Something looks like it, and chance explains it as well.
    VeryUnlikely,
    /// A few values look like it.
    Unlikely,
    /// Worth a look.
    Possible,
    /// Treat it as such.
    Likely,
    /// Header and values agree, or the values leave no doubt.
    VeryLikely,
}

impl Likelihood {
    /// Every level, least likely first.
    pub const ALL: [Self; 5] = [Self::VeryUnlikely, Self::Unlikely, Self::Possible, Self::Likely, Self::VeryLikely];

    /// In words for people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::VeryUnlikely => "very unlikely",
            Self::Unlikely => "unlikely",
            Self::Possible => "possible",
            Self::Likely => "likely",
            Self::VeryLikely => "very likely",
        }
    }

    /// One level down.
    pub(crate) const fn lowered(self) -> Self {
        match self {
            Self::VeryUnlikely | Self::Unlikely => Self::VeryUnlikely,
            Self::Possible => Self::Unlikely,
            Self::Likely => Self::Possible,
            Self::VeryLikely => Self::Likely,
        }
    }
}

/// The lower end of the 95 % Wilson score interval of a share (Wilson 1927, JASA 22(158)).
pub(crate) fn wilson_lower(hits: u64, of: u64) -> f64 {
    const Z: f64 = 1.959_963_984_540_054;
    if of == 0 {
        return 0.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "counts of a sample are far below 2^52")]
    let (n, p) = (of as f64, hits as f64 / of as f64);
    let centre = p + Z * Z / (2.0 * n);
    let spread = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    ((centre - spread) / (1.0 + Z * Z / n)).max(0.0)
}

/// What is left of a share once values that pass a check by chance are taken off.
pub(crate) fn beyond_chance(share: f64, chance: f64) -> f64 {
    ((share - chance) / (1.0 - chance)).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_against_published_values() {
        // Newcombe 1998 (Statistics in Medicine 17), table I, method 3: 81/263 and 15/148 and 0/20 and 1/29.
        for (hits, of, lower) in [(81, 263, 0.2553), (15, 148, 0.0624), (0, 20, 0.0), (1, 29, 0.0061)] {
            assert!((wilson_lower(hits, of) - lower).abs() < 5e-5, "{hits}/{of}");
        }
        assert!(wilson_lower(0, 0).abs() < f64::EPSILON);
    }

    #[test]
    fn levels_move_by_one() {
        for pair in Likelihood::ALL.windows(2) {
            assert_eq!(pair[1].lowered(), pair[0]);
        }
        assert!((beyond_chance(0.1, 0.1)).abs() < 1e-12 && (beyond_chance(1.0, 0.1) - 1.0).abs() < 1e-12);
    }
}
