"""The shape of the house: small functions, small files, and a first sentence in each."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("endcap", "edge_agent", "central_sync", "demo", "fleet_simulator", "benchmarks")
LONGEST_FUNCTION = 50
LONGEST_FILE = 400
FORBIDDEN_NAMES = {"util", "utils", "helper", "helpers", "manager", "common", "base", "misc"}


def modules() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_is_small_and_says_what_it_does(path: Path) -> None:
    text = path.read_text()
    tree = ast.parse(text)
    assert ast.get_docstring(tree), "a module opens with what it decides or does"
    assert text.count("\n") <= LONGEST_FILE
    assert path.stem not in FORBIDDEN_NAMES
    for function in functions(tree):
        length = (function.end_lineno or function.lineno) - function.lineno + 1
        assert length <= LONGEST_FUNCTION, f"{function.name} has {length} lines"


def test_nothing_in_the_repository_names_a_machine_or_a_registry() -> None:
    found = subprocess.run(
        [
            *("git", "grep", "-nIiE"),
            r"(^|[^a-z])/(work|farm)/[a-z.]+/?|https?://[a-z0-9.-]*(pypi|pythonhosted|npmjs)",
            *("--", ".", ":!tests/test_shape.py"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if found.returncode not in (0, 1):
        pytest.skip("not a git checkout")
    assert found.stdout == ""
