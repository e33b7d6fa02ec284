"""Whatever its OpenAPI document allows, and whatever it does not, the kiosk answers as it says."""

from pathlib import Path

from tests.edge_agent.kiosk.api_fuzz import fuzz
from tests.edge_agent.kiosk.corner_store import corner_store
from tests.edge_agent.kiosk.test_access import make_keys
from tests.fakes.clock import FakeClock
from tests.serving import served

EXAMPLES = 6
"""Of each operation; `python -m benchmarks.api_fuzz` asks for many more."""


def test_every_answer_is_as_described(tmp_path: Path) -> None:
    key = make_keys(tmp_path)["staff"]
    with served(lambda: corner_store(tmp_path, FakeClock())) as address:
        wrong, statuses = fuzz(address, EXAMPLES, key)
    assert wrong == []
    assert max(statuses) < 500
    assert statuses[200] > 0
    assert statuses[422] > 0
