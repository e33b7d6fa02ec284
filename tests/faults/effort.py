"""How hard the fault tests try: a sample on every run, all with ENDCAP_FAULTS=full."""

import os

FULL = os.environ.get("ENDCAP_FAULTS") == "full"  # noqa: TID251 - the one switch of these tests


def effort(sample: int, full: int) -> int:
    """Return how many cases to try."""
    return full if FULL else sample
