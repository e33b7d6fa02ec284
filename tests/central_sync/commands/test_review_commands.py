"""What people say of facings by commands: list, answer, undo, report, export, forget."""

import asyncio
import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from central_sync.__main__ import main
from central_sync.adapters.event_tables import keep_events
from central_sync.adapters.lake_files import LakeFiles
from central_sync.adapters.review_files import WithReviews
from central_sync.adapters.schema import migrate
from central_sync.core.review.answers import wanted
from central_sync.ports.training import DataUnusableError
from endcap.plumbing.sqlite_file import open_sqlite
from tests.fakes.questions import jpeg, question
from tests.fakes.store_world import NOON, STORE, at_place

NUMBERS = [n for n in range(200) if wanted(question(n).picture) == 1][:2]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return the configuration of a centre that two questions came to."""
    path = tmp_path / "central.toml"
    path.write_text('[centre]\nfolder = "centre"\n[mqtt]\nhost = "127.0.0.1"\n')
    (tmp_path / "centre").mkdir()
    asked = [question(n, reason="random", alert=True, sampled=0.5) for n in NUMBERS]
    events = [at_place(one, seq) for seq, one in enumerate(asked, 1)]

    async def fill() -> None:
        async with open_sqlite(tmp_path / "centre" / "centre.sqlite", migrate) as file:
            await file.write(lambda db: keep_events(db, events, NOON))

    asyncio.run(fill())
    return path


def said(*words: object) -> Result:
    return CliRunner().invoke(main, ["review", *map(str, words)])


def test_questions_are_listed_answered_and_reported(config: Path, tmp_path: Path) -> None:
    listed = said("list", config)
    assert [line.split()[1:4] for line in listed.output.splitlines()] == [
        [STORE, "aisle-1", f"f{n}"] for n in NUMBERS
    ]
    pictures = tmp_path / "pictures"
    (first, second) = json.loads(said("list", config, "--pictures", pictures, "--json").output)[
        "questions"
    ]
    assert (pictures / f"{first['question']}.jpg").read_bytes() == jpeg(NUMBERS[0])
    assert "settled as empty, 1 answered" in said("answer", config, 1, "empty").output
    assert "settled as full" in said("answer", config, second["question"], "full").output
    assert "nothing to ask" in said("list", config).output
    told = said("report", config).output
    assert "0 wait, 2 settled" in told
    assert "alerts that are right: 50.0%" in told
    assert "no picture was judged by two" in told
    assert json.loads(said("report", config, "--json").output)["settled"] == 2
    assert "not settled, 0 answered" in said("undo", config, 1).output
    assert "no answers to questions drawn" in said("report", config).output


def test_what_is_not_there_is_told_in_a_line(config: Path, tmp_path: Path) -> None:
    assert "there is no question 99" in said("answer", config, 99, "empty").output
    nothing = said("export", config, tmp_path / "out")
    assert (nothing.exit_code, "no facing is settled yet" in nothing.output) == (2, True)
    assert "is there already" in said("export", config, tmp_path).output


def test_what_is_settled_is_exported_with_who_said_it(config: Path, tmp_path: Path) -> None:
    said("answer", config, 1, "low")
    out = tmp_path / "out"
    assert "1 answers" in said("export", config, out).output
    (row,) = csv.DictReader((out / "facings.csv").read_text().splitlines())
    assert (row["state"], row["store"], row["people"]) == ("low", STORE, "1")
    assert (out / "pictures" / f"{row['picture']}.jpg").read_bytes() == jpeg(NUMBERS[0])
    (answer,) = csv.DictReader((out / "answers.csv").read_text().splitlines())
    assert (answer["said"], answer["place"], bool(answer["who"])) == ("low", "centre", True)
    assert "not to be passed on" in json.loads((out / "dataset.json").read_text())["licence"]


def test_a_store_is_forgotten(config: Path) -> None:
    assert "2 questions deleted" in said("forget", config, STORE).output
    assert "nothing to ask" in said("list", config).output


def test_trainings_of_other_kinds_learn_from_the_lake_as_ever(config: Path, tmp_path: Path) -> None:
    database = tmp_path / "centre" / "centre.sqlite"
    lake = WithReviews(LakeFiles(tmp_path / "lake"), database)
    with pytest.raises(DataUnusableError, match="the lake holds no whole"):
        lake.export("demand", tmp_path / "out")
    with pytest.raises(DataUnusableError, match="no facing is settled"):
        lake.export("gaps", tmp_path / "out")
    with pytest.raises(DataUnusableError, match="no such database"):
        WithReviews(LakeFiles(tmp_path), tmp_path / "none").export("gaps", tmp_path / "out")
    assert config.exists()
