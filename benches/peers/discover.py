"""Throughput of Presidio's pattern recognisers on one file, next to `guildhall scan`'s scanner.

    pip install presidio-analyzer            # 2.2 or later; the language model is not used
    python benches/peers/discover.py FILE    # runs both: Presidio here, ours through cargo bench

CPU time of one process. Only the recognisers of kinds that both know are compared.
"""

import subprocess
import sys
import time

from presidio_analyzer.predefined_recognizers import (
    CreditCardRecognizer,
    EmailRecognizer,
    IbanRecognizer,
    IpRecognizer,
    PhoneRecognizer,
    UrlRecognizer,
    UsSsnRecognizer,
)

KINDS = [CreditCardRecognizer, EmailRecognizer, IbanRecognizer, IpRecognizer, PhoneRecognizer, UrlRecognizer, UsSsnRecognizer]


def presidio(lines):
    recognisers = [kind() for kind in KINDS]
    start = time.process_time()
    found = 0
    for line in lines:
        for recogniser in recognisers:
            found += len(recogniser.analyze(line, recogniser.supported_entities, None) or [])
    return found, time.process_time() - start


def main():
    path = sys.argv[1]
    with open(path, encoding="utf-8") as file:
        text = file.read()
    size = len(text.encode())
    found, seconds = presidio(text.split("\n"))
    print(f"presidio patterns            {size / 1e6:8.1f} MB {seconds * 1e3:8.1f} ms {size / 1e6 / seconds:8.3f} MB/s, {found} findings")
    subprocess.run(["cargo", "bench", "-q", "-p", "guildhall-data", "--bench", "discover", "--", path], check=True)


main()
