//! Whether a review is positive, neutral or negative, by the VADER lexicon of Hutto and Gilbert (ICWSM 2014).
//!
//! The lexicon and its rules come from the crate `vader-sentimental`. English only; irony is beyond it. Texts are cut
//! after [`LONGEST`] characters, so that a hostile review cannot hold up a run.

use crate::question::Thousandths;
use std::sync::LazyLock;
use vader_sentimental::SentimentIntensityAnalyzer;

/// Most characters of a text that are read.
const LONGEST: usize = 5_000;

static ANALYZER: LazyLock<SentimentIntensityAnalyzer<'static>> = LazyLock::new(SentimentIntensityAnalyzer::new);

/// Negative is 0, neutral 1, positive 2. A text without a word of the lexicon is neutral.
pub(crate) fn band(text: &str, least: Thousandths) -> usize {
    let short: String = text.chars().take(LONGEST).collect();
    if short.trim().is_empty() {
        return 1;
    }
    let compound = ANALYZER.polarity_scores(&short).compound * 1000.0;
    let least = least as f64;
    if compound >= least {
        2
    } else if compound <= -least {
        0
    } else {
        1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_text_stops_a_run(text in "\\PC{0,60}", words in proptest::collection::vec("good|BAD|not|very|but|least|!|\\?|kind|of|\\u{1F600}|:\\)", 0..12)) {
            prop_assert!(band(&text, 50) < 3);
            prop_assert!(band(&words.join(" "), 50) < 3);
        }
    }

    #[test]
    fn the_examples_of_the_paper_fall_into_their_bands() {
        let cases = [
            ("VADER is smart, handsome, and funny.", 2),
            ("The book was good.", 2),
            ("Today sucks!", 0),
            ("VADER is not smart, handsome, nor funny.", 0),
            ("The parcel came on Tuesday.", 1),
            ("", 1),
            (" \u{1F600}\n\t", 2),
            ("\u{0}\u{202e}\u{feff}", 1),
        ];
        for (text, band_of) in cases {
            assert_eq!(band(text, 50), band_of, "{text:?}");
        }
        assert!(band(&"good ".repeat(100_000), 50) == 2, "long texts are cut");
    }
}
