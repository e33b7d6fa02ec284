"""Every model of one release in an ONNX Runtime session, its settings, and how the models fared.

Loaded and put in place by model_slots.
"""

import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from edge_agent.adapters.shadow import Asked, Shadow
from edge_agent.core.trial import Fared, percentile
from edge_agent.ports.models import Arrays
from endcap.plumbing.onnx_session import ModelUnusableError, Session
from endcap.wire.manifest import ModelManifest

Settings = Mapping[str, Mapping[str, float]]
_REMEMBERED = 512
"""The runs whose latency is remembered, by kind."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model in its session."""

    manifest: ModelManifest
    session: Session


@dataclass(slots=True)
class _Ran:
    """How the runs of one kind went."""

    runs: int = 0
    errors: int = 0
    took_ms: deque[float] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))


class LoadedSite:
    """Every model of one release, loaded, and how they fared. Safe from any thread."""

    def __init__(
        self, release: int, models: Mapping[str, Loaded], settings: Settings | None = None
    ) -> None:
        self._release = release
        self._models = dict(models)
        self.settings = settings or {}
        self._lock = threading.Lock()
        self._ran = {kind: _Ran() for kind in models}
        self.shadow: Shadow | None = None

    @property
    def release(self) -> int:
        """Return the release's number; 0 is what came with the program."""
        return self._release

    @property
    def faring(self) -> Mapping[str, Fared]:
        """Return how the models fared, by kind; latencies only of runs that were answered."""
        with self._lock:
            return {
                kind: Fared(ran.runs, ran.errors, latency_ms=percentile(ran.took_ms))
                for kind, ran in self._ran.items()
            }

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return the kinds there is a model for."""
        return tuple(sorted(self._models))

    def manifest(self, kind: str) -> ModelManifest | None:
        """Return the manifest of the model for `kind`, or None."""
        loaded = self._models.get(kind)
        return loaded.manifest if loaded else None

    def setting(self, part: str, name: str, otherwise: float) -> float:
        """Return a number of a part: the release's, else the model's own, else `otherwise`."""
        mine = self.settings.get(part, {})
        if name in mine:
            return mine[name]
        manifest = self.manifest(part)
        if manifest is None:
            return otherwise
        own = manifest.thresholds.get(name, manifest.parameters.get(name, otherwise))
        return float(own) if isinstance(own, int | float) else otherwise

    def run(self, kind: str, feed: Arrays, options: Any = None) -> Arrays:  # noqa: ANN401
        """Return what the model for `kind` answers.

        Raises:
            ModelUnusableError: there is none, it failed, or it answered NaN or infinity.
        """
        loaded = self._models.get(kind)
        if loaded is None:
            raise ModelUnusableError(f"release {self._release} has no model for {kind!r}")
        began = time.thread_time()
        try:
            outputs = loaded.session.run(feed, options)
            _must_be_finite(kind, outputs)
        except ModelUnusableError:
            self._count(kind, None)
            raise
        took_ms = 1000 * (time.thread_time() - began)
        self._count(kind, took_ms)
        shadow = self.shadow
        if shadow is not None:
            shadow.offer(Asked(kind, feed, outputs, took_ms))
        return outputs

    def loaded(self, manifest: ModelManifest) -> Loaded | None:
        """Return the model with the content of `manifest` when it is loaded here."""
        mine = self._models.get(manifest.kind)
        same = mine is not None and mine.manifest.model.sha256 == manifest.model.sha256
        return mine if same else None

    def differs(self, other: "LoadedSite") -> tuple[str, ...]:
        """Return the kinds whose answers, or what is made of them, may not be the other site's."""
        return tuple(
            kind
            for kind, one in self._models.items()
            if other.loaded(one.manifest) is None
            or self.settings.get(kind) != other.settings.get(kind)
        )

    def _count(self, kind: str, took_ms: float | None) -> None:
        with self._lock:
            ran = self._ran[kind]
            ran.runs += 1
            if took_ms is None:
                ran.errors += 1
            else:
                ran.took_ms.append(took_ms)


def _must_be_finite(kind: str, outputs: Mapping[str, np.ndarray[Any, Any]]) -> None:
    """Refuse an answer with NaN or infinity in it."""
    for name, value in outputs.items():
        if value.dtype.kind == "f" and not np.isfinite(value).all():
            raise ModelUnusableError(f"{kind}: output {name!r} is not finite")
