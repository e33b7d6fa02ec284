"""Every example of docs/feeds.md is read as it stands, and every kind of file has one."""

import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from central_sync.core.feeds import feed_of
from edge_agent.adapters.consent_tables import CardReader
from edge_agent.adapters.feed_intake import SqliteIntake
from edge_agent.config import load_config
from edge_agent.core.feed.kinds import FeedKind, kind_of
from endcap.plumbing.sqlite_file import SqliteFile
from tests.edge_agent.adapters.store_file import with_store
from tests.fakes.store_files import dropped

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
PAGE = (Path(__file__).parents[3] / "docs" / "feeds.md").read_text("utf-8")
EXAMPLES = re.findall(r"```(\w+) (\S+)\n(.*?)```", PAGE, re.DOTALL)
SETTINGS = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
FILES = {name: text for form, name, text in EXAMPLES if form != "toml"}


@pytest.mark.parametrize("name", FILES)
def test_an_example_is_taken_in_whole(tmp_path: Path, name: str) -> None:
    async def work(file: SqliteFile) -> None:
        outcome = await SqliteIntake(file, UTC, CardReader(b"k")).take(
            dropped(name, FILES[name]), AT
        )
        assert (outcome.refusals, outcome.notes) == ((), ())
        assert outcome.accepted > 0

    with_store(tmp_path, work)


def test_every_kind_of_file_has_an_example_and_a_row_in_the_table() -> None:
    assert {kind_of(name) for name in FILES} == set(FeedKind)
    for kind in set(FeedKind) - {FeedKind.FEED}:
        assert f"| `{kind.value}`" in PAGE


def test_the_centres_example_is_one_it_takes() -> None:
    [text] = [text for form, _, text in EXAMPLES if form == "toml"]
    assert feed_of(tomllib.loads(text)).calendar


def test_the_examples_of_settings_are_right(tmp_path: Path) -> None:
    config = tmp_path / "edge.toml"
    begin = '[store]\nid = "store-1"\ntimezone = "UTC"\n[storage]\nfolder = "data"\n'
    config.write_text(begin + '[sales]\ndrop_folder = "drop"\n' + "\n".join(SETTINGS))
    found = load_config(config, {}, check_files=False)
    assert found.sales is not None
    assert [one.prefix for one in found.sales.in_store] == ["21"]
    assert found.feed.pull is not None
    assert found.feed.pull.format == "open-meteo"
