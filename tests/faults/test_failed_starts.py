"""A real agent whose new models end it, or fail: the release before comes back, offline too.

And when that one ends it too, what came with the program.
"""

import asyncio
import json
import platform
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from onnx import TensorProto, helper

from demo.processes import command
from edge_agent.adapters.model_files import ModelFolder
from edge_agent.adapters.schema import migrate
from edge_agent.adapters.update_tables import UpdateTables
from edge_agent.core.update import State, Update
from endcap.plumbing.sqlite_file import open_sqlite
from endcap.wire.manifest import FileRef
from endcap.wire.topics import Channel
from tests.fakes.release_world import centre
from tests.fakes.tiny_models import NOON, TinyModel, described, onnx_bytes, release, tiny
from tests.ports import free_port

SOUND, NEXT = (tiny(float(n), kind="shopper", version=f"1.0.{n}") for n in (2, 3))
CONFIG = """\
[store]
id = "s-0001"
timezone = "UTC"
[storage]
folder = "{folder}/state"
[kiosk]
port = {port}
[updates]
url = "http://127.0.0.1:{nobody}"
root = "{folder}/centre/tuf/metadata/1.root.json"
probation = "1h"
"""
PATIENCE = 90.0
_WISH = """
INSERT INTO orders (channel, counter, body, keys, taken_at)
VALUES (?, 1, '{"release": 2}', '{}', '2026-03-02T12:00:00+00:00')
"""


class Device:
    """A store's folder, with release 1 that was committed and release 2 on probation."""

    def __init__(self, folder: Path, first: TinyModel = SOUND) -> None:
        self.folder, self.port, self.first = folder, free_port(), first
        asyncio.run(centre(folder / "centre"))
        self.config = folder / "edge.toml"
        self.config.write_text(CONFIG.format(folder=folder, port=self.port, nobody=free_port()))
        (folder / "state" / "models").mkdir(parents=True)
        asyncio.run(self._install())

    async def _install(self) -> None:
        files = ModelFolder(self.folder / "state" / "models")
        async with open_sqlite(self.folder / "state" / "store.db", migrate) as file:
            tables = UpdateTables(file)
            for number, one in enumerate((self.first, NEXT), start=1):
                _place(files, one)
                await tables.serve(Update(State.PROBATION, number), release(number, one), NOON)
                if number == 1:
                    await tables.advance(Update(State.COMMITTED, number), NOON)
            await file.write(lambda db: db.execute(_WISH, (Channel.DESIRED.value,)))

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        with (self.folder / "agent.log").open("ab") as log:
            agent = subprocess.Popen([command("edge-agent"), "run", self.config], stderr=log)
            try:
                yield agent
            finally:
                agent.kill()
                agent.wait()

    def journal(self) -> list[Any]:
        with closing(sqlite3.connect(self.folder / "state" / "store.db")) as db:
            return db.execute(
                "SELECT state, counts, reason, at FROM update_journal ORDER BY step"
            ).fetchall()

    def status(self) -> dict[str, Any] | None:
        try:
            answer = httpx.get(f"http://127.0.0.1:{self.port}/v1/status", timeout=5).json()
        except httpx.HTTPError:
            return None
        return answer if isinstance(answer, dict) else None

    def await_(self, true: Callable[[], bool]) -> None:
        ends = time.perf_counter() + PATIENCE
        while not true():
            if time.perf_counter() > ends:
                pytest.fail((self.folder / "agent.log").read_text()[-1500:])
            time.sleep(0.01)  # noqa: TID251 - another process is waited for


def _place(files: ModelFolder, one: TinyModel) -> None:
    """Put a model's files where the updater puts them."""
    for content, name in ((one.model, one.manifest.model), (one.golden, one.manifest.golden)):
        part = files.folder / "x.part"
        part.write_bytes(content)
        files.place(content, FileRef(file="x", sha256=name.sha256, length=len(content)), part)


@pytest.fixture
def device(tmp_path: Path) -> Device:
    return Device(tmp_path)


def test_three_starts_that_are_killed_bring_the_release_before_back_offline(
    device: Device,
) -> None:
    for start in range(1, 4):
        with device.running():
            device.await_(lambda nth=start: starts(device) == nth)  # type: ignore[misc]
    assert device.journal()[-1][0] in ("rolling_back", "refused")
    with device.running():
        device.await_(lambda: (device.status() or {}).get("release") == 1)
    state, _, reason, _ = device.journal()[-1]
    assert state in ("refused", "idle")
    refused = [row for row in device.journal() if row[0] == "refused"]
    assert refused[0][2] == "the program ended while probation (3 times)"
    assert reason in ("", refused[0][2])


def test_a_verdict_brings_the_old_models_back_within_a_minute(device: Device) -> None:
    with device.running():
        device.await_(lambda: (device.status() or {}).get("release") == 2)
        url = f"http://127.0.0.1:{device.port}/v1/recommendations"
        for _ in range(5):  # the model takes other inputs: each question is an error
            assert httpx.post(url, json={"basket": [], "limit": 3}, timeout=20).status_code == 200
        device.await_(lambda: (device.status() or {}).get("release") == 1)
        back = time.time()  # noqa: TID251 - compared with what the agent's clock wrote
    [verdict] = [row for row in device.journal() if row[0] == "rolling_back"]
    assert verdict[2].startswith("shopper: ")
    seconds = back - datetime.fromisoformat(verdict[3]).timestamp()
    print(f"back on the old model {seconds:.2f} s after the verdict")  # noqa: T201
    assert seconds < 60


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="no trap on division")
def test_a_release_before_that_ends_the_program_too_gives_way_to_what_came_with_it(
    tmp_path: Path,
) -> None:
    device = Device(tmp_path, deadly())
    for start in range(1, 3):
        with device.running():
            device.await_(lambda nth=start: starts(device) == nth)  # type: ignore[misc]
    for _ in range(3):  # the third start on probation, and two that go on with the way back
        with device.running() as agent:
            assert agent.wait(PATIENCE) == -signal.SIGFPE
    with device.running() as agent:
        device.await_(lambda: (device.status() or {}).get("release") == 0)
        url = f"http://127.0.0.1:{device.port}/v1/recommendations"
        told = httpx.post(url, json={"basket": [], "limit": 3}, timeout=20)
        assert told.status_code == 200
        assert agent.poll() is None
    journal = device.journal()
    assert [row[0] for row in journal if row[0] in ("rolling_back", "last_resort")] == [
        "rolling_back", "rolling_back", "rolling_back", "last_resort"
    ]  # fmt: skip
    [refused] = [row for row in journal if row[0] == "refused"]
    assert refused[2] == (
        "the program ended while probation (3 times);"
        " then the program ended while rolling_back (3 times)"
    )


def deadly() -> TinyModel:
    """Return a model that ends the program when it is loaded: a division that the processor traps.

    ONNX Runtime works out what is constant while it loads, and guards against a zero alone.
    """
    numbers = {"a": -(2**31), "b": -1}
    constants = [helper.make_tensor(k, TensorProto.INT32, [1], [v]) for k, v in numbers.items()]
    nodes = [
        helper.make_node("Div", ["a", "b"], ["c"]),
        helper.make_node("Cast", ["c"], ["w"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["x", "w"], ["y"]),
    ]
    model = onnx_bytes(nodes, constants)
    return described(model, SOUND.golden, kind="shopper", version="1.0.1")


def starts(device: Device) -> int:
    """Return how many starts were counted since the swap."""
    counts = (json.loads(row[1]) for row in device.journal())
    return max(int(one.get("probation.power_lost", 0)) for one in counts)
