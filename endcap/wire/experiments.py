"""Experiments: which arm a shopper, a session or a store is in, and what an arm changes.

Assignment is a hash of the salt and the unit, so that a store needs to ask nobody and a unit stays
in its arm. An arm is a set of the site's settings; models are compared by rollouts instead.
"""

from typing import Literal

from pydantic import Field

from endcap.wire.identifiers import Finite, Name
from endcap.wire.values import Instant, Value


class Arm(Value):
    """A share of the units (weights add up), and the settings they get, by part and name."""

    arm: Name
    weight: float = Field(gt=0.0, le=1000.0)
    settings: dict[Name, dict[Name, Finite]] = Field(default_factory=dict, max_length=20)


class Experiment(Value):
    """What is tried, on whom, from `first` to `last`; the first arm is the control.

    `interleave` shows both arms' search results in one list (team draft) and counts who is tapped.
    """

    experiment: Name
    unit: Literal["shopper", "session", "store"]
    salt: str = Field(min_length=8, max_length=64)
    arms: tuple[Arm, ...] = Field(min_length=2, max_length=8)
    first: Instant
    last: Instant
    interleave: bool = False
