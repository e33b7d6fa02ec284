"""Plans as people write them, and what they hear of their mistakes."""

from datetime import timedelta
from pathlib import Path

import pytest

from central_sync.adapters.plan_file import load_plan, plan_as_json, plan_from_json
from central_sync.core.rollouts.plan import DEFAULT, Bar, Wave
from endcap.plumbing.config_file import ConfigError

GOOD = """\
strata = ["region", "size"]

[[waves]]
name = "canary"
count = 5
soak = "2h"
approvals = 2

[[waves]]
share = 1.0
patience = "7d"

[gates.installs]
tolerated = 0.01
minimum = 5

[gates.quality]
worse_by = 0.1
truths = 100
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "plan.toml"
    path.write_text(text)
    return path


def test_a_plan_is_read(tmp_path: Path) -> None:
    plan = load_plan(written(tmp_path, GOOD))
    assert plan.strata == ("region", "size")
    canary = Wave(name="canary", count=5, soak=timedelta(hours=2), approvals=2)
    assert plan.waves == (canary, Wave(share=1.0, patience=timedelta(days=7)))
    assert plan.gates.installs == Bar(tolerated=0.01, allowed=0.1, minimum=5)
    assert (plan.gates.worse_by, plan.gates.truths) == (0.1, 100)
    assert plan.gates.latency == DEFAULT.gates.latency


def test_the_shortest_plan_has_the_standard_gates(tmp_path: Path) -> None:
    plan = load_plan(written(tmp_path, "[[waves]]\nshare = 1.0\n"))
    assert (plan.gates, plan.strata) == (DEFAULT.gates, DEFAULT.strata)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[waves]]\nshare = 0.5\n", ":1:1: waves[0]: "),
        ("[[waves]]\nshare = 1.0\ncount = 3\n", "one of them"),
        ("[[waves]]\nshare = 1.0\nsoak = '1 hour'\n", ":3:8: waves[0].soak: '1 hour' is not"),
        ("[[waves]]\nshare = 1.0\naprovals = 1\n", "approvals"),
        ("[[waves]]\nshare = 1.0\napprovals = 3\n", ":3:13: waves[0].approvals"),
        ("strata = ['colour']\n[[waves]]\nshare = 1.0\n", ":1:11: strata[0]"),
        ("[[waves]]\nshare = 1.0\n[gates.installs]\ntolerated = 1.0\n", ":4:13: gates.installs"),
        ("waves = []\n", ":1:"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError) as found:
        load_plan(written(tmp_path, text))
    assert told in str(found.value)
    assert len(found.value.problems) == 1


def test_a_plan_is_kept_unchanged(tmp_path: Path) -> None:
    for plan in (DEFAULT, load_plan(written(tmp_path, GOOD))):
        assert plan_from_json(plan_as_json(plan)) == plan


def test_the_plan_in_the_manual_is_a_plan(tmp_path: Path) -> None:
    manual = (Path(__file__).parents[3] / "docs" / "operations.md").read_text()
    shown = next(part for part in manual.split("```toml\n")[1:] if "[[waves]]" in part)
    plan = load_plan(written(tmp_path, shown.split("```")[0]))
    assert [wave.approvals for wave in plan.waves] == [0, 2, 0]
