"""How forecasts fared, and which drift, as values for people to look at. Decides nothing."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Sums:
    """What was scored, in units; `asked` items had an interval, and `covered` of them lay in it."""

    items: int
    asked: int
    covered: int
    units: float
    absolute_error: float
    error: float

    def __add__(self, other: "Sums") -> "Sums":
        """Return the sums of both."""
        return Sums(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))

    @property
    def wape(self) -> float | None:
        """The absolute error over what was sold; None where nothing was."""
        return round(self.absolute_error / self.units, 5) if self.units > 0 else None

    @property
    def bias(self) -> float | None:
        """Expected less sold over what was sold: above 0 is too high."""
        return round(self.error / self.units, 5) if self.units > 0 else None

    @property
    def coverage(self) -> float | None:
        """The share of items inside their interval; None where none had one."""
        return round(self.covered / self.asked, 5) if self.asked else None


@dataclass(frozen=True, slots=True)
class DayScore:
    """A day of a store, or of all `stores` that told of it."""

    day: date
    stores: int
    sums: Sums


@dataclass(frozen=True, slots=True)
class GroupScore:
    """An item group over some days."""

    group: str
    sums: Sums


@dataclass(frozen=True, slots=True)
class StoreScore:
    """A store over some days."""

    store: str
    sums: Sums


@dataclass(frozen=True, slots=True)
class Alarm:
    """A drift of a store's item group (none: the whole store), dated `since`.

    `opened` is the day it was seen on, `closed` the day it was over.
    """

    store: str
    group: str
    sign: str
    since: date
    opened: date
    why: str
    closed: date | None = None
