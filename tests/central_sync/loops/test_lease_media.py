"""Leases are kept before they are told, told until they are settled, and never made blindly."""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from central_sync.adapters.campaign_tables import CampaignTables, read_campaigns
from central_sync.adapters.event_tables import EventTables
from central_sync.adapters.fleet_tables import FleetTables
from central_sync.adapters.lease_tables import LeaseTables
from central_sync.adapters.media_rows import account_of
from central_sync.adapters.own_words import BrokerMemory
from central_sync.adapters.schema import migrate
from central_sync.adapters.signing_keys import control_signers, make_keys
from central_sync.core.media.accounts import Account, Balance, Standing
from central_sync.core.media.leasing import Terms
from central_sync.core.media.life import Event, State
from central_sync.core.media.telling import LIFE
from central_sync.loops.lease_media import (
    MediaLeasing,
    announce_once,
    lease_media,
    lease_once,
    remember,
)
from central_sync.ports.identity import By
from central_sync.ports.stores import Delivery
from endcap.plumbing.audit_log import entries, first_broken
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.mqtt_link import Broker, LinkDownError, open_link
from endcap.plumbing.signed_orders import control_keys, opened, signed
from endcap.plumbing.sqlite_file import SqliteFile, open_sqlite
from endcap.wire.body import Body
from endcap.wire.envelope import Batch
from endcap.wire.media import SlotRule
from endcap.wire.orders import MediaOrder
from endcap.wire.topics import Channel, Topic, from_every_store
from tests.broker import mosquitto
from tests.fakes.central_world import NotedLink
from tests.fakes.clock import FakeClock, until
from tests.fakes.control_keys import SIGNER, THIEF
from tests.fakes.media_world import (
    CAMPAIGN,
    OneKey,
    ToldBefore,
    answered,
    closed,
    lease,
    media_order,
    plan,
    play,
    played,
)
from tests.fakes.store_world import OTHER_STORE, STORE, at_place, state
from tests.ports import HOST

KEYS = control_keys([SIGNER])


class World:
    """A centre with two stores that are heard, a link that is noted, and one campaign."""

    def __init__(self, file: SqliteFile, *told: MediaOrder) -> None:
        self.file, self.clock, self.link = file, FakeClock(), NotedLink()
        self.campaigns, self.places, self.recalled = CampaignTables(file), 0, list[int]()
        names = (f"l-{number}" for number in range(1_000))
        self.means = MediaLeasing(
            campaigns=self.campaigns,
            book=LeaseTables(file, Terms(), lambda: next(names)),
            own=ToldBefore(*told),
            signing=OneKey(),
            link=self.link,
            clock=self.clock,
            tell=self.recalled.append,
        )

    @property
    def by(self) -> By:
        return By("eve", self.clock.now())

    async def begin(self, *stores: str) -> None:
        for store in stores or (STORE, OTHER_STORE):
            await self.hear(store)
        await self.campaigns.make(plan(), self.by)
        await self.campaigns.order(CAMPAIGN, Event.START, "", self.by)

    async def hear(self, store: str) -> None:
        at = self.clock.now()
        await FleetTables(self.file).note(state(store=store, at=at), at, heard_at=at)

    async def say(self, body: Body, store: str = STORE) -> None:
        self.places += 1
        event = at_place(body, self.places).model_copy(update={"store": store})
        await EventTables(self.file).commit(Delivery(store, Batch((event,))), self.clock.now())

    async def told(self, *, everything: bool = False) -> dict[str, MediaOrder]:
        self.link.published.clear()
        await announce_once(self.means, everything=everything)
        found = {}
        for topic, payload, retain in self.link.published:
            order = opened(payload, MediaOrder, KEYS)
            assert (topic, retain) == (str(Topic(order.store, Channel.MEDIA)), True)
            found[order.store] = order
        return found

    async def accounts(self) -> list[Account]:
        rows = await self.file.read(
            lambda db: db.execute("SELECT * FROM media_leases ORDER BY store, until").fetchall()
        )
        return [account_of(row) for row in rows]

    async def money(self) -> Balance:
        (kept,) = await self.file.read(read_campaigns)
        return kept.balance


def visit(folder: Path, work: Callable[[World], Awaitable[None]], *told: MediaOrder) -> None:
    async def run() -> None:
        async with open_sqlite(folder / "centre.sqlite", migrate) as file:
            await work(World(file, *told))

    asyncio.run(run())


def test_each_store_is_told_its_own_lease_and_the_same_is_no_news(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        await world.begin()
        assert await lease_once(world.means) == 2
        told = await world.told()
        assert set(told) == {STORE, OTHER_STORE}
        for store, order in told.items():
            (one,) = order.leases
            (account,) = [each for each in await world.accounts() if each.store == store]
            assert (one.lease, one.amount) == (account.lease, account.amount)
            assert [each.campaign for each in order.campaigns] == [CAMPAIGN]
            assert one.until - one.first == timedelta(hours=4)
        assert await lease_once(world.means) == 0, "nothing is due"
        assert await world.told() == {}
        assert await world.told(everything=True) == told, "word for word, to a broker that forgot"

    visit(tmp_path, work)


def test_a_lease_that_was_kept_and_not_told_is_told_after_a_crash(tmp_path: Path) -> None:
    async def before(world: World) -> None:
        await world.begin()
        await lease_once(world.means)  # and here the power goes

    async def after(world: World) -> None:
        accounts = await world.accounts()
        told = await world.told()
        assert {one.leases[0].lease for one in told.values()} == {one.lease for one in accounts}
        assert await lease_once(world.means) == 0, "and none is made twice"

    visit(tmp_path, before)
    visit(tmp_path, after)


def test_the_rest_comes_back_when_all_plays_are_here_whatever_comes_first(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        await world.begin(STORE)
        await lease_once(world.means)
        (account,) = await world.accounts()
        first, second = (play(account.lease) for _ in range(2))
        await world.say(answered(second, "tapped", "bought"))
        await world.say(played(first))
        world.clock.turn(timedelta(hours=5))
        (account,) = await world.accounts()
        assert account.standing(world.clock.now()) is Standing.OWING
        await world.say(closed(account.lease, [first, second], account.amount))
        (account,) = await world.accounts()
        assert account.standing(world.clock.now()) is Standing.INCOMPLETE
        assert (await world.money()).leased == account.amount
        await world.say(played(first, second))
        (account,) = await world.accounts()
        assert account.standing(world.clock.now()) is Standing.SETTLED
        assert await world.money() == Balance(100_000_000, 0, 100_000)
        sums = await world.file.read(lambda db: db.execute("SELECT * FROM media_sums").fetchall())
        assert [tuple(row)[4:] for row in sums] == [(0, 2, 100_000, 1, 1, 2_500_000)]

    visit(tmp_path, work)


def test_plays_that_do_not_fit_are_kept_flagged_and_counted(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        await world.begin()
        await lease_once(world.means)
        own, other = sorted(await world.accounts(), key=lambda one: one.store != STORE)
        await world.say(
            played(
                play("l-never"),
                play(None),
                play(other.lease),
                play(own.lease, campaign="coffee"),
                play(own.lease, price=own.amount),
                play(own.lease),
                play(None, campaign=None, price=0, policy="house"),
            )
        )
        rows = await world.file.read(
            lambda db: db.execute("SELECT flag, campaign FROM media_plays ORDER BY play").fetchall()
        )
        assert [row["flag"] for row in rows] == [
            *("unknown-lease", "no-lease", "foreign-lease", "other-campaign"),
            *("", "above-amount", ""),
        ]
        money = await world.money()
        assert money.spent == 3 * 50_000, "what belongs to no lease of the campaign"
        assert money.leased == own.amount + 50_000 + other.amount
        await world.say(closed(own.lease, []), OTHER_STORE)
        assert (await world.accounts())[0].told is None, "nobody closes another's lease"

    visit(tmp_path, work)


def test_a_paused_campaign_is_told_gone_and_its_leases_stay(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        await world.begin(STORE)
        await lease_once(world.means)
        await world.told()
        await world.campaigns.order(CAMPAIGN, Event.PAUSE, "a recall", world.by)
        told = (await world.told())[STORE]
        assert (told.campaigns, len(told.leases)) == ((), 1)
        world.clock.turn(timedelta(hours=4))
        assert await lease_once(world.means) == 0
        await world.campaigns.order(CAMPAIGN, Event.START, "", world.by)
        await world.hear(STORE)
        assert await lease_once(world.means) == 1
        world.clock.turn(timedelta(days=8))
        assert await lease_once(world.means) == 0
        (kept,) = await world.file.read(read_campaigns)
        assert (kept.state, kept.journal[-1].by) == (State.ENDED, "the centre")
        found = await world.file.read(entries)
        assert first_broken(found) is None
        assert [one.act.what for one in found] == [
            "campaign tea: make",
            "campaign tea: start",
            "campaign tea: pause: a recall",
            "campaign tea: start",
            "campaign tea: over: its time is over",
        ]

    visit(tmp_path, work)


def test_a_restored_centre_learns_of_its_own_words_what_it_gave(tmp_path: Path) -> None:
    given = media_order(STORE, lease("l-lost", 60_000_000), counter=2**40, tea=30_000_000)

    async def work(world: World) -> None:
        await world.begin(STORE)
        assert await remember(world.means) == 1
        assert world.recalled == [1]
        assert await world.money() == Balance(100_000_000, 60_000_000, 30_000_000)
        await remember(world.means)
        assert (await world.money()).bound == 90_000_000, "heard twice, counted once"
        await lease_once(world.means)
        told = (await world.told())[STORE]
        assert told.counter > given.counter, "or the store would not believe it"
        assert (await world.money()).bound <= 100_000_000
        assert told.spent == {"tea": 30_000_000}

    visit(tmp_path, work, given)


def test_plays_come_home_to_a_lease_that_was_forgotten(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        await world.begin(STORE)
        plays = [play("l-lost"), play("l-lost")]
        await world.say(played(*plays))
        assert (await world.money()).spent == 100_000
        await world.say(closed("l-lost", plays))
        assert await world.money() == Balance(100_000_000, 0, 100_000)
        (account,) = await world.accounts()
        assert account.settled

    visit(tmp_path, work)


def test_rules_of_places_are_told_and_signed_anew_at_half_their_life(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        await world.hear(STORE)
        assert await world.told() == {}, "there is nothing to say"
        rule = SlotRule(slot="kiosk.home", floor=20_000)
        await world.campaigns.set_slots([rule], world.by)
        first = (await world.told())[STORE]
        assert first.slots == (rule,)
        world.clock.turn(LIFE / 2 + timedelta(seconds=1))
        again = (await world.told())[STORE]
        assert again.counter > first.counter
        assert again.slots == (rule,)

    visit(tmp_path, work)


def test_what_was_told_before_the_link_broke_stays_told(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        await world.begin()
        await lease_once(world.means)
        publish = world.link.publish

        async def once(topic: str, payload: bytes, *, retain: bool = False) -> None:
            await publish(topic, payload, retain=retain)
            world.link.connected = False

        world.link.publish = once  # type: ignore[method-assign]  # the link breaks behind the first
        with pytest.raises(LinkDownError):
            await announce_once(world.means, everything=False)
        world.link.publish = publish  # type: ignore[method-assign]  # and is mended
        world.link.connected = True
        assert set(await world.told()) == {OTHER_STORE}

    visit(tmp_path, work)


def test_the_loop_remembers_leases_and_tells(tmp_path: Path) -> None:
    async def work(world: World) -> None:
        await world.begin()
        loop = asyncio.ensure_future(lease_media(world.means))
        await until(lambda: len(world.link.published) == 2)
        loop.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await loop

    visit(tmp_path, work)


@pytest.mark.broker
def test_the_broker_tells_our_own_words_again_and_nobody_elses(tmp_path: Path) -> None:
    make_keys(tmp_path / "keys")
    signers = control_signers(tmp_path / "keys")
    ours, stolen = media_order(STORE, lease("l-1")), media_order(OTHER_STORE, lease("l-2"))

    async def run(port: int) -> None:
        clock, rng = SystemClock(), random.Random(1)
        async with open_link(Broker(HOST, port, "centre"), (), clock, rng) as link:
            await link.wait_connected()
            for order, keys in ((ours, signers), (stolen, (THIEF,))):
                topic = str(Topic(order.store, Channel.MEDIA))
                await link.publish(topic, signed(order, keys), retain=True)
        hearing = Broker(HOST, port, "memory")
        memory = BrokerMemory(
            lambda: open_link(hearing, (from_every_store(Channel.MEDIA),), clock, rng),
            tmp_path / "keys",
            timedelta(seconds=1),
        )
        assert list(await memory.heard()) == [ours]
        nobody = BrokerMemory(lambda: open_link(hearing, (), clock, rng), tmp_path / "none")
        assert list(await nobody.heard()) == []

    with mosquitto(tmp_path / "broker") as broker:
        asyncio.run(run(broker.port))
