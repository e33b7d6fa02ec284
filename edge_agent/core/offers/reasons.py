"""Why an item is offered: stable codes, the shopper's words for each, and which of them hold."""

from dataclasses import dataclass

INSTEAD = "instead-of"
DUE_AGAIN = "due-again"
BOUGHT_BEFORE = "bought-before"
GOES_WITH_BASKET = "goes-with-basket"
SUITS_YOU = "suits-you"
ON_PROMOTION = "on-promotion"
RISING = "rising-here"
SUITS_TODAY = "suits-today"
POPULAR_HERE = "popular-here"
NEW_HERE = "new-here"

TEXTS = {
    INSTEAD: "instead of {name}, which is off the shelf now",
    DUE_AGAIN: "you usually buy it about now",
    BOUGHT_BEFORE: "you buy it often",
    GOES_WITH_BASKET: "goes with what is in the basket",
    SUITS_YOU: "goes with what you usually buy",
    ON_PROMOTION: "reduced by {discount:.0%} today",
    RISING: "more and more people buy it here",
    SUITS_TODAY: "sells well on days like today",
    POPULAR_HERE: "popular here this week",
    NEW_HERE: "new here",
}
"""Every reason there is, by its code, the strongest first, in the shopper's words."""
MOST = 3
"""Reasons told of one item."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds of an item for one shopper at one moment."""

    instead: bool = False
    due: bool = False
    bought: bool = False
    with_basket: bool = False
    suits: bool = False
    discount: float = 0.0
    rising: bool = False
    today: bool = False
    popular: bool = False
    new: bool = False


def reasons_of(standing: Standing) -> tuple[str, ...]:
    """Return the codes of what holds, the strongest first; never none.

    >>> reasons_of(Standing(bought=True, discount=0.2))
    ('bought-before', 'on-promotion')
    """
    holds = {
        INSTEAD: standing.instead,
        DUE_AGAIN: standing.due,
        BOUGHT_BEFORE: standing.bought and not standing.due,
        GOES_WITH_BASKET: standing.with_basket,
        SUITS_YOU: standing.suits and not standing.bought,
        ON_PROMOTION: standing.discount > 0,
        RISING: standing.rising,
        SUITS_TODAY: standing.today,
        POPULAR_HERE: standing.popular,
        NEW_HERE: standing.new,
    }
    found = tuple(code for code in TEXTS if holds[code])
    return found[:MOST] or (POPULAR_HERE,)


def said(code: str, *, name: str = "", discount: float = 0.0) -> str:
    """Return a reason in words; `name` is of what an item stands in for."""
    return TEXTS[code].format(name=name, discount=discount)
