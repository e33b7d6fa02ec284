"""Brings releases that are signed, and nothing else.

tuf_client tells what is signed; this adapter asks it for a release, refuses one that does not fit
this agent or this disk, and puts model files in their folder. Only files that the top-level targets
role names are used. It does not decide when to update, nor does it run a model.
"""

import asyncio
import contextlib
import re
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import httpx
from pydantic import ValidationError
from tuf.api.metadata import TargetFile

from edge_agent.adapters.downloads import Downloads, Limits
from edge_agent.adapters.model_files import ModelFolder
from edge_agent.adapters.tuf_client import Repository, SignedFiles, refreshed
from edge_agent.ports.updates import DamagedError, NotNowError, Signed, UnfitError
from endcap.plumbing.clock import Clock, is_plausible
from endcap.wire.envelope import first_problem
from endcap.wire.manifest import FileRef, ReleaseManifest
from endcap.wire.orders import ControlKeys
from endcap.wire.release_paths import CONTROL_KEYS, MAX_MANIFEST, files_of, release_path

MAX_CONTROL_KEYS = 64 * 1024


@dataclass(frozen=True, slots=True)
class Source:
    """Where releases come from: `url` has metadata/ and targets/ below it, `root` is trusted."""

    url: str
    root: bytes
    agent: str
    limits: Limits = field(default_factory=Limits)
    reserve: int = 64 * 1024 * 1024  # bytes of the disk that an update leaves free

    @property
    def repository(self) -> Repository:
        """Return the repository at `url`."""
        base = self.url.rstrip("/")
        return Repository(f"{base}/metadata/", f"{base}/targets/", self.root)


class TufReleases:
    """A store's view of the signed repository; its verified metadata lies in `folder`."""

    def __init__(
        self, source: Source, folder: Path, files: ModelFolder, client: httpx.Client, clock: Clock
    ) -> None:
        self._source = source
        self._folder = folder
        self._files = files
        self._downloads = Downloads(client, clock, source.limits)
        self._one = threading.Lock()  # looks and fetches share the folder of metadata
        self._read: dict[int, ReleaseManifest] = {}
        self._keys: tuple[str, ControlKeys] | None = None

    async def look(self, at: datetime) -> Signed:
        """Bring fresh metadata, and the control keys in it.

        Raises:
            NotNowError, DamagedError: see `fetch`.
        """
        return await asyncio.to_thread(self._look, at)

    async def read(self, release: int, at: datetime) -> ReleaseManifest:
        """Return the signed manifest of `release`, which never changes: it is asked for once.

        Raises:
            NotNowError, DamagedError, UnfitError: see `fetch`.
        """
        if release not in self._read:
            await asyncio.to_thread(self._verified, release, at)
        return self._read[release]

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
        with _disk_told():
            signed, manifest = self._verified(release, at)
            self._bring_files(signed, manifest)
        return manifest

    def _look(self, at: datetime) -> Signed:
        with _disk_told():
            signed = self._refreshed(at)
            return Signed(signed.version, signed.expires, self._control_keys(signed))

    def _verified(self, release: int, at: datetime) -> tuple[SignedFiles, ReleaseManifest]:
        """Return fresh metadata and the manifest that it signs as `release`."""
        with _disk_told():
            signed = self._refreshed(at)
            manifest = self._manifest(signed, release)
        self._read = {release: manifest}
        return signed, manifest

    def _refreshed(self, at: datetime) -> SignedFiles:
        """Return fresh metadata."""
        if not is_plausible(at):
            raise NotNowError(f"the clock says {at:%Y-%m-%d}; installs wait until it is set")
        with self._one:
            return refreshed(self._source.repository, self._folder, self._downloads, at)

    def _control_keys(self, signed: SignedFiles) -> ControlKeys | None:
        """Return the keys whose orders count; None where the repository names none."""
        target = signed.find(CONTROL_KEYS)
        if target is None:
            return None
        target = _hashed(target, "the control keys")
        sha256 = target.hashes["sha256"]
        if self._keys is None or self._keys[0] != sha256:
            if target.length > MAX_CONTROL_KEYS:
                raise DamagedError(f"the control keys have {target.length} bytes")
            part = self._folder / f"{sha256}.part"
            try:
                keys = ControlKeys.model_validate_json(signed.bring(target, part))
            except ValidationError as error:
                raise DamagedError(f"the control keys: {first_problem(error)}") from error
            finally:
                part.unlink(missing_ok=True)
            self._keys = sha256, keys
        return self._keys[1]

    def _manifest(self, signed: SignedFiles, release: int) -> ReleaseManifest:
        """Return the signed manifest of `release`, whose number it bears itself."""
        target = _signed(signed, release_path(release), f"release {release}")
        if target.length > MAX_MANIFEST:
            raise UnfitError(f"the manifest of release {release} has {target.length} bytes")
        content = signed.bring(target, self._part(target.hashes["sha256"]))
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

    def _bring_files(self, signed: SignedFiles, manifest: ReleaseManifest) -> None:
        """Bring the files of `manifest` that are not in the folder yet."""
        missing = {
            path: file for path, file in files_of(manifest).items() if not self._files.holds(file)
        }
        self._must_have_room(missing)
        for path, file in missing.items():
            target = _signed(signed, path, f"{file.file} of release {manifest.release}")
            if target.length != file.length or target.hashes["sha256"] != file.sha256:
                raise UnfitError(f"{path}: manifest and targets metadata do not agree")
            part = self._part(file.sha256)
            self._files.place(signed.bring(target, part), file, part)

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

    def _part(self, sha256: str) -> Path:
        return self._files.folder / f"{sha256}.part"


def _signed(signed: SignedFiles, path: str, what: str) -> TargetFile:
    """Return what the signed targets metadata says of `path`."""
    target = signed.find(path)
    if target is None:
        raise NotNowError(f"{what} is not among the signed files; not published yet, or revoked")
    return _hashed(target, what)


def _hashed(target: TargetFile, what: str) -> TargetFile:
    """Return `target` when it is signed with the hash that files are named by."""
    if not re.fullmatch(r"[0-9a-f]{64}", target.hashes.get("sha256", "")):
        raise UnfitError(f"{what} is signed without a SHA-256")
    return target


@contextlib.contextmanager
def _disk_told() -> Iterator[None]:
    """Say what the disk refuses in the store's words."""
    try:
        yield
    except OSError as error:
        raise NotNowError(f"the disk refused: {error}") from error


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
