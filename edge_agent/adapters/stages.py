"""What each step of a picture costs: processor time by stage, added up from any thread."""

import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


class Stages:
    """Seconds of processor time by the name of a stage."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seconds: defaultdict[str, float] = defaultdict(float)

    @contextmanager
    def at(self, stage: str) -> Iterator[None]:
        """Add what this thread spends in the block to `stage`."""
        began = time.thread_time()
        try:
            yield
        finally:
            spent = time.thread_time() - began
            with self._lock:
                self._seconds[stage] += spent

    @property
    def seconds(self) -> Mapping[str, float]:
        """Return what was spent until now, by stage."""
        with self._lock:
            return dict(self._seconds)
