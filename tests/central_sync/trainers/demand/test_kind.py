"""Fit, score, compare: on small sales of two stores, through real ONNX."""

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from central_sync.ports.training import DataUnusableError, ModelKind
from central_sync.trainers.demand import DEMAND
from central_sync.trainers.demand.baselines import baseline_forecasts
from central_sync.trainers.demand.centre import YEARS
from central_sync.trainers.demand.effort import SMALL
from central_sync.trainers.demand.forecasting import forecast, load
from central_sync.trainers.demand.graph import to_onnx
from central_sync.trainers.demand.kind import DemandKind
from central_sync.trainers.demand.layouts import read
from central_sync.trainers.demand.sample import training_rows
from central_sync.trainers.demand.scoring import point_scores
from central_sync.trainers.demand.spread import shortened
from central_sync.trainers.demand.thinning import thinned
from central_sync.trainers.demand.trees import fit_trees
from edge_agent.core import demand as edge
from edge_agent.core.store_panel import Ahead
from endcap.models.demand.features import FEATURES, features_at
from endcap.models.demand.ledger import month_days
from endcap.models.demand.panel import Panel
from endcap.models.golden import disagreements
from endcap.plumbing.onnx_session import open_session
from endcap.wire.manifest import Golden, ModelManifest
from tests.central_sync.trainers.demand import folders


def quiet(line: str) -> None:
    """Take progress and say nothing."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folders.lake(tmp_path_factory.mktemp("lake"))


@pytest.fixture(scope="module")
def model(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("model")
    DEMAND.fit(data, out, seed=1, progress=quiet)
    return out


def test_the_kind_is_what_the_loops_expect() -> None:
    kind: ModelKind = DEMAND
    assert kind.name == "demand"


def test_a_fitted_model_is_three_files_that_agree(model: Path) -> None:
    manifest = ModelManifest.model_validate_json((model / "manifest.json").read_bytes())
    assert manifest.parameters["features"] == list(FEATURES)
    assert 0.0 <= manifest.parameters["median_share"] <= 1.0
    assert {metric.name for metric in manifest.metrics} >= {"wape_instock", "pinball"}
    golden = Golden.model_validate_json((model / "golden.json").read_bytes())
    session = open_session((model / "model.onnx").read_bytes())
    assert disagreements(golden, session.run) == ()


def test_the_same_data_and_seed_give_the_same_bytes(
    data: Path, model: Path, tmp_path: Path
) -> None:
    DEMAND.fit(data, tmp_path, seed=1, progress=quiet)
    for name in ("model.onnx", "golden.json", "manifest.json"):
        assert (tmp_path / name).read_bytes() == (model / name).read_bytes()


def test_the_graph_answers_what_the_trees_answer(data: Path) -> None:
    rows = training_rows(read(data), most=4_000, rng=np.random.default_rng(0))
    features = rows.features.copy()
    features[::2, YEARS] = 1.3  # of the other rows no year is known
    fitted = fit_trees(rows, SMALL, seed=0)
    for years in (0.0, 0.4):
        trees = replace(fitted, centre=replace(fitted.centre, years=years))
        native_quantiles, native_mean = trees.predict(features)
        answer = open_session(to_onnx(trees, len(FEATURES))).run({"features": features})
        np.testing.assert_allclose(answer["quantiles"], native_quantiles, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(answer["mean"], native_mean, rtol=1e-4, atol=1e-5)
        assert (np.diff(answer["quantiles"], axis=1) >= -1e-6).all()
        assert (answer["quantiles"] >= 0).all()


def test_a_fitted_model_beats_the_mean_and_covers(data: Path, model: Path) -> None:
    scored = DEMAND.evaluate(data, model, baselines=False, progress=quiet)
    sales = read(data)
    simple = baseline_forecasts(sales).values()
    plain = min(point_scores(sales, one)["wape_instock"] for one in simple)
    assert scored.metrics["wape_instock"] < plain
    assert 0.75 < scored.metrics["coverage_90"] < 1.0
    assert abs(scored.metrics["bias_instock"]) < 0.1
    assert scored.metrics["fit_s"] == 0.0
    assert len(scored.model_sha256) == len(scored.data_sha256) == 64


def test_without_a_model_one_is_fitted_first(data: Path) -> None:
    said: list[str] = []
    scored = DEMAND.evaluate(data, None, baselines=False, progress=said.append)
    assert scored.metrics["fit_s"] > 0.0
    assert scored.baselines == {}
    assert any("fitting" in line for line in said)


def test_a_bare_model_file_scores_like_its_folder(data: Path, model: Path, tmp_path: Path) -> None:
    bare = Path(shutil.copy(model / "model.onnx", tmp_path / "some.onnx"))
    named, unnamed = (  # the quantiles need no manifest, the point forecast does
        DEMAND.evaluate(data, one, baselines=False, progress=quiet) for one in (model, bare)
    )
    assert named.metrics["pinball"] == unnamed.metrics["pinball"]


def ahead(panel: Panel, days: int) -> Panel:
    """Return the panel with days to come on which prices and promotions stay as they are."""
    room = ((0, 0), (0, days))
    return replace(
        panel,
        units=np.pad(panel.units, room, constant_values=np.nan),
        in_stock=np.pad(panel.in_stock, room, constant_values=1.0),
        price=np.pad(panel.price, room, mode="edge"),
        promotion=np.pad(panel.promotion, room, mode="edge"),
        holiday=np.pad(panel.holiday, room),
        special=np.pad(panel.special, room),
        temperature=np.pad(panel.temperature, room, constant_values=np.nan),
        rain=np.pad(panel.rain, room, constant_values=np.nan),
        weekday=np.arange(panel.periods + days) % 7,
        month_day=month_days((folders.FIRST - date(1970, 1, 1)).days, panel.periods + days),
    )


def test_a_store_computes_the_bits_that_the_centre_computes(data: Path) -> None:
    sales = read(data)
    mine = sales.store == 1
    centre = features_at(ahead(sales.panel, 7), sales.panel.periods - 1, range(1, 8))
    table = pq.read_table(data / "sales.parquet").to_pylist()
    rows: list[Any] = [
        tuple(str(value) if name == "day" else value for name, value in row.items())[1:]
        for row in table
        if row["store"] == "store-1"
    ]
    planned = edge.plan(rows, Ahead(max(row["day"] for row in table), 7))
    np.testing.assert_array_equal(planned.rows, centre.rows[mine].reshape(planned.rows.shape))
    np.testing.assert_array_equal(planned.level, centre.level[mine])


def test_a_better_candidate_is_promoted_with_both_figures(
    data: Path, model: Path, tmp_path: Path
) -> None:
    other = folders.lake(tmp_path / "other", items=8, days=35, seed=9)
    DEMAND.fit(other, tmp_path / "weak", seed=1, progress=quiet)
    verdict = DEMAND.compare(data, model, tmp_path / "weak")
    assert verdict.promote
    assert verdict.champion is not None
    assert verdict.candidate < verdict.champion
    for part in (f"{verdict.candidate:.4f}", f"{verdict.champion:.4f}", "store-0", "rows"):
        assert part in verdict.reason
    assert not DEMAND.compare(data, tmp_path / "weak", model).promote


def test_an_equal_candidate_is_not_promoted(data: Path, model: Path) -> None:
    verdict = DEMAND.compare(data, model, model)
    assert not verdict.promote
    assert verdict.rows > 300


def test_a_first_model_must_beat_the_plain_mean(data: Path, model: Path) -> None:
    verdict = DEMAND.compare(data, model, None)
    assert verdict.promote
    assert verdict.champion is None
    assert "mean_28" in verdict.reason


@pytest.mark.parametrize(
    "shape",
    [{"stores": 1, "items": 12, "days": 28}, {"stores": 1, "items": 1, "days": 250}],
    ids=["three weeks", "one item"],
)
def test_little_data_is_enough(shape: dict[str, int], tmp_path: Path) -> None:
    DEMAND.fit(folders.lake(tmp_path / "data", **shape), tmp_path / "out", seed=1, progress=quiet)
    found = forecast(read(tmp_path / "data"), load(tmp_path / "out", "day"))
    assert np.isfinite(found.expected).all()


def test_fast_sellers_are_retold_as_slow_ones(data: Path) -> None:
    sales = read(data)
    slow = thinned(sales, np.random.default_rng(0)).panel.units
    np.testing.assert_array_equal(np.isnan(slow), np.isnan(sales.panel.units))
    counts = slow[np.isfinite(slow)]
    np.testing.assert_array_equal(counts, np.rint(counts))
    assert np.nanmean(slow, axis=1).min() < 0.3
    assert np.nanmean(slow, axis=1).max() < 5


def test_what_is_retold_is_learned_from_too(data: Path, tmp_path: Path) -> None:
    said: list[str] = []
    for kind in (DEMAND, DemandKind(also=thinned)):
        kind.fit(data, tmp_path, seed=1, progress=said.append)
    alone, both = (int(line.split()[-2]) for line in said if "fitting" in line)
    assert both > 1.1 * alone


def test_too_little_data_is_told_in_one_line(tmp_path: Path) -> None:
    data = folders.lake(tmp_path / "data", stores=1, items=1, days=30)
    with pytest.raises(DataUnusableError, match="usable rows") as told:
        DEMAND.fit(data, tmp_path / "out", seed=1, progress=quiet)
    assert "\n" not in str(told.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("layout", ["fresh", "m5", "walmart", "bakery"])
def test_every_layout_is_fitted_and_scored(layout: str, tmp_path: Path) -> None:
    longer = {"fresh": {"days": 60}, "m5": {"days": 120}, "walmart": {}, "bakery": {"days": 200}}
    data = getattr(folders, layout)(tmp_path, **longer[layout])
    scored = DEMAND.evaluate(data, None, baselines=layout == "bakery", progress=quiet)
    wanted = {"fresh": "wape_instock", "m5": "vw_rmsse", "walmart": "wmae", "bakery": "wape"}
    assert np.isfinite(scored.metrics[wanted[layout]])
    assert np.isfinite(scored.metrics["pinball"])
    assert all(np.isfinite(one[wanted[layout]]) for one in scored.baselines.values())


def test_a_damaged_model_is_told(model: Path, data: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged"
    shutil.copytree(model, damaged)
    content = bytearray((damaged / "model.onnx").read_bytes())
    content[len(content) // 2] ^= 1
    (damaged / "model.onnx").write_bytes(content)
    with pytest.raises(DataUnusableError, match="not the file that the manifest names"):
        DEMAND.evaluate(data, damaged, baselines=False, progress=quiet)


def test_a_manifest_that_is_none_is_told(model: Path, data: Path, tmp_path: Path) -> None:
    shutil.copytree(model, tmp_path / "odd")
    (tmp_path / "odd" / "manifest.json").write_text("{}")
    with pytest.raises(DataUnusableError, match="fields are wrong"):
        DEMAND.evaluate(data, tmp_path / "odd", baselines=False, progress=quiet)


def test_a_model_of_days_is_not_asked_about_weeks(model: Path, tmp_path: Path) -> None:
    with pytest.raises(DataUnusableError, match="by the week"):
        DEMAND.evaluate(folders.walmart(tmp_path), model, baselines=False, progress=quiet)


def test_a_model_of_another_shape_is_told(data: Path, tmp_path: Path) -> None:
    rows = training_rows(read(data), most=2_000, rng=np.random.default_rng(0))
    wide = np.hstack([rows.features, rows.features[:, :1]])
    odd = fit_trees(replace(rows, features=wide), SMALL, seed=0)
    (tmp_path / "odd.onnx").write_bytes(to_onnx(odd, wide.shape[1]))
    with pytest.raises(DataUnusableError, match="cannot be run"):
        DEMAND.evaluate(data, tmp_path / "odd.onnx", baselines=False, progress=quiet)


def test_leaves_keep_the_digits_that_matter_and_no_more() -> None:
    leaves = np.random.default_rng(3).uniform(0.01, 20.0, (40, 63, 11))
    kept = shortened(leaves)
    assert np.allclose(kept, leaves, rtol=2.0**-10, atol=0)
    assert np.array_equal(shortened(kept), kept)
    share = (kept / len(kept)).astype(np.float32)
    assert not (share.view(np.uint32) & 0x1FFF).any()  # ten digits of the twenty-four
    assert np.array_equal(shortened(np.zeros((2, 1, 1))), np.zeros((2, 1, 1)))
