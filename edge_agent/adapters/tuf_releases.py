"""Brings releases that are signed, and nothing else: TUF verification over HTTP.

python-tuf decides what is trusted; this adapter fetches, fsyncs what was verified, and puts model
files in their folder. Only files that the top-level targets role names are used. It does not decide
when to update, nor does it run a model.
"""

import asyncio
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import httpx
from pydantic import ValidationError
from tuf.api import exceptions as tuf
from tuf.api.metadata import TargetFile
from tuf.ngclient import FetcherInterface, Updater, UpdaterConfig

from edge_agent.adapters.downloads import Downloads, Limits
from edge_agent.adapters.model_files import ModelFolder
from edge_agent.ports.updates import DamagedError, NotNowError, UnfitError
from endcap.plumbing.clock import Clock, is_plausible
from endcap.plumbing.files import sync_folder
from endcap.wire.envelope import first_problem
from endcap.wire.manifest import FileRef, ReleaseManifest
from endcap.wire.release_paths import MAX_MANIFEST, files_of, release_path

_CONFIG = UpdaterConfig(
    max_root_rotations=64,
    max_delegations=0,  # what a delegated role names is not trusted
    root_max_length=128 * 1024,
    timestamp_max_length=16 * 1024,
    snapshot_max_length=256 * 1024,
    targets_max_length=4 * 1024 * 1024,
)
_GONE = frozenset({403, 404, 410})


@dataclass(frozen=True, slots=True)
class Source:
    """Where releases come from: `url` has metadata/ and targets/ below it, `root` is trusted."""

    url: str
    root: bytes
    agent: str
    limits: Limits = field(default_factory=Limits)
    reserve: int = 64 * 1024 * 1024  # bytes of the disk that an update leaves free


class TufReleases:
    """A store's view of the signed repository; its verified metadata lies in `folder`."""

    def __init__(
        self, source: Source, folder: Path, files: ModelFolder, client: httpx.Client, clock: Clock
    ) -> None:
        self._source = source
        self._folder = folder
        self._files = files
        self._downloads = Downloads(client, clock, source.limits)

    async def fetch(self, release: int, at: datetime) -> ReleaseManifest:
        """Return a release whose every file is verified and on the disk.

        Raises:
            NotNowError: nobody answers, the metadata expired, the clock is not set, there is no
                room, or the release is not among the signed ones.
            DamagedError: metadata or a file is not what was signed.
            UnfitError: the manifest is not this release's, or asks for a newer agent.
        """
        return await asyncio.to_thread(self._fetch, release, at)

    def _fetch(self, release: int, at: datetime) -> ReleaseManifest:
        if not is_plausible(at):
            raise NotNowError(f"the clock says {at:%Y-%m-%d}; installs wait until it is set")
        try:
            updater = self._refreshed(at)
            manifest = self._manifest(updater, release)
            self._bring_files(updater, manifest)
        except OSError as error:
            raise NotNowError(f"the disk refused: {error}") from error
        return manifest

    def _refreshed(self, at: datetime) -> Updater:
        """Return an updater whose metadata is verified, fresh and on the disk."""
        base = self._source.url.rstrip("/")
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            updater = Updater(
                metadata_dir=str(self._folder),
                metadata_base_url=f"{base}/metadata/",
                fetcher=_Fetcher(self._downloads),
                config=_CONFIG,
                bootstrap=self._source.root,
            )
            updater._trusted_set.reference_time = at  # noqa: SLF001 - it takes the time no other way
            updater.refresh()
        except tuf.ExpiredMetadataError as error:
            raise NotNowError(f"{error}; installs wait for fresh signatures") from error
        except tuf.RepositoryError as error:
            raise DamagedError(f"metadata is not what was signed: {_line(error)}") from error
        except tuf.DownloadLengthMismatchError as error:
            raise DamagedError(f"metadata is longer than allowed: {_line(error)}") from error
        except tuf.DownloadError as error:
            raise NotNowError(f"no fresh metadata: {_line(error)}") from error
        _sync(self._folder)
        return updater

    def _manifest(self, updater: Updater, release: int) -> ReleaseManifest:
        """Return the signed manifest of `release`, whose number it bears itself."""
        target = _signed(updater, release_path(release), f"release {release}")
        if target.length > MAX_MANIFEST:
            raise UnfitError(f"the manifest of release {release} has {target.length} bytes")
        content = self._bring(target)
        try:
            manifest = ReleaseManifest.model_validate_json(content)
        except ValidationError as error:
            raise UnfitError(f"manifest of release {release}: {first_problem(error)}") from error
        if manifest.release != release:
            raise UnfitError(f"the manifest signed as {release} is that of {manifest.release}")
        self._must_fit(manifest)
        self._part(target.hashes["sha256"]).unlink(missing_ok=True)
        return manifest

    def _must_fit(self, manifest: ReleaseManifest) -> None:
        """Refuse a release that this agent is too old for, or whose kinds are mislabelled."""
        for kind, model in manifest.models.items():
            if model.kind != kind:
                raise UnfitError(f"the model for {kind!r} is one of {model.kind!r}")
            if _numbers(model.minimum_agent) > _numbers(self._source.agent):
                raise UnfitError(
                    f"{kind} {model.version} wants agent {model.minimum_agent} or newer;"
                    f" this is {self._source.agent}"
                )

    def _bring_files(self, updater: Updater, manifest: ReleaseManifest) -> None:
        """Bring the files of `manifest` that are not in the folder yet."""
        missing = {
            path: file for path, file in files_of(manifest).items() if not self._files.holds(file)
        }
        self._must_have_room(missing)
        for path, file in missing.items():
            target = _signed(updater, path, f"{file.file} of release {manifest.release}")
            if target.length != file.length or target.hashes["sha256"] != file.sha256:
                raise UnfitError(f"{path}: manifest and targets metadata do not agree")
            part = self._part(file.sha256)
            self._files.place(self._bring(target), file, part)

    def _must_have_room(self, missing: dict[str, FileRef]) -> None:
        """Refuse before the download what would fill the disk."""
        self._files.folder.mkdir(parents=True, exist_ok=True)
        here = sum(
            part.stat().st_size
            for file in missing.values()
            if (part := self._part(file.sha256)).exists()
        )
        wanted = sum(file.length for file in missing.values()) - here
        free = shutil.disk_usage(self._files.folder).free - self._source.reserve
        if wanted > free:
            raise NotNowError(f"no room: {wanted} bytes to bring, {max(free, 0)} free")

    def _bring(self, target: TargetFile) -> bytes:
        """Return a target's verified bytes; what came of it before is used."""
        path = target.get_prefixed_paths()[0]
        part = self._part(target.hashes["sha256"])
        content = self._downloads.large(
            f"{self._source.url.rstrip('/')}/targets/{path}", part, target.length
        )
        try:
            target.verify_length_and_hashes(content)
        except tuf.LengthOrHashMismatchError as error:
            part.unlink(missing_ok=True)
            raise DamagedError(f"{target.path} is not what was signed: {_line(error)}") from error
        return content

    def _part(self, sha256: str) -> Path:
        return self._files.folder / f"{sha256}.part"


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
            code = 404 if status in _GONE else status
            raise tuf.DownloadHTTPError(f"{url} answers {status}", code) from error


def _signed(updater: Updater, path: str, what: str) -> TargetFile:
    """Return what the signed targets metadata says of `path`."""
    target = updater.get_targetinfo(path)
    if target is None:
        raise NotNowError(f"{what} is not among the signed files; not published yet, or revoked")
    if not re.fullmatch(r"[0-9a-f]{64}", target.hashes.get("sha256", "")):
        raise UnfitError(f"{what} is signed without a SHA-256")
    return target


def _sync(folder: Path) -> None:
    """Make the verified metadata survive a power cut: it is what refuses older metadata."""
    for path in (*folder.glob("*.json"), *folder.glob("root_history/*.json")):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    sync_folder(folder / "root_history")
    sync_folder(folder)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _line(error: Exception) -> str:
    """Return an exception on one short line."""
    return " ".join(str(error).split())[:200] or type(error).__name__
