"""A rendered shelf is the same every time, keeps its products, and its truth is what is drawn."""

import dataclasses

import numpy as np
import pytest

from endcap.models.gaps.boxes import as_array, overlap
from endcap.models.gaps.crops import cut, large_enough
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
