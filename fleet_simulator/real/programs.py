"""The programs of a rehearsal with real stores: a broker and a centre, and the commands between.

They are started as a person starts them, die with this process, and write to logs. What they are
asked for is the drill's.
"""

import asyncio
import contextlib
import ctypes
import json
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG = 1
_ENDS_WITHIN = 10.0
_DAEMONS = "/usr/sbin:/usr/local/sbin"
_LAST_LINES = 6


class DrillFailedError(Exception):
    """A rehearsal with real stores cannot go on; the message says why, on one line."""


@dataclass(frozen=True, slots=True)
class BrokerKind:
    """A broker that is installed here: its command, and the MQTT it speaks."""

    command: tuple[str, ...]
    protocol: str


def installed(name: str) -> str | None:
    """Return where a program is: beside this Python, on the PATH or among the daemons."""
    beside = str(Path(sys.executable).parent)
    places = (shutil.which(name, path=place) for place in (beside, None, _DAEMONS))
    return next((place for place in places if place), None)


def find_broker() -> BrokerKind:
    """Return mosquitto where it is installed, else nats-server.

    Raises:
        DrillFailedError: neither is.
    """
    if place := installed("mosquitto"):
        return BrokerKind((place, "-c"), "5")
    if place := installed("nats-server"):
        return BrokerKind((place, "-c"), "3.1.1")
    raise DrillFailedError("no broker is installed; apt install mosquitto, or `make demo` once")


@contextlib.asynccontextmanager
async def running(words: Sequence[str], log: Path) -> AsyncIterator[None]:
    """Run a program until the block ends. Its output goes to `log`."""
    with log.open("ab") as out:
        child = await asyncio.create_subprocess_exec(
            *words, stdin=asyncio.subprocess.DEVNULL, stdout=out, stderr=out,
            preexec_fn=_die_with_parent,
        )  # fmt: skip
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.terminate()
        try:
            async with asyncio.timeout(_ENDS_WITHIN):
                await child.wait()
        except TimeoutError:
            child.kill()
            await child.wait()


async def central_sync(*words: str) -> Any:  # noqa: ANN401 - JSON
    """Run a command of the centre; return the JSON it printed, or None.

    Raises:
        DrillFailedError: it ended with another status than 0.
    """
    command = [sys.executable, "-m", "central_sync", *words]
    child = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await child.communicate()
    if child.returncode:
        raise DrillFailedError(f"central-sync {' '.join(words)}: {err.decode().strip()[-300:]}")
    return json.loads(out) if "--json" in words else None


async def answering(port: int, log: Path, patience: float) -> None:
    """Wait until somebody listens on `port`.

    Raises:
        DrillFailedError: nobody does within `patience` seconds.
    """
    try:
        async with asyncio.timeout(patience):
            while True:
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                    return
                await asyncio.sleep(0.05)
    except TimeoutError:
        said = f"nobody answers on port {port}; {log.name} says: {_last_lines(log)}"
        raise DrillFailedError(said) from None


def _last_lines(log: Path) -> str:
    """Return the end of a log on one line."""
    return " / ".join(log.read_text(errors="replace").splitlines()[-_LAST_LINES:])


def _die_with_parent() -> None:
    """Have the kernel end this child when its parent ends, however that ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
