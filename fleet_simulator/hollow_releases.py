"""Releases of a hollow repository: real manifests, of models that are only named.

There are three: what the fleet runs, the candidate, and the way back, which has the models of the
first under a higher number. Nothing is signed here, and there are no bytes.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime

from central_sync.core.releases import compose, reverted
from endcap.wire.manifest import FileRef, ModelManifest, Tensor

_KILOBYTES = {"demand": 900, "gaps": 3_200, "search": 1_400, "shopper": 600}
"""What the reference models weigh, about."""
_GOLDEN_BYTES = 20_000
_TENSOR = Tensor(name="x", dtype="float32", shape=("n",), unit="1")


class HollowReleases:
    """What has been published. `candidate` is the number of the release that is rolled out."""

    def __init__(self, candidate: int, created: datetime) -> None:
        self.champion, self.candidate, self.fallback = candidate - 1, candidate, candidate + 1
        old, new = (
            {kind: _model(kind, version, created) for kind in _KILOBYTES}
            for version in ("1.0.0", "1.1.0")
        )
        before = compose(self.champion, old, created=created)
        self.manifests = {
            self.champion: before,
            self.candidate: compose(self.candidate, new, created=created),
            self.fallback: reverted(before, self.fallback, created=created),
        }

    def published(self, number: int) -> bool:
        """Tell whether a store can install a release."""
        return number in self.manifests

    def changed(self, release: int, before: int) -> tuple[str, ...]:
        """Return the kinds whose model another release has changed."""
        old, new = self._models(before), self._models(release)
        return tuple(kind for kind, one in new.items() if old.get(kind) != one)

    def missing(self, number: int, held: frozenset[str]) -> dict[str, int]:
        """Return the model files of a release that are not among `held`: bytes by hash."""
        files = (model.model for model in self._models(number).values())
        return {one.sha256: one.length for one in files if one.sha256 not in held}

    def _models(self, number: int) -> Mapping[str, ModelManifest]:
        """Return the models of a release by kind; of 0 none, they came with the program."""
        return self.manifests[number].models if number else {}


def _model(kind: str, version: str, created: datetime) -> ModelManifest:
    """Return the manifest of a model that is only named."""
    return ModelManifest(
        kind=kind,
        version=version,
        model=_file(f"{kind} {version}", _KILOBYTES[kind] * 1000),
        golden=_file(f"golden {kind} {version}", _GOLDEN_BYTES),
        inputs=(_TENSOR,),
        outputs=(_TENSOR,),
        licence="none",
        minimum_agent="0.1.0",
        created=created,
    )


def _file(name: str, length: int) -> FileRef:
    return FileRef(file=name, sha256=hashlib.sha256(name.encode()).hexdigest(), length=length)
