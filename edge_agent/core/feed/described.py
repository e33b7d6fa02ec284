"""What the centre is told of the store's items, in parts, and when it is told again.

As with tallies, a digest notices that something else is to be said. Prices are no part of it: they
come from the centre, or are in the tallies.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic_core import to_json

from endcap.wire.body import MAX_ROWS
from endcap.wire.events import ItemFacts, ItemsDescribed


@dataclass(frozen=True, slots=True)
class Told:
    """The last revision that the centre was told, and its digest; written as `7 <hex>`."""

    revision: int
    digest: str

    def __str__(self) -> str:
        """Return it as it is kept."""
        return f"{self.revision} {self.digest}"


def described_again(told: str | None, facts: Sequence[ItemFacts]) -> Told | None:
    """Return what to tell now, or None when `told`, as it was kept, says the same."""
    digest = hashlib.sha256(to_json(facts)).hexdigest()
    revision, _, before = (told or "0 ").partition(" ")
    return None if before == digest else Told(int(revision) + 1, digest)


def described(facts: Sequence[ItemFacts], revision: int) -> tuple[ItemsDescribed, ...]:
    """Return what the centre is told, in parts of bounded size; one part when there are none."""
    starts = range(0, max(1, len(facts)), MAX_ROWS)
    return tuple(
        ItemsDescribed(
            revision=revision,
            part=part,
            parts=len(starts),
            items=tuple(facts[start : start + MAX_ROWS]),
        )
        for part, start in enumerate(starts, 1)
    )
