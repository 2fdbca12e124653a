"""`curl` for machines that have none, as far as the documentation uses it: URLs, -s, -H, -d and -o."""

import argparse
import sys
from pathlib import Path

import httpx


def main() -> None:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("urls", nargs="+")
    parser.add_argument("-s", action="store_true")
    parser.add_argument("-H", action="append", default=[])
    parser.add_argument("-d")
    parser.add_argument("-o")
    told = parser.parse_args()
    headers = dict(line.split(": ", 1) for line in told.H)
    for url in told.urls:
        method = "GET" if told.d is None else "POST"
        response = httpx.request(method, url, content=told.d, headers=headers, trust_env=False, timeout=30)
        if told.o is None:
            sys.stdout.write(response.text)
        else:
            Path(told.o).write_bytes(response.content)


if __name__ == "__main__":
    main()
