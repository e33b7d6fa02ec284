"""What the image holds is enough for a store, and is no more than a store needs."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx

from tests.image.layout import ROOT, copy_code, link_packages
from tests.ports import free_port

_STORE = """
[store]
id = "store-image"
timezone = "UTC"
device = "pi5"
[storage]
folder = "{folder}/state"
[kiosk]
port = {port}
[catalogue]
file = "{folder}/app/device_configs/sample_catalogue.csv"
"""
TRAINERS = ("lightgbm", "sklearn", "skl2onnx", "pandas", "torch", "central_sync")


def test_the_image_runs_as_nobody_special_from_a_locked_list() -> None:
    text = (ROOT / "Dockerfile.arm64").read_text("utf-8")
    assert "--require-hashes" in text
    assert re.search(r"^USER 10480:10480$", text, re.MULTILINE)
    assert "central" not in text


def test_what_the_image_holds_serves_a_kiosk_and_brings_no_trainer(tmp_path: Path) -> None:
    copy_code(tmp_path / "app")
    link_packages(tmp_path / "site")
    port = free_port()
    config = tmp_path / "edge.toml"
    config.write_text(_STORE.format(folder=tmp_path, port=port))
    python = [sys.executable, "-S"]  # no packages but those of the image
    environment = {"PYTHONPATH": f"{tmp_path}/site:{tmp_path}/app", "OMP_NUM_THREADS": "1"}
    absent = "import importlib.util as u, sys; sys.exit(any(map(u.find_spec, sys.argv[1:])))"
    subprocess.run([*python, "-c", absent, *TRAINERS], env=environment, check=True, cwd=tmp_path)
    with subprocess.Popen(
        [*python, "-m", "edge_agent", "run", str(config)],
        env=environment,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as agent:
        try:
            with httpx.Client(transport=httpx.HTTPTransport(retries=8), timeout=60) as client:
                found = client.get(f"http://127.0.0.1:{port}/v1/search?q=milk")
        finally:
            agent.send_signal(signal.SIGTERM)
            said = agent.communicate(timeout=60)[0]
    assert agent.returncode == 0, said
    assert found.status_code == 200, said
