"""What the centre's export costs, beside bare reading of the same files.

    python -m benchmarks.fleet [--stores 20] [--days 365] [--items 500] [--together 32]

Prints one JSON object: `export_to_reading` is the processor time of the export over that of pyarrow
reading every file and doing nothing with it, and `peak_mib` the most memory the export had. The
centre joins small files; `--together 1` is what it would be if it did not.
"""

import argparse
import json
import resource
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import pyarrow.parquet as pq

from benchmarks.lake import make_lake
from central_sync.adapters.lake_files import LakeFiles
from central_sync.adapters.parquet_lake import TOGETHER


def measured(lake: Path, out: Path) -> dict[str, float]:
    """Export a lake, then read its files; return what both cost."""
    begun = process_time()
    events = LakeFiles(lake).export("demand", out)
    export = process_time() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    begun = process_time()
    for path in lake.glob("kind=*/store=*/*.parquet"):
        pq.ParquetFile(path).read(use_threads=False)
    reading = process_time() - begun
    return {
        "events": events,
        "export_s": round(export, 2),
        "reading_s": round(reading, 2),
        "export_to_reading": round(export / reading, 2),
        "peak_mib": peak,
    }


def main() -> None:
    """Make a lake up and measure its export."""
    options = argparse.ArgumentParser(description=__doc__)
    for name, usual in (("stores", 20), ("days", 365), ("items", 500), ("together", TOGETHER)):
        options.add_argument(f"--{name}", type=int, default=usual)
    chosen = options.parse_args()
    with TemporaryDirectory() as folder:
        lake = Path(folder) / "lake"
        make_lake(lake, **vars(chosen))
        print(json.dumps(vars(chosen) | measured(lake, Path(folder) / "out")))


if __name__ == "__main__":
    main()
