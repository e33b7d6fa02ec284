"""Fit a gap model on a directory of pictures, and write its three files.

    python models_onnx/gaps/build.py gaps --data DIR [--out models_onnx/gaps] [--steps N]
    python models_onnx/gaps/build.py gap_detector --data DIR [--out models_onnx/gap_detector]

The shipped weights come from the directory that render.py makes, whose shelves are harder than
real ones: its facing threshold lets 2 % of full facings pass there, on real photographs about a
quarter of that. Needs torch (the extra
`train-gaps`); `central-sync train gaps --data DIR` does the same in production.
"""

import argparse
import dataclasses
from pathlib import Path

from central_sync.trainers.gaps.kind import DetectorKind, FacingKind

_KINDS: dict[str, FacingKind | DetectorKind] = {
    "gaps": FacingKind(false_alarms=0.02),
    "gap_detector": DetectorKind(),
}


def main() -> None:
    """Fit, write, and print the manifest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=_KINDS)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--steps", type=int, help="steps of the course")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    kind = _KINDS[arguments.kind]
    if arguments.steps:
        kind = dataclasses.replace(
            kind, course=dataclasses.replace(kind.course, steps=arguments.steps)
        )
    out = arguments.out or Path(__file__).parents[1] / arguments.kind
    manifest = kind.fit(arguments.data, out, seed=arguments.seed, progress=_say)
    print(manifest.model_dump_json(indent=2, include={"kind", "model", "thresholds", "metrics"}))


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
