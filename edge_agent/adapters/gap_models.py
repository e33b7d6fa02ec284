"""The gap models of the site that serves: crops to probabilities, pictures to gaps.

The site is asked for once a picture, so an update never mixes two releases in one answer.
"""

import asyncio
from collections.abc import Mapping

from edge_agent.ports.cameras import Found, Frame, Judged
from edge_agent.ports.models import Models, Site
from endcap.models.gaps.boxes import Box
from endcap.models.gaps.crops import cut, large_enough
from endcap.models.gaps.detection import frame as framed
from endcap.models.gaps.detection import read_map
from endcap.models.gaps.states import Chances
from endcap.plumbing.onnx_session import ModelUnusableError

FACING = "gaps"
DETECTOR = "gap_detector"
_UNSURE = 0.5
"""A detector's peaks below this share of its threshold are nothing."""


class SiteGapModels:
    """Keeps the promises of edge_agent.ports.cameras.GapModels."""

    def __init__(self, models: Models) -> None:
        self._models = models

    async def judge(self, frame: Frame, facings: Mapping[str, Box]) -> Judged:
        """Return how probable it is that each facing is empty; too small ones are left out."""
        return await asyncio.to_thread(self._judge, self._models.current, frame, facings)

    async def find(self, frame: Frame) -> Found:
        """Return the gaps the detector sees."""
        return await asyncio.to_thread(self._find, self._models.current, frame)

    def _judge(self, site: Site, frame: Frame, facings: Mapping[str, Box]) -> Judged:
        threshold = _threshold(site, FACING, "empty")
        height, width = frame.pixels.shape[:2]
        seen = {name: box for name, box in facings.items() if large_enough(box, width, height)}
        if not seen:
            return Judged({}, threshold)
        empty = site.run(FACING, {"crops": cut(frame.pixels, list(seen.values()))})["empty"]
        chances = map(Chances.of_empty, empty.tolist())
        return Judged(dict(zip(seen, chances, strict=True)), threshold)

    def _find(self, site: Site, frame: Frame) -> Found:
        threshold = _threshold(site, DETECTOR, "gap")
        view = framed(frame.pixels)
        maps = site.run(DETECTOR, {"picture": view.tensor})
        return Found(read_map(maps["centre"], maps["sides"], view, _UNSURE * threshold), threshold)


def _threshold(site: Site, kind: str, name: str) -> float:
    """Return from which probability on the model of `kind` says yes."""
    if site.manifest(kind) is None:
        raise ModelUnusableError(f"release {site.release} has no model for {kind!r}")
    return site.setting(kind, name, 0.5)
