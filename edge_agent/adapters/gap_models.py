"""The gap models of the site that serves: crops to chances of states, pictures to gaps.

The site is asked for once a run, so an update never mixes two releases in one answer.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_agent.adapters.facing_memory import FacingMemory, Kept, embedding_width
from edge_agent.adapters.stages import Stages
from edge_agent.ports.cameras import Found, Frame, Judged
from edge_agent.ports.models import Models, Site
from edge_agent.ports.references import References
from edge_agent.ports.vision import Look
from endcap.models.gaps.boxes import Box, Detection
from endcap.models.gaps.crops import cut, large_enough
from endcap.models.gaps.detection import confirmed, merged, read_map, views
from endcap.models.gaps.states import KNOWN, STATES, Chances
from endcap.plumbing.onnx_session import ModelUnusableError
from endcap.wire.manifest import ModelManifest

FACING = "gaps"
DETECTOR = "gap_detector"
_UNSURE = 0.5
"""A detector's peaks below this share of its threshold are nothing."""


class SiteGapModels:
    """Keeps the promises of edge_agent.ports.cameras.GapModels.

    Facings are compared with their `references`; without any, each is judged by itself. What the
    steps cost is added to `stages`.
    """

    def __init__(
        self,
        models: Models,
        references: References | None = None,
        stages: Stages | None = None,
    ) -> None:
        self._models = models
        self._references = references
        self._stages = stages or Stages()
        self._memory = FacingMemory(FACING)

    async def judge(self, frame: Frame, facings: Mapping[str, Box]) -> Judged:
        """Return how probable each facing's states are; too small ones are left out."""
        (judged,) = await self.judge_all([Look(frame, facings)])
        return judged

    async def judge_all(self, looks: Sequence[Look]) -> Sequence[Judged]:
        """Return that for several pictures, in one run of the model.

        Raises:
            ModelUnusableError: there is no model, or it failed.
        """
        kept = [await self._kept(look.frame.camera) for look in looks]
        return await asyncio.to_thread(self._judge, self._models.current, looks, kept)

    async def find(self, frame: Frame) -> Found:
        """Return the gaps the detector sees."""
        return await asyncio.to_thread(self._find, self._models.current, frame)

    async def _kept(self, camera: str) -> Kept:
        """Return what the facings of a camera looked like when they were known."""
        if self._references is None or not camera:
            return {}
        return await self._references.of(camera)

    def _judge(self, site: Site, looks: Sequence[Look], kept: Sequence[Kept]) -> list[Judged]:
        manifest = _manifest(site, FACING)
        threshold = site.setting(FACING, "empty", 0.5)
        seen = [_large_enough(look) for look in looks]
        with self._stages.at("crop"):
            pairs = zip(looks, seen, strict=True)
            crops = [cut(look.frame.pixels, list(boxes.values())) for look, boxes in pairs]
            known = [
                self._memory.of(site, manifest, list(boxes), mine)
                for boxes, mine in zip(seen, kept, strict=True)
            ]
            feed = {"crops": _joined(crops), "references": _joined(known)}
        rows: list[Sequence[float]] = []
        if any(seen):
            with self._stages.at("model"):
                rows = site.run(FACING, feed)["states"].tolist()
        chances = map(Chances.of_row, rows)
        return [Judged({name: next(chances) for name in boxes}, threshold) for boxes in seen]

    def _find(self, site: Site, frame: Frame) -> Found:
        """Return the gaps on a picture, confirmed by the facing model where that pays.

        It does where the detector's release has a threshold for confirmed gaps.
        """
        _manifest(site, DETECTOR)
        threshold = site.setting(DETECTOR, "gap", 0.5)
        found: list[Detection] = []
        with self._stages.at("crop"):
            looked_at = views(frame.pixels)
        for view in looked_at:
            with self._stages.at("model"):
                maps = site.run(DETECTOR, {"picture": view.tensor})
            found += read_map(maps["centre"], maps["sides"], view, _UNSURE * threshold)
        manifest, sure = site.manifest(FACING), site.setting(DETECTOR, "gap_confirmed", 0.0)
        if manifest is None or not sure:
            return Found(merged(found), threshold)
        return Found(self._confirmed(site, manifest, frame, merged(found)), sure)

    def _confirmed(
        self, site: Site, manifest: ModelManifest, frame: Frame, found: Sequence[Detection]
    ) -> tuple[Detection, ...]:
        """Return the detections with the scores they have once the facing model saw them too."""
        if not found:
            return ()
        with self._stages.at("crop"):
            crops = cut(frame.pixels, [one.box for one in found])
        unknown = np.zeros((len(found), len(KNOWN), embedding_width(manifest)), np.float32)
        with self._stages.at("model"):
            states = site.run(FACING, {"crops": crops, "references": unknown})["states"]
        return confirmed(found, states[:, STATES.index("empty")])


def _large_enough(look: Look) -> dict[str, Box]:
    """Return the facings that show enough on their picture to be judged."""
    height, width = look.frame.pixels.shape[:2]
    return {name: box for name, box in look.facings.items() if large_enough(box, width, height)}


def _joined(arrays: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Return the rows of all arrays; those of a single one are not copied."""
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def _manifest(site: Site, kind: str) -> ModelManifest:
    """Return what the model of `kind` says of itself.

    Raises:
        ModelUnusableError: the release has none.
    """
    found = site.manifest(kind)
    if found is None:
        raise ModelUnusableError(f"release {site.release} has no model for {kind!r}")
    return found
