//! Joint pseudonyms next to `voprf` (RFC 9497, one server) and `libpep` (polymorphic pseudonyms, all servers needed).
//!
//! All operations take turns in one process; a time is the median of its turns, in CPU time per identifier. Before
//! anything is timed, outputs are compared with those of `voprf`: the same key and input give the same bytes.

#[path = "../../../pseudonym/operations.rs"]
mod operations;

use cpu_time::ProcessTime;
use curve25519_dalek::Scalar;
use guildhall_pseudonym::oprf::{self, Mode, SecretKey};
use libpep::elgamal::arithmetic::{Group, Ristretto255};
use libpep::elgamal::{ElGamal, primitives};
use operations::{BATCH, Operation};
use std::hint::black_box;
use voprf::{BlindedElement, OprfClient, OprfServer, Ristretto255 as Suite, VoprfClient, VoprfServer};

const TURNS: usize = 21;

fn main() {
    agree();
    let mut operations = operations::all();
    operations.extend([one_server(), verifiable(), client(), polymorphic()]);
    let mut times = vec![Vec::new(); operations.len()];
    for _ in 0..TURNS {
        for (operation, times) in operations.iter_mut().zip(&mut times) {
            let start = ProcessTime::now();
            (operation.run)();
            times.push(start.elapsed().as_secs_f64() * 1e6 / BATCH as f64);
        }
    }
    let median = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[TURNS / 2]
    };
    let medians: Vec<f64> = times.iter_mut().map(median).collect();
    println!("| operation, per identifier in a batch of {BATCH} | us | limit / this |\n|---|---|---|");
    for (operation, time) in operations.iter().zip(&medians) {
        println!("| {} | {time:.1} | {:.2} |", operation.name, medians[0] / time);
    }
}

/// Outputs of both implementations are the same, over a thousand random inputs.
fn agree() {
    let mut bytes = [0; 64];
    rand_core::RngCore::fill_bytes(&mut rand_core::OsRng, &mut bytes);
    let scalar = Scalar::from_bytes_mod_order_wide(&bytes).to_bytes();
    let server = OprfServer::<Suite>::new_with_key(&scalar).expect("a key");
    let key = SecretKey::from_bytes(&scalar).expect("a key");
    for i in 0..1000u32 {
        let input = i.to_be_bytes();
        let theirs = server.evaluate(&input).expect("an output");
        let ours = oprf::evaluate_directly(Mode::Oprf, &key, &input).expect("an output");
        assert_eq!(theirs[..], ours[..], "input {i}");
    }
}

fn input(i: usize) -> Vec<u8> {
    format!("customer {i}").into_bytes()
}

fn one_server() -> Operation {
    let server = OprfServer::<Suite>::new(&mut rand_core::OsRng).expect("a key");
    let blind = |i| OprfClient::<Suite>::blind(&input(i), &mut rand_core::OsRng).expect("blinded").message.serialize();
    let sent: Vec<_> = (0..BATCH).map(blind).collect();
    let run = move || {
        for bytes in &sent {
            let element = BlindedElement::<Suite>::deserialize(bytes).expect("an element");
            black_box(server.blind_evaluate(&element).serialize());
        }
    };
    Operation { name: "voprf 0.5.0: evaluate, one server", run: Box::new(run) }
}

fn verifiable() -> Operation {
    let server = VoprfServer::<Suite>::new(&mut rand_core::OsRng).expect("a key");
    let blind = |i| VoprfClient::<Suite>::blind(&input(i), &mut rand_core::OsRng).expect("blinded").message.serialize();
    let sent: Vec<_> = (0..BATCH).map(blind).collect();
    let run = move || {
        let decode = |bytes| BlindedElement::<Suite>::deserialize(bytes).expect("an element");
        let elements: Vec<_> = sent.iter().map(|bytes| decode(bytes.as_slice())).collect();
        let done = server.batch_blind_evaluate(&mut rand_core::OsRng, &elements).expect("evaluated");
        done.messages.iter().for_each(|message| drop(black_box(message.serialize())));
        black_box(done.proof.serialize());
    };
    Operation { name: "voprf 0.5.0: evaluate and prove, one server", run: Box::new(run) }
}

fn client() -> Operation {
    let run = || {
        for i in 0..BATCH {
            let blinded = OprfClient::<Suite>::blind(&input(i), &mut rand_core::OsRng).expect("blinded");
            black_box(blinded.message.serialize());
        }
    };
    Operation { name: "voprf 0.5.0: blind", run: Box::new(run) }
}

/// What each of libpep's transcryptors does to a pseudonym: decode, reshuffle and rekey, encode. All of them must.
fn polymorphic() -> Operation {
    let mut rng = rand10::rng();
    let (shuffle, rekey) = (Ristretto255::random_scalar(&mut rng), Ristretto255::random_scalar(&mut rng));
    let public = Ristretto255::random_element(&mut rng);
    let encrypt = |_| {
        let element = Ristretto255::random_element(&mut rng);
        libpep::elgamal::encrypt::<Ristretto255, _>(&element, &public, &mut rng).to_bytes()
    };
    let sent: Vec<_> = (0..BATCH).map(encrypt).collect();
    let run = move || {
        for bytes in &sent {
            let encrypted = ElGamal::<Ristretto255>::from_slice(bytes).expect("a ciphertext");
            black_box(primitives::rsk(&encrypted, &shuffle, &rekey).to_bytes());
        }
    };
    Operation { name: "libpep 0.14.0: one transcryptor, without proof", run: Box::new(run) }
}
