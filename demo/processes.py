"""The demo's processes: started through their public commands, and started again when they die.

Each child dies with the demo, also when the demo is killed. What a child prints goes to its log.
"""

import asyncio
import contextlib
import ctypes
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

_PR_SET_PDEATHSIG = 1
RESTART_AFTER = 0.3


def command(name: str) -> str:
    """Return the path of a console script that stands beside this Python.

    Raises:
        FileNotFoundError: it is not installed there.
    """
    path = Path(sys.executable).parent / name
    if not path.exists():
        raise FileNotFoundError(f"{name} is not installed beside {sys.executable}; run `make demo`")
    return str(path)


@dataclass(slots=True)
class Process:
    """A program that is kept running until it is stopped."""

    name: str
    words: Sequence[str]
    log: Path
    starts: int = 0
    child: asyncio.subprocess.Process | None = field(default=None, repr=False)

    async def keep_running(self) -> None:
        """Start the program, and start it again whenever it ends, until cancelled."""
        try:
            while True:
                with self.log.open("ab") as log:
                    self.child = await asyncio.create_subprocess_exec(
                        *self.words, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
                        preexec_fn=_die_with_parent,
                    )  # fmt: skip
                self.starts += 1
                self.log.with_suffix(".pid").write_text(str(self.child.pid))
                await self.child.wait()
                await asyncio.sleep(RESTART_AFTER)
        finally:
            await self._stop()

    async def _stop(self) -> None:
        """Ask the program to end, and end it if it does not."""
        child = self.child
        if child is None or child.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            child.terminate()
        try:
            async with asyncio.timeout(5):
                await child.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()

    def last_words(self) -> str:
        """Return the end of the program's log, for the error line of a demo that failed."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(lines[-8:])


def _die_with_parent() -> None:
    """Have the kernel end this child when the demo ends, however that ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
