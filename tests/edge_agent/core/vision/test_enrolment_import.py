"""Planograms of other tools, read onto a picture: columns, units, shelves, and what is left out."""

import pytest

from edge_agent.core.vision.enrolment_import import Imported, Onto, read_plan
from endcap.models.gaps.boxes import Box

MILK, BREAD = "04006381333931", "05000112637922"
ROWS = tuple(
    Box(0.1 + 0.2 * place, 0.1 + 0.3 * row, 0.3 + 0.2 * place, 0.35 + 0.3 * row)
    for row in range(3)
    for place in range(4)
)


def read(text: str, found: tuple[Box, ...] = (), *, from_below: bool = True) -> Imported:
    onto = Onto("aisle-1", 2000, 1000, found, from_below)
    return read_plan([line.encode() for line in text.splitlines()], onto)


def test_shares_percent_and_pixels_are_the_same_place() -> None:
    said: list[str] = []
    for row in ("0.1,0.2,0.05,0.3", "10%,20,5,30", "200,200,100,300"):
        found = read(f"EAN,Left,Top,Width,Height\n{MILK},{row}")
        (one,) = found.facings
        said += found.notes
        assert (one.x, one.y, one.w, one.h) == pytest.approx((0.1, 0.2, 0.05, 0.3))
        assert (one.camera, one.gtin) == ("aisle-1", MILK)
    assert [note.split()[4] for note in said] == ["percent", "pixels"]


def test_corners_may_be_given_instead_of_sizes() -> None:
    (one,) = read("facing,upc,xmin,ymin,xmax,ymax\nTop Shelf 1,,0.1,0.2,0.3,0.6").facings
    assert (one.facing, one.gtin) == ("top-shelf-1", None)
    assert (one.w, one.h) == pytest.approx((0.2, 0.4))


def test_what_lies_outside_is_left_out_or_cut_off_and_said() -> None:
    text = f"gtin,x,y,w,h\n{MILK},0.9,0.5,0.3,0.2\n{MILK},-0.1,0.5,0.05,0.2\n{MILK},0.1,0.1,0,0.2"
    found = read(text)
    assert [one.w for one in found.facings] == [pytest.approx(0.1)]
    assert [one.line for one in found.refused] == [3, 4]
    assert found.notes[-1] == "line 2: cut off at the picture's edge"


def test_bad_rows_are_told_with_their_line_and_stop_no_other() -> None:
    rows = ("4006381333930,0,0,1,1", "# ours", f"{MILK},,,,", f"{MILK},a,0,1,1", f"{MILK},0,0,1,1")
    text = "\n".join(("gtin,x,y,w,h", *rows))
    found = read(text)
    assert len(found.facings) == 1
    assert [one.line for one in found.refused] == [2, 4, 5]
    assert "check digit" in found.refused[0].reason
    assert "no place" in found.refused[1].reason


def test_a_file_of_many_cameras_gives_this_ones_and_one_of_another_is_taken_as_this() -> None:
    head = "camera,gtin,x,y,w,h\n"
    rows = f"AISLE-1,{MILK},0,0,0.1,0.1\naisle-2,{MILK},0,0,0.1,0.1\n"
    found = read(head + rows)
    assert (len(found.facings), found.notes) == (1, ("1 rows of other cameras were passed over",))
    assert read(head + rows.splitlines()[0]).notes == ()
    found = read(head + rows.splitlines()[1])
    assert (len(found.facings), found.notes) == (1, ("the file names aisle-2: taken as aisle-1",))


def test_shelves_and_places_are_laid_onto_the_rows_that_were_found() -> None:
    text = "Shelf Number;Position;UPC;HFacings\n" + "".join(
        f"{shelf};{place};{item};{count}\n"
        for shelf, place, item, count in ((1, 2, BREAD, 1), (1, 1, MILK, 3), (3, 1, BREAD, 4))
    )
    found = read(text, ROWS)
    lowest = [one for one in found.facings if one.y > 0.6]
    assert [one.gtin for one in lowest] == [MILK, MILK, MILK, BREAD]
    assert [one.x for one in lowest] == pytest.approx([0.1, 0.3, 0.5, 0.7])
    assert "2 shelves in the file, 3 rows on the picture: laid from the bottom" in found.notes[0]
    top = read(text, ROWS, from_below=False)
    assert min(one.y for one in top.facings if one.gtin == MILK) == pytest.approx(0.1)


def test_another_number_of_facings_than_found_is_laid_side_by_side_by_width() -> None:
    text = f"shelf,pos,ean,width,facings\n1,1,{MILK},60,2\n1,2,{BREAD},20,1"
    found = read(text, ROWS[:4])
    assert [one.w for one in found.facings] == pytest.approx([0.3, 0.3, 0.2])
    assert [one.facing for one in found.facings] == ["r1-1", "r1-2", "r1-3"]


def test_shelves_without_rows_are_left_out_and_said() -> None:
    text = f"shelf,x,ean\n1,0,{MILK}\n2,0,{MILK}\n3,0,\n"
    assert len(read(text).refused) == 3
    found = read(text, ROWS[:4])
    assert (len(found.facings), [one.line for one in found.refused]) == (1, [4, 3])


def test_names_that_stand_twice_become_different() -> None:
    text = "facing,x,y,w,h\n" + "a,0,0,0.1,0.1\n" * 3
    assert [one.facing for one in read(text).facings] == ["a", "a.2", "a.3"]


def test_json_rows_are_read_too() -> None:
    found = read('{"ean": "4006381333931", "x": 0.1, "y": 0.1, "w": 0.1, "h": 0.1}\n')
    assert found.facings[0].gtin == MILK
    assert read("").facings == ()
