"""What the watch calls broken: each rule is broken once, by what it forbids."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from fleet_simulator import watch
from fleet_simulator.hollow_releases import HollowReleases
from fleet_simulator.watch import Serving, Watch

SOUND = Serving("s-00001", 7, 6, rolled_back=False, whole=True, rehearsed=True, refused=False)


def watching() -> Watch:
    return Watch(HollowReleases(7, datetime(2026, 3, 2, tzinfo=UTC)))


@pytest.mark.parametrize(
    ("one", "rule"),
    [
        (replace(SOUND, release=9), watch.UNVERIFIED),
        (replace(SOUND, whole=False), watch.HALF),
        (replace(SOUND, rehearsed=False), watch.HALF),
        (replace(SOUND, refused=True), watch.REFUSED),
        (replace(SOUND, release=6, before=7), watch.OLDER),
    ],
)
def test_a_store_that_serves_what_it_must_not_is_told(one: Serving, rule: str) -> None:
    found = watching()
    found.serves(5.0, one)
    assert found.broken == [(5.0, rule, "s-00001")]


def test_what_is_sound_breaks_nothing() -> None:
    found = watching()
    found.serves(5.0, SOUND)
    found.serves(6.0, replace(SOUND, release=6, before=7, rolled_back=True))
    found.assigns(7.0, "s-00001", 7, 1)
    found.spreads(7.0, 3, 3)
    assert found.broken == []
    assert found.exposed == {"s-00001": 5.0}


def test_an_assignment_after_the_stop_is_told() -> None:
    found = watching()
    found.stops(5.0, 7)
    found.assigns(6.0, "s-00001", 8, 1)
    found.assigns(6.0, "s-00002", 7, 1)
    assert found.broken == [(6.0, watch.PAST_GATE, "s-00002")]


def test_a_counter_that_does_not_grow_is_told() -> None:
    found = watching()
    found.assigns(5.0, "s-00001", 7, 2)
    found.assigns(6.0, "s-00001", 7, 2)
    assert found.broken == [(6.0, watch.COUNTERS, "s-00001")]


def test_a_wave_that_is_too_large_is_told() -> None:
    found = watching()
    found.spreads(5.0, 4, 3)
    assert [rule for _, rule, _ in found.broken] == [watch.WAVES]
