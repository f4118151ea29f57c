"""`python -m requirements.audit`: asks whether a vulnerability is known in what the locks pin; `make audit` runs it.

Silence is no answer: when the advisory service cannot be asked about every package, this says so and fails.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
SERVICES = ("pypi", "osv")
FOUND, NOT_ASKED = 1, 3
"""What the process ends with: vulnerabilities are known, or nobody could be asked. 0 means that none is known."""
MAY_BE_SKIPPED = "--skip-unreachable"
Report = dict[str, Any]
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


def main(options: Sequence[str]) -> int:
    report = next((one for one in map(_asked, SERVICES) if one and not _unanswered(one)), None)
    if report is None:
        print(f"{'SKIPPED' if MAY_BE_SKIPPED in options else 'NOT AUDITED'}: no advisory service knows all packages")
        return 0 if MAY_BE_SKIPPED in options else NOT_ASKED
    return told(report)


def told(report: Report) -> int:
    """Prints what is known and returns what the process ends with."""
    findings = list(_findings(report))
    for line in findings:
        print(line)
    print(f"{len(report['dependencies'])} packages, {len(findings)} known vulnerabilities")
    return FOUND if findings else 0


def pins(locks: str) -> list[dict[str, str]]:
    """All that is pinned as name to version; of what is pinned twice the further versions come in a round of their own.

    pip-audit takes a package once in a run.
    """
    rounds: list[dict[str, str]] = []
    for name, version in sorted(set(_PIN.findall(locks))):
        free = next((one for one in rounds if name not in one), None)
        if free is None:
            rounds.append(free := {})
        free[name] = version
    return rounds


def _asked(service: str) -> Report | None:
    """What a service says of all that is pinned; None when it does not answer."""
    answers = [_ask(service, one) for one in pins("".join(lock.read_text() for lock in FOLDER.glob("*.lock")))]
    if None in answers:
        return None
    report = {"dependencies": [dependency for answer in answers if answer for dependency in answer["dependencies"]]}
    if unanswered := _unanswered(report):
        print(f"{service}: nothing is known of {len(unanswered)} packages, such as {unanswered[0]}")
    return report


def _ask(service: str, pinned: dict[str, str]) -> Report | None:
    how = ["--no-deps", "--disable-pip", "--progress-spinner", "off", "--timeout", "10", "--format", "json"]
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("".join(f"{name}=={version}\n" for name, version in pinned.items()))
        file.flush()
        command = [sys.executable, "-m", "pip_audit", "--vulnerability-service", service, *how, "-r", file.name]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        report: Report = json.loads(ran.stdout)
    except ValueError:
        print(f"{service}: {(ran.stderr.strip().splitlines() or ['no answer'])[-1][:200]}")
        return None
    return report


def _unanswered(report: Report) -> list[str]:
    return [one["name"] for one in report["dependencies"] if "skip_reason" in one]


def _findings(report: Report) -> Iterator[str]:
    for one in report["dependencies"]:
        for known in one.get("vulns", ()):
            mended = ", ".join(known["fix_versions"]) or "no version yet"
            yield f"{one['name']} {one['version']}: {known['id']}, mended in {mended}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
