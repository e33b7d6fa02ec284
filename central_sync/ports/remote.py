"""What ordering settings and errands needs: a book of orders, and a place for what stores bring."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from central_sync.core.remote_orders import WantedSettings
from endcap.wire.orders import ConfigOrder, Errand


@dataclass(frozen=True, slots=True)
class WantedErrand:
    """An errand that its store has not taken yet; `envelope` is its signed word, if there is one.

    `told` is when it was said last.
    """

    order: Errand
    envelope: bytes | None = None
    told: datetime | None = None


@dataclass(frozen=True, slots=True)
class SignedSettings:
    """A signed word of settings; `before` is the counter that the book had."""

    order: ConfigOrder
    envelope: bytes
    before: int


class RemoteOrderBook(Protocol):
    """Keeps what stores were ordered; what a method wrote survives a power cut when it returns.

    `settings_to_say` returns what was not told, or ends within `margin` of `at`, or everything;
    never what its store has refused. `errands_to_say` returns of each store the oldest errand that
    is good still and that its state does not show taken, if it was not said within `pause`. The
    `keep_` methods keep signed words; of settings only those that did not change since, which are
    returned. The `told_` methods note, by store and counter, that the broker has them.
    """

    async def settings_to_say(
        self, at: datetime, margin: timedelta, *, everything: bool
    ) -> tuple[WantedSettings, ...]: ...

    async def keep_settings(
        self, signed: Sequence[SignedSettings]
    ) -> tuple[SignedSettings, ...]: ...

    async def told_settings(self, told: Sequence[tuple[str, int]], at: datetime) -> None: ...

    async def errands_to_say(self, at: datetime, pause: timedelta) -> tuple[WantedErrand, ...]: ...

    async def keep_errands(self, signed: Sequence[WantedErrand]) -> None: ...

    async def told_errands(self, told: Sequence[tuple[str, int]], at: datetime) -> None: ...


@dataclass(frozen=True, slots=True)
class Bundle:
    """A report that a store brought, because of the errand `counter`."""

    store: str
    counter: int
    received: datetime
    size: int
    sha256: str


class BundleUnwantedError(Exception):
    """Nobody asked the store for this bundle."""


class Bundles(Protocol):
    """Keeps the reports that stores were asked for; of each store the newest few.

    `keep` raises BundleUnwantedError; the same counter again replaces the one before. `listed`
    returns those of a store, or of all for None, newest first. `content` returns None for one that
    is not there. `forget` takes away what came before a moment, and returns how many.
    """

    async def keep(self, store: str, counter: int, content: bytes, at: datetime) -> Bundle: ...

    async def listed(self, store: str | None) -> Sequence[Bundle]: ...

    async def content(self, store: str, counter: int) -> bytes | None: ...

    async def forget(self, before: datetime) -> int: ...
