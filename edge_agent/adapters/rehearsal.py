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
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from endcap.wire.manifest import ModelManifest

_ROOT = Path(__file__).parents[2]
MAX_VERDICT = 64 * 1024
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class RehearsalLimits:
    """What a model may take while it is tried.

    `cpu` ends what computes without end, also on a busy machine; `wall` ends what only waits.
    `latency` is the CPU time of one run of the golden inputs.
    """

    memory: int = 3 * 1024**3
    cpu: timedelta = timedelta(seconds=9)
    wall: timedelta = timedelta(seconds=60)
    latency: timedelta = timedelta(seconds=2)


class ChildRehearsal:
    """Tries models one after another, each in a new process."""

    def __init__(self, limits: RehearsalLimits) -> None:
        self._limits = limits

    async def rehearse(self, manifest: ModelManifest, model: bytes, golden: bytes) -> str:
        """Return why the model is no good, on one line, or an empty text."""
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
                    return await _hear(child, self._order(manifest, model, golden))
            except TimeoutError:
                return f"no verdict within {self._limits.wall.total_seconds():.0f} s"
            finally:
                await _end(child)

    def _order(self, manifest: ModelManifest, model: bytes, golden: bytes) -> bytes:
        """Return what the child reads."""
        order = {
            "manifest": manifest.model_dump(mode="json"),
            "model": len(model),
            "golden": len(golden),
            "memory": self._limits.memory,
            "cpu": int(self._limits.cpu.total_seconds()),
            "latency_ms": self._limits.latency.total_seconds() * 1000,
        }
        return json.dumps(order).encode() + b"\n" + model + golden


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
