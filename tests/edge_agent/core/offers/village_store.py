"""A small store to recommend from: a dozen items, and baskets in which some keep company."""

import numpy as np

from edge_agent.core.offers.catalogue import Floats, Goods
from edge_agent.core.offers.company import company_of
from edge_agent.core.offers.diets import mask_of
from edge_agent.core.offers.selling import selling
from edge_agent.core.offers.store import Store
from endcap.models.shopper.figures import Figures, Kinds, Receipts, figures_of
from endcap.models.shopper.habits import Past, no_past
from endcap.models.shopper.ranking import Candidates, Question

TODAY = 20_000.5
"""Noon of a Thursday, in days since 1970."""
NAMES = {
    "whole": ("Whole Milk", "dairy", "milk", 2.0, ""),
    "skim": ("Skim Milk", "dairy", "milk", 2.1, ""),
    "oat": ("Oat Drink", "dairy", "milk", 2.2, "vegan"),
    "barista": ("Barista Milk", "dairy", "milk", 9.9, ""),
    "flakes": ("Corn Flakes", "pantry", "cereal", 3.0, "vegan"),
    "muesli": ("Muesli", "pantry", "cereal", 3.5, "vegan"),
    "bread": ("Rye Bread", "bakery", "bread", 2.5, "vegan"),
    "butter": ("Butter", "dairy", "butter", 2.5, "vegetarian"),
    "tea": ("Tea", "pantry", "tea", 4.0, "vegan"),
    "wine": ("Red Wine", "drinks", "wine", 8.0, ""),
    "soap": ("Soap", "care", "soap", 1.0, ""),
    "new": ("New Tea", "pantry", "tea", 4.5, ""),
}
KEYS = list(NAMES)
ADULTS = 18
BASKETS = (
    ("whole", "flakes"),
    ("skim", "flakes"),
    ("bread", "butter"),
    ("tea",),
    ("wine", "bread"),
)
"""What people buy together; nobody buys two sorts of milk at once."""


def row(key: str) -> int:
    """Return the row of an item; its GTIN is 100 more."""
    return KEYS.index(key)


def rows(*keys: str) -> np.ndarray:
    """Return rows of items."""
    return np.array([row(key) for key in keys], dtype=np.int64)


def items(*keys: str) -> np.ndarray:
    """Return items as they are sold."""
    return rows(*keys) + 100


def codes(place: int) -> np.ndarray:
    """Return a column of NAMES as codes."""
    words = [one[place] for one in NAMES.values()]
    return np.array([words.index(one) for one in words], dtype=np.int32)


def goods(discounts: dict[str, float] | None = None) -> Goods:
    """Return the catalogue."""
    nothing = np.full(len(NAMES), -1, dtype=np.int32)
    kinds = Kinds(items(*KEYS), codes(1), codes(2), nothing)
    return Goods(
        kinds=kinds,
        names=tuple(one[0] for one in NAMES.values()),
        price=np.array([one[3] for one in NAMES.values()], dtype=np.float32),
        discount=np.array([(discounts or {}).get(key, 0) for key in KEYS], dtype=np.float32),
        suits=np.array([mask_of(one[4].split()) for one in NAMES.values()], dtype=np.int32),
        age=np.array([ADULTS if key == "wine" else 0 for key in KEYS], dtype=np.int16),
    )


def no_goods() -> Goods:
    """Return the catalogue of a store that sells nothing."""
    nothing = np.empty(0, dtype=np.int32)
    words, prices = np.empty(0, dtype=np.int16), np.empty(0, dtype=np.float32)
    return Goods(Kinds(items(), nothing, nothing, nothing), (), prices, prices, nothing, words)


def receipts(days: int = 40) -> Receipts:
    """Return what the store sold: each of BASKETS daily, the soap only this week."""
    visit, item, day = list[int](), list[int](), list[float]()
    for age in range(1, days):
        for basket in (*BASKETS, *((("soap",),) if age < 7 else ())):
            number = visit[-1] + 1 if visit else 0
            for key in basket:
                visit.append(number)
                item.append(row(key) + 100)
                day.append(TODAY - age)
    size = len(visit)
    return Receipts(
        np.array(visit),
        np.array(item),
        np.array(day),
        np.full(size, -1),
        np.full(size, 2.0, dtype=np.float32),
    )


def stocked(known: Goods, figures: Figures, chain: Floats | None = None, **more: object) -> Store:
    """Return a store of these goods and figures; `more` are its other fields."""
    baskets = 150.0 if known.size else 0.0
    return Store(known, figures, selling(known, figures, baskets, chain), **more)  # type: ignore[arg-type]


def store(
    discounts: dict[str, float] | None = None, chain: Floats | None = None, **more: object
) -> Store:
    """Return the store; `more` are its other fields."""
    sold, known = receipts(), goods(discounts)
    company = company_of(sold.visit, known.rows(sold.item), known.size)
    figures = figures_of(sold, known.kinds, TODAY)
    return stocked(known, figures, chain, company=company, **more)


def question(*basket: str, past: Past | None = None) -> Question:
    """Return a question on a Thursday at noon."""
    return Question(np.sort(items(*basket)), past or no_past(), 12.0, 3)


def bought(*keys: str, ages: tuple[float, ...] = (10.0, 20.0)) -> Past:
    """Return a past of visits at `ages`, each of all of `keys`."""
    return Past(
        np.tile(items(*keys), len(ages)),
        np.repeat(np.arange(len(ages)), len(keys)),
        np.repeat(np.array(ages), len(keys)),
        np.full(len(keys) * len(ages), 12.0, dtype=np.float32),
    )


def proposed(*keys: str) -> Candidates:
    """Return what an item model says that likes `keys`, the first best."""
    score = np.linspace(1.0, 0.5, max(len(keys), 1), dtype=np.float32)[: len(keys)]
    blank = np.full(len(keys), np.nan, dtype=np.float32)
    return Candidates(items(*keys), score, blank, blank, blank)
