"""A file that is swapped between its check and its use (CVE-2020-25860): never used.

A swapper in a process of its own puts evil bytes where a model lies, in every way there is, while
the store reads it; 300 reads on every run, 10,000 with ENDCAP_FAULTS=full.
"""

import multiprocessing
import os
from collections import Counter
from pathlib import Path

import pytest

from edge_agent.adapters.model_files import ModelFolder
from edge_agent.ports.updates import DamagedError
from endcap.plumbing.files import sha256_of
from endcap.wire.manifest import FileRef
from tests.conftest import Figure
from tests.faults.effort import effort

GOOD, EVIL = b"g" * 60_000, b"e" * 60_000
FILE = FileRef(file="model.onnx", sha256=sha256_of(GOOD), length=len(GOOD))
READS = effort(300, 10_000)
MOST = 5_000  # times as many, in which one of the two outcomes must have shown


def swap(folder: Path, way: str) -> None:
    """Swap for ever."""
    evil, good, path = folder / "evil", folder / "good", folder / FILE.sha256
    while True:
        evil.write_bytes(EVIL)
        good.write_bytes(GOOD)
        good.replace(path)
        if way == "renamed over":
            evil.replace(path)
        elif way == "rewritten in place":
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
            os.write(descriptor, EVIL[:30_000])
            os.close(descriptor)
        else:
            path.unlink(missing_ok=True)
            path.symlink_to(evil) if way == "linked" else os.link(evil, path)


def both(outcomes: Counter[str]) -> bool:
    return bool(outcomes["used"] and outcomes["refused"])


@pytest.mark.parametrize("way", ["renamed over", "rewritten in place", "linked", "hard-linked"])
def test_swapped_bytes_are_never_handed_out(tmp_path: Path, way: str, figure: Figure) -> None:
    models, outcomes = ModelFolder(tmp_path), Counter[str]()
    swapper = multiprocessing.get_context("forkserver").Process(target=swap, args=(tmp_path, way))
    swapper.start()
    try:
        # Until the race was won and lost, which may take more reads on a machine with few cores.
        while outcomes["used"] + outcomes["refused"] < READS or not both(outcomes):
            assert sum(outcomes.values()) < MOST * READS, outcomes
            try:
                assert models.read_now(FILE) == GOOD
                outcomes["used"] += 1
            except DamagedError as error:
                outcomes["absent" if "No such file" in str(error) else "refused"] += 1
    finally:
        swapper.kill()
        swapper.join()
    used, refused = outcomes["used"], outcomes["refused"]
    figure(f"{way}: {used} reads of the signed bytes, {refused} refused, 0 of others")
