"""Says in the log what the store writes down, on one line when it begins and one when it ends.

Each class wraps one that keeps the promises of a port, and keeps them too. What is news is decided
by whoever writes it down; nothing is decided here but how urgent it is for a person at the device.
"""

from collections.abc import Sequence
from datetime import datetime

from edge_agent.core.feed.kinds import Outcome
from edge_agent.core.update import Standing, State, Update
from edge_agent.ports.cameras import Camera, CameraBlindError, Frame
from edge_agent.ports.sales import DroppedFile, FeedIntake
from edge_agent.ports.shelf_records import ShelfChange, ShelfRecords, ShelfStanding
from edge_agent.ports.sync import HealthBook
from edge_agent.ports.updates import UpdateJournal
from endcap.plumbing.json_logs import Level, Log
from endcap.wire.events import CameraChanged, HealthChanged
from endcap.wire.manifest import ReleaseManifest


class SpokenHealth:
    """Keeps the promises of edge_agent.ports.sync.HealthBook, aloud."""

    def __init__(self, book: HealthBook, log: Log) -> None:
        self._book = book
        self._log = log

    async def record(self, change: HealthChanged, at: datetime) -> None:
        """Say that a part fails or recovered, and keep it."""
        said = change.detail or ("works again" if change.ok else "fails")
        self._log.say(_level(well=change.ok), change.code, said, part=change.part)
        await self._book.record(change, at)

    async def failing(self) -> tuple[str, ...]:
        """Return the parts that fail now, by name."""
        return await self._book.failing()


class SpokenShelves:
    """Keeps the promises of edge_agent.ports.shelf_records.ShelfRecords; cameras aloud."""

    def __init__(self, records: ShelfRecords, log: Log) -> None:
        self._records = records
        self._log = log

    async def record(self, changes: Sequence[ShelfChange], at: datetime) -> None:
        """Keep what changed, and say what of it is about a camera."""
        await self._records.record(changes, at)
        for one in changes:
            if isinstance(one, CameraChanged):
                well = one.condition == "ok"
                said = one.detail or (
                    "sees its shelf" if well else f"its picture is {one.condition}"
                )
                code = f"camera-{one.condition}"
                self._log.say(_level(well=well), code, said, camera=one.camera)

    async def standing(self) -> ShelfStanding:
        """Return what stands now."""
        return await self._records.standing()


class SpokenCamera:
    """Keeps the promises of edge_agent.ports.cameras.Camera; says each damaged picture.

    One that is seen again and again, as in a folder, is said once until another is damaged.
    """

    def __init__(self, camera: Camera, log: Log) -> None:
        self._camera = camera
        self._log = log
        self._said = ""

    @property
    def name(self) -> str:
        """Return the camera's name."""
        return self._camera.name

    async def look(self) -> Frame:
        """Return the newest picture."""
        try:
            return await self._camera.look()
        except CameraBlindError as blind:
            if blind.condition == "damaged" and str(blind) != self._said:
                self._said = str(blind)
                self._log.say("warning", "picture-damaged", self._said, camera=self.name)
            raise


class SpokenIntake:
    """Keeps the promises of edge_agent.ports.sales.FeedIntake; says what came of each file."""

    def __init__(self, intake: FeedIntake, log: Log) -> None:
        self._intake = intake
        self._log = log

    async def outcome_of(self, sha256: str) -> Outcome | None:
        """Return what came of a file before."""
        return await self._intake.outcome_of(sha256)

    async def take(self, file: DroppedFile, at: datetime) -> Outcome:
        """Take the rows of a file in, and say how many, and the first that was refused."""
        outcome = await self._intake.take(file, at)
        said = f"{outcome.file}: {outcome.accepted} rows taken in"
        if outcome.refused:
            first = outcome.refusals[0]
            said += f", {outcome.refused} refused; line {first.line}: {first.reason}"
        code = "rows-refused" if outcome.refused else "file-read"
        self._log.say(_level(well=not outcome.refused), code, said)
        return outcome


class SpokenJournal:
    """Keeps the promises of edge_agent.ports.updates.UpdateJournal, aloud."""

    def __init__(self, journal: UpdateJournal, log: Log) -> None:
        self._journal = journal
        self._log = log

    async def standing(self) -> Standing:
        """Return all that is remembered of releases."""
        return await self._journal.standing()

    async def advance(self, update: Update, at: datetime) -> None:
        """Journal where the update stands, and say it."""
        await self._journal.advance(update, at)
        self._say(update)

    async def serve(self, update: Update, release: ReleaseManifest | None, at: datetime) -> None:
        """Journal where the update stands, change what serves, and say it."""
        await self._journal.serve(update, release, at)
        self._say(update)

    def _say(self, update: Update) -> None:
        if update.state is State.IDLE:
            return
        said = f"release {update.release}: {update.reason or update.state.value}"
        code = f"update-{update.state.value.replace('_', '-')}"
        self._log.say(_level(well=not update.reason), code, said)


def _level(*, well: bool) -> Level:
    return "info" if well else "warning"
