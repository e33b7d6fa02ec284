"""What every training with torch needs: torch itself, and batches."""

import numpy as np
from numpy.typing import NDArray

from central_sync.ports.training import DataUnusableError

Batch = tuple[NDArray[np.uint8], tuple[NDArray[np.float32], ...]]
"""Pictures uint8 [n, h, w, 3], and what the network should answer."""


def require_torch() -> None:
    """Raise one clear line where torch is not installed.

    Raises:
        DataUnusableError: it is not.
    """
    try:
        import torch  # noqa: F401, PLC0415 - the one heavy import, asked for only when fitting
    except ModuleNotFoundError as error:
        raise DataUnusableError(
            "fitting the gap models needs torch; run: pip install endcap[train-gaps]"
        ) from error
