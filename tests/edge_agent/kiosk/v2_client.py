"""A client of the Open Inference Protocol, version 2, written from its text and nothing of ours.

https://github.com/kserve/open-inference-protocol, specification/protocol/inference_rest.md
"""

from dataclasses import dataclass
from typing import Any

import httpx
import numpy as np
from numpy.typing import NDArray

TYPES = {
    "BOOL": np.bool_,
    "UINT8": np.uint8,
    "UINT16": np.uint16,
    "UINT32": np.uint32,
    "UINT64": np.uint64,
    "INT8": np.int8,
    "INT16": np.int16,
    "INT32": np.int32,
    "INT64": np.int64,
    "FP16": np.float16,
    "FP32": np.float32,
    "FP64": np.float64,
}
"""The tensor data types of the text, but for BYTES."""


class RefusedError(Exception):
    """The server answered with `$inference_error_response`."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(error)
        self.status = status


@dataclass(frozen=True, slots=True)
class Client:
    """Asks one server."""

    http: httpx.Client

    def server(self) -> dict[str, Any]:
        """Return `$metadata_server_response`."""
        said = self._said(self.http.get("/v2"))
        assert isinstance(said["name"], str)
        assert isinstance(said["version"], str)
        assert all(isinstance(one, str) for one in said["extensions"])
        return said

    def is_live(self) -> bool:
        """Tell whether the server lives."""
        return self._said(self.http.get("/v2/health/live")) == {"live": True}

    def is_ready(self, model: str = "", version: str = "") -> bool:
        """Tell whether the server, or a model, is ready."""
        place = self._place(model, version) + "/ready" if model else "/v2/health/ready"
        answer = self.http.get(place)
        return bool(answer.status_code == 200 and answer.json()["ready"] is True)

    def metadata(self, model: str, version: str = "") -> dict[str, Any]:
        """Return `$metadata_model_response`."""
        said = self._said(self.http.get(self._place(model, version)))
        assert said["name"] == model
        assert isinstance(said["platform"], str)
        for tensor in (*said["inputs"], *said["outputs"]):
            assert tensor.keys() == {"name", "datatype", "shape"}
            assert tensor["datatype"] in TYPES
            assert all(isinstance(size, int) and size >= -1 for size in tensor["shape"])
        return said

    def infer(
        self,
        model: str,
        feed: dict[str, NDArray[Any]],
        *,
        outputs: tuple[str, ...] = (),
        flat: bool = True,
        ident: str | None = None,
    ) -> dict[str, NDArray[Any]]:
        """Return a model's outputs."""
        words = {np.dtype(kind): word for word, kind in TYPES.items()}
        asked: dict[str, Any] = {
            "inputs": [
                {
                    "name": name,
                    "shape": list(value.shape),
                    "datatype": words[value.dtype],
                    "data": (value.ravel() if flat else value).tolist(),
                }
                for name, value in feed.items()
            ]
        }
        asked |= {"outputs": [{"name": name} for name in outputs]} if outputs else {}
        asked |= {"id": ident} if ident is not None else {}
        answer = self.http.post(f"{self._place(model, '')}/infer", json=asked)
        said = self._said(answer)
        assert said["model_name"] == model
        assert said.get("id") == ident
        return {one["name"]: self._read(one) for one in said["outputs"]}

    def _read(self, tensor: dict[str, Any]) -> NDArray[Any]:
        data: NDArray[Any] = np.array(tensor["data"], dtype=TYPES[tensor["datatype"]])
        return data.reshape(tensor["shape"])

    def _place(self, model: str, version: str) -> str:
        return f"/v2/models/{model}" + (f"/versions/{version}" if version else "")

    def _said(self, answer: httpx.Response) -> dict[str, Any]:
        assert answer.headers["content-type"] == "application/json"
        said: dict[str, Any] = answer.json()
        if answer.status_code != 200:
            assert 400 <= answer.status_code < 600
            raise RefusedError(answer.status_code, said["error"])
        return said
