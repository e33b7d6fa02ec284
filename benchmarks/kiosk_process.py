"""The servers that kiosk_load and swaps ask, in processes of their own: a kiosk, a bare endpoint.

    python -m benchmarks.kiosk_process kiosk CONFIG
    python -m benchmarks.kiosk_process bare CONFIG PORT ITEMS

Imports nothing but what a store runs with: what the process holds is measured. The bare one asks
its models what the kiosk asks them of the same store and questions, worked out before it serves.
"""

import asyncio
import contextlib
import itertools
import json
import random
import sys
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
import uvicorn

from benchmarks.kiosk_questions import questions
from benchmarks.real_store import HOST, gtins
from edge_agent.adapters.model_files import ModelFolder
from edge_agent.adapters.model_slots import ModelSlots
from edge_agent.agent.answering import kiosk, remembering
from edge_agent.agent.sensing import followed
from edge_agent.agent.standing import begin
from edge_agent.config import load_config
from edge_agent.core.offers.two_stages import ITEM_MODEL, RANKER, Arrays, Wanted, recommend
from edge_agent.loops.follow_files import follow_once
from edge_agent.ports.models import Site
from endcap.models.shopper.ranking import SCORE_OUTPUT, Question
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.files import sha256_of
from endcap.plumbing.json_logs import Log
from endcap.plumbing.memory import keep_for_good
from endcap.plumbing.onnx_session import open_session
from endcap.plumbing.packaged import reference_models
from endcap.wire.manifest import FileRef, ModelManifest, ReleaseManifest


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
        keep_for_good()  # as `edge-agent run` does
        tasks = [asyncio.ensure_future(work) for work in works]
        turn = 0
        while await asyncio.to_thread(sys.stdin.readline):
            turn += 1
            print(f"{await swap(agent.slots, releases[turn % 2]):.3f}", flush=True)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def asked_of_models(config: Path, items: int) -> list[list[tuple[str, Arrays]]]:
    """Return what the models are asked in each of the recommendations of a load, by kind."""
    clock, settings = SystemClock(), load_config(config, {})
    log = Log(clock, "error", "json")
    told: list[list[tuple[str, Arrays]]] = []
    async with contextlib.AsyncExitStack() as stack:
        agent = await begin(settings, log, clock, random.Random(1), stack)
        site, at = await agent.slots.prepare(None), clock.now()
        goods = await agent.figures.current(at)
        for one in questions(gtins(items)):
            known = await agent.offers.known(one.shopper, one.session, at)
            basket = np.unique(np.array([int(item) for item in one.basket], dtype=np.int64))
            question = Question(basket, known.past, at.hour + at.minute / 60, at.weekday())
            wanted = Wanted(question, one.limit, known.gone, known.dismissed)
            feeds: list[tuple[str, Arrays]] = []

            recommend(goods, wanted, partial(_noting, site, feeds))
            told.append(feeds)
    return told


def _noting(site: Site, feeds: list[tuple[str, Arrays]], kind: str, feed: Arrays) -> Arrays:
    """Return what a model answers, and note what it was asked."""
    feeds.append((kind, feed))
    return site.run(kind, feed)


def bare(config: Path, port: int, items: int) -> None:
    """Serve one endpoint that runs the models on a kiosk's own inputs, and answers a number."""
    models = load_config(config, {}).models.reference_folder or reference_models()
    asked = itertools.cycle(asyncio.run(asked_of_models(config, items)))
    sessions = {
        kind: open_session((models / kind / "model.onnx").read_bytes())
        for kind in (ITEM_MODEL, RANKER)
    }

    async def app(scope: dict[str, object], receive: object, send: object) -> None:
        if scope["type"] != "http":
            return
        await receive()  # type: ignore[operator]
        found = [sessions[kind].run(feed) for kind, feed in next(asked)]
        body = json.dumps({"best": float(found[-1][SCORE_OUTPUT].max())}).encode()
        header = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": header})  # type: ignore[operator]
        await send({"type": "http.response.body", "body": body})  # type: ignore[operator]

    uvicorn.run(app, host=HOST, port=port, log_level="error", access_log=False)


def main(kind: str, place: str, port: int = 0, items: int = 0) -> None:
    """Serve one of the two until the process is ended."""
    if kind == "kiosk":
        asyncio.run(serve(Path(place)))
    else:
        bare(Path(place), port, items)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
