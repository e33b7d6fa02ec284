"""The doctor says of which cameras pictures leave the store, and what that means."""

from pathlib import Path

from edge_agent.commands.leaving import pictures, unmasked
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


def test_a_camera_that_the_centre_alone_names_has_no_mask_and_is_told(tmp_path: Path) -> None:
    own = config(tmp_path)
    path = tmp_path / "edge.toml"
    listed = [{"name": "quiet", "source": "rtsp://c/1"}, {"name": "new", "source": "rtsp://c/2"}]
    at_work = load_config(path, {}, remote={"cameras": listed}, check_files=False)
    (one,) = unmasked(own, at_work)
    assert (one.check, one.state) == ("privacy", "warn")
    assert one.seen.startswith("new: named by the centre alone")
    assert not any(camera.review for camera in at_work.cameras), "no picture leaves the store"
    assert list(unmasked(own, own)) == []
