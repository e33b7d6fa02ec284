"""The executor of small things: one group after the other, in this very process.

For a few stores it is the quickest, since nothing is started and nothing is sent. Ends no work
that is under way: its time limit is looked at between two groups.
"""

from collections.abc import Callable, Generator, Sequence
from datetime import timedelta
from time import perf_counter
from typing import TypeVar

from central_sync.ports.executor import Group, GroupFailedError, TimeIsUpError, attempted

Work = TypeVar("Work")
Answer = TypeVar("Answer")


class InTurn:
    """Works without workers."""

    @property
    def workers(self) -> int:
        """How many groups are worked at the same time."""
        return 1

    def map(
        self,
        do: Callable[[Work], Answer],
        groups: Sequence[Group[Work]],
        *,
        limit: timedelta | None = None,
    ) -> Generator[Answer, None, None]:
        """Yield `do` of each group's work, in their order.

        Raises:
            GroupFailedError: `do` raised for the group that it tells.
            TimeIsUpError: the answers were not all there in `limit`.
        """
        begun = perf_counter()
        for group in groups:
            good, answer = attempted(do, group.work)
            if not good:
                raise GroupFailedError(group.name, answer)
            if limit is not None and perf_counter() - begun > limit.total_seconds():
                raise TimeIsUpError(group.name, limit)
            yield answer
