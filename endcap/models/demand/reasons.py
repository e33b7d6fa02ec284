"""Why a group of features moves a forecast, in plain words read from the model's own input.

Says what is so of the day; how much that moves is `drivers`' to say. Where there is nothing to
tell, it tells nothing.
"""

from collections.abc import Callable

from endcap.models.demand.features import FEATURES, Features
from endcap.models.demand.recent import UNKNOWN
from endcap.models.demand.surroundings import WARM

Look = Callable[[str], float | None]

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SLIGHT = 0.02  # a difference of less than this is not worth a word
_DEGREES = 1.0
_WET = 0.5  # millimetres


def reason_of(group: str, rows: Features, day: int) -> str:
    """Return why `group` may move the forecast of `rows[day]`; an empty text without a word to say.

    Args:
        group: the name of one of drivers.GROUPS.
        rows: [H, F] the item's days to come.
        day: which of them.
    """
    known = {
        name: float(value)
        for name, value in zip(FEATURES, rows[day], strict=True)
        if value != UNKNOWN
    }
    return _WORDS[group](known.get)


def _recent(look: Look) -> str:
    return _against(look("mean_2"), "the last 7 days sold {} than usual")


def _season(look: Look) -> str:
    day = look("weekday")
    return "" if day is None else f"a {_DAYS[int(day)]}"


def _price(look: Look) -> str:
    promotion = "a promotion" if look("promotion") else ""
    price = _against(look("price_recent"), "a price {} than of late", "higher", "lower")
    return ", ".join(filter(None, (promotion, price)))


def _calendar(look: Look) -> str:
    told = {
        "holiday": "a holiday",
        "holiday_before": "the day after a holiday",
        "holiday_after": "the day before a holiday",
        "special": "a special day",
    }
    return ", ".join(words for name, words in told.items() if look(name))


def _weather(look: Look) -> str:
    change, rain = look("temperature_change"), look("rain")
    parts = []
    if change is not None and abs(change - WARM) >= _DEGREES:
        side = "warmer" if change > WARM else "colder"
        parts.append(f"{abs(change - WARM):.0f} degrees {side} than of late")
    if rain is not None and rain >= _WET:
        parts.append(f"{rain:.0f} mm of rain" if rain >= 1 else "a little rain")
    return ", ".join(parts)


def _stock(look: Look) -> str:
    there = look("stock_recent")
    if there is None or there > 1.0 - _SLIGHT:
        return ""
    return f"out of stock {1.0 - there:.0%} of the last 7 days"


def _beside(look: Look) -> str:
    return _against(look("group_trend"), "the store sold {} in the last 7 days")


def _chain(look: Look) -> str:
    return _against(look("chain_item_7"), "all stores sold {} of it in the last 7 days")


def _year(look: Look) -> str:
    return _against(look("year_smooth"), "a year ago these days sold {} than the weeks before")


def _against(value: float | None, words: str, more: str = "more", less: str = "less") -> str:
    """Return `words` with how much a figure lies above or below 1; nothing where it hardly does."""
    if value is None or abs(value - 1.0) < _SLIGHT:
        return ""
    return words.format(f"{abs(value - 1.0):.0%} {more if value > 1.0 else less}")


_WORDS: dict[str, Callable[[Look], str]] = {
    "recent": _recent,
    "season": _season,
    "price": _price,
    "calendar": _calendar,
    "weather": _weather,
    "stock": _stock,
    "beside": _beside,
    "chain": _chain,
    "year": _year,
}
