"""The rehearsal's own process: takes limits on itself, tries a model, says one line, and ends.

Started by rehearsal.py; never imported by the agent. Reads one JSON line (manifest, lengths,
limits) and then the bytes of the model and of its golden file from stdin; writes one JSON line with
the verdict. Whatever the model does to this process, the agent only reads that line or its absence.
"""

import json
import resource
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from edge_agent.adapters.onnx_scan import NotAllowedError, must_be_allowed
from endcap.models.golden import disagreements
from endcap.plumbing.onnx_session import ModelUnusableError, Session, open_session
from endcap.wire.manifest import Golden, ModelManifest, Tensor

Arrays = Mapping[str, NDArray[Any]]
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
    """What is rehearsed, and how slow a run may be, in milliseconds of CPU time."""

    manifest: ModelManifest
    model: bytes
    golden: Golden
    latency_ms: float


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
        timed = _Timed(session)
        wrong = disagreements(play.golden, timed.run)
        if wrong:
            return wrong[0]
        _must_answer(timed, play)
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
    model, golden = stdin.read(order["model"]), stdin.read(order["golden"])
    return _Play(
        ModelManifest.model_validate(order["manifest"]),
        model,
        Golden.model_validate_json(golden),
        order["latency_ms"],
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


class _Timed:
    """Runs a session; keeps the last outputs and the slowest run."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.outputs: list[Arrays] = []
        self.fastest_ms = float("inf")

    def run(self, feed: Arrays) -> Arrays:
        before = time.process_time()
        outputs = self._session.run(feed)
        self.fastest_ms = min(self.fastest_ms, 1000 * (time.process_time() - before))
        self.outputs.append(outputs)
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


def _must_answer(timed: _Timed, play: _Play) -> None:
    """Refuse outputs of another type or shape than promised, that are not finite, or slow ones."""
    for outputs in timed.outputs:
        for tensor in play.manifest.outputs:
            _must_be(tensor, outputs[tensor.name])
    if timed.fastest_ms > play.latency_ms:
        raise _BadError(f"a run takes {timed.fastest_ms:.0f} ms; {play.latency_ms:.0f} are allowed")


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
