"""k, l and t of one table: pycanon and ours, CPU seconds of one process each, the best of several turns.

pycanon reads the table again for each figure, as its users do; reading is not counted on either side. Ours computes all
figures of a sensitive column in one pass, so its one time stands beside the sum of the three.

    python3 -m venv target/peers && target/peers/bin/pip install pycanon==1.3.6
    cargo build -p guildhall-anonymise --example klt
    target/peers/bin/python benches/peers/anonymity.py --file adult.csv --delimiter ';' \
        --ours target/debug/examples/klt --sensitive salary-class --quasi age education occupation sex native-country
"""

import argparse
import json
import subprocess
import time


def best(turns, work):
    least, value = float("inf"), None
    for _ in range(turns):
        start = time.process_time()
        value = work()
        least = min(least, time.process_time() - start)
    return least, value


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--file", required=True)
    parser.add_argument("--delimiter", default=",")
    parser.add_argument("--ours", required=True)
    parser.add_argument("--sensitive", required=True)
    parser.add_argument("--quasi", nargs="+", required=True)
    parser.add_argument("--turns", type=int, default=3)
    args = parser.parse_args()

    import pandas
    from pycanon import anonymity

    data = pandas.read_csv(args.file, sep=args.delimiter)
    figures = {
        "k": lambda: anonymity.k_anonymity(data, args.quasi),
        "l": lambda: anonymity.l_diversity(data, args.quasi, [args.sensitive]),
        "t": lambda: anonymity.t_closeness(data, args.quasi, [args.sensitive]),
    }
    total = 0.0
    for name, work in figures.items():
        spent, value = best(args.turns, work)
        total += spent
        print(f"pycanon {name} = {value}: {spent:.3f} s")
    command = [args.ours, args.file, args.delimiter, args.sensitive, *args.quasi]
    ours = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    print(f"ours k = {ours['k']}, l = {ours['l']}, t = {ours['t']}: {ours['cpu_s']:.4f} s (reading {ours['parse_s']:.3f} s)")
    print(f"pycanon {total:.3f} s, ours {ours['cpu_s']:.4f} s, ratio {total / ours['cpu_s']:.0f}")


if __name__ == "__main__":
    main()
