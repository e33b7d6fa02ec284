"""sqlite-utils, imported without pandas.

sqlite-utils imports pandas wherever that is installed, though only to recognise data frames; no
program here passes it one, and the import takes longer than all others together.
"""

import sys

if "pandas" in sys.modules:
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations
else:
    sys.modules["pandas"] = None  # type: ignore[assignment]  # what makes an import fail
    try:
        from sqlite_utils import Database
        from sqlite_utils.migrations import Migrations
    finally:
        del sys.modules["pandas"]

__all__ = ["Database", "Migrations"]
