"""The kinds of model by their names, each brought in only when it is asked for.

A trainer brings large libraries; a command that needs one kind shall not wait for the others, nor
fail with them.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import cast

from central_sync.ports.training import ModelKind

KINDS: Mapping[str, str] = {
    "demand": "central_sync.trainers.demand:DEMAND",
    "shopper": "central_sync.trainers.shopper:SHOPPER",
    "shopper_ranker": "central_sync.trainers.shopper:SHOPPER_RANKER",
    "search": "central_sync.trainers.search:SEARCH",
    "media": "central_sync.trainers.media:MEDIA",
    "gaps": "central_sync.trainers.gaps:GAPS",
    "gap_detector": "central_sync.trainers.gaps:GAP_DETECTOR",
}
"""Where each kind is, as `module:name`."""


class KindMissingError(Exception):
    """A kind's libraries are not installed; the message says what to install."""


def kind_named(name: str, kinds: Mapping[str, str] = KINDS) -> ModelKind:
    """Return a kind of model.

    Raises:
        KindMissingError: its trainer cannot be brought in.
    """
    module, _, attribute = kinds[name].partition(":")
    try:
        return cast("ModelKind", getattr(import_module(module), attribute))
    except ImportError as error:
        advice = "install the centre's packages: endcap[central]"
        raise KindMissingError(f"{name}: {error}; {advice}") from error
