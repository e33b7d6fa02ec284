"""No order of plays, closings, repeats, losses and restores spends more than a budget."""

import contextlib
import sqlite3
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from central_sync.adapters.campaign_tables import _set_budget as set_budget
from central_sync.adapters.campaign_tables import balance_of, make_campaign, order_campaign
from central_sync.adapters.lease_tables import _to_say, grant_of, read_fleet, recall
from central_sync.adapters.media_rows import account_of, apply
from central_sync.adapters.schema import migrate
from central_sync.core.media.accounts import Balance, Standing
from central_sync.core.media.leasing import Terms
from central_sync.core.media.life import Event as Ordered
from central_sync.core.media.life import MediaRefusedError
from central_sync.core.media.plan import Plan
from central_sync.ports.identity import By
from endcap.wire.body import Body
from endcap.wire.media import Lease, Play
from endcap.wire.orders import MediaOrder
from endcap.wire.shopper_events import LeaseClosed, MediaPlayed
from tests.fakes.clock import NOON
from tests.fakes.store_world import GTIN, at_place

STORES = ("s-0001", "s-0002", "s-0003")
CAMPAIGN = "tea"
BUDGET, BID = 1_000, 7
TERMS = Terms(period=timedelta(hours=4), shortest=timedelta(minutes=15), reserve=0.1)
PLAN = Plan.model_validate(
    {
        "campaign": CAMPAIGN,
        "advertiser": "Tea House",
        "gtins": [GTIN],
        "headline": "Tea",
        "bid": "0.000007",
        "budget": "0.001",
        "first": NOON,
        "last": NOON + timedelta(days=4),
    }
)


def centre(content: bytes | None = None) -> sqlite3.Connection:
    """Return a centre's database in memory: a copy of another, or one of its own."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    if content is not None:
        db.deserialize(content)
    db.row_factory = sqlite3.Row
    return db


def empty() -> bytes:
    """Return a centre's database without a row, to begin each example with."""
    with contextlib.closing(centre()) as db:
        migrate(db)
        return db.serialize()


EMPTY = empty()


def hear(db: sqlite3.Connection, store: str, body: Body, at: datetime) -> None:
    """Take in what a store says."""
    apply(db, [at_place(body, 1).model_copy(update={"store": store})], at)


@dataclass
class Wallet:
    """A store's purse: what it was leased, spent and told. It never forgets."""

    store: str
    leases: dict[str, Lease] = field(default_factory=dict)
    plays: dict[str, list[Play]] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    said: list[Body] = field(default_factory=list)

    @property
    def spent(self) -> int:
        return sum(one.price for each in self.plays.values() for one in each)

    def left(self, lease: str) -> int:
        return self.leases[lease].amount - sum(one.price for one in self.plays[lease])


class Money(RuleBasedStateMachine):
    """A centre, its backups, a broker that retains, and stores that keep the rules."""

    @initialize()
    def begin(self) -> None:
        self.numbers = count(1)
        self.at = NOON
        self.db = centre(EMPTY)
        for store in STORES:
            see = "INSERT INTO stores (store, first_seen, last_seen) VALUES (?, ?, ?)"
            self.db.execute(see, (store, self.at.isoformat(), self.at.isoformat()))
        make_campaign(self.db, PLAN, By("eve", self.at))
        order_campaign(self.db, CAMPAIGN, Ordered.START, "", By("eve", self.at))
        self.backups = [self.db.serialize()]
        self.broker: dict[str, MediaOrder] = {}
        self.wallets = {store: Wallet(store) for store in STORES}

    def teardown(self) -> None:
        if hasattr(self, "db"):
            self.db.close()

    @rule(hours=st.sampled_from([1, 4, 30]), heard=st.sets(st.sampled_from(STORES)))
    def time_goes_on(self, hours: int, heard: set[str]) -> None:
        self.at += timedelta(hours=hours)
        for store in heard:
            see = "UPDATE stores SET last_seen = ? WHERE store = ?"
            self.db.execute(see, (self.at.isoformat(), store))

    @rule()
    def the_centre_leases(self) -> None:
        fleet = read_fleet(self.db, self.at)
        name = lambda: f"l-{next(self.numbers)}"  # noqa: E731 - the port is a function
        made = grant_of(self.db, CAMPAIGN, fleet, self.at, (TERMS, name))
        money = self.money
        assert not made or money.bound <= money.budget

    @rule(stores=st.sets(st.sampled_from(STORES), min_size=1))
    def the_centre_tells(self, stores: set[str]) -> None:
        values = {"everything": True, "soon": self.at.isoformat()}
        for wanted in _to_say(self.db, values, self.at):
            store = wanted.spoken.store
            if store in stores:
                self.broker[store] = MediaOrder(
                    store=store,
                    counter=next(self.numbers),
                    issued=self.at,
                    expires=self.at + timedelta(days=30),
                    campaigns=wanted.news.campaigns,
                    leases=wanted.news.leases,
                    spent=dict(wanted.news.spent),
                )

    @rule(store=st.sampled_from(STORES))
    def a_store_hears(self, store: str) -> None:
        wallet = self.wallets[store]
        for lease in self.broker[store].leases if store in self.broker else ():
            if lease.lease not in wallet.leases:
                wallet.leases[lease.lease] = lease
                wallet.plays[lease.lease] = []

    @precondition(lambda self: self._open())
    @rule(data=st.data(), some=st.integers(1, 60))
    def a_store_plays(self, data: st.DataObject, some: int) -> None:
        store, lease = data.draw(st.sampled_from(self._open()))
        wallet, plays = self.wallets[store], []
        for _ in range(some):
            if wallet.left(lease) < BID:
                break
            play = Play(
                play=f"{next(self.numbers):032x}",
                campaign=CAMPAIGN,
                lease=lease,
                gtin=GTIN,
                slot="kiosk.home",
                at=self.at,
                price=BID,
                policy="auction",
                propensity=1.0,
            )
            plays.append(play)
            wallet.plays[lease].append(play)
        if plays:
            wallet.said.append(MediaPlayed(plays=tuple(plays)))

    @precondition(lambda self: self._over())
    @rule(data=st.data())
    def a_store_closes(self, data: st.DataObject) -> None:
        store, lease = data.draw(st.sampled_from(self._over()))
        wallet = self.wallets[store]
        wallet.closed.add(lease)
        spent = sum(one.price for one in wallet.plays[lease])
        wallet.said.append(
            LeaseClosed(
                lease=lease,
                campaign=CAMPAIGN,
                amount=wallet.leases[lease].amount,
                spent=spent,
                plays=len(wallet.plays[lease]),
            )
        )

    @precondition(lambda self: any(one.said for one in self.wallets.values()))
    @rule(data=st.data())
    def the_centre_hears_something_for_the_first_time_or_again(self, data: st.DataObject) -> None:
        talkers = sorted(store for store, one in self.wallets.items() if one.said)
        store = data.draw(st.sampled_from(talkers))
        body = data.draw(st.sampled_from(self.wallets[store].said))
        hear(self.db, store, body, self.at)

    @rule()
    def somebody_copies_the_database(self) -> None:
        self.backups.append(self.db.serialize())

    @rule(data=st.data())
    def the_centre_is_restored_and_hears_its_own_words(self, data: st.DataObject) -> None:
        backup = data.draw(st.sampled_from(self.backups))
        self.db.close()
        self.db = centre(backup)
        recall(self.db, list(self.broker.values()), self.at)

    @rule(share=st.sampled_from([0.5, 0.9]))
    def somebody_wants_to_spend_less(self, share: float) -> None:
        less = int(self.money.budget * share)
        try:
            set_budget(self.db, CAMPAIGN, less, "", By("eve", self.at))
        except MediaRefusedError:
            assert self.money.bound > less

    @invariant()
    def never_more_than_the_budget(self) -> None:
        money = self.money
        real = sum(one.spent for one in self.wallets.values())
        leased = sum(
            lease.amount
            for one in self.wallets.values()
            for name, lease in one.leases.items()
            if name not in one.closed
        )
        gone = sum(
            play.price
            for one in self.wallets.values()
            for name in one.closed
            for play in one.plays[name]
        )
        assert real <= money.bound, "what is spent is known to be bound"
        assert leased + gone <= BUDGET, "what stores hold and have spent"

    @invariant()
    def every_play_is_one_row(self) -> None:
        rows = self.db.execute("SELECT count(*), count(DISTINCT play) FROM media_plays").fetchone()
        assert rows[0] == rows[1]
        summed = self.db.execute("SELECT coalesce(sum(plays), 0) FROM media_sums").fetchone()[0]
        assert summed == rows[0]

    @invariant()
    def when_all_is_told_all_that_was_not_spent_is_free_again(self) -> None:
        """On a copy: everything that is told for good is heard once more."""
        with contextlib.closing(centre(self.db.serialize())) as db:
            for store, wallet in self.wallets.items():
                for body in wallet.said:
                    hear(db, store, body, self.at)
            rows = db.execute("SELECT * FROM media_leases").fetchall()
            accounts = {row["lease"]: account_of(row) for row in rows}
            flagged = "SELECT count(*) FROM media_plays WHERE flag NOT IN ('', 'unknown-lease')"
            assert db.execute(flagged).fetchone()[0] == 0
        for wallet in self.wallets.values():
            for lease in wallet.closed:
                account = accounts[lease]
                assert account.standing(self.at) is Standing.SETTLED
                assert account.charge == sum(one.price for one in wallet.plays[lease])

    @property
    def money(self) -> Balance:
        row = self.db.execute("SELECT budget FROM media_campaigns").fetchone()
        return balance_of(self.db, CAMPAIGN, row["budget"])

    def _open(self) -> list[tuple[str, str]]:
        return [
            (store, name)
            for store, one in self.wallets.items()
            for name, lease in one.leases.items()
            if name not in one.closed and lease.first <= self.at < lease.until
        ]

    def _over(self) -> list[tuple[str, str]]:
        return [
            (store, name)
            for store, one in self.wallets.items()
            for name, lease in one.leases.items()
            if name not in one.closed and self.at >= lease.until
        ]


Money.TestCase.settings = settings(max_examples=20, stateful_step_count=30, deadline=None)
TestMoney = Money.TestCase
