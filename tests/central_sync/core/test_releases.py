"""What a release is, when one is due, and what going back means."""

from dataclasses import replace
from datetime import timedelta

import pytest

from central_sync.core.releases import (
    SEARCH,
    NothingToReleaseError,
    ResearchOnlyError,
    SettingsUnusableError,
    champions_after,
    changes,
    compose,
    is_due,
    kept_settings,
    known_settings,
    must_be_for_business,
    next_number,
    no_longer_needed,
    reverted,
)
from endcap.wire.manifest import Delta, FileRef, ReleaseManifest, TrainingData
from endcap.wire.release_paths import (
    delta_path,
    files_of,
    model_path,
    release_path,
    releases_among,
    signature_path,
)
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


@pytest.mark.parametrize(
    "terms", ["research, non-commercial", "CC-BY-NC-4.0", "competition data: measure only"]
)
def test_what_is_for_research_stays_at_the_centre(terms: str) -> None:
    own = tiny(4.0, kind="shopper", licence=terms)
    data = (TrainingData(name="walks", licence="MIT"), TrainingData(name="rows", licence=terms))
    learned = replace(ONE, manifest=ONE.manifest.model_copy(update={"training_data": data}))
    must_be_for_business(release(1, ONE, SHOPPER))
    for one in (own, learned):
        with pytest.raises(ResearchOnlyError, match=f"{one.manifest.kind} 1.0.0.*{terms}"):
            must_be_for_business(release(1, one))
        with pytest.raises(ResearchOnlyError):
            must_be_for_business(release(2, one), [release(1, TWO)])
        must_be_for_business(release(2, one), [release(1, one)])  # it was allowed before


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


TUNED = ONE.manifest.model_copy(update={"thresholds": {"empty": 0.5}})


def set_to(number: int, settings: dict[str, dict[str, float]]) -> ReleaseManifest:
    return compose(number, {"demand": TUNED}, created=NOON, settings=settings)


def test_a_site_sets_what_its_models_and_its_search_know() -> None:
    assert known_settings("demand", {"demand": TUNED}) == {"empty", "median_share"}
    assert {"name", "brand", "department", "size"} <= known_settings(SEARCH, {})
    assert known_settings("gaps", {"demand": TUNED}) == frozenset()
    made = set_to(2, {"search": {"brand": 2.0}, "demand": {"empty": 0.7}})
    assert made.settings == {"demand": {"empty": 0.7}, "search": {"brand": 2.0}}


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"gaps": {"empty": 1.0}}, "no part is called 'gaps'; there are demand, search"),
        ({"demand": {"full": 1.0}}, "demand has no setting 'full'; it has empty, median_share"),
        ({"demand": {"median_share": 2.0}}, "demand.median_share is 2, not from 0 to 1"),
        ({"search": {"price": 1.0}}, "search has no setting 'price'; it has brand"),
    ],
)
def test_a_setting_that_nothing_reads_is_refused(
    settings: dict[str, dict[str, float]], why: str
) -> None:
    with pytest.raises(SettingsUnusableError, match=why):
        set_to(1, settings)


def test_a_model_without_settings_has_none() -> None:
    odd = {"odd": ONE.manifest}
    with pytest.raises(SettingsUnusableError, match="it has none"):
        compose(1, odd, created=NOON, settings={"odd": {"x": 1.0}})


def test_settings_go_on_as_long_as_they_mean_something() -> None:
    settings = {"demand": {"empty": 0.7, "median_share": 0.4}, "search": {"size": 1.0}}
    newest = set_to(1, settings)
    assert kept_settings(newest, {"demand": TUNED}) == settings
    other = TUNED.model_copy(update={"thresholds": {}})
    assert kept_settings(newest, {"demand": other})["demand"] == {"median_share": 0.4}
    assert kept_settings(newest, {"shopper": SHOPPER.manifest}) == {"search": {"size": 1.0}}
    assert kept_settings(None, {"demand": TUNED}) == {}


def test_going_back_takes_the_settings_along() -> None:
    old = set_to(1, {"demand": {"empty": 0.9}})
    assert reverted(old, 3, created=NOON).settings == {"demand": {"empty": 0.9}}


def test_changed_settings_are_told_a_line_a_number() -> None:
    before, after = set_to(1, {"demand": {"empty": 0.7}}), set_to(2, {"search": {"size": 1.0}})
    assert changes(before, after) == (
        "demand.empty 0.7 -> the model's",
        "search.size the model's -> 1.0",
    )
    assert changes(after, after) == ()
    assert changes(None, before) == ("demand 1.0.0, new", "demand.empty the model's -> 0.7")


def test_revoking_takes_deltas_and_signatures_along() -> None:
    hashes = ONE.manifest.model.sha256, TWO.manifest.model.sha256
    file = FileRef(file="d.zst", sha256="a" * 64, length=10)
    delta = Delta(base=hashes[0], target=hashes[1], file=file)
    gone = release(2, TWO).model_copy(update={"deltas": (delta,)})
    paths = no_longer_needed(gone, [release(1, ONE)])
    assert {delta_path(delta), signature_path(TWO.manifest)} < paths
    still = release(3, TWO).model_copy(update={"deltas": (delta,)})
    assert no_longer_needed(gone, [still]) == {release_path(2)}


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


def test_only_what_a_release_brought_gives_way_when_the_fleet_goes_back() -> None:
    gone, back = release(4, TWO, SHOPPER), release(5, ONE, SHOPPER)
    one, two, shopper = (model.manifest.model.sha256 for model in (ONE, TWO, SHOPPER))
    assert champions_after(gone, back, {"demand": two, "shopper": shopper}) == {"demand": one}
    assert champions_after(gone, back, {"demand": "f" * 64}) == {}
    assert champions_after(gone, release(5, SHOPPER), {"demand": two}) == {}
