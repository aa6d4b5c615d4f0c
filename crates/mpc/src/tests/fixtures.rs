//! A small round: two figures with bins, one without, one with squares.

use crate::circuit::{Form, FormLayout};
use crate::contribute::contribute_with;
use crate::{Author, Contribution, Field128, FieldSecret, Pending, Role, Round, SealKeyPair, SealPublicKey};
use crate::{SumShare, Threshold, UnverifiedBody};
use guildhall_kpi::{Direction, Edges, Figure, Histogram, Kpi, KpiVector, Opening, Rational, Schema, Step};
use std::sync::Arc;

pub(super) struct World {
    pub(super) round: Round,
    pub(super) schema: Schema,
    pub(super) layout: Arc<FormLayout>,
    pub(super) keys: Vec<SealKeyPair>,
}

pub(super) fn schema() -> Schema {
    let kpi = |id: &str, low: i64, edges: Vec<i64>| Kpi {
        id: id.to_owned(),
        label: id.to_owned(),
        unit: "EUR".to_owned(),
        direction: Direction::Higher,
        resolution: Step::ONE,
        low,
        high: edges.last().expect("edges") - 1,
        edges: Edges::new(edges),
    };
    let noisy = Some(Histogram { opening: Opening::Noisy { epsilon: Rational::new(1, 1).expect("one") } });
    let figure = |kpi, histogram, squares| Figure { kpi, period: "2026-01".to_owned(), histogram, sum: None, squares };
    let schema = Schema {
        kpis: vec![
            kpi("sales", 0, vec![0, 10, 100, 1_000, 100_000]),
            kpi("margin", -50, vec![-50, -10, 0, 7, 8, 60]),
            kpi("days", 0, vec![0, 4_000]),
        ],
        figures: vec![figure(0, noisy, None), figure(1, noisy, Rational::new(1, 2)), figure(2, None, None)],
    };
    schema.check().expect("valid schema");
    schema
}

impl World {
    pub(super) fn new(threshold: Threshold) -> Self {
        let schema = schema();
        let keys = threshold.trustees().map(|j| SealKeyPair::from_seed(crate::Seed::new([j; 32]))).collect();
        Self { round: Round { manifest: [7; 32], threshold }, layout: FormLayout::new(&schema), schema, keys }
    }

    pub(super) fn public(&self) -> Vec<SealPublicKey> {
        self.keys.iter().map(SealKeyPair::public).collect()
    }

    pub(super) fn vector(&self, figures: &[Option<i64>]) -> KpiVector {
        KpiVector::new(&self.schema, figures.to_vec()).expect("figures fit")
    }

    pub(super) fn contribute(&self, index: u32, figures: &[Option<i64>]) -> Contribution {
        let vector = self.vector(figures);
        self.contribute_encoded(index, &vector.presence(), &self.layout.encode(&vector)).expect("valid figures")
    }

    pub(super) fn contribute_encoded(
        &self,
        index: u32,
        presence: &[bool],
        input: &FieldSecret,
    ) -> Result<Contribution, crate::ContributeError> {
        let form = Form::new(self.layout.clone(), presence.to_vec()).expect("presence fits");
        let author = Author { role: Role::Member, index, sequence: 1 };
        let entropy = [u8::try_from(index % 251).expect("small"); 32];
        contribute_with(&self.round, &form, author, presence, input, &self.public(), &entropy)
    }

    pub(super) fn open(&self, contribution: &Contribution, trustee: u8) -> Pending {
        let body = UnverifiedBody { body: contribution.body.clone().into() };
        let at = usize::from(trustee) - 1;
        Pending::open(&self.round, body, trustee, Some(&contribution.boxes[at]), &self.keys[at])
    }

    pub(super) fn form(&self, presence: &[bool]) -> Form {
        Form::new(self.layout.clone(), presence.to_vec()).expect("presence fits")
    }

    pub(super) fn verify(
        &self,
        contribution: &Contribution,
        trustee: u8,
    ) -> Result<Option<crate::VerifiedShare>, crate::Refusal> {
        let pending = self.open(contribution, trustee);
        pending.verify(&self.round, &self.form(pending.presence()))
    }

    pub(super) fn sum_share(&self, contributions: &[Contribution], trustee: u8) -> SumShare {
        let mut sum = SumShare::zeros(self.layout.output_len());
        for contribution in contributions {
            let share = self.verify(contribution, trustee).expect("valid").expect("all seeds");
            sum.add(0, share.expose_columns());
        }
        sum
    }
}

pub(super) fn number(value: i128) -> Field128 {
    let magnitude = Field128::from(value.unsigned_abs());
    if value < 0 { -magnitude } else { magnitude }
}
