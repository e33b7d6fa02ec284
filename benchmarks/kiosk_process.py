"""The servers that kiosk_load and swaps ask, in processes of their own: a kiosk, a bare endpoint.

    python -m benchmarks.kiosk_process kiosk CONFIG
    python -m benchmarks.kiosk_process bare MODELS PORT

Imports nothing but what a store runs with: what the process holds is measured.
"""

import asyncio
import contextlib
import json
import random
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import uvicorn

from benchmarks.real_store import HOST, gtins
from edge_agent.adapters.model_files import ModelFolder
from edge_agent.adapters.model_slots import ModelSlots
from edge_agent.agent.answering import kiosk, remembering
from edge_agent.agent.sensing import followed
from edge_agent.agent.standing import begin
from edge_agent.config import load_config
from edge_agent.loops.follow_files import follow_once
from endcap.models.shopper.ranking import FEATURE_INPUT, FEATURES
from endcap.models.shopper.tensors import BASKET, HISTORY, HISTORY_WEIGHT
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.files import sha256_of
from endcap.plumbing.json_logs import Log
from endcap.plumbing.onnx_session import open_session
from endcap.plumbing.packaged import reference_models
from endcap.wire.manifest import FileRef, ModelManifest, ReleaseManifest

CANDIDATES = 250


def release_of(number: int, folder: ModelFolder, source: Path | None = None) -> ReleaseManifest:
    """Return a release of the models in `source`, its files in the store's folder.

    The files differ from another release's by a remark at their end, so that all are loaded anew.
    """
    models = {}
    for path in sorted((source or reference_models()).glob("*/manifest.json")):
        manifest = ModelManifest.model_validate_json(path.read_bytes())
        remark = f"release {number}".encode()
        # field 6 of ModelProto is doc_string; in protobuf, fields may follow one another
        content = path.with_name("model.onnx").read_bytes() + bytes([0x32, len(remark)]) + remark
        file = FileRef(file="model.onnx", sha256=sha256_of(content), length=len(content))
        part = folder.folder / "new.part"
        part.write_bytes(content)
        folder.place(content, file, part)
        models[manifest.kind] = manifest.model_copy(update={"model": file})
    return ReleaseManifest(release=number, created=datetime(2026, 3, 2, tzinfo=UTC), models=models)


async def swap(slots: ModelSlots, release: ReleaseManifest) -> float:
    """Swap to a release as an update does; return the milliseconds it took."""
    began = time.perf_counter()
    slots.swap(await slots.prepare(release))
    slots.settle()
    return 1e3 * (time.perf_counter() - began)


async def serve(config: Path) -> None:
    """Run a kiosk and its loops; swap releases at each line on stdin, and say how long it took."""
    clock, settings = SystemClock(), load_config(config, {})
    async with contextlib.AsyncExitStack() as stack:
        log = Log(clock, "error", "json")
        agent = await begin(settings, log, clock, random.Random(1), stack)
        folder = ModelFolder(settings.storage.models)
        folder.folder.mkdir(parents=True, exist_ok=True)
        source = settings.models.reference_folder or reference_models()
        releases = [release_of(number, folder, source) for number in (1, 2)]
        await follow_once(followed(agent), agent.intake, clock.now())
        await swap(agent.slots, releases[0])
        await agent.figures.refresh(clock.now())
        works = [kiosk(agent)(), *(loop() for loop in remembering(agent).values())]
        tasks = [asyncio.ensure_future(work) for work in works]
        turn = 0
        while await asyncio.to_thread(sys.stdin.readline):
            turn += 1
            print(f"{await swap(agent.slots, releases[turn % 2]):.3f}", flush=True)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def bare(models: Path, port: int) -> None:
    """Serve one endpoint that runs the models of a recommendation, and answers with a number."""
    sessions = {
        kind: open_session((models / kind / "model.onnx").read_bytes())
        for kind in ("shopper", "shopper_ranker")
    }
    rows = np.zeros((CANDIDATES, len(FEATURES)), dtype=np.float32)
    basket = np.array([int(one) for one in gtins(3)], dtype=np.int64)
    nothing = np.empty(0, dtype=np.int64)
    weights = np.empty(0, dtype=np.float32)

    async def app(scope: dict[str, object], receive: object, send: object) -> None:
        if scope["type"] != "http":
            return
        await receive()  # type: ignore[operator]
        sessions["shopper"].run({BASKET: basket, HISTORY: nothing, HISTORY_WEIGHT: weights})
        found = sessions["shopper_ranker"].run({FEATURE_INPUT: rows})
        body = json.dumps({"best": float(found["scores"].max())}).encode()
        header = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": header})  # type: ignore[operator]
        await send({"type": "http.response.body", "body": body})  # type: ignore[operator]

    uvicorn.run(app, host=HOST, port=port, log_level="error", access_log=False)


def main(kind: str, place: str, port: int = 0) -> None:
    """Serve one of the two until the process is ended."""
    if kind == "kiosk":
        asyncio.run(serve(Path(place)))
    else:
        bare(Path(place), port)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
