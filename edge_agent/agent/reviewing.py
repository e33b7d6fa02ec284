"""Wires who is asked about facings: the cameras whose small pictures may leave the store."""

from dataclasses import replace
from functools import partial

from edge_agent.adapters.asking_people import AskingPeople, Means
from edge_agent.adapters.question_tables import QuestionTables
from edge_agent.agent.standing import Agent
from edge_agent.config import CameraSettings
from edge_agent.core.vision.asking import Asking, Budget
from edge_agent.loops.forget_pictures import forget_pictures
from edge_agent.loops.watch_shelves import Shelves
from endcap.plumbing.supervisor import Loop


def questions(agent: Agent) -> QuestionTables:
    """Return where questions are kept, and who may ask them."""
    return QuestionTables(agent.file, [one.name for one in agent.config.cameras if one.review])


def asking(agent: Agent, shelves: Shelves, camera: CameraSettings) -> Shelves:
    """Return the shelves as one camera watches them: with people beside, where it may ask."""
    if not camera.review:
        return shelves
    slots = agent.slots
    means = Means(questions(agent), shelves.planogram, slots, camera.mask, lambda: slots.disputed)
    mine = Asking(camera.name, Budget(chosen=camera.questions))
    asks = AskingPeople(mine, shelves.models, shelves.records, means)
    return replace(shelves, models=asks, records=asks)


def forgetting_pictures(agent: Agent) -> dict[str, Loop]:
    """Return the loop that lets go of pictures, also of cameras that ask no more."""
    kept = agent.config.privacy.keep_pictures
    forget = partial(forget_pictures, questions(agent), kept, agent.clock)
    return {"forget-pictures": forget}
