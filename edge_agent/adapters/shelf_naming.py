"""Proposes items for facings from what tags say: by code, or found by words in the catalogue."""

from collections.abc import Sequence

from edge_agent.core.feed.item_codes import ItemCodes
from edge_agent.core.feed.shelf import Facing
from edge_agent.core.vision.enrolment_naming import Said, Tag, said_of
from edge_agent.core.vision.places import box_of
from edge_agent.ports.enrolment import Named, Reading
from edge_agent.ports.kiosk import Catalogue
from edge_agent.ports.models import Models

LIKELY = 3
"""Items proposed from the words of one tag."""


class ShelfNaming:
    """Finds items with the store's own search; `codes` says how its codes are read."""

    def __init__(self, catalogue: Catalogue, models: Models, codes: ItemCodes) -> None:
        self._catalogue = catalogue
        self._models = models
        self.codes = codes

    async def named(
        self, readings: Sequence[Reading], facings: Sequence[Facing]
    ) -> tuple[Named, ...]:
        """Return the items that tags seem to name, best first for each facing."""
        tags = [Tag(one.box, one.text, one.kind == "code") for one in readings]
        said = said_of(tags, {one.facing: box_of(one) for one in facings})
        found: list[Named] = []
        for facing, one in said.items():
            found += self._by_code(facing, one) or await self._by_words(facing, one)
        return tuple(found)

    def _by_code(self, facing: str, said: Said) -> list[Named]:
        for code in said.codes:
            try:
                gtin = self.codes.read(code).gtin
            except ValueError:
                continue  # a code of the shelf's own, such as a shop's web address
            return [Named(facing, gtin, "", "code", code)]
        return []

    async def _by_words(self, facing: str, said: Said) -> list[Named]:
        if not said.words:
            return []
        finds = await self._catalogue.search(said.words[:200], LIKELY, self._models.current)
        return [
            Named(facing, listing.gtin, listing.name, "words", said.words[:200])
            for listing, _ in finds.items[:LIKELY]
        ]
