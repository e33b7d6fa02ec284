"""The planogram's file: changed one camera at a time, by one person at a time, or said why not."""

import asyncio
import os
from pathlib import Path

import pytest

from edge_agent.adapters.planogram_file import PlanogramFile
from edge_agent.core.feed.shelf import Facing
from edge_agent.ports.enrolment import SetupRefusedError

MILK = "04006381333931"


def facing(name: str = "f0", camera: str = "aisle-1", x: float = 0.1) -> Facing:
    return Facing(camera, name, MILK, x, 0.1, 0.2, 0.3)


def mark(plan: PlanogramFile, camera: str = "aisle-1") -> str:
    return asyncio.run(plan.planned(camera)).mark


def save(plan: PlanogramFile, *facings: Facing, since: str | None = None) -> tuple[str, ...]:
    camera = facings[0].camera
    saved = asyncio.run(plan.save(camera, facings, since or mark(plan, camera)))
    return tuple(one.changes[0] for one in saved.changes)


def test_a_new_file_is_made_and_cameras_do_not_disturb_each_other(tmp_path: Path) -> None:
    plan = PlanogramFile(tmp_path / "shelf" / "planogram.csv")
    before = mark(plan, "aisle-2")
    assert save(plan, facing("f0"), facing("f1", x=0.5)) == ("added", "added")
    assert save(plan, facing(camera="aisle-2"), since=before) == ("added",)
    assert save(plan, facing("f0", x=0.3)) == ("moved", "removed")
    assert [one.facing for one in asyncio.run(plan.planned("aisle-2")).facings] == ["f0"]


def test_who_was_slower_is_refused_and_nothing_is_lost(tmp_path: Path) -> None:
    plan = PlanogramFile(tmp_path / "planogram.csv")
    stale = mark(plan)
    save(plan, facing("theirs"))
    with pytest.raises(SetupRefusedError, match="somebody changed the facings") as refused:
        save(plan, facing("ours"), since=stale)
    assert (refused.value.code, refused.value.hint) == (
        "plan-changed",
        "load them again and repeat",
    )
    assert asyncio.run(plan.planned("aisle-1")).facings[0].facing == "theirs"


def test_its_rights_stay_and_one_that_is_read_only_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "planogram.csv"
    path.write_text("camera,facing,gtin,x,y,w,h\n")
    path.chmod(0o640)
    plan = PlanogramFile(path)
    save(plan, facing())
    assert path.stat().st_mode & 0o777 == 0o640
    if os.geteuid() == 0:
        pytest.skip("root may write anything")
    path.chmod(0o440)
    with pytest.raises(SetupRefusedError, match="read-only") as refused:
        save(plan, facing("f9"))
    assert refused.value.code == "plan-unwritable"


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"\xff\xfe", "not UTF-8"), (b"name,price\n", "header lacks camera")],
)
def test_what_is_no_planogram_is_not_touched(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "planogram.csv"
    path.write_bytes(content)
    with pytest.raises(SetupRefusedError, match=why):
        save(PlanogramFile(path), facing(), since="x")
    assert path.read_bytes() == content


def test_a_place_that_cannot_be_a_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(SetupRefusedError, match="cannot be read") as refused:
        mark(PlanogramFile(tmp_path))
    assert refused.value.code == "plan-unwritable"


def test_a_draft_that_is_wrong_is_said(tmp_path: Path) -> None:
    with pytest.raises(SetupRefusedError, match="two facings have this name"):
        save(PlanogramFile(tmp_path / "p.csv"), facing(), facing())
