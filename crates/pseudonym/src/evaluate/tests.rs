use super::*;
use crate::canonical::{Identifier, Rules};
use crate::key::{Domain, Epoch, KeyShare, PublicKeys, Quorum, tests::generate, tests::id};
use crate::lagrange;
use crate::oprf::{self, Mode, Output, SecretKey};
use crate::pseudonym::Pseudonym;
use crate::quota::Quota;
use crate::store::{ForgetfulStore, Recorded, Store};
use curve25519_dalek::Scalar;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

const NOW: u64 = 1_700_000_000;

pub(crate) fn access(members: &[&str], evaluations: u32) -> Access {
    let positive = |number| NonZeroU32::new(number).expect("positive");
    Access {
        members: members.iter().map(|name| name.parse().expect("a name")).collect::<BTreeSet<_>>(),
        quota: Quota { evaluations: positive(evaluations), window: positive(86_400) },
        epochs: BTreeMap::from([(Epoch::new(1).expect("an epoch"), Life { from: 0, until: None })]),
    }
}

/// One trustee per share.
pub(crate) fn trustees(shares: Vec<KeyShare>, access: &Access) -> Vec<Trustee<ForgetfulStore>> {
    let trustee = |share: KeyShare| {
        let mut trustee = Trustee::new(share.node(), ForgetfulStore::default());
        trustee.admit(share.public().id().domain.clone(), access.clone());
        trustee.keep(share).expect("kept");
        trustee
    };
    shares.into_iter().map(trustee).collect()
}

fn identifiers(count: usize) -> Vec<Identifier> {
    (0..count).map(|i| Rules::Plain.apply(&format!("customer {i}")).expect("an id")).collect()
}

fn member(name: &str) -> MemberName {
    name.parse().expect("a name")
}

/// The whole key, which nobody has outside tests.
fn whole(shares: &[KeyShare]) -> SecretKey {
    let threshold = usize::from(shares[0].public().quorum().threshold());
    let nodes: Vec<NodeId> = shares.iter().take(threshold).map(KeyShare::node).collect();
    let weights = lagrange::coefficients(&nodes, 0);
    SecretKey::of(weights.iter().zip(shares).map(|(weight, share)| weight * share.scalar()).sum())
}

fn replies(trustees: &mut [Trustee<ForgetfulStore>], request: &[u8]) -> BTreeMap<NodeId, Vec<u8>> {
    let answer = |trustee: &mut Trustee<ForgetfulStore>| {
        (trustee.node(), trustee.evaluate(&member("anna"), request, NOW).expect("answers").encode())
    };
    trustees.iter_mut().map(answer).collect()
}

/// All subsets of `size` of the replies.
fn subsets(all: &BTreeMap<NodeId, Vec<u8>>, size: usize) -> Vec<BTreeMap<NodeId, Vec<u8>>> {
    let entries: Vec<_> = all.iter().collect();
    (0u32..1 << entries.len())
        .filter(|mask| mask.count_ones() as usize == size)
        .map(|mask| {
            let chosen = entries.iter().enumerate().filter(|(i, _)| mask >> i & 1 == 1);
            chosen.map(|(_, (node, bytes))| (**node, (*bytes).clone())).collect()
        })
        .collect()
}

fn quorums_agree(threshold: u8, nodes: u8) {
    let shares = generate(&id("crm", 1), Quorum::new(threshold, nodes).expect("a quorum"));
    let (key, public) = (whole(&shares), shares[0].public().clone());
    let mut trustees = trustees(shares, &access(&["anna"], 1_000_000));
    let identifiers = identifiers(2);
    let direct: Vec<Output> = identifiers
        .iter()
        .map(|i| oprf::evaluate_directly(Mode::Oprf, &key, &i.frame("crm")).expect("output"))
        .collect();
    let asking = Asking::new(&public, &identifiers).expect("asks");
    let all = replies(&mut trustees, &asking.request().encode());
    let quorums = subsets(&all, usize::from(threshold));
    for quorum in &quorums {
        let outcome = asking.combine(quorum).expect("a quorum");
        assert_eq!(outcome.outputs, direct, "{:?}", quorum.keys());
    }
    for few in subsets(&all, usize::from(threshold) - 1) {
        let nodes: Vec<NodeId> = few.keys().copied().collect();
        let forced = asking.forced_for_tests(&few);
        assert!(forced.iter().zip(&direct).all(|(a, b)| a != b), "{nodes:?}");
        // Refused for their number, whatever they hold.
        let garbage = few.into_keys().map(|node| (node, Vec::new())).collect();
        assert!(matches!(asking.combine(&garbage), Err(EvaluateError::TooFew { .. })));
    }
}

#[test]
fn every_quorum_of_2_of_3_agrees_and_fewer_never_do() {
    quorums_agree(2, 3);
}

#[test]
fn every_quorum_of_3_of_5_agrees_and_fewer_never_do() {
    quorums_agree(3, 5);
}

#[test]
fn every_quorum_of_7_of_10_agrees_and_fewer_never_do() {
    quorums_agree(7, 10);
}

/// RFC 9497, A.1.1.1, evaluated by shares of its key.
#[test]
fn shares_of_the_key_of_the_rfc_give_its_output() {
    let bytes = |text: &str| -> Vec<u8> { hex::decode(text).expect("hex") };
    let key = bytes("5ebcea5ee37023ccb9fc2d2019f9d7737be85591ae8652ffa9ef0f4d37063b0e");
    let key = crate::group::scalar(&key.try_into().expect("32 bytes")).expect("a scalar");
    let output = bytes(
        "527759c3d9366f277d8c6020418d96bb393ba2afb20ff90df23fb7708264e2f3\
         ab9135e3bd69955851de4b1f9fe8a0973396719b7912ba9ee8aa7d0b5e24bcf6",
    );
    let slope: [Scalar; 2] = std::array::from_fn(|_| crate::random::scalar().expect("random"));
    let share = |x: u8| SecretKey::of(key + slope[0] * Scalar::from(x) + slope[1] * Scalar::from(x) * Scalar::from(x));
    let (blinds, sent) = oprf::blind(Mode::Oprf, &[[0u8]]).expect("blinded");
    for nodes in [[1, 2, 3], [1, 4, 5], [5, 3, 2]] {
        let partials: Vec<_> = nodes.map(|x| oprf::evaluate(&share(x), &sent).expect("evaluated")[0]).to_vec();
        let nodes: Vec<NodeId> = nodes.iter().map(|x| NodeId::new(*x).expect("a node")).collect();
        let at_zero = lagrange::AtZero::new(&nodes);
        let combined = at_zero.combined(&oprf::decoded(&partials).expect("points"));
        let outputs = oprf::unblinded(&[[0u8]], &blinds, &[combined], &at_zero.divisor());
        assert_eq!(outputs[0].as_slice(), output);
    }
}

#[test]
fn a_wrong_partial_is_refused_and_its_node_named() {
    let shares = generate(&id("crm", 1), Quorum::new(3, 5).expect("a quorum"));
    let public = shares[0].public().clone();
    let mut trustees = trustees(shares, &access(&["anna"], 1000));
    let asking = Asking::new(&public, &identifiers(5)).expect("asks");
    let good = replies(&mut trustees, &asking.request().encode());
    let liar = NodeId::new(2).expect("a node");
    let right = asking.combine(&good).expect("a quorum").outputs;
    let element = good[&liar].len() - 64 - 5 * 32;
    let foreign = SecretKey::generate().expect("a key").public().to_bytes();
    let mut altered = good.clone();
    altered.get_mut(&liar).expect("a reply")[element..element + 32].copy_from_slice(&foreign);
    let mut swapped = good.clone();
    swapped.get_mut(&liar).expect("a reply")[element..element + 64].rotate_left(32);
    let mut other_node = good.clone();
    other_node.insert(liar, good[&NodeId::new(3).expect("a node")].clone());
    let mut garbage = good.clone();
    garbage.insert(liar, b"garbage".to_vec());
    for bad in [altered, swapped, other_node, garbage] {
        let outcome = asking.combine(&bad).expect("four others are honest");
        assert_eq!(outcome.outputs, right);
        assert_eq!(outcome.bad, [liar]);
        let few: BTreeMap<_, _> = bad.into_iter().take(3).collect();
        let refused = asking.combine(&few).err().expect("too few");
        assert_eq!(refused.culprits(), [liar]);
        assert!(matches!(refused, EvaluateError::TooFew { good: 2, needed: 3, .. }));
    }
}

#[test]
fn ten_thousand_identifiers_share_no_pseudonym_across_domains() {
    let identifiers = identifiers(10_000);
    let mut seen = BTreeSet::new();
    let mut values = BTreeSet::new();
    for domain in ["crm", "shop"] {
        let shares = generate(&id(domain, 1), Quorum::new(2, 3).expect("a quorum"));
        let public = shares[0].public().clone();
        let mut trustees = trustees(shares, &access(&["anna"], 10_000));
        for chunk in identifiers.chunks(4000) {
            let asking = Asking::new(&public, chunk).expect("asks");
            let replies = replies(&mut trustees[..2], &asking.request().encode());
            for output in asking.combine(&replies).expect("a quorum").outputs {
                values.insert(output[..16].to_vec());
                let pseudonym = Pseudonym::new(public.id().domain.clone(), public.id().epoch, &output);
                seen.insert(pseudonym.to_string());
            }
        }
    }
    assert_eq!((seen.len(), values.len()), (20_000, 20_000));
}

#[test]
fn a_trustee_refuses_what_it_has_no_key_or_rule_for() {
    let shares = generate(&id("crm", 1), Quorum::new(2, 3).expect("a quorum"));
    let public = shares[0].public().clone();
    let mut trustee = trustees(shares, &access(&["anna"], 100)).remove(0);
    let mut ask = |keys: &PublicKeys, who: &str, now: u64| {
        let request = Asking::new(keys, &identifiers(1)).expect("asks").request().encode();
        trustee.evaluate(&member(who), &request, now)
    };
    ask(&public, "anna", NOW).expect("answers");
    assert!(matches!(ask(&public, "eve", NOW), Err(EvaluateError::NotAMember { .. })));
    for other in [id("shop", 1), id("crm", 2)] {
        let mut keys = public.clone();
        keys.set_id_for_tests(other.clone());
        match ask(&keys, "anna", NOW) {
            Err(EvaluateError::NoKey { id, .. }) => assert_eq!(id, other),
            _ => panic!("{other} was answered"),
        }
    }
    assert!(trustee.evaluate(&member("anna"), b"gh-prq-1", NOW).is_err());
}

#[test]
fn a_trustee_evaluates_with_no_key_for_resolution() {
    let resolution = KeyId::resolution("crm".parse().expect("a name"), Epoch::new(1).expect("an epoch"));
    let shares = generate(&resolution, Quorum::new(2, 3).expect("a quorum"));
    let mut keys = shares[0].public().clone();
    let mut trustee = trustees(shares, &access(&["anna"], 100)).remove(0);
    assert!(Asking::new(&keys, &identifiers(1)).is_err());
    keys.set_id_for_tests(id("crm", 1));
    let mut request = Asking::new(&keys, &identifiers(1)).expect("asks").request();
    request.id = resolution;
    let refused = trustee.evaluate(&member("anna"), &request.encode(), NOW);
    assert!(matches!(refused, Err(EvaluateError::NoKey { .. })));
}

#[test]
fn the_call_after_the_last_of_a_quota_is_refused_and_recorded() {
    let shares = generate(&id("crm", 1), Quorum::new(2, 3).expect("a quorum"));
    let public = shares[0].public().clone();
    let domain: Domain = "crm".parse().expect("a name");
    for mut trustee in trustees(shares, &access(&["anna", "ben"], 10)) {
        let mut ask = |who: &str, count: usize, now: u64| {
            let request = Asking::new(&public, &identifiers(count)).expect("asks").request().encode();
            trustee.evaluate(&member(who), &request, now).map(drop)
        };
        ask("anna", 6, NOW).expect("answers");
        ask("anna", 4, NOW).expect("answers");
        match ask("anna", 1, NOW) {
            Err(EvaluateError::Quota(QuotaError::Exceeded { asked: 1, left: 0, limit: 10, .. })) => (),
            other => panic!("the eleventh was not refused: {other:?}"),
        }
        ask("ben", 10, NOW).expect("another member has its own quota");
        // A clock that went back gives nothing again; the next window does.
        assert!(ask("anna", 1, NOW - 200_000).is_err());
        ask("anna", 10, NOW + 86_400).expect("the next window");
        assert!(ask("anna", 1, NOW + 86_400).is_err());
        assert_eq!(trustee.left(&domain, &member("anna"), NOW).expect("known"), 0);
        let refusal = trustee.store.last("refused/crm/anna/").expect("reads").expect("recorded");
        assert!(String::from_utf8(refusal.1).expect("text").contains("asked for 1"));
    }
}

#[test]
fn another_length_of_windows_gives_no_quota_again() {
    let shares = generate(&id("crm", 1), Quorum::new(2, 3).expect("a quorum"));
    let (public, domain) = (shares[0].public().clone(), "crm".parse::<Domain>().expect("a name"));
    let mut trustee = trustees(shares, &access(&["anna"], 10)).remove(0);
    let begun = NOW - NOW % 86_400;
    let mut ask = |length: u32, count: usize, now: u64| {
        let mut access = access(&["anna"], 10);
        access.quota.window = std::num::NonZeroU32::new(length).expect("positive");
        trustee.admit(domain.clone(), access);
        let request = Asking::new(&public, &identifiers(count)).expect("asks").request().encode();
        let answered = trustee.evaluate(&member("anna"), &request, now).is_ok();
        (answered, trustee.left(&domain, &member("anna"), now).expect("known"))
    };
    assert_eq!(ask(86_400, 10, begun + 60), (true, 0));
    // Shorter windows begin when the day that was counted is over, and so do longer ones.
    for length in [60, 3_600, 80_000, 604_800] {
        assert_eq!(ask(length, 1, begun + 86_399), (false, 0), "{length}");
    }
    assert_eq!(ask(3_600, 10, begun + 86_400), (true, 0));
    assert_eq!(ask(604_800, 1, begun + 86_400 + 3_599), (false, 0));
    // A long window that began before the hour was over counts from there on, and only once.
    assert_eq!(ask(604_800, 10, begun + 86_400 + 3_600), (true, 0));
    assert_eq!(ask(604_800, 1, begun + 86_400 + 3_601), (false, 0));
    assert_eq!(ask(60, 1, begun + 86_400 + 7_200), (false, 0));
}

/// A store that fails once something is recorded: nothing may have been evaluated then.
struct Failing(ForgetfulStore);

impl Store for Failing {
    fn record(&mut self, key: &str, value: &[u8]) -> Result<Recorded, StoreError> {
        if key.starts_with("quota/") {
            return Err(StoreError::Failed("the disk is full".into()));
        }
        self.0.record(key, value)
    }
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.get(key)
    }
    fn last(&self, prefix: &str) -> Result<Option<(String, Vec<u8>)>, StoreError> {
        self.0.last(prefix)
    }
    fn keys(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        self.0.keys(prefix)
    }
    fn erase(&mut self, key: &str) -> Result<bool, StoreError> {
        self.0.erase(key)
    }
}

#[test]
fn what_cannot_be_counted_is_not_answered() {
    let share = generate(&id("crm", 1), Quorum::new(2, 3).expect("a quorum")).remove(0);
    let public = share.public().clone();
    let mut trustee = Trustee::new(share.node(), Failing(ForgetfulStore::default()));
    trustee.admit("crm".parse().expect("a name"), access(&["anna"], 10));
    trustee.keep(share).expect("kept");
    let request = Asking::new(&public, &identifiers(1)).expect("asks").request().encode();
    let refused = trustee.evaluate(&member("anna"), &request, NOW);
    assert!(matches!(refused, Err(EvaluateError::Quota(QuotaError::Store(StoreError::Failed(_))))));
}

/// Two attempts to make one generation of shares: the second is no conflict, and only what is agreed is used.
#[test]
fn of_several_shares_the_agreed_one_is_used_and_kept() {
    let quorum = Quorum::new(2, 3).expect("a quorum");
    let (agreed, other) = (generate(&id("crm", 1), quorum), generate(&id("crm", 1), quorum));
    let public = agreed[0].public().clone();
    let strange = generate(&id("crm", 1), quorum)[0].public().clone();
    let mut trustees = trustees(agreed, &access(&["anna"], 1000));
    let asking = Asking::new(&public, &identifiers(2)).expect("asks");
    let request = asking.request().encode();
    let before = asking.combine(&replies(&mut trustees, &request)).expect("a quorum").outputs;
    for (trustee, share) in trustees.iter_mut().zip(other) {
        trustee.go_by(public.clone());
        trustee.keep(share).expect("beside the first");
        // Before and after the other one is destroyed, and also where it lies in the store alone.
        assert_eq!(trustee.take(public.id()).expect("there").public(), &public);
        assert!(matches!(trustee.destroy_others(&strange), Err(EvaluateError::NoKey { .. })));
        assert_eq!(trustee.destroy_others(&public).expect("destroyed"), 1);
        assert_eq!(trustee.destroy_others(&public).expect("nothing"), 0);
        trustee.go_by(strange.clone());
        assert!(matches!(trustee.take(public.id()), Err(EvaluateError::NoKey { .. })));
        trustee.go_by(public.clone());
    }
    assert_eq!(asking.combine(&replies(&mut trustees, &request)).expect("a quorum").outputs, before);
}

#[test]
fn an_epoch_is_served_until_its_end_and_then_destroyed() {
    let shares = generate(&id("crm", 1), Quorum::new(2, 3).expect("a quorum"));
    let public = shares[0].public().clone();
    let domain: Domain = "crm".parse().expect("a name");
    let mut rules = access(&["anna"], 100);
    rules.epochs.insert(Epoch::new(1).expect("an epoch"), Life { from: NOW, until: Some(NOW + 100) });
    let mut trustee = trustees(shares, &rules).remove(0);
    let request = Asking::new(&public, &identifiers(1)).expect("asks").request().encode();
    let ask = |trustee: &mut Trustee<ForgetfulStore>, now| trustee.evaluate(&member("anna"), &request, now).map(drop);
    assert!(matches!(ask(&mut trustee, NOW - 1), Err(EvaluateError::OutsideEpoch { .. })));
    ask(&mut trustee, NOW).expect("the first second");
    ask(&mut trustee, NOW + 99).expect("the last second");
    assert!(matches!(ask(&mut trustee, NOW + 100), Err(EvaluateError::OutsideEpoch { .. })));
    assert!(trustee.destroy_expired(&domain, NOW + 99).expect("nothing yet").is_empty());
    assert_eq!(trustee.destroy_expired(&domain, NOW + 100).expect("destroyed").len(), 1);
    // Even if its end is then declared later, the key is gone.
    trustee.admit(domain, access(&["anna"], 100));
    assert!(matches!(ask(&mut trustee, NOW), Err(EvaluateError::NoKey { .. })));
}

#[test]
fn messages_decode_as_they_were_encoded_and_not_otherwise() {
    let shares = generate(&id("crm", 1), Quorum::new(2, 3).expect("a quorum"));
    let public = shares[0].public().clone();
    let mut trustees = trustees(shares, &access(&["anna"], 100));
    let asking = Asking::new(&public, &identifiers(2)).expect("asks");
    let request = asking.request().encode();
    let reply = replies(&mut trustees[..1], &request).into_values().next().expect("a reply");
    assert_eq!(UnverifiedRequest::decode(&request).expect("decodes").len(), 2);
    for end in 0..request.len() {
        assert!(UnverifiedRequest::decode(&request[..end]).is_err());
    }
    for end in 0..reply.len() {
        assert!(UnverifiedReply::decode(&reply[..end]).is_err());
    }
    for bytes in [&request, &reply] {
        let longer = [bytes.as_slice(), b"x"].concat();
        assert!(UnverifiedRequest::decode(&longer).is_err() && UnverifiedReply::decode(&longer).is_err());
    }
    assert!(UnverifiedReply::decode(&request).is_err() && UnverifiedRequest::decode(&reply).is_err());
    assert!(UnverifiedRequest::decode(&vec![0; 10 << 20]).is_err());
}
