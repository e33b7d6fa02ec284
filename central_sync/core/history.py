"""Proves that nothing a store accepted was lost, doubled or changed on its way to the centre.

Reads the books of both sides as values and lists every violation. Does not open a database, and
does not know when the two were read; the store's must be read first, since it forgets what the
centre has.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from endcap.wire.seqset import Range, SeqSet


@dataclass(frozen=True, slots=True)
class StoreBooks:
    """A store's outbox: numbers up to `highest` were given out in `epoch`.

    `waiting` are still to be acknowledged, `kept` were acknowledged and not deleted yet, `shed`
    are told lost by events that are themselves still in the outbox.
    """

    store: str
    epoch: str
    highest: int
    waiting: SeqSet
    kept: SeqSet
    shed: SeqSet


@dataclass(frozen=True, slots=True)
class CentreBooks:
    """What the centre's tables say of one epoch. `rows` counts the event rows, doubles included.

    `stored` are also those that were forgotten once the lake had them; `rows` counts them too.
    `altered` are the numbers whose event differs from the one the store still has.
    """

    rows: int
    stored: SeqSet
    dead: SeqSet
    lost: SeqSet
    committed: SeqSet
    altered: SeqSet


@dataclass(frozen=True, slots=True)
class Violation:
    """A promise that does not hold, for which numbers."""

    promise: str
    problem: str
    ranges: tuple[Range, ...]


@dataclass(frozen=True, slots=True)
class History:
    """What became of everything that a store accepted in an epoch: each number is in one count."""

    store: str
    epoch: str
    accepted: int
    stored: int
    dead: int
    ledgered: int
    waiting: int
    violations: tuple[Violation, ...]

    @property
    def holds(self) -> bool:
        """Tell whether every promise holds."""
        return not self.violations


def verify_history(store: StoreBooks, centre: CentreBooks) -> History:
    """Return the proof, or the violations, for one store's present epoch.

    I1: every accepted event is stored once, or a dead letter, or told lost, or still waiting.
    I2: no event is there twice, or as another than the store's. I3: the books know what is there.
    """
    here = centre.stored.union(centre.dead)
    told = centre.lost.union(store.shed).minus(here)
    waiting = store.waiting.minus(here).minus(told)
    return History(
        store=store.store,
        epoch=store.epoch,
        accepted=store.highest,
        stored=len(centre.stored),
        dead=len(centre.dead.minus(centre.stored)),
        ledgered=len(told),
        waiting=len(waiting),
        violations=tuple(_violations(store, centre)),
    )


def _violations(store: StoreBooks, centre: CentreBooks) -> Iterator[Violation]:
    """Yield every promise that the two books break."""
    made = SeqSet(((1, store.highest),)) if store.highest else SeqSet()
    here = centre.stored.union(centre.dead)
    told = centre.lost.union(store.shed)
    found = {
        ("I1", "accepted, and nowhere to be found"): made.minus(here)
        .minus(told)
        .minus(store.waiting)
        .minus(store.kept),
        ("I1", "acknowledged, but not at the centre"): store.kept.minus(here).minus(told),
        ("I1", "at the centre, but never made by the store"): here.minus(made),
        ("I1", "told lost, but never made by the store"): told.minus(made),
        ("I2", "differs from what the store has"): centre.altered,
        ("I3", "committed in the books without an event"): centre.committed.minus(here),
        ("I3", "an event that is not committed in the books"): here.minus(centre.committed),
    }
    for (promise, problem), numbers in found.items():
        if numbers.ranges:
            yield Violation(promise, problem, numbers.ranges)
    doubles = centre.rows - len(centre.stored)
    if doubles:
        yield Violation("I2", f"{doubles} events are stored more than once", ())
