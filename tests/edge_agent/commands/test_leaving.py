"""The doctor says of which cameras pictures leave the store, and what that means."""

from pathlib import Path

from edge_agent.commands.leaving import pictures
from edge_agent.config import EdgeConfig, load_config

STORE = """
[store]
id = "store-1"
timezone = "Europe/Berlin"
[storage]
folder = "data"
[[cameras]]
name = "quiet"
source = "a"
"""


def config(folder: Path, more: str = "") -> EdgeConfig:
    path = folder / "edge.toml"
    path.write_text(STORE + more)
    return load_config(path, {}, check_files=False)


def test_without_such_a_camera_nothing_is_said(tmp_path: Path) -> None:
    assert list(pictures(config(tmp_path))) == []


def test_a_camera_that_asks_is_named(tmp_path: Path) -> None:
    asks = '[[cameras]]\nname = "asks"\nsource = "b"\nreview = true\n'
    (one,) = pictures(config(tmp_path, asks))
    assert (one.check, one.state) == ("privacy", "ok")
    assert "of asks (review = true)" in one.seen
    assert "72 h" in one.seen
