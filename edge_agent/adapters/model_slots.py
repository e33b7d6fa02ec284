"""The models that serve, in ONNX Runtime sessions that change between two requests.

A site is every model of one release, loaded. Preparing one happens beside the one that serves;
swapping replaces a single reference, so a request sees the old site or the new one, whole. A model
that both have is loaded once. When to swap is the update loop's business.
"""

import asyncio
import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from edge_agent.adapters.model_files import ModelFolder
from edge_agent.core.update import Tally
from edge_agent.ports.models import Arrays, Site
from edge_agent.ports.updates import UnfitError
from endcap.plumbing.files import sha256_of
from endcap.plumbing.onnx_session import ModelUnusableError, Session, open_session
from endcap.wire.manifest import ModelManifest, ReleaseManifest


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A model in its session."""

    manifest: ModelManifest
    session: Session


class LoadedSite:
    """Every model of one release, loaded, and how they fared. Safe from any thread."""

    def __init__(self, release: int, models: Mapping[str, _Loaded]) -> None:
        self._release = release
        self._models = dict(models)
        self._lock = threading.Lock()
        self._runs = self._errors = 0

    @property
    def release(self) -> int:
        """Return the release's number; 0 is what came with the program."""
        return self._release

    @property
    def tally(self) -> Tally:
        """Return how often the models answered, and how often they failed."""
        with self._lock:
            return Tally(self._runs, self._errors)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return the kinds there is a model for."""
        return tuple(sorted(self._models))

    def manifest(self, kind: str) -> ModelManifest | None:
        """Return the manifest of the model for `kind`, or None."""
        loaded = self._models.get(kind)
        return loaded.manifest if loaded else None

    def run(self, kind: str, feed: Arrays) -> Arrays:
        """Return what the model for `kind` answers.

        Raises:
            ModelUnusableError: there is none, it failed, or it answered NaN or infinity.
        """
        loaded = self._models.get(kind)
        if loaded is None:
            raise ModelUnusableError(f"release {self._release} has no model for {kind!r}")
        try:
            outputs = loaded.session.run(feed)
            _must_be_finite(kind, outputs)
        except ModelUnusableError:
            self._count(errors=1)
            raise
        self._count(errors=0)
        return outputs

    def loaded(self, manifest: ModelManifest) -> _Loaded | None:
        """Return the model with the content of `manifest` when it is loaded here."""
        mine = self._models.get(manifest.kind)
        same = mine is not None and mine.manifest.model.sha256 == manifest.model.sha256
        return mine if same else None

    def _count(self, *, errors: int) -> None:
        with self._lock:
            self._runs += 1
            self._errors += errors


class ModelSlots:
    """Holds the site that serves and, until it is settled, the one before it.

    `factory` holds the models that came with the program, one folder a model; a kind that a release
    says nothing of stays as it came. `threads` is how many CPU threads each session may use.
    """

    def __init__(self, files: ModelFolder, factory: Path, *, threads: int = 1) -> None:
        self._files = files
        self._factory = factory
        self._threads = threads
        self._current = LoadedSite(0, {})
        self._previous: LoadedSite | None = None
        self.problems: tuple[str, ...] = ()

    @property
    def current(self) -> LoadedSite:
        """Return the site that serves now: ask once a request."""
        return self._current

    @property
    def tally(self) -> Tally:
        """Return how the models fared since they were put in place."""
        return self._current.tally

    async def prepare(self, release: ReleaseManifest | None) -> LoadedSite:
        """Load a release, or what came with the program, beside the one that serves.

        Raises:
            DamagedError: a file is missing or is not the signed one.
            UnfitError: ONNX Runtime cannot load a model.
        """
        return await asyncio.to_thread(self._prepare, release)

    def swap(self, site: Site) -> None:
        """Put `site` in place; requests that began before end with the site they began with."""
        if not isinstance(site, LoadedSite):
            raise TypeError(f"prepare a site before swapping to it, not {type(site).__name__}")
        self._previous, self._current = self._current, site

    def settle(self) -> None:
        """Let go of the site before this one."""
        self._previous = None

    def _prepare(self, release: ReleaseManifest | None) -> LoadedSite:
        number = release.release if release else 0
        for warm in (self._current, self._previous):
            if warm is not None and warm.release == number and warm.kinds:
                return warm
        models = {} if release is None else release.models
        try:
            mine = {kind: self._from_files(manifest) for kind, manifest in models.items()}
        except ModelUnusableError as error:
            raise UnfitError(f"release {number} cannot be loaded: {error}") from error
        return LoadedSite(number, {**self._came_with_the_program(mine), **mine})

    def _came_with_the_program(self, but: Collection[str]) -> dict[str, _Loaded]:
        """Load the factory's models of the kinds that are not among `but`.

        One that is damaged is absent, and said in `problems`: the others must serve all the same.
        """
        found: dict[str, _Loaded] = {}
        problems = []
        for path in sorted(self._factory.glob("*/manifest.json")):
            try:
                manifest = ModelManifest.model_validate_json(path.read_bytes())
                if manifest.kind not in but:
                    found[manifest.kind] = self._from_factory(manifest, path.parent)
            except (OSError, ValueError, ModelUnusableError) as error:
                line = " ".join(str(error).split())[:200]
                problems.append(f"{path.parent.name} that came with the program: {line}")
        self.problems = tuple(problems)
        return found

    def _from_factory(self, manifest: ModelManifest, folder: Path) -> _Loaded:
        """Load a model that came with the program."""
        content = (folder / manifest.model.file).read_bytes()
        if sha256_of(content) != manifest.model.sha256:
            raise ModelUnusableError(f"{manifest.model.file} is not what its manifest names")
        return self._open(manifest, content)

    def _from_files(self, manifest: ModelManifest) -> _Loaded:
        """Load a model of a release, from bytes that were hashed after they were read."""
        return self._open(manifest, self._files.read_now(manifest.model))

    def _open(self, manifest: ModelManifest, content: bytes) -> _Loaded:
        """Return a session for `content`, or the one that serves already."""
        warm = self._current.loaded(manifest)
        session = warm.session if warm else open_session(content, threads=self._threads)
        return _Loaded(manifest, session)


def _must_be_finite(kind: str, outputs: Mapping[str, np.ndarray[Any, Any]]) -> None:
    """Refuse an answer with NaN or infinity in it."""
    for name, value in outputs.items():
        if value.dtype.kind == "f" and not np.isfinite(value).all():
            raise ModelUnusableError(f"{kind}: output {name!r} is not finite")
