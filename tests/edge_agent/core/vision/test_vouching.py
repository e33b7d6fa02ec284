"""What a person vouched for is kept once, from a picture taken soon after, that shows it."""

from datetime import timedelta

from edge_agent.core.vision.machine import Standing, State
from edge_agent.core.vision.vouching import FRESH, Vouching
from endcap.models.gaps.states import Chances
from tests.fakes.clock import NOON

SECOND = timedelta(seconds=1)
VISIBLE = {"f1": Chances.of_empty(0.5)}


def standing(state: State, *, said: bool = True) -> dict[str, Standing]:
    return {"f1": Standing(state, NOON, said_at=NOON if said else None)}


def test_the_next_picture_shows_what_was_said() -> None:
    vouched = Vouching().heard(standing(State.GAP))
    assert vouched.shown(VISIBLE, NOON) == {}, "it was taken before"
    assert vouched.shown(VISIBLE, NOON + SECOND) == {"f1": "empty"}
    kept = vouched.kept(["f1"])
    assert kept.heard(standing(State.GAP)).wanted == {}, "once for each answer"


def test_a_picture_on_which_it_is_hidden_or_missing_shows_nothing() -> None:
    vouched = Vouching().heard(standing(State.FULL))
    hidden = {"f1": Chances(0.1, 0.0, 0.0, 0.9)}
    assert vouched.shown(hidden, NOON + SECOND) == {}
    assert vouched.shown({}, NOON + SECOND) == {}
    assert vouched.heard(standing(State.FULL)).shown(VISIBLE, NOON + SECOND) == {"f1": "full"}


def test_too_late_a_picture_shows_something_else() -> None:
    vouched = Vouching().heard(standing(State.FULL))
    assert vouched.shown(VISIBLE, NOON + FRESH + SECOND) == {}


def test_what_changed_since_or_is_neither_full_nor_empty_is_not_kept() -> None:
    assert Vouching().heard(standing(State.LOW)).wanted == {}
    vouched = Vouching().heard(standing(State.FULL)).heard(standing(State.GAP, said=False))
    assert vouched.wanted == {}


def test_what_was_said_before_a_restart_is_done() -> None:
    assert Vouching().known(standing(State.FULL)).heard(standing(State.FULL)).wanted == {}
