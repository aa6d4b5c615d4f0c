//! Evidence: it convicts only who signed two things where it may sign one.

use crate::statement::plan;
use crate::world::{charter, identity};
use guildhall_federation::evidence::{Contradiction, SignedBody, signed_twice};
use guildhall_federation::statement::{encode, sign};
use guildhall_federation::trustee::SumShareStatement;
use guildhall_kpi::KpiVector;
use guildhall_mpc::{Author, Role, contribute};
use std::sync::OnceLock;

/// Where a body names its round: in every process a new one.
const ROUND: std::ops::Range<usize> = 4..36;

/// Two bodies that member 0 signed with one sequence number, and one with another.
fn signed() -> &'static [SignedBody; 3] {
    static SIGNED: OnceLock<[SignedBody; 3]> = OnceLock::new();
    SIGNED.get_or_init(|| {
        let plan = plan();
        let keys = plan.manifest.seal_keys().expect("valid keys");
        [(3, 1), (40, 1), (5, 2)].map(|(value, sequence)| {
            let figures = KpiVector::new(&plan.manifest.schema, vec![Some(value)]).expect("in range");
            let author = Author { role: Role::Member, index: 0, sequence };
            let circuit = plan.member_circuit(&[true]).expect("fits");
            let made = contribute(plan.round(), &circuit, author, &[true], &plan.form().encode(&figures), &keys);
            let body = made.expect("valid").body;
            let signature = identity("m0").sign_statement("guildhall/contribution/v1", &body.id());
            SignedBody { body: body.as_bytes().to_vec(), signature }
        })
    })
}

/// Reads two signatures and two bodies of equal length.
pub fn contradiction(bytes: &[u8]) {
    let Some((signatures, bodies)) = bytes.split_at_checked(128) else { return };
    let (first, second) = bodies.split_at(bodies.len() / 2);
    let part = |signature: &[u8], body: &[u8]| {
        let mut body = body.to_vec();
        if let Some(named) = body.get_mut(ROUND) {
            named.copy_from_slice(plan().id.as_bytes());
        }
        SignedBody { body, signature: signature.try_into().expect("64 bytes") }
    };
    let evidence = Contradiction { first: part(&signatures[..64], first), second: part(&signatures[64..], second) };
    if evidence.verify(plan()).is_ok() {
        let [one, other, _] = signed();
        let shown = [&evidence.first.body, &evidence.second.body];
        assert!(shown == [&one.body, &other.body] || shown == [&other.body, &one.body]);
    }
}

/// Every pair of the three bodies: only the first two contradict each other.
pub fn contradiction_seeds() -> Vec<Vec<u8>> {
    let pair = |a: &SignedBody, b: &SignedBody| [&a.signature[..], &b.signature, &a.body, &b.body].concat();
    signed().iter().flat_map(|a| signed().iter().map(move |b| pair(a, b))).collect()
}

/// Two sum shares of trustee 1 for one set, the same in every process.
fn shares() -> [[Vec<u8>; 2]; 2] {
    ["00", "01"].map(|byte| {
        let set = guildhall_federation::Id::new([0; 32]);
        let share = byte.repeat(16);
        let bytes = encode(&SumShareStatement { study: "fuzz".to_owned(), round: 1, set, trustee: 1, share });
        let note = sign::<SumShareStatement>(&bytes, &identity("trustee-1")).expect("a plain name");
        [bytes, note.encode().into_bytes()]
    })
}

/// Reads two statements, each followed by its note, with zeros between them.
pub fn twice(bytes: &[u8]) {
    let parts: Vec<&[u8]> = bytes.split(|byte| *byte == 0).collect();
    let [first, note, second, other] = parts[..] else { return };
    if signed_twice::<SumShareStatement>(&charter(), 1, (first, note), (second, other)).is_ok() {
        let known = shares();
        assert!(first != second && [first, second].iter().all(|shown| known.iter().any(|[share, _]| share == shown)));
    }
}

/// The two against each other, and one against itself.
pub fn twice_seeds() -> Vec<Vec<u8>> {
    let [one, other] = shares();
    let join = |a: &[Vec<u8>; 2], b: &[Vec<u8>; 2]| [&a[0][..], &a[1], &b[0], &b[1]].join(&0);
    vec![join(&one, &other), join(&one, &one)]
}
