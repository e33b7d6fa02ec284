"""The models that serve, in ONNX Runtime sessions that change between two requests.

A site is every model of one release, loaded. Preparing one happens beside the one that serves;
swapping replaces a single reference, so a request sees the old site or the new one, whole. A model
that both have is loaded once. When to swap is the update loop's business.
"""

import asyncio
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from edge_agent.adapters.factory_models import factory_model
from edge_agent.adapters.loaded_site import Loaded, LoadedSite
from edge_agent.adapters.model_files import ModelFolder
from edge_agent.adapters.shadow import Shadow, to_the_back
from edge_agent.core.trial import Fared
from edge_agent.ports.models import Site
from edge_agent.ports.updates import DamagedError, UnfitError
from endcap.models.site_settings import bad_setting
from endcap.plumbing.files import sha256_of
from endcap.plumbing.memory import give_back
from endcap.plumbing.onnx_session import ModelUnusableError, open_session
from endcap.wire.manifest import ModelManifest, ReleaseManifest


class ModelSlots:
    """Holds the site that serves, and beside it, until it is settled, a second one.

    That is a candidate in the shadow, or the champion that stands by while its successor is on
    probation. `factory` holds the models that came with the program, one folder a model; a kind
    that a release says nothing of stays as it came. `threads` is how many CPU threads each session
    may use.
    """

    def __init__(self, files: ModelFolder, factory: Path, *, threads: int = 1) -> None:
        self._files = files
        self._factory = factory
        self._threads = threads
        self._current = LoadedSite(0, {})
        self._champion: LoadedSite | None = None
        self._candidate: LoadedSite | None = None
        self._loading = ThreadPoolExecutor(1, "models", initializer=to_the_back)
        self.problems: tuple[str, ...] = ()

    @property
    def current(self) -> LoadedSite:
        """Return the site that serves now: ask once a request."""
        return self._current

    @property
    def pair(self) -> tuple[LoadedSite, LoadedSite] | None:
        """Return champion and candidate while there are both."""
        if self._candidate is not None:
            return self._current, self._candidate
        return (self._champion, self._current) if self._champion is not None else None

    @property
    def disputed(self) -> frozenset[bytes] | None:
        """Return the crops about which what is in the shadow says otherwise; None without one."""
        shadow = self._current.shadow
        return shadow.disputed if shadow is not None else None

    @property
    def faring(self) -> Mapping[str, Fared]:
        """Return how the candidate fares by kind: in the shadow, else where it serves."""
        shadow = self._current.shadow
        if shadow is not None:
            return shadow.faring
        before = self._champion.faring if self._champion else {}
        return {
            kind: replace(fared, champion_latency_ms=before.get(kind, Fared()).latency_ms)
            for kind, fared in self._current.faring.items()
        }

    async def prepare(self, release: ReleaseManifest | None) -> LoadedSite:
        """Load a release, or what came with the program, beside the one that serves.

        Raises:
            DamagedError: a file is missing or is not the signed one.
            UnfitError: ONNX Runtime cannot load a model, or a setting makes no sense.
        """
        return await asyncio.get_running_loop().run_in_executor(
            self._loading, self._prepare, release
        )

    async def model(self, kind: str) -> bytes | None:
        """Return the file of the model that serves for `kind`; None without one that is whole."""
        manifest = self._current.manifest(kind)
        return await asyncio.to_thread(self._content, manifest) if manifest else None

    def cast_shadow(self, site: Site, share: float) -> None:
        """Try `site` beside the one that serves, on `share` of one core, until `swap` or `settle`.

        It is asked what the champion is asked, of the kinds in which they differ.
        """
        candidate, champion = _loaded(site), self._current
        self.settle()
        kinds = [kind for kind in candidate.differs(champion) if champion.manifest(kind)]
        self._candidate = candidate
        champion.shadow = Shadow(champion, candidate, kinds, share=share / self._threads)

    def stand_by(self, site: Site) -> None:
        """Keep `site` as the champion that what serves is measured by, and gone back to."""
        self._champion = _loaded(site)

    def swap(self, site: Site) -> None:
        """Put `site` in place; requests that began before end with the site they began with."""
        fresh = _loaded(site)
        self._end_shadow()
        self._champion, self._current = self._current, fresh

    def settle(self) -> None:
        """Let go of the site beside the one that serves, and of its memory."""
        self._end_shadow()
        gone, self._champion = [self._champion], None
        self._loading.submit(_let_go, gone)

    def _end_shadow(self) -> None:
        shadow, self._current.shadow, self._candidate = self._current.shadow, None, None
        if shadow is not None:
            shadow.close()

    def _prepare(self, release: ReleaseManifest | None) -> LoadedSite:
        number = release.release if release else 0
        for warm in (self._current, self._champion, self._candidate):
            if warm is not None and warm.release == number and warm.kinds:
                return warm
        models = release.models if release else {}
        settings = release.settings if release else {}
        wrong = bad_setting(settings)
        if wrong:
            raise UnfitError(f"release {number}: {wrong}")
        try:
            mine = {kind: self._from_files(manifest) for kind, manifest in models.items()}
        except ModelUnusableError as error:
            raise UnfitError(f"release {number} cannot be loaded: {error}") from error
        site = LoadedSite(number, {**self._came_with_the_program(mine), **mine}, settings)
        give_back()  # the files that were read, and what ONNX Runtime made of them on the way
        return site

    def _came_with_the_program(self, but: Collection[str]) -> dict[str, Loaded]:
        """Load the factory's models of the kinds that are not among `but`.

        One that is damaged is absent, and said in `problems`: the others must serve all the same.
        """
        found: dict[str, Loaded] = {}
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

    def _from_factory(self, manifest: ModelManifest, folder: Path) -> Loaded:
        """Load a model that came with the program."""
        content = (folder / manifest.model.file).read_bytes()
        if sha256_of(content) != manifest.model.sha256:
            raise ModelUnusableError(f"{manifest.model.file} is not what its manifest names")
        return self._open(manifest, content)

    def _from_files(self, manifest: ModelManifest) -> Loaded:
        """Load a model of a release, from bytes that were hashed after they were read."""
        return self._open(manifest, self._files.read_now(manifest.model))

    def _open(self, manifest: ModelManifest, content: bytes) -> Loaded:
        """Return a session for `content`, or the one that serves already."""
        warm = self._current.loaded(manifest)
        session = warm.session if warm else open_session(content, threads=self._threads)
        return Loaded(manifest, session)

    def _content(self, manifest: ModelManifest) -> bytes | None:
        """Return a model's bytes, from the release's files or from what came with the program."""
        try:
            return self._files.read_now(manifest.model)
        except DamagedError:
            return factory_model(self._factory, manifest.model.sha256)


def _loaded(site: Site) -> LoadedSite:
    """Return `site` as what `prepare` made."""
    if not isinstance(site, LoadedSite):
        raise TypeError(f"prepare a site before swapping to it, not {type(site).__name__}")
    return site


def _let_go(sites: list[LoadedSite | None]) -> None:
    """Free sites, and give their memory back to the system."""
    sites.clear()
    give_back()
