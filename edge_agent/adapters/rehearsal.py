"""Rehearses a model in a process of its own, where it can neither hurt nor see the agent.

The child gets the bytes through a pipe, no environment, an empty working folder, and limits on
memory, CPU time, files and time. A model that kills, hangs or starves its process is refused like
one that answers wrongly. What is checked is rehearsal_child's.
"""

import asyncio
import contextlib
import json
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from endcap.models.contracts import CONTRACTS, Contract, breach
from endcap.wire.manifest import ModelManifest

_ROOT = Path(__file__).parents[2]
MAX_VERDICT = 64 * 1024
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class RehearsalLimits:
    """What a model may take while it is tried.

    `cpu` ends what computes without end, also on a busy machine; `wall` ends what only waits.
    `latency` is the most CPU time of one golden case, the median of some rounds; all cases together
    may take `slower` times what the champion takes for them, and `quick` in any case.
    """

    memory: int = 3 * 1024**3
    cpu: timedelta = timedelta(seconds=7)
    wall: timedelta = timedelta(seconds=60)
    latency: timedelta = timedelta(seconds=1)
    slower: float = 5.0
    quick: timedelta = timedelta(milliseconds=50)


class ChildRehearsal:
    """Tries models one after another, each in a new process.

    `contracts` say what is expected of each kind.
    """

    def __init__(
        self, limits: RehearsalLimits, contracts: Mapping[str, Contract] = CONTRACTS
    ) -> None:
        self._limits = limits
        self._contracts = contracts

    async def rehearse(
        self, manifest: ModelManifest, model: bytes, golden: bytes, champion: bytes | None = None
    ) -> str:
        """Return why the model is no good, on one line, or an empty text.

        Without a champion, or with one that cannot answer the same questions, only the bounds in
        seconds hold.
        """
        broken = breach(manifest, self._contracts)
        if broken:
            return broken
        files = (model, golden, champion or b"")
        with tempfile.TemporaryDirectory(prefix="endcap-rehearsal-") as empty:
            child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "edge_agent.adapters.rehearsal_child"),
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
                cwd=empty,
                env={"PYTHONPATH": str(_ROOT), "OMP_NUM_THREADS": "1"},
                limit=MAX_VERDICT,
            )
            try:
                async with asyncio.timeout(self._limits.wall.total_seconds()):
                    return await _hear(child, self._order(manifest, files))
            except TimeoutError:
                return f"no verdict within {self._limits.wall.total_seconds():.0f} s"
            finally:
                await _end(child)

    def _order(self, manifest: ModelManifest, files: tuple[bytes, bytes, bytes]) -> bytes:
        """Return what the child reads: a line, and the model, the golden file, the champion."""
        limits = self._limits
        order = {
            "manifest": manifest.model_dump(mode="json"),
            "lengths": [len(one) for one in files],
            "memory": limits.memory,
            "cpu": int(limits.cpu.total_seconds()),
            "budget": {
                "most_ms": limits.latency / timedelta(milliseconds=1),
                "slower": limits.slower,
                "quick_ms": limits.quick / timedelta(milliseconds=1),
            },
        }
        return json.dumps(order).encode() + b"\n" + b"".join(files)


async def _hear(child: Process, order: bytes) -> str:
    """Give the child its order and return its verdict, or how the model ended it without one."""
    assert child.stdin is not None  # noqa: S101 - both were asked for as pipes
    assert child.stdout is not None  # noqa: S101
    with contextlib.suppress(ConnectionError):  # it ended before it had read everything
        child.stdin.write(order)
        await child.stdin.drain()
        child.stdin.close()
    try:
        line = await child.stdout.readline()
        said = json.loads(line)["bad"] if line else None
    except (ValueError, KeyError, TypeError):
        said = None
    if isinstance(said, str):
        return " ".join(said.split())[:_LONGEST]
    return f"it ended its process ({_how(await child.wait())})"


async def _end(child: Process) -> None:
    """Leave no child behind."""
    with contextlib.suppress(ProcessLookupError):
        child.kill()
    await child.wait()


def _how(code: int) -> str:
    """Return how a process ended, in words."""
    ends = {
        -9: "killed: too much CPU time",
        -24: "too much CPU time",
        -11: "a crash in native code",
    }
    return ends.get(code, f"signal {-code}" if code < 0 else f"exit status {code}")
