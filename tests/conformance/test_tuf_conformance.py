"""The TUF project's own judge over the store's updater: every case, none excused.

The suite is nobody's copy here: ENDCAP_TUF_CONFORMANCE names a checkout of
theupdateframework/tuf-conformance, and the suite's own needs (tuf, pytest, the program faketime)
are those of these tests.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.conftest import Figure

CASES = 113
CLIENT = Path(__file__).with_name("tuf-conformance-client")
SUITE = os.environ.get("ENDCAP_TUF_CONFORMANCE", "")  # noqa: TID251 - tests find what they judge by


@pytest.mark.skipif(not SUITE, reason="set ENDCAP_TUF_CONFORMANCE to a checkout of the suite")
@pytest.mark.skipif(not shutil.which("faketime"), reason="the suite needs faketime")
def test_the_updater_passes_every_case_of_the_tuf_project(tmp_path: Path, figure: Figure) -> None:
    suite, report = Path(SUITE).resolve(), tmp_path / "report.xml"
    assert not CLIENT.with_name(f"{CLIENT.name}.xfails").exists(), "no case is excused"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            *("-c", str(suite / "pyproject.toml"), str(suite / "tuf_conformance")),
            *("--entrypoint", str(CLIENT), f"--junitxml={report}"),
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(suite)},  # noqa: TID251 - handed on
        capture_output=True,
        text=True,
        check=False,
    )
    assert report.exists(), done.stdout + done.stderr
    counts = ET.parse(report).getroot()[0].attrib  # noqa: S314 - our own child wrote it
    failed = int(counts["failures"]) + int(counts["errors"]) + int(counts["skipped"])
    figure(f"{int(counts['tests']) - failed} of {counts['tests']} cases")
    assert failed == 0, done.stdout
    assert int(counts["tests"]) >= CASES


def test_what_the_client_cannot_do_is_told_by_its_status(tmp_path: Path) -> None:
    nobody = ["--metadata-url", "http://127.0.0.1:9", "--metadata-dir", str(tmp_path)]
    done = subprocess.run([CLIENT, *nobody, "refresh"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "first_root" in done.stderr
