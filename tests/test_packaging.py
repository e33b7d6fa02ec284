"""What is shipped is what was tested: one version of each part, and no weights for research."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PINNED = re.compile(r"^([\w.-]+)==(\S+)(?: ; (.+?))?(?: \\)?$", re.MULTILINE)


def pins(name: str) -> set[tuple[str, ...]]:
    """Return what a lock file pins: name, version and on which machines."""
    return set(PINNED.findall((ROOT / "requirements" / f"{name}.txt").read_text()))


def test_stores_and_the_centre_run_the_very_versions_that_the_tests_ran() -> None:
    tested = pins("dev")
    assert tested
    for name in ("edge", "central", "demo"):
        assert pins(name) <= tested, name


def test_weights_for_research_are_in_no_package_and_no_image() -> None:
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    shipped = build["targets"]["wheel"]["force-include"]
    assert shipped
    assert not [folder for folder in shipped if Path(folder).match("*/research*")]
    assert "models_onnx" not in shipped
    assert "models_onnx/research" in (ROOT / ".dockerignore").read_text().splitlines()
