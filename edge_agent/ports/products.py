"""What a shopper asks of one item beyond its price: where it stands, and when more of it comes."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from edge_agent.core.stock.lots import Lot
from edge_agent.ports.kiosk import Facing


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """The facings of an item, camera by camera, and what is on its way, in no order."""

    facings: tuple[Facing, ...]
    coming: tuple[Lot, ...]


class ProductReads(Protocol):
    """Where items stand. Raises StoreUnreadableError when the store's disk does not answer."""

    async def whereabouts(self, gtin: str, today: date) -> Whereabouts: ...
