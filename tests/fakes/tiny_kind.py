"""A real, tiny kind of model: y = factor * x, fitted on and scored by a folder of pairs.

`fitted.csv` and `held_out.csv` hold `x,y` lines. A file `behave` asks for trouble, by one word.
"""

import os
import signal
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from central_sync.core.evaluation import Evaluation, PartScore, Verdict
from central_sync.ports.training import DataUnusableError, Progress
from central_sync.trainers.fingerprint import fingerprint
from endcap.plumbing.files import sha256_of
from endcap.plumbing.onnx_session import open_session
from endcap.wire.manifest import ModelManifest
from tests.fakes.tiny_models import tiny

ROWS = 12


def write_pairs(folder: Path, factor: float, *, behave: str = "") -> Path:
    """Write data in which y is `factor` times x."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("fitted.csv", "held_out.csv"):
        lines = [f"{x},{x * factor}" for x in range(1, ROWS + 1)]
        (folder / name).write_text("\n".join(lines))
    if behave:
        (folder / "behave").write_text(behave)
    return folder


class TinyKind:
    """Keeps the promises of ModelKind, in milliseconds."""

    name = "demand"

    def fit(self, data: Path, out: Path, *, seed: int, progress: Progress) -> ModelManifest:
        progress(f"fitting with seed {seed}")
        word = (data / "behave").read_text() if (data / "behave").exists() else ""
        _misbehave(word)
        x, y = _pairs(data / "fitted.csv")
        model = tiny(float(np.mean(y / x)), kind=self.name)
        model.written(out)
        if word == "another file":
            (out / "model.onnx").write_bytes(b"other")
        if word == "another answer":
            model = tiny(9.0, kind=self.name)
            (out / "golden.json").write_bytes(model.golden)
            golden = model.manifest.golden
            manifest = tiny(1.0, kind=self.name).written(out)
            (out / "golden.json").write_bytes(model.golden)
            told = ModelManifest.model_validate_json((manifest / "manifest.json").read_bytes())
            told = told.model_copy(update={"golden": golden})
            (out / "manifest.json").write_text(told.model_dump_json())
        return ModelManifest.model_validate_json((out / "manifest.json").read_bytes())

    def evaluate(
        self, data: Path, model: Path | None, *, baselines: bool, progress: Progress
    ) -> Evaluation:
        progress("scoring")
        x, y = _pairs(data / "held_out.csv")
        content = (model / "model.onnx").read_bytes() if model else tiny().model
        return Evaluation(
            task=self.name,
            data_name=data.name,
            data_sha256=fingerprint(data),
            model_name="tiny",
            model_version="1.0.0",
            model_sha256=sha256_of(content),
            metrics={"error": np.float32(_error(content, x, y)), "nan": float("nan")},
            baselines={"zero": {"error": float(np.abs(y).mean())}} if baselines else {},
        )

    def compare(self, data: Path, candidate: Path, champion: Path | None) -> Verdict:
        x, y = _pairs(data / "held_out.csv")
        new = _error((candidate / "model.onnx").read_bytes(), x, y)
        old = _error((champion / "model.onnx").read_bytes(), x, y) if champion else None
        better = old is None or new < old
        reason = "less error" if better else "not less error"
        parts = (PartScore("segment", "all", len(x), 1.0, new, old, -0.1, 0.1),)
        return Verdict(better, reason, "error", new, old, len(x), parts)


def _misbehave(word: str) -> None:
    """Do what a training must never do."""
    match word:
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "hang":
            time.sleep(60)  # noqa: TID251 - it hangs
        case "print":
            os.write(1, b"noise on stdout\n" * 10)
        case "flood":
            os.write(2, b"x" * 100_000 + b"\n")
            raise DataUnusableError("too much to say")
        case "raise":
            raise ZeroDivisionError("by nothing")
        case _:
            pass


def _pairs(path: Path) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    try:
        rows = np.loadtxt(path, delimiter=",", dtype=np.float32, ndmin=2)
    except (OSError, ValueError) as error:
        raise DataUnusableError(f"{path.name}: {error}; write x,y lines") from error
    return rows[:, 0], rows[:, 1]


def _error(model: bytes, x: NDArray[np.float32], y: NDArray[np.float32]) -> float:
    feed = np.repeat(x[:, None], 3, axis=1)
    return float(np.abs(open_session(model).run({"x": feed})["y"][:, 0] - y).mean())
