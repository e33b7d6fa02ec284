"""`central-sync simulate`: what it prints, how it ends, and that the centre does without it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import fleet_simulator
from central_sync.__main__ import main

SAMPLES = Path(fleet_simulator.__file__).parent / "samples"


def test_a_rehearsal_is_one_json_object() -> None:
    words = ["simulate", "--stores", "60", "--release", "9", "--seed", "3", "--json"]
    told = CliRunner().invoke(main, [*words, "--faults", str(SAMPLES / "worse_model.toml")])
    assert told.exit_code == 0, told.output
    found = json.loads(told.stdout)
    assert (found["outcome"], found["broken_count"], found["release"]) == ("reverted", 0, 9)
    assert "running -> stopped" in told.stderr


def test_a_rehearsal_is_a_page_for_people() -> None:
    plan = ["--plan", str(SAMPLES / "plan.toml")]
    told = CliRunner().invoke(main, ["simulate", "--stores", "60", *plan])
    assert told.exit_code == 0, told.output
    assert "serving now    60 stores (100.00%)" in told.stdout


@pytest.mark.parametrize(
    ("option", "text", "said"),
    [
        ("--faults", "[offline]\naway = 2.0\n", "faults.toml:2:8: offline.away"),
        ("--plan", "[[waves]]\nshare = 0.5\n", "the last wave goes to everybody"),
    ],
)
def test_a_bad_file_is_a_mistake_of_usage(
    tmp_path: Path, option: str, text: str, said: str
) -> None:
    path = tmp_path / f"{option[2:]}.toml"
    path.write_text(text)
    told = CliRunner().invoke(main, ["simulate", option, str(path)])
    assert told.exit_code == 2
    assert said in told.stderr


ABSENT = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name == "fleet_simulator":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
from central_sync.__main__ import main
main(sys.argv[1:])
"""


def test_a_centre_without_the_simulator_says_so() -> None:
    words = [sys.executable, "-c", ABSENT, "simulate", "--stores", "5"]
    told = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (told.returncode, told.stderr) == (
        1,
        "Error: simulate needs the package fleet_simulator, which is not installed here\n",
    )
    words = [sys.executable, "-c", ABSENT, "--help"]
    told = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (told.returncode, told.stderr) == (0, "")
