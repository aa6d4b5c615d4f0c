"""Presidio and the scanner of `guildhall scan` on the same lines of one text, CPU seconds of one process each.

    python3 -m venv target/peers && target/peers/bin/pip install presidio-analyzer
    cargo build -p guildhall-data --example findings        # or --release
    target/peers/bin/python benches/peers/discover.py --file TEXT --ours target/debug/examples/findings

Only the recognisers of kinds that both know are compared, without Presidio's language model. Presidio gets the lines one
by one, as its users give it texts; so does the scanner. `--lines` takes the first so many of both.
"""

import argparse
import json
import subprocess
import time


def presidio(lines):
    from presidio_analyzer import predefined_recognizers as known

    names = ["CreditCard", "Email", "Iban", "Ip", "Phone", "Url", "UsSsn"]
    recognisers = [getattr(known, name + "Recognizer")() for name in names]
    start = time.process_time()
    found = 0
    for line in lines:
        for recogniser in recognisers:
            found += len(recogniser.analyze(line, recogniser.supported_entities, None) or [])
    return found, time.process_time() - start


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--file", required=True)
    parser.add_argument("--ours", required=True)
    parser.add_argument("--lines", type=int, default=1_000_000_000)
    args = parser.parse_args()

    with open(args.file, encoding="utf-8", newline="\n") as file:
        lines = file.read().split("\n")[: args.lines]
    size = len("\n".join(lines).encode()) / 1e6
    found, theirs = presidio(lines)
    print(f"presidio {size:.3f} MB: {theirs:.3f} s, {size / theirs:.3f} MB/s, {found} findings")
    ours = json.loads(subprocess.run([args.ours, args.file, str(len(lines))], check=True, capture_output=True, text=True).stdout)
    print(f"ours     {size:.3f} MB: {ours['cpu_s']:.5f} s, {size / ours['cpu_s']:.1f} MB/s, {ours['found']} findings")
    print(f"ratio {theirs / ours['cpu_s']:.0f}")


if __name__ == "__main__":
    main()
