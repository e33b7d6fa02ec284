"""Which facing a tag speaks of, and what of it is worth looking up."""

from edge_agent.core.vision.enrolment_naming import Said, Tag, said_of
from endcap.models.gaps.boxes import Box

LEFT, RIGHT = Box(0.1, 0.1, 0.2, 0.4), Box(0.2, 0.1, 0.3, 0.4)
BELOW = Box(0.1, 0.5, 0.2, 0.8)
FACINGS = {"left": LEFT, "right": RIGHT, "below": BELOW}


def tag(text: str, x: float, y: float, *, code: bool = False) -> Tag:
    return Tag(Box(x, y, x + 0.04, y + 0.02), text, code)


def test_a_tag_on_the_rail_is_of_the_facing_above_it_without_its_price() -> None:
    said = said_of([tag("1 l 1,29 €", 0.12, 0.44), tag("Whole milk", 0.12, 0.42)], FACINGS)
    assert said == {"left": Said((), "Whole milk l")}


def test_bar_codes_and_printed_numbers_are_codes() -> None:
    tags = [tag("4006381333931", 0.22, 0.3, code=True), tag("40 0638 1333931", 0.22, 0.42)]
    assert said_of(tags, FACINGS) == {"right": Said(("4006381333931", "4006381333931"))}


def test_what_hangs_nowhere_or_says_nothing_is_left_out() -> None:
    assert said_of([tag("Ceiling", 0.6, 0.01), tag("2.99", 0.12, 0.42)], FACINGS) == {}
