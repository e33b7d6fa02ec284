"""What a facing can look like on a picture, and how likely each of that is.

The order of `STATES` is the order of the facing model's columns. What follows from a state over
time is core/vision's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

State = Literal["full", "low", "empty", "occluded"]
STATES: tuple[State, ...] = ("full", "low", "empty", "occluded")

Known = Literal["full", "empty"]
KNOWN: tuple[Known, ...] = ("full", "empty")
"""The states a facing can have a reference of, in the order of the model's second input."""


@dataclass(frozen=True, slots=True)
class Chances:
    """How likely a facing is full, low (one pack or far back), empty or hidden; they sum to 1."""

    full: float
    low: float
    empty: float
    occluded: float

    @classmethod
    def of_row(cls, row: Sequence[float]) -> "Chances":
        """Return a model's row, columns as in `STATES`.

        >>> Chances.of_row([0.1, 0.2, 0.6, 0.1]).empty
        0.6
        """
        full, low, empty, occluded = row
        return cls(full, low, empty, occluded)

    @classmethod
    def of_empty(cls, empty: float) -> "Chances":
        """Return what a look says that only tells empty from not empty.

        >>> Chances.of_empty(0.25)
        Chances(full=0.75, low=0.0, empty=0.25, occluded=0.0)
        """
        return cls(1 - empty, 0.0, empty, 0.0)
