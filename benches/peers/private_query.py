"""Count, sum, mean and median of 10 million rows in 20 groups: polars without privacy and OpenDP's Polars layer.

The rows have the distribution of the bench `private_query`: one per customer, 20 segments with weights rank^-0.8,
amounts lognormal(4, 0.9). Each figure comes from a process of its own and is the least of several turns; OpenDP scans
the Parquet file inside the query, as our second engine does. Epsilon is 1 for each statistic, bounds are 0 to 500.

    python3 -m venv target/peers && target/peers/bin/pip install 'opendp[polars]==0.16.0' numpy
    target/peers/bin/python benches/peers/private_query.py --rows 10000000 --folder target/peers
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time

LO, HI = 0.0, 500.0
STATISTICS = ["count", "sum", "mean", "median"]


def write(path, rows):
    import numpy as np
    import polars as pl

    rng = np.random.default_rng(42)
    weights = 1 / np.arange(1, 21) ** 0.8
    segments = rng.choice(20, rows, p=weights / weights.sum())
    amount = np.exp(rng.normal(4.0, 0.9, rows))
    labels = np.array([f"S{i:02d}" for i in range(20)])
    pl.DataFrame({"segment": labels[segments], "amount": amount}).write_parquet(path)


def plain(path, statistic):
    import polars as pl

    amount = pl.col("amount")
    figure = {"count": pl.len(), "sum": amount.clip(LO, HI).sum(), "mean": amount.clip(LO, HI).mean(),
              "median": amount.median()}[statistic]
    return lambda: pl.scan_parquet(path).group_by("segment").agg(figure.alias("v")).collect()


def private(path, statistic, rows):
    import opendp.prelude as dp
    import polars as pl

    dp.enable_features("contrib")
    margin = dp.polars.Margin(by=["segment"], max_length=rows, max_groups=20, invariant="keys")
    amount = pl.col("amount").fill_nan(0.0).fill_null(0.0)

    def query():
        context = dp.Context.compositor(
            data=pl.scan_parquet(path), privacy_unit=dp.unit_of(contributions=1),
            privacy_loss=dp.loss_of(epsilon=1.0), split_evenly_over=1, margins=[margin])
        figure = {"count": dp.len(), "sum": amount.dp.sum((LO, HI)), "mean": amount.dp.mean((LO, HI)),
                  "median": amount.dp.median([float(x) for x in range(0, 501, 2)])}[statistic]
        return context.query().group_by("segment").agg(figure.alias("v")).release().collect()

    return query


def work(library, statistic, path, rows, turns):
    query = plain(path, statistic) if library == "polars" else private(path, statistic, rows)
    best = {"cpu": float("inf"), "wall": float("inf")}
    for _ in range(turns):
        cpu, wall = time.process_time(), time.perf_counter()
        query()
        best["cpu"] = min(best["cpu"], time.process_time() - cpu)
        best["wall"] = min(best["wall"], time.perf_counter() - wall)
    best["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(best))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--folder", default=".")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--worker", nargs=2)
    args = parser.parse_args()
    path = os.path.join(args.folder, f"peers_{args.rows}.parquet")
    if args.worker:
        return work(*args.worker, path, args.rows, args.turns)
    if not os.path.exists(path):
        write(path, args.rows)
    print("| library | statistic | CPU s | wall s | memory MB |\n|---|---|---|---|---|")
    for statistic in STATISTICS:
        for library in ["polars", "opendp"]:
            command = [sys.executable, "-W", "ignore", __file__, "--rows", str(args.rows), "--folder", args.folder,
                       "--turns", str(args.turns), "--worker", library, statistic]
            told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            best = json.loads(told.strip().splitlines()[-1])
            print(f"| {library} | {statistic} | {best['cpu']:.2f} | {best['wall']:.2f} | {best['memory']:.0f} |", flush=True)


if __name__ == "__main__":
    main()
