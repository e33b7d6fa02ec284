"""Builds the ranker that ships: `python models_onnx/shopper_ranker/build.py`.

It learned nothing: it leaves the item model's order as it is (`PLAIN`). Writes model.onnx,
golden.json and manifest.json beside this file, and scores it on made-up households through the
layout and evaluation that a retailer's own baskets go through. It needs no data.
"""

import json
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from central_sync.trainers.shopper import SHOPPER_RANKER  # noqa: E402 - found through the line above
from central_sync.trainers.shopper.curves import Curves  # noqa: E402 - likewise
from central_sync.trainers.shopper.ranker_package import write_ranker  # noqa: E402 - likewise
from endcap.models.shopper.basis import COLUMNS  # noqa: E402 - likewise
from endcap.models.shopper.ranking import FEATURES  # noqa: E402 - likewise
from endcap.plumbing.files import write_atomically  # noqa: E402 - likewise
from endcap.wire.manifest import Metric, ModelManifest, TrainingData  # noqa: E402 - likewise
from models_onnx.shopper_ranker.households import (  # noqa: E402 - likewise
    CATEGORIES,
    DAYS,
    DEPARTMENTS,
    Shop,
    made_up_shop,
    visits,
)

SEED, HOUSEHOLDS = 21, 900
BEGIN = datetime(2025, 1, 6)  # noqa: DTZ001 - the shop's own clock
CREATED = datetime(2026, 11, 24, tzinfo=UTC)
COMMAND = "python models_onnx/shopper_ranker/build.py"
PLAIN = {"score_rank": 1.0, "times": 0.002, "month": 0.001}
"""How much each curve counts: the item model's order, and where it says nothing, first what the
shopper bought more often, then what sells more. The two are too light to change that order among
the first."""


def write_baskets(folder: Path, households: int, seed: int) -> None:
    """Write simulated baskets in the layout `baskets`; the last three weeks are to be scored on."""
    rng = np.random.default_rng(seed)
    shop = made_up_shop(rng)
    made = sorted(visits(shop, households, rng), key=lambda one: one.day)
    sizes = [len(one.items) for one in made]
    days = np.array([one.day for one in made])
    moments = [BEGIN + timedelta(days=float(day)) for day in days]
    table = {
        "household_id": np.repeat([one.household for one in made], sizes),
        "basket_id": np.repeat(np.arange(len(made)), sizes),
        "item_id": np.concatenate([one.items for one in made]) + 1,
        "quantity": np.ones(sum(sizes), dtype=np.int64),
        "value": np.concatenate([one.price for one in made]),
        "week": np.repeat((days // 7).astype(np.int64) + 1, sizes),
        "at": pa.array(np.repeat(np.array(moments, dtype="datetime64[us]"), sizes)),
    }
    pq.write_table(pa.table(table), folder / "baskets.parquet")
    _write_items(folder, shop)
    weeks = DAYS // 7
    settings = {"layout": "baskets", "fit_weeks": [1, weeks - 3], "min_item_baskets": 10}
    settings |= {"test_weeks": [weeks - 2, weeks], "seed": seed}
    (folder / "dataset.json").write_text(json.dumps(settings))


def _write_items(folder: Path, shop: Shop) -> None:
    """Write what the shop says of its items."""
    category = shop.category
    names = np.array([f"category {n}" for n in range(CATEGORIES)])
    departments = np.array([f"department {n % DEPARTMENTS}" for n in range(CATEGORIES)])
    table = {
        "item_id": np.arange(len(category)) + 1,
        "category": names[category],
        "department": departments[category],
        "brand": [f"brand {n}" for n in shop.brand],
    }
    pq.write_table(pa.table(table), folder / "items.parquet")


def write_plain(out: Path) -> ModelManifest:
    """Write the ranker of `PLAIN` into `out`."""
    rng = np.random.default_rng(SEED)
    return write_ranker(
        out,
        Curves(np.array([PLAIN.get(name, 0.0) for name in COLUMNS])),
        rng.exponential(2.0, (64, len(FEATURES))).astype(np.float32),
        trained_on=TrainingData(
            name="nothing: three weights by rule",
            licence="Apache-2.0",
            use="made-up households measure it, and teach it nothing",
        ),
        newest=CREATED,
        parameters={},
    )


def main() -> None:
    """Write it, score it, and say in the manifest what came out."""
    manifest = write_plain(HERE)
    with tempfile.TemporaryDirectory() as temporary:
        data = Path(temporary) / "made_up_households"
        data.mkdir()
        write_baskets(data, HOUSEHOLDS, SEED)
        scored = SHOPPER_RANKER.evaluate(data, HERE, baselines=True, progress=print)
    found = {
        "hr_at_10": scored.metrics["hr_at_10"],
        "hr_at_10_unranked": scored.baselines["unranked"]["hr_at_10"],
    }
    measured = tuple(
        Metric(
            name=name,
            value=round(value, 4),
            data="made-up households, last weeks",
            command=COMMAND,
        )
        for name, value in found.items()
    )
    told = manifest.model_copy(update={"metrics": measured})
    write_atomically(HERE / "manifest.json", told.model_dump_json(indent=2).encode() + b"\n")
    for name, value in found.items():
        print(f"{name} {value:.4f}")


if __name__ == "__main__":
    main()
