//! Whoever opens computes the tally again: what an evaluator makes up is refused.

use crate::frame::{FileKind, UnverifiedFrame, seal};
use crate::tests::world::{Lcg, World, clear, poll, row};
use crate::{HeError, Identity, Mode, Packing, Row, metrics};

fn world() -> (World, Vec<Row>, Vec<Vec<u8>>) {
    let world = World::new(poll(Mode::Respondents, Packing::One, 0, 100));
    let rng = &mut Lcg(5);
    let rows: Vec<Row> = (0..6).map(|_| row(&world.poll, rng)).collect();
    let uploads = world.uploads(&rows);
    (world, rows, uploads)
}

impl World {
    fn again(&self, uploads: &[Vec<u8>], tally: &[u8]) -> Result<crate::Tally, HeError> {
        let mut own = self.evaluation();
        for upload in uploads {
            own.add(&mut upload.as_slice()).expect("accepted");
        }
        self.tally(tally)?.recomputed(own)
    }
}

#[test]
fn a_tally_of_the_same_uploads_in_any_order_is_opened() {
    let (world, rows, uploads) = world();
    let tally = world.evaluate(&uploads);
    let turned: Vec<Vec<u8>> = uploads.iter().rev().cloned().collect();
    let tally = world.again(&turned, &tally).expect("the same sums");
    let sums = tally.open(&world.plan, &world.secret).expect("opens");
    assert_eq!(metrics(&world.poll, &world.plan, tally.said(), &sums), Ok(clear(&world.poll, &rows)));
}

/// The evaluator sends one respondent's ciphertext as the sum: it looks like any other tally, and would open.
#[test]
fn a_tally_of_one_chosen_upload_is_refused() {
    let (world, _, uploads) = world();
    let chosen = world.evaluate(&uploads[..1]);
    assert!(world.open(&chosen).is_ok(), "nothing else would notice");
    let error = world.again(&uploads, &chosen).err();
    assert_eq!(error, Some(HeError::NotTheSum { said: 1, found: 6 }));
}

/// Counts and digest of all uploads over the sums of one: every word the evaluator signs is compared.
#[test]
fn chosen_sums_under_honest_counts_are_refused() {
    let (world, _, uploads) = world();
    let (honest, chosen) = (world.evaluate(&uploads), world.evaluate(&uploads[..1]));
    let frame = |bytes: &[u8]| {
        UnverifiedFrame::decode(bytes, FileKind::Tally).and_then(UnverifiedFrame::verify).expect("genuine")
    };
    let (honest, chosen) = (frame(&honest), frame(&chosen));
    let evaluator = Identity::generate().expect("random");
    let mixed = [&honest.body[..56], &chosen.body[56..]].concat();
    let tally = seal(&evaluator, FileKind::Tally, &honest.binding, &mixed);
    assert_eq!(world.again(&uploads, &tally).err(), Some(HeError::NotTheSum { said: 6, found: 6 }));
    // One word of one output.
    let mut body = honest.body.to_vec();
    body[60] ^= 1;
    let tally = seal(&evaluator, FileKind::Tally, &honest.binding, &body);
    assert!(matches!(world.again(&uploads, &tally), Err(HeError::NotTheSum { .. } | HeError::Malformed { .. })));
}

#[test]
fn nothing_is_compared_with_no_uploads_or_those_of_another_key() {
    let (world, _, uploads) = world();
    let tally = world.evaluate(&uploads);
    assert_eq!(world.again(&[], &tally).err(), Some(HeError::TooFew { what: "uploads", found: 0, needed: 1 }));
    let other = World::new(world.poll.clone());
    let mut own = other.evaluation();
    own.add(&mut other.uploads(&[row(&world.poll, &mut Lcg(1))])[0].as_slice()).expect("accepted");
    let error = world.tally(&tally).expect("genuine").recomputed(own).err();
    assert_eq!(error, Some(HeError::NotTheSum { said: 6, found: 1 }));
}

/// Where the evaluator is trusted, only contradictory counts are noticed: one answer more than the uploads hold.
#[test]
fn where_the_evaluator_is_trusted_only_the_counts_speak() {
    let (world, _, uploads) = world();
    let honest = world.evaluate(&uploads);
    let frame = UnverifiedFrame::decode(&honest, FileKind::Tally).and_then(UnverifiedFrame::verify).expect("genuine");
    let mut body = frame.body.to_vec();
    body[0] += 1;
    let evaluator = Identity::generate().expect("random");
    let opened = world.open(&seal(&evaluator, FileKind::Tally, &frame.binding, &body));
    assert!(matches!(opened, Err(HeError::Contradiction { .. })), "{opened:?}");
}
