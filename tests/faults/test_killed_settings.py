"""Kill -9 at random moments of orders of settings: the old ones or the new ones, never none."""

import subprocess
import sys
from pathlib import Path

from tests.faults.remote_settings import LEVELS

TRIALS = 30
EDGE = (
    '[store]\nid = "s-0001"\ntimezone = "UTC"\n[storage]\nfolder = "data"\n[log]\nlevel = "info"\n'
)


def test_a_store_killed_while_it_obeys_has_the_old_settings_or_the_new(tmp_path: Path) -> None:
    path = tmp_path / "edge.toml"
    path.write_text(EDGE)
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.remote_settings", str(path), "7", str(TRIALS)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert len(lines) == TRIALS
    for begun, decided, level, current, previous, *problem in lines:
        assert int(decided) in (int(begun), int(begun) - 1)
        assert (current.endswith(":whole"), previous.endswith(":whole")) == (True, True)
        number = int(current.partition(":")[0])
        assert level == (LEVELS[number % len(LEVELS)] if number else "info")
        assert problem in ([], ["test"])
    assert int(lines[-1][1]) > TRIALS, "the kills came too early to mean anything"
