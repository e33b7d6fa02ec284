import csv
import hashlib
from pathlib import Path

import numpy as np

from endcap.models.golden import disagreements
from endcap.models.shopper.tensors import feed, scored
from endcap.plumbing.onnx_session import open_session
from endcap.wire.identifiers import normalise_gtin
from endcap.wire.manifest import Golden, ModelManifest
from models_onnx.shopper.missions import simulated_baskets

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "models_onnx" / "shopper"
MODEL = (FOLDER / "model.onnx").read_bytes()


def catalogue() -> dict[str, str]:
    with (ROOT / "device_configs" / "sample_catalogue.csv").open(newline="") as file:
        return {normalise_gtin(row["gtin"]): row["name"] for row in csv.DictReader(file)}


def test_the_shipped_model_is_what_its_manifest_says() -> None:
    manifest = ModelManifest.model_validate_json((FOLDER / "manifest.json").read_bytes())
    assert manifest.model.sha256 == hashlib.sha256(MODEL).hexdigest()
    golden = (FOLDER / manifest.golden.file).read_bytes()
    assert manifest.golden.sha256 == hashlib.sha256(golden).hexdigest()
    assert disagreements(Golden.model_validate_json(golden), open_session(MODEL).run) == ()


def test_pasta_asks_for_sauce() -> None:
    names = catalogue()
    gtins = {name: gtin for gtin, name in names.items()}
    answer = scored(open_session(MODEL).run(feed([gtins["Spaghetti"]], {})))
    best = [names[gtin] for gtin in answer][:5]
    assert {"Marinara Sauce", "Grated Parmesan"} <= set(best)


def test_a_store_with_another_catalogue_gets_no_answer() -> None:
    assert scored(open_session(MODEL).run(feed(["04006381333931"], {"00000096385074": 3.0}))) == {}


def test_the_sample_catalogue_is_readable_and_restricted() -> None:
    with (ROOT / "device_configs" / "sample_catalogue.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["gtin", "name", "brand", "department", "size", "price"]
    assert 60 <= len(rows) <= 120
    assert all(row["gtin"].startswith("04") and float(row["price"]) > 0 for row in rows)
    assert len({row["gtin"] for row in rows}) == len(rows)


def test_simulated_baskets_are_the_same_for_the_same_seed() -> None:
    one, other = (simulated_baskets(catalogue(), 50, np.random.default_rng(4)) for _ in range(2))
    assert one == other
    assert set().union(*one) <= set(catalogue())
