"""A directory of pictures is read as documented, and what is wrong is told with its place."""

from pathlib import Path

import numpy as np
import pytest

from central_sync.ports.training import DataUnusableError
from central_sync.trainers.gaps.layout import read_directory, read_picture
from endcap.models.gaps.boxes import Box
from tests.central_sync.trainers.gaps.shelves import write_shelves


def test_boxes_are_read_by_class(tmp_path: Path) -> None:
    data = write_shelves(tmp_path, pictures=1)
    (data / "labels" / "shelf_000.txt").write_text("0 .5 .5 .2 .2\n1 .1 .1 .1 .1\n\n")
    (data / "products" / "shelf_000.txt").write_text("2 .5 .5 .2 .4 .93\n")
    (one,) = read_directory(data)
    assert one.gaps == (Box.around(0.5, 0.5, 0.2, 0.2),)
    assert one.disorganised == (Box.around(0.1, 0.1, 0.1, 0.1),)
    assert one.full == (Box.around(0.5, 0.5, 0.2, 0.4),)
    assert read_picture(one.path).dtype == np.uint8


def test_a_picture_without_labels_has_no_gaps(tmp_path: Path) -> None:
    data = write_shelves(tmp_path, pictures=1)
    (data / "labels" / "shelf_000.txt").unlink()
    assert read_directory(data)[0].gaps == ()


@pytest.mark.parametrize("line", ["0 .5 .5 .2", "x .5 .5 .2 .2", "0 7 .5 .2 .2", "0 .5 .5 0 nan"])
def test_a_line_that_is_no_box_is_told_with_its_number(tmp_path: Path, line: str) -> None:
    data = write_shelves(tmp_path, pictures=1)
    (data / "labels" / "shelf_000.txt").write_text(f"0 .5 .5 .2 .2\n{line}\n")
    with pytest.raises(DataUnusableError, match=r"shelf_000\.txt:2: .* is no box"):
        read_directory(data)


def test_a_missing_folder_and_an_empty_one_are_told(tmp_path: Path) -> None:
    with pytest.raises(DataUnusableError, match="no such folder"):
        read_directory(tmp_path)
    for name in ("images", "labels"):
        (tmp_path / name).mkdir()
    with pytest.raises(DataUnusableError, match=r"no \.jpg or \.png"):
        read_directory(tmp_path)


def test_a_picture_that_cannot_be_decoded_is_told(tmp_path: Path) -> None:
    path = tmp_path / "broken.jpg"
    path.write_bytes(b"\xff\xd8 not a picture")
    with pytest.raises(DataUnusableError, match="cannot be decoded"):
        read_picture(path)


def test_about_a_tenth_of_the_pictures_judges(tmp_path: Path) -> None:
    data = write_shelves(tmp_path, pictures=1)
    picture = (data / "images" / "shelf_000.jpg").read_bytes()
    for number in range(300):
        (data / "images" / f"copy_{number}.jpg").write_bytes(picture)
    held_out = [one.held_out for one in read_directory(data)]
    assert 15 < sum(held_out) < 50
