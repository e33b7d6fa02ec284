"""A process with nothing but the store's cameras and gap models in it, to see what it holds.

    python -m benchmarks.vision_worker FOLDER FACINGS LOOKS

Looks through two cameras that show the folder's pictures, judges the facings in the JSON file
FACINGS, prints a line when it has done so LOOKS times, and waits for a line.
"""

import asyncio
import json
import sys
from datetime import timedelta
from pathlib import Path

from edge_agent.adapters.cameras import ThreadedCamera
from edge_agent.adapters.gap_models import SiteGapModels
from edge_agent.adapters.model_files import ModelFolder
from edge_agent.adapters.model_slots import ModelSlots
from edge_agent.adapters.vision_worker import VisionWorker
from endcap.models.gaps.boxes import Box
from endcap.plumbing.clock import SystemClock
from endcap.plumbing.packaged import reference_models

EVERY = timedelta(milliseconds=100)
VISION = ("gaps", "gap_detector")


async def look(folder: str, facings: dict[str, Box], looks: int, models: Path) -> None:
    """Judge what two cameras see, several times."""
    slots = ModelSlots(ModelFolder(models / "none"), models)
    slots.swap(await slots.prepare(None))
    clock = SystemClock()
    worker = VisionWorker(SiteGapModels(slots), clock)
    async with (
        ThreadedCamera("one", folder, EVERY, clock) as one,
        ThreadedCamera("two", folder, EVERY, clock) as two,
    ):
        eyes = worker.eye(one), worker.eye(two)
        for _ in range(looks):
            for eye in eyes:
                await eye.judge(await eye.look(), facings)
        await eyes[0].find(await eyes[0].look())
        print(flush=True)
        await asyncio.to_thread(sys.stdin.readline)


def main() -> None:
    """Do what the module says."""
    folder, facings, looks = sys.argv[1:4]
    boxes = {name: Box(*one) for name, one in json.loads(Path(facings).read_text()).items()}
    models = Path(folder).parent / "models"
    models.mkdir()
    for kind in VISION:
        (models / kind).symlink_to(reference_models() / kind)
    asyncio.run(look(folder, boxes, int(looks), models))


if __name__ == "__main__":
    main()
