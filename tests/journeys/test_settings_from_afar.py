"""Settings and errands from afar, through the public commands of both programs.

A real broker, a real centre over mutual TLS and a real store, each a process. The store is killed
at bad moments; it always comes up with settings that it was proven to live with.
"""

import contextlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from central_sync.adapters.fleet_tables import read_stores
from central_sync.adapters.remote_tables import read_settings
from central_sync.adapters.sqlite_reading import DatabaseUnreadableError, reading
from central_sync.core.remote_orders import Answer, WantedSettings
from edge_agent.adapters.remote_file import RemoteFile
from edge_agent.core.remote_config import State
from endcap.wire.commands import StoreState
from tests.broker import Broker, mosquitto
from tests.fakes.identities import Card, new_authority, new_card
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
STORE = "s-0001"
LONGEST = 180.0
SECRETS = ("hunter2", "tlJwpbo6", "swordfish", "5412751234567890", "anna@example.org")

CENTRE = """\
[centre]
folder = "{folder}/centre"
[http]
port = {port}
[http.tls]
certificate = "{authority}/centre.pem"
key = "{authority}/centre.key"
client_ca = "{authority}/ca.pem"
people_too = false
[mqtt]
host = "127.0.0.1"
port = {broker}
[training]
enabled = false
[releases]
keys_folder = "{folder}/keys"
"""
EDGE = """\
[store]
id = "s-0001"
timezone = "UTC"
region = "north"
[storage]
folder = "{folder}/store"
[kiosk]
port = {kiosk}
[mqtt]
host = "127.0.0.1"
port = {broker}
username = "store"
password_file = "{folder}/password"
[updates]
url = "https://127.0.0.1:{port}"
root = "{folder}/keys/root.json"
[updates.tls]
ca = "{authority}/ca.pem"
certificate = "{card.certificate}"
key = "{card.key}"
[[cameras]]
name = "aisle"
source = "rtsp://admin:hunter2@127.0.0.1:9/user=admin_password=tlJwpbo6"
every = "1h"
[sales]
drop_folder = "{folder}/sales"
[remote]
trial = "90s"
"""


def _run(program: str, *words: object, code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", program, *map(str, words)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def _until(condition: Callable[[], object]) -> None:
    ends = time.monotonic() + LONGEST  # noqa: TID251 - a journey takes real time
    while not condition():
        assert time.monotonic() < ends, "what was waited for never came"  # noqa: TID251 - likewise
        time.sleep(0.2)  # noqa: TID251 - likewise


@dataclass
class World:
    """The programs, and what a person would look at."""

    folder: Path
    kiosk: str
    processes: dict[str, subprocess.Popen[bytes]]

    def start(self, name: str, program: str, *words: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", program, *words], cwd=ROOT, stdout=log, stderr=log
            )

    def start_store(self) -> None:
        self.start("store", "edge_agent", "run", str(self.folder / "edge.toml"))

    def kill_store(self) -> None:
        self.processes["store"].send_signal(signal.SIGKILL)
        self.processes["store"].wait()

    def centre(self, *words: object, code: int = 0) -> str:
        group, command, *rest = words
        return _run("central_sync", group, command, self.folder / "central.toml", *rest, code=code)

    def configure(self, settings: str) -> int:
        file = self.folder / "settings.toml"
        file.write_text(settings)
        said = self.centre("fleet", "configure", "--region", "north", "--set", file)
        assert "ordered for 1 stores" in said
        return self.ordered.counter

    @property
    def ordered(self) -> WantedSettings:
        """What the store was ordered, and what it says of it, as the centre knows."""
        with reading(self.folder / "centre" / "centre.sqlite") as db:
            return read_settings(db)[0]

    @property
    def state(self) -> StoreState | None:
        with contextlib.suppress(DatabaseUnreadableError):
            with reading(self.folder / "centre" / "centre.sqlite") as db:
                found = read_stores(db, STORE)
            return found[0].state if found else None
        return None

    def answers(self, counter: int, answer: Answer) -> bool:
        return (self.ordered.counter, self.ordered.answer) == (counter, answer)

    @property
    def problem(self) -> str:
        return self.state.config_problem if self.state else ""

    @property
    def errand_done(self) -> int:
        """The counter of the last errand when it is done, else 0."""
        state = self.state
        return state.errand if state and state.errand_state == "done" else 0

    def serves(self) -> bool:
        with contextlib.suppress(httpx.HTTPError):
            return httpx.get(f"{self.kiosk}/v1/health/ready", timeout=2).is_success
        return False

    @property
    def standing(self) -> tuple[State, int]:
        found = RemoteFile(self.folder / "store").read()
        return found.state, found.current.counter

    @property
    def starts(self) -> int:
        """How often the store has started with settings on trial."""
        return RemoteFile(self.folder / "store").read().starts

    def log(self) -> list[dict[str, Any]]:
        lines = (self.folder / "store.log").read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    authority = new_authority(tmp_path / "authority")
    card = new_card(authority, tmp_path / "cards", STORE)
    with mosquitto(tmp_path / "broker") as broker:
        made = _written(tmp_path, broker, card)
        try:
            _run("central_sync", "keys", "init", tmp_path / "keys", "--config",
                 tmp_path / "central.toml")  # fmt: skip
            made.start("centre", "central_sync", "serve", str(tmp_path / "central.toml"))
            made.start_store()
            _until(made.serves)
            _until(lambda: made.state is not None)
            yield made
        finally:
            for process in made.processes.values():
                process.kill()
                process.wait()


def _written(folder: Path, broker: Broker, card: Card) -> World:
    """Write the configuration of both programs, with secrets and a person's traces planted."""
    port, kiosk = free_port(), free_port()
    values = {"folder": folder, "port": port, "kiosk": kiosk, "broker": broker.port}
    values |= {"authority": folder / "authority", "card": card.tls}
    (folder / "central.toml").write_text(CENTRE.format(**values))
    (folder / "edge.toml").write_text(EDGE.format(**values))
    (folder / "password").write_text("swordfish\n")
    (folder / "password").chmod(0o600)
    (card.tls.key or folder).chmod(0o600)
    (folder / "sales").mkdir()
    row = "t-1,1,not-a-gtin 5412751234567890,1,2.00,2026-03-02T10:00:00Z,anna@example.org"
    header = "transaction_id,line,gtin,units,amount,sold_at,loyalty_id"
    (folder / "sales" / "day.csv").write_text(f"{header}\n{row}\n")
    return World(folder, f"http://127.0.0.1:{kiosk}", {})


def test_settings_and_errands_from_afar(world: World) -> None:
    first = world.configure('[log]\nlevel = "debug"\n')
    store = world.processes["store"].pid
    _until(lambda: world.answers(first, Answer.IN_FORCE))
    assert world.standing == (State.IN_FORCE, first)
    assert world.processes["store"].poll() is None, "one process, which began anew"
    assert world.processes["store"].pid == store

    never = world.configure('[log]\nlevel = "loud"\n[kiosk]\nport = 1\n')
    _until(lambda: world.answers(never, Answer.REFUSED))
    assert world.problem.startswith("kiosk: is set on the device alone")
    wrong = world.configure('[log]\nlevel = "loud"\n')
    _until(lambda: world.answers(wrong, Answer.REFUSED))
    assert 'log.level: "loud" is not allowed' in world.problem
    assert "refused: settings from afar: log.level" in world.centre(
        "fleet", "config-status", code=1
    )
    assert world.standing == (State.IN_FORCE, first)

    world.centre("fleet", "errand", STORE, "restart", "--reason", "a test")
    _until(lambda: world.errand_done)
    restarted = world.errand_done
    starts = [one for one in world.log() if one["code"] == "agent-started"]
    assert len(starts) == 3

    world.centre("fleet", "errand", STORE, "upload-bundle", "--reason", "a test")
    _until(lambda: world.errand_done > restarted)
    out, local = world.folder / "bundle.json", world.folder / "local.json"
    world.centre("fleet", "bundles", STORE, "--fetch", out)
    _holds_nothing_personal(out)
    _run("edge_agent", "bundle", world.folder / "edge.toml", local)
    _holds_nothing_personal(local)

    assert "whole: 8 entries" in _run("edge_agent", "audit", world.folder / "edge.toml")
    assert "whole: 5 entries" in _run("central_sync", "audit", world.folder / "central.toml")


def _holds_nothing_personal(file: Path) -> None:
    text = file.read_text()
    told = json.loads(text)
    assert told["settings"]["cameras"][0]["source"] == "rtsp://127.0.0.1/..."
    assert told["settings"]["log"]["level"] == "debug", "what is at work, not the file alone"
    assert {one["check"] for one in told["findings"]} >= {"disk", "database", "broker", "centre"}
    assert told["counts"]["outbox"] > 0
    assert [secret for secret in SECRETS if secret in text] == []
    assert len(text) < 256 * 1024


def test_settings_with_which_the_store_does_not_come_up_are_gone_after_three_starts(
    world: World,
) -> None:
    first = world.configure('[log]\nlevel = "debug"\n')
    _until(lambda: world.answers(first, Answer.IN_FORCE))
    second = world.configure("[models]\nthreads = 2\n")
    _until(lambda: world.standing == (State.ON_TRIAL, second))
    for counted in (1, 2, 3):
        _until(lambda: world.starts == counted)  # noqa: B023 - asked before it changes
        world.kill_store()
        world.start_store()
    _until(world.serves)
    assert world.standing == (State.IN_FORCE, first), "the fourth start goes back"
    _until(lambda: world.answers(second, Answer.REFUSED))
    assert world.problem == "the program did not come up with them in 3 starts"
    assert world.state is not None
    assert world.state.config == first
