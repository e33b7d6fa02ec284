"""Brings releases that are signed, and nothing else.

tuf_client tells what is signed; this adapter asks it for a release, refuses one that does not fit
this agent, and has its files brought. Only files that the top-level targets
role names are used. It does not decide when to update, nor does it run a model.
"""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import httpx
from pydantic import ValidationError

from edge_agent.adapters.brought_files import BroughtFiles, hashed, named
from edge_agent.adapters.downloads import Downloads, GoneError, Limits
from edge_agent.adapters.model_files import ModelFolder
from edge_agent.adapters.tuf_client import Repository, SignedFiles, refreshed
from edge_agent.ports.updates import DamagedError, NotNowError, Signed, UnfitError
from endcap.plumbing.clock import Clock, is_plausible
from endcap.wire.envelope import first_problem
from endcap.wire.manifest import ReleaseManifest
from endcap.wire.orders import ControlKeys
from endcap.wire.release_paths import CONTROL_KEYS, MAX_MANIFEST, release_path

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
        self._files = files
        self._brought = BroughtFiles(files, source.reserve)
        self._folder = folder
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
        try:
            return await asyncio.to_thread(self._fetch, release, at)
        except asyncio.CancelledError:
            self._downloads.stop()  # the thread would go on, and the program wait for it
            raise

    def _fetch(self, release: int, at: datetime) -> ReleaseManifest:
        with _our_words():
            signed, manifest = self._verified(release, at)
            self._brought.bring(signed, manifest)
        return manifest

    def _look(self, at: datetime) -> Signed:
        with _our_words():
            signed = self._refreshed(at)
            return Signed(signed.version, signed.expires, self._control_keys(signed))

    def _verified(self, release: int, at: datetime) -> tuple[SignedFiles, ReleaseManifest]:
        """Return fresh metadata and the manifest that it signs as `release`."""
        with _our_words():
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
        target = hashed(target, "the control keys")
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
        target = named(signed, release_path(release), f"release {release}")
        if target.length > MAX_MANIFEST:
            raise UnfitError(f"the manifest of release {release} has {target.length} bytes")
        content = signed.bring(target, self._files.part(target.hashes["sha256"]))
        try:
            manifest = ReleaseManifest.model_validate_json(content)
        except ValidationError as error:
            raise UnfitError(f"manifest of release {release}: {first_problem(error)}") from error
        if manifest.release != release:
            raise UnfitError(f"the manifest signed as {release} is that of {manifest.release}")
        self._must_fit(manifest)
        self._files.part(target.hashes["sha256"]).unlink(missing_ok=True)
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


@contextlib.contextmanager
def _our_words() -> Iterator[None]:
    """Say what the disk refuses, or the server does not have, in the store's words."""
    try:
        yield
    except GoneError as error:
        raise NotNowError(str(error)) from error
    except OSError as error:
        raise NotNowError(f"the disk refused: {error}") from error


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
