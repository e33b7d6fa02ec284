"""Who does the work of a training: this process, others, or a Dask cluster.

Dask is brought in only when it is asked for.
"""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

from central_sync.adapters.worker_processes import WorkerProcesses
from central_sync.commands.speaking import stop
from central_sync.ports.executor import Executor
from central_sync.trainers.in_turn import InTurn
from endcap.plumbing.clock import SystemClock

_KIB = 1024


@contextmanager
def executor_of(kind: str, workers: int, scheduler: str | None) -> Iterator[Executor]:
    """Open the executor of a kind, `processes` or `dask`; close it after the block.

    Raises:
        ClusterUnreachableError: nobody answers at `scheduler`.
    """
    if kind == "dask" or scheduler is not None:
        try:
            cluster = import_module("central_sync.adapters.dask_cluster")
        except ImportError as error:
            raise stop(f"{error}; install the cluster's packages: endcap[cluster]") from error
        with cluster.dask_cluster(scheduler, workers, SystemClock()) as dask:
            yield dask
    elif workers == 1:
        yield InTurn()
    else:
        with WorkerProcesses(workers, SystemClock()) as processes:
            yield processes


def peaks() -> dict[str, int]:
    """Return how much memory was used at most, in MiB: here, and by the largest worker so far."""
    whose = {"here": resource.RUSAGE_SELF, "a_worker": resource.RUSAGE_CHILDREN}
    return {name: resource.getrusage(who).ru_maxrss // _KIB for name, who in whose.items()}
