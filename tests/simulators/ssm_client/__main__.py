"""The consumer as a process."""

from __future__ import annotations

import argparse
import sys
from urllib.parse import urlsplit

import tests.simulators.ssm_client as client_module
from tests.simulators.ssm_client import SsmClient
from tests.simulators.ssm_client.reading import PERSONALITIES


def main() -> None:
    parser = argparse.ArgumentParser(description=client_module.__doc__)
    parser.add_argument("--url", required=True)
    parser.add_argument("--user", default="admin")
    parser.add_argument("--password", required=True)
    parser.add_argument("--personality", choices=PERSONALITIES, default="strict")
    parser.add_argument("--algorithm", choices=("MD5", "SHA-256"), default="SHA-256")
    parser.add_argument("--plain", action="store_true", help="without SchemaBased=True")
    options = parser.parse_args()
    parts = urlsplit(options.url)
    client = SsmClient(
        parts.port or 80, options.user, options.password, options.algorithm, options.personality, parts.hostname or ""
    )
    stream, told = client.follow(schema=not options.plain), 0
    while not stream.ended:
        with stream.changed:
            stream.changed.wait(1.0)
        fresh = stream.payloads[told:]
        told += len(fresh)
        sys.stdout.writelines(f"{payload}\n" for payload in fresh)
        sys.stdout.flush()


if __name__ == "__main__":
    main()
