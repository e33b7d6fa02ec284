"""A rendered shelf is the same every time, keeps its products, and its truth is what is drawn."""

import dataclasses

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from endcap.models.gaps.boxes import as_array, overlap
from endcap.models.gaps.crops import Picture, cut, large_enough
from endcap.models.gaps.lens import project, view
from endcap.models.gaps.optics import Moment
from endcap.models.gaps.rendering import Rendered, Stock, render_shelf
from endcap.models.gaps.shelves import Shelf, Style, build_shelf

STYLE = Style(width=480, height=360, rows=3, facings=9, tilt=0.03)
PLAIN = Moment(noise=0.0, blur=0.0, quality=95)


def shelf(seed: int = 4) -> Shelf:
    return build_shelf(seed, STYLE)


def emptied(one: Shelf, *names: str) -> Rendered:
    stock: dict[str, Stock] = dict.fromkeys(names, "empty")
    return render_shelf(one, stock, PLAIN)


def test_the_same_seed_draws_the_same_picture() -> None:
    ones, others = (
        render_shelf(shelf(), {"r1-f2": "empty"}, Moment(seed=3, people=1)) for _ in "ab"
    )
    assert (ones.picture == others.picture).all()
    assert ones.truth == others.truth
    assert (build_shelf(5, STYLE).packs[0].front.shape) != ()
    assert not np.array_equal(ones.picture, render_shelf(shelf(5), {}, PLAIN).picture)


def test_an_emptied_facing_changes_the_picture_there_and_hardly_elsewhere() -> None:
    one = shelf()
    name = one.facings[3].name
    full, empty = emptied(one), emptied(one, name)
    box = one.facing_boxes()[name].widened(1.4, 1.4)
    high, wide = full.picture.shape[:2]
    changed = np.abs(full.picture.astype(int) - empty.picture).mean(axis=2)
    inside = changed[
        int(box.y0 * high) : int(box.y1 * high), int(box.x0 * wide) : int(box.x1 * wide)
    ]
    assert inside.mean() > 10
    assert changed.sum() - inside.sum() < 0.25 * changed.sum()


def test_the_truth_names_every_facing_with_its_state() -> None:
    one = shelf()
    names = [facing.name for facing in one.facings]
    drawn = render_shelf(one, {names[0]: "empty", names[4]: "low"}, PLAIN)
    states = {truth.name: truth.state for truth in drawn.truth}
    assert list(states) == names
    assert states[names[0]] == "empty"
    assert states[names[4]] == "low"
    assert states[names[5]] == "full"
    assert one.facing_boxes() == {truth.name: truth.box for truth in drawn.truth}


def test_empty_neighbours_are_one_void() -> None:
    one = shelf()
    names = [facing.name for facing in one.facings if facing.row == 1]
    drawn = emptied(one, names[1], names[2], names[4])
    assert len(drawn.voids) == 2
    boxes = as_array([one.facing_boxes()[name] for name in names[1:3]])
    assert (overlap(as_array(drawn.voids), boxes).max(axis=0) > 0.2).all()


def test_people_hide_facings() -> None:
    states = {
        truth.state
        for seed in range(6)
        for truth in render_shelf(shelf(), {}, Moment(seed=seed, people=3)).truth
    }
    assert "occluded" in states


def test_a_facing_is_hidden_when_a_third_of_it_is() -> None:
    clear = render_shelf(shelf(), {}, PLAIN)
    for seed in range(6):
        drawn = render_shelf(shelf(), {}, dataclasses.replace(PLAIN, seed=seed, people=2))
        high, wide = drawn.picture.shape[:2]
        other = np.abs(drawn.picture.astype(int) - clear.picture).max(axis=2) > 60
        for truth in drawn.truth:
            box = truth.box
            part = other[
                int(box.y0 * high) : int(box.y1 * high), int(box.x0 * wide) : int(box.x1 * wide)
            ]
            if part.mean() > 0.5:
                assert truth.state == "occluded"
            elif part.mean() == 0 and part.size > 50:
                assert truth.state == "full"


def test_an_empty_facing_shows_none_of_its_own_packs() -> None:
    red = np.zeros((80, 60, 3), np.uint8)
    red[:, :, 0] = 255
    style = dataclasses.replace(STYLE, tilt=0.0, pegs=0.5)
    one = build_shelf(3, style, [red])
    full = render_shelf(one, {}, PLAIN).picture
    gone = emptied(one, *(facing.name for facing in one.facings)).picture
    assert _reddish(full).sum() > 500
    assert _reddish(gone).sum() < 0.01 * _reddish(full).sum()


def _reddish(picture: Picture) -> NDArray[np.bool_]:
    low, high = picture[:, :, 1].astype(int) + 60, picture[:, :, 0]
    return np.asarray((high > low) & (picture[:, :, 2] < 30))


def test_a_gap_that_neighbours_hide_from_the_camera_is_no_void() -> None:
    for seed in range(8):
        one = build_shelf(seed, dataclasses.replace(STYLE, facings=16))
        names = [facing.name for facing in one.facings[::3]]
        drawn = emptied(one, *names)
        assert 0 < len(drawn.voids) <= len(names)


@pytest.mark.parametrize("barrel", [0.0, 0.05, 0.2])
def test_points_come_to_where_the_lens_shows_them(barrel: float) -> None:
    size = np.array([320.0, 240.0])
    pose = np.array([[1.02, 0.01, -3.0], [0.02, 0.99, 2.0], [1e-5, 2e-5, 1.0]])
    for x, y in ((40, 60), (160, 120), (270, 200)):
        flat = np.zeros((240, 320, 3), np.uint8)
        cv2.circle(flat, (x, y), 4, (255, 255, 255), -1)
        seen = view(flat, pose, barrel)[:, :, 0].astype(float)
        rows, columns = np.mgrid[:240, :320]
        found = np.array([(columns * seen).sum(), (rows * seen).sum()]) / seen.sum()
        wanted = project(np.array([[x, y]], float), pose, barrel, size)[0]
        assert np.abs(found - wanted).max() < 1.0


def test_every_fitting_can_be_drawn() -> None:
    style = dataclasses.replace(
        STYLE, barrel=0.1, pegs=0.5, cartons=1.0, glass=1.0, topless=1.0, stretch=1.3
    )
    for seed in range(3):
        one = build_shelf(seed, style)
        assert one.glass
        assert one.rows[0].topless
        assert any(facing.tray for facing in one.facings if not one.rows[facing.row].pegs)
        busy = Moment(seed=seed, people=3, motion=0.5, sharpening=0.5, contrast=0.2)
        stock: dict[str, Stock] = {facing.name: "low" for facing in one.facings[::2]}
        assert render_shelf(one, stock, busy).picture.std() > 10


def test_light_changes_the_picture_and_not_the_truth() -> None:
    one = shelf()
    dark = render_shelf(one, {}, dataclasses.replace(PLAIN, light=0.2))
    bright = render_shelf(one, {}, dataclasses.replace(PLAIN, light=1.2, glare=0.8, warmth=1))
    assert dark.picture.mean() < 0.5 * bright.picture.mean()
    assert dark.truth == bright.truth


def test_photographs_are_worn_as_labels() -> None:
    red = np.zeros((80, 60, 3), np.uint8)
    red[:, :, 0] = 255
    fronts = [pack.front for pack in build_shelf(1, STYLE, [red]).packs]
    reds = [(front[:, :, 0] > 60) & (front[:, :, 1] < 10) for front in fronts]
    assert any(one.mean() > 0.4 for one in reds)


@pytest.mark.parametrize("seed", range(12))
def test_any_shelf_can_be_drawn_and_its_facings_cut(seed: int) -> None:
    rng = np.random.default_rng(seed)
    style = Style(
        320, 240, int(rng.integers(1, 7)), int(rng.integers(3, 24)), float(rng.random() / 9)
    )
    one = build_shelf(seed, style)
    drawn = render_shelf(one, {f.name: "empty" for f in one.facings[::3]}, Moment(seed=seed))
    boxes = [truth.box for truth in drawn.truth if large_enough(truth.box, 320, 240)]
    assert drawn.picture.shape == (240, 320, 3)
    assert len(cut(drawn.picture, boxes)) == len(boxes) > 0
