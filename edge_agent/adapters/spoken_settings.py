"""Says in the log what becomes of settings from afar, on one line for each change."""

from datetime import datetime

from edge_agent.core.remote_config import Standing, State
from edge_agent.ports.remote import SettingsBook
from endcap.plumbing.json_logs import Log


class SpokenSettings:
    """Keeps the promises of edge_agent.ports.remote.SettingsBook, aloud."""

    def __init__(self, book: SettingsBook, log: Log) -> None:
        self._book = book
        self._log = log

    async def standing(self) -> Standing:
        """Return where settings from afar stand."""
        return await self._book.standing()

    async def settle(self, at: datetime) -> Standing:
        """Note what the start decided; return where they stand, and say so if anywhere."""
        standing = await self._book.settle(at)
        if standing != Standing():
            self._say(standing)
        return standing

    async def keep(self, standing: Standing, at: datetime) -> None:
        """Keep where they stand, and say it."""
        await self._book.keep(standing, at)
        self._say(standing)

    def _say(self, standing: Standing) -> None:
        number = standing.current.counter
        if standing.refused or standing.problem:
            said = f"settings {standing.refused} are not in force: {standing.problem}"
            self._log.say("warning", "settings-refused", said, in_force=standing.proven.counter)
        elif standing.state is State.ON_TRIAL:
            self._log.say("info", "settings-on-trial", f"settings {number} are on trial")
        else:
            self._log.say("info", "settings-in-force", f"settings {number} are in force")
