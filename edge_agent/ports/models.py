"""The models that serve now."""

from collections.abc import Mapping
from typing import Any, Protocol

from numpy.typing import NDArray

from endcap.wire.manifest import ModelManifest

Arrays = Mapping[str, NDArray[Any]]


class Site(Protocol):
    """Every model of one release, loaded: they change together or not at all.

    `run` is safe from any thread and raises ModelUnusableError when the model fails; `manifest`
    is None for a kind this release has no model for. `setting` is a number of a part (a kind of
    model, or `search`): the release's own, else the model's threshold or parameter of that name,
    else `otherwise`. Release 0 came with the program.
    """

    @property
    def release(self) -> int: ...

    def manifest(self, kind: str) -> ModelManifest | None: ...

    def setting(self, part: str, name: str, otherwise: float) -> float: ...

    def run(self, kind: str, feed: Arrays) -> Arrays: ...


class Models(Protocol):
    """Hands out the site that serves now.

    Ask once a request and use that answer throughout: an update may put another in its place
    between two requests, never inside one.
    """

    @property
    def current(self) -> Site: ...
