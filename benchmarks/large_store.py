"""A large store to measure: tens of thousands of items, a year of sales, models of that size.

Everything is made up, by a fixed seed: items of a few hundred categories, shoppers with habits,
baskets that keep company. The models are of the size that real ones have; what they say is not
worth anything.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType

from benchmarks.kiosk_questions import CARDS
from benchmarks.real_store import gtins
from central_sync.trainers.shopper.ease import Blend, ItemModel
from central_sync.trainers.shopper.package import write_model
from edge_agent.adapters.schema import migrate
from edge_agent.core.consent import pseudonym
from endcap.models.shopper.ranking import FEATURE_INPUT, FEATURES, SCORE_OUTPUT
from endcap.plumbing.files import sha256_of
from endcap.plumbing.sqlite_file import connect
from endcap.wire.manifest import FileRef, ModelManifest, Tensor, TrainingData

SEED = 367
YEAR = 365
BASKET = 8
GONE = 33
"""One item in so many is out of stock."""
TREES, LEAVES = 165, 31
NEIGHBOURS = 100
MADE = datetime(2026, 3, 2, tzinfo=UTC)
WORDS = ("fresh", "organic", "mild", "dark", "light", "classic", "family", "mini", "whole", "fine")
THINGS = ("milk", "bread", "rice", "tea", "coffee", "soap", "pasta", "cheese", "juice", "beans")


@dataclass(frozen=True, slots=True)
class Size:
    """How large a store is: items, and lines of sales in a year."""

    items: int
    lines: int


def fill(database: Path, size: Size, until: datetime, key: bytes) -> list[str]:
    """Write a store's catalogue, sales, stock and gaps; return its items' GTINs."""
    rng = np.random.default_rng(SEED)
    codes = gtins(size.items)
    sold = [f"{int(code):014}" for code in codes]
    db = connect(database)
    migrate(db)
    db.execute("PRAGMA synchronous=OFF").close()
    db.execute("BEGIN")
    db.executemany(
        "INSERT INTO items (gtin, name, brand, department, category, size, price, diets) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [(gtin, *_described(number)) for number, gtin in enumerate(sold)],
    )
    _sell(db, sold, size.lines, until, rng, key)
    day = until.date()
    db.executemany(
        "INSERT INTO promotions VALUES (?, ?, ?, 0.2)",
        [(one, day.isoformat(), (day + timedelta(days=3)).isoformat()) for one in sold[::60]],
    )
    db.executemany(
        "INSERT INTO stock VALUES (?, ?, ?)",
        [(one, 0 if n % GONE == 1 else 9, until.isoformat()) for n, one in enumerate(sold)],
    )
    db.execute("COMMIT")
    db.close()
    return sold


def write_models(folder: Path, items: list[str]) -> None:
    """Write an item model and a ranker as large as real ones into a folder of reference models."""
    rng = np.random.default_rng(SEED)
    size = len(items)
    near = (np.arange(size)[:, None] + rng.integers(1, 3000, (size, NEIGHBOURS))) % size
    model = ItemModel(
        np.array([int(one) for one in items], dtype=np.int64),
        np.arange(size, 0, -1),
        near,
        rng.gamma(0.5, 0.02, (size, NEIGHBOURS)).astype(np.float16),
        Blend(),
    )
    trained = TrainingData(name="made up", licence="CC0-1.0")
    write_model(folder / "shopper", model, trained_on=trained, newest=MADE, seed=SEED)
    if not (folder / "shopper_ranker" / "model.onnx").exists():
        _write_ranker(folder / "shopper_ranker", rng)


def _described(number: int) -> tuple[str, str, str, str, str, float, str]:
    thing, word = THINGS[number % len(THINGS)], WORDS[number // len(THINGS) % len(WORDS)]
    diets = "vegan" if number % 3 == 0 else ""
    name = f"{word} {thing} no {number}"
    kind = f"{thing} {number % 400}"
    price = 0.5 + number % 97 / 10
    return name, f"brand {number % 250}", thing, kind, f"{number % 9 + 1} kg", price, diets


def _sell(
    db: object, sold: list[str], lines: int, until: datetime, rng: np.random.Generator, key: bytes
) -> None:
    """Write a year of baskets: popular items sell most, and neighbours sell together."""
    size, visits = len(sold), lines // BASKET
    first = (size * rng.power(0.35, visits)).astype(int)
    rest = (first[:, None] + rng.integers(0, 40, (visits, BASKET // 2))) % size
    other = (size * rng.power(0.35, (visits, BASKET - BASKET // 2))).astype(int)
    baskets = np.concatenate((rest, other), axis=1)
    ages = np.sort(rng.uniform(0.01, YEAR, visits))[::-1]
    names = [pseudonym(f"card-{n}", key) for n in range(CARDS)]
    who = rng.integers(-CARDS, CARDS, visits)
    insert = "INSERT INTO sale_lines VALUES (?, ?, ?, 1, 2.5, ?, ?, ?, 0)"
    for visit, (age, person) in enumerate(zip(ages.tolist(), who.tolist(), strict=True)):
        at = until - timedelta(days=age)
        shopper = names[person] if person >= 0 else None
        moment, day = at.isoformat(timespec="seconds"), at.date().isoformat()
        db.executemany(  # type: ignore[attr-defined]
            insert,
            [
                (f"t{visit:08}", line, sold[item], moment, day, shopper)
                for line, item in enumerate(baskets[visit].tolist())
            ],
        )


def _write_ranker(folder: Path, rng: np.random.Generator) -> None:
    """Write a ranker of as many trees as a real one has, fitted to noise."""
    width = len(FEATURES)
    rows = rng.normal(size=(4000, width))
    said = rows[:, 0] + rows[:, 5] * rows[:, 9] + rng.normal(size=4000)
    fitted = lightgbm.LGBMRegressor(
        n_estimators=TREES, num_leaves=LEAVES, random_state=SEED, verbose=-1, n_jobs=1
    ).fit(rows, said)
    kinds = [(FEATURE_INPUT, FloatTensorType([None, width]))]
    graph = convert_lightgbm(fitted, initial_types=kinds, target_opset=15)
    content = flat(graph).SerializeToString()
    golden = b'{"cases": []}'
    folder.mkdir(parents=True, exist_ok=True)
    manifest = ModelManifest(
        kind="shopper_ranker",
        version="1.0.0",
        model=_ref(folder, "model.onnx", content),
        golden=_ref(folder, "golden.json", golden),
        inputs=(_tensor(FEATURE_INPUT, ("n", width)),),
        outputs=(_tensor(SCORE_OUTPUT, ("n",)),),
        licence="CC0-1.0",
        minimum_agent="0.1.0",
        created=MADE,
    )
    (folder / "manifest.json").write_text(manifest.model_dump_json())


def flat(graph: Any) -> Any:  # noqa: ANN401 - a protobuf
    """Return a converted model whose output is [n] and called what a ranker's is."""
    from onnx import TensorProto, helper, numpy_helper  # noqa: PLC0415 - heavy, and rarely needed

    inner = graph.graph
    was = inner.output[0].name
    inner.initializer.append(numpy_helper.from_array(np.array([-1], dtype=np.int64), "flat"))
    inner.node.append(helper.make_node("Reshape", [was, "flat"], [SCORE_OUTPUT]))
    del inner.output[:]
    inner.output.append(helper.make_tensor_value_info(SCORE_OUTPUT, TensorProto.FLOAT, ["n"]))
    return graph


def _tensor(name: str, shape: tuple[int | str, ...]) -> Tensor:
    return Tensor(name=name, dtype="float32", shape=shape, unit="1", description="made up")


def _ref(folder: Path, name: str, content: bytes) -> FileRef:
    (folder / name).write_bytes(content)
    return FileRef(file=name, sha256=sha256_of(content), length=len(content))


def set_key(database: Path, key: bytes) -> None:
    """Make a store know the cards that its sales were made up with."""
    db = connect(database)
    db.execute("INSERT INTO meta VALUES ('shopper_key', ?)", (key.hex(),))
    db.close()
