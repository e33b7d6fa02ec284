"""Fit a gap model on directories of pictures, and write its three files.

    python -m models_onnx.gaps.build gaps --data DIR [--beside DIR] [--start FOLDER] [--steps N]
    python -m models_onnx.gaps.build gap_detector --data DIR [--out models_onnx/gap_detector]

The shipped weights come from directories that render.py makes. Weights that saw real photographs
are built alike, with `--licence "research, non-commercial" --out models_onnx/research/gaps`.
Needs torch and ImageNet's weights (the extra `train-gaps`); `central-sync train gaps --data DIR`
does the same in production.
"""

import argparse
import dataclasses
from pathlib import Path

from central_sync.trainers.gaps.detector_kind import DetectorKind
from central_sync.trainers.gaps.kind import FacingKind
from central_sync.trainers.gaps.package import LICENCE

_KINDS: dict[str, FacingKind | DetectorKind] = {
    "gaps": FacingKind(),
    "gap_detector": DetectorKind(),
}


def main() -> None:
    """Fit, write, and print the manifest."""
    arguments = _arguments()
    kind = _kind(arguments)
    out = arguments.out or Path(__file__).parents[1] / arguments.kind
    manifest = kind.fit(arguments.data, out, seed=arguments.seed, progress=_say)
    print(manifest.model_dump_json(indent=2, include={"kind", "model", "thresholds", "metrics"}))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=_KINDS)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--beside", type=Path, action="append", default=[], help="teaches too")
    parser.add_argument("--start", type=Path, help="folder of weights to go on from (gaps)")
    parser.add_argument("--licence", default=LICENCE, help="of the weights")
    parser.add_argument("--false-alarms", type=float, help="share of held-out full facings (gaps)")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--steps", type=int, help="steps of the course")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def _kind(arguments: argparse.Namespace) -> FacingKind | DetectorKind:
    """Return the kind with what was asked for."""
    kind = _KINDS[arguments.kind]
    kind = dataclasses.replace(kind, beside=tuple(arguments.beside), licence=arguments.licence)
    if arguments.steps:
        schooling = dataclasses.replace(kind.schooling, steps=arguments.steps)
        kind = dataclasses.replace(kind, schooling=schooling)
    if isinstance(kind, FacingKind):
        alarms = arguments.false_alarms or kind.false_alarms
        kind = dataclasses.replace(kind, start=arguments.start, false_alarms=alarms)
    return kind


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
