"""Work for groups, to try executors with; light to import, since each worker does.

Each does one thing that an executor must bear.
"""

import os
import signal
import threading
import time
from pathlib import Path

from central_sync.ports.executor import GroupFailedError


def doubled(number: int) -> int:
    return 2 * number


def after(work: tuple[int, Path | None]) -> int:
    """Return a number, once a file is there."""
    number, file = work
    while file is not None and not file.exists():
        time.sleep(0.01)  # noqa: TID251 - another process makes the file
    return number


def freed(work: tuple[int, Path]) -> int:
    number, file = work
    file.touch()
    return number


def either(work: tuple[str, tuple[int, Path]]) -> int:
    return after(work[1]) if work[0] == "wait" else freed(work[1])


def picky(number: int) -> int:
    if number == 3:
        raise GroupFailedError("shelf 3", "is\nunusable")
    return number // (number - 5)


def marked(work: tuple[Path, int]) -> int:
    """Leave a mark that this was begun."""
    folder, number = work
    (folder / str(number)).touch()
    if number == 0:
        raise ValueError("the first fails")
    return number


def killed(work: bool) -> int:  # noqa: FBT001 - it is the work
    if work:
        os.kill(os.getpid(), signal.SIGKILL)
    return 1


def asleep(seconds: float) -> float:
    time.sleep(seconds)  # noqa: TID251 - what is tested is who ends it
    return seconds


def a_lock(_: object) -> object:
    return threading.Lock()
