"""A corner store in a real database: twelve items, two cameras, a gap, a forecast, a past."""

import contextlib
import json
import secrets
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from fastapi import FastAPI
from numpy.typing import NDArray

from edge_agent.adapters.answer_tables import AnswerTables, FeedbackTables
from edge_agent.adapters.catalogue_index import CatalogueIndex
from edge_agent.adapters.change_tables import ChangeTables
from edge_agent.adapters.consent_tables import CardReader, ConsentTables
from edge_agent.adapters.event_desk import EventTables
from edge_agent.adapters.experiment_tables import ExperimentTables
from edge_agent.adapters.facing_tables import FacingTables
from edge_agent.adapters.gap_models import SiteGapModels
from edge_agent.adapters.item_history_tables import ItemHistoryTables
from edge_agent.adapters.key_tables import KeyTables
from edge_agent.adapters.kiosk_desk import KioskDesk
from edge_agent.adapters.kiosk_reads import KioskReads
from edge_agent.adapters.media_desk import Chance, MediaDeskTables
from edge_agent.adapters.media_reads import MediaReadTables
from edge_agent.adapters.offer_reads import OfferTables
from edge_agent.adapters.person_tables import PersonTables
from edge_agent.adapters.product_tables import ProductTables
from edge_agent.adapters.proposal_tables import ProposalTables
from edge_agent.adapters.question_tables import QuestionTables
from edge_agent.adapters.schema import migrate
from edge_agent.adapters.shopper_reads import ShopperTables
from edge_agent.adapters.store_figures import FiguresOfStore
from edge_agent.adapters.vision_worker import VisionWorker
from edge_agent.core.consent import pseudonym
from edge_agent.core.facing import Opening
from edge_agent.kiosk.app import KioskPorts, create_app
from edge_agent.kiosk.facts import StoreFacts
from edge_agent.kiosk.media_routes import Media
from edge_agent.kiosk.shopper_routes import People
from edge_agent.kiosk.updates import Pace, Updates
from edge_agent.ports.models import Arrays
from endcap.models.shopper.tensors import BASKET, ITEMS, SCORES
from endcap.plumbing.clock import Clock
from endcap.plumbing.http_face.guard import Limits
from endcap.plumbing.onnx_session import ModelUnusableError
from endcap.plumbing.sqlite_file import SqliteFile, open_sqlite
from endcap.wire.identifiers import check_digit
from endcap.wire.manifest import ModelManifest
from tests.edge_agent.kiosk.setup_store import setup_of
from tests.fakes.clock import NOON

KEY = b"corner"
CARDS = CardReader(KEY, programme=True)
CARD = "card-0815"
FACTS = StoreFacts(
    store="s-0001",
    name="Corner Store",
    opening=Opening(time(8), time(20), UTC),
    agent="0.1.0",
    currency="EUR",
)
GENEROUS = Limits(requests_per_second=5000, burst=5000)
CHANCE = Chance(0.0, lambda: 0.5, secrets.token_bytes)
QUICK = Pace(look=timedelta(seconds=0.1))
NAMES = (
    ("Whole milk 1 l", "Meadow", "Dairy", 1.29),
    ("Rye bread 500 g", "Mill & Sons", "Bakery", 2.79),
    ("Butter 250 g", "Meadow", "Dairy", 2.49),
    ("Free-range eggs 10 ct", "Hill Farm", "Dairy", 3.19),
    ("Ground coffee 500 g", "Kaffa", "Drinks", 6.99),
    ("Bananas 1 kg", "", "Produce", 1.79),
    ("Tomatoes 500 g", "", "Produce", 2.29),
    ("Spaghetti 500 g", "Nonna", "Pantry", 1.19),
    ("Tomato sauce 400 g", "Nonna", "Pantry", 1.99),
    ("Sparkling water 6 x 1.5 l", "Source", "Drinks", 3.54),
    ("Toothpaste 75 ml", "Whitely", "Care", 1.95),
    ("Crème brûlée <b>2 ct</b>", 'A "quoted" & Co', "Dairy", 3.49),
)


def gtin_of(number: int) -> str:
    """Return the GTIN of the `number`-th item."""
    body = f"0400000{number:06d}"
    return body + check_digit(body)


ITEMS_SOLD = tuple(gtin_of(number) for number in range(len(NAMES)))


def fill(db: sqlite3.Connection) -> None:
    """Write the corner store as it stands on NOON."""
    _catalogue(db)
    _shelves(db)
    _sales(db)
    _forecasts(db)
    db.execute("INSERT INTO feed_files VALUES ('till.csv', 'aa', 4, 2, ?)", (NOON.isoformat(),))
    for line, reason in ((9, "no amount"), (3, "no GTIN")):
        db.execute("INSERT INTO refused_rows VALUES ('till.csv', ?, ?, '')", (line, reason))
    db.execute("INSERT INTO meta VALUES ('epoch', '00112233445566aa')")
    db.execute(
        "INSERT INTO health VALUES ('cameras', 'camera-missing', 'aisle-2 gives no picture', ?)",
        (_ago(minutes=42),),
    )
    db.execute(
        "INSERT INTO update_journal (release, state, reason, steps, counts, at) "
        "VALUES (3, 'committed', '', 5, '{}', ?)",
        (_ago(hours=5),),
    )
    db.execute(
        "INSERT INTO outbox (kind, priority, time, clock_ok, body) "
        "VALUES ('endcap.shelf.gap-opened.v1', 1, ?, 1, '{}')",
        (_ago(minutes=12),),
    )


def _ago(**length: float) -> str:
    return (NOON - timedelta(**length)).isoformat()


def _catalogue(db: sqlite3.Connection) -> None:
    for number, (name, brand, department, price) in enumerate(NAMES):
        db.execute(
            "INSERT INTO items (gtin, name, brand, department, category, size, price) "
            "VALUES (?, ?, ?, ?, '', '', ?)",
            (gtin_of(number), name, brand, department, price),
        )
    today = NOON.date()
    db.execute(
        "INSERT INTO promotions VALUES (?, ?, ?, 0.2)",
        (gtin_of(4), today.isoformat(), (today + timedelta(days=2)).isoformat()),
    )
    db.execute("INSERT INTO prices VALUES (?, ?, 1.39)", (gtin_of(0), _ago(days=1)))
    db.execute("INSERT INTO prices VALUES (?, ?, 9.99)", (gtin_of(0), _ago(days=-1)))
    db.execute("INSERT INTO stock VALUES (?, 14, ?)", (gtin_of(0), _ago(hours=3)))


def _shelves(db: sqlite3.Connection) -> None:
    for number in range(len(NAMES)):
        camera, place = f"aisle-{number // 6 + 1}", number % 6
        x, y = 0.02 + 0.325 * (place % 3), 0.06 + 0.47 * (place // 3)
        db.execute(
            "INSERT INTO facings VALUES (?, ?, ?, ?, ?, 0.31, 0.4)",
            (camera, f"f{place}", gtin_of(number), x, y),
        )
    db.execute(
        "INSERT INTO camera_conditions VALUES ('aisle-1', 'ok', ?, ''), "
        "('aisle-2', 'missing', ?, 'gives no picture')",
        (_ago(hours=6), _ago(minutes=42)),
    )
    db.execute(
        "INSERT INTO gaps VALUES ('aisle-1', 'f1', ?, ?, NULL, 0.97, NULL, NULL), "
        "('aisle-1', 'f2', ?, ?, ?, 0.91, 'camera', 1.5)",
        (gtin_of(1), _ago(hours=1), gtin_of(2), _ago(hours=3), _ago(hours=2)),
    )
    for number in range(len(NAMES)):
        _what_a_facing_is(db, number)


def _what_a_facing_is(db: sqlite3.Connection, number: int) -> None:
    camera, place = f"aisle-{number // 6 + 1}", f"f{number % 6}"
    sound = camera == "aisle-1"
    state = {"f1": "gap", "f3": "low"}.get(place, "full") if sound else "unknown"
    since, reason = _ago(hours=1 if state == "gap" else 2), "" if sound else "camera"
    opened = since if state == "gap" else None
    db.execute(
        "INSERT INTO facing_states VALUES (?, ?, ?, ?, ?, ?, NULL)",
        (camera, place, state, since, reason, opened),
    )
    db.execute(
        "INSERT INTO facing_journal (camera, facing, gtin, state, since, reason, seer, at) "
        "VALUES (?, ?, ?, ?, ?, ?, 'camera', ?)",
        (camera, place, gtin_of(number), state, since, reason, since),
    )


def _sales(db: sqlite3.Connection) -> None:
    for number in range(len(NAMES)):
        for basket in range(len(NAMES) - number):
            at = NOON - timedelta(days=1 + basket)
            values = (
                f"t{basket}",
                number,
                gtin_of(number),
                1,
                NAMES[number][3],
                at.isoformat(),
                at.date().isoformat(),
                pseudonym(CARD, KEY) if number % 2 else None,
            )
            db.execute("INSERT INTO sale_lines VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)", values)


def _forecasts(db: sqlite3.Connection) -> None:
    for number in range(len(NAMES) - 2):
        for ahead in range(3):
            expected = 24.0 / (number + 1)
            quantiles = {"0.1": expected * 0.6, "0.5": expected, "0.9": expected * 1.5}
            day = (NOON + timedelta(days=ahead)).date().isoformat()
            db.execute(
                "INSERT INTO forecasts (gtin, day, made_at, made_for, release, model, "
                "expected, quantiles) VALUES (?, ?, ?, ?, 3, '0.1.0', ?, ?)",
                (
                    gtin_of(number),
                    day,
                    _ago(hours=7),
                    NOON.date().isoformat(),
                    expected,
                    json.dumps(quantiles),
                ),
            )


@dataclass(slots=True)
class FakeSite:
    """A site whose recommender likes what stands after the basket's items; `broken` fails."""

    broken: bool = False
    release: int = 3
    asked: list[Mapping[str, NDArray[Any]]] = field(default_factory=list)
    settings: dict[tuple[str, str], float] = field(default_factory=dict)

    def manifest(self, kind: str) -> ModelManifest | None:
        """Return no manifest: a release needs none to be asked."""
        _ = kind
        return None

    def setting(self, part: str, name: str, otherwise: float) -> float:
        """Return what this release sets."""
        return self.settings.get((part, name), otherwise)

    def run(self, kind: str, feed: Arrays) -> Arrays:
        """Score every item: the next in the catalogue best."""
        if self.broken:
            raise ModelUnusableError(f"{kind}: the graph failed")
        self.asked.append(feed)
        basket = [int(one) for one in feed[BASKET]]
        items = np.array([int(gtin) for gtin in ITEMS_SOLD], dtype=np.int64)
        last = max((ITEMS_SOLD.index(str(one).zfill(14)) for one in basket), default=0)
        scores = np.array([1.0 / (1 + (n - last - 1) % len(items)) for n in range(len(items))])
        return {ITEMS: items, SCORES: scores.astype(np.float32)}


@dataclass(slots=True)
class FakeModels:
    """Hands out one site."""

    current: FakeSite = field(default_factory=FakeSite)


def kiosk_ports(
    file: SqliteFile, clock: Clock, models: FakeModels | None = None, pace: Pace = QUICK
) -> KioskPorts:
    """Return what a kiosk asks of the store in `file`."""
    serving = models or FakeModels()
    return KioskPorts(
        reads=KioskReads(file),
        shoppers=ShopperTables(file, clock),
        catalogue=CatalogueIndex(file, clock, serving),
        desk=KioskDesk(file, CARDS),
        events=EventTables(file),
        models=serving,
        history=ItemHistoryTables(file),
        proposals=ProposalTables(file),
        answers=AnswerTables(file, UTC),
        feedback=FeedbackTables(file),
        figures=FiguresOfStore(file, UTC, clock),
        offers=OfferTables(file, UTC, CARDS),
        experiments=ExperimentTables(file, "s-0001", UTC),
        products=ProductTables(file),
        updates=Updates(ChangeTables(file, UTC), clock, pace),
        people=People(ConsentTables(file, CARDS), PersonTables(file, CARDS)),
        keys=KeyTables(file, clock),
        media=Media(MediaDeskTables(file, UTC, CHANCE), MediaReadTables(file)),
        vision=VisionWorker(SiteGapModels(serving), clock),
        facings=FacingTables(file, FACTS.opening),
        questions=QuestionTables(file, ["aisle-1"]),
        setup=setup_of(file, clock, serving),
    )


@contextlib.asynccontextmanager
async def corner_store(  # noqa: PLR0913 - what a test may choose
    folder: Path,
    clock: Clock,
    *,
    fill_with: Callable[[sqlite3.Connection], None] = fill,
    models: FakeModels | None = None,
    limits: Limits = GENEROUS,
    pace: Pace = QUICK,
    keys_required: bool = False,
) -> AsyncIterator[FastAPI]:
    """Open the store's database in `folder` and yield its kiosk."""
    async with open_sqlite(folder / "store.db", migrate) as file:
        await file.write(fill_with)
        ports = kiosk_ports(file, clock, models, pace)
        app = create_app(ports, FACTS, clock, limits, keys_required=keys_required)
        app.state.ending = ports.updates.end
        yield app


def nothing(db: sqlite3.Connection) -> None:
    """Leave every table empty."""
    _ = db


def at_noon(moment: datetime = NOON) -> str:
    """Return a moment as the answers have it."""
    return moment.isoformat().replace("+00:00", "Z")
