"""A camera is believed while its pictures are, and what it is worth is told once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from edge_agent.core.vision.condition import CameraWatch, PictureFacts, Usual, condition_of
from endcap.wire.events import CameraChanged, CameraCondition
from tests.fakes.clock import NOON

SOUND = PictureFacts(brightness=110, contrast=50, sharpness=900, change=3.0)
USUAL = Usual(SOUND.crispness, plain=0.1)
SECOND = timedelta(seconds=1)


def told(watch: CameraWatch, *facts: PictureFacts) -> tuple[CameraWatch, list[CameraChanged]]:
    events: list[CameraChanged] = []
    for number, one in enumerate(facts):
        watch, seen = watch.saw(one, NOON + number * SECOND)
        events += seen
    return watch, events


@pytest.mark.parametrize(
    ("facts", "condition"),
    [
        (SOUND, "ok"),
        (replace(SOUND, brightness=4), "dark"),
        (replace(SOUND, contrast=2), "covered"),
        (replace(SOUND, plain=0.5), "covered"),
        (replace(SOUND, sharpness=20), "blurred"),
        (replace(SOUND, contrast=15, sharpness=80), "ok"),
        (replace(SOUND, likeness=0.8, shift=0.03), "ok"),
        (replace(SOUND, likeness=0.8, shift=0.2), "moved"),
        (replace(SOUND, likeness=0.1, shift=0.0), "moved"),
        (replace(SOUND, likeness=0.0), "moved"),
    ],
)
def test_a_picture_says_what_its_camera_is_worth(
    facts: PictureFacts, condition: CameraCondition
) -> None:
    assert condition_of(facts, USUAL) == condition


def test_a_soft_lens_is_not_blurred_when_it_never_was_sharper() -> None:
    assert condition_of(replace(SOUND, sharpness=20), None) == "ok"
    assert told(CameraWatch("cam"), *[replace(SOUND, sharpness=20)] * 5)[0].believed


def test_the_first_picture_tells_at_once_and_the_next_ones_nothing() -> None:
    watch, events = told(CameraWatch("cam"), SOUND, SOUND, SOUND)
    assert [event.condition for event in events] == ["ok"]
    assert watch.believed
    assert not CameraWatch("cam").believed


def test_one_dark_picture_is_not_believed_and_not_told() -> None:
    dark = replace(SOUND, brightness=1)
    watch, events = told(CameraWatch("cam", told="ok"), SOUND, dark)
    assert (events, watch.believed) == ([], False)
    _, events = told(CameraWatch("cam", told="ok"), SOUND, dark, dark, dark, dark, SOUND)
    assert [(e.condition, e.since - NOON) for e in events] == [
        ("dark", SECOND),
        ("ok", 5 * SECOND),
    ]


def test_a_picture_that_stands_still_is_frozen_after_a_while() -> None:
    still = replace(SOUND, change=0.0)
    watch, events = told(CameraWatch("cam", told="ok"), *[still] * 29)
    assert [event.condition for event in events] == ["frozen"]
    assert not watch.believed
    assert told(watch, SOUND)[0].believed


def test_pictures_that_may_be_shown_twice_never_freeze() -> None:
    assert told(CameraWatch("cam"), *[replace(SOUND, change=None)] * 60)[0].believed


def test_a_missing_camera_is_told_with_the_reason() -> None:
    watch, events = CameraWatch("cam").missed("missing", "no answer", NOON)
    assert events == (
        CameraChanged(camera="cam", condition="missing", since=NOON, detail="no answer"),
    )
    assert not watch.believed
    assert watch.missed("missing", "no answer", NOON + SECOND)[1] == ()


def test_what_is_usual_follows_slowly_and_only_sound_pictures() -> None:
    other = replace(SOUND, sharpness=500, plain=0.2)
    watch, _ = told(CameraWatch("cam"), SOUND, other)
    assert watch.usual is not None
    assert watch.usual.crispness == pytest.approx(880 / 2500)
    assert watch.usual.plain == pytest.approx(0.01)
    assert told(watch, replace(SOUND, brightness=1))[0].usual == watch.usual


def test_a_picture_that_is_shown_again_is_no_evidence() -> None:
    watch, events = told(CameraWatch("cam", told="ok"), SOUND, replace(SOUND, change=0.0))
    assert (events, watch.believed) == ([], False)
    assert told(watch, SOUND)[0].believed


def test_a_picture_in_sudden_light_is_no_evidence_and_the_next_one_is() -> None:
    bright = replace(SOUND, brightness=220)
    watch, events = told(CameraWatch("cam", told="ok"), SOUND, bright)
    assert (events, watch.believed) == ([], False)
    assert told(watch, bright)[0].believed
    assert not told(watch, SOUND)[0].believed


def test_light_is_compared_with_that_of_the_last_sound_picture() -> None:
    hand = replace(SOUND, brightness=40, contrast=3)
    watch, events = told(CameraWatch("cam", told="ok"), SOUND, hand, SOUND)
    assert (events, watch.believed) == ([], True)


def test_a_camera_that_moved_is_told_after_minutes_with_what_to_do() -> None:
    aside = replace(SOUND, likeness=0.8, shift=0.25)
    watch, events = told(CameraWatch("cam", told="ok"), SOUND, *[aside] * 240)
    assert (events, watch.believed) == ([], False)
    _, events = told(CameraWatch("cam", told="ok"), SOUND, *[aside] * 242)
    assert [(e.condition, e.since - NOON) for e in events] == [("moved", SECOND)]
    assert events[0].detail == (
        "it looks 25% aside of what its facings were drawn on: "
        "turn it back, or run `edge-agent enrol-shelf CONFIG cam`"
    )


def test_a_camera_whose_reference_is_lost_says_so() -> None:
    _, events = told(CameraWatch("cam"), replace(SOUND, likeness=0.0))
    assert events[0].detail.startswith("it shows something else than what")
