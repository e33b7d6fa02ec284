"""Which arm of which experiment a visit is in, and what that changes.

An arm is found by hashing who is asked about: the same unit gets the same arm in every answer,
and nothing has to be kept or asked for. What the arms did is core/experiment_sums'.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from endcap.wire.experiments import Arm, Experiment

_DRAWN_BYTES = 8

Arms = Mapping[str, Arm]
"""The arm of each experiment a visit is in, by the experiment's name."""


@dataclass(frozen=True, slots=True)
class Visit:
    """Who is asked about: the store, and the session and the pseudonym as far as they are known."""

    store: str
    session: str | None = None
    shopper: str | None = None

    def unit(self, one: Experiment) -> str | None:
        """Return the unit of an experiment that this visit is; None when it is in none."""
        return {"store": self.store, "session": self.session, "shopper": self.shopper}[one.unit]


def arm_of(one: Experiment, unit: str) -> Arm:
    """Return the arm that a unit is in: by its hash, in proportion to the arms' weights.

    SHA-256 of salt, name and unit, read as a share of one (as in Kohavi et al., 2020, section 4).
    """
    text = f"{one.salt}\0{one.experiment}\0{unit}".encode()
    drawn = int.from_bytes(hashlib.sha256(text).digest()[:_DRAWN_BYTES]) / 2 ** (8 * _DRAWN_BYTES)
    left = drawn * sum(arm.weight for arm in one.arms)
    for arm in one.arms[:-1]:
        if left < arm.weight:
            return arm
        left -= arm.weight
    return one.arms[-1]


def arms_of(experiments: Iterable[Experiment], visit: Visit, at: datetime) -> Arms:
    """Return the arms of a visit in the experiments that run at `at`."""
    found: dict[str, Arm] = {}
    for one in experiments:
        unit = visit.unit(one)
        if unit is not None and not one.interleave and one.first <= at < one.last:
            found[one.experiment] = arm_of(one, unit)
    return found


def interleaved(experiments: Iterable[Experiment], at: datetime) -> Experiment | None:
    """Return the experiment whose two arms share every list of results at `at`, if there is one."""
    running = (one for one in experiments if one.interleave and one.first <= at < one.last)
    return min(running, key=lambda one: one.experiment, default=None)


def setting_in(arms: Arms, part: str, name: str) -> float | None:
    """Return what the arms set; None where none of them says. The centre lets no two say."""
    for arm in arms.values():
        if name in arm.settings.get(part, {}):
            return arm.settings[part][name]
    return None
