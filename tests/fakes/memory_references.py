"""References of facings in memory."""

from collections.abc import Mapping

from edge_agent.core.feed.shelf import Facing
from edge_agent.ports.references import Reference
from endcap.models.gaps.states import Known


class MemoryReferences:
    """Keeps the promises of edge_agent.ports.references.References; `plan` is the planogram's."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str, Known], tuple[Reference, Facing | None]] = {}
        self._planned: dict[tuple[str, str], Facing] = {}

    def plan(self, *facings: Facing) -> None:
        """Put `facings` in place of what was planned."""
        self._planned = {(one.camera, one.facing): one for one in facings}
        for name, (one, of) in self._kept.items():
            planned = self._planned.get((one.camera, one.facing))
            self._kept[name] = one, of or planned

    async def of(self, camera: str) -> Mapping[str, Mapping[Known, Reference]]:
        found: dict[str, dict[Known, Reference]] = {}
        for one, of in self._kept.values():
            planned = self._planned.get((one.camera, one.facing))
            if one.camera == camera and planned is not None and planned == of:
                found.setdefault(one.facing, {})[one.state] = one
        return found

    async def keep(self, references: tuple[Reference, ...]) -> None:
        for one in references:
            planned = self._planned.get((one.camera, one.facing))
            self._kept[one.camera, one.facing, one.state] = one, planned
