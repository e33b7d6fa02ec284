"""What training needs to do the same work for many groups of stores: an executor.

Says nothing of where the work is done: in this process, in others, or on other machines.
"""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, Protocol, TypeVar

Work = TypeVar("Work")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Group(Generic[Work]):
    """A group by its name, which errors tell, and what there is to do for it."""

    name: str
    work: Work


Said = tuple[bool, Any]
"""Whether the work for a group went well, and its answer, or why it did not."""


class GroupFailedError(Exception):
    """The work for one group failed; the message names the group and says why, on one line."""

    def __init__(self, group: str, why: str) -> None:
        super().__init__(f"{group}: {' '.join(why.split())[:500]}")
        self.group = group


class TimeIsUpError(Exception):
    """The work for all groups took longer than it was given; the message names who was awaited."""

    def __init__(self, group: str, limit: timedelta) -> None:
        super().__init__(f"{group}: not done when the {limit} for all groups were over")
        self.group = group


def attempted(do: Callable[[Work], Answer], work: Work) -> Said:
    """Return what came of the work for a group; whatever it raises is its answer in words."""
    try:
        return True, do(work)
    except Exception as error:  # noqa: BLE001 - told to who asked, whatever it is
        return False, in_words(error)


def in_words(error: Exception) -> str:
    """Return an exception as who reads of it understands it: our own speak for themselves."""
    own = type(error).__module__.startswith("central_sync")
    return str(error) if own else f"{type(error).__name__}: {error}"


class Executor(Protocol):
    """Does the same work for each of many groups, `workers` of them at a time.

    `map` yields `do(group.work)` in the order of `groups`, whoever is done first. It does not run
    far ahead of who takes the answers: at most a few a worker are held. `do` is a function of a
    module and what it takes and returns can be pickled; nothing that it changes is seen by other
    groups. Raises GroupFailedError for the first group, in order, whose work raised or whose
    worker died, and TimeIsUpError when the answers were not all there in `limit`, counted from
    the first one asked for. When it raises or is closed, work that waits is not begun.
    """

    @property
    def workers(self) -> int: ...

    def map(
        self,
        do: Callable[[Work], Answer],
        groups: Sequence[Group[Work]],
        *,
        limit: timedelta | None = None,
    ) -> Generator[Answer, None, None]: ...
