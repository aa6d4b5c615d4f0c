//! 10,000 flipped bits in every kind of file: an error each time.

use crate::tests::world::{Lcg, World, poll, row};
use crate::{FileKind, Identity, Mode, Packing, PublicKey, SecretKey};

/// Flips bits spread over the whole file and hands each damaged copy on; 10,000 where there are as many.
pub(crate) fn flips(bytes: &[u8], mut see: impl FnMut(usize, &[u8])) {
    let bits = 8 * bytes.len();
    let count = bits.min(10_000);
    let mut damaged = bytes.to_vec();
    for i in 0..count {
        // All bits of the header and the signature, the others evenly.
        let front = (8 * 200).min(bits).min(count);
        let bit = if i < front { i } else { front + (i - front) * (bits - front) / (count - front) };
        damaged[bit / 8] ^= 1 << (bit % 8);
        see(bit, &damaged);
        damaged[bit / 8] ^= 1 << (bit % 8);
    }
}

fn world(mode: Mode) -> World {
    let mut poll = poll(mode, Packing::Full, 0, 1_000);
    poll.metrics.truncate(2);
    World::new(poll)
}

#[test]
fn ten_thousand_flips_in_uploads_are_refused() {
    for mode in [Mode::Owner, Mode::Respondents] {
        let world = world(mode);
        let rng = &mut Lcg(1);
        let rows: Vec<_> = (0..20).map(|_| row(&world.poll, rng)).collect();
        let upload = world.upload(&rows);
        assert!(world.evaluation().add(&mut upload.as_slice()).is_ok());
        flips(&upload, |bit, damaged| {
            let mut evaluation = world.evaluation();
            assert!(evaluation.add(&mut &*damaged).is_err(), "bit {bit}");
            assert_eq!(evaluation.counts(), (0, 0, 0));
        });
        for cut in [0, 1, 123, 124, 187, 188, 200, upload.len() - 1] {
            assert!(world.evaluation().add(&mut &upload[..cut]).is_err(), "cut at {cut}");
        }
    }
}

#[test]
fn ten_thousand_flips_in_tallies_are_refused() {
    let world = world(Mode::Owner);
    let rng = &mut Lcg(2);
    let rows: Vec<_> = (0..20).map(|_| row(&world.poll, rng)).collect();
    let tally = world.evaluate(&[world.upload(&rows)]);
    assert!(world.open(&tally).is_ok());
    flips(&tally, |bit, damaged| assert!(world.open(damaged).is_err(), "bit {bit}"));
    assert!(world.open(&[&tally[..], &[0]].concat()).is_err(), "a trailing byte");
    assert!(world.open(&tally[..tally.len() - 1]).is_err(), "a missing byte");
}

#[test]
fn ten_thousand_flips_in_keys_are_refused() {
    let world = world(Mode::Respondents);
    let public = world.public.encode(world.secret.identity());
    assert!(PublicKey::decode(&public, &world.poll, None).is_ok());
    flips(&public, |bit, damaged| assert!(PublicKey::decode(damaged, &world.poll, None).is_err(), "bit {bit}"));
    let secret = world.secret.expose_file();
    assert!(SecretKey::decode(&secret).is_ok());
    flips(&secret, |bit, damaged| assert!(SecretKey::decode(damaged).is_err(), "bit {bit}"));
    let identity = Identity::generate().expect("random").expose_file();
    assert!(Identity::decode(&identity).is_ok());
    flips(&identity, |bit, damaged| assert!(Identity::decode(damaged).is_err(), "bit {bit}"));
    assert_eq!(FileKind::ALL.len(), 11);
}
