"""How many customers two parties share: OpenMined PSI and ours, in one run, in processor seconds of all parties.

OpenMined PSI (openmined-psi 2.0.6) counts an intersection of two sets: elliptic-curve Diffie-Hellman on P-256, with
`reveal_intersection=False`, so that the client learns the size only. Ours lets any number of members count, encrypts the
sets to a comparing party that is no member, and checks them for customers that are there twice; its time is that of both
members and the comparing party. Turns alternate, so that a machine that slows down slows both; each figure is the least
of all turns.

    python3 -m venv target/peers && target/peers/bin/pip install openmined-psi==2.0.6
    cargo build --release -p guildhall-pseudonym --bench overlap
    target/peers/bin/python benches/peers/overlap.py --size 10000 --ours target/release/deps/overlap-*
"""

import argparse
import json
import subprocess
import time


def peer(size):
    import private_set_intersection.python as psi

    server_items = [f"customer-{n:09}" for n in range(size)]
    client_items = [f"customer-{n:09}" for n in range(size // 2, size // 2 + size)]
    start = time.process_time()
    client, server = psi.client.CreateWithNewKey(False), psi.server.CreateWithNewKey(False)
    request = client.CreateRequest(client_items)
    setup = server.CreateSetupMessage(1e-9, size, server_items, psi.DataStructure.GCS)
    response = server.ProcessRequest(request)
    found = client.GetIntersectionSize(setup, response)
    spent = time.process_time() - start
    assert found == size // 2, found
    sent = [message.ByteSize() for message in (request, setup, response)]
    return spent, sum(sent)


def ours(program, size):
    told = subprocess.run([program, "2", str(size), "--json"], check=True, capture_output=True, text=True).stdout
    cost = json.loads(told)
    return sum(cost["members"]) + cost["comparer_cpu"], cost["bytes"], cost["member_cpu"]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--size", type=int, default=10_000)
    arguments.add_argument("--turns", type=int, default=5)
    arguments.add_argument("--ours", required=True, help="the bench program `overlap`")
    given = arguments.parse_args()
    theirs, own = [], []
    for _ in range(given.turns):
        theirs.append(peer(given.size))
        own.append(ours(given.ours, given.size))
    (their_cpu, their_bytes), (own_cpu, own_bytes, member) = min(theirs), min(own)
    print(f"two sets of {given.size}, least of {given.turns} turns")
    print(f"OpenMined PSI  {their_cpu:6.2f} s CPU, {their_bytes / 1e6:.2f} MB of messages")
    print(f"ours           {own_cpu:6.2f} s CPU, {own_bytes / 1e6:.2f} MB of messages; {member:.2f} s for a member")
    print(f"ratio          {own_cpu / their_cpu:6.2f}")


if __name__ == "__main__":
    main()
