"""A large library is loaded when it is used, once, and works as ever."""

import subprocess
import sys
from textwrap import dedent

import pytest

from endcap.plumbing.late_import import import_late

LOADED = '"cv2.version" in sys.modules'


def run(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", dedent(program)], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def test_a_store_has_opencv_only_once_a_picture_needs_it() -> None:
    program = f"""
        import sys
        import edge_agent.__main__
        from edge_agent.adapters import pictures
        print({LOADED})
        import cv2
        print(cv2.imdecode.__name__, {LOADED}, pictures.cv2.INTER_AREA == cv2.INTER_AREA)
    """
    assert run(program).splitlines() == ["False", "imdecode True True"]


def test_threads_that_use_it_at_once_all_have_it() -> None:
    program = """
        from concurrent.futures import ThreadPoolExecutor
        from endcap.plumbing.late_import import import_late
        import_late("cv2")
        import cv2
        with ThreadPoolExecutor(8) as threads:
            print(len(set(threads.map(lambda _: id(cv2.imdecode), range(64)))))
    """
    assert run(program) == "1"


def test_what_is_loaded_stays_and_what_is_missing_is_told_where_it_is_used() -> None:
    import_late("json")
    assert sys.modules["json"].__spec__ is not None
    import_late("no_such_library")
    missing = sys.modules["no_such_library"]
    with pytest.raises(ImportError, match="no_such_library"):
        _ = missing.anything
