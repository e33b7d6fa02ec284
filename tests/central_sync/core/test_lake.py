"""A file that holds what others hold stands for them; nothing else takes a file's place."""

from hypothesis import given
from hypothesis import strategies as st

from central_sync.core.lake import file_name, standing

EPOCH, OTHER = "e" * 16, "f" * 16


def named(*spans: tuple[int, int], epoch: str = EPOCH) -> list[str]:
    """Return the names of files of one place."""
    return [file_name(epoch, *span) for span in spans]


def test_a_joined_file_stands_for_those_it_was_joined_from() -> None:
    parts = named((1, 5), (6, 6), (9, 20))
    assert standing([*parts, *named((1, 20), (21, 30))]) == named((1, 20), (21, 30))
    assert standing([*parts, *named((1, 6))]) == named((1, 6), (9, 20))


def test_another_epoch_is_another_place() -> None:
    both = [*named((1, 20)), *named((5, 6), epoch=OTHER)]
    assert standing(both) == both


def test_what_is_not_ours_is_no_file_of_the_lake() -> None:
    assert standing(["notes.parquet", "a-b-c.parquet", *named((1, 2))]) == named((1, 2))


@given(st.lists(st.integers(1, 5), min_size=1, max_size=12), st.data())
def test_every_arrival_is_in_one_file_whatever_was_joined(
    sizes: list[int], data: st.DataObject
) -> None:
    ends = [sum(sizes[: place + 1]) for place in range(len(sizes))]
    spans = [(end - size + 1, end) for size, end in zip(sizes, ends, strict=True)]
    first = data.draw(st.integers(0, len(spans) - 1))
    last = data.draw(st.integers(first, len(spans) - 1))
    joined = (spans[first][0], spans[last][1])
    shuffled = data.draw(st.permutations(sorted({*spans, joined})))
    found = [name.removesuffix(".parquet").split("-")[1:] for name in standing(named(*shuffled))]
    held = [number for low, high in found for number in range(int(low), int(high) + 1)]
    assert held == list(range(1, ends[-1] + 1))
