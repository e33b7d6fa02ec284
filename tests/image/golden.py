"""Runs each reference model on what its maker saw it answer; exit 1 where one answers otherwise.

    python -m tests.image.golden FOLDER

For processors that the models were not made on. Needs what a store has, nothing of a developer's.
"""

import platform
import sys
from pathlib import Path

from endcap.models.golden import disagreements
from endcap.plumbing.onnx_session import open_session
from endcap.wire.manifest import Golden, ModelManifest


def main(folder: Path) -> int:
    """Print a line for each model; return how many answer otherwise."""
    wrong = 0
    for described in sorted(folder.glob("*/manifest.json")):
        manifest = ModelManifest.model_validate_json(described.read_bytes())
        golden = Golden.model_validate_json((described.parent / manifest.golden.file).read_bytes())
        session = open_session((described.parent / manifest.model.file).read_bytes())
        found = disagreements(golden, session.run)
        wrong += bool(found)
        told = "; ".join(found) or "as its maker saw"
        sys.stdout.write(f"{platform.machine()}  {manifest.kind}  {told}\n")
    return wrong


if __name__ == "__main__":
    sys.exit(min(1, main(Path(sys.argv[1]))))
