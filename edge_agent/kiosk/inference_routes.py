"""/v2: the store's models over the Open Inference Protocol, version 2 (REST, tensors as JSON).

Requests are checked against the manifest before a model sees them, and run one at a time in a
thread, so that shoppers need not wait for them. The binary extension is not spoken.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field

from edge_agent.core.inference import (
    Asked,
    TensorError,
    answered,
    chosen,
    metadata_of,
    tensors_of,
)
from edge_agent.kiosk.facts import StoreFacts
from edge_agent.ports.models import Models, Site
from endcap.plumbing.http_face.problems import Problem, documented
from endcap.plumbing.onnx_session import ModelUnusableError
from endcap.wire.manifest import ModelManifest

SERVER = "endcap"
MAX_TENSORS = 16


class InputTensor(BaseModel):
    """A tensor: its data as nested lists, or flat in row-major order."""

    name: str = Field(max_length=200)
    shape: list[int] = Field(max_length=8)
    datatype: str = Field(max_length=10)
    parameters: dict[str, Any] = Field(default_factory=dict)
    data: list[Any]


class OutputWanted(BaseModel):
    """An output that is asked for."""

    name: str = Field(max_length=200)
    parameters: dict[str, Any] = Field(default_factory=dict)


class InferenceRequest(BaseModel):
    """What a model is asked; without `outputs`, all of them are answered."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "42",
                    "inputs": [
                        {"name": "features", "shape": [1, 1], "datatype": "FP32", "data": [0.5]}
                    ],
                }
            ]
        }
    )
    id: str | None = Field(default=None, max_length=200)
    parameters: dict[str, Any] = Field(default_factory=dict)
    inputs: list[InputTensor] = Field(max_length=MAX_TENSORS)
    outputs: list[OutputWanted] = Field(default_factory=list, max_length=MAX_TENSORS)


class ProtocolError(BaseModel):
    """An error, as the protocol has it."""

    error: str


@dataclass(frozen=True, slots=True)
class Live:
    """The server lives."""

    live: bool = True


@dataclass(frozen=True, slots=True)
class ServerReady:
    """The server answers."""

    ready: bool = True


@dataclass(frozen=True, slots=True)
class ModelReady:
    """A model answers."""

    name: str
    ready: bool = True


class _ProtocolRoute(APIRoute):
    """Says what is wrong as the protocol has it."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        """Return the route, with its errors in the protocol's words."""
        answer = super().get_route_handler()

        async def spoken(request: Request) -> Response:
            try:
                return await answer(request)
            except RequestValidationError as error:
                first = error.errors()[0]
                where = ".".join(str(part) for part in first["loc"][1:])
                return _error(400, f"{where}: {first['msg']}")
            except Problem as problem:
                return _error(problem.body.status, problem.body.detail)
            except TensorError as error:
                return _error(400, str(error))
            except ModelUnusableError as error:
                return _error(500 if request.method == "GET" else 400, str(error))

        return spoken


def _error(status: int, text: str) -> Response:
    return JSONResponse({"error": text[:500]}, status_code=status)


_MODEL = ("/models/{model}", "/models/{model}/versions/{version}")
_ERRORS: dict[int | str, dict[str, Any]] = {
    status: {**ours, "model": ProtocolError, "description": "as the protocol has it"}
    for status, ours in documented(400, 404).items()  # what is no JSON at all is refused as ever
}


def inference_routes(models: Models, store: StoreFacts) -> APIRouter:
    """Return the routes of the protocol."""
    router = APIRouter(
        prefix="/v2", tags=["inference"], route_class=_ProtocolRoute, responses=_ERRORS
    )
    _add_server(router, store)
    turn = asyncio.Semaphore(1)

    async def metadata(model: str, version: str | None = None) -> dict[str, Any]:
        """What a model takes and gives."""
        return asdict(metadata_of(_manifest(models.current, model, version)))

    async def model_ready(model: str, version: str | None = None) -> ModelReady:
        """A model answers: it is loaded and has passed its rehearsal."""
        _manifest(models.current, model, version)
        return ModelReady(model)

    async def infer(
        asked: InferenceRequest, model: str, version: str | None = None
    ) -> dict[str, Any]:
        """What a model answers."""
        site = models.current
        manifest = _manifest(site, model, version)
        feed = tensors_of(
            [Asked(one.name, one.datatype, tuple(one.shape), one.data) for one in asked.inputs],
            manifest,
        )
        wanted = chosen([one.name for one in asked.outputs], manifest)
        async with turn:
            found = await asyncio.to_thread(site.run, model, feed)
        outputs = await asyncio.to_thread(answered, found, wanted)
        named = {} if asked.id is None else {"id": asked.id}
        return {
            "model_name": model,
            "model_version": manifest.version,
            **named,
            "outputs": [asdict(one) for one in outputs],
        }

    for path in _MODEL:
        router.get(path, name=f"metadata {path}")(metadata)
        router.get(f"{path}/ready", name=f"ready {path}")(model_ready)
        router.post(f"{path}/infer", name=f"infer {path}")(infer)
    return router


def _add_server(router: APIRouter, store: StoreFacts) -> None:
    """Add what is asked of the server itself."""

    @router.get("")
    async def server() -> dict[str, Any]:
        """What this server is."""
        return {"name": SERVER, "version": store.agent, "extensions": []}

    @router.get("/health/live")
    async def live() -> Live:
        """The server lives."""
        return Live()

    @router.get("/health/ready")
    async def ready() -> ServerReady:
        """The server answers."""
        return ServerReady()


def _manifest(site: Site, model: str, version: str | None) -> ModelManifest:
    """Return the manifest of a model that serves now.

    Raises:
        Problem: there is none, or not of this version.
    """
    manifest = site.manifest(model)
    if manifest is None:
        raise Problem(404, "unknown-model", f"there is no model {model!r} here")
    if version is not None and version != manifest.version:
        detail = f"version {manifest.version} of {model} serves, not {version!r}"
        raise Problem(404, "unknown-version", detail)
    return manifest
