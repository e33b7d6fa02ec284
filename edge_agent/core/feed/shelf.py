"""What a shop says of its items and shelves: the catalogue, the planogram, counts of stock.

catalogue   gtin,name[,brand][,department][,category][,size][,price][,diets][,age]
planogram   camera,facing,x,y,w,h[,gtin]      (x, y, w, h are shares of the picture)
stock       gtin,on_hand[,counted_at]
"""

import re
from dataclasses import dataclass
from datetime import datetime

from edge_agent.core.feed.fields import (
    Span,
    Times,
    filled,
    gtin,
    moment,
    name_of,
    number,
    optional_number,
    present,
    text,
    whole,
)
from edge_agent.core.feed.item_codes import PLAIN, ItemCodes
from edge_agent.core.feed.rows import Fields, RowError, Shape
from edge_agent.core.offers.diets import canonical

_PRICE = Span(0, 1_000_000)
_SHARE = Span(0, 1)
_ON_HAND = Span(-1_000_000, 1_000_000)
_AGE = Span(0, 99)
_BETWEEN = re.compile(r"[;,|]")
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Item:
    """What the shop sells under one GTIN; `price` in its currency, None when not said.

    `diets` are those that it is known to suit, in the words of core/offers/diets; `age` is the
    least age of who may buy it, 0 for anyone.
    """

    gtin: str
    name: str
    brand: str = ""
    department: str = ""
    category: str = ""
    size: str = ""
    price: float | None = None
    diets: str = ""
    age: int = 0


@dataclass(frozen=True, slots=True)
class Facing:
    """A place on a shelf as a camera sees it: a rectangle in shares of the picture, 0 to 1.

    `gtin` is the item that belongs there, None when the planogram does not say.
    """

    camera: str
    facing: str
    gtin: str | None
    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True, slots=True)
class StockCount:
    """How many of an item someone counted; what till mistakes leave may be below zero."""

    gtin: str
    on_hand: float
    counted_at: datetime


def catalogue_shape(codes: ItemCodes = PLAIN) -> Shape[Item]:
    """Return how a row becomes an item."""

    def make(fields: Fields) -> Item:
        return Item(
            gtin=gtin(fields, codes=codes),
            name=present(fields, "name", 200),
            brand=text(fields, "brand", 100),
            department=text(fields, "department", 100),
            category=text(fields, "category", 100),
            size=text(fields, "size", 60),
            price=optional_number(fields, "price", _PRICE),
            diets=_diets(fields),
            age=whole(fields, "age", _AGE) if filled(fields, "age") else 0,
        )

    return Shape(("gtin", "name"), make, key=lambda item: item.gtin)


def _diets(fields: Fields) -> str:
    """Return the diets that an item suits, of a cell with any of ; , | between them."""
    try:
        return canonical(_BETWEEN.split(text(fields, "diets", 200)))
    except ValueError as error:
        raise RowError(f"diets: {error}") from error


def planogram_shape(codes: ItemCodes = PLAIN) -> Shape[Facing]:
    """Return how a row becomes a facing."""

    def make(fields: Fields) -> Facing:
        x, y, w, h = (number(fields, name, _SHARE) for name in ("x", "y", "w", "h"))
        if w == 0 or h == 0 or x + w > 1 + _ROUNDING or y + h > 1 + _ROUNDING:
            raise RowError(
                f"x {x:g}, y {y:g}, w {w:g}, h {h:g}: a rectangle inside the picture is allowed, "
                "in shares of it: w and h above 0, x + w and y + h at most 1"
            )
        item = gtin(fields, codes=codes) if text(fields, "gtin", 200) else None
        return Facing(name_of(fields, "camera"), name_of(fields, "facing"), item, x, y, w, h)

    columns = ("camera", "facing", "x", "y", "w", "h")
    return Shape(
        columns, make, key=lambda facing: f"{facing.camera}/{facing.facing}", comments=True
    )


def stock_shape(times: Times, at: datetime, codes: ItemCodes = PLAIN) -> Shape[StockCount]:
    """Return how a row becomes a count; one that does not say when was made `at`."""

    def make(fields: Fields) -> StockCount:
        said = text(fields, "counted_at", 40)
        counted_at = moment(fields, "counted_at", times) if said else at
        on_hand = number(fields, "on_hand", _ON_HAND)
        return StockCount(gtin(fields, codes=codes), on_hand, counted_at)

    return Shape(("gtin", "on_hand"), make, key=lambda count: count.gtin)
