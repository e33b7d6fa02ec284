"""The proof finds each way in which an event can be lost, doubled or changed."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central_sync.core.history import CentreBooks, StoreBooks, verify_history
from endcap.wire.seqset import SeqSet
from tests.fakes.store_world import EPOCH, STORE

NONE = SeqSet()


def numbers(*ranges: tuple[int, int]) -> SeqSet:
    return SeqSet(ranges)


SOUND_STORE = StoreBooks(
    store=STORE,
    epoch=EPOCH,
    highest=20,
    waiting=numbers((17, 20)),
    kept=numbers((9, 12)),
    shed=numbers((16, 16)),
)
SOUND_CENTRE = CentreBooks(
    rows=12,
    stored=numbers((1, 12)),
    dead=numbers((13, 13)),
    lost=numbers((14, 15)),
    committed=numbers((1, 13)),
    altered=NONE,
)


def test_a_sound_history_holds_and_balances() -> None:
    proof = verify_history(SOUND_STORE, SOUND_CENTRE)
    assert proof.holds
    assert (proof.stored, proof.dead, proof.ledgered, proof.waiting) == (12, 1, 3, 4)
    assert proof.accepted == proof.stored + proof.dead + proof.ledgered + proof.waiting


def test_a_store_that_made_nothing_holds() -> None:
    empty = StoreBooks(STORE, EPOCH, 0, NONE, NONE, NONE)
    assert verify_history(empty, CentreBooks(0, NONE, NONE, NONE, NONE, NONE)).holds


def test_an_event_may_be_waiting_and_at_the_centre_until_the_ack_comes() -> None:
    proof = verify_history(replace(SOUND_STORE, waiting=numbers((10, 20))), SOUND_CENTRE)
    assert proof.holds
    assert proof.waiting == 4


@pytest.mark.parametrize(
    ("store", "centre", "promise", "problem", "ranges"),
    [
        ({"waiting": numbers((18, 20))}, {}, "I1", "nowhere", ((17, 17),)),
        ({}, {"lost": numbers((15, 15))}, "I1", "nowhere", ((14, 14),)),
        ({"kept": numbers((9, 12), (17, 17))}, {}, "I1", "acknowledged, but not", ((17, 17),)),
        (
            {},
            {"dead": numbers((13, 13), (25, 25)), "committed": numbers((1, 13), (25, 25))},
            "I1",
            "at the centre, but never made",
            ((25, 25),),
        ),
        ({}, {"lost": numbers((14, 15), (40, 50))}, "I1", "told lost, but never", ((40, 50),)),
        ({}, {"altered": numbers((10, 10))}, "I2", "differs", ((10, 10),)),
        ({}, {"rows": 14}, "I2", "2 events are stored more than once", ()),
        ({}, {"committed": numbers((1, 15))}, "I3", "without an event", ((14, 15),)),
        ({}, {"committed": numbers((1, 11))}, "I3", "not committed", ((12, 13),)),
    ],
)
def test_each_broken_promise_is_named(
    store: dict[str, Any],
    centre: dict[str, Any],
    promise: str,
    problem: str,
    ranges: tuple[tuple[int, int], ...],
) -> None:
    proof = verify_history(replace(SOUND_STORE, **store), replace(SOUND_CENTRE, **centre))
    assert not proof.holds
    (found,) = proof.violations
    assert found.promise == promise
    assert problem in found.problem
    assert found.ranges == ranges


@given(st.lists(st.sampled_from("swkdlx"), max_size=40))
def test_the_proof_holds_exactly_when_nothing_vanished(fates: list[str]) -> None:
    """Each number's fate: stored, waiting, kept and stored, dead, lost, or vanished."""
    by = {fate: SeqSet.of(n for n, one in enumerate(fates, 1) if one == fate) for fate in "swkdlx"}
    stored = by["s"].union(by["k"])
    store = StoreBooks(STORE, EPOCH, len(fates), by["w"], by["k"], NONE)
    centre = CentreBooks(len(stored), stored, by["d"], by["l"], stored.union(by["d"]), NONE)
    proof = verify_history(store, centre)
    assert proof.holds == ("x" not in fates)
    lost = [number for one in proof.violations for number in one.ranges]
    assert SeqSet.from_ranges(lost) == by["x"]
