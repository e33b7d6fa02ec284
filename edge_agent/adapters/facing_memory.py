"""What each facing looked like when it was known to be full or empty, as the facing model sees it.

A reference costs one run of the model when it is first asked for, not one a picture: embeddings
are kept per model and reference. Where references come from is the port's.
"""

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from edge_agent.ports.models import Site
from edge_agent.ports.references import Reference
from endcap.models.gaps.crops import SIDE
from endcap.models.gaps.states import KNOWN, Known
from endcap.wire.manifest import ModelManifest

Kept = Mapping[str, Mapping[Known, Reference]]
Embedding = NDArray[np.float32]
_Name = tuple[str, str, Known]


class FacingMemory:
    """Embeddings of references, for one model at a time; safe from any thread."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._lock = threading.Lock()
        self._model = ""
        self._seen: dict[_Name, tuple[Reference, Embedding]] = {}

    def of(
        self, site: Site, manifest: ModelManifest, facings: Sequence[str], kept: Kept
    ) -> NDArray[np.float32]:
        """Return the references of `facings` as the model takes them: float32 [n, 2, d].

        A row of zeros says that a reference is not known.
        """
        width = embedding_width(manifest)
        rows = np.zeros((len(facings), len(KNOWN), width), np.float32)
        known = [(n, one) for n, name in enumerate(facings) for one in kept.get(name, {}).values()]
        with self._lock:
            if manifest.model.sha256 != self._model:
                self._model, self._seen = manifest.model.sha256, {}
            self._learn(site, width, [one for _, one in known])
            for place, one in known:
                seen = self._seen[one.camera, one.facing, one.state]
                rows[place, KNOWN.index(one.state)] = seen[1]
        return rows

    def _learn(self, site: Site, width: int, references: Sequence[Reference]) -> None:
        """Run the model over the references that it has not seen, or that have changed."""
        new = [one for one in references if self._is_new(one)]
        if not new:
            return
        crops = np.stack([_sized(one.crop) for one in new])
        feed: dict[str, NDArray[Any]] = {
            "crops": crops,
            "references": np.zeros((len(new), len(KNOWN), width), np.float32),
        }
        seen = site.run(self._kind, feed)["embedding"]
        for one, embedding in zip(new, seen, strict=True):
            self._seen[one.camera, one.facing, one.state] = one, embedding

    def _is_new(self, one: Reference) -> bool:
        before = self._seen.get((one.camera, one.facing, one.state))
        return before is None or before[0].taken_at != one.taken_at


def embedding_width(manifest: ModelManifest) -> int:
    """Return how many numbers an embedding of this model has."""
    shape = next(one.shape for one in manifest.inputs if one.name == "references")
    return int(shape[-1])


def _sized(crop: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a crop of the size the model takes; an older release may have kept another."""
    if crop.shape[0] == SIDE:
        return crop
    return np.asarray(cv2.resize(crop, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)
