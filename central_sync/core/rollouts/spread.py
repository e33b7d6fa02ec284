"""Which stores go first: a few of every kind of store, and those that can be heard before others.

Every beginning of the order is spread over the strata as the fleet is, after one store of each. The
order depends on the rollout's number, so that it is not always the same stores that try what is
new. Nothing here is random.
"""

import zlib
from collections import defaultdict
from collections.abc import Iterable

from central_sync.core.rollouts.facts import Store


def in_order(stores: Iterable[Store], rollout: int) -> list[Store]:
    """Return `stores` in the order in which a rollout gives them the release."""
    strata: dict[tuple[bool, tuple[str, ...]], list[tuple[int, Store]]] = defaultdict(list)
    for one in stores:
        lot = zlib.crc32(f"{rollout}:{one.store}".encode())
        strata[not one.present, one.stratum].append((lot, one))
    placed = []
    for (absent, _), members in strata.items():
        members.sort(key=lambda pair: (pair[0], pair[1].store))
        count = len(members)
        for at, (lot, one) in enumerate(members):
            # The first of each stratum before the second of any, those of large strata before.
            rank = -count if at == 0 else (at + 0.5) / count
            placed.append((absent, rank, lot, one.store, one))
    return [one for *_, one in sorted(placed, key=lambda place: place[:4])]
