"""`edge-agent enrol-shelf`: facings from one picture, shown, saved, and what cannot be said."""

import asyncio
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from edge_agent.adapters.reference_tables import ReferenceTables
from edge_agent.adapters.schema import migrate
from edge_agent.commands.enrol_shelf import enrol_shelf
from endcap.plumbing.sqlite_file import open_sqlite
from tests.edge_agent.adapters.test_shelf_proposals import drawn_shelf

CONFIG = """\
[store]
id = "s-0001"
timezone = "UTC"
[storage]
folder = "state"
[models]
reference_folder = "models"
[[cameras]]
name = "aisle-1"
source = "pictures"
"""
PLAN = '[planogram]\nfile = "planogram.csv"\n'
MILK = "04006381333931"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Return a configuration of a store with one camera over one picture."""
    for name in ("pictures", "models", "state"):
        (tmp_path / name).mkdir()
    cv2.imwrite(str(tmp_path / "pictures" / "1.png"), drawn_shelf()[0])
    config = tmp_path / "edge.toml"
    config.write_text(CONFIG + PLAN)

    async def make() -> None:
        async with open_sqlite(tmp_path / "state" / "store.db", migrate):
            pass

    asyncio.run(make())
    return config


def run(*arguments: object, answer: str = "") -> tuple[int, str, str]:
    done = CliRunner().invoke(enrol_shelf, [str(one) for one in arguments], input=answer)
    return done.exit_code, done.stdout, done.stderr


def test_facings_are_proposed_shown_and_saved_after_a_yes(store: Path) -> None:
    plan = store.parent / "planogram.csv"
    code, out, _ = run(store, "aisle-1", answer="n\n")
    assert (code, plan.exists()) == (0, False)
    assert "+ r1-1" in out
    code, out, err = run(store, "aisle-1", answer="y\n")
    assert (code, "looks kept" in out) == (0, True), err
    assert plan.read_text().count("aisle-1,") > 15

    async def kept() -> int:
        async with open_sqlite(store.parent / "state" / "store.db", migrate) as file:
            return len(await ReferenceTables(file).of("aisle-1"))

    assert asyncio.run(kept()) > 15


def test_a_plan_of_another_tool_is_laid_onto_a_picture_and_told_as_json(store: Path) -> None:
    other = store.parent / "export.csv"
    other.write_text(f"EAN;Left;Top;Width;Height\n{MILK};10;10;20;30\nmilk;1;1;1;1\n")
    picture = store.parent / "pictures" / "1.png"
    options = ("--picture", picture, "--planogram", other, "--json")
    code, out, _ = run(store, "aisle-1", *options)
    told = json.loads(out)
    assert (code, told["saved"], len(told["facings"])) == (0, False, 1)
    assert told["facings"][0]["x"] == 0.1
    assert told["notes"][1].startswith("line 3: gtin")
    told = json.loads(run(store, "aisle-1", *options, "--yes")[1])
    assert (told["saved"], told["references"]) == (True, 1)
    assert "nothing changes" in run(store, "aisle-1", *options[:-1])[1]


def test_what_cannot_be_done_is_said_in_a_line(store: Path) -> None:
    assert "did you mean aisle-1?" in run(store, "aisel-1")[2]
    dark = store.parent / "dark.png"
    cv2.imwrite(str(dark), np.zeros((200, 300, 3), np.uint8))
    code, _, err = run(store, "aisle-1", "--picture", dark)
    assert (code, "dark; it is too dark to see a shelf" in err) == (1, True)
    code, _, err = run(store, "aisle-1", "--picture", store)
    assert (code, "neither JPEG nor PNG" in err) == (1, True)
    store.write_text(CONFIG)
    code, _, err = run(store, "aisle-1")
    assert (code, "add [planogram] with file" in err) == (1, True)
