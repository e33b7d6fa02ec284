"""What is at work once settings from afar lie over the store's own file."""

from pathlib import Path

import pytest

from edge_agent.adapters.remote_file import RemoteFile
from edge_agent.commands.launching import start
from edge_agent.commands.reading import read_config_at_work
from edge_agent.core.remote_config import Event, Overlay, Standing

HALF = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
ELSEWHERE: dict[str, object] = {"name": "aisle-1", "source": "rtsp://cam/2"}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Return the configuration of a store whose one camera has a mask."""
    path = tmp_path / "edge.toml"
    path.write_text(
        '[store]\nid = "store-1"\ntimezone = "Europe/Berlin"\n[storage]\nfolder = "data"\n'
        '[[cameras]]\nname = "aisle-1"\nsource = "rtsp://cam/1"\n'
        f"mask = [{[list(corner) for corner in HALF]}]\n"
    )
    return path


def order(store: Path, *cameras: dict[str, object]) -> None:
    """Put an order of cameras to work."""
    overlay = Overlay(1, {"cameras": list(cameras)})
    folder = store.parent / "data"
    folder.mkdir(exist_ok=True)
    RemoteFile(folder).write(Standing().after(Event.ORDERED, overlay))


def test_a_camera_that_is_replaced_from_afar_keeps_its_mask(store: Path) -> None:
    order(store, ELSEWHERE, {"name": "aisle-2", "source": "rtsp://cam/3"})
    for config in (start(store), read_config_at_work(store)):
        assert [(one.source, one.mask) for one in config.cameras] == [
            ("rtsp://cam/2", (HALF,)),
            ("rtsp://cam/3", ()),
        ]


def test_a_mask_from_afar_puts_the_order_aside(store: Path) -> None:
    order(store, {**ELSEWHERE, "mask": [[[0, 0], [1, 0], [1, 1], [0, 1]]]})
    (camera,) = start(store).cameras
    assert (camera.source, camera.mask) == ("rtsp://cam/1", (HALF,))
    standing = RemoteFile(store.parent / "data").read()
    assert (standing.refused, standing.problem) == (
        1,
        "cameras[0].mask: is set on the device alone",
    )
