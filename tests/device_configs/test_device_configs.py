"""The files that devices and centres start from are whole, valid and safe."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from central_sync.config import load_config as load_central
from edge_agent.config import EdgeConfig
from edge_agent.config import load_config as load_edge

FOLDER = Path(__file__).parents[2] / "device_configs"
EDGE = ("raspberry_pi5", "jetson_orin", "x86_mini")
UNITS = ("edge-agent.service", "central-sync.service")
MOST_EXPOSED = 1.5


@pytest.mark.parametrize("name", EDGE)
def test_a_device_file_is_valid_and_whole(name: str) -> None:
    config = load_edge(FOLDER / f"{name}.toml", {}, check_files=False)
    left_out = set(EdgeConfig.model_fields) - config.model_fields_set
    assert not left_out, "a device file shows every section"
    assert config.cameras
    assert config.store.device


def test_the_device_files_are_stores_of_their_own() -> None:
    configs = [load_edge(FOLDER / f"{name}.toml", {}, check_files=False) for name in EDGE]
    assert len({one.store.id for one in configs}) == len(EDGE)


def test_the_centre_s_file_is_valid() -> None:
    config = load_central(FOLDER / "central.toml", {}, check_files=False)
    assert config.mqtt.tls is not None
    assert config.http.tls is not None


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_is_closed_to_what_it_does_not_need(unit: str) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed")
    done = subprocess.run(
        [analyze, "security", "--offline=true", str(FOLDER / unit)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    if found is None:
        pytest.skip(f"this systemd-analyze cannot look at files: {done.stderr[:80]}")
    assert float(found[1]) <= MOST_EXPOSED


_LOCKED_DOWN = """
import ctypes, sys
PR_SET_MDWE, REFUSE_EXEC_GAIN = 65, 1
if ctypes.CDLL(None).prctl(PR_SET_MDWE, REFUSE_EXEC_GAIN, 0, 0, 0) != 0:
    sys.exit(77)
import cv2, numpy, onnxruntime
from tests.fakes.tiny_models import times
from endcap.plumbing.onnx_session import open_session
x = numpy.ones((2, 3), numpy.float32)
assert open_session(times(3.0)).run({"x": x})["y"].sum() == 18.0
assert cv2.resize(numpy.zeros((8, 8, 3), numpy.uint8), (4, 4)).shape == (4, 4, 3)
"""


def test_models_run_where_no_page_may_become_executable() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LOCKED_DOWN],
        cwd=FOLDER.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if done.returncode == 77:
        pytest.skip("this kernel cannot refuse executable pages by prctl")
    assert done.returncode == 0, done.stderr[-500:]
