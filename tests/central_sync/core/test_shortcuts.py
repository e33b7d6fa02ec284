"""Which pieces and deltas a release names."""

import hashlib

from central_sync.core.shortcuts import LOOK_BACK, bases, is_worth_it, pieces
from endcap.wire.manifest import CHUNK
from tests.fakes.tiny_models import release, tiny

OLD, NEW, SHOPPER = tiny(1.0), tiny(2.0, version="1.0.1"), tiny(3.0, kind="shopper")


def test_a_file_of_one_piece_has_no_list() -> None:
    assert pieces(b"") == pieces(bytes(CHUNK)) == ()


def test_every_piece_of_a_larger_file_is_listed_in_order() -> None:
    content = bytes(CHUNK) + b"x"
    want = [hashlib.sha256(part).hexdigest() for part in (bytes(CHUNK), b"x")]
    assert list(pieces(content)) == want


def test_deltas_begin_at_other_models_of_the_kind_in_the_newest_releases() -> None:
    live = [release(1, OLD, SHOPPER), release(2, NEW), release(3, SHOPPER)]
    assert bases(NEW.manifest, live) == (OLD.manifest,)
    assert bases(SHOPPER.manifest, live) == ()
    assert bases(NEW.manifest, []) == ()


def test_models_long_gone_by_are_no_base() -> None:
    others = [tiny(float(10 + number)) for number in range(LOOK_BACK)]
    later = [release(2 + number, one) for number, one in enumerate(others)]
    found = bases(NEW.manifest, [release(1, OLD), *later])
    assert found == tuple(one.manifest for one in reversed(others))


def test_a_base_is_named_once() -> None:
    assert bases(NEW.manifest, [release(1, OLD), release(2, OLD)]) == (OLD.manifest,)


def test_a_new_store_has_what_came_with_the_program() -> None:
    came = [OLD.manifest, SHOPPER.manifest]
    assert bases(NEW.manifest, [], came) == (OLD.manifest,)
    assert bases(OLD.manifest, [], came) == ()
    assert bases(NEW.manifest, [release(1, OLD)], came) == (OLD.manifest,)


def test_what_came_with_the_program_is_a_base_however_long_ago() -> None:
    later = [tiny(float(10 + number)) for number in range(LOOK_BACK)]
    live = [release(1, OLD), *(release(2 + number, one) for number, one in enumerate(later))]
    found = bases(NEW.manifest, live, [OLD.manifest])
    assert found == (*(one.manifest for one in reversed(later)), OLD.manifest)


def test_a_delta_is_worth_it_up_to_half_the_file() -> None:
    assert is_worth_it(50, 100)
    assert not is_worth_it(51, 100)
    assert not is_worth_it(0, 100)
