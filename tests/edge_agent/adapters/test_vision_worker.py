"""Cameras share one worker: newest pictures, runs of several, and nobody waits for the blind."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from edge_agent.adapters.vision_worker import MOST_FACINGS, TURNS, Eye, VisionWorker
from edge_agent.ports.cameras import Frame, Judged
from endcap.models.gaps.boxes import Box
from endcap.plumbing.onnx_session import ModelUnusableError
from tests.fakes.clock import FakeClock
from tests.fakes.vision_bench import HandedCamera, HeldModels

PLACES = {"f1": Box(0.1, 0.1, 0.5, 0.6), "f2": Box(0.5, 0.1, 0.9, 0.6)}


class Bench:
    """A worker with cameras, each with a loop that looks and judges for ever."""

    def __init__(self, *names: str) -> None:
        self.clock = FakeClock()
        self.models = HeldModels(self.clock)
        self.worker = VisionWorker(self.models, self.clock)
        self.cameras = {name: HandedCamera(name, self.clock) for name in names}
        self.eyes = {name: self.worker.eye(camera) for name, camera in self.cameras.items()}
        self.judged: list[Frame] = []

    async def watch(self, eye: Eye) -> None:
        while True:
            frame = await eye.look()
            await eye.judge(frame, PLACES)
            self.judged.append(frame)

    def pace(self, name: str) -> dict[str, Any]:
        found = next(one for one in self.worker.pace.cameras if one.camera == name)
        return {field: getattr(found, field) for field in found.__slots__}


def at_the_bench(work: Callable[[Bench], Awaitable[None]], *names: str) -> None:
    async def run() -> None:
        bench = Bench(*names)
        loops = [asyncio.create_task(bench.watch(eye)) for eye in bench.eyes.values()]
        try:
            async with asyncio.timeout(30):
                await work(bench)
        finally:
            for one in loops:
                one.cancel()
            await asyncio.gather(*loops, return_exceptions=True)

    asyncio.run(run())


async def settled() -> None:
    for _ in range(40):
        await asyncio.sleep(0)


def test_pictures_that_come_while_the_model_runs_are_judged_together() -> None:
    async def work(bench: Bench) -> None:
        bench.cameras["a"].hand()
        await settled()
        for name in "bcd":
            bench.cameras[name].hand()
        await settled()
        bench.models.go.release()
        await settled()
        bench.models.go.release()
        await settled()
        assert bench.models.runs == [["a"], ["b", "c", "d"]]
        assert (bench.worker.pace.runs, bench.worker.pace.pictures) == (2, 4)

    at_the_bench(work, *"abcd")


def test_a_picture_that_waited_for_its_turn_gives_way_to_a_newer_one() -> None:
    names = [f"c{number}" for number in range(TURNS + 1)]

    async def work(bench: Bench) -> None:
        for name in names:
            bench.cameras[name].hand()
        await settled()
        late = names[-1]
        assert bench.pace(late)["waiting"] is True
        assert bench.worker.pace.waiting == 1
        bench.clock.turn(timedelta(seconds=5))
        newest = bench.cameras[late].hand()
        for _ in range(3):
            bench.models.go.release()
            await settled()
        assert [one for one in bench.judged if one.camera == late] == [newest]
        told = bench.pace(late)
        assert (told["taken"], told["analysed"], told["dropped"]) == (2, 1, 1)
        assert told["age_s"] == pytest.approx(3, abs=2)
        assert told["waited_s"] == pytest.approx(6, abs=1)

    at_the_bench(work, *names)


def test_a_blind_camera_delays_nobody() -> None:
    names = [f"blind{number}" for number in range(2 * TURNS)]

    async def work(bench: Bench) -> None:
        await settled()
        bench.cameras["sound"].hand()
        bench.models.go.release()
        await settled()
        assert [one.camera for one in bench.judged] == ["sound"]
        assert bench.pace("blind0")["age_s"] is None

    at_the_bench(work, *names, "sound")


def test_cameras_take_turns_however_often_one_has_a_picture() -> None:
    async def work(bench: Bench) -> None:
        for _ in range(12):
            for camera in bench.cameras.values():
                camera.hand()
            await settled()
            bench.models.go.release()
            await settled()
        counts = [bench.pace(name)["analysed"] for name in bench.cameras]
        assert max(counts) - min(counts) <= 1
        assert max(len(run) for run in bench.models.runs) <= TURNS

    at_the_bench(work, *"abcdefg")


def test_a_turn_that_came_to_nothing_is_not_kept() -> None:
    """A picture that is not judged, as a dark one, gives its turn back at the next look."""

    async def work(bench: Bench) -> None:
        idle = []
        for number in range(TURNS):
            camera = HandedCamera(f"i{number}", bench.clock)
            idle.append(bench.worker.eye(camera))
            camera.hand()
            await idle[-1].look()
        bench.cameras["a"].hand()
        await settled()
        assert bench.judged == []
        looks = [asyncio.create_task(eye.look()) for eye in idle]
        bench.models.go.release()
        await settled()
        assert [one.camera for one in bench.judged] == ["a"]
        for one in looks:
            one.cancel()

    at_the_bench(work, "a")


def test_a_run_that_fails_is_the_trouble_of_those_in_it_and_the_next_goes_on() -> None:
    async def run() -> None:
        bench = Bench("a", "b")
        bench.models.problem = ModelUnusableError("no model for 'gaps'")
        frames = [bench.cameras[name].hand() for name in "ab"]
        asked = [
            asyncio.create_task(bench.eyes[frame.camera].judge(frame, PLACES)) for frame in frames
        ]
        await settled()
        bench.models.go.release()
        bench.models.go.release()
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
        assert [type(one) for one in outcomes] == [ModelUnusableError, ModelUnusableError]
        bench.models.problem = None
        bench.models.go.release()
        assert isinstance(await bench.eyes["a"].judge(frames[0], PLACES), Judged)

    asyncio.run(run())


def test_who_goes_away_while_the_model_runs_takes_no_answer_from_the_others() -> None:
    async def run() -> None:
        bench = Bench("a", "b", "c")
        frames = [bench.cameras[name].hand() for name in "abc"]
        first, gone, stays = (
            asyncio.create_task(bench.eyes[one.camera].judge(one, PLACES)) for one in frames
        )
        await settled()
        gone.cancel()
        first.cancel()
        await settled()
        bench.models.go.release()
        assert (await stays).chances.keys() == PLACES.keys()
        assert bench.models.runs[-1] == ["c"]

    asyncio.run(run())


def test_a_run_takes_so_many_facings_and_no_more() -> None:
    many = {f"f{n}": Box(0, 0, 0.5, 0.5) for n in range(MOST_FACINGS // 2)}

    async def run() -> None:
        bench = Bench("a", "b", "c", "d")
        frames = [bench.cameras[name].hand() for name in "abcd"]
        asked = [
            asyncio.create_task(bench.eyes[frame.camera].judge(frame, many)) for frame in frames
        ]
        for _ in range(3):
            await settled()
            bench.models.go.release()
        await asyncio.gather(*asked)
        assert bench.models.runs == [["a"], ["b", "c"], ["d"]]

    asyncio.run(run())


def test_the_detector_wants_whole_pictures_and_facings_only_what_they_need() -> None:
    async def run() -> None:
        bench = Bench()
        camera = HandedCamera("a", bench.clock, (1080, 1920))
        eye = bench.worker.eye(camera)
        bench.models.go.release()
        await eye.judge(camera.hand(), PLACES)
        assert camera.shrink == 4
        bench.models.go.release()
        await eye.find(camera.hand())
        assert camera.shrink == 1
        assert bench.pace("a")["analysed"] == 2

    asyncio.run(run())
