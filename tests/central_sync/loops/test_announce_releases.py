"""Stores are told what to want, signed: once, and again when they may not have heard."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from central_sync.adapters.order_signing import ControlKeySigning
from central_sync.loops.announce_releases import announce_once, announce_releases
from central_sync.loops.publish_releases import (
    build,
)
from central_sync.ports.releases import RepositoryError
from endcap.plumbing.mqtt_link import LinkDownError
from endcap.wire.orders import Order
from tests.central_sync.loops.release_office import ONE, TWO, Link, World, told
from tests.fakes.tiny_models import tiny


def test_stores_are_told_once_and_again_after_a_new_connection(tmp_path: Path) -> None:
    async def visit(one: World) -> None:
        await one.know("s-0001", "s-0002")
        await one.promote(ONE)
        await one.once()
        link = Link()
        means = one.announcing(link)
        assert await announce_once(means, everything=False) == 2
        assert await announce_once(means, everything=False) == 0
        assert await announce_once(means, everything=True) == 2
        topic, payload = link.said[0]
        assert topic == "endcap/v1/stores/s-0001/down/desired"
        wish = one.read(payload)
        assert (wish.store, wish.release, wish.issued) == ("s-0001", 1, one.clock.now())
        assert wish.expires == one.clock.now() + timedelta(days=14)
        assert link.said[:2] == link.said[2:]  # the very same word, not a newer one

    told(visit, tmp_path)


def test_every_new_word_to_a_store_counts_higher(tmp_path: Path) -> None:
    async def visit(one: World) -> None:
        await one.know("s-0001")
        link = Link()
        means = one.announcing(link)
        for champion in (ONE, TWO, tiny(4.0, version="1.0.2")):
            await one.promote(champion)
            await one.once()
            assert await announce_once(means, everything=False) == 1
        one.clock.turn(-timedelta(days=400))  # whatever the clock says
        await one.tables.assign(1, None, one.clock.now())
        await announce_once(means, everything=False)
        words = [one.read(payload) for _, payload in link.said]
        assert [word.release for word in words] == [1, 2, 4, 1]
        counters = [word.counter for word in words]
        assert counters == sorted(set(counters))

    told(visit, tmp_path)


def test_an_assignment_is_signed_anew_at_half_its_life(tmp_path: Path) -> None:
    async def visit(one: World) -> None:
        await one.know("s-0001")
        await one.promote(ONE)
        await one.once()
        link = Link()
        means = one.announcing(link)
        await announce_once(means, everything=False)
        one.clock.turn(timedelta(days=6))
        assert await announce_once(means, everything=False) == 0
        one.clock.turn(timedelta(days=1, seconds=1))
        assert await announce_once(means, everything=False) == 1
        first, second = (one.read(payload) for _, payload in link.said)
        assert second.counter > first.counter
        assert second.expires - first.expires == timedelta(days=7, seconds=1)

    told(visit, tmp_path)


def test_no_store_is_told_to_want_what_is_not_live(tmp_path: Path) -> None:
    async def visit(one: World) -> None:
        await one.know("s-0001")
        await one.promote(ONE)
        await build(one.means, one.clock.now())
        await one.tables.assign(1, None, one.clock.now())  # nobody has signed it
        link = Link()
        assert await announce_once(one.announcing(link), everything=True) == 0
        await one.once()
        assert await announce_once(one.announcing(link), everything=False) == 1
        row = (await one.tables.releases())[0]
        await one.tables.keep(replace(row, revoked_at=one.clock.now()))
        assert await announce_once(one.announcing(link), everything=True) == 0

    told(visit, tmp_path)


def test_what_changes_while_it_is_signed_is_said_once_more_and_counts_on(tmp_path: Path) -> None:
    async def visit(one: World) -> None:
        await one.know("s-0001")
        for champion in (ONE, TWO):
            await one.promote(champion)
            await one.once()
        await one.tables.assign(1, None, one.clock.now())
        link = Link()
        means = one.announcing(link)
        signing = means.signing

        class Meanwhile:
            async def sign(self, orders: Sequence[Order]) -> tuple[bytes, ...]:
                await one.tables.assign(2, None, one.clock.now())
                return await signing.sign(orders)

        await announce_once(replace(means, signing=Meanwhile()), everything=False)
        await announce_once(means, everything=False)
        first, second = (one.read(payload) for _, payload in link.said)
        assert (first.release, second.release) == (1, 2)
        assert second.counter > first.counter

    told(visit, tmp_path)


def test_a_wish_that_was_not_confirmed_is_told_again(tmp_path: Path) -> None:
    async def visit(one: World) -> None:
        await one.know("s-0001", "s-0002")
        await one.promote(ONE)
        await one.once()
        link = Link(breaks_after=1)
        with pytest.raises(LinkDownError):
            await announce_once(one.announcing(link), everything=False)
        link.breaks_after = None
        assert await announce_once(one.announcing(link), everything=False) == 1
        assert [topic.split("/")[3] for topic, _ in link.said] == ["s-0001", "s-0002"]

    told(visit, tmp_path)


def test_without_a_control_key_that_is_said(tmp_path: Path) -> None:
    async def visit(one: World) -> None:
        await one.know("s-0001")
        await one.promote(ONE)
        for keys in (None, tmp_path):
            means = replace(one.announcing(Link()), signing=ControlKeySigning(keys))
            assert await announce_once(means, everything=False) == 0  # nobody is to be told
        await one.once()
        for keys in (None, tmp_path):
            means = replace(one.announcing(Link()), signing=ControlKeySigning(keys))
            with pytest.raises(RepositoryError, match="no control key is at hand"):
                await announce_once(means, everything=False)

    told(visit, tmp_path)


def test_the_announcing_loop_waits_for_the_link(tmp_path: Path) -> None:
    async def visit(one: World) -> None:
        await one.know("s-0001")
        await one.promote(ONE)
        await one.once()
        link = Link(connected=False)
        task = asyncio.create_task(announce_releases(one.announcing(link)))
        for generation, count in ((1, 1), (2, 2), (2, 2)):
            link.connected, link.connections = True, generation
            await one.turns(3)
            assert len(link.said) == count
        task.cancel()

    told(visit, tmp_path)
