"""Kill -9 at random moments of updates: the old release or the new one serves, never none."""

import asyncio
import subprocess
import sys
from pathlib import Path

from tests.fakes.http_folder import serving
from tests.fakes.release_world import centre
from tests.fakes.tiny_models import release, tiny
from tests.faults.updating_store import LAST

TRIALS = 10


def test_a_killed_update_leaves_old_or_new(tmp_path: Path) -> None:
    made = asyncio.run(centre(tmp_path / "centre"))
    tiny(1.0).written(tmp_path / "factory" / "demand")
    for number in range(1, LAST + 2):
        one = tiny(1.0 + number, ballast=50_000)
        asyncio.run(made.publish(release(number, one), [one]))
    with serving(made.folder) as http:
        program = [sys.executable, "-m", "tests.faults.updating_store"]
        done = subprocess.run(
            [*program, str(tmp_path), http.url, "11", str(TRIALS)],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            cwd=Path(__file__).parents[2],
        )
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert len(lines) == TRIALS + 1
    for serves, journalled, answered, _state in lines:
        assert serves == journalled
        assert float(answered) == 1.0 + int(serves)
    assert int(lines[-1][0]) == LAST + 1
    assert len({line[0] for line in lines}) > 2, "the kills came too early to mean anything"
