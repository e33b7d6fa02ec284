"""Reads a signed repository on the disk as a stranger does: python-tuf's own client, no network.

A change is rehearsed on a copy, and read here by a client that is new and by one that knows the
repository as it was. Nothing of ours takes part in what is believed.
"""

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote

from tuf.api.exceptions import DownloadError, DownloadHTTPError
from tuf.api.exceptions import RepositoryError as TufError
from tuf.ngclient import FetcherInterface, Updater

from central_sync.ports.releases import RepositoryError

_HERE = "file-of-the-repository:///"


class _FromFolder(FetcherInterface):
    """Hands a repository's files to python-tuf's client."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _fetch(self, url: str) -> Iterator[bytes]:
        path = self._folder / unquote(url.removeprefix(_HERE))
        if not path.is_file():
            raise DownloadHTTPError(f"{path} is not there", 404)
        yield path.read_bytes()


class RepositoryReader:
    """A client that began with `root` and remembers in `memory` what it verified."""

    def __init__(self, folder: Path, root: bytes, memory: Path) -> None:
        self._folder = folder
        self._root = root
        self._memory = memory

    def read(self, at: datetime) -> Updater:
        """Return python-tuf's updater, refreshed as a store would be at `at`.

        Raises:
            RepositoryError: a store could not read the repository.
        """
        downloads = self._memory / "targets"
        downloads.mkdir(parents=True, exist_ok=True)
        try:
            updater = Updater(
                metadata_dir=str(self._memory),
                metadata_base_url=f"{_HERE}metadata/",
                target_dir=str(downloads),
                target_base_url=f"{_HERE}targets/",
                fetcher=_FromFolder(self._folder),
                bootstrap=self._root,
            )
            updater._trusted_set.reference_time = at  # noqa: SLF001 - it takes the time no other way
            updater.refresh()
        except (TufError, DownloadError, OSError) as error:
            raise RepositoryError(f"a store could not read {self._folder}: {error}") from error
        return updater

    def moved(self, folder: Path, memory: Path) -> "RepositoryReader":
        """Return the same client, with all it remembers, before another copy of the repository."""
        shutil.copytree(self._memory, memory, symlinks=True)
        return RepositoryReader(folder, self._root, memory)
