"""Models that serve in memory: a demand model that expects every item to sell its usual level."""

from datetime import UTC, datetime

import numpy as np

from edge_agent.ports.models import Arrays
from endcap.models.demand.features import FEATURES
from endcap.wire.manifest import FileRef, ModelManifest, Tensor

LEVELS = (0.05, 0.5, 0.95)
_FILE = FileRef(file="model.onnx", sha256="0" * 64, length=1)


class FlatSite:
    """Keeps the promises of ports.models.Site; each day sells `factor` times its level."""

    def __init__(
        self, release: int = 0, *, factor: float = 1.0, kinds: tuple[str, ...] = ("demand",)
    ) -> None:
        self.settings: dict[tuple[str, str], float] = {}
        self._release = release
        self._factor = factor
        self._kinds = kinds

    @property
    def release(self) -> int:
        return self._release

    def manifest(self, kind: str) -> ModelManifest | None:
        if kind not in self._kinds:
            return None
        tensor = Tensor(name="features", dtype="float32", shape=("n", len(FEATURES)), unit="1")
        return ModelManifest(
            kind=kind,
            version="1.2.3",
            model=_FILE,
            golden=_FILE,
            inputs=(tensor,),
            outputs=(tensor,),
            parameters={
                "features": list(FEATURES),
                "quantiles": list(LEVELS),
                "median_share": 0.0,
                "period": "day",
            },
            licence="Apache-2.0",
            minimum_agent="0.1.0",
            created=datetime(2026, 3, 2, tzinfo=UTC),
        )

    def setting(self, part: str, name: str, otherwise: float) -> float:
        return self.settings.get((part, name), otherwise)

    def run(self, kind: str, feed: Arrays) -> Arrays:
        assert kind in self._kinds
        rows = len(feed["features"])
        mean = np.full(rows, self._factor, dtype=np.float32)
        spread = np.array([0.5, 1.0, 2.0], dtype=np.float32)
        return {"mean": mean, "quantiles": mean[:, None] * spread[None, :]}


class FlatModels:
    """Keeps the promises of edge_agent.ports.models.Models; the test swaps `current`."""

    def __init__(self, site: FlatSite | None = None) -> None:
        self.current = site or FlatSite()
