"""What a release is, when one is due, and what going back means."""

from datetime import timedelta

import pytest

from central_sync.core.releases import (
    NothingToReleaseError,
    changes,
    compose,
    is_due,
    next_number,
    no_longer_needed,
    reverted,
)
from endcap.wire.release_paths import files_of, model_path, release_path, releases_among
from tests.fakes.tiny_models import NOON, release, tiny

ONE, TWO = tiny(1.0), tiny(2.0, version="1.0.1")
SHOPPER = tiny(3.0, kind="shopper")


def test_numbers_only_grow_and_begin_at_one() -> None:
    assert next_number([]) == 1
    assert next_number([3, 9, 4]) == 10


def test_a_release_holds_the_champion_of_every_kind() -> None:
    champions = {"shopper": SHOPPER.manifest, "demand": ONE.manifest}
    made = compose(4, champions, created=NOON, notes="why")
    assert (made.release, list(made.models), made.notes) == (4, ["demand", "shopper"], "why")


def test_without_a_champion_there_is_no_release() -> None:
    with pytest.raises(NothingToReleaseError, match="train and promote"):
        compose(1, {}, created=NOON)


def test_going_back_is_a_higher_number_with_older_models() -> None:
    old = release(2, ONE)
    made = reverted(old, 5, created=NOON, reason="it forgot milk")
    assert (made.release, made.models) == (5, old.models)
    assert made.notes == "back to the models of release 2: it forgot milk"
    assert reverted(old, 5, created=NOON).notes == "back to the models of release 2"


def test_a_release_is_due_when_a_champion_is_new() -> None:
    newest = release(1, ONE)
    champions = {"demand": TWO.manifest}
    assert is_due(champions, NOON, newest)
    assert is_due(champions, NOON, None)
    assert not is_due({}, NOON, None)
    assert not is_due({"demand": ONE.manifest}, NOON, newest)


def test_a_champion_that_someone_went_back_from_is_not_released_again() -> None:
    champion_since = NOON - timedelta(hours=1)
    assert not is_due({"demand": TWO.manifest}, champion_since, release(3, ONE))


def test_changes_are_told_a_line_a_kind() -> None:
    before, after = release(1, ONE, SHOPPER), release(2, TWO, SHOPPER)
    assert changes(before, after) == ("demand 1.0.0 -> 1.0.1",)
    assert changes(None, before) == ("demand 1.0.0, new", "shopper 1.0.0, new")
    assert changes(before, release(2, ONE)) == ("shopper 1.0.0 withdrawn",)


def test_revoking_takes_only_the_files_no_other_release_needs() -> None:
    gone, kept = release(2, TWO, SHOPPER), release(1, ONE, SHOPPER)
    paths = no_longer_needed(gone, [kept])
    assert release_path(2) in paths
    assert model_path(TWO.manifest) in paths
    assert not paths & set(files_of(kept))


def test_paths_name_models_by_content() -> None:
    assert model_path(ONE.manifest) == f"models/demand/{ONE.manifest.model.sha256}.onnx"
    assert releases_among(["releases/12.json", "releases/3.json", "models/x.onnx"]) == (3, 12)
    assert releases_among(["releases/03.json", "x/releases/3.json"]) == ()
