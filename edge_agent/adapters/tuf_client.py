"""A TUF client over HTTP: what of a repository may be trusted at a given moment, and its bytes.

python-tuf decides what is trusted; this gives it our time, our limits and our downloads, writes
what it verified so that a power cut loses none of it, and says its errors in the store's words.
Which files are wanted, and what becomes of them, is tuf_releases'.
"""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import httpx
from tuf.api import exceptions as tuf
from tuf.api.metadata import TargetFile
from tuf.ngclient import FetcherInterface, Updater, UpdaterConfig

from edge_agent.adapters.downloads import GONE, Downloads
from edge_agent.ports.updates import DamagedError, NotNowError
from endcap.plumbing.files import sync_folder, write_atomically

_CONFIG = UpdaterConfig(
    max_root_rotations=64,
    root_max_length=128 * 1024,
    timestamp_max_length=16 * 1024,
    snapshot_max_length=256 * 1024,
    targets_max_length=4 * 1024 * 1024,
)


@dataclass(frozen=True, slots=True)
class Repository:
    """Where signed files come from: the URLs of both folders, and the `root` trusted at first.

    `delegations` is how many delegated roles may be asked for a file; with 0, what they name is
    not trusted.
    """

    metadata: str
    targets: str
    root: bytes
    delegations: int = 0


class SignedFiles:
    """The files of a repository as its metadata, verified at one moment, names them."""

    def __init__(self, updater: Updater, targets: str, downloads: Downloads) -> None:
        self._updater = updater
        self._targets = targets.rstrip("/")
        self._downloads = downloads

    @property
    def version(self) -> int:
        """Return the number of the newest statement that the repository is as it is."""
        return self._updater._trusted_set.timestamp.version  # noqa: SLF001 - it is told nowhere else

    @property
    def expires(self) -> datetime:
        """Return when that statement ends."""
        return self._updater._trusted_set.timestamp.expires  # noqa: SLF001 - it is told nowhere else

    def find(self, path: str) -> TargetFile | None:
        """Return what is signed of `path`; None when nothing is.

        Raises:
            NotNowError: the metadata of a delegated role did not come.
            DamagedError: it is not what was signed.
        """
        with _our_words():
            return self._updater.get_targetinfo(path)

    def url(self, target: TargetFile) -> str:
        """Return where the bytes of `target` lie."""
        root = self._updater._trusted_set.root  # noqa: SLF001 - it is told nowhere else
        path = target.get_prefixed_paths()[0] if root.consistent_snapshot else target.path
        return f"{self._targets}/{path}"

    def bring(self, target: TargetFile, part: Path, pieces: Sequence[str] = ()) -> bytes:
        """Return a target's verified bytes, through `part`; what came of it before is used.

        `pieces` are the signed hashes of its pieces, so that a spoilt byte costs one of them.

        Raises:
            NotNowError: nobody answers, or the link broke; what came is kept in `part`.
            DamagedError: the bytes are not what was signed.
        """
        content = self._downloads.large(self.url(target), part, target.length, pieces)
        try:
            target.verify_length_and_hashes(content)
        except tuf.LengthOrHashMismatchError as error:
            part.unlink(missing_ok=True)
            raise DamagedError(f"{target.path} is not what was signed: {_line(error)}") from error
        return content


def refreshed(
    repository: Repository, folder: Path, downloads: Downloads, at: datetime
) -> SignedFiles:
    """Bring fresh metadata into `folder`, verified against what lies there; judge it by `at`.

    Raises:
        NotNowError: nobody answers, or the metadata expired.
        DamagedError: the metadata is not what was signed, or older than what came before.
        OSError: the disk refused.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for unfinished in folder.glob("**/.*.tmp"):  # of a write that was cut off
        unfinished.unlink()
    with _our_words():
        updater = _DurableUpdater(
            metadata_dir=str(folder),
            metadata_base_url=repository.metadata,
            fetcher=_Fetcher(downloads),
            config=replace(_CONFIG, max_delegations=repository.delegations),
            bootstrap=repository.root,
        )
        updater._trusted_set.reference_time = at  # noqa: SLF001 - it takes the time no other way
        updater.refresh()
    sync_folder(folder)
    return SignedFiles(updater, repository.targets, downloads)


class _DurableUpdater(Updater):
    """Writes metadata so that a power cut leaves the old file or the new one, never a torn one.

    A torn file would read as none at all, and with it would go the memory that refuses older ones.
    """

    def _persist_file(self, filename: str, data: bytes) -> None:
        write_atomically(Path(filename), data)


class _Fetcher(FetcherInterface):
    """Fetches metadata for python-tuf over httpx."""

    def __init__(self, downloads: Downloads) -> None:
        self._downloads = downloads

    def _fetch(self, url: str) -> Iterator[bytes]:
        try:
            yield from self._downloads.small(url)
        except NotNowError as error:
            raise tuf.DownloadError(str(error)) from error
        except httpx.HTTPStatusError as error:
            status = error.response.status_code
            code = 404 if status in GONE else status
            raise tuf.DownloadHTTPError(f"{url} answers {status}", code) from error


@contextlib.contextmanager
def _our_words() -> Iterator[None]:
    """Say python-tuf's errors in the two families the store knows."""
    try:
        yield
    except tuf.ExpiredMetadataError as error:
        raise NotNowError(f"{error}; installs wait for fresh signatures") from error
    except tuf.RepositoryError as error:
        raise DamagedError(f"metadata is not what was signed: {_line(error)}") from error
    except tuf.DownloadLengthMismatchError as error:
        raise DamagedError(f"metadata is longer than allowed: {_line(error)}") from error
    except tuf.DownloadError as error:
        raise NotNowError(f"no fresh metadata: {_line(error)}") from error


def _line(error: Exception) -> str:
    """Return an exception on one short line."""
    return " ".join(str(error).split())[:200] or type(error).__name__
