"""ONNX Runtime sessions, made the one safe way.

A session is made from bytes whose hash the caller has already checked, never from a path, so that
nothing can change between check and use. External data is refused: the graph must be whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray


class ModelUnusableError(Exception):
    """ONNX Runtime cannot load or run these bytes; the message is its reason, on one line."""


@dataclass(frozen=True, slots=True)
class Session:
    """A loaded model: arrays by name in, arrays by name out."""

    raw: Any
    outputs: tuple[str, ...]
    inputs: tuple[str, ...]

    def run(
        self,
        feed: Mapping[str, NDArray[Any]],
        options: Any = None,  # noqa: ANN401 - ONNX Runtime's own RunOptions, which has no types
    ) -> dict[str, NDArray[Any]]:
        """Return the outputs by name. Thread-safe: ONNX Runtime sessions are.

        `options` are those of `stoppable`, for a run that another thread may end.

        Raises:
            ModelUnusableError: the feed does not fit the graph, or the graph failed or was ended.
        """
        try:
            found = self.raw.run(None, dict(feed), options)
        except Exception as error:  # its exceptions share no public base class
            raise ModelUnusableError(_one_line(error)) from error
        return {name: np.asarray(value) for name, value in zip(self.outputs, found, strict=True)}


def open_session(model: bytes, *, threads: int = 1) -> Session:
    """Return a session for `model` on `threads` CPU threads, which never spin.

    Spinning threads make busy small machines about twice as slow; the memory arena is not grown
    in powers of two, so that a swap does not double the resident set.

    Raises:
        ModelUnusableError: the bytes are no model ONNX Runtime can load.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 4
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.use_env_allocators", "0")
    try:
        raw = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its exceptions share no public base class
        raise ModelUnusableError(_one_line(error)) from error
    raw._model_bytes = None  # noqa: SLF001 - it keeps the file, for providers that we do not use
    return Session(
        raw=raw,
        inputs=tuple(one.name for one in raw.get_inputs()),
        outputs=tuple(one.name for one in raw.get_outputs()),
    )


def stoppable() -> Any:  # noqa: ANN401 - ONNX Runtime's own, which has no types
    """Return options for runs that end with an error once `terminate` of them is set to True."""
    return ort.RunOptions()


def _one_line(error: Exception) -> str:
    """Return an exception's first meaningful line, bounded."""
    return " ".join(str(error).split())[:300] or type(error).__name__
