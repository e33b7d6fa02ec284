"""The power goes at any moment of an update: the old release or the new one, never none or half."""

import asyncio
import sys
from pathlib import Path

from tests.conftest import Figure
from tests.faults.effort import effort
from tests.faults.power_cut import Said, chosen, images
from tests.faults.recording import lay_out, needs_strace, record, tree_of
from tests.faults.walking_store import allowed, begin, broken, published, ways

IMAGES = effort(150, 1_500)
GO_ON_EVERY = 5
PROGRAM = [sys.executable, "-m", "tests.faults.walking_store"]
ROOT = Path(__file__).parents[2]


@needs_strace
def test_the_old_release_or_the_new_one_serves_after_a_power_cut(
    tmp_path: Path, figure: Figure
) -> None:
    live, found = tmp_path / "live", tmp_path / "found"
    with published(tmp_path) as http:
        asyncio.run(begin(tmp_path, http.url, live))
        start = tree_of(live)
        http.asked.clear()
        calls = record([*PROGRAM, str(tmp_path), http.url, "1"], live, tmp_path / "log", ROOT)
        assert [call.text for call in calls if isinstance(call, Said)] == WALK
        assert ways(http) == [".zst", ".onnx"]
        wrong = []
        chances = images(calls, start, chosen(calls, IMAGES), seed=7)
        for nth, (number, survival, tree, said) in enumerate(chances):
            lay_out(tree, found)
            goes_on = nth % GO_ON_EVERY == 0
            problem = asyncio.run(broken(tmp_path, http.url, found, allowed(said), goes_on=goes_on))
            if problem:
                wrong.append(f"after call {number}, {survival.name}: {problem}")
    figure(f"updates: {IMAGES} images of {len(calls)} calls, {len(wrong)} bad")
    assert not wrong, wrong[:5]


WALK = ["wants 3\n", "rests 3\n", "wants 4\n", "rests 3\n"]
