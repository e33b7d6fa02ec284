"""The executor of several machines: a Dask cluster's workers take the groups.

Either the cluster whose scheduler is named, or one of this machine's own processes. The workers
have this package installed and see the same folders. A group whose worker is lost is worked again
by another, as the cluster's own settings say. Work that is no longer wanted is not begun; what a
worker of another machine has begun, it ends, and nobody looks at it. Who reaches a scheduler can
run anything on its workers: `tls://` and Dask's own settings keep others out.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any, TypeVar

from distributed import Client, LocalCluster

from central_sync.ports.executor import (
    Group,
    GroupFailedError,
    TimeIsUpError,
    attempted,
    in_words,
)
from endcap.plumbing.clock import Clock

_AHEAD = 2  # groups a worker that may be under way or done before their turn
PATIENCE = timedelta(seconds=60)  # until a scheduler answers and has a worker

Work = TypeVar("Work")
Answer = TypeVar("Answer")


class ClusterUnreachableError(Exception):
    """A cluster cannot be worked with; the message says which and why."""


class DaskCluster:
    """The workers that `client` knows. What they answer is the same, however many they are."""

    def __init__(self, client: Any, clock: Clock) -> None:  # noqa: ANN401 - its methods have no types
        self._client = client
        self._clock = clock

    @property
    def workers(self) -> int:
        """How many groups are worked at the same time, now."""
        return max(1, int(sum(self._client.nthreads().values())))

    def map(
        self,
        do: Callable[[Work], Answer],
        groups: Sequence[Group[Work]],
        *,
        limit: timedelta | None = None,
    ) -> Generator[Answer, None, None]:
        """Yield `do` of each group's work, in their order.

        Raises:
            GroupFailedError: `do` raised, or the cluster gave it up, for the group that it tells.
            TimeIsUpError: the answers were not all there in `limit`.
        """
        until = None if limit is None else self._clock.monotonic() + limit.total_seconds()
        waiting = deque(groups)
        begun: deque[Any] = deque()
        try:
            for group in groups:
                while waiting and len(begun) < _AHEAD * self.workers:
                    begun.append(self._begin(do, waiting.popleft()))
                left = None if until is None else max(until - self._clock.monotonic(), 0.0)
                try:
                    good, answer = begun[0].result(timeout=left)
                except TimeoutError:
                    raise TimeIsUpError(group.name, limit or timedelta(0)) from None
                except Exception as error:
                    raise GroupFailedError(group.name, in_words(error)) from error
                begun.popleft().release()
                if not good:
                    raise GroupFailedError(group.name, answer)
                yield answer
        finally:
            with suppress(Exception):  # the cluster may be gone; then nothing is left to cancel
                self._client.cancel(list(begun), force=True)

    def _begin(self, do: Callable[[Work], Answer], group: Group[Work]) -> Any:  # noqa: ANN401 - its methods have no types
        """Send the work for one group to the cluster."""
        try:
            return self._client.submit(attempted, do, group.work, pure=False)
        except Exception as error:
            raise GroupFailedError(
                group.name, f"cannot be sent to a worker: {in_words(error)}"
            ) from error


@contextmanager
def dask_cluster(
    scheduler: str | None, workers: int, clock: Clock, patience: timedelta = PATIENCE
) -> Iterator[DaskCluster]:
    """Reach the cluster at `scheduler`; without one, make one of `workers` processes here.

    `scheduler` is an address such as tls://10.0.0.7:8786.

    Raises:
        ClusterUnreachableError: nobody answers there, or it has no worker.
    """
    if scheduler is not None:
        with _client(scheduler, patience) as client:
            yield DaskCluster(client, clock)
        return
    with (
        LocalCluster(  # type: ignore[no-untyped-call]
            n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None
        ) as here,
        _client(here, patience) as client,
    ):
        yield DaskCluster(client, clock)


@contextmanager
def _client(where: "str | LocalCluster", patience: timedelta) -> Iterator[Any]:
    """Reach a scheduler that has a worker."""
    seconds = patience.total_seconds()
    try:
        client: Any = Client(where, timeout=seconds, set_as_default=False)  # type: ignore[no-untyped-call]
    except OSError as error:
        raise ClusterUnreachableError(f"no Dask scheduler at {where}: {error}") from error
    with client:
        try:
            client.wait_for_workers(1, timeout=seconds)
        except TimeoutError:
            raise ClusterUnreachableError(f"the Dask scheduler at {where} has no worker") from None
        yield client
