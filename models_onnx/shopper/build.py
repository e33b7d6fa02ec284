"""Builds the reference recommender from simulated baskets: `python models_onnx/shopper/build.py`.

Writes model.onnx, golden.json and manifest.json beside this file, through the same layout, fit and
evaluation that a fleet's own counts go through. Needs no data but the sample catalogue.
"""

import csv
import json
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from central_sync.trainers.shopper import SHOPPER  # noqa: E402 - found through the line above
from endcap.models.shopper.sums import (  # noqa: E402 - likewise
    STEPS,
    Telling,
    categories_of,
    count_persons,
    tell,
)
from endcap.plumbing.files import write_atomically  # noqa: E402 - likewise
from endcap.wire.identifiers import normalise_gtin  # noqa: E402 - likewise
from endcap.wire.manifest import Metric, TrainingData  # noqa: E402 - likewise
from models_onnx.shopper.missions import simulated_baskets  # noqa: E402 - likewise

SEED = 20
STORE = "sample-store"
FIRST_PERIOD = date(2025, 1, 6)
PERIODS, BASKETS_A_PERIOD, MINIMUM_GROUP = 4, 40_000, 5
RHO = 0.038  # a period of four weeks out of a year's epsilon of 8
COMMAND = "python models_onnx/shopper/build.py"


def sample_names() -> dict[str, str]:
    """Return the names of the sample catalogue by 14-digit GTIN."""
    with (HERE.parents[1] / "device_configs" / "sample_catalogue.csv").open(newline="") as file:
        return {normalise_gtin(row["gtin"]): row["name"] for row in csv.DictReader(file)}


def sample_categories() -> dict[str, str]:
    """Return the departments of the sample catalogue by GTIN: it has no finer categories."""
    with (HERE.parents[1] / "device_configs" / "sample_catalogue.csv").open(newline="") as file:
        return {normalise_gtin(row["gtin"]): row["department"] for row in csv.DictReader(file)}


def write_counts(folder: Path) -> None:
    """Write simulated baskets as what a store would tell of them: noisy sums by period."""
    rng = np.random.default_rng(SEED)
    catalogue = sample_categories()
    categories, terms = categories_of(catalogue), Telling(MINIMUM_GROUP, RHO, 1e-8)
    items, pairs, kinds, totals = [], [], [], []
    for number in range(PERIODS):
        at = (STORE, FIRST_PERIOD + timedelta(weeks=4 * number))
        baskets = simulated_baskets(sample_names(), BASKETS_A_PERIOD, rng)
        counted = count_persons([[one] for one in baskets], categories, terms.clip)
        sums = tell(counted, categories, terms, rng.random)
        names = sums.categories
        items += [(*at, gtin, n / STEPS) for gtin, n in sums.items.items()]
        pairs += [(*at, *both, n / STEPS) for both, n in sums.pairs.items()]
        kinds += [(*at, names[a], names[b], n / STEPS) for a, b, n in sums.kinds]
        totals.append((*at, sums.persons / STEPS, terms.noise))
    period = ("store", "period")
    for name, rows, columns in (
        ("items", items, (*period, "gtin", "baskets")),
        ("pairs", pairs, (*period, "gtin_a", "gtin_b", "baskets")),
        ("kinds", kinds, (*period, "category_a", "category_b", "baskets")),
        ("totals", totals, (*period, "baskets", "noise")),
        ("categories", list(catalogue.items()), ("gtin", "category")),
        ("sold", [(gtin, n) for *_, gtin, n in items], ("gtin", "units")),
    ):
        table = pa.table(dict(zip(columns, zip(*rows, strict=True), strict=True)))
        pq.write_table(table, folder / f"{name}.parquet")
    settings = {"layout": "basket_counts", "holdout_periods": 1}
    (folder / "dataset.json").write_text(json.dumps(settings))


def main() -> None:
    """Simulate, fit, score, and say in the manifest what came out."""
    with tempfile.TemporaryDirectory() as temporary:
        data = Path(temporary) / "simulated_missions"
        data.mkdir()
        write_counts(data)
        manifest = SHOPPER.fit(data, HERE, seed=SEED, progress=print)
        scored = SHOPPER.evaluate(data, HERE, baselines=True, progress=print)
    what = "simulated missions, held-out period"
    metrics = {
        "hr_at_10_partner": scored.metrics["hr_at_10"],
        "hr_at_10_partner_popularity": scored.baselines["popularity"]["hr_at_10"],
    }
    told = manifest.model_copy(
        update={
            "metrics": tuple(
                Metric(name=name, value=round(value, 4), data=what, command=COMMAND)
                for name, value in metrics.items()
            ),
            "training_data": (
                TrainingData(
                    name="simulated shopping missions over the sample catalogue",
                    licence="Apache-2.0",
                    use="made up; nobody's purchases",
                ),
            ),
        }
    )
    content = told.model_dump_json(indent=2).encode() + b"\n"
    write_atomically(HERE / "manifest.json", content)
    for name, value in metrics.items():
        print(f"{name} {value:.4f}")


if __name__ == "__main__":
    main()
