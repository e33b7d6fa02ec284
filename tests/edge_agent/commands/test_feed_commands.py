"""What a person types about events and feeds, and what they get to read."""

import json
from datetime import UTC
from pathlib import Path

import pytest
from click.testing import CliRunner

from edge_agent.adapters.consent_tables import CardReader
from edge_agent.adapters.feed_intake import SqliteIntake
from edge_agent.commands.events import events
from edge_agent.commands.feed import feed
from endcap.plumbing.sqlite_file import SqliteFile
from tests.edge_agent.adapters.store_file import with_store
from tests.fakes.clock import NOON
from tests.fakes.store_files import SALES_HEADER, dropped

ROOT = Path(__file__).parents[3]
MILK = "04006381333931"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Return the configuration of a store that read a file with a bad row in it."""
    config = tmp_path / "edge.toml"
    config.write_text(
        '[store]\nid = "store-1"\ntimezone = "Europe/Berlin"\n[storage]\nfolder = "data"\n'
    )
    (tmp_path / "data").mkdir()

    async def work(file: SqliteFile) -> None:
        row = f"t1,1,{MILK},1,1,2026-03-01T10:00:00,,\n"
        content = SALES_HEADER + row + "nonsense\n"
        await SqliteIntake(file, UTC, CardReader(b"k")).take(dropped("till.csv", content), NOON)

    with_store(tmp_path / "data", work)
    return config


def run(command: object, *arguments: object) -> tuple[int, str, str]:
    done = CliRunner().invoke(command, [str(one) for one in arguments])  # type: ignore[arg-type]  # any command
    return done.exit_code, done.stdout, done.stderr


def test_an_event_is_told_listed_and_taken_back(store: Path) -> None:
    day = "2027-03-07"
    assert run(events, "list", store)[1].startswith("no event is known")
    code, told, _ = run(events, "add", store, day, "Football  match", "--effect", "30%")
    assert (code, told) == (0, f"{day}     +30 %  Football match  (store)\n")
    run(events, "add", store, day, "Fair")
    assert run(events, "list", store)[1].splitlines() == [
        f"{day}   learned  Fair  (store)",
        f"{day}     +30 %  Football match  (store)",
    ]
    listed = json.loads(run(events, "list", store, "--json")[1])["events"]
    assert listed[1] == {"day": day, "name": "Football match", "effect": 0.3, "source": "store"}
    assert run(events, "remove", store, day, "Fair")[0] == 0
    code, _, why = run(events, "remove", store, day, "Fair")
    assert code == 1
    assert "was told here" in why


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("add", "soon", "Fair"), "day: a day such as"),
        (("add", "2027-03-07", " "), "name is empty"),
        (("add", "2027-03-07", "Fair", "--effect", "lots"), "effect: a number"),
        (("remove", "2027-13-07", "Fair"), "day: a day such as"),
    ],
)
def test_what_is_no_event_is_said_in_a_line(
    store: Path, arguments: tuple[str, ...], why: str
) -> None:
    code, _, said = run(events, arguments[0], store, *arguments[1:])
    assert code == 2
    assert why in said


def test_a_store_that_never_ran_is_told(tmp_path: Path) -> None:
    config = tmp_path / "edge.toml"
    config.write_text('[store]\nid = "store-1"\ntimezone = "UTC"\n[storage]\nfolder = "data"\n')
    for command, arguments in ((events, ("list",)), (feed, ("files",))):
        code, _, why = run(command, *arguments, config)
        assert code == 2
        assert "has the agent ever run?" in why


def test_files_and_their_bad_rows_are_listed(store: Path) -> None:
    assert "1 taken in      1 refused  till.csv" in run(feed, "files", store)[1]
    assert json.loads(run(feed, "files", store, "--json")[1])["files"][0]["refused"] == 1
    code, said, _ = run(feed, "rows", store, "till.csv")
    assert code == 1
    assert said.startswith("line 3: not taken in: line: a whole number")
    assert json.loads(run(feed, "rows", store, "till.csv", "--json")[1])["rows"][0]["line"] == 3
    assert run(feed, "rows", store, "other.csv")[0] == 0


def test_the_schema_in_the_docs_is_the_programs() -> None:
    code, said, _ = run(feed, "schema")
    assert code == 0
    assert (ROOT / "docs" / "feed.schema.json").read_text("utf-8") == said
