import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

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


def scores_of(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(open_session(MODEL).run({"features": rows})["scores"])


def test_the_item_models_order_stays_as_it_is() -> None:
    rng = np.random.default_rng(4)
    for _ in range(20):
        rows = rng.exponential(5.0, (200, len(FEATURES))).astype(np.float32)
        rows[rng.random(rows.shape) < 0.2] = np.nan
        places = rng.permutation(200).astype(np.float32)
        rows[:, FEATURES.index("score_rank")] = places
        best = np.argsort(-scores_of(rows))[:10]
        assert places[best].tolist() == [*range(10)]


def test_where_the_item_model_says_nothing_habit_stands_first_then_what_sells() -> None:
    rows = np.full((4, len(FEATURES)), np.nan, dtype=np.float32)
    rows[0, FEATURES.index("score_rank")] = 150.0
    rows[1:, FEATURES.index("times")] = 3.0, 0.0, 0.0
    rows[1:, FEATURES.index("month")] = 0.0, 0.02, 0.01
    assert np.argsort(-scores_of(rows)).tolist() == [0, 1, 2, 3]


def test_made_up_households_are_the_same_for_the_same_seed() -> None:
    rng, again = np.random.default_rng(3), np.random.default_rng(3)
    one = list(visits(made_up_shop(rng), 3, rng))
    other = list(visits(made_up_shop(again), 3, again))
    assert [visit.items.tolist() for visit in one] == [visit.items.tolist() for visit in other]
    assert {visit.household for visit in one} == {0, 1, 2}
    assert all(len(set(visit.items.tolist())) == len(visit.items) > 0 for visit in one)
