"""The executor of one machine: processes of its own that take one group after the other.

Each is started anew (spawn), so that it inherits no thread and no open file, and ends with this
process, whatever ends that. One that is killed is told with the group it had, and what is no longer
wanted is ended: the standard pools lose sight of the one, and cannot do the other.
"""

import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Any, Self, TypeVar

from central_sync.ports.executor import (
    Group,
    GroupFailedError,
    Said,
    TimeIsUpError,
    attempted,
    in_words,
)
from endcap.plumbing.clock import Clock

_AHEAD = 2  # groups a worker that may be under way or done before their turn
_SPAWN = multiprocessing.get_context("spawn")

Work = TypeVar("Work")
Answer = TypeVar("Answer")


class WorkerProcesses:
    """At most `workers` processes, started when there is work and kept until this is closed.

    One `map` at a time.
    """

    def __init__(self, workers: int, clock: Clock) -> None:
        if workers < 1:
            raise ValueError(f"{workers} workers: at least 1 is needed")
        self._most = workers
        self._clock = clock
        self._crew: list[_Worker] = []

    @property
    def workers(self) -> int:
        """How many groups are worked at the same time, at most."""
        return self._most

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """End every worker."""
        self._dismiss(self._crew)

    def map(
        self,
        do: Callable[[Work], Answer],
        groups: Sequence[Group[Work]],
        *,
        limit: timedelta | None = None,
    ) -> Generator[Answer, None, None]:
        """Yield `do` of each group's work, in their order.

        Raises:
            GroupFailedError: `do` raised, or its worker died, for the group that it tells.
            TimeIsUpError: the answers were not all there in `limit`.
        """
        turn = _Turn(do, groups, deque(range(len(groups))))
        until = None if limit is None else self._clock.monotonic() + limit.total_seconds()
        try:
            for place, group in enumerate(groups):
                self._hand_out(turn, place)
                while place not in turn.said:
                    if not self._listen(turn, until) and limit is not None:
                        raise TimeIsUpError(group.name, limit)
                    self._hand_out(turn, place)
                good, answer = turn.said.pop(place)
                if not good:
                    raise GroupFailedError(group.name, answer)
                yield answer
        finally:
            self._dismiss([one for one in self._crew if one.has is not None])

    def _hand_out(self, turn: "_Turn", place: int) -> None:
        """Give work to those who have none, not further ahead of `place` than is allowed."""
        while turn.waiting and turn.waiting[0] < place + _AHEAD * self._most:
            idle = next((one for one in self._crew if one.has is None), None)
            if idle is None:
                if len(self._crew) == self._most:
                    return
                idle = _Worker()
                self._crew.append(idle)
            following = turn.waiting.popleft()
            try:
                idle.take(following, turn.do, turn.groups[following].work)
            except Exception as error:  # noqa: BLE001 - whatever pickling it raises
                turn.said[following] = (False, f"cannot be sent to a worker: {in_words(error)}")
                self._dismiss([idle])

    def _listen(self, turn: "_Turn", until: float | None) -> bool:
        """Note what workers say, waiting for the first; tell whether one spoke in time."""
        left = None if until is None else max(until - self._clock.monotonic(), 0.0)
        busy = [one for one in self._crew if one.has is not None]
        ready = wait([one.connection for one in busy], left)
        heard = [one for one in busy if one.connection in ready]
        for one in heard:
            place, said = one.answer()
            turn.said[place] = said
        self._dismiss([one for one in heard if one.lost])
        return bool(heard)

    def _dismiss(self, some: Sequence["_Worker"]) -> None:
        """End workers, also in the midst of their work."""
        for one in list(some):
            one.end()
            self._crew.remove(one)


@dataclass(frozen=True, slots=True, eq=False)
class _Turn:
    """One `map`: the places of the groups that wait, and what was said of others."""

    do: Callable[[Any], Any]
    groups: Sequence[Group[Any]]
    waiting: deque[int]
    said: dict[int, Said] = field(default_factory=dict)


class _Worker:
    """A process, and the place of the group that it has; `lost` once it cannot take another."""

    def __init__(self) -> None:
        self.connection, theirs = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()  # so that its death ends what we read
        self.has: int | None = None
        self.lost = False

    def take(self, place: int, do: Callable[[Any], Any], work: object) -> None:
        """Begin the work for the group at `place`."""
        self.connection.send((do, work))
        self.has = place

    def answer(self) -> tuple[int, Said]:
        """Return what came of the group it had, and have none."""
        if self.has is None:
            raise RuntimeError("a worker without work was asked for its answer")
        place, self.has = self.has, None
        try:
            said: Said = self.connection.recv()
        except (EOFError, OSError):
            self.lost = True
            self._process.join()
            said = (False, _death(self._process.exitcode))
        return place, said

    def end(self) -> None:
        """End the process, now."""
        self._process.kill()
        self._process.join()
        self._process.close()
        self.connection.close()


def _death(code: int | None) -> str:
    """Return what is to be said of a worker that ended with `code`."""
    if code is not None and code < 0:
        return f"its worker was ended by signal {-code}; 9 is also the kernel's, short of memory"
    return f"its worker ended by itself with code {code}"


def _serve(parent: "Connection[Any, Any]") -> None:
    """Work, in a process of its own, until nobody asks for more."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with suppress(EOFError, ConnectionError, KeyboardInterrupt):
        while True:
            said = attempted(*_asked(parent))
            try:
                parent.send(said)
            except Exception as error:  # noqa: BLE001 - whatever pickling it raises
                parent.send((False, f"its answer cannot be sent: {in_words(error)}"))


def _asked(parent: "Connection[Any, Any]") -> tuple[Callable[[Any], Any], Any]:
    """Return what is to be done; what cannot be read fails when it is tried."""
    try:
        do, work = parent.recv()
    except (EOFError, OSError):
        raise EOFError from None
    except Exception as error:  # noqa: BLE001 - whatever unpickling it raises
        return _unreadable, in_words(error)
    return do, work


def _unreadable(why: str) -> None:
    """Fail, for work that could not be read."""
    raise ValueError(f"a worker cannot read what it was sent: {why}")


def _end_with_parent() -> None:
    """End this process when the one that started it is gone, in the midst of whatever it does."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
