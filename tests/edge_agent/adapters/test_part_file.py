"""Parts of files: whatever happens on the way and on the disk, only signed pieces count."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.adapters.bandwidth import Bandwidth
from edge_agent.adapters.part_file import PartFile
from endcap.plumbing.files import sha256_of
from endcap.wire.manifest import CHUNK

WHOLE = bytes(range(256)) * (CHUNK // 256) * 3 + b"the end"
PIECES = tuple(sha256_of(WHOLE[at : at + CHUNK]) for at in range(0, len(WHOLE), CHUNK))


def part(path: Path, content: bytes = b"") -> PartFile:
    path.write_bytes(content)
    return PartFile(path, len(WHOLE), PIECES)


def test_a_new_part_misses_everything(tmp_path: Path) -> None:
    with PartFile(tmp_path / "made" / "here.part", 10, ()) as one:
        assert (one.gaps, one.size) == ([(0, 10)], 0)
        one.write(0, b"0123456789")
        assert (one.gaps, one.content()) == ([], b"0123456789")


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, len(WHOLE) - 1, len(WHOLE)])
def test_what_came_before_a_restart_is_used(tmp_path: Path, size: int) -> None:
    with part(tmp_path / "p", WHOLE[:size]) as one:
        assert one.gaps == ([(size, len(WHOLE))] if size < len(WHOLE) else [])


@pytest.mark.parametrize("place", [0, CHUNK - 1, CHUNK, 3 * CHUNK, len(WHOLE) - 1])
def test_a_byte_that_was_spoilt_on_the_disk_costs_its_piece(tmp_path: Path, place: int) -> None:
    spoilt = bytearray(WHOLE)
    spoilt[place] ^= 1
    with part(tmp_path / "p", bytes(spoilt)) as one:
        [(begin, end)] = one.gaps
        assert begin <= place < end
        assert end - begin <= CHUNK
        one.write(begin, WHOLE[begin:end])
        assert (one.gaps, one.content()) == ([], WHOLE)


def test_a_part_that_is_too_long_is_begun_anew(tmp_path: Path) -> None:
    with part(tmp_path / "p", WHOLE + b"!") as one:
        assert one.gaps == [(0, len(WHOLE))]


def test_a_piece_that_stays_spoilt_is_hopeless_and_an_accident_is_not(tmp_path: Path) -> None:
    with part(tmp_path / "p") as one:
        hopeless = []
        for _ in range(3):
            one.write(0, bytes(CHUNK))
            hopeless.append(one.hopeless)
        assert hopeless == [False, False, True]
        one.drop()
        assert one.gaps == [(0, len(WHOLE))]


@given(
    st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(1, 2 * CHUNK), st.booleans()))
)
def test_whatever_comes_in_which_order_no_wrong_byte_counts(
    tmp_path_factory: pytest.TempPathFactory, comes: list[tuple[int, int, bool]]
) -> None:
    path = tmp_path_factory.mktemp("p") / "p"
    with part(path) as one:
        for where, amount, wrong in comes:
            place = min(where, one.size)
            right = WHOLE[place : place + amount]
            one.write(place, bytes(byte ^ 1 for byte in right) if wrong else right)
    with PartFile(path, len(WHOLE), PIECES) as one:
        for _ in range(2):
            for begin, end in one.gaps:
                one.write(begin, WHOLE[begin:end])
        assert one.content() == WHOLE


def test_a_bucket_lets_a_second_through_and_holds_the_rest() -> None:
    waited: list[float] = []
    now = [0.0]

    def wait(seconds: float) -> None:
        waited.append(seconds)
        now[0] += seconds

    bucket = Bandwidth(1000, lambda: now[0], wait)
    for _ in range(40):
        bucket.take(100)
    assert now[0] == pytest.approx(3.0)  # 4,000 bytes, of which the first 1,000 at once
    now[0] += 3600
    bucket.take(1000)
    assert now[0] == pytest.approx(3603.0)  # an idle hour saves up one second, not an hour
    bucket.take(1)
    assert waited[-1] == pytest.approx(0.001)


def test_without_a_rate_nothing_waits() -> None:
    Bandwidth(None, lambda: 0.0, lambda _: pytest.fail("waited")).take(10**9)
