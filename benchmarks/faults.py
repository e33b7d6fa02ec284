"""What Endcap promises when things break: the long versions of the fault tests, as one table.

    python -m benchmarks.faults [--sample] [--json]

Each promise is a test; its figures are what the test told, and a promise whose test fails or is
skipped says so. The whole takes about an hour on two cores; --sample takes minutes.
"""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import click

ROOT = Path(__file__).parents[1]
PROMISES = {
    "TUF conformance suite passed": "tests/conformance/test_tuf_conformance.py",
    "attacks on updates refused": "tests/edge_agent/adapters/test_tampering.py",
    "a file swapped between check and use is never used": "tests/faults/test_swapped_files.py",
    "a broken link installs nothing bad": "tests/faults/test_random_cuts.py",
    "kill -9 at any call: old or new, nothing lost": "tests/faults/test_killed_at_every_call.py",
    "kill -9 at any time: old or new": "tests/faults/test_killed_updates.py",
    "power cut: no confirmed event lost": "tests/faults/test_power_cut_outbox.py",
    "power cut in an update: old or new": "tests/faults/test_power_cut_updates.py",
}
_REPORT = ("-o", "junit_family=xunit1")  # the newer form of the report has no figures of tests


@dataclass(frozen=True, slots=True)
class Kept:
    """A promise, whether its test held, what that told, and how to see it again."""

    promise: str
    outcome: str
    figures: tuple[str, ...]
    seconds: float
    command: str


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--sample", is_flag=True, help="As `make test` does it: a sample of each.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def main(*, sample: bool, as_json: bool) -> None:
    """Break things, and print what held."""
    found = []
    for promise, test in PROMISES.items():
        found.append(tried(promise, test, full=not sample))
        if not as_json:
            print(row(found[-1]), flush=True)
    if as_json:
        print(json.dumps([asdict(one) for one in found]))
    sys.exit(any(one.outcome == "BROKEN" for one in found))


def tried(promise: str, test: str, *, full: bool) -> Kept:
    """Run a promise's test and read its report."""
    effort = {"ENDCAP_FAULTS": "full"} if full else {}
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", *_REPORT, f"--junitxml={report}", test],
            cwd=ROOT,
            env={**os.environ, **effort},
            stdout=subprocess.DEVNULL,
            check=False,
        )
        suite = ET.parse(report).getroot()[0]  # noqa: S314 - our own child wrote it
    set_before = " ".join(f"{name}={value}" for name, value in effort.items())
    command = f"{set_before} python -m pytest -s {test}".strip()
    told = tuple(str(one.get("value")) for one in suite.iter("property"))
    reasons = tuple(
        " ".join(str(one.get("message")).split())[:200]
        for kind in ("failure", "error", "skipped")
        for one in suite.iter(kind)
    )
    return Kept(promise, outcome(suite), told + reasons, float(suite.get("time", "0")), command)


def outcome(suite: ET.Element) -> str:
    """Return what became of a promise's tests."""
    if suite.get("failures") != "0" or suite.get("errors") != "0" or suite.get("tests") == "0":
        return "BROKEN"
    return "not tried" if suite.get("skipped") != "0" else "held"


def row(kept: Kept) -> str:
    """Return a promise as lines of the table."""
    lines = [f"{kept.outcome:10} {kept.promise}  ({kept.seconds:.0f} s)"]
    lines += [f"{'':11}{figure}" for figure in kept.figures]
    return "\n".join([*lines, f"{'':11}$ {kept.command}"])


if __name__ == "__main__":
    main()
