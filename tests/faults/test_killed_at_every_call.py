"""Kill -9 on entry to every system call: nothing confirmed is lost; old or new, never none or half.

A sample on every run; every point with ENDCAP_FAULTS=full.
"""

import asyncio
import subprocess
import sys
from collections import Counter
from pathlib import Path

from tests.conftest import Figure
from tests.faults import sending_store
from tests.faults.effort import effort
from tests.faults.killing import MISSED
from tests.faults.recording import needs_strace
from tests.faults.walking_store import begin, published, ways

UPDATE_POINTS, OUTBOX_POINTS = effort(15, 0), effort(45, 0)


@needs_strace
def test_an_update_killed_at_any_call_leaves_old_or_new_and_goes_on(
    tmp_path: Path, figure: Figure
) -> None:
    with published(tmp_path) as http:
        asyncio.run(begin(tmp_path, http.url, tmp_path / "live"))
        http.asked.clear()
        judge("updates", tmp_path, http.url, UPDATE_POINTS, figure)
        assert ways(http)[:2] == [".zst", ".onnx"]  # of the life that is not killed


@needs_strace
def test_an_outbox_killed_at_any_call_loses_nothing_it_confirmed(
    tmp_path: Path, figure: Figure
) -> None:
    asyncio.run(sending_store.go_on(tmp_path / "live" / "store.db", 2))
    judge("outbox", tmp_path, "", OUTBOX_POINTS, figure)


def judge(life: str, folder: Path, url: str, many: int, figure: Figure) -> None:
    """Kill at the points, and print how many of which calls they were."""
    program = [sys.executable, "-m", "tests.faults.killing", life, str(folder), url, str(many)]
    done = subprocess.run(
        program, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    lines = [line.split(maxsplit=2) for line in done.stdout.splitlines()]
    assert sum(line[2] == MISSED for line in lines) <= len(lines) // 10
    lines = [line for line in lines if line[2] != MISSED]
    bad = [line for line in lines if line[2] != "ok"]
    calls = ", ".join(f"{name} {n}" for name, n in Counter(line[0] for line in lines).items())
    figure(f"{life}: killed at {len(lines)} points ({calls}), {len(bad)} bad")
    assert not bad, bad[:5]
    assert lines
