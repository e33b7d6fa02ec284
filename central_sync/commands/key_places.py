"""Where a key command finds the repository and the keys, and how it copies both to rehearse.

A rehearsal works on a copy: metadata copied, targets linked, the online keys linked, new keys made
beside them; all of it is gone afterwards. No secret key is copied.
"""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from central_sync.adapters.key_changes import KeyChanges
from central_sync.adapters.repository_reader import RepositoryReader
from central_sync.adapters.signing_keys import OFFLINE, ONLINE, ONLINE_ROLES, online_folder
from central_sync.adapters.tuf_files import Lifetimes, RepositoryFiles
from central_sync.adapters.tuf_repository import TufRepository
from central_sync.commands.speaking import read_config, stop
from central_sync.config import CentralConfig
from central_sync.ports.releases import RepositoryError


@dataclass(frozen=True, slots=True)
class Place:
    """A repository, the keys that sign it, and where new offline keys go.

    `database` is that of a centre that has run, whose orders its control keys sign.
    """

    repository: Path
    offline: Path
    online: Path
    new_keys: Path
    lifetimes: Lifetimes
    database: Path | None = None

    @property
    def changes(self) -> KeyChanges:
        """Its key ceremonies."""
        return KeyChanges(self.repository, self.online, lifetimes=self.lifetimes)

    @property
    def tuf(self) -> TufRepository:
        """Its releases."""
        return TufRepository(self.repository, self.online, lifetimes=self.lifetimes)

    def home(self, role: str) -> Path:
        """Return the folder in which a new key of `role` is made."""
        return self.online if role in ONLINE_ROLES else self.new_keys


def find_place(
    config: Path | None, repository: Path | None, keys: Path, new_keys: Path | None = None
) -> Place:
    """Return where a command works; end it when it was not told."""
    if (config is None) == (repository is None):
        raise stop("say where the repository is: --config CONFIG or --repository FOLDER")
    whole = keys.parent if keys.is_file() or keys.name in (OFFLINE, ONLINE) else keys
    offline = next((one for one in (keys / OFFLINE, keys) if one.exists()), keys)
    fresh = new_keys or (offline if offline.is_dir() else whole)
    if config is None:
        place = repository or Path()
        return Place(place, offline, online_folder(whole), fresh, Lifetimes())
    found = read_config(config, check_files=False)
    online = online_folder(found.releases.keys_folder or whole)
    ran = found.centre.database if found.centre.database.exists() else None
    return Place(found.centre.tuf, offline, online, fresh, lifetimes_of(found), ran)


def lifetimes_of(config: CentralConfig) -> Lifetimes:
    """Return how long signatures are good for at a centre."""
    return Lifetimes(
        snapshot=config.releases.snapshot_expiry, timestamp=config.releases.timestamp_expiry
    )


@contextlib.contextmanager
def copied(place: Place) -> Iterator[Place]:
    """Yield a copy of `place` to rehearse in; it is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="endcap-rehearsal-") as name:
        folder = Path(name)
        shutil.copytree(place.repository, folder / "tuf", copy_function=_linked, ignore=_hidden)
        online = folder / "keys" / ONLINE
        online.mkdir(parents=True, mode=0o700)
        for path in sorted(place.online.glob("*")):
            (online / path.name).symlink_to(path.resolve())
        fresh = folder / "keys" / OFFLINE
        yield Place(folder / "tuf", place.offline, online, fresh, place.lifetimes)


def rehearsed(place: Place, work: Callable[[Place], None], at: datetime) -> tuple[str, ...]:
    """Do `work` in a copy, read the copy as stores do, and return what would change.

    Stores that are new, that know the repository as it is, and that slept since its first root.

    Raises:
        RepositoryError: the work cannot be done, or a store could not read what it leaves.
    """
    files = RepositoryFiles(place.repository)
    first = min((files.folder / "metadata").glob("*.root.json"), key=_version).read_bytes()
    before = files.newest_root().read_bytes()
    with copied(place) as copy, tempfile.TemporaryDirectory() as name:
        memory = Path(name)
        said, awake = [], RepositoryReader(place.repository, before, memory / "awake")
        try:
            awake.read(at)
        except RepositoryError as error:  # that may be what the change is to mend
            said.append(f"as it is now, {error}")
        work(copy)
        after = RepositoryFiles(copy.repository).newest_root().read_bytes()
        awake.moved(copy.repository, memory / "awake-after").read(at)
        RepositoryReader(copy.repository, first, memory / "slept").read(at)
        RepositoryReader(copy.repository, after, memory / "new").read(at)
        read = "read by a new store, by one that is awake, and by one that slept since root 1"
        return (*said, *differences(place, copy), read)


def differences(before: Place, after: Place) -> tuple[str, ...]:
    """Return what each role trusts and says otherwise, a line each."""
    lines = []
    old, new = before.changes.roles(), after.changes.roles()
    for role, now in new.items():
        was = old[role]
        if was == now:
            continue
        moved = [f"version {was.version} -> {now.version}", f"good until {now.expires:%Y-%m-%d}"]
        moved += [f"+{keyid[:12]}" for keyid in now.keyids if keyid not in was.keyids]
        moved += [f"-{keyid[:12]}" for keyid in was.keyids if keyid not in now.keyids]
        lines.append(f"{role}: {', '.join(moved)}")
    return tuple(lines)


def _version(path: Path) -> int:
    return int(path.name.split(".")[0])


def _linked(source: str, target: str) -> str:
    """Link a target file, which never changes; copy anything else."""
    if Path(source).parent.name == "metadata" or Path(source).suffix == ".json":
        return str(shutil.copy2(source, target))
    try:
        os.link(source, target)
    except OSError:
        return str(shutil.copy2(source, target))
    return target


def _hidden(_: str, names: list[str]) -> list[str]:
    return [name for name in names if name.startswith(".")]


def read_passphrase(path: Path | None) -> bytes | None:
    """Return the first line of a passphrase file, None without one; end the command on trouble."""
    if path is None:
        return None
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise stop(f"{path} cannot be read: {error.strerror}") from None
    if not lines or not lines[0]:
        raise stop(f"{path} holds no passphrase; write it in its first line")
    return lines[0]
