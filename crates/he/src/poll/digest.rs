//! The digest that binds everything to one poll.

use super::{Flood, Kind, Mode, Packing, Poll, Share};
use sha2::{Digest, Sha256};

impl Poll {
    /// SHA-256 over every part of the declaration, lengths included.
    pub fn digest(&self) -> [u8; 32] {
        let mut hash = Parts(Sha256::new_with_prefix(b"guildhall-he/v1/poll\0"));
        hash.text(&self.id);
        match &self.mode {
            Mode::Owner => hash.number(1),
            Mode::Respondents => hash.number(2),
            Mode::Quorum(parties) => {
                let flood = match parties.flood {
                    Flood::Forty => 1,
                    Flood::SixtyFour => 2,
                    Flood::SixtyFourWorstCase => 3,
                };
                hash.number(3);
                hash.number(i64::from(parties.count));
                hash.number(i64::from(parties.threshold));
                hash.number(flood);
                hash.text(&parties.beacon);
                hash.number(i64::from(parties.may_trust_evaluator));
            }
        }
        hash.0.update(self.most_answers.to_le_bytes());
        hash.0.update(self.most_uploads.to_le_bytes());
        hash.number(i64::from(self.packing == Packing::Full));
        hash.texts(&self.groups);
        hash.number(self.metrics.len() as i64);
        for metric in &self.metrics {
            hash.text(&metric.name);
            hash.number(i64::from(metric.optional));
            hash.kind(&metric.kind);
        }
        hash.texts(&self.reading);
        hash.0.finalize().into()
    }
}

struct Parts(Sha256);

impl Parts {
    fn number(&mut self, number: i64) {
        self.0.update(number.to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as i64);
        self.0.update(text);
    }

    fn texts(&mut self, texts: &[String]) {
        self.number(texts.len() as i64);
        texts.iter().for_each(|text| self.text(text));
    }

    fn kind(&mut self, kind: &Kind) {
        let numbers = match kind {
            Kind::Nps => vec![1],
            Kind::Csat { low, high, satisfied } => vec![2, *low, *high, *satisfied],
            Kind::Ces { low, high } => vec![3, *low, *high],
            Kind::Rate(share) => vec![
                4,
                match share {
                    Share::Churn => 1,
                    Share::Retention => 2,
                    Share::RepeatPurchase => 3,
                    Share::Other => 4,
                },
            ],
            Kind::Sum { low, high } => vec![5, *low, *high],
            Kind::TrustIndex { low, high, weights } => [&[6, *low, *high], weights.as_slice()].concat(),
            Kind::Histogram { .. } => vec![7],
        };
        self.number(numbers.len() as i64);
        numbers.into_iter().for_each(|number| self.number(number));
        if let Kind::Histogram { bins } = kind {
            self.texts(bins);
        }
    }
}
