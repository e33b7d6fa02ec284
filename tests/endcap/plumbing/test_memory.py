"""Memory that is let go of goes back to the system."""

import ctypes
import subprocess
import sys
from pathlib import Path

import pytest

PIECES, PIECE = 600, 100_000
ASK = f"""
import re
from pathlib import Path
from endcap.plumbing.memory import give_back, keep_little

def held():
    return int(re.search(r"VmRSS:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) * 1024

keep_little()
before = held()
pieces = [bytes({PIECE}) for _ in range({PIECES})]
most, pieces[:-1] = held(), []
give_back()
print(most - before, held() - before)
"""


@pytest.mark.skipif(
    not hasattr(ctypes.CDLL(None), "malloc_trim") or not Path("/proc/self/status").exists(),
    reason="only glibc on Linux can be told",
)
def test_what_lies_before_a_piece_that_is_kept_is_given_back() -> None:
    ran = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True)
    most, left = map(int, ran.stdout.split())
    assert most > PIECES * PIECE / 2
    assert left < most / 4


GOOD = """
import gc
import weakref
from endcap.plumbing.memory import keep_for_good

class Thing:
    pass

rubbish, kept = Thing(), Thing()
rubbish.itself = rubbish
gone = weakref.ref(rubbish), weakref.ref(kept)
del rubbish
before = len(gc.get_objects())
keep_for_good()
print(before, len(gc.get_objects()), gone[0]() is None, gone[1]() is kept)
del kept
print(gone[1]() is None)
"""


def test_the_collector_passes_over_what_is_kept_for_good_and_what_is_let_go_of_still_goes() -> None:
    ran = subprocess.run([sys.executable, "-c", GOOD], capture_output=True, text=True, check=True)
    kept, dropped = ran.stdout.splitlines()
    before, left, rubbish_is_gone, is_kept = kept.split()
    assert int(left) < int(before) / 10
    assert (rubbish_is_gone, is_kept, dropped) == ("True", "True", "True")
