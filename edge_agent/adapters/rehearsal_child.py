"""The rehearsal's own process: takes limits on itself, tries a model, says one line, and ends.

Started by rehearsal.py; never imported by the agent. Reads one JSON line (manifest, lengths,
limits) and then the bytes of the model, of its golden file and of the champion from stdin; writes
one JSON line with the verdict. Whatever the model does to this process, the agent only reads that
line or its absence.
"""

import json
import resource
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from edge_agent.adapters.onnx_scan import NotAllowedError, must_be_allowed
from endcap.models.golden import disagreements, to_array
from endcap.plumbing.onnx_session import ModelUnusableError, Session, open_session
from endcap.wire.manifest import Golden, ModelManifest, Tensor

Arrays = Mapping[str, NDArray[Any]]
_ROUNDS = 9
_TIMING_S = 1.0
"""How often, and for how long at most, the golden inputs are run to be timed."""
_TYPES = {
    "tensor(float)": "float32",
    "tensor(int64)": "int64",
    "tensor(uint8)": "uint8",
    "tensor(bool)": "bool",
}


class _BadError(Exception):
    """The model is no good; the message is the verdict."""


@dataclass(frozen=True, slots=True)
class _Play:
    """What is rehearsed, what it is measured by, and what it may take."""

    manifest: ModelManifest
    model: bytes
    golden: Golden
    champion: bytes
    budget: "_Budget"


@dataclass(frozen=True, slots=True)
class _Budget:
    """How slow a model may be, in milliseconds of CPU time; see RehearsalLimits."""

    most_ms: float
    slower: float
    quick_ms: float


def main() -> None:
    """Rehearse what stdin brings, and write the verdict."""
    verdict = _verdict(sys.stdin.buffer)
    sys.stdout.write(json.dumps({"bad": verdict}) + "\n")
    sys.stdout.flush()


def _verdict(stdin: BinaryIO) -> str:
    """Return why the model is no good, or an empty text."""
    try:
        play = _read(stdin)
        must_be_allowed(play.model)
        session = open_session(play.model)
        _must_take(session, play.manifest)
        heard: list[Arrays] = []
        wrong = disagreements(play.golden, lambda feed: _heard(session, feed, heard))
        if wrong:
            return wrong[0]
        _must_answer(heard, play.manifest)
        _must_be_quick(session, play)
    except (NotAllowedError, ModelUnusableError, _BadError) as error:
        return str(error)
    except MemoryError:
        return "it needs more memory than a model may have"
    except (ValueError, TypeError, KeyError) as error:
        return f"golden file or manifest: {' '.join(str(error).split())[:200]}"
    return ""


def _read(stdin: BinaryIO) -> _Play:
    """Read the order, put on the limits, and read the bytes."""
    order = json.loads(stdin.readline())
    _limit(order["memory"], order["cpu"])
    model, golden, champion = (stdin.read(length) for length in order["lengths"])
    return _Play(
        ModelManifest.model_validate(order["manifest"]),
        model,
        Golden.model_validate_json(golden),
        champion,
        _Budget(**order["budget"]),
    )


def _limit(memory: int, cpu: int) -> None:
    """Bound this process: memory, CPU time, open files, and no file written at all."""
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, cpu),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def _heard(session: Session, feed: Arrays, heard: list[Arrays]) -> Arrays:
    """Return what a session answers, and note it."""
    outputs = session.run(feed)
    heard.append(outputs)
    return outputs


def _must_take(session: Session, manifest: ModelManifest) -> None:
    """Refuse a graph that takes other inputs than promised, or lacks a promised output."""
    wanted = {one.name: one for one in manifest.inputs}
    found = {one.name: one for one in session.raw.get_inputs()}
    if set(wanted) != set(found):
        raise _BadError(f"inputs {sorted(found)}, the manifest promises {sorted(wanted)}")
    for name, tensor in wanted.items():
        if _TYPES.get(found[name].type) != tensor.dtype:
            raise _BadError(f"input {name!r} is {found[name].type}, not {tensor.dtype}")
        if not _accepts(found[name].shape, tensor):
            raise _BadError(f"input {name!r} has shape {found[name].shape}, not {tensor.shape}")
    missing = {one.name for one in manifest.outputs} - set(session.outputs)
    if missing:
        raise _BadError(f"output {min(missing)!r} is missing")


def _accepts(shape: list[int | str | None], tensor: Tensor) -> bool:
    """Tell whether every array of the manifest's shape fits a graph's input."""
    if len(shape) != len(tensor.shape):
        return False
    return all(
        not isinstance(has, int) or has == wants
        for has, wants in zip(shape, tensor.shape, strict=True)
    )


def _must_answer(heard: Sequence[Arrays], manifest: ModelManifest) -> None:
    """Refuse outputs of another type or shape than promised, or that are not finite."""
    for outputs in heard:
        for tensor in manifest.outputs:
            _must_be(tensor, outputs[tensor.name])


def _must_be_quick(session: Session, play: _Play) -> None:
    """Refuse a model that is slow, for itself or beside the champion on the same questions.

    Both answer in turns, so that what slows the machine slows both; the medians are compared.
    """
    feeds = [
        {name: to_array(tensor) for name, tensor in case.inputs.items()}
        for case in play.golden.cases
    ]
    champion = _champion(play, feeds)
    mine: list[list[float]] = []
    its: list[list[float]] = []
    began = time.process_time()
    while len(mine) < _ROUNDS and (not mine or time.process_time() - began < _TIMING_S):
        mine.append([_ms(session, feed) for feed in feeds])
        if champion is not None:
            its.append([_ms(champion, feed) for feed in feeds])
    slowest = max(statistics.median(case) for case in zip(*mine, strict=True))
    if slowest > play.budget.most_ms:
        raise _BadError(f"a run takes {slowest:.0f} ms; {play.budget.most_ms:.0f} are allowed")
    if champion is None:
        return
    took, may = _median(mine), play.budget.slower * _median(its)
    if took > max(may, play.budget.quick_ms):
        raise _BadError(
            f"the golden inputs take {took:.0f} ms, {play.budget.slower:g} times the champion's "
            f"{_median(its):.1f} ms are allowed"
        )


def _champion(play: _Play, feeds: Sequence[Arrays]) -> Session | None:
    """Return the champion in a session, warm; None without one that answers these questions."""
    if not play.champion:
        return None
    try:
        champion = open_session(play.champion)
        for feed in feeds:
            champion.run(feed)
    except ModelUnusableError:
        return None
    return champion


def _ms(session: Session, feed: Arrays) -> float:
    """Return the milliseconds of CPU that a run takes."""
    before = time.process_time()
    session.run(feed)
    return 1000 * (time.process_time() - before)


def _median(rounds: Sequence[Sequence[float]]) -> float:
    """Return the median of what the rounds took."""
    return statistics.median(sum(one) for one in rounds)


def _must_be(tensor: Tensor, got: NDArray[Any]) -> None:
    """Refuse an output that is not what the manifest promises."""
    if str(got.dtype) != tensor.dtype:
        raise _BadError(f"output {tensor.name!r} is {got.dtype}, not {tensor.dtype}")
    fits = len(got.shape) == len(tensor.shape) and all(
        isinstance(wants, str) or has == wants
        for has, wants in zip(got.shape, tensor.shape, strict=True)
    )
    if not fits:
        raise _BadError(f"output {tensor.name!r} has shape {got.shape}, not {tensor.shape}")
    if got.dtype.kind == "f" and not np.isfinite(got).all():
        raise _BadError(f"output {tensor.name!r} is not finite")


if __name__ == "__main__":
    main()
