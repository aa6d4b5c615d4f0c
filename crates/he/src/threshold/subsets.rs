//! Sets of parties as bit masks: party 1 is the lowest bit.

use crate::poll::Parties;

/// Every set of `threshold - 1` parties, in order of their masks.
pub(super) fn excluded(parties: &Parties) -> Vec<u16> {
    let all = 1u16 << parties.count.min(15);
    (0..all).filter(|mask| mask.count_ones() + 1 == u32::from(parties.threshold)).collect()
}

/// The sets a party is not in: those whose parts it holds.
pub(super) fn held_by(parties: &Parties, party: u8) -> Vec<u16> {
    excluded(parties).into_iter().filter(|mask| !contains(*mask, party)).collect()
}

/// Whether a party is in a set.
pub(super) const fn contains(mask: u16, party: u8) -> bool {
    party >= 1 && party <= 16 && mask & (1 << (party - 1)) != 0
}

/// The mask of distinct parties from 1 to `count`; `None` otherwise.
pub(super) fn mask_of(quorum: &[u8], count: u8) -> Option<u16> {
    let mut mask = 0;
    for party in quorum {
        if !(1..=count).contains(party) || contains(mask, *party) {
            return None;
        }
        mask |= 1 << (party - 1);
    }
    Some(mask)
}

/// Who of a quorum adds the part of a set: the first who holds it.
pub(super) fn responsible(quorum: u16, subset: u16) -> u8 {
    let holders = quorum & !subset;
    holders.trailing_zeros() as u8 + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::poll::Flood;

    #[test]
    fn every_quorum_covers_every_part_once_and_every_smaller_set_lacks_one() {
        for count in 2..=10u8 {
            for threshold in 2..=count {
                let parties =
                    Parties { count, threshold, flood: Flood::Forty, beacon: "b".into(), may_trust_evaluator: false };
                let all = excluded(&parties);
                for group in 1u16..1 << count {
                    let covered = all.iter().filter(|subset| group & !**subset != 0).count();
                    let opens = group.count_ones() >= u32::from(threshold);
                    assert_eq!(covered == all.len(), opens, "{threshold} of {count}, group {group:b}");
                    if opens {
                        let by = |subset: &u16| responsible(group, *subset);
                        assert!(all.iter().all(|s| contains(group, by(s)) && !contains(*s, by(s))));
                    }
                }
            }
        }
        assert_eq!(mask_of(&[1, 3], 3), Some(0b101));
        assert_eq!([mask_of(&[0], 3), mask_of(&[4], 3), mask_of(&[2, 2], 3)], [None; 3]);
    }
}
