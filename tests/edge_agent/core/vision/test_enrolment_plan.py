"""What a drafted shelf changes, and how it is written into a planogram that others keep too."""

import pytest

from edge_agent.core.feed.shelf import Facing
from edge_agent.core.vision.enrolment_plan import (
    DraftError,
    difference,
    drafted,
    facings_in,
    mark_of,
    remarks,
    tidied,
    written,
)
from endcap.models.gaps.boxes import Box

MILK, BREAD = "04006381333931", "05000112637922"
FILE = """\
# kept by hand; ask Ana before you change aisle-2
Camera;facing;gtin;x;y;w;h;note
aisle-1;f0;4006381333931;0,1;0.1;0.2;0.3;"end; of aisle"
aisle-2;f0;5000112637922;0.1;0.1;0.2;0.3;hers
# below: the fridge
aisle-1;f1;;0.4;0.1;0.2;0.3;
aisle-1;bad;;9;0.1;0.2;0.3;typo
"""


def facing(name: str = "f0", gtin: str | None = MILK, x: float = 0.1, w: float = 0.2) -> Facing:
    return Facing("aisle-1", name, gtin, x, 0.1, w, 0.3)


def test_a_draft_is_rounded_and_kept_inside_the_picture() -> None:
    (one,) = tidied("aisle-1", [Facing("x", "f0", None, 0.9000001, -0.1, 0.3, 0.20004)])
    assert one == Facing("aisle-1", "f0", None, 0.9, 0.0, 0.1, 0.2)


@pytest.mark.parametrize(
    ("drafted", "why"),
    [
        ([], "1 to 500 facings are allowed, not 0"),
        ([facing(f"f{n}") for n in range(501)], "not 501"),
        ([facing(), facing(x=0.5)], "f0: two facings have this name"),
        ([facing("Oat Milk")], "'Oat Milk' is no name of a facing"),
        ([facing(x=1.2)], "f0: it lies outside the picture"),
    ],
)
def test_what_cannot_be_saved_is_said(drafted: list[Facing], why: str) -> None:
    with pytest.raises(DraftError, match=why.replace("(", r"\(")):
        tidied("aisle-1", drafted)


def test_what_is_proposed_joins_the_plan_where_nothing_is_planned() -> None:
    planned = (facing("r1-1"), facing("r1-2", x=0.7))
    boxes = [Box(0.1, 0.1, 0.3, 0.4), Box(0.4, 0.1, 0.6, 0.4), Box(0.1, 0.6, 0.3, 0.9)]
    found = drafted("aisle-1", planned, boxes)
    assert [one.facing for one in found] == ["r1-1", "r1-2", "r1-2.2", "r2-1"]
    assert len(drafted("aisle-1", (), boxes)) == 3


def test_a_difference_names_what_is_new_moved_renamed_and_gone() -> None:
    before = [facing("a"), facing("b"), facing("c"), facing("d")]
    after = [facing("a"), facing("b", x=0.2, gtin=BREAD), facing("c", gtin=None), facing("e")]
    changed = {one.facing: one.changes for one in difference(before, after)}
    assert changed == {"b": ("moved", "item"), "c": ("item",), "d": ("removed",), "e": ("added",)}


def test_facings_in_one_place_and_without_an_item_are_remarked_on() -> None:
    drafted = [facing(f"f{n}", None, x=0.1 + 0.3 * (n // 2), w=0.1) for n in range(5)]
    told = remarks(drafted)
    assert told[0] == "f0 and f1 are in one place"
    assert told[-1] == "f0, f1, f2 and 2 more: no item; a gap there names none"
    assert remarks([facing()]) == ()


def test_a_mark_changes_with_any_facing_and_not_with_their_order() -> None:
    assert mark_of([facing("a"), facing("b")]) == mark_of([facing("b"), facing("a")])
    assert mark_of([facing("a")]) != mark_of([facing("a", x=0.2)])


def test_a_camera_is_read_among_comments_other_cameras_and_bad_rows() -> None:
    assert [one.facing for one in facings_in(FILE, "aisle-1")] == ["f0", "f1"]
    assert facings_in(FILE, "aisle-1")[0].x == 0.1
    assert facings_in("", "aisle-1") == ()


def test_what_is_saved_leaves_everything_else_as_it_was() -> None:
    after = [facing("f0", BREAD, x=0.25), facing("f7")]
    lines = written(FILE, "aisle-1", after).splitlines()
    assert lines == [
        "# kept by hand; ask Ana before you change aisle-2",
        "Camera;facing;gtin;x;y;w;h;note",
        'aisle-1;f0;05000112637922;0.25;0.1;0.2;0.3;"end; of aisle"',
        "aisle-2;f0;5000112637922;0.1;0.1;0.2;0.3;hers",
        "# below: the fridge",
        "aisle-1;bad;;9;0.1;0.2;0.3;typo",
        "aisle-1;f7;04006381333931;0.1;0.1;0.2;0.3;",
    ]


def test_what_is_saved_is_read_back() -> None:
    after = (facing("f0", BREAD, x=0.25), facing("f7", None))
    assert set(facings_in(written(FILE, "aisle-1", after), "aisle-1")) == set(after)
    again = written(FILE, "aisle-1", facings_in(FILE, "aisle-1"))
    assert again.replace("0.1;0.1;0.2", "0,1;0.1;0.2", 1).count("\n") == FILE.count("\n")


@pytest.mark.parametrize("text", ["", "\ufeff\r\n", "camera,facing,x,y,w,h\r\n"])
def test_a_new_file_and_one_without_items_get_what_they_lack(text: str) -> None:
    saved = written(text, "aisle-1", [facing()])
    assert "gtin" in saved.splitlines()[0]
    assert facings_in(saved, "aisle-1") == (facing(),)
    assert ("\r\n" in saved) == ("\r\n" in text)


def test_new_facings_of_a_new_camera_stand_at_the_end() -> None:
    saved = written(FILE, "aisle-9", [facing()])
    assert saved.splitlines()[-1].startswith("aisle-1;f0;04006381333931")


def test_a_line_that_is_no_csv_stays() -> None:
    text = 'camera,facing,gtin,x,y,w,h\naisle-2,"f,\n\n'
    assert 'aisle-2,"f,' in written(text, "aisle-1", [facing()])


def test_what_is_no_planogram_is_not_written_over() -> None:
    with pytest.raises(DraftError, match="header lacks camera, facing"):
        written('{"camera": 1}\n', "aisle-1", [facing()])
