"""Fits models in processes of their own: what goes wrong there stays there.

The child runs `central-sync train` at a low priority on one thread, with a limit on its time and
on what it may say; it ends with the centre. What it learns from is exported just before. Whether
its candidate is promoted is not decided here.
"""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from central_sync.core.evaluation import PartScore, Verdict
from central_sync.ports.lake import Lake
from central_sync.ports.training import DataUnusableError, Fitted, TrainingFailedError

PROGRAM = (sys.executable, "-m", "central_sync")
MOST_SAID = 1024 * 1024
LAST_WORDS = 4096
_LIBRARIES = ("OMP", "OPENBLAS", "MKL", "ARROW")
_ONE_THREAD = {f"{one}_NUM_THREADS": "1" for one in _LIBRARIES}


class TrainingProcess:
    """Fits one kind at a time in `folder`, which holds nothing else."""

    def __init__(
        self,
        lake: Lake,
        folder: Path,
        environment: Mapping[str, str],
        program: Sequence[str] = PROGRAM,
        executor: Sequence[str] = (),
    ) -> None:
        self._lake = lake
        self._folder = folder
        self._environment = {**environment, **_ONE_THREAD}
        self._program = tuple(program)
        self._executor = tuple(executor)  # what `train` is told of who works

    async def fit(self, kind: str, champion: Path | None, limit: timedelta) -> Fitted:
        """Export what the fleet sent, fit a candidate and compare it with `champion`.

        Raises:
            TrainingFailedError: there is no verdict, for the reason it tells.
        """
        work = self._folder / kind
        try:
            events = await asyncio.to_thread(self._export, kind, work)
            words = ["train", kind, "--data", str(work / "data"), "--out", str(work / "out")]
            words += ["--background", "--json", *self._executor]
            words += ["--against", str(champion)] if champion else []
            said = await self._run(words, limit)
        finally:
            await asyncio.to_thread(shutil.rmtree, work / "data", ignore_errors=True)
        return Fitted(folder=work / "out", verdict=_verdict(said), events=events)

    def _export(self, kind: str, work: Path) -> int:
        """Write what `kind` learns from into a new folder; return how many events are behind it."""
        shutil.rmtree(work, ignore_errors=True)
        try:
            (work / "data").mkdir(parents=True)
            return self._lake.export(kind, work / "data")
        except (DataUnusableError, OSError) as error:
            raise TrainingFailedError(_one_line(str(error))) from error

    async def _run(self, words: Sequence[str], limit: timedelta) -> bytes:
        """Return what the child said when it ended well."""
        try:
            child = await asyncio.create_subprocess_exec(
                *self._program, *words,
                stdin=DEVNULL, stdout=PIPE, stderr=PIPE,
                env=self._environment, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise TrainingFailedError(f"{self._program[0]}: {error.strerror}") from error
        try:
            async with asyncio.timeout(limit.total_seconds()):
                said, last_words, _ = await asyncio.gather(
                    _first(child.stdout, MOST_SAID), _last(child.stderr, LAST_WORDS), child.wait()
                )
        except TimeoutError:
            raise TrainingFailedError(f"it took longer than {limit}") from None
        finally:
            await _end(child)
        if child.returncode != 0:
            raise TrainingFailedError(_why(child.returncode or 0, last_words))
        return said


async def _first(stream: asyncio.StreamReader | None, most: int) -> bytes:
    """Return the first bytes of a stream, reading it to its end."""
    kept = b""
    while stream is not None and (some := await stream.read(65536)):
        kept = (kept + some)[:most]
    return kept


async def _last(stream: asyncio.StreamReader | None, most: int) -> bytes:
    """Return the last bytes of a stream."""
    kept = b""
    while stream is not None and (some := await stream.read(65536)):
        kept = (kept + some)[-most:]
    return kept


async def _end(child: Process) -> None:
    """End the child and what it started, if it has not ended."""
    if child.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        await child.wait()


def _why(code: int, last_words: bytes) -> str:
    """Return why a child ended badly, on one line."""
    if code < 0:
        name = signal.Signals(-code).name
        hint = ", as the kernel does when memory runs out" if -code == signal.SIGKILL else ""
        return f"the training was ended by {name}{hint}"
    lines = last_words.decode(errors="replace").strip().splitlines()
    return _one_line(lines[-1]) if lines else f"the training ended with code {code}, without a word"


def _verdict(said: bytes) -> Verdict:
    """Return the verdict in what a child said."""
    try:
        told: dict[str, Any] = json.loads(said)["verdict"]
        champion = told["champion"]
        return Verdict(
            promote=told["promote"] is True,
            reason=_one_line(str(told["reason"])),
            metric=str(told["metric"]),
            candidate=float(told["candidate"]),
            champion=None if champion is None else float(champion),
            rows=int(told["rows"]),
            parts=tuple(PartScore(**one) for one in told.get("parts", ())),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise TrainingFailedError(f"the training told no verdict: {error!r:.200}") from error


def _one_line(text: str) -> str:
    """Return a text on one line, bounded."""
    return " ".join(text.split())[:500]
