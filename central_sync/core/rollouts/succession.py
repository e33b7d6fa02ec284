"""Which release comes after which: what is due for a rollout, and what may be given to anybody.

Knows rollouts by how they ended, not what happened in them. Starts nothing.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from central_sync.core.rollouts.machine import UNDER_WAY, Rollout, State


class RolloutRefusedError(Exception):
    """A rollout cannot be started or changed as asked; the message says why, and what to do."""


def fleet_runs(assigned: Iterable[int], live: Collection[int]) -> int:
    """Return the live release that most stores are assigned, the newest of those; 0 for none."""
    counts = Counter(release for release in assigned if release in live)
    return max(counts, key=lambda release: (counts[release], release), default=0)


def allowed(rollouts: Sequence[Rollout], live: Collection[int]) -> int:
    """Return the newest release that any store may have, 0 for none; `rollouts` newest first.

    One whose rollout is complete; else what the fleet ran before the rollouts that are known.
    """
    for one in rollouts:
        if one.state is State.COMPLETE and one.release in live:
            return one.release
    base = rollouts[-1].base if rollouts else 0
    return base if base in live else 0


def due(forward: Collection[int], rollouts: Sequence[Rollout], runs: int) -> int:
    """Return the release that wants a rollout now, 0 for none.

    `forward` are the live releases that lead forward, `runs` is what the fleet runs. Only the
    newest is due, only once, and only when no other rollout is under way.
    """
    newest = max(forward, default=0)
    if newest <= runs or any(one.state in UNDER_WAY for one in rollouts):
        return 0
    return newest if all(one.release < newest for one in rollouts) else 0


def begun(
    release: int,
    forward: Collection[int],
    ways_back: Mapping[int, int],
    rollouts: Sequence[Rollout],
) -> int:
    """Return the way back from `release`, 0 for none, when a rollout of it may begin.

    Raises:
        RolloutRefusedError: it may not.
    """
    if release in ways_back.values():
        raise RolloutRefusedError(f"release {release} is a way back; `rollout revert` takes it")
    if release not in forward:
        raise RolloutRefusedError(f"release {release} is not live; see `release list`")
    for one in rollouts:
        if one.state in UNDER_WAY:
            what = f"rollout {one.number} of release {one.release} is under way"
            raise RolloutRefusedError(f"{what}; let it end, or abort it first")
        if one.release > release and one.state is State.COMPLETE:
            what = f"release {one.release} is everywhere, and no store goes to a lower number"
            raise RolloutRefusedError(f"{what}; see `release revert`")
    return ways_back.get(release, 0)
