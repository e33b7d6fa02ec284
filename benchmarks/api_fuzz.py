"""Asks the store's API whatever its document allows and forbids, and counts what is wrong.

Prints how many questions of each status there were, how many answers the document does not tell
of, and the 5xx among them. Usage: python -m benchmarks.api_fuzz [EXAMPLES]
"""

import json
import sys
import tempfile
from pathlib import Path

from tests.edge_agent.kiosk.api_fuzz import fuzz
from tests.edge_agent.kiosk.corner_store import corner_store
from tests.edge_agent.kiosk.test_access import make_keys
from tests.fakes.clock import FakeClock
from tests.serving import served

EXAMPLES = 200
OUR_FAULT = 500


def main() -> None:
    """Ask, and print one line of JSON; exit 1 when something is wrong."""
    examples = int(sys.argv[1]) if len(sys.argv) > 1 else EXAMPLES
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        key = make_keys(folder)["staff"]
        with served(lambda: corner_store(folder, FakeClock())) as address:
            wrong, statuses = fuzz(address, examples, key)
    for one in wrong:
        print(one, file=sys.stderr)
    told = {
        "questions": sum(statuses.values()),
        "undocumented_answers": len(wrong),
        "server_errors": sum(n for status, n in statuses.items() if status >= OUR_FAULT),
        "statuses": {str(status): n for status, n in sorted(statuses.items())},
    }
    print(json.dumps(told))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
