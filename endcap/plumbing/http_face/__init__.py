"""What every HTTP face of ours does alike: limits, strict JSON, problem+json, metrics, looks."""

from pathlib import Path

SHARED_PAGE = Path(__file__).parent / "page"
"""The style sheet and the script that the pages of both faces share; plain files."""
