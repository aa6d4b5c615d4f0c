//! What a run over shared customers costs each party: processor seconds of all threads, all messages as bytes.
//!
//! `cargo bench -p guildhall-pseudonym --bench overlap -- MEMBERS SIZE [--json]`; without arguments 5 members of
//! 100,000 customers, and a failure above 60 processor seconds for a member.

use cpu_time::ProcessTime;
use guildhall_pseudonym::overlap::{
    Comparer, CustomerSet, Enrolled, LEAST_SET, Outgoing, Passing, Recipient, SetSalt, Terms, UnverifiedEnrolment,
};
use guildhall_pseudonym::{Rules, overlap::OverlapError};
use std::time::Instant;

/// Most processor seconds of a member with the default arguments.
const LIMIT: f64 = 60.0;

fn main() {
    let numbers: Vec<usize> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let asked = |flag: &str| std::env::args().any(|argument| argument == flag);
    let json = asked("--json");
    // `cargo test --benches` passes neither.
    if numbers.is_empty() && !asked("--bench") {
        return;
    }
    let (members, size) = match numbers.as_slice() {
        [members, size] => (*members, *size),
        _ => (5, 100_000),
    };
    let cost = run(members, size).expect("a run among honest parties ends");
    let most = cost.members.iter().copied().fold(0.0, f64::max);
    if json {
        println!(
            "{{\"members\":{:?},\"size\":{size},\"member_cpu\":{most:.3},\"comparer_cpu\":{:.3},\"wall\":{:.3},\
             \"bytes\":{}}}",
            cost.members, cost.comparer, cost.wall, cost.bytes
        );
    } else {
        println!("{members} members of {size} customers: {most:.2} processor seconds at most for a member,");
        println!("{:.2} for the comparing party; {:.2} s in all on this machine;", cost.comparer, cost.wall);
        println!("{:.1} MB of messages", cost.bytes as f64 / 1e6);
    }
    if numbers.is_empty() && most > LIMIT {
        eprintln!("more than {LIMIT} processor seconds for a member");
        std::process::exit(1);
    }
}

struct Cost {
    members: Vec<f64>,
    comparer: f64,
    wall: f64,
    bytes: usize,
}

fn timed<T>(spent: &mut f64, work: impl FnOnce() -> T) -> T {
    let start = ProcessTime::now();
    let done = work();
    *spent += start.elapsed().as_secs_f64();
    done
}

/// Half of every set is shared with the next member's.
fn customers(member: usize, size: usize) -> CustomerSet {
    let ids = (member * size / 2..).take(size);
    CustomerSet::new(ids.map(|id| Rules::Plain.apply(&format!("customer-{id:09}")).expect("an identifier")))
}

fn run(members: usize, size: usize) -> Result<Cost, OverlapError> {
    let sets: Vec<CustomerSet> = (0..members).map(|member| customers(member, size)).collect();
    let start = Instant::now();
    let mut cost = Cost { members: vec![0.0; members], comparer: 0.0, wall: 0.0, bytes: 0 };
    let mut enrolled = Vec::new();
    for (member, set) in sets.into_iter().enumerate() {
        let name = format!("member-{member}");
        let salt = SetSalt::draw()?;
        enrolled.push(timed(&mut cost.members[member], || Enrolled::new(&name, set, &salt, "bench"))?);
    }
    let comparer = Comparer::new("comparing party")?;
    let read = |member: &Enrolled| {
        let enrolment = member.enrolment();
        UnverifiedEnrolment::decode(&enrolment.encode())?.verify(enrolment.name())
    };
    let enrolments = enrolled.iter().map(read).collect::<Result<_, _>>()?;
    let terms = Terms::agree("bench", LEAST_SET, enrolments, comparer.key().clone())?;
    let mut comparing = comparer.begin(terms.clone())?;
    let (mut passing, mut waiting): (Vec<Passing>, Vec<Outgoing>) = (Vec::new(), Vec::new());
    for (member, one) in enrolled.into_iter().enumerate() {
        let (state, first) = timed(&mut cost.members[member], || one.begin(terms.clone()))?;
        passing.push(state);
        waiting.push(first);
    }
    let mut waiting: Vec<(usize, Outgoing)> = waiting.into_iter().enumerate().collect();
    while let Some((from, Outgoing { to, message })) = waiting.pop() {
        cost.bytes += message.len();
        let sender = format!("member-{from}");
        match to {
            Recipient::Member(member) => {
                let passed = timed(&mut cost.members[member], || passing[member].pass(&sender, &message))?;
                waiting.push((member, passed));
            }
            Recipient::Comparer => timed(&mut cost.comparer, || comparing.receive(&sender, &message))?,
        }
    }
    let regions = timed(&mut cost.comparer, || comparing.count())?;
    let own: u64 = regions.expose_counts().iter().sum();
    assert_eq!(own, (size * (members - 1) / 2 + size) as u64, "every customer is counted once");
    cost.wall = start.elapsed().as_secs_f64();
    Ok(cost)
}
