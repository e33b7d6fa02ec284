"""A day before a camera: what is drawn is what the truth says, and it can be played again."""

from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from central_sync.trainers.gaps.layout import read_directory, read_picture
from central_sync.trainers.gaps.series.plan import TROUBLES, Plan, draw_plan
from central_sync.trainers.gaps.series.playing import Shot, play
from central_sync.trainers.gaps.series.scenes import (
    Scene,
    donors,
    photographed_scene,
    rendered_scene,
)
from endcap.models.gaps.boxes import Box
from endcap.models.gaps.crops import Picture, cut
from endcap.models.gaps.shelves import Style
from tests.central_sync.trainers.gaps.shelves import write_shelves

STYLE = Style(width=320, height=240, rows=3, facings=8)
MINUTE = timedelta(minutes=1)


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.fixture(scope="module")
def scene() -> Scene:
    return rendered_scene(4, STYLE)


@pytest.fixture(scope="module")
def plan(scene: Scene) -> Plan:
    return draw_plan(sorted(scene.facings), rng())


@pytest.fixture(scope="module")
def shots(scene: Scene, plan: Plan) -> list[Shot]:
    return list(play(scene, plan, 8 * MINUTE, seed=1))


def crop(picture: Picture, box: Box) -> np.ndarray:
    return np.asarray(cut(picture, [box])[0], dtype=np.float64)


def brightness(shot: Shot) -> float:
    decoded = cv2.imdecode(np.frombuffer(shot.jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    return float(np.mean(np.asarray(decoded)))


def test_no_gap_begins_where_it_could_not_be_seen(plan: Plan) -> None:
    assert sorted(one.trouble for one in plan.bad) == sorted(TROUBLES)
    assert len({gap.facing for gap in plan.gaps}) == len(plan.gaps) > 3
    for gap in plan.gaps:
        first = [gap.span.begins + n * MINUTE for n in range(10)]
        assert all(plan.trouble(at) is None for at in first)
        assert gap.facing in plan.empty(gap.span.begins)
        assert gap.facing not in plan.empty(gap.span.ends)


def test_every_picture_comes_with_what_is_true_then(plan: Plan, shots: list[Shot]) -> None:
    assert len(shots) == 90
    assert all(shot.empty == plan.empty(shot.at) for shot in shots)
    assert {shot.trouble for shot in shots} == {None, *TROUBLES}
    assert any(shot.hidden for shot in shots)


def test_a_day_can_be_played_again(scene: Scene, plan: Plan, shots: list[Shot]) -> None:
    again = [shot for _, shot in zip(range(5), play(scene, plan, 8 * MINUTE, 1), strict=False)]
    assert again == shots[:5]


def test_troubles_look_like_what_they_are(shots: list[Shot]) -> None:
    sound = {t: [s for s in shots if s.trouble == t and not s.damaged] for t in TROUBLES}
    assert len({shot.jpeg for shot in sound["frozen"][1:]}) == 1
    dark = [brightness(shot) for shot in sound["dark"]]
    assert max(dark) < 15


def test_an_empty_facing_looks_empty_and_the_others_do_not_change(scene: Scene) -> None:
    name, *rest = sorted(scene.facings)
    full, empty = scene.draw(frozenset()), scene.draw(frozenset({name}))
    changed = np.abs(crop(full, scene.facings[name]) - crop(empty, scene.facings[name])).mean()
    far = max(rest, key=lambda other: abs(scene.facings[other].y0 - scene.facings[name].y0))
    same = np.abs(crop(full, scene.facings[far]) - crop(empty, scene.facings[far])).mean()
    assert changed > 5 * max(same, 1.0)


def test_a_photograph_is_given_real_gaps(tmp_path: Path) -> None:
    pictures = read_directory(write_shelves(tmp_path, pictures=6))
    given = donors(pictures, rng())
    scene = photographed_scene(pictures[0], given, rng())
    assert given
    assert {f"gap-{n + 1:02d}" for n in range(len(scene.standing))} == scene.standing
    names = sorted(scene.facings.keys() - scene.standing)
    photograph = read_picture(pictures[0].path)
    assert np.array_equal(scene.draw(scene.standing), photograph)
    changed = scene.draw(frozenset(names[:1]))
    box = scene.facings[names[0]]
    assert np.abs(crop(changed, box) - crop(photograph, box)).mean() > 5
    rows = np.abs(changed.astype(float) - photograph).max(axis=(1, 2)) > 0
    middle = box.centre[1] * len(rows)
    assert abs(np.flatnonzero(rows).mean() - middle) < 0.6 * box.height * len(rows)
