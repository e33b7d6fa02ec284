"""The script that renders training pictures writes a directory as documented, and its licence."""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np

from central_sync.trainers.gaps.layout import read_directory
from central_sync.trainers.gaps.package import about_data

ROOT = Path(__file__).parents[2]


def render(out: Path, *more: str) -> None:
    command = (sys.executable, "-m", "models_onnx.gaps.render", "--out", str(out), *more)
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)


def test_rendered_pictures_are_a_training_directory(tmp_path: Path) -> None:
    products = tmp_path / "products"
    products.mkdir()
    cv2.imwrite(str(products / "one.jpg"), np.full((64, 64, 3), 200, np.uint8))
    out = tmp_path / "out"
    render(out, "--pictures", "4", "--products", str(products))
    pictures = read_directory(out)
    assert len(pictures) == 4
    assert sum(len(one.full or ()) for one in pictures) > 20
    assert any(one.known for one in pictures), "some have references"
    assert about_data(out).licence == "MIT"
    assert "GroceryStoreDataset" in about_data(out).name


def test_the_same_seed_renders_the_same_pictures_in_any_order(tmp_path: Path) -> None:
    for name, first in (("a", "0"), ("b", "1")):
        render(tmp_path / name, "--pictures", "2" if first == "0" else "1", "--first", first)
    ones, others = (tmp_path / name / "images" / "shelf_00001.jpg" for name in "ab")
    assert ones.read_bytes() == others.read_bytes()
    assert (
        "GroceryStoreDataset"
        not in json.loads((tmp_path / "a" / "dataset.json").read_text())["name"]
    )
