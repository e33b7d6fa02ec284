"""Reads the centre's audit log as a person does, and checks its chain on the way."""

import getpass
import json
from pathlib import Path

from click.testing import CliRunner

from central_sync.__main__ import main

ME = getpass.getuser()


def audited(config: Path) -> list[str]:
    """Return each entry as `WHO: WHAT`, the oldest first."""
    told = CliRunner().invoke(main, ["audit", str(config), "--json"])
    assert told.exit_code == 0, told.output
    acts = [one["act"] for one in json.loads(told.stdout)["entries"]]
    return [f"{one['who']}: {one['what']}" for one in acts]
