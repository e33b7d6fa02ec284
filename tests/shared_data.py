"""Where the real data lies that some tests are measured on; absent in a user's clone.

`ENDCAP_DATA` names the directory; without it, `shared/data` beside the checkout is tried.
"""

import os
from pathlib import Path

import pytest

_ROOT = Path(
    os.environ.get("ENDCAP_DATA", Path(__file__).parents[2] / "shared" / "data")  # noqa: TID251 - tests find their data
)


def shared_data(*parts: str) -> Path:
    """Return a folder of the real data, or skip the test, visibly, where it is absent."""
    path = _ROOT.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"real data not at hand: set ENDCAP_DATA ({'/'.join(parts)})")
    return path
