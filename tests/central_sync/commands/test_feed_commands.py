"""What a person tells the stores of the days to come: said, shown, refused, audited."""

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from central_sync.__main__ import main
from central_sync.adapters.fleet_tables import FleetTables
from central_sync.adapters.schema import migrate
from endcap.plumbing.sqlite_file import open_sqlite
from tests.central_sync.commands.audited import ME, audited
from tests.fakes.store_world import GTIN, NOON, OTHER_STORE, STORE, state

FEED = """
[[weather]]
day = 2099-03-05
temperature = 4.5
[[calendar]]
day = 2099-12-25
kind = "closed"
name = "Christmas"
[[prices]]
gtin = "4006381333931"
price = 1.99
since = 2099-03-05T00:00:00Z
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A centre that heard two stores, one of them in the north."""

    async def fill() -> None:
        async with open_sqlite(tmp_path / "data" / "centre.sqlite", migrate) as file:
            for store, region in ((STORE, "north"), (OTHER_STORE, "south")):
                told = state(store=store).model_copy(update={"region": region})
                await FleetTables(file).note(told, NOON, heard_at=NOON)

    path = tmp_path / "central.toml"
    path.write_text('[centre]\nfolder = "data"\n[mqtt]\nhost = "127.0.0.1"\n')
    asyncio.run(fill())
    (tmp_path / "feed.toml").write_text(FEED)
    return path


def feed(*words: object) -> Result:
    return CliRunner().invoke(main, ["feed", *(str(one) for one in words)])


def file_with(config: Path, text: str, name: str = "other.json") -> Path:
    path = config.with_name(name)
    path.write_text(text)
    return path


def test_a_file_is_said_to_all_and_more_to_a_region(config: Path) -> None:
    assert "nothing was said yet" in feed("show", config).stdout
    told = feed("set", config, config.with_name("feed.toml"), "--all")
    assert told.stdout == (
        "said to all: 1 prices, 1 weather, 1 calendar; the running centre tells it\n"
    )
    warmer = '{"weather": [{"day": "2099-03-05", "temperature": 9}]}'
    assert feed("set", config, file_with(config, warmer), "--region", "north").exit_code == 0
    whole = json.loads(feed("show", config, "--store", STORE, "--json").stdout)
    assert (whole["version"], whole["told"]) == (0, False)
    assert [one["temperature"] for one in whole["feed"]["weather"]] == [9]
    assert [one["gtin"] for one in whole["feed"]["prices"]] == [GTIN]
    other = feed("show", config, "--store", OTHER_STORE).stdout
    assert "weather      2099-03-05  4.5  0.0" in other
    assert f"{OTHER_STORE}: 1 prices, 1 weather, 1 calendar; not told yet" in other
    assert "told 0 of 2 stores" in feed("show", config).stdout
    assert feed("set", config, "--clear", "--all").stdout.startswith("said to all: nothing")
    assert json.loads(feed("show", config, "--json").stdout)["said"]["all"]["rows"] == {}
    assert audited(config) == [
        f"{ME}: feed to all: 1 prices, 1 weather, 1 calendar",
        f"{ME}: feed to region north: 1 weather",
        f"{ME}: feed to all: nothing",
    ]


def test_an_event_is_typed_for_one_store(config: Path) -> None:
    words = (config, "--store", STORE, "--day", "2099-03-07", "--name", "Football  match")
    told = feed("event", "add", *words, "--effect", "0.3")
    assert told.stdout.startswith(f"2099-03-07  Football match: said to store {STORE}")
    assert feed("event", "list", config).stdout == (
        f"2099-03-07     +30 %  Football match  (store {STORE})\n"
    )
    assert "1 events added" in feed("show", config).stdout
    assert "local_events 2099-03-07  Football match  0.3" in (
        feed("show", config, "--store", STORE).stdout
    )
    assert feed("event", "remove", *words).exit_code == 0
    assert feed("event", "remove", *words).exit_code == 1
    assert "no event was added" in feed("event", "list", config).stdout
    assert len(audited(config)) == 2


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("set", "{config}", "--all"), "say what: FILE, or --clear"),
        (("set", "{config}", "--clear"), "say whom it is for"),
        (("set", "{config}", "--clear", "--all", "--store", "s-0001"), "say whom it is for"),
        (("set", "{config}", "--clear", "--store", "S 1"), "is no store"),
        (("set", "{config}", "--clear", "--region", " "), "a region has"),
        (("set", "{config}", "no-such.toml", "--all"), "there is no"),
        (("set", "{config}", "{bad}", "--all"), "weather 1: day"),
        (("set", "{config}", "{list}", "--all"), "an object with the lists"),
        (("set", "{config}", "{torn}", "--all"), "torn.toml"),
        (("event", "add", "{config}", "--all", "--day", "2099-03-07", "--name", " "), "--name"),
        (
            (
                *("event", "add", "{config}", "--all"),
                *["--day", "2099-03-07", "--name", "x", "--effect", "99"],
            ),
            "effect",
        ),
    ],
)
def test_what_cannot_be_said_is_told_in_a_line(
    config: Path, words: tuple[str, ...], why: str
) -> None:
    named = {
        "{config}": config,
        "{bad}": file_with(config, '{"weather": [{"day": "soon", "temperature": 1}]}', "bad.json"),
        "{list}": file_with(config, "[]", "list.json"),
        "{torn}": file_with(config, "[[weather", "torn.toml"),
    }
    told = feed(*(named.get(one, one) for one in words))
    assert told.exit_code == 2
    assert why in told.stderr


def test_a_store_that_was_never_heard_is_told(config: Path) -> None:
    told = feed("show", config, "--store", "s-0099")
    assert told.exit_code == 1
    assert "never heard" in told.stderr
    assert "told again to 0 stores" in feed("publish", config).stdout
