use super::dkg::{Broadcast, Confirmation, Private, Round1};
use super::*;
use std::collections::BTreeMap;

pub(crate) fn id(domain: &str, epoch: u32) -> KeyId {
    KeyId::pseudonyms(domain.parse().expect("a name"), Epoch::new(epoch).expect("an epoch"))
}

/// Everybody's messages by sender, for one receiver; through bytes, as over a network.
fn received(all: &BTreeMap<NodeId, Vec<u8>>, own: NodeId) -> BTreeMap<NodeId, Broadcast> {
    let others = all.iter().filter(|(node, _)| **node != own);
    others.map(|(node, bytes)| (*node, Broadcast::decode(bytes).expect("decodes"))).collect()
}

/// Runs the protocol to its end; `meddle` may alter second messages (sender, receiver, bytes).
fn run(
    begun: Vec<(Round1, Broadcast)>,
    quorum: Quorum,
    meddle: impl Fn(NodeId, NodeId, &mut Vec<u8>),
) -> Result<Vec<KeyShare>, KeyError> {
    let sent: BTreeMap<NodeId, Vec<u8>> = quorum.ids().zip(&begun).map(|(node, (_, b))| (node, b.encode())).collect();
    let mut private: BTreeMap<NodeId, BTreeMap<NodeId, Private>> = BTreeMap::new();
    let mut second = Vec::new();
    for (node, (round, _)) in quorum.ids().zip(begun) {
        let (round, messages) = round.next(received(&sent, node))?;
        for (to, message) in messages {
            let mut bytes = message.expose_encoded().to_vec();
            meddle(node, to, &mut bytes);
            private.entry(to).or_default().insert(node, Private::decode(&bytes).map_err(KeyError::Decode)?);
        }
        second.push(round);
    }
    let mut done = Vec::new();
    for (node, round) in quorum.ids().zip(second) {
        done.push(round.finish(&private[&node])?);
    }
    let confirmations: BTreeMap<NodeId, Confirmation> = quorum.ids().zip(&done).map(|(n, (_, c))| (n, *c)).collect();
    done.into_iter().map(|(candidate, _)| candidate.confirm(&confirmations)).collect()
}

pub(crate) fn generate(id: &KeyId, quorum: Quorum) -> Vec<KeyShare> {
    let begun = quorum.ids().map(|node| dkg::begin(id.clone(), quorum, node).expect("begins")).collect();
    run(begun, quorum, |_, _, _| ()).expect("a key")
}

#[test]
fn all_trustees_end_with_one_key_and_shares_that_fit() {
    let quorum = Quorum::new(3, 5).expect("a quorum");
    let shares = generate(&id("crm", 1), quorum);
    for share in &shares {
        assert_eq!(share.public(), shares[0].public());
        let read = UnverifiedKeyShare::decode(&share.expose_encoded()).expect("decodes").verify().expect("fits");
        assert_eq!(read.node(), share.node());
        assert_eq!(read.scalar(), share.scalar());
        let public = UnverifiedPublicKeys::decode(&share.public().encode()).expect("decodes").verify();
        assert_eq!(public.as_ref(), Ok(share.public()));
    }
    let other = generate(&id("crm", 1), quorum);
    assert_ne!(other[0].public().joint(), shares[0].public().joint());
}

#[test]
fn renewed_shares_are_other_shares_of_the_same_key() {
    let quorum = Quorum::new(2, 3).expect("a quorum");
    let old = generate(&id("crm", 1), quorum);
    let before: Vec<_> = old.iter().map(|share| *share.scalar()).collect();
    let joint = *old[0].public().joint();
    let begun = old.into_iter().map(|share| refresh::begin(share).expect("begins")).collect();
    let new = run(begun, quorum, |_, _, _| ()).expect("renewed");
    for (share, before) in new.iter().zip(&before) {
        assert_eq!(*share.public().joint(), joint);
        assert_eq!(share.public().generation(), 1);
        assert_ne!(share.scalar(), before);
        UnverifiedKeyShare::decode(&share.expose_encoded()).expect("decodes").verify().expect("fits");
    }
    // Any two new shares interpolate to the key; a new one with an old one does not.
    let nodes: Vec<NodeId> = quorum.ids().take(2).collect();
    let weights = crate::lagrange::coefficients(&nodes, 0);
    let joined = |a: &curve25519_dalek::Scalar, b: &curve25519_dalek::Scalar| {
        curve25519_dalek::RistrettoPoint::mul_base(&(weights[0] * a + weights[1] * b)) == joint.0
    };
    assert!(joined(new[0].scalar(), new[1].scalar()));
    assert!(joined(&before[0], &before[1]));
    assert!(!joined(new[0].scalar(), &before[1]));
}

#[test]
fn a_trustee_that_sends_a_wrong_share_is_named() {
    let quorum = Quorum::new(2, 3).expect("a quorum");
    let begun = quorum.ids().map(|node| dkg::begin(id("crm", 1), quorum, node).expect("begins")).collect();
    let result = run(begun, quorum, |from, to, bytes| {
        if (from.number(), to.number()) == (2, 3) {
            let at = bytes.len() - 32;
            bytes[at] ^= 1;
        }
    });
    let culprit = NodeId::new(2).expect("a node");
    assert_eq!(result.err(), Some(KeyError::Culprits { culprits: vec![culprit] }));
}

#[test]
fn a_trustee_that_cannot_prove_its_commitment_is_named() {
    let quorum = Quorum::new(2, 3).expect("a quorum");
    let mut begun: Vec<_> = quorum.ids().map(|node| dkg::begin(id("crm", 1), quorum, node).expect("begins")).collect();
    // Node 3 repeats what node 2 committed to.
    let stolen = begun[1].1.encode();
    begun[2].1 = Broadcast::decode(&stolen).expect("decodes");
    let culprit = NodeId::new(3).expect("a node");
    assert_eq!(run(begun, quorum, |_, _, _| ()).err(), Some(KeyError::Culprits { culprits: vec![culprit] }));
}

#[test]
fn trustees_that_saw_different_messages_do_not_use_the_key() {
    let quorum = Quorum::new(2, 3).expect("a quorum");
    let shares = generate(&id("crm", 1), quorum);
    assert_eq!(shares.len(), 3);
    let begun: Vec<_> = quorum.ids().map(|node| dkg::begin(id("crm", 1), quorum, node).expect("begins")).collect();
    let sent: BTreeMap<NodeId, Vec<u8>> = quorum.ids().zip(&begun).map(|(node, (_, b))| (node, b.encode())).collect();
    let nodes: Vec<NodeId> = quorum.ids().collect();
    let mut rounds = begun.into_iter().map(|(round, _)| round);
    let (round, _) = rounds.next().expect("first").next(received(&sent, nodes[0])).expect("second");
    let mut private = BTreeMap::new();
    for (node, round) in nodes[1..].iter().zip(rounds) {
        let (_, messages) = round.next(received(&sent, *node)).expect("second");
        private.extend(messages.into_iter().filter(|(to, _)| *to == nodes[0]).map(|(_, m)| (*node, m)));
    }
    let (candidate, own) = round.finish(&private).expect("finishes");
    let others = BTreeMap::from([(nodes[1], own), (nodes[2], Confirmation([0; 32]))]);
    assert_eq!(candidate.confirm(&others).err(), Some(KeyError::NotConfirmed { nodes: vec![nodes[2]] }));
}

#[test]
fn messages_of_another_key_or_missing_ones_are_refused() {
    let quorum = Quorum::new(2, 3).expect("a quorum");
    let nodes: Vec<NodeId> = quorum.ids().collect();
    let other = dkg::begin(id("shop", 1), quorum, nodes[1]).expect("begins").1;
    let fine = dkg::begin(id("crm", 1), quorum, nodes[2]).expect("begins").1;
    let round = || dkg::begin(id("crm", 1), quorum, nodes[0]).expect("begins").0;
    let mixed = BTreeMap::from([(nodes[1], other.clone()), (nodes[2], fine.clone())]);
    assert_eq!(round().next(mixed).err(), Some(KeyError::OtherKey { node: nodes[1] }));
    let few = BTreeMap::from([(nodes[2], fine)]);
    assert_eq!(round().next(few).err(), Some(KeyError::Party { node: nodes[1] }));
    let stranger = NodeId::new(4).expect("a node");
    assert_eq!(dkg::begin(id("crm", 1), quorum, stranger).err(), Some(KeyError::Party { node: stranger }));
}

#[test]
fn public_keys_that_contradict_each_other_are_refused() {
    let quorum = Quorum::new(2, 4).expect("a quorum");
    let share = generate(&id("crm", 1), quorum).remove(0);
    let good = share.public().encode();
    let at = good.len() - 5 * 32;
    for key in 0..5 {
        let mut bad = good.clone();
        let own = crate::oprf::SecretKey::generate().expect("a key").public().to_bytes();
        bad[at + key * 32..at + (key + 1) * 32].copy_from_slice(&own);
        let read = UnverifiedPublicKeys::decode(&bad).expect("decodes").verify();
        assert!(matches!(read, Err(KeyError::Contradiction { .. })), "key {key}");
    }
    let mut bytes = share.expose_encoded().to_vec();
    bytes[8] = 2;
    let read = UnverifiedKeyShare::decode(&bytes).expect("decodes").verify();
    assert!(matches!(read, Err(KeyError::Share { .. })));
}

#[test]
fn names_and_quorums_are_checked() {
    for bad in ["", "C", "1a", "a_b", "a.b", "a-", "ä", &"a".repeat(33)] {
        assert!(bad.parse::<Domain>().is_err(), "{bad:?}");
    }
    assert!("crm-2".parse::<Domain>().is_ok());
    for (t, k) in [(1, 3), (0, 0), (3, 3), (4, 3), (2, 33)] {
        assert!(Quorum::new(t, k).is_err(), "{t} of {k}");
    }
    assert!(NodeId::new(0).is_err() && NodeId::new(33).is_err());
    assert!(Epoch::new(0).is_err());
}
