"""Settings from afar: whatever happens, the store has settings with which it once came up."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from edge_agent.config import EdgeConfig, RemoteSettings
from edge_agent.core.remote_config import (
    NEVER,
    PATIENCE,
    TRANSITIONS,
    Event,
    NoSuchTransitionError,
    Overlay,
    Standing,
    State,
    forbidden,
    verdict,
    with_own_masks,
)
from endcap.plumbing.config_problems import settings_in

ALL = ("cameras", "log", "models", "outbox", "updates")
FIRST = Overlay(1, {"log": {"level": "debug"}})
SECOND = Overlay(2, {"log": {"level": "error"}})
PROVEN = Standing().after(Event.ORDERED, FIRST).after(Event.STARTED).after(Event.CAME_UP)


def test_new_settings_are_on_trial_until_the_store_came_up() -> None:
    trial = PROVEN.after(Event.ORDERED, SECOND)
    assert (trial.state, trial.current, trial.proven) == (State.ON_TRIAL, SECOND, FIRST)
    came_up = trial.after(Event.STARTED).after(Event.CAME_UP)
    assert came_up == Standing(current=SECOND)
    assert came_up.proven == SECOND


def test_settings_that_do_not_come_up_in_time_go_back() -> None:
    back = PROVEN.after(Event.ORDERED, SECOND).after(Event.FAILED, reason="no kiosk")
    assert back == Standing(current=FIRST, refused=2, problem="no kiosk")
    assert back.decided == 2


def test_three_failed_starts_bring_the_earlier_settings_back() -> None:
    standing = PROVEN.after(Event.ORDERED, SECOND)
    for _ in range(3):
        standing = standing.after(Event.STARTED)
        assert (standing.state, standing.current) == (State.ON_TRIAL, SECOND)
    standing = standing.after(Event.STARTED)
    assert (standing.state, standing.current, standing.refused) == (State.IN_FORCE, FIRST, 2)
    assert standing.problem == "the program did not come up with them in 3 starts"
    assert standing.after(Event.STARTED) == standing


def test_an_order_during_a_trial_keeps_what_was_proven() -> None:
    third = Overlay(3, {})
    trial = PROVEN.after(Event.ORDERED, SECOND).after(Event.STARTED).after(Event.ORDERED, third)
    assert (trial.current, trial.proven, trial.starts) == (third, FIRST, 0)
    assert trial.after(Event.FAILED, reason="x").current == FIRST


def test_a_refused_order_changes_nothing_but_what_is_told() -> None:
    for before in (PROVEN, PROVEN.after(Event.ORDERED, SECOND)):
        after = before.after(Event.REFUSED, Overlay(7), "kiosk: not from afar")
        assert after == replace(before, refused=7, problem="kiosk: not from afar")
        assert after.decided == 7


def test_the_same_settings_under_a_new_number_need_no_trial() -> None:
    again = Overlay(9, FIRST.settings)
    assert PROVEN.event_of(again) is Event.RENEWED
    assert PROVEN.event_of(SECOND) is Event.ORDERED
    refused = PROVEN.after(Event.REFUSED, Overlay(8), "no")
    assert refused.after(Event.RENEWED, again) == Standing(current=again)
    trial = PROVEN.after(Event.ORDERED, SECOND).after(Event.STARTED)
    assert trial.after(Event.RENEWED, Overlay(4, SECOND.settings)).starts == 1


def test_settings_that_fit_the_file_no_more_are_dropped() -> None:
    assert PROVEN.after(Event.UNFIT, reason="log: gone") == Standing(refused=1, problem="log: gone")
    trial = PROVEN.after(Event.ORDERED, SECOND)
    assert trial.after(Event.UNFIT, reason="log: gone").current == FIRST


def test_an_event_without_a_row_is_a_bug() -> None:
    missing = set(product(State, Event)) - set(TRANSITIONS)
    assert missing == {(State.IN_FORCE, Event.CAME_UP), (State.IN_FORCE, Event.FAILED)}
    assert set(PATIENCE) <= set(TRANSITIONS)
    with pytest.raises(NoSuchTransitionError, match="CAME_UP is not expected in state IN_FORCE"):
        Standing().after(Event.CAME_UP)


@given(st.lists(st.sampled_from(Event), max_size=40))
def test_whatever_happens_the_store_comes_back_to_settings_it_came_up_with(
    events: list[Event],
) -> None:
    came_up: list[Overlay] = [Overlay()]
    standing = Standing()
    for number, event in enumerate(events, start=1):
        if (standing.state, event) not in TRANSITIONS:
            continue
        tried = standing.current
        order = replace(tried, counter=number) if event is Event.RENEWED else Overlay(number)
        order = replace(order, settings={"log": number}) if event is Event.ORDERED else order
        standing = standing.after(event, order, "why")
        if event is Event.CAME_UP:
            came_up.append(tried)
        assert standing.proven.settings in [one.settings for one in came_up]
        assert standing.starts <= 3
    for _ in range(4):
        standing = standing.after(Event.STARTED)
    assert standing.state is State.IN_FORCE
    assert standing.current.settings in [one.settings for one in came_up]


@pytest.mark.parametrize(
    ("steady", "waited", "expected"),
    [
        (None, 0, None),
        (None, 119, None),
        (None, 120, Event.FAILED),
        (9, 130, None),  # it came up late, and may yet prove it
        (10, 15, Event.CAME_UP),
        (10, 500, Event.CAME_UP),
    ],
)
def test_a_trial_ends_when_the_store_is_up_or_its_time_is(
    steady: int | None, waited: int, expected: Event | None
) -> None:
    up = None if steady is None else timedelta(seconds=steady)
    assert verdict(up, timedelta(seconds=waited), timedelta(minutes=2)) is expected


# ---- what may come from afar


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"log": {"level": "debug"}, "models": {"threads": 2}, "updates": {"probation": "5m"}},
        {"cameras": [{"name": "a", "source": "rtsp://u:p@cam/1"}, {"source": "/dev/video0"}]},
        {"cameras": "no list", "log": 3},  # what is no settings at all is config.py's to refuse
        {"cameras": [{"name": "a", "review": False}, "no table", {"source": 7}]},
    ],
)
def test_what_may_come_from_afar(settings: dict[str, object]) -> None:
    assert forbidden(settings, ALL) == ()


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"store": {"id": "other"}}, "store: is set on the device alone"),
        ({"kiosk": {"port": 1}}, "kiosk: is set on the device alone"),
        ({"remote": {"allow": ["log"]}}, "remote: is set on the device alone"),
        ({"updates": {"url": "https://evil"}}, "updates.url: is set on the device alone"),
        ({"models": {"reference_folder": "/"}}, "models.reference_folder: is set on the device"),
        ({"cameras": [{"source": "/etc"}]}, "cameras[0].source: from afar only an address"),
        ({"cameras": [{"review": True}]}, "cameras[0].review: is set on the device alone"),
        ({"cameras": [{"mask": [[[0, 0]]]}]}, "cameras[0].mask: is set on the device alone"),
        ({"cameras": [{"source": "/dev/video0/../../etc"}]}, "cameras[0].source: from afar"),
        ({"cameras": [{"source": "etc/x://y"}]}, "cameras[0].source: from afar"),
    ],
)
def test_what_never_comes_from_afar(settings: dict[str, object], told: str) -> None:
    problems = forbidden(settings, ALL)
    assert len(problems) == 1
    assert problems[0].startswith(told)


def test_a_camera_keeps_the_mask_of_the_device() -> None:
    mask = ((0.0, 0.0), (0.5, 0.0), (0.5, 0.5))
    masks = {"a": (mask,), "rtsp://cam/1": (mask,)}
    order = {
        "log": {"level": "debug"},
        "cameras": [
            {"name": "a", "source": "rtsp://other/1"},
            {"name": "renamed", "source": "rtsp://cam/1"},
            {"name": "b", "source": "rtsp://cam/2"},
            "no table",
        ],
    }
    found = with_own_masks(order, masks)
    assert found["log"] == {"level": "debug"}
    assert found["cameras"] == [
        {"name": "a", "source": "rtsp://other/1", "mask": (mask,)},
        {"name": "renamed", "source": "rtsp://cam/1", "mask": (mask,)},
        *order["cameras"][2:],  # type: ignore[index]  # a list
    ]
    for strange in ({}, {"cameras": "none"}, {"cameras": 3}):
        assert with_own_masks(strange, masks) == strange


def test_a_store_may_allow_less() -> None:
    assert forbidden({"log": {}, "models": {}}, ("log",)) == (
        "models: is set on the device alone; [remote] allow leaves it out",
    )


def test_no_place_or_trust_can_come_from_afar() -> None:
    """A setting added later to an offered section is refused here until it is thought about."""
    assert RemoteSettings().allow == ALL
    for section in set(ALL) - {"cameras"}:
        model = settings_in(EdgeConfig.model_fields[section].annotation)
        assert model is not None
        assert issubclass(model, BaseModel)
        for name, field in model.model_fields.items():
            kind = f"{field.annotation} {field.metadata}"
            dangerous = any(word in kind for word in ("Path", "Tls", "_address", "_host"))
            assert not dangerous or f"{section}.{name}" in NEVER, f"{section}.{name}"
