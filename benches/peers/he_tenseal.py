"""TenSEAL's BFV on the workload of benches/he_linear.rs; CPU time per value, least of several repetitions.

pip install tenseal==0.3.18 numpy (Python 3.11); then: python benches/peers/he_tenseal.py
"""
import resource

import numpy as np
import tenseal as ts


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def bench(name, run, repetitions, values):
    times = []
    for _ in range(repetitions):
        start = cpu()
        result = run()
        times.append(cpu() - start)
    least = min(times)
    print(f"{name:<44} least {least * 1e3:9.3f} ms  {least / values * 1e9:10.3f} ns/value")
    return result


def chain_in_place(cts):
    total = cts[0] + cts[1]
    for ct in cts[2:]:
        total += ct
    return total


for symmetric in (False, True):
    kind = ts.ENCRYPTION_TYPE.SYMMETRIC if symmetric else ts.ENCRYPTION_TYPE.ASYMMETRIC
    ctx = ts.context(ts.SCHEME_TYPE.BFV, 4096, plain_modulus=1032193, encryption_type=kind)
    values = [i % 11 for i in range(4096)]
    ct = bench(f"BFV symmetric={symmetric} encrypt", lambda: ts.bfv_vector(ctx, values), 25, 4096)
    print("   bytes per value", len(ct.serialize()) / 4096)
    cts = [ts.bfv_vector(ctx, values) for _ in range(128)]
    total = bench("   sum of 128", lambda: chain_in_place(cts), 15, 128 * 4096)
    assert total.decrypt() == [128 * v for v in values]
    packed = [ct.serialize() for ct in cts]
    read = bench("   deserialize 128", lambda: [ts.bfv_vector_from(ctx, b) for b in packed], 7, 128 * 4096)
    bench("   deserialize and sum 128", lambda: chain_in_place([ts.bfv_vector_from(ctx, b) for b in packed]), 7, 128 * 4096)

rng = np.random.default_rng(1)
ctx = ts.context(ts.SCHEME_TYPE.BFV, poly_modulus_degree=4096, plain_modulus=1032193)
scores = rng.integers(0, 11, 100_000)
net = np.where(scores >= 9, 1, np.where(scores <= 6, -1, 0)).tolist()
chunks = [c + [0] * (4096 - len(c)) for c in (net[i : i + 4096] for i in range(0, len(net), 4096))]
cts = bench("NPS 100,000 encrypt", lambda: [ts.bfv_vector(ctx, c) for c in chunks], 5, len(net))
packed = [ct.serialize() for ct in cts]
print("   bytes", sum(map(len, packed)))
total = bench("   deserialize and sum", lambda: chain_in_place([ts.bfv_vector_from(ctx, b) for b in packed]), 7, len(net))
assert sum(total.decrypt()) == sum(net)
