"""Looks over a page in a browser as an accessibility checker does: returns what is wrong with it.

Names, roles, references, headings, contrast as it is computed from the styles, the size of what
is touched, and whether the page fits its width. What is not shown is not judged.
"""

from pathlib import Path

from tests.browser import Browser

_AUDIT = Path(__file__).with_suffix(".js").read_text()


def problems_of(page: Browser) -> list[str]:
    """Return what is wrong with the page as it stands, one line each."""
    found: list[str] = page.ask(_AUDIT)
    return found
