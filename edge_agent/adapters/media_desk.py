"""Gives places away in the store's database: judged, written and paid in one transaction.

Nobody else can spend a lease in between, and what was answered is on the disk. Who wins is
core/media's to decide.
"""

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from edge_agent.adapters.media_rows import (
    SAMPLE,
    Plan,
    read_lessons,
    read_plan,
    read_purses,
    read_scene,
    trusted,
)
from edge_agent.core.media.eligibility import Page, Scene, held_out, item_of, out
from edge_agent.core.media.placing import Award, Candidate, Draw, awards
from edge_agent.core.media.purses import Purse, payers
from edge_agent.core.media.relevance import Learned, context_of
from edge_agent.ports.kiosk import StoreUnwritableError
from edge_agent.ports.media import PlaceAsk, Placed
from endcap.models.media.pacing import deal_chance
from endcap.plumbing.sqlite_file import SqliteFile, StorageError
from endcap.wire.media import Campaign, Play

PLAY_BYTES = 16

_PLAY = """
INSERT INTO plays
    (play, campaign, lease, gtin, slot, at, price, policy, propensity, body, session, shopper,
     context)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_SPEND = "UPDATE leases SET spent = spent + ?, plays = plays + 1 WHERE lease = ?"
_PLACE = "INSERT INTO media_places (floor, relevance) VALUES (?, ?)"
_BOUND = "DELETE FROM media_places WHERE place <= ?"
_HOUR = """
INSERT INTO media_hours (hour, places) VALUES (?, ?)
ON CONFLICT (hour) DO UPDATE SET places = places + excluded.places
"""


@dataclass(frozen=True, slots=True)
class Chance:
    """What is left to chance: how often a campaign is played to learn, draws, and names of plays.

    `token` gives so many random bytes, such as secrets.token_bytes.
    """

    explore: float
    draw: Draw
    token: Callable[[int], bytes]

    def name(self) -> str:
        """Return a name for a play."""
        return self.token(PLAY_BYTES).hex()


class HouseDesk:
    """Keeps the promises of edge_agent.ports.media.MediaDesk where no place is for sale."""

    async def place(self, ask: PlaceAsk, at: datetime) -> tuple[Placed, ...]:
        """Return the store's own offers, unrecorded."""
        _ = at
        return _own(ask)


class MediaDeskTables:
    """Keeps the promises of edge_agent.ports.media.MediaDesk; `zone` is of the store's clock."""

    def __init__(self, file: SqliteFile, zone: tzinfo, chance: Chance) -> None:
        self._file = file
        self._zone = zone
        self._chance = chance
        self._plan: Plan | None = None
        self._lessons: tuple[str | None, Learned] | None = None

    async def place(self, ask: PlaceAsk, at: datetime) -> tuple[Placed, ...]:
        """Give away the places of a page."""
        try:
            return await self._file.write(lambda db: self._place(db, ask, at))
        except StorageError as error:
            raise StoreUnwritableError(str(error)) from error

    def _place(self, db: sqlite3.Connection, ask: PlaceAsk, now: datetime) -> tuple[Placed, ...]:
        at = trusted(db, now)
        self._plan = read_plan(db, self._plan)
        self._lessons = read_lessons(db, self._lessons)
        if at is None or not self._plan.campaigns:
            return _own(ask)
        scene = read_scene(db, ask, self._plan, at, self._zone)
        shown = _Filling(db, ask, scene, (self._plan, self._lessons[1]), self._chance).fill()
        db.execute(_HOUR, (at.astimezone(self._zone).strftime("%Y-%m-%dT%H"), ask.limit))
        return shown


def _own(ask: PlaceAsk) -> tuple[Placed, ...]:
    return tuple(Placed(gtin, "house") for gtin in ask.house[: ask.limit])


class _Filling:
    """One page as its places are filled, one after the other."""

    def __init__(
        self,
        db: sqlite3.Connection,
        ask: PlaceAsk,
        scene: Scene,
        known: tuple[Plan, Learned],
        chance: Chance,
    ) -> None:
        self._db, self._ask, self._scene, self._chance = db, ask, scene, chance
        self._plan, self._learned = known
        self._page = Page()
        self._best = max(scene.scores.values(), default=0.0)
        self._unit = ask.shopper or ask.session or chance.name()
        self._paces = {
            row["campaign"]: (row["shadow"], row["rate"])
            for row in db.execute("SELECT campaign, shadow, rate FROM media_paces")
        }

    def fill(self) -> tuple[Placed, ...]:
        """Fill the page; where nobody wins and the house has nothing to offer it ends early."""
        shown: list[Placed] = []
        while len(shown) < self._ask.limit:
            placed = self._one_place()
            if placed is None:
                break
            self._page = self._page.having(placed.campaign, placed.gtin)
            shown.append(placed)
        return tuple(shown)

    def _one_place(self) -> Placed | None:
        """Give away one place, and write what was played and withheld."""
        floor = self._scene.slot.floor
        fits = [one for one in self._plan.campaigns if out(one, self._scene, self._page) is None]
        payer = payers(read_purses(self._db), self._scene.at, floor)
        found = [self._candidate(one, payer.get(one.campaign), floor) for one in fits]
        self._remember(floor, {one.campaign.campaign: one.relevance for one in found})
        withheld = {one.campaign for one in fits if held_out(one, self._unit)}
        *ghosts, last = awards(found, floor, self._chance.explore, withheld, self._chance.draw)
        for one in ghosts:
            self._write(one, self._gtin(one))
        gtin = self._gtin(last)
        if gtin is None:
            return None
        campaign = last.candidate.campaign if last.candidate else None
        return Placed(gtin, last.policy, self._write(last, gtin), campaign)

    def _candidate(self, one: Campaign, purse: Purse | None, floor: int) -> Candidate:
        gtin = item_of(one, self._scene, self._page) or ""
        relevance = self._learned.of(one.campaign, self._context(gtin))
        shadow, rate = self._paces.get(one.campaign, (0.0, float(floor)))
        return Candidate(one, gtin, relevance, purse, shadow, deal_chance(rate, float(floor)))

    def _context(self, gtin: str) -> int:
        return context_of(self._scene.scores.get(gtin, 0.0), self._best)

    def _gtin(self, award: Award) -> str | None:
        """Return the item of an award; the house's is the best that is not on the page yet."""
        if award.candidate is not None:
            return award.candidate.gtin
        free = (one for one in self._ask.house if one not in self._page.items)
        return next((one for one in free if one not in self._scene.gone), None)

    def _remember(self, floor: int, relevance: dict[str, float]) -> None:
        """Keep what a place was worth, to solve the pacing over."""
        last = self._db.execute(_PLACE, (floor, json.dumps(relevance))).lastrowid or 0
        self._db.execute(_BOUND, (last - SAMPLE,))

    def _write(self, award: Award, gtin: str | None) -> str:
        """Write a play and pay for it; return its name."""
        play = _play(self._chance.name(), award, gtin or "", self._ask, self._scene)
        if play.lease is not None:
            self._db.execute(_SPEND, (play.price, play.lease))
        context = self._context(play.gtin)
        person = (self._ask.session, self._ask.shopper)
        values = (play.play, play.campaign, play.lease, play.gtin, play.slot, play.at.isoformat())
        paid = (play.price, play.policy, play.propensity, play.model_dump_json())
        self._db.execute(_PLAY, (*values, *paid, *person, context))
        return play.play


def _play(name: str, award: Award, gtin: str, ask: PlaceAsk, scene: Scene) -> Play:
    """Return a play as it is told."""
    one = award.candidate
    paying = one is not None and award.policy != "holdout"
    return Play(
        play=name,
        campaign=one.campaign.campaign if one else None,
        lease=one.purse.lease if one and one.purse and paying else None,
        gtin=gtin,
        slot=ask.slot,
        at=scene.at,
        price=award.price,
        policy=award.policy,
        propensity=award.propensity,
        relevance=one.relevance if one else 0.0,
        model=ask.model,
        arms=dict(ask.arms),
    )
