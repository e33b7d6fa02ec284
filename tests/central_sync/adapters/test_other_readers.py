"""Our repository, read by implementations of TUF that share no code with Endcap.

python-tuf's own client with its own fetcher, always; tuf-js when `ENDCAP_TUF_JS` names the folder
of modules that `npm install tuf-js` made. Both meet a repository that has lived: several roots, a
release, a rotation of every role.
"""

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tuf.ngclient import Updater, UpdaterConfig

from central_sync.adapters.key_changes import ROLES, KeyChanges
from central_sync.adapters.signing_keys import add_key, load_signers
from endcap.plumbing.clock import SystemClock
from endcap.wire.release_paths import CONTROL_KEYS, MODEL_SIGNING_KEY, model_path
from tests.fakes.http_folder import HttpFolder, serving
from tests.fakes.release_world import Centre, centre
from tests.fakes.tiny_models import release, tiny

ONE, TWO = tiny(2.0), tiny(3.0, version="1.0.1")
NAMES = [CONTROL_KEYS, MODEL_SIGNING_KEY, "releases/1.json", "releases/2.json"]
NAMES += [model_path(one.manifest) for one in (ONE, TWO)]
MODULES = os.environ.get("ENDCAP_TUF_JS", "")  # noqa: TID251 - where the other reader lies


@pytest.fixture
def lived(tmp_path: Path) -> Centre:
    """A repository of today with two releases, between which every role's keys were replaced."""
    now = SystemClock().now()
    made = asyncio.run(centre(tmp_path))
    made.at = now
    keys = made.offline.parent
    asyncio.run(made.publish(release(1, ONE), [ONE]))
    for role in (*ROLES, "root"):
        changes = KeyChanges(made.folder, keys / "online")
        online = role in ("snapshot", "timestamp")
        home = keys / "online" if online else made.offline
        gone = changes.roles()[role].keyids
        new = [add_key(home, role).public_key for _ in gone]
        changes.stage(role, new, gone, now)
        changes.sign([*load_signers(made.offline, "root"), *load_signers(made.offline, "targets")])
        changes.publish(now)
    for path in made.offline.glob("targets-1.pem"):
        path.unlink()  # it signs no more
    asyncio.run(made.publish(release(2, TWO), [TWO]))
    return made


@pytest.fixture
def http(lived: Centre) -> Iterator[HttpFolder]:
    with serving(lived.folder) as server:
        yield server


def first_root(lived: Centre) -> bytes:
    return (lived.folder / "metadata" / "1.root.json").read_bytes()


def lengths(lived: Centre) -> dict[str, int]:
    found = {}
    for name in NAMES:
        content = lived.repository.content(name)
        assert content is not None
        found[name] = len(content)
    return found


def test_python_tufs_own_client_reads_it(lived: Centre, http: HttpFolder, tmp_path: Path) -> None:
    for place in ("memory", "files"):
        (tmp_path / place).mkdir()
    updater = Updater(
        str(tmp_path / "memory"),
        f"{http.url}/metadata/",
        str(tmp_path / "files"),
        f"{http.url}/targets/",
        config=UpdaterConfig(app_user_agent="a stranger"),
        bootstrap=first_root(lived),
    )
    updater.refresh()
    found = {}
    for name in NAMES:
        target = updater.get_targetinfo(name)
        assert target is not None
        found[name] = Path(updater.download_target(target)).stat().st_size
    assert found == lengths(lived)


def test_tuf_js_reads_it(lived: Centre, http: HttpFolder, tmp_path: Path) -> None:
    if not MODULES or shutil.which("node") is None:
        pytest.skip("tuf-js is not at hand: npm install tuf-js, ENDCAP_TUF_JS=.../node_modules")
    memory = tmp_path / "memory"
    memory.mkdir()
    (memory / "root.json").write_bytes(first_root(lived))
    script = Path(__file__).with_name("other_reader.cjs")
    words = ["node", str(script), MODULES, str(memory), http.url, *NAMES]
    ran = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == lengths(lived)


def test_two_people_with_keys_apart_sign_a_release(tmp_path: Path) -> None:
    """Neither one's folder can publish alone; both together can."""
    made = asyncio.run(centre(tmp_path, threshold=2))
    people = [tmp_path / "alice", tmp_path / "bob"]
    for number, folder in enumerate(people, start=1):
        folder.mkdir()
        shutil.move(made.offline / f"targets-{number}.pem", folder)
    at: datetime = made.at
    asyncio.run(made.stage(release(1, ONE), [ONE]))
    for have, folder in enumerate(people, start=1):
        with pytest.raises(Exception, match=f"{have - 1} of 2 signatures"):
            asyncio.run(made.repository.publish(at))
        assert asyncio.run(made.repository.sign(folder)).have == have
    assert asyncio.run(made.repository.publish(at + timedelta(hours=1))).releases == (1,)
