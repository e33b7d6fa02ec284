"""A store's own updater, awake or asleep, while the centre's keys are replaced."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from central_sync.adapters.key_changes import ROLES, KeyChanges, Role
from central_sync.adapters.signing_keys import add_key, load_signers
from edge_agent.adapters.model_files import ModelFolder
from edge_agent.adapters.tuf_releases import Source, TufReleases
from endcap.plumbing.clock import SystemClock
from tests.fakes.http_folder import HttpFolder, serving
from tests.fakes.release_world import QUICK, Centre, centre
from tests.fakes.tiny_models import NOON, release, tiny

ONE, TWO = tiny(2.0), tiny(3.0, version="1.0.1")
MONTH = timedelta(days=30)


@pytest.fixture
def made(tmp_path: Path) -> Centre:
    one = asyncio.run(centre(tmp_path / "centre"))
    asyncio.run(one.publish(release(1, ONE), [ONE]))
    return one


@pytest.fixture
def http(made: Centre) -> Iterator[HttpFolder]:
    with serving(made.folder) as server:
        yield server


def rotate(made: Centre, role: Role, days: int) -> None:
    """Replace every key of a role, some days after NOON."""
    at, keys = NOON + timedelta(days=days), made.offline.parent
    changes = KeyChanges(made.folder, keys / "online")
    home = keys / "online" if role in ("snapshot", "timestamp") else made.offline
    gone = changes.roles()[role].keyids
    new = [add_key(home, role).public_key for _ in gone]
    changes.stage(role, new, gone, at)
    changes.sign([*load_signers(made.offline, "root"), *load_signers(made.offline, "targets")])
    changes.publish(at)


def store(folder: Path, http: HttpFolder, root: bytes, client: httpx.Client) -> TufReleases:
    source = Source(http.url, root, "0.1.0", QUICK, reserve=0)
    files = ModelFolder(folder / "models")
    return TufReleases(source, folder / "metadata", files, client, SystemClock())


def test_a_store_that_slept_a_month_follows_every_change_at_once(
    made: Centre, http: HttpFolder, tmp_path: Path
) -> None:
    born_with = made.repository.root()
    with httpx.Client(timeout=5) as client:
        slept = store(tmp_path / "slept", http, born_with, client)
        assert asyncio.run(slept.fetch(1, NOON)).release == 1
        for days, role in enumerate((*ROLES, "root", "targets"), start=10):
            rotate(made, role, days)
        (made.offline / "targets-1.pem").unlink()
        (made.offline / "targets-2.pem").unlink()
        made.at = NOON + MONTH
        asyncio.run(made.publish(release(2, TWO), [TWO]))
        assert asyncio.run(slept.fetch(2, NOON + MONTH)).release == 2
        new = store(tmp_path / "new", http, born_with, client)
        assert asyncio.run(new.fetch(2, NOON + MONTH)).release == 2


@pytest.mark.parametrize("role", ROLES)
def test_a_store_that_is_awake_follows_each_change(
    made: Centre, http: HttpFolder, tmp_path: Path, role: Role
) -> None:
    with httpx.Client(timeout=5) as client:
        awake = store(tmp_path / "awake", http, made.repository.root(), client)
        asyncio.run(awake.fetch(1, NOON))
        rotate(made, role, 0)
        assert asyncio.run(awake.fetch(1, NOON)).release == 1
