import hashlib
from pathlib import Path

import numpy as np

from endcap.models.contracts import breach
from endcap.models.golden import disagreements
from endcap.models.shopper.ranking import FEATURES
from endcap.plumbing.onnx_session import open_session
from endcap.wire.manifest import Golden, ModelManifest
from models_onnx.shopper_ranker.households import made_up_shop, visits

FOLDER = Path(__file__).parents[2] / "models_onnx" / "shopper_ranker"
MODEL = (FOLDER / "model.onnx").read_bytes()


def test_the_shipped_ranker_is_what_its_manifest_says() -> None:
    manifest = ModelManifest.model_validate_json((FOLDER / "manifest.json").read_bytes())
    assert manifest.model.sha256 == hashlib.sha256(MODEL).hexdigest()
    golden = (FOLDER / manifest.golden.file).read_bytes()
    assert manifest.golden.sha256 == hashlib.sha256(golden).hexdigest()
    assert disagreements(Golden.model_validate_json(golden), open_session(MODEL).run) == ()
    assert breach(manifest) == ""
    assert len(MODEL) <= 1_000_000


def test_of_two_alike_the_habit_stands_higher() -> None:
    rows = np.full((2, len(FEATURES)), np.nan, dtype=np.float32)
    for name, (stranger, habit) in {
        "score": (0.1, 0.6),
        "score_rank": (40.0, 0.0),
        "score_share": (0.15, 1.0),
        "faded_quarter": (0.0, 5.0),
    }.items():
        rows[:, FEATURES.index(name)] = stranger, habit
    scores = open_session(MODEL).run({"features": rows})["scores"]
    assert scores[1] > scores[0]


def test_made_up_households_are_the_same_for_the_same_seed() -> None:
    rng, again = np.random.default_rng(3), np.random.default_rng(3)
    one = list(visits(made_up_shop(rng), 3, rng))
    other = list(visits(made_up_shop(again), 3, again))
    assert [visit.items.tolist() for visit in one] == [visit.items.tolist() for visit in other]
    assert {visit.household for visit in one} == {0, 1, 2}
    assert all(len(set(visit.items.tolist())) == len(visit.items) > 0 for visit in one)
