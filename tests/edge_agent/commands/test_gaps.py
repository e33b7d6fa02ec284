"""`edge-agent gaps` looks at what it is given once: pictures, folders, videos, with an overlay."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result

from edge_agent.commands.gaps import gaps
from endcap.models.gaps.optics import Moment
from endcap.models.gaps.rendering import render_shelf
from endcap.models.gaps.shelves import Style, build_shelf

SHELF = build_shelf(11, Style(640, 480, 3, 9, 0.02))
EMPTY = [facing.name for facing in SHELF.facings][2::6]
PICTURE = render_shelf(SHELF, dict.fromkeys(EMPTY, "empty"), Moment()).picture
BGR = cv2.cvtColor(PICTURE, cv2.COLOR_RGB2BGR)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "aisle.png"
    cv2.imwrite(str(path), BGR)
    return path


@pytest.fixture
def planogram(tmp_path: Path) -> Path:
    path = tmp_path / "planogram.csv"
    lines = ["camera,facing,gtin,x,y,w,h"]
    for name, box in SHELF.facing_boxes().items():
        x, y = max(box.x0, 0), max(box.y0, 0)
        w, h = min(box.x1, 1) - x, min(box.y1, 1) - y
        lines.append(f"aisle-1,{name},,{x:.5f},{y:.5f},{w:.5f},{h:.5f}")
    path.write_text("\n".join([*lines, "aisle-2,b1,,0.1,0.1,0.2,0.2"]))
    return path


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "shelf.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (640, 480))
    for _ in range(25):
        writer.write(BGR)
    writer.release()
    return path


def look(*arguments: object) -> Result:
    return CliRunner().invoke(gaps, [str(one) for one in arguments])


def lines(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_the_facings_of_a_planogram_are_judged_on_a_picture(picture: Path, planogram: Path) -> None:
    told = look(picture, "--planogram", planogram, "--camera", "aisle-1", "--json")
    assert told.exit_code == 0, told.output
    (report,) = lines(told)
    assert report["picture"] == "aisle.png"
    states = {one["facing"]: one["state"] for one in report["facings"]}
    assert len(states) > 20
    assert set(states.values()) <= {"full", "low", "empty", "occluded"}
    assert all(
        sum(one["chances"].values()) == pytest.approx(1, abs=1e-3) for one in report["facings"]
    )
    for_people = look(picture, "--planogram", planogram, "--camera", "aisle-1")
    empty = sum(state == "empty" for state in states.values())
    assert for_people.stdout.startswith(f"aisle.png: {empty} of {len(states)} facings empty")


def test_without_a_planogram_gaps_are_looked_for_anywhere(picture: Path) -> None:
    (report,) = lines(look(picture, "--json"))
    assert "facings" not in report
    for gap in report["gaps"]:
        x0, y0, x1, y1 = gap["box"]
        assert 0 <= x0 < x1 <= 1
        assert 0 <= y0 < y1 <= 1
    assert look(picture).stdout.startswith(f"aisle.png: {len(report['gaps'])} gaps")


def test_bad_pictures_of_a_folder_are_listed_and_passed_over(picture: Path) -> None:
    (picture.parent / "0-bad.jpg").write_bytes(b"<html>")
    (picture.parent / "1-bad.png").mkdir()
    (picture.parent / "note.txt").write_text("no picture")
    told = look(picture.parent)
    assert told.exit_code == 1
    assert told.stderr.splitlines() == [
        "0-bad.jpg: neither JPEG nor PNG",
        "1-bad.png: Is a directory",
    ]
    assert told.stdout.startswith("aisle.png: ")
    as_json = lines(look(picture.parent, "--json"))
    assert [one.get("problem") for one in as_json] == [
        "neither JPEG nor PNG",
        "Is a directory",
        None,
    ]


def test_a_video_is_looked_at_now_and_then(video: Path) -> None:
    reports = lines(look(video, "--every", "1", "--json"))
    assert [one["at_s"] for one in reports] == [0, 1, 2]


def test_what_is_seen_is_drawn(picture: Path, planogram: Path, tmp_path: Path) -> None:
    arguments = ["--planogram", planogram, "--camera", "aisle-1", "--overlay"]
    assert look(picture, *arguments, tmp_path / "one.png").exit_code == 0
    drawn = cv2.imread(str(tmp_path / "one.png"))
    assert drawn is not None
    assert drawn.shape == BGR.shape
    assert 0.005 < (drawn != BGR).any(axis=2).mean() < 0.5
    folder = tmp_path / "pictures"
    folder.mkdir()
    picture.rename(folder / "aisle.png")
    assert look(folder, *arguments, tmp_path / "drawn").exit_code == 0
    again = cv2.imread(str(tmp_path / "drawn" / "aisle.png"))
    assert again is not None
    assert np.array_equal(again, drawn)


def test_an_overlay_of_a_video_is_a_video(video: Path, tmp_path: Path) -> None:
    out = tmp_path / "drawn.mp4"
    assert look(video, "--every", "0.5", "--overlay", out).exit_code == 0
    capture = cv2.VideoCapture(str(out))
    seen = 0
    while capture.grab():
        seen += 1
    capture.release()
    assert seen == 5


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["{folder}/absent.jpg"], "no picture, folder or video"),
        (["{folder}/empty"], "no .jpg or .png picture there"),
        (["{folder}/broken.mp4"], "cannot be opened"),
        (["{picture}", "--overlay", "{picture}"], "this is what is looked at"),
        (["{picture}", "--overlay", "{folder}"], "this is what is looked at"),
        (["{video}", "--overlay", "{folder}/drawn.jpg"], "a video is written as"),
        (["{folder}", "--overlay", "{picture}"], "no folder"),
        (["{picture}", "--planogram", "{planogram}"], "say --camera, one of aisle-1, aisle-2"),
        (["{picture}", "--planogram", "{planogram}", "--camera", "x"], "no facing of x; it has"),
        (["{picture}", "--planogram", "{folder}/wrong.csv"], "line 2"),
        (["{picture}", "--models", "{folder}"], "no model for 'gap_detector'"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(
    arguments: list[str], said: str, picture: Path, video: Path, planogram: Path
) -> None:
    folder = picture.parent
    (folder / "empty").mkdir()
    (folder / "broken.mp4").write_bytes(b"\0" * 4000)
    (folder / "wrong.csv").write_text("camera,facing,x,y,w,h\na,b,5,5,5,5\n")
    places = {"folder": folder, "picture": picture, "video": video, "planogram": planogram}
    told = look(*(one.format(**places) for one in arguments))
    assert told.exit_code == 2, told.output
    assert said in told.stderr
    assert told.stderr.count("\n") == 1


def test_an_interrupted_look_ends_without_a_traceback(
    picture: Path, request: pytest.FixtureRequest
) -> None:
    many = picture.parent / "many"
    many.mkdir()
    for number in range(2000):
        (many / f"{number:04d}.png").symlink_to(picture)
    asked = [sys.executable, "-m", "edge_agent", "gaps", str(many)]
    # Whoever runs the tests in the background lets them, and their children, ignore the signal.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, before))
    with subprocess.Popen(asked, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as one:
        assert one.stdout is not None
        assert one.stdout.readline().startswith("0000.png")
        one.send_signal(signal.SIGINT)
        _, problems = one.communicate(timeout=300)
    assert one.returncode == 130
    assert problems.strip() == "interrupted"
