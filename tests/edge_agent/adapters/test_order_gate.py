"""The gate of signed orders, over a real database: what is let in is kept, the rest is said."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from securesystemslib.signer import CryptoSigner

from edge_agent.adapters.order_gate import SignedOrderGate
from edge_agent.adapters.schema import migrate
from edge_agent.adapters.trust_tables import TrustTables
from edge_agent.core.trust import NO_FLOOR, Freshness
from edge_agent.ports.orders import OrderRefusedError, OrderUntrustedError
from endcap.plumbing.signed_orders import control_keys, signed
from endcap.plumbing.sqlite_file import open_sqlite
from endcap.wire.orders import Assignment, ConfigOrder
from endcap.wire.topics import Channel
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.control_keys import SIGNER, THIEF, PlayedKeyring, assignment, enveloped

DESIRED = Channel.DESIRED


@contextlib.asynccontextmanager
async def gate(
    folder: Path, keyring: PlayedKeyring | None = None, clock: FakeClock | None = None
) -> AsyncIterator[tuple[SignedOrderGate, TrustTables]]:
    async with open_sqlite(folder / "store.sqlite", migrate) as file:
        book = TrustTables(file)
        keyring, clock = keyring or PlayedKeyring(), clock or FakeClock(NOON)
        yield SignedOrderGate("s-0001", keyring, book, file, clock), book


def test_an_order_is_news_once_and_known_after_a_restart(tmp_path: Path) -> None:
    wish = assignment(5, 3, NOON)

    async def work() -> None:
        async with gate(tmp_path) as (one, _):
            assert await one.taken(DESIRED, Assignment) is None
            assert await one.accept(DESIRED, enveloped(wish), Assignment) == wish
            assert await one.accept(DESIRED, enveloped(wish), Assignment) is None
        async with gate(tmp_path) as (one, _):
            assert await one.accept(DESIRED, enveloped(wish), Assignment) is None
            assert await one.taken(DESIRED, Assignment) == wish

    asyncio.run(work())


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (enveloped(assignment(9, 2, NOON)), "number 2, and number 3 was taken"),
        (enveloped(assignment(9, 9, NOON, store="s-0002")), "meant for s-0002"),
        (enveloped(assignment(9, 9, NOON, days=-1)), "good until 2026-03-01"),
        (enveloped(assignment(9, 9, NOON), THIEF), "not signed by keys that count"),
        (assignment(9, 9, NOON).model_dump_json().encode(), "payloadType"),
        (b"", "JSON"),
        (
            signed(
                ConfigOrder(
                    store="s-0001", counter=9, issued=NOON, expires=NOON + timedelta(days=1)
                ),
                [SIGNER],
            ),
            "it holds 'application/vnd.endcap.config",
        ),
    ],
)
def test_what_is_refused_leaves_the_last_order_in_place(
    tmp_path: Path, payload: bytes, said: str
) -> None:
    wish = assignment(5, 3, NOON)

    async def work() -> None:
        async with gate(tmp_path) as (one, _):
            await one.accept(DESIRED, enveloped(wish), Assignment)
            with pytest.raises(OrderRefusedError, match=re.escape(said)):
                await one.accept(DESIRED, payload, Assignment)
            assert await one.taken(DESIRED, Assignment) == wish

    asyncio.run(work())


def test_each_channel_counts_for_itself(tmp_path: Path) -> None:
    settings = ConfigOrder(store="s-0001", counter=1, issued=NOON, expires=NOON + timedelta(days=1))

    async def work() -> None:
        async with gate(tmp_path) as (one, _):
            await one.accept(DESIRED, enveloped(assignment(5, 3, NOON)), Assignment)
            sent = signed(settings, [SIGNER])
            assert await one.accept(Channel.CONFIG, sent, ConfigOrder) == settings

    asyncio.run(work())


@pytest.mark.parametrize("known", [None, THIEF])
def test_newer_keys_are_looked_for_when_those_known_do_not_open_it(
    tmp_path: Path, known: CryptoSigner | None
) -> None:
    keyring = PlayedKeyring(known, coming=SIGNER)
    wish = assignment(5, 3, NOON)

    async def work() -> None:
        async with gate(tmp_path, keyring) as (one, _):
            assert await one.accept(DESIRED, enveloped(wish), Assignment) == wish
            assert keyring.looks == 1

    asyncio.run(work())


def test_without_any_keys_an_order_may_be_tried_again_later(tmp_path: Path) -> None:
    async def work() -> None:
        async with gate(tmp_path, PlayedKeyring(None)) as (one, _):
            with pytest.raises(OrderUntrustedError, match="not known yet"):
                await one.accept(DESIRED, enveloped(assignment(5, 3, NOON)), Assignment)

    asyncio.run(work())


def test_a_clock_that_was_set_back_makes_nothing_good_again(tmp_path: Path) -> None:
    async def work() -> None:
        async with gate(tmp_path, clock=FakeClock(NOON - timedelta(days=300))) as (one, book):
            await book.raise_floor(NOON)
            with pytest.raises(OrderRefusedError, match="good until"):
                await one.accept(DESIRED, enveloped(assignment(5, 3, NOON, days=-1)), Assignment)

    asyncio.run(work())


def test_the_book_remembers_and_its_floor_only_rises(tmp_path: Path) -> None:
    fresh = Freshness(3, NOON + timedelta(days=1), NOON)

    async def work() -> None:
        async with gate(tmp_path) as (_, book):
            assert (await book.floor(), await book.keys(), await book.freshness()) == (
                NO_FLOOR,
                None,
                None,
            )
            await book.raise_floor(NOON)
            await book.raise_floor(NOON - timedelta(days=1))
            await book.keep_keys(control_keys([SIGNER]))
            await book.keep_freshness(fresh)
        async with gate(tmp_path) as (_, book):
            assert await book.floor() == NOON
            assert await book.keys() == control_keys([SIGNER])
            assert await book.freshness() == fresh

    asyncio.run(work())
