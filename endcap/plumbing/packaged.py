"""Where the files lie that come with the program beside its code."""

from pathlib import Path

import endcap


def reference_models() -> Path:
    """Return the folder of the models that came with the program, one folder a kind.

    In an installed package it lies inside `endcap`; in a checkout it is models_onnx.
    """
    package = Path(endcap.__file__).parent
    packaged = package / "reference_models"
    return packaged if packaged.is_dir() else package.parent / "models_onnx"
