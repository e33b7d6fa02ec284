"""A camera that may ask tells the centre of doubtful facings; others are watched as ever."""

import asyncio
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

import numpy as np
import pytest

from edge_agent.adapters.asking_people import AskingPeople, Means
from edge_agent.adapters.shadow import crop_digest
from edge_agent.core.feed.shelf import Facing
from edge_agent.core.vision.asking import Asking, Budget, Facts
from edge_agent.ports.cameras import Frame
from endcap.models.gaps.blanking import GREY
from endcap.models.gaps.boxes import Box
from endcap.models.gaps.close_up import opened
from endcap.models.gaps.crops import cut
from endcap.models.gaps.polygons import Polygon
from endcap.wire.events import CameraChanged, GapClosed, GapOpened
from endcap.wire.review_events import FacingQuestioned
from tests.fakes.clock import NOON
from tests.fakes.flat_models import FlatModels, FlatSite
from tests.fakes.shelf_eyes import SOUND, FixedPlanogram, KnowingModels
from tests.fakes.shelf_records import MemoryShelfRecords

MILK = "04006381333931"
BOXES = {"a1": Box(0.1, 0.1, 0.3, 0.5), "a2": Box(0.5, 0.1, 0.7, 0.5)}
PIXELS = np.random.default_rng(1).integers(0, 255, (240, 320, 3), dtype=np.uint8)
FRAME = Frame(NOON, PIXELS, SOUND)
PLANOGRAM = FixedPlanogram(
    Facing("cam", "a1", MILK, 0.1, 0.1, 0.2, 0.4), Facing("other", "a2", MILK, 0, 0, 0.1, 0.1)
)
SOLD = Facts(open=frozenset({"a1"}), sold=frozenset({"a1"}))
ALWAYS = Budget(chosen=24, drawn=0.0, alerts=1.0)


@dataclass
class MemoryQuestions:
    """Keeps the promises of edge_agent.ports.questions.Questions until it is dropped."""

    kept: list[FacingQuestioned] = field(default_factory=list)
    known: Facts = field(default_factory=Facts)
    asked_for: int = 0

    async def ask(self, questions: Sequence[FacingQuestioned], at: datetime) -> None:
        assert at.tzinfo is not None
        self.kept += questions

    async def asked(self, asking: Asking, day: date) -> Asking:
        assert day == NOON.date()
        return asking

    async def facts(self, camera: str, at: datetime) -> Facts:
        assert (camera, at.tzinfo) == ("cam", NOON.tzinfo)
        self.asked_for += 1
        return self.known


@dataclass
class World:
    questions: MemoryQuestions = field(default_factory=MemoryQuestions)
    records: MemoryShelfRecords = field(default_factory=MemoryShelfRecords)
    models: KnowingModels = field(default_factory=lambda: KnowingModels("a1"))
    kinds: tuple[str, ...] = ("gaps",)

    mask: tuple[Polygon, ...] = ()

    def asks(self, budget: Budget = ALWAYS) -> AskingPeople:
        models = FlatModels(FlatSite(kinds=self.kinds))
        means = Means(self.questions, PLANOGRAM, models, self.mask)
        return AskingPeople(Asking("cam", budget), self.models, self.records, means)


LEFT_OF_IT: Polygon = ((0.0, 0.0), (0.15, 0.0), (0.15, 1.0), (0.0, 1.0))
EVERYWHERE = tuple([(True,) * 16] * 12)


@pytest.mark.parametrize(
    ("mask", "moving", "grey"),
    [((), (), 0.3), ((LEFT_OF_IT,), (), 0.6), ((), EVERYWHERE, 0.99)],
)
def test_nothing_but_shelves_is_shown_and_nobody_before_them(
    mask: tuple[Polygon, ...], moving: tuple[tuple[bool, ...], ...], grey: float
) -> None:
    world = World(MemoryQuestions(known=SOLD), mask=mask)
    asyncio.run(world.asks().judge(replace(FRAME, moving=moving), BOXES))
    assert abs(world.questions.kept[0].masked - grey) <= 0.3
    shown = opened(b64decode(world.questions.kept[0].jpeg))
    assert shown is not None
    plain = np.abs(shown.astype(int) - GREY).max(axis=2) < 12
    assert grey - 0.3 < plain.mean() <= min(grey + 0.3, 1.0)


def test_what_contradicts_sales_is_asked_with_its_picture() -> None:
    world = World(MemoryQuestions(known=SOLD))
    judged = asyncio.run(world.asks().judge(FRAME, BOXES))
    assert judged.chances.keys() == BOXES.keys(), "what is watched is passed on"
    (asked,) = world.questions.kept
    assert (asked.facing, asked.gtin, asked.reason, asked.alert) == ("a1", MILK, "sold", True)
    assert asked.chances[2] == 0.95
    assert asked.model == FlatSite(kinds=("gaps",)).manifest("gaps").model.sha256  # type: ignore[union-attr]
    assert opened(b64decode(asked.jpeg)) is not None


def test_what_changed_is_recorded_and_some_of_it_asked() -> None:
    world = World()
    gap = GapOpened(camera="cam", facing="a1", since=NOON, probability=0.9, frames=4)
    brief = GapClosed(camera="cam", facing="a2", opened=NOON, since=NOON)
    seen = CameraChanged(camera="cam", condition="ok", since=NOON)

    async def play() -> None:
        asks = world.asks()
        await asks.record([gap], NOON)
        assert world.questions.kept == [], "there was no picture yet"
        await asks.judge(FRAME, BOXES)
        await asks.record([seen], NOON)
        await asks.record([gap, brief], NOON)
        assert (await asks.standing()).gaps

    asyncio.run(play())
    assert [(one.facing, one.reason, one.sampled) for one in world.questions.kept] == [
        ("a1", "random", 1.0),
        ("a2", "brief", 1.0),
    ]
    assert [type(one) for one in world.records.events] == [GapOpened, CameraChanged]


def test_sales_are_asked_for_once_a_minute_and_after_a_change() -> None:
    world = World()

    async def play() -> None:
        asks = world.asks()
        for _ in range(3):
            await asks.judge(FRAME, BOXES)
        await asks.record([CameraChanged(camera="cam", condition="ok", since=NOON)], NOON)
        await asks.judge(FRAME, BOXES)

    asyncio.run(play())
    assert world.questions.asked_for == 2


def test_what_the_shadow_says_otherwise_is_asked_of_the_facing_it_was() -> None:
    world, noted = World(), set[bytes]()
    means = Means(
        world.questions,
        PLANOGRAM,
        FlatModels(FlatSite(kinds=("gaps",))),
        disputed=lambda: frozenset(noted),
    )
    asks = AskingPeople(Asking("cam", ALWAYS), KnowingModels(), world.records, means)

    async def play() -> None:
        await asks.judge(FRAME, BOXES)
        assert world.questions.kept == []
        noted.update({crop_digest(cut(PIXELS, [BOXES["a2"]])[0]), b"another store's"})
        await asks.judge(replace(FRAME, pixels=PIXELS[::-1]), BOXES)

    asyncio.run(play())
    assert [(one.facing, one.reason) for one in world.questions.kept] == [("a2", "disputed")]


def test_where_there_is_no_planogram_or_no_model_nothing_is_asked() -> None:
    world = World(MemoryQuestions(known=SOLD), kinds=())

    async def play() -> None:
        asks = world.asks()
        assert (await asks.find(FRAME)).threshold == 0.4
        await asks.judge(FRAME, BOXES)

    asyncio.run(play())
    assert world.questions.kept == []


def test_a_facing_that_is_not_on_the_picture_is_not_asked_about() -> None:
    world = World(MemoryQuestions(known=SOLD))
    asyncio.run(world.asks().judge(FRAME, {"a1": Box(1.2, 0.1, 1.3, 0.2)}))
    assert world.questions.kept == []
